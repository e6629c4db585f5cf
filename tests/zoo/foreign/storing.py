"""Servers that store something else than they answer, and show something else than they store."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.zoo import listing
from tests.zoo.foreign.base import Foreign, changed
from tests.zoo.listing import Query
from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import GROUP, USER, Kind
from tests.zoo.store import SUITE, Record, Store

CONFLICT = 409
LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"')
NOBODY = 'id eq "nobody"'


class SoftDelete(Foreign):
    """A deleted user is a 404 by its id, and is still listed and found, with active false."""

    legal = False
    defect = "deleted users are still listed"

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.buried: list[Record] = []

    def delete(self, record: Record, request: Request) -> Answer:
        if record.kind is not USER:
            return super().delete(record, request)
        for group in list(self.store.rows(GROUP)):
            self._expel(group, record)
        self.save(record, self.own_data(record) | {"active": False}, record.data["meta"]["created"])
        record.shown = False
        self.buried.append(record)
        return Answer(204)

    def search(self, kinds: list[Kind], query: Query) -> Answer:
        try:
            self.show(shown=True)
            return super().search(kinds, query)
        finally:
            self.show(shown=False)

    def show(self, *, shown: bool) -> None:
        """Let what is deleted be seen, or not."""
        for record in self.buried:
            record.shown = shown


class StoredThoughTaken(Foreign):
    """A create under a taken name is refused with 409, and its row is there all the same (no transaction)."""

    legal = False
    defect = "a create that was refused is stored"

    def insert(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        try:
            return super().insert(kind, data, origin)
        except Refused as refused:
            if refused.status == CONFLICT:
                self.add(kind, data, origin)
            raise

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        # A change that does not rename is no conflict: two rows of one name are there by the server's own doing.
        if record is None or data[kind.unique] != record.name:
            super().unique(kind, data, record)


class NamesNotStored(Foreign):
    """The parts of name are declared readWrite, accepted and not stored."""

    legal = False
    defect = "name is accepted and not stored"

    def save(self, record: Record, data: dict[str, Any], created: str) -> None:
        kept = {key: value for key, value in data.items() if key != "name"}
        super().save(record, kept, created)


class MembersOnRequest(Foreign):
    """A read of a group does not show its members unless it asks for them; /Schemas says returned request."""

    groups = changed(GROUP, "members", returned="request")

    def shown(self, record: Record, request: Request, status: int = 200) -> Answer:
        answer = super().shown(record, request, status)
        # What a write specified, its answer shows (RFC 7643 section 7).
        written = request.method != "GET" and '"members' in json.dumps(request.body)
        return answer if written else replace(answer, body=_masked(answer.body, request.query))

    def search(self, kinds: list[Kind], query: Query) -> Answer:
        answer = super().search(kinds, query)
        rows = [_masked(row, query) for row in answer.body.get("Resources", [])]
        return replace(answer, body=answer.body | ({"Resources": rows} if rows else {}))


def _masked(row: dict[str, Any], query: Query) -> dict[str, Any]:
    """A resource without members, unless they were asked for."""
    asked = "members" in query.get("attributes", "").lower()
    return row if asked else {key: value for key, value in row.items() if key != "members"}


class _Past(Store):
    """What is looked up is what a list shows: there is no index to the rows of the past."""

    def __init__(self, rows: dict[str, list[Record]]) -> None:
        super().__init__()
        self.past = rows

    def named(self, kind: Kind, attribute: str, value: str) -> Iterable[Record]:  # type: ignore[override]
        return self.past[kind.name]


class EventualReads(Foreign):
    """Reads and lists come from a copy that is a second behind: creates, changes and deletions show only then."""

    legal = False
    defect = "what was written is read a second later only"
    lag = 1.0

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.copy: dict[str, dict[str, Record]] = {USER.name: {}, GROUP.name: {}}

    def save(self, record: Record, data: dict[str, Any], created: str) -> None:
        super().save(record, data, created)
        self.follow(record)

    def belong(self, group: Record, identifier: str) -> None:
        super().belong(group, identifier)
        user = self.store.get(USER, identifier)
        if user is not None:
            self.follow(user)

    def remove(self, record: Record) -> None:
        super().remove(record)
        self.later(self.lag, lambda: self.copy[record.kind.name].pop(record.id, None))

    def follow(self, record: Record) -> None:
        """Let the copy have a row as it is now, in a second."""
        row = replace(record, names=set())
        self.later(self.lag, lambda: self.copy[record.kind.name].update({record.id: row}))

    def resource(self, kind: Kind, request: Request) -> Answer:
        if request.method != "GET":
            return super().resource(kind, request)
        found = self.copy[kind.name].get(request.parts[1])
        if found is None:
            raise Refused(404, f"no {kind.name} {request.parts[1]}")
        return self.read(found, request)

    def search(self, kinds: list[Kind], query: Query) -> Answer:
        rows = {name: list(table.values()) for name, table in self.copy.items()}
        return Answer(200, listing.found(lambda kind: rows[kind.name], _Past(rows), kinds, query))


class BracketsFindNobody(Foreign):
    """A filter whose value has a bracket or a comma in it finds nobody."""

    legal = False
    defect = "a filter value with brackets or a comma finds nobody"

    def search(self, kinds: list[Kind], query: Query) -> Answer:
        odd = any(re.search(r"[()\[\],]", value) for value in LITERAL.findall(query.get("filter", "")))
        return super().search(kinds, {**query, "filter": NOBODY} if odd else query)


class OneBadRow(Foreign):
    """A list in which a user without a displayName stands is answered 500."""

    legal = False
    defect = "a user without displayName makes lists fail"

    def search(self, kinds: list[Kind], query: Query) -> Answer:
        whole = {key: value for key, value in query.items() if key not in {"attributes", "excludedattributes"}}
        rows = super().search(kinds, whole).body.get("Resources", [])
        if any("displayName" not in row for row in rows):
            raise Refused(500, "'NoneType' object has no attribute 'lower'")
        return super().search(kinds, query)
