"""The rows of the zoo's server, and the rules that they keep: names, references, who is in which group."""

from __future__ import annotations

import copy
import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

from tests.zoo.books import Books
from tests.zoo.message import Refused
from tests.zoo.schema import ENTERPRISE, GROUP, USER, Kind
from tests.zoo.store import FOREIGN, SUITE, Record, Store


class Rows:
    """What is stored, and how it changes.

    Attributes:
        url: the tenant URL.
        store: the rows.
        books: what the server knows of whose they are.
        numbers: for ids that are counted.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = Store()
        self.books = Books(self.store)
        self.numbers = itertools.count(1)
        self.versions = itertools.count(1)

    def find(self, kind: Kind, identifier: str) -> Record | None:
        """The row behind an id in a URL."""
        return self.store.get(kind, identifier)

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:  # noqa: ARG002 - for quirks
        """An id for a new row."""
        return str(uuid.uuid4())

    def now(self) -> str:
        """The time, as ``meta`` shows it."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def insert(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        """Make a row of data.

        Raises:
            Refused: its name is taken, or it refers to nobody.
        """
        self.unique(kind, data, None)
        return self.add(kind, data, origin)

    def add(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        """Make a row of data, whatever else there is."""
        self.refer(kind, data)
        record = Record(kind, self.new_id(kind, data), {}, origin)
        self.save(record, data, self.now())
        return record

    def update(self, record: Record, data: dict[str, Any]) -> None:
        """Give a row other data.

        Raises:
            Refused: its name is taken, or it refers to nobody.
        """
        self.unique(record.kind, data, record)
        self.refer(record.kind, data)
        if data != self.own_data(record):
            self.save(record, data, record.data["meta"]["created"])

    def own_data(self, record: Record) -> dict[str, Any]:
        """What a client can set of a row."""
        return {k: v for k, v in copy.deepcopy(record.data).items() if k not in {"schemas", "id", "meta", "groups"}}

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        """See that no other row has the name.

        Raises:
            Refused: one has.
        """
        for other in self.store.named(kind, kind.unique, str(data[kind.unique])):
            if other is not record and other.shown:
                raise Refused(409, f"{kind.unique} {data[kind.unique]} is taken", "uniqueness")

    def refer(self, kind: Kind, data: dict[str, Any]) -> None:
        """See that members and managers are there, and write their types and URLs down.

        Raises:
            Refused: one is not.
        """
        manager = data.get(ENTERPRISE, {}).get("manager") if kind is USER else None
        if manager and "value" in manager:
            data[ENTERPRISE]["manager"] = self._link(self._referred(manager["value"], [USER]), {"value"})
        if "members" in data:
            data["members"] = [self.member(row) for row in data["members"]]

    def member(self, row: dict[str, Any]) -> dict[str, Any]:
        """A member of a group, complete."""
        kinds = {"user": [USER], "group": [GROUP]}.get(str(row.get("type")).lower(), [USER, GROUP])
        return self._link(self._referred(str(row.get("value")), kinds), {"value", "type"})

    def _referred(self, identifier: str, kinds: list[Kind]) -> Record:
        found = next((record for kind in kinds if (record := self.find(kind, identifier))), None)
        if found is None or not found.shown:
            raise Refused(400, f"nobody has the id {identifier}", "invalidValue")
        if found.origin == FOREIGN:
            self.books.touched.append(f"{identifier} in a body is {found.path} ({found.name})")
        return found

    def _link(self, record: Record, keys: set[str]) -> dict[str, Any]:
        link = {"value": record.id, "$ref": f"{self.url}{record.path}", "type": record.kind.name}
        return {key: value for key, value in link.items() if key in keys | {"$ref"}}

    def save(self, record: Record, data: dict[str, Any], created: str) -> None:
        """Write data into a row, and what follows from it into others."""
        kind = record.kind
        schemas = [kind.urn, *(urn for urn in kind.extensions if urn in data)]
        data = {key: value for key, value in data.items() if key != "password"}
        before = people_of(record.data)
        groups = {"groups": record.data["groups"]} if "groups" in record.data else {}
        record.data = {"schemas": schemas, "id": record.id, **data, **groups, "meta": self.meta(record, created)}
        self.store.put(record)
        if kind is GROUP:
            for identifier in before | people_of(data):
                self.belong(record, identifier)

    def meta(self, record: Record, created: str) -> dict[str, Any]:
        """A row's ``meta`` after a change."""
        now = self.now() if record.data else created
        return {
            "resourceType": record.kind.name, "created": created, "lastModified": now,
            "location": f"{self.url}{record.path}", "version": f'W/"{next(self.versions)}"',
        }  # fmt: skip

    def belong(self, group: Record, identifier: str) -> None:
        """Write down in a user whether it is a member of a group."""
        user = self.store.get(USER, identifier)
        if user is None:
            return
        groups = [row for row in user.data.get("groups", []) if row["value"] != group.id]
        if identifier in people_of(group.data):
            link = self._link(group, {"value"})
            groups.append(link | {"display": group.data["displayName"], "type": "direct"})
        user.data = {k: v for k, v in user.data.items() if k != "groups"} | ({"groups": groups} if groups else {})

    def remove(self, record: Record) -> None:
        """Take a row out, and out of all groups."""
        self.store.drop(record)
        for group in list(self.store.rows(GROUP)):
            self._expel(group, record)
        members, record.data = people_of(record.data), record.data | {"members": []}
        for identifier in members:
            self.belong(record, identifier)

    def _expel(self, group: Record, member: Record) -> None:
        data = self.own_data(group)
        who = (member.id, member.kind.name)
        rows = [row for row in data.get("members", []) if (row["value"], row["type"]) != who]
        if len(rows) != len(data.get("members", [])):
            self.save(group, data | {"members": rows}, group.data["meta"]["created"])


def people_of(data: dict[str, Any]) -> set[str]:
    """The ids of a group's members that are users."""
    return {row["value"] for row in data.get("members", []) if row["type"] == USER.name}
