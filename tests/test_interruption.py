"""A signal that arrives while pytest is at work is told as an interruption, and never as the suite's own fault."""

from __future__ import annotations

import json

import pytest

from conformance import plugin
from conformance.reporting.results import Exit
from conformance.runner import INTERRUPTED
from tests.runs import run_files


@pytest.mark.parametrize(
    ("cause", "code", "told"),
    [(KeyboardInterrupt(), INTERRUPTED, False), (ValueError("canary"), Exit.SUITE_FAULT, True)],
)
def test_a_crash_is_an_interruption_if_a_signal_made_it(monkeypatch, capsys, tmp_path, *, cause, code, told):
    """pytest wraps what is raised in its hooks; the signal is found inside of it."""

    def crash(*_):
        raise RuntimeError("on the way") from cause

    monkeypatch.setattr(plugin.Collector, "pytest_runtest_logreport", crash)

    assert run_files(tmp_path, only="connect-users-answered") == code
    assert ("canary" in capsys.readouterr().err) is told
    assert json.loads((tmp_path / "results.json").read_text())["complete"] is told
