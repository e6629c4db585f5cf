"""What is to be fixed, by root cause: checks that went wrong in the same way are one thing to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.reporting.results import Row, fix_first

_VARYING = re.compile(r'"[^"]*"|\b[0-9a-f-]{8,}\b|\d{4,}|\b\d\d?\b')
"""What differs between two checks that saw the same defect: literals, ids, numbers other than a status."""

_ERROR = 400


@dataclass
class Cause:
    """One defect of the endpoint.

    Attributes:
        lead: the most harmful check that saw it.
        rows: all that saw it, in the order in which they are to be fixed.
        blocked: those that could not be judged because of it.
    """

    lead: Row
    rows: list[Row] = field(default_factory=list)
    blocked: list[Row] = field(default_factory=list)

    @property
    def checks(self) -> int:
        """How many checks it explains, both dialects of one counted once."""
        return len({row["check"] for row in (*self.rows, *self.blocked)})


def causes(rows: Iterable[Row]) -> list[Cause]:
    """Group what went wrong by its cause, the most harmful first; the suite's own faults are left out."""
    rows = list(rows)
    found: dict[tuple[str, ...], Cause] = {}
    cause_of: dict[str, Cause] = {}
    for row in fix_first(rows):
        if row["suite_fault"]:
            continue
        keys = [("check", row["check"]), _signature(row)]
        cause = next((found[key] for key in keys if key in found), None) or Cause(row)
        cause.rows.append(row)
        cause_of[row["id"]] = cause
        for key in keys:
            found.setdefault(key, cause)
    blockers = {row["id"]: row["blocked_by"] for row in rows if row["verdict"] == "BLOCKED"}
    for row in rows:
        root = _root(row["id"], blockers)
        if row["verdict"] == "BLOCKED" and root in cause_of:
            cause_of[root].blocked.append(row)
    unique = {id(cause): cause for cause in cause_of.values()}
    return list(unique.values())


def _root(identifier: str, blockers: dict[str, str | None]) -> str:
    seen: set[str] = set()
    while identifier not in seen:
        seen.add(identifier)
        identifier = blockers.get(identifier) or identifier
    return identifier


def _signature(row: Row) -> tuple[str, ...]:
    """What two checks have in common that saw the same defect."""
    last = row["exchanges"][-1] if row["exchanges"] else None
    status = last and last["status"]
    request = (last["method"], _kind(last["url"])) if last else ()
    if last and (last["error"] or (status and status >= _ERROR and str(status) in row["got"])):
        # An error answer to the same kind of request is one defect, whatever each check wanted of it.
        return (row["verdict"], *request, str(last["error"] or status))
    seen = (_VARYING.sub("…", row[side]) for side in ("expected", "got"))
    return (row["verdict"], *request, row["path"] or "", *seen)


def _kind(url: str) -> str:
    """Which endpoint a URL is of, and whether it names one resource, or asks with a filter."""
    parts = urlsplit(url)
    collection = re.search(r"/(Users|Groups|Schemas|ResourceTypes|ServiceProviderConfig|Bulk|Me)(/[^/]+)?", parts.path)
    shape = f"{collection[1]}{'/id' if collection[2] else ''}" if collection else parts.path
    return f"{shape}{'?filter' if 'filter=' in parts.query else ''}"
