"""Every check of a load is proven twice: it passes on a good server, and a fault makes it fail."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.commands.main import main
from conformance.reporting.gate import badge
from conformance.reporting.model import Results
from tests.faults.layer import FAULTS
from tests.faults.load import SLOW_RATE
from tests.fitting import fits
from tests.load.runs import load, serving, verdicts

LONG = "load-updates-lost-500"
"""Needs a run of a minute, in which there are more than 500 member requests; SCIM_TEST_LONG=1 plays it."""

SLOW = "load-slowed"
SHORT = sorted({name for name, fault in FAULTS.items() if fault.verb == "load"} - {LONG})
AT_ONCE = 4
"""Runs that are under way together: each waits for its clock most of the time."""

OF_THE_RATE = ("load-rate", "load-throttle", "load-errors")
"""Checks of what happens at 25 requests a second."""

BAD = {"FAIL", "WARN", "ERROR", "BLOCKED"}


def test_the_good_server_carries_the_demanded_rate(tmp_path):
    """At 25 requests a second for 30 seconds all passes on the embedded server, and exit code and headline say so."""
    with serving() as url:
        code, output, results = load(url, tmp_path, "--duration", "30", "--users", "60")

    assert {check: verdicts(results)[check] for check in OF_THE_RATE} == dict.fromkeys(OF_THE_RATE, "PASS")
    assert {check: verdict for check, verdict in verdicts(results).items() if verdict in BAD} == {}
    assert (code, results["profiles"]["gallery"]["headline"]) == (0, "conformant"), output


@pytest.mark.parametrize("arguments", [("--mix", "incremental", "--users", "60"), ("--rate", "5")])
def test_a_lower_rate_or_a_shorter_time_is_a_figure_and_no_pass(tmp_path, arguments):
    """Terminal, headline, badge and exit code say that the gallery's rate was not asked for."""
    with serving() as url:
        code, output, results = load(url, tmp_path, "--duration", "4", *arguments)
    judged = verdicts(results)
    told = "25 requests a second were not asked for, for 30 seconds"

    assert {check: judged[check] for check in OF_THE_RATE} == dict.fromkeys(OF_THE_RATE, "INFO")
    assert {check: verdict for check, verdict in judged.items() if verdict in BAD} == {}
    assert (code, results["profiles"]["gallery"]["headline"]) == (2, "partial"), output
    assert badge(Results.from_json(results))["message"] == "gallery: partial"
    assert f"gallery: {told}" in " ".join(output.split())
    assert told in (tmp_path / "junit.xml").read_text()
    assert told in (tmp_path / "report.html").read_text()
    assert main(["judge", str(tmp_path / "recording.jsonl"), "--reports", str(tmp_path / "again")]) == 2
    fits(results)


def test_every_fault_is_caught(tmp_path):
    """Each fault fails the checks it names, and the first of them is what the headline is decided by."""

    def play(name):
        with serving(name) as url:
            return load(url, tmp_path / name, "--duration", "4", *FAULTS[name].given["arguments"])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = dict(zip(SHORT, pool.map(play, SHORT), strict=True))
    missed = {name: set(FAULTS[name].catches) - _caught(results) for name, (_, _, results) in runs.items()}
    first = {name: (code, _decided(results)[:1]) for name, (code, _, results) in runs.items()}

    assert {name: checks for name, checks in missed.items() if checks} == {}
    assert first == {name: (1, [FAULTS[name].catches[0]]) for name in SHORT}
    _slow_server_s_rate_is_told(runs[SLOW][2])


def _slow_server_s_rate_is_told(results):
    """What is measured is what the server did, and requests that had to wait for their turn count from when due."""
    step = results["load"]["steps"][0]

    assert _decided(results) == ["load-rate"]
    assert _caught(results) == set(FAULTS[SLOW].catches)
    assert step["rate"] == pytest.approx(SLOW_RATE, rel=0.5)
    assert step["p95"] > 1.0


@pytest.mark.skipif("SCIM_TEST_LONG" not in os.environ, reason="takes two minutes; SCIM_TEST_LONG=1 plays it")
def test_one_lost_member_request_in_five_hundred_is_found_within_a_minute(tmp_path):
    """A minute at 25 requests a second holds more than 500 member requests under way together."""
    with serving(LONG) as url:
        _, output, results = load(url, tmp_path, "--duration", "60")

    assert _decided(results)[0] == "load-members-kept", output


def _caught(results):
    return {check for check, verdict in verdicts(results).items() if verdict in {"FAIL", "WARN"}}


def _decided(results):
    return results["profiles"]["gallery"]["decided_by"]
