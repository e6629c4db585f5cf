"""The gate: which results let a release pass, what a baseline tolerates, and what got worse between two runs."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from conformance.reporting.model import Gate, Results, Row
from conformance.reporting.results import Exit, fix_first, judged, shortfalls, unseen
from conformance.reporting.results_file import BadFile
from conformance.verdict import Verdict

BROKEN = frozenset({"FAIL", "WARN", "ERROR"})
FAIL_ON = ("must", "should", "never")
RANK = {"FAIL": 4, "ERROR": 3, "BLOCKED": 2, "WARN": 1}
"""How bad a verdict is, for a comparison; those that are not here are not bad."""


@dataclass(frozen=True)
class Tolerated:
    """A known failure.

    Attributes:
        id: of the check, with or without its dialect.
        reason: why it is tolerated.
        link: to the issue that will mend it.
        expires: the last day on which it is tolerated, or None.
    """

    id: str
    reason: str
    link: str = ""
    expires: date | None = None

    def to_json(self) -> dict[str, str | None]:
        """The entry as plain JSON, for the recording."""
        return {"id": self.id, "reason": self.reason, "link": self.link, "expires": str(self.expires or "") or None}

    @classmethod
    def from_json(cls, data: Mapping[str, str | None]) -> Tolerated:
        """Read back what ``to_json`` wrote."""
        expires = data["expires"]
        day = date.fromisoformat(expires) if expires else None
        return cls(str(data["id"]), str(data["reason"]), data["link"] or "", day)

    def covers(self, row: Row) -> bool:
        """Whether a result is the one this entry is about."""
        return self.id in {row.id, row.check}


@dataclass
class Decision:
    """The gate's answer.

    Attributes:
        exit: exit code of the command.
        reasons: why the gate is shut, or what could not be judged, a sentence each; empty where it is open.
        tolerated: ids of failures that the baseline knows.
    """

    exit: Exit
    reasons: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)

    def as_told(self) -> Gate:
        """The ``gate`` member of ``results.json``."""
        return Gate(exit=int(self.exit), reasons=self.reasons, tolerated=self.tolerated)


def read_baseline(path: Path, known: Iterable[str]) -> list[Tolerated]:
    """Read a baseline: TOML with a ``[[tolerated]]`` table for each known failure.

    Args:
        path: the file.
        known: all ids of checks, with and without dialect.

    Raises:
        BadFile: not readable, not TOML, an entry without id or reason, or of an unknown check.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("tolerated", [])
    except OSError as problem:
        raise BadFile(f"The baseline {str(path)!r} cannot be read: {problem.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadFile(f"The baseline {str(path)!r} is not TOML: {problem}.") from None
    ids = set(known)
    return [_entry(row, path, ids) for row in (rows if isinstance(rows, list) else [rows])]


def _entry(row: Any, path: Path, ids: set[str]) -> Tolerated:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) and row[key] for key in ("id", "reason")):
        raise BadFile(f"An entry of the baseline {str(path)!r} lacks an id or a reason: {row!r}.")
    if row["id"] not in ids:
        raise BadFile(f"The baseline {str(path)!r} names {row['id']!r}, which is no check; remove the entry.")
    expires = row.get("expires")
    if expires is not None and not isinstance(expires, date):
        raise BadFile(f"The baseline entry {row['id']!r} expires on {expires!r}; write a date such as 2027-01-31.")
    unknown = set(row) - {"id", "reason", "link", "expires"}
    if unknown:
        raise BadFile(f"The baseline entry {row['id']!r} has an unknown key {min(unknown)!r}.")
    return Tolerated(row["id"], row["reason"], str(row.get("link", "")), expires)


def write_baseline(results: Results) -> str:
    """A baseline of all that fails in these results, with reasons to be filled in."""
    lines = ["# Known failures that the gate tolerates. Say why, link the issue, and let the entry expire.", ""]
    for row in fix_first(results.checks):
        if row.verdict == Verdict.FAIL:
            lines += [
                "[[tolerated]]",
                f"id = {json.dumps(row.id)}",
                f"reason = {json.dumps('known: ' + row.title)}",
                '# link = "https://…"',
                "# expires = 2027-01-31",
                "",
            ]
    return "\n".join(lines)


