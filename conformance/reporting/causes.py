"""What is to be fixed, by cause: whatever went wrong because of the same defect is one thing to do.

Findings are brought together by what they are, never by their words: how they went wrong, what they are about, which
request was refused, and what was sent (``catalogue/defects.json`` names the defects that are usual). Only rows of
version 0.1.0, which say no more than words, are compared by those.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from conformance.catalogue import SEVERITIES
from conformance.catalogue.defects import Defect, defects
from conformance.profiles import rank as profile_rank
from conformance.reporting.model import Evidence, Row
from conformance.reporting.results import LEADING, fix_first
from conformance.verdict import Kind
from conformance.wording import first_line

_VARYING = re.compile(r'"[^"]*"|\b[0-9a-f-]{8,}\b|\d{4,}|\b\d\d?\b')
"""What differs in the texts of two checks that saw the same defect: literals, ids, numbers other than a status."""

_ERROR = 400
_WORST = ("FAIL", "ERROR", "WARN")
"""Verdicts on what went wrong, the worst first."""

_WRONG = frozenset({*_WORST, "BLOCKED"})
_VALUES = frozenset({Kind.MISSING_VALUE, Kind.UNWANTED_VALUE, Kind.WRONG_VALUE, Kind.WRONG_TYPE})
_EVERYWHERE = frozenset({Kind.MEDIA_TYPE, Kind.HEADER, Kind.SCHEMA, Kind.WRONG_MEMBERS, Kind.WRONG_RESULTS})
"""Ways to go wrong in which the same subject is the same defect, whichever request showed it."""

_WRITES = frozenset({"POST", "PUT", "PATCH"})
Key = tuple[str, ...]
Verdicts = Mapping[str, Mapping[str, str]]
"""Of each check by dialect."""


@dataclass
class Cause:
    """One defect of the endpoint.

    Attributes:
        lead: of a usual defect the check that isolates it, else the one that looks at the least.
        defect: what is known of it, where it is one of the usual ones.
        rows: all that saw it, in the order in which they are to be fixed.
        blocked: those that could not be judged because of it.
        only: the dialect in which alone all of it went wrong; empty where that is not so.
    """

    lead: Row
    defect: Defect | None = None
    only: str = ""
    rows: list[Row] = field(default_factory=list)
    blocked: list[Row] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What is wrong, in one sentence, and in the same words wherever it is told."""
        return self.defect.title if self.defect else self.lead.title

    @property
    def fix(self) -> str:
        """What to change."""
        fix = self.defect.fix if self.defect else self.lead.fix
        return fix[:1].upper() + fix[1:]

    @property
    def consequence(self) -> str:
        """What comes of it, one of ``SEVERITIES``: what is known of a usual defect, else the worst of its checks."""
        if self.defect:
            return self.defect.harm
        return min((row.consequence for row in self.rows), key=SEVERITIES.index)

    @property
    def verdict(self) -> str:
        """The worst that was said of it."""
        return min((row.verdict for row in self.rows), key=_WORST.index)

    @property
    def checks(self) -> int:
        """How many checks it explains, both dialects of one counted once."""
        return len({row.check for row in (*self.rows, *self.blocked)})

    @property
    def told(self) -> str:
        """What is wrong, where it depends on the dialect, and of how many checks that is the cause."""
        more = self.checks - 1
        notes = [f"in the {self.only} dialect only"] if self.only and not self.defect else []
        notes += [f"and {more} more check{'s' * (more > 1)} because of it"] if more else []
        return f"{self.title} ({', '.join(notes)})" if notes else self.title


def causes(rows: Iterable[Row]) -> list[Cause]:
    """Bring together what went wrong by its cause, in the order in which it is to be fixed.

    The suite's own faults are left out.

    Args:
        rows: all that was judged, also what passed.
    """
    rows = list(rows)
    wrong = [row for row in fix_first(rows) if not row.suite_fault]
    verdicts: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        verdicts[row.check][row.dialect] = row.verdict
    blocked = {name for row in rows if row.verdict == "BLOCKED" for name in (row.id, row.check)}
    found = _usual(wrong, verdicts, blocked)
    taken = {row.id for cause in found for row in cause.rows}
    found += _others([row for row in wrong if row.id not in taken])
    _wait_for(found, rows)
    for cause in found:
        dialects = {row.dialect for row in cause.rows}
        if len(dialects) == 1 and all(_went_well_otherwise(row, verdicts) for row in cause.rows):
            cause.only = cause.lead.dialect
    return sorted(found, key=_order)


def _order(cause: Cause) -> tuple[Any, ...]:
    """By harm, then by how much waits for it: a cause that only warns comes after those that fail."""
    rank = _WORST.index(cause.verdict)
    leads = rank == 0 and any(row.check in LEADING for row in cause.rows)
    return (
        rank,
        not leads,
        SEVERITIES.index(cause.consequence),
        -len(cause.blocked),
        -len(cause.rows),
        cause.lead.order,
    )


