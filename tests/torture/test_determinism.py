"""Real servers, judged ten times in ten ways: the verdicts are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager

import pytest

from tests import test_servers
from tests.torture import tenant
from tests.torture.canary import CANARY
from tests.torture.measured import ROOT

COMMAND = [sys.executable, "-m", "conformance", "run", "--profile", "all"]
PYTEST = [
    *[sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-c", os.devnull, "--pyargs", "conformance"],
    *["--scim-profile", "all"],
]
SHUFFLED = [*PYTEST, "-p", "tests.shuffled"]
WAYS = {
    "one journey at a time": [*COMMAND, "--concurrency", "1"],
    "one journey at a time, again": [*COMMAND, "--concurrency", "1"],
    "eight at once": [*COMMAND, "--concurrency", "8"],
    "eight at once, again": [*COMMAND, "--concurrency", "8"],
    "eight at once, once more": [*COMMAND, "--concurrency", "8"],
    "two workers of pytest-xdist": [*PYTEST, "-n", "2"],
    "two workers, again": [*PYTEST, "-n", "2"],
    "random order, one at a time": [*SHUFFLED, "--scim-concurrency", "1"],
    "random order, eight at once": [*SHUFFLED, "--scim-concurrency", "8"],
    "random order, two workers": [*SHUFFLED, "-n", "2"],
}


@contextmanager
def embedded(_folder):
    """The server of ``scim-conformance demo``."""
    with tenant.tenant() as made:
        yield made.url


ALONE = "; well when the journey was played alone"
SERVERS = {"embedded": (embedded, CANARY)} | {
    name: (start, test_servers.TOKEN) for name, (start, _) in test_servers.SERVERS.items()
}
"""How each is started, and its token."""


def judged(way, url, token, reports, seed):
    """The verdicts of one run by check id."""
    prefix = "--" if way[2] == "conformance" else "--scim-"
    line = [*way, f"{prefix}url", url, f"{prefix}seed", str(seed), f"{prefix}reports", str(reports)]
    environment = os.environ | {"SCIM_TOKEN": token, "SHUFFLE": str(seed)}
    done = subprocess.run(line, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=300)
    assert (reports / "results.json").is_file(), done.stdout + done.stderr
    rows = json.loads((reports / "results.json").read_text())["checks"]
    # What failed beside other journeys and went well alone passes in both ways of being judged, with a warning in one.
    return {row["id"]: "PASS" if row["got"].endswith(ALONE) else row["verdict"] for row in rows}


def ten(url, token, folder):
    """Judge a server in each way, and what came of it in all of them."""
    return {name: judged(way, url, token, folder / str(seed), seed) for seed, (name, way) in enumerate(WAYS.items(), 1)}


def others(found):
    """What each run says otherwise than most of them: check id, the verdict, and that of the most."""
    ids = sorted({identifier for rows in found.values() for identifier in rows})
    usual = {i: Counter(rows.get(i, "missing") for rows in found.values()).most_common(1)[0][0] for i in ids}
    return {
        name: wrong
        for name, rows in found.items()
        if (wrong := {i: (rows.get(i, "missing"), usual[i]) for i in ids if rows.get(i, "missing") != usual[i]})
    }


@pytest.mark.torture
@pytest.mark.parametrize("name", SERVERS)
def test_ten_runs_come_to_the_same_verdicts(name, tmp_path, figures):
    """One journey at a time and eight, under pytest-xdist, in random order, each with a seed of its own."""
    begin = time.monotonic()
    start, token = SERVERS[name]
    with start(tmp_path) as url:
        before = test_servers.there(url, token)
        found = ten(url, token, tmp_path)
        left = [identifier for identifier in test_servers.there(url, token) if identifier not in before]
    wrong = others(found)
    survived = len(found) - len(wrong)
    figures(f"ten runs, one verdict: {name}", tried=len(found), survived=survived, seconds=time.monotonic() - begin)

    assert wrong == {}
    assert left == []
