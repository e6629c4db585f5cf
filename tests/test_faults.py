"""Every check is proven twice: it passes on a good server, and a fault makes it fail."""

from __future__ import annotations

import pytest

from conformance.idp.dialects import DIALECTS
from conformance.judge.check import load as load_checks
from tests.faults.lab import judge_with
from tests.faults.layer import BENIGN, FAULTS, load
from tests.faults.played import CYCLES, cycles

load()
CHECKS = load_checks()


@pytest.fixture(scope="module")
def clean_rows():
    """All checks against the unfaulted embedded server."""
    return judge_with(concurrency=4)


def test_the_good_server_gives_no_failure_and_no_warning(clean_rows):
    """The embedded server is good: whatever fails or warns on it is a false alarm."""
    alarms = {i: (r["verdict"], r["expected"], r["got"]) for i, r in clean_rows.items() if r["verdict"] in BAD}

    assert alarms == {}


BAD = {"FAIL", "WARN", "ERROR", "BLOCKED"}


@pytest.mark.parametrize("name", sorted(name for name, fault in FAULTS.items() if fault.verb == "run"))
def test_fault_is_caught(name, once):
    """Each fault turns the checks it names to FAIL or WARN, in at least one dialect.

    A dialect is played only where none before it caught all, and a cycle once for all tests of the session.
    """
    fault = FAULTS[name]
    rows, missed = {}, set(fault.catches)
    for dialect in DIALECTS:
        if missed and missed <= CYCLES:
            rows |= cycles(once, name, [dialect])
        elif missed:
            rows |= judge_with(fault.behaviour, missed, dialects={dialect}, **fault.given)
        missed -= {row["check"] for row in rows.values() if row["verdict"] in {"FAIL", "WARN"}}

    assert missed == set(), {i: (r["verdict"], r["got"]) for i, r in rows.items()}


@pytest.mark.parametrize("name", sorted(BENIGN))
def test_benign_variation_raises_no_alarm(name):
    """A legal variation turns no check to FAIL, WARN or ERROR; the gallery gate asks for more than the law.

    A year is half of all requests, and lived through in one dialect only, which is the next variation's other one.
    """
    other = list(DIALECTS)[sorted(BENIGN).index(name) % 2]
    rows = judge_with(BENIGN[name].behaviour, without={f"{check}[{other}]" for check in CYCLES})
    bad = {i: r for i, r in rows.items() if r["verdict"] in BAD and r["check"] not in BENIGN[name].catches}
    alarms = {i: (r["verdict"], r["expected"], r["got"]) for i, r in bad.items()}

    assert alarms == {}


def test_every_check_has_a_fault():
    """A check that no fault can fail proves nothing."""
    proven = {identifier for fault in FAULTS.values() for identifier in fault.catches}

    assert set() == set(CHECKS) - proven


def test_every_fault_names_known_checks():
    """A fault names checks that exist."""
    named = {identifier for fault in FAULTS.values() for identifier in fault.catches}

    assert set() == named - set(CHECKS)
