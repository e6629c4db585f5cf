"""Hostile servers: whatever comes over the wire, a run ends in time and in memory, and blames the right party."""

from __future__ import annotations

import json

import pytest

from tests.torture.blame import grievances
from tests.torture.hostile import TOKEN, Hostile, anything, serving
from tests.torture.measured import Measured, conformance
from tests.torture.proof import MEMORY, complaints, verdicts
from tests.torture.tricks import KINDS, Kind

SECONDS = 90
"""For one run, on a machine that has other things to do as well."""


def run(kind: Kind, when, tmp_path, *options: str) -> tuple[Measured, list[str]]:
    """One whole run against a hostile server, and what is wrong with it."""
    reports = tmp_path / when.__name__
    hostile = Hostile(kind.trick, when)
    with serving(hostile) as url:
        line = ["run", "--url", url, "--timeout", "0.7", "--seed", "1", "--reports", str(reports), *options]
        done = conformance(*line, environment={"SCIM_TOKEN": TOKEN}, timeout=SECONDS)
    wrong = complaints(done, reports)
    wrong += [] if wrong else grievances(kind.name, json.loads((reports / "results.json").read_text(encoding="utf-8")))
    if not hostile.met:
        wrong.append("the server was never hostile")
    if not wrong and verdicts(reports):
        again = conformance("judge", str(reports / "recording.jsonl"), "--reports", str(tmp_path / "again"))
        if verdicts(tmp_path / "again") != verdicts(reports):
            wrong.append(f"judge comes to other verdicts: {again.out}{again.err}")
    return done, wrong


@pytest.mark.torture
@pytest.mark.parametrize("name", KINDS)
def test_a_run_survives(name, tmp_path, figures):
    """Every profile is judged at each moment, and the doctor looks at a server that is hostile from the start."""
    kind, found, runs = KINDS[name], {}, []
    for when in kind.moments:
        done, found[when.__name__] = run(kind, when, tmp_path, "--profile", "all")
        runs.append(done)
    with serving(Hostile(kind.trick, anything)) as url:
        done = conformance("diagnose", "--url", url, "--timeout", "0.7", environment={"SCIM_TOKEN": TOKEN}, timeout=60)
    runs.append(done)
    found["diagnose"] = [done.err] if done.code not in {0, 1} or "Traceback" in done.err + done.out else []
    found["diagnose"] += [f"{done.megabytes} MB"] if done.megabytes > MEMORY else []
    survived = sum(not wrong for wrong in found.values())
    seconds, peak = sum(done.seconds for done in runs), max(done.megabytes for done in runs)
    figures(f"hostile: {name}", tried=len(found), survived=survived, seconds=seconds, megabytes=peak)

    assert {when: wrong for when, wrong in found.items() if wrong} == {}
