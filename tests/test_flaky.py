"""A flaky endpoint, in a moment: the long form is tests/torture/test_flaky.py."""

from __future__ import annotations

import httpx
import pytest

from conformance.reporting.model import RunFacts
from conformance.reporting.words import endured
from tests.faults.lab import TOKEN
from tests.torture.flaky import Flaky, judged, lost, refused


def test_what_is_put_off_is_judged_after_all_and_retries_are_told():
    """One request in fifty is answered 503 with Retry-After: no verdict changes."""
    rows, results = judged(Flaky(refused(503, "0"), 0.02, 5), concurrency=4)

    assert {i: row["got"] for i, row in rows.items() if row["verdict"] in {"FAIL", "WARN", "ERROR"}} == {}
    assert endured(RunFacts.from_json(results["run"])) == f"{results['run']['retries']} sent again after 429 or 503"


def test_what_is_lost_is_no_failure_and_is_told():
    """One request in fifty is reset: what could not be judged says so."""
    rows, results = judged(Flaky(lost(httpx.ReadError, done=False), 0.02, 5), concurrency=4)
    unjudged = [row for row in rows.values() if row["verdict"] in {"ERROR", "BLOCKED"}]

    assert {i: row["got"] for i, row in rows.items() if row["verdict"] == "FAIL"} == {}
    assert unjudged
    assert {profile["headline"] for profile in results["profiles"].values()} <= {"partial", "conformant"}
    assert results["profiles"][unjudged[0]["profile"]]["headline"] == "partial"
    assert endured(RunFacts.from_json(results["run"])).endswith(
        f"not answered (reset {results['run']['unanswered']['reset']})"
    )


class Brake(Flaky):
    """Whoever guesses a token is not answered, from the third guess on.

    Attributes:
        guesses: how many there were.
    """

    def __init__(self):
        super().__init__(refused(500), 0.0, 1)
        self.guesses = 0

    def handle_request(self, request):
        """Have it answered, or not."""
        self.guesses += request.headers.get("authorization") != f"Bearer {TOKEN}"
        if self.guesses > 2 and request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise httpx.ReadTimeout("timed out", request=request)
        return super().handle_request(request)


@pytest.mark.parametrize(("concurrency", "guesses", "last"), [(1, 4, "auth-none-write"), (4, 6, "auth-none-read")])
def test_who_ignores_wrong_tokens_is_asked_twice_in_vain_and_not_thirteen_times(concurrency, guesses, last):
    """Each costs the whole timeout; what could not be judged says so, and nothing fails."""
    brake = Brake()
    rows, _ = judged(brake, concurrency=concurrency, topic="auth-")

    assert brake.guesses == guesses
    assert {row["verdict"] for row in rows.values()} <= {"PASS", "ERROR", "BLOCKED"}
    assert rows["auth-none-read"]["verdict"] == "ERROR"
    assert rows["auth-wrong-write"]["verdict"] == "BLOCKED"
    assert rows["auth-wrong-write"]["blocked_by"] == last