# --- the usual defects -------------------------------------------------------------------------------------


def _usual(wrong: Sequence[Row], verdicts: Verdicts, blocked: Collection[str]) -> list[Cause]:
    """Those of the usual defects that a check tells from everything else, each with what follows from it."""
    said = {row.id: row for row in wrong}
    said |= {row.check: row for row in reversed(wrong)}
    found: list[Cause] = []
    for defect in defects():
        anywhere = wrong if not defect.fails else ()
        candidates = [*(said[name] for name in defect.fails if name in said), *anywhere]
        lead = next((row for row in candidates if _is_of(row, defect)), None)
        if lead is None or any(name in said for name in defect.passes):
            continue
        if not all(name in said or name in blocked for name in defect.beside):
            continue
        # The same words in answer to the same kind of request: the same defect, by its first name.
        if not any(_answer(lead) == _answer(cause.lead) for cause in found):
            found.append(Cause(lead, defect))
    leads = {cause.lead.check for cause in found}
    for row in wrong:
        for cause in found:
            if row.check == cause.lead.check or (row.check not in leads and _follows(row, cause, verdicts)):
                cause.rows.append(row)
                break
    return [cause for cause in found if cause.rows]


def _answer(row: Row) -> Key:
    """What a check got, and to which kind of request; the check itself where it tells of no answer."""
    if row.kind != Kind.STATUS or not row.exchanges:
        return (row.id,)
    last = row.exchanges[-1]
    return (*_request(last), str(last.status), first_line(last.body or ""))


def _is_of(row: Row, defect: Defect) -> bool:
    """Whether a check went wrong in a way that tells of a defect."""
    if defect.kinds and row.kind not in defect.kinds:
        return False
    return fnmatchcase(row.subject or "", defect.subject) and (not defect.words or _is_told(row, defect.words))


class _About(NamedTuple):
    """What a row is held against: a defect, the row that leads its cause, and how all checks went."""

    defect: Defect
    lead: Row
    verdicts: Verdicts


def _follows(row: Row, cause: Cause, verdicts: Verdicts) -> bool:
    """Whether what went wrong follows from a defect."""
    if cause.defect is None:
        return False
    about = _About(cause.defect, cause.lead, verdicts)
    return any(
        all(_MEETS[name](row, wanted, about) for name, wanted in condition.items())
        for condition in cause.defect.explains
    )


def _echoes(row: Row, wanted: bool, about: _About) -> bool:
    """Whether a request was refused by the same status and words as the one that the leading check looked at."""
    return (_answer(row)[2:] == _answer(about.lead)[2:]) is wanted


def _twin(row: Row, wanted: bool, about: _About) -> bool:
    """Whether the dialect is to blame, as the same check went well in another one."""
    return _went_well_otherwise(row, about.verdicts) is wanted


def _went_well_otherwise(row: Row, verdicts: Verdicts) -> bool:
    """Whether the same check went well in another dialect, so that the dialect is to blame."""
    others = [verdict for dialect, verdict in verdicts[row.check].items() if dialect != row.dialect]
    return bool(row.dialect) and bool(others) and not _WRONG.intersection(others)


def _sends(row: Row, form: str, _about: _About) -> bool:
    """Whether something of a form is among what was sent."""
    return any(_FORMS[form](operation) for exchange in row.exchanges for operation in _operations(exchange))


def _requests(row: Row, wanted: Sequence[str], _about: _About) -> bool:
    """Whether a request is of one of these kinds, such as ``PATCH Users/id``."""
    return any(_is_one_of(exchange, wanted) for exchange in row.exchanges)


def _refused(row: Row, wanted: Sequence[str], _about: _About) -> bool:
    """Whether a request of one of these kinds was refused."""
    return any((exchange.status or 0) >= _ERROR and _is_one_of(exchange, wanted) for exchange in row.exchanges)


def _says(row: Row, wanted: bool, about: _About) -> bool:
    """Whether a write was refused with words by which the defect is known."""
    return _is_told(row, about.defect.words) is wanted


def _is_told(row: Row, words: str) -> bool:
    refusals = (one for one in row.exchanges if one.method in _WRITES and (one.status or 0) >= _ERROR)
    return any(re.search(words, one.body or "", re.IGNORECASE) for one in refusals)


def _is_one_of(exchange: Evidence, wanted: Sequence[str]) -> bool:
    return any(fnmatchcase(" ".join(_request(exchange)), one) for one in wanted)


_MEETS: dict[str, Callable[[Row, Any, _About], bool]] = {
    "twin": _twin,
    "sends": _sends,
    "requests": _requests,
    "refused": _refused,
    "says": _says,
    "echoes": _echoes,
    "checks": lambda row, wanted, _: any(fnmatchcase(row.check, one) for one in wanted),
    "kinds": lambda row, wanted, _: row.kind in wanted,
    "subjects": lambda row, wanted, _: any(fnmatchcase(row.subject or "", one) for one in wanted),
}


