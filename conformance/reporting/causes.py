"""What is to be fixed, by root cause: checks that went wrong in the same way are one thing to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.reporting.model import Evidence, Row
from conformance.reporting.results import fix_first
from conformance.verdict import Kind

_VARYING = re.compile(r'"[^"]*"|\b[0-9a-f-]{8,}\b|\d{4,}|\b\d\d?\b')
"""What differs in the texts of two checks that saw the same defect: literals, ids, numbers other than a status. Only
the rows of version 0.1.0 are compared by their texts; later ones have a kind and a subject."""

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
        return len({row.check for row in (*self.rows, *self.blocked)})


def causes(rows: Iterable[Row]) -> list[Cause]:
    """Group what went wrong by its cause, the most harmful first; the suite's own faults are left out."""
    rows = list(rows)
    found: dict[tuple[str, ...], Cause] = {}
    cause_of: dict[str, Cause] = {}
    for row in fix_first(rows):
        if row.suite_fault:
            continue
        keys = [("check", row.check), *_signatures(row)]
        cause = next((found[key] for key in keys if key in found), None) or Cause(row)
        cause.rows.append(row)
        cause_of[row.id] = cause
        for key in keys:
            found.setdefault(key, cause)
    blockers = {row.id: row.blocked_by for row in rows if row.verdict == "BLOCKED"}
    for row in rows:
        root = _root(row.id, blockers)
        if row.verdict == "BLOCKED" and root in cause_of:
            cause_of[root].blocked.append(row)
    unique = {id(cause): cause for cause in cause_of.values()}
    return list(unique.values())


def _root(identifier: str, blockers: dict[str, str | None]) -> str:
    seen: set[str] = set()
    while identifier not in seen:
        seen.add(identifier)
        identifier = blockers.get(identifier) or identifier
    return identifier


def _signatures(row: Row) -> list[tuple[str, ...]]:
    """What two checks have in common that saw the same defect; none where a check has only itself."""
    last = row.exchanges[-1] if row.exchanges else None
    request = (last.method, _kind(last.url)) if last else ()
    kind, subject = row.kind, row.subject
    if kind is None:
        return [_by_text(row, last, request)]
    if subject is None:
        return []
    # An error answer to the same kind of request is one defect, whatever each check wanted of it.
    refused = kind != Kind.STATUS or (subject.isdecimal() and int(subject) >= _ERROR)
    return [(row.verdict, *request, kind, subject, "" if refused else row.expected)]


def _by_text(row: Row, last: Evidence | None, request: tuple[str, ...]) -> tuple[str, ...]:
    """The same for a row of version 0.1.0, by its texts."""
    status = last and last.status
    if last and (last.error or (status and status >= _ERROR and str(status) in row.got)):
        return (row.verdict, *request, str(last.error or status))
    seen = (_VARYING.sub("…", side) for side in (row.expected, row.got))
    return (row.verdict, *request, row.path or "", *seen)


def _kind(url: str) -> str:
    """Which endpoint a URL is of, and whether it names one resource, or asks with a filter."""
    parts = urlsplit(url)
    collection = re.search(r"/(Users|Groups|Schemas|ResourceTypes|ServiceProviderConfig|Bulk|Me)(/[^/]+)?", parts.path)
    shape = f"{collection[1]}{'/id' if collection[2] else ''}" if collection else parts.path
    return f"{shape}{'?filter' if 'filter=' in parts.query else ''}"