def decide(
    results: Results,
    *,
    fail_on: str = "must",
    require: Iterable[str] = (),
    baseline: Iterable[Tolerated] = (),
    today: date,
) -> Decision:
    """Open or shut the gate.

    Args:
        results: of the run.
        fail_on: ``must`` shuts it for a FAIL, ``should`` for a WARN too, ``never`` only for the suite's own faults.
        require: ids of checks that have to PASS: not offered or warned of is not enough.
        baseline: known failures; one that is no longer there, or has expired, shuts the gate.
        today: decides what has expired.
    """
    rows = results.checks
    entries = list(baseline)
    valid = [entry for entry in entries if entry.expires is None or entry.expires >= today]
    known = {row.id for row in rows for entry in valid if entry.covers(row) and row.verdict in BROKEN}
    reasons = [
        *_stale(entries, rows),
        *(f"{e.id}: its baseline entry expired on {e.expires}" for e in _gone(entries, valid)),
    ]
    reasons += _unmet(require, rows)
    shut_by = {"must": {"FAIL"}, "should": {"FAIL", "WARN"}, "never": set()}[fail_on]
    new = [row for row in fix_first(rows) if row.verdict in shut_by and row.id not in known]
    reasons += [f"{row.id}: expected {row.expected}, got {row.got}" for row in new]
    if fail_on != "never" and (diagnosis := unseen(results)):
        # The checks that were chosen do not look at what is wrong with the connection.
        reasons.append(f"the connection: {diagnosis['sentence']}")
    code = _exit(results, reasons, fail_on)
    if code is Exit.USER_ERROR:
        reasons = [f"{name}: {why}" for name, why in shortfalls(results).items()] or ["nothing could be judged"]
    return Decision(code, reasons, sorted(known))


def _gone(entries: list[Tolerated], valid: list[Tolerated]) -> list[Tolerated]:
    return [entry for entry in entries if entry not in valid]


def _stale(entries: list[Tolerated], rows: list[Row]) -> list[str]:
    """Entries whose check was judged and no longer fails: a baseline only ever shrinks."""
    found = []
    for entry in entries:
        mine = [row for row in rows if entry.covers(row)]
        if mine and not any(row.verdict in BROKEN or row.verdict == Verdict.BLOCKED for row in mine):
            found.append(f"{entry.id}: passes again; remove it from the baseline")
    return found


def _unmet(require: Iterable[str], rows: list[Row]) -> list[str]:
    unmet = []
    for identifier in require:
        mine = [row for row in rows if identifier in {row.id, row.check}]
        if not mine:
            unmet.append(f"{identifier}: is required, and was not judged")
        unmet += [f"{row.id}: is required, and is {row.verdict}" for row in mine if row.verdict != Verdict.PASS]
    return unmet


def _exit(results: Results, reasons: list[str], fail_on: str) -> Exit:
    rows = results.checks
    verdicts = [row.verdict for row in rows]
    # First of all: what a suite that is at fault has found may be its own doing.
    if results.faults or any(row.suite_fault for row in rows):
        return Exit.SUITE_FAULT
    if reasons:
        return Exit.ENDPOINT_FAILS
    if not judged(Counter(verdicts)) or shortfalls(results):
        return Exit.USER_ERROR
    unjudged = "ERROR" in verdicts or not results.complete
    return Exit.ENDPOINT_FAILS if unjudged and fail_on != "never" else Exit.CONFORMANT


@dataclass
class Comparison:
    """What changed between two runs, by check id: the verdicts before and after.

    Attributes:
        worse: regressions, checks that were not judged any more included.
        better: what was mended.
        added: ids only the new run has.
    """

    worse: list[tuple[str, str, str]]
    better: list[tuple[str, str, str]]
    added: list[str]


def compare(old: Results, new: Results) -> Comparison:
    """Compare two runs by check id; a check that is judged no more counts as a regression unless it failed before."""
    before, after = _verdicts(old), _verdicts(new)
    worse, better = [], []
    for identifier, was in before.items():
        now = after.get(identifier, "not judged")
        change = RANK.get(now, 2 if now == "not judged" else 0) - RANK.get(was, 0)
        if change > 0:
            worse.append((identifier, was, now))
        elif change < 0 and now != "not judged":
            better.append((identifier, was, now))
    return Comparison(worse, better, sorted(set(after) - set(before)))


def _verdicts(results: Results) -> dict[str, str]:
    return {row.id: row.verdict for row in results.checks}


def badge(results: Results) -> dict[str, Any]:
    """The endpoint JSON that shields.io makes a badge of (https://shields.io/badges/endpoint-badge)."""
    headlines: Mapping[str, str] = {name: p.headline for name, p in results.profiles.items()}
    worst = next((h for h in ("not conformant", "partial", "conformant") if h in headlines.values()), "partial")
    colour = {"conformant": "brightgreen", "partial": "yellow", "not conformant": "red"}[worst]
    message = ", ".join(f"{name}: {headline}" for name, headline in headlines.items())
    return {"schemaVersion": 1, "label": "SCIM", "message": message, "color": colour}
