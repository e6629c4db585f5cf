"""How many requests a run sends for what it judges: the count, which no machine changes."""

from __future__ import annotations

import json

from conformance.reporting.results import judged
from tests.runs import run_files

MOST = 1.85
"""Requests for each check that came to a verdict on the endpoint, look-ups for safety and clean-up included.

1.81 on 2026-11-28: one in eight is the look at an id before the first write to it.
"""


def test_a_check_costs_no_more_requests_than_it_may(tmp_path):
    """Every profile, on a good server."""
    run_files(tmp_path, profile="all")
    results = json.loads((tmp_path / "results.json").read_text())
    verdicts = sum(judged(profile["counts"]) for profile in results["profiles"].values())

    assert results["run"]["requests"] <= MOST * verdicts
    assert verdicts > 550
