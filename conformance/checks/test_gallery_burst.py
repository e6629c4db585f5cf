"""Microsoft's gallery gate: the rate that a tenant may send at."""

from __future__ import annotations

from collections import Counter

from conformance.journeys.burst import RATE, REQUESTS
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind


@check("gallery-burst", covers=["ENTRA-GALLERY-10"], profile="gallery")
def test_gallery_burst(burst: Steps) -> None:
    """Twenty-five requests a second are all answered 200, none of them by 429 or a server error.

    Entra slows down or goes into quarantine where a first cycle is answered by 429.

    Fix: allow each tenant at least 25 requests a second.
    """
    answers = Counter(e.error or f"HTTP {e.status}" for e in burst["burst"].exchanges)
    if set(answers) != {"HTTP 200"}:
        got = ", ".join(f"{count} x {answer}" for answer, count in sorted(answers.items()))
        raise Failure(f"{REQUESTS} answers of HTTP 200 at {RATE} requests a second", got, kind=Kind.RATE)
