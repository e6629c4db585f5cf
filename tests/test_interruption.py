"""A signal that arrives while pytest is at work is told as an interruption, and never as the suite's own fault."""

from __future__ import annotations

import json

import pytest

from conformance.commands import main as cli
from conformance.commands.run import INTERRUPTED
from conformance.pytest_plugin.collector import Collector
from conformance.reporting.results import Exit
from conformance.scim.client import Client
from tests.runs import run_files


@pytest.mark.parametrize(
    ("cause", "code", "told"),
    [(KeyboardInterrupt(), INTERRUPTED, False), (ValueError("canary"), Exit.SUITE_FAULT, True)],
)
def test_a_crash_is_an_interruption_if_a_signal_made_it(monkeypatch, capsys, tmp_path, *, cause, code, told):
    """pytest wraps what is raised in its hooks; the signal is found inside of it."""

    def crash(*_):
        raise RuntimeError("on the way") from cause

    monkeypatch.setattr(Collector, "pytest_runtest_logreport", crash)

    assert run_files(tmp_path, only="connect-users-answered") == code
    assert ("canary" in capsys.readouterr().err) is told
    assert json.loads((tmp_path / "results.json").read_text())["complete"] is told


def test_a_crash_while_cleaning_up_takes_nothing_with_it(monkeypatch, tmp_path):
    """The verdicts are there, and the fault is told as the suite's."""

    def crash(_client):
        raise RuntimeError("lost its way")

    monkeypatch.setattr(Client, "sweep", crash)

    assert run_files(tmp_path, only="connect-users-answered") == Exit.SUITE_FAULT
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["complete"] is True
    assert [fault.splitlines()[-1] for fault in results["faults"]] == ["RuntimeError: lost its way"]


def test_a_crash_of_a_verb_does_not_end_like_a_failing_endpoint(monkeypatch, capsys):
    """Exit code 1, which Python has for it, would say that the endpoint fails."""

    def crash(**_):
        raise RuntimeError("lost its way")

    monkeypatch.setattr("conformance.commands.checks.list_checks", crash)

    assert cli.main(["checks"]) == Exit.SUITE_FAULT
    assert capsys.readouterr().err.endswith(
        "RuntimeError: lost its way\n"
        "scim-conformance: this is a fault of this suite, not of the endpoint; please report it\n"
    )
