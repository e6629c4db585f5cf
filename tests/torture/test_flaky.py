"""Flaky endpoints: what is lost, put off or late on the way is never held against the endpoint, and is counted."""

from __future__ import annotations

import time
from collections import Counter

import httpx
import pytest

from tests.torture.flaky import Flaky, judged, lost, refused

MOODS = {
    "429 with Retry-After": refused(429, "0"),
    "429 without Retry-After": refused(429),
    "503 with Retry-After": refused(503, "0"),
    "503 without Retry-After": refused(503),
    "reset before the server looked": lost(httpx.ReadError, done=False),
    "reset after it took effect": lost(httpx.ReadError, done=True),
    "timeout before the server looked": lost(httpx.ReadTimeout, done=False),
    "timeout after it took effect": lost(httpx.ReadTimeout, done=True),
}
PUT_OFF = {name for name in MOODS if name[:3] in {"429", "503"}}
"""These are sent again, so that everything is judged in the end."""

ONE_IN_TEN = 0.1
SEEDS = (1, 2, 3)


def wrong(rows, results, name):
    """What a run says that it may not say."""
    told = [f"{i}: {row['got']}" for i, row in rows.items() if row["verdict"] == "FAIL" or row["suite_fault"]]
    run = results["run"]
    if name in PUT_OFF:
        told += [] if run["retries"] else ["no retry was counted"]
        told += [
            f"{i}: {row['verdict']} {row['got']}" for i, row in rows.items() if row["verdict"] in {"WARN", "ERROR"}
        ]
    elif not run["unanswered"]:
        told.append("no lost request was counted")
    elif results["profiles"]["rfc"]["headline"] == "conformant":
        told.append("a run that could not judge says that all is well")
    return told


@pytest.mark.torture
@pytest.mark.parametrize("name", MOODS)
def test_one_request_in_ten_is_never_a_false_failure(name, figures):
    """Three runs each, every profile; what was put off is judged after all, what was lost is an ERROR that says so."""
    begin, found = time.monotonic(), {}
    for seed in SEEDS:
        rows, results = judged(Flaky(MOODS[name], ONE_IN_TEN, seed), concurrency=8, seed=seed)
        found[seed] = wrong(rows, results, name)
    survived = sum(not told for told in found.values())
    seconds = time.monotonic() - begin
    figures(f"flaky, one request in ten: {name}", tried=len(SEEDS), survived=survived, seconds=seconds)

    assert {seed: told for seed, told in found.items() if told} == {}


@pytest.mark.torture
@pytest.mark.parametrize("retry_after", ["0", None])
def test_a_storm_of_429_ends_and_is_told(retry_after, figures):
    """An endpoint that answers nothing but 429 is given up, nothing is held against it, and the run says so."""
    begin = time.monotonic()
    rows, results = judged(Flaky(refused(429, retry_after), 1.0, 1), concurrency=8)
    verdicts = Counter(row["verdict"] for row in rows.values())
    said = "with" if retry_after else "without"
    survived = int(not verdicts["FAIL"])
    figures(f"flaky, nothing but 429 {said} Retry-After", tried=1, survived=survived, seconds=time.monotonic() - begin)

    assert verdicts["FAIL"] == 0, verdicts
    assert verdicts["BLOCKED"] + verdicts["ERROR"] > 0.8 * len(rows), verdicts
    assert results["run"]["retries"] > 0
    assert results["profiles"]["entra"]["headline"] != "conformant"
