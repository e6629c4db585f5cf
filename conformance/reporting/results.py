"""The results model: what ``results.json`` holds, how a profile's headline and the exit code come about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from conformance.catalogue import SEVERITIES
from conformance.profiles import rank as profile_rank
from conformance.reporting.model import (
    CONFORMANT,
    NOT_CONFORMANT,
    PARTIAL,
    Endpoint,
    Gate,
    Held,
    Implementation,
    NotPlayed,
    Profile,
    Remains,
    Results,
    Row,
    RunFacts,
    Suite,
    Taken,
    Timing,
)
from conformance.reporting.run_header import RunHeader
from conformance.verdict import Level, Verdict


class Exit(IntEnum):
    """Exit codes of the command."""

    CONFORMANT = 0
    ENDPOINT_FAILS = 1
    USER_ERROR = 2
    SUITE_FAULT = 3


UNDECIDED = Gate(exit=0, reasons=[], tolerated=[])
"""The gate of results of which it is not decided yet."""


def build(
    rows: Iterable[Row],
    header: RunHeader,
    *,
    complete: bool,
    faults: Iterable[str] = (),
    not_played: Iterable[NotPlayed] = (),
    spent: Timing,
) -> Results:
    """Put a run's results together.

    Args:
        rows: one for each judged check.
        header: of the recording.
        complete: whether the run came to its end.
        faults: the suite's own faults outside any check.
        not_played: checks that were wanted, and whose journeys were not played to their end.
        spent: where the time went.
    """
    checks, unplayed = sorted(rows, key=lambda row: row.id), list(not_played)
    return Results(
        suite=Suite.from_json(header.suite),
        target=Endpoint(
            url=header.url,
            implementation=Implementation.from_json(header.implementation),
            assumed=header.assumed,
            base={path: Taken.from_json(one) for path, one in header.base.items()} if header.base else None,
        ),
        run=_facts(header),
        profiles={name: _profile(name, checks, unplayed, header) for name in header.expected},
        checks=checks,
        faults=list(faults),
        left_behind=[Remains.from_json(entry) for entry in header.left_behind],
        unconfirmed=[Remains.from_json(entry) for entry in header.unconfirmed],
        timing=spent,
        gate=UNDECIDED,
        complete=complete and not unplayed and not header.cut,
        not_played=unplayed,
        cut=header.cut or None,
        diagnosis=header.diagnosis or None,
        cycle=header.cycle or None,
        load=header.load or None,
    )


def _facts(header: RunHeader) -> RunFacts:
    """The facts of the run; what an earlier version's recording lacks is empty."""
    lacking = {"started": "", "seconds": 0, "requests": 0, "seed": 0, "command": "", "prefix": "", "options": {}}
    return RunFacts.from_json(lacking | header.to_json())


def _profile(name: str, checks: list[Row], unplayed: list[NotPlayed], header: RunHeader) -> Profile:
    mine = [row for row in checks if row.profile == name]
    counts = Counter(row.verdict for row in mine)
    missing = sorted(set(header.expected[name]) - {row.id for row in mine})
    missed = [
        *(identifier for identifier in missing if header.expected[name][identifier] == Level.MUST),
        *(row.id for row in unplayed if row.profile == name),
    ]
    short = header.partial.get(name, "")
    return Profile(
        headline=_headline(counts, missed, whole=header.is_connected and not short),
        shortfall=short or None,
        decided_by=[row.id for row in fix_first(mine) if row.verdict in {"FAIL", "ERROR"}],
        counts={str(verdict): counts.get(verdict, 0) for verdict in Verdict},
        levels={level: _held(mine, level) for level in ("MUST", "SHOULD")},
        not_judged=missing,
    )


def _held(rows: list[Row], level: str) -> Held:
    of_level = Counter(row.verdict for row in rows if row.level == level)
    return Held(held=of_level["PASS"], judged=of_level["PASS"] + of_level["FAIL"] + of_level["WARN"])


def _headline(counts: Mapping[str, int], missed: Sequence[object], *, whole: bool) -> str:
    if counts.get("FAIL"):
        return NOT_CONFORMANT
    # What could not be judged says nothing against the endpoint: a lost answer may be the network's doing.
    if counts.get("ERROR") or counts.get("BLOCKED") or missed or not judged(counts):
        return PARTIAL
    # Nothing is called conformant to which Entra finds no way, whatever a profile looks at, or of which too little was
    # asked.
    return CONFORMANT if whole else PARTIAL


def judged(counts: Mapping[str, int]) -> int:
    """How many checks came to a verdict on the endpoint; N/A, BLOCKED and ERROR are none."""
    return sum(counts.get(verdict, 0) for verdict in ("PASS", "FAIL", "WARN", "INFO"))


def unjudged(results: Results) -> list[str]:
    """The profiles that were asked for and of which nothing was judged; one that a selection left out was not."""
    return [
        name
        for name, profile in results.profiles.items()
        if not judged(profile.counts) and (any(profile.counts.values()) or not profile.not_judged)
    ]


def shortfalls(results: Results) -> dict[str, str]:
    """Profiles of which too little was judged for the run to say anything, each with the reason."""
    found = dict.fromkeys(unjudged(results), "nothing could be judged")
    for name, profile in results.profiles.items():
        if profile.shortfall and profile.headline == PARTIAL:
            found.setdefault(name, profile.shortfall)
    return found


def disconnected(results: Results) -> dict[str, Any]:
    """The diagnosis of the run, where it found something bad; else empty."""
    found: dict[str, Any] = results.diagnosis or {}
    return {} if found.get("ok", True) else found


LEADING = ("load-creates-own", "cycle-leavers-out")
"""Checks whose failure is told before all others: what else goes wrong follows from it, or harms less."""


def told_one_by_one(results: Results) -> list[Row]:
    """The checks without those that say no more than the one sentence on why the run ended before its time."""
    ended = results.run.ended
    return [row for row in results.checks if not (ended and row.verdict == "ERROR" and ended in row.got)]


def fix_first(rows: Iterable[Row]) -> list[Row]:
    """What is to be fixed, most harmful to Entra first; a failure before a warning of the same harm."""
    broken = [row for row in rows if row.verdict in {"FAIL", "WARN", "ERROR"}]
    rank = {"FAIL": 0, "ERROR": 1, "WARN": 2}
    return sorted(
        broken,
        key=lambda row: (
            rank[row.verdict], row.verdict != "FAIL" or row.check not in LEADING, profile_rank(row.profile),
            SEVERITIES.index(row.consequence), row.order, row.id,
        ),
    )  # fmt: skip


def unseen(results: Results) -> dict[str, Any]:
    """The diagnosis, where it found a fault of the endpoint's that no judged check tells of; else empty.

    A look-up that was refused for now (429) is no such fault.
    """
    found = disconnected(results)
    failed = any(row.verdict == "FAIL" for row in results.checks)
    return found if found.get("layer") == "scim" and not failed else {}


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of ``results.json`` that ships with the package."""
    text = (files(__package__) / "results.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def private(path: Path) -> None:
    """Make a file that only its owner can read, or let nobody else read the one that is there.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)


def write(path: Path, text: str) -> None:
    """Write a report file that only its owner can read.

    Raises:
        OSError: the file cannot be written.
    """
    private(path)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
