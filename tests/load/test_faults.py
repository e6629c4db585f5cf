"""Every check of a load is proven twice: it passes on a good server, and a fault makes it fail."""

from __future__ import annotations

import os

import pytest

from tests.faults.layer import FAULTS
from tests.faults.load import SLOW_RATE
from tests.load.runs import load, serving, verdicts

UNDER_LOAD = sorted(name for name, fault in FAULTS.items() if fault.verb == "load")
LONG = "load-updates-lost-500"
"""Needs a run of a minute, as long as the one that Microsoft's rate is looked at for; SCIM_TEST_LONG=1 plays it."""

SLOW = "load-slowed"

BAD = {"FAIL", "WARN", "ERROR", "BLOCKED"}


@pytest.mark.parametrize("mix", ["initial", "incremental"])
def test_the_good_server_carries_the_demanded_rate(tmp_path, mix):
    """At 25 requests a second nothing fails or warns on the embedded server, and exit code and headline say so."""
    with serving() as url:
        code, output, results = load(url, tmp_path, "--duration", "4", "--mix", mix, "--users", "60")

    assert {check: verdict for check, verdict in verdicts(results).items() if verdict in BAD} == {}
    assert (code, results["profiles"]["gallery"]["headline"]) == (0, "conformant"), output


@pytest.mark.parametrize("name", [name for name in UNDER_LOAD if name not in {LONG, SLOW}])
def test_fault_is_caught(tmp_path, name):
    """Each fault fails the checks it names, and the first of them decides the headline."""
    fault = FAULTS[name]
    with serving(name) as url:
        code, output, results = load(url, tmp_path, "--duration", "4", *fault.given["arguments"])
    caught = {check for check, verdict in verdicts(results).items() if verdict in {"FAIL", "WARN"}}

    assert set(fault.catches) <= caught, output
    assert (code, results["profiles"]["gallery"]["decided_by"][0]) == (1, fault.catches[0])


@pytest.mark.skipif("SCIM_TEST_LONG" not in os.environ, reason="takes two minutes; SCIM_TEST_LONG=1 plays it")
def test_one_lost_member_request_in_five_hundred_is_found_within_a_minute(tmp_path):
    """A minute at 25 requests a second holds more than 500 member requests under way together."""
    with serving(LONG) as url:
        _, output, results = load(url, tmp_path, "--duration", "60")

    assert results["profiles"]["gallery"]["decided_by"][0] == "load-members-kept", output


def test_a_slow_server_s_rate_is_told(tmp_path):
    """What is measured is what the server did, and requests that had to wait for their turn count from when due."""
    with serving(SLOW) as url:
        code, output, results = load(url, tmp_path, "--duration", "4")
    caught = {check for check, verdict in verdicts(results).items() if verdict in {"FAIL", "WARN"}}
    step = results["load"]["steps"][0]

    assert (code, results["profiles"]["gallery"]["decided_by"]) == (1, ["load-rate"]), output
    assert caught == set(FAULTS[SLOW].catches)
    assert step["rate"] == pytest.approx(SLOW_RATE, rel=0.5)
    assert step["p95"] > 1.0
