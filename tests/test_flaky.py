"""A flaky endpoint, in a moment: the long form is tests/torture/test_flaky.py."""

from __future__ import annotations

import httpx

from conformance.reporting.words import endured
from tests.torture.flaky import Flaky, judged, lost, refused


def test_what_is_put_off_is_judged_after_all_and_retries_are_told():
    """One request in fifty is answered 503 with Retry-After: no verdict changes."""
    rows, results = judged(Flaky(refused(503, "0"), 0.02, 5), concurrency=4)

    assert {i: row["got"] for i, row in rows.items() if row["verdict"] in {"FAIL", "WARN", "ERROR"}} == {}
    assert endured(results["run"]) == f"{results['run']['retries']} sent again after 429 or 503"


def test_what_is_lost_is_no_failure_and_is_told():
    """One request in fifty is reset: what could not be judged says so."""
    rows, results = judged(Flaky(lost(httpx.ReadError, done=False), 0.02, 5), concurrency=4)
    unjudged = [row for row in rows.values() if row["verdict"] in {"ERROR", "BLOCKED"}]

    assert {i: row["got"] for i, row in rows.items() if row["verdict"] == "FAIL"} == {}
    assert unjudged
    assert {profile["headline"] for profile in results["profiles"].values()} <= {"partial", "conformant"}
    assert results["profiles"][unjudged[0]["profile"]]["headline"] == "partial"
    assert endured(results["run"]).endswith(f"not answered (reset {results['run']['unanswered']['reset']})")