def _operations(exchange: Evidence) -> Iterator[Mapping[str, Any]]:
    """The operations of a PATCH; the body of another request is one without a path."""
    body = exchange.request_body
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return
    if isinstance(body, dict):
        rows = body.get("Operations") if exchange.method == "PATCH" else [{"op": exchange.method, "value": body}]
        yield from (row for row in rows or () if isinstance(row, dict))


def _is_text_for_a_boolean(operation: Mapping[str, Any]) -> bool:
    value = operation.get("value")
    value = value.get("active") if isinstance(value, dict) else value
    return isinstance(value, str) and value.casefold() in {"true", "false"}


_FORMS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "capitalised-op": lambda one: str(one.get("op"))[:1].isupper() and not str(one.get("op")).isupper(),
    "boolean-as-text": _is_text_for_a_boolean,
    "removal-of-members": lambda one: (
        str(one.get("op")).casefold() == "remove" and str(one.get("path")).startswith("members")
    ),
}


# --- all others --------------------------------------------------------------------------------------------


def _others(wrong: Sequence[Row]) -> list[Cause]:
    found: dict[Key, Cause] = {}
    made: list[Cause] = []
    refused = {key for row in wrong if row.kind == Kind.STATUS for key in _refusals(row) if key[-1] == row.subject}
    for row in wrong:
        keys = [("check", row.check), *_signatures(row), *(key for key in _refusals(row) if key in refused)]
        cause = next((found[key] for key in keys if key in found), None)
        if cause is None:
            cause = Cause(row)
            made.append(cause)
        cause.rows.append(row)
        for key in keys:
            found.setdefault(key, cause)
    for cause in made:
        cause.lead = min(cause.rows, key=_closeness)
    return made


def _closeness(row: Row) -> tuple[Any, ...]:
    """By how little a check looks at: what looks at the least isolates the defect, and the rest are its symptoms."""
    return (
        _WORST.index(row.verdict),
        profile_rank(row.profile),
        row.check not in LEADING,
        len(row.exchanges),
        row.order,
        row.id,
    )


def _refusals(row: Row) -> list[Key]:
    """The writes among what a check looked at that were refused."""
    return [
        ("refused", *_request(one), str(one.status))
        for one in row.exchanges
        if one.method in _WRITES and one.status is not None and one.status >= _ERROR
    ]


def _signatures(row: Row) -> list[Key]:
    """What two checks have in common that saw the same defect; none where a check has only itself."""
    last = row.exchanges[-1] if row.exchanges else None
    request = _request(last) if last else ()
    kind, subject = row.kind, row.subject
    if kind is None:
        return [_by_text(row, last, request)]
    if subject is None:
        return []
    if kind in _EVERYWHERE:
        return [(kind, subject)]
    if kind in _VALUES:
        return [(*request, kind, subject)]
    # An error answer to the same kind of request is one defect, whatever each check wanted of it.
    refused = kind != Kind.STATUS or (subject.isdecimal() and int(subject) >= _ERROR)
    return [(*request, kind, subject, "" if refused else row.expected)]


def _by_text(row: Row, last: Evidence | None, request: Key) -> Key:
    """The same for a row of version 0.1.0, by its texts."""
    status = last and last.status
    if last and (last.error or (status and status >= _ERROR and str(status) in row.got)):
        return (row.verdict, *request, str(last.error or status))
    seen = (_VARYING.sub("…", side) for side in (row.expected, row.got))
    return (row.verdict, *request, row.path or "", *seen)


def _request(exchange: Evidence) -> Key:
    return request_of(exchange.method, exchange.url)


def request_of(method: str, url: str) -> tuple[str, str]:
    """Method and kind of a request: which endpoint it is to, whether to one resource, or with a filter.

    Args:
        method: of HTTP.
        url: whole, or a path.
    """
    parts = urlsplit(url)
    collection = re.search(r"/(Users|Groups|Schemas|ResourceTypes|ServiceProviderConfig|Bulk|Me)(/[^/]+)?", parts.path)
    shape = f"{collection[1]}{'/id' if collection[2] else ''}" if collection else parts.path
    return method, f"{shape}{'?filter' if 'filter=' in parts.query else ''}"


# --- what waits --------------------------------------------------------------------------------------------


def _wait_for(found: Sequence[Cause], rows: Sequence[Row]) -> None:
    """Put each check that could not be judged under the cause that it waits for."""
    cause_of = {row.id: cause for cause in found for row in cause.rows}
    blockers = {row.id: row.blocked_by for row in rows if row.verdict == "BLOCKED"}
    for row in rows:
        root = _root(row.id, blockers)
        if row.verdict == "BLOCKED" and root in cause_of:
            cause_of[root].blocked.append(row)


def _root(identifier: str, blockers: Mapping[str, str | None]) -> str:
    seen: set[str] = set()
    while identifier not in seen:
        seen.add(identifier)
        identifier = blockers.get(identifier) or identifier
    return identifier
