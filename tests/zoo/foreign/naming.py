"""Servers with other ids than UUIDs, and other rules for names."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from tests.zoo.foreign.base import Foreign, changed
from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import USER, Kind, data_of
from tests.zoo.store import SUITE, Record


class IntegerIds(Foreign):
    """Ids are whole numbers, as JSON strings of digits, counted up for users and groups together."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return str(next(self.numbers))


class _Quoted(Foreign):
    """Ids have characters in them that are encoded in URLs."""

    def find(self, kind: Kind, identifier: str) -> Record | None:
        # That of a request's own URL is decoded already; that in the path of a bulk job's operation is not.
        return super().find(kind, unquote(identifier))

    def meta(self, record: Record, created: str) -> dict[str, Any]:
        return super().meta(record, created) | {"location": self.address(record)}

    def _link(self, record: Record, keys: set[str]) -> dict[str, Any]:
        return super()._link(record, keys) | {"$ref": self.address(record)}

    def address(self, record: Record) -> str:
        """The URL of a row."""
        return f"{self.url}{quote(record.path)}"


class EmailIds(_Quoted):
    """Ids look like e-mail addresses; the URLs that the server gives have the @ as %40."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return f"{kind.name.lower()}.{next(self.numbers)}@directory.example"


class SpacedIds(_Quoted):
    """Ids have a space in them; the URLs that the server gives have it as %20."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return f"{kind.name} {next(self.numbers)}"


class SameIdTwice(Foreign):
    """Every second user gets the id of the user before it; the id means the older of the two."""

    legal = False
    defect = "two users have the same id"

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.spare: list[str] = []

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        if kind is not USER:
            return super().new_id(kind, data)
        if self.spare:
            return self.spare.pop()
        self.spare.append(super().new_id(kind, data))
        return self.spare[0]

    def add(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        self.refer(kind, data)
        identifier = self.new_id(kind, data)
        taken = self.store.get(kind, identifier) is not None
        record = Record(kind, identifier, {}, origin, key=f"{identifier}, again" if taken else "")
        self.save(record, data, self.now())
        return record

    def find(self, kind: Kind, identifier: str) -> Record | None:
        rows = (row for row in self.store.rows(kind) if row.id == identifier)
        return super().find(kind, identifier) or next(rows, None)


class CaseExactNames(Foreign):
    """Names of users that differ in letter case only are two names; /Schemas says caseExact."""

    users = changed(USER, "userName", exact=True)

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        if kind is not self.users:
            super().unique(kind, data, record)
            return
        for other in self.store.named(kind, "userName", data["userName"]):
            if other is not record and other.name == data["userName"]:
                raise Refused(409, f"userName {other.name} is taken", "uniqueness")


class NameFromEmail(Foreign):
    """A create or replacement with a work address makes that the userName, whatever was sent as one."""

    legal = False
    defect = "userName is not what was sent"

    def insert(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        return super().insert(kind, self.named(kind, data), origin)

    def replace(self, record: Record, request: Request) -> Answer:
        self.update(record, self.named(record.kind, data_of(record.kind, request.body)))
        return self.shown(record, request)

    def named(self, kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
        """The data under the name that it gets."""
        work = [row["value"] for row in data.get("emails", []) if row.get("type") == "work" and "value" in row]
        return data | {"userName": work[0]} if work and kind is USER else data
