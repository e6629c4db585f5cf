"""Quirks that put what was posted into a row that is there, because a number, an address or a name is the same.

Chance would need a tenant of hundreds of thousands. So in these every value that a real person could have is taken by
somebody: the six digits of an employee number, a telephone number, two words of a display name.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from tests.zoo.message import Answer, Request
from tests.zoo.schema import ENTERPRISE, USER, Kind, data_of
from tests.zoo.server import Zoo
from tests.zoo.store import FOREIGN, Record


class _Upsert(Zoo):
    """A create whose value somebody has changes that person."""

    real = r"\d{6}"
    status = 201

    def value(self, data: dict[str, Any]) -> str:
        """What people are known by."""
        return str(data.get(ENTERPRISE, {}).get("employeeNumber", ""))

    def somebody(self, kind: Kind, data: dict[str, Any]) -> Record | None:
        """Who has the value."""
        value = self.value(data)
        if kind is not USER or not re.fullmatch(self.real, value):
            return None
        people = [row for row in self.store.rows(kind) if row.origin == FOREIGN]
        return people[zlib.crc32(value.encode()) % len(people)]

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        data = data_of(kind, body)
        record = self.somebody(kind, data)
        if record is None:
            return super().create(kind, body, request)
        self.unique(kind, data, record)
        self.merge(record, data)
        return self.shown(record, request, self.status)

    def merge(self, record: Record, data: dict[str, Any]) -> None:
        """Put data into somebody else's row."""
        self.refer(record.kind, data)
        self.save(record, self.own_data(record) | data, record.data["meta"]["created"])
        self.books.merge(record)


class UpsertByEmployeeNumber(_Upsert):
    """A POST with somebody's employee number overwrites that person, keeps id and meta.created; answered 201."""


class UpsertByEmployeeNumberOk(_Upsert):
    """As upsert-by-employee-number, answered 200."""

    status = 200


class UpsertWithoutCreated(_Upsert):
    """As upsert-by-employee-number, and no resource has a meta.created."""

    def shown(self, record: Record, request: Request, status: int = 200) -> Answer:
        answer = super().shown(record, request, status)
        meta = {key: value for key, value in answer.body.get("meta", {}).items() if key != "created"}
        return Answer(answer.status, answer.body | ({"meta": meta} if meta else {}), answer.headers)


class UpsertCreatedAnew(_Upsert):
    """As upsert-by-employee-number, and meta.created is the time of the POST."""

    def merge(self, record: Record, data: dict[str, Any]) -> None:
        self.save(record, self.own_data(record) | data, self.now())
        self.books.merge(record)


class UpsertByDisplayName(_Upsert):
    """A POST with somebody's display name overwrites that person, keeps id and meta.created; answered 201."""

    real = r"[^\W\d_]+[.]? [^\d_]+"

    def value(self, data: dict[str, Any]) -> str:
        return str(data.get("displayName", ""))


class UpsertByPhone(_Upsert):
    """A POST with somebody's telephone number overwrites that person, keeps id and meta.created; answered 201."""

    real = r"\+\d[\d ]+"

    def value(self, data: dict[str, Any]) -> str:
        return str((data.get("phoneNumbers") or [{}])[0].get("value", ""))


class UpsertByPhoneOk(UpsertByPhone):
    """As upsert-by-phone, answered 200."""

    status = 200


class UpsertByExternalId(_Upsert):
    """A POST with an externalId that is a UUID overwrites a person, as if all were taken; answered 201."""

    real = r"[0-9a-fA-F-]{36}"

    def value(self, data: dict[str, Any]) -> str:
        return str(data.get("externalId", ""))


class _UpsertExact(_Upsert):
    """A create whose value a foreign person really has changes that person."""

    def somebody(self, kind: Kind, data: dict[str, Any]) -> Record | None:
        value = self.value(data).casefold()
        rows = [row for row in self.store.rows(kind) if row.origin == FOREIGN]
        return next((row for row in rows if value and self.value(row.data).casefold() == value), None)


class UpsertByEmail(_UpsertExact):
    """A POST with somebody's e-mail address overwrites that person; answered 201."""

    def value(self, data: dict[str, Any]) -> str:
        return str((data.get("emails") or [{}])[0].get("value", ""))


class UpsertByName(_UpsertExact):
    """A POST under a taken userName or displayName overwrites the row, keeps id and meta.created; answered 200."""

    status = 200

    def value(self, data: dict[str, Any]) -> str:
        return str(data.get("userName") or data.get("displayName"))


class UpsertByNameCreated(UpsertByName):
    """As upsert-by-name, answered 201."""

    status = 201


class PatchMerges(_Upsert):
    """A PATCH or PUT with somebody's employee number merges two accounts: theirs gets all, and is what is answered."""

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        return Zoo.create(self, kind, body, request)

    def update(self, record: Record, data: dict[str, Any]) -> None:
        super().update(record, data)
        other = self.somebody(record.kind, data)
        if other is not None and record.origin != FOREIGN:
            self.remove(record)
            self.merge(other, data)
            record.data, record.id = other.data, other.id


class PatchMergesByDisplayName(PatchMerges):
    """As patch-merges, by the display name."""

    real = UpsertByDisplayName.real

    def value(self, data: dict[str, Any]) -> str:
        return str(data.get("displayName", ""))
