"""Quirks of deletions: what stays, what comes back, and what is said of it."""

from __future__ import annotations

import copy
from typing import Any

from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import USER, Kind
from tests.zoo.server import Zoo
from tests.zoo.store import SUITE, Record


class SoftDelete(Zoo):
    """DELETE is answered 204 and the id is a 404 from then on, but lists still show the row."""

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.buried: set[Record] = set()

    def find(self, kind: Kind, identifier: str) -> Record | None:
        found = super().find(kind, identifier)
        return None if found in self.buried else found

    def delete(self, record: Record, request: Request) -> Answer:
        self.buried.add(record)
        return Answer(204)


class DeleteDoesNothing(Zoo):
    """DELETE is answered 204 and does nothing."""

    def delete(self, record: Record, request: Request) -> Answer:
        return Answer(204)


class DeleteDoesNothing404(Zoo):
    """DELETE is answered 404 and does nothing (there is no such route)."""

    def delete(self, record: Record, request: Request) -> Answer:
        raise Refused(404, "no route")


class Delete500ButGone(Zoo):
    """DELETE is answered 500 and done."""

    def delete(self, record: Record, request: Request) -> Answer:
        self.remove(record)
        raise Refused(500, "the audit log is full")


class AccountKept(Zoo):
    """Behind a deleted user an account stays that nothing shows, and that keeps the name taken."""

    def delete(self, record: Record, request: Request) -> Answer:
        if record.kind is not USER:
            return super().delete(record, request)
        self.remove(record)
        self.store.put(record)
        record.shown = False
        return Answer(204)

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        rows = self.store.named(kind, kind.unique, str(data[kind.unique]))
        if any(row is not record for row in rows):
            raise Refused(409, "an account of this name exists", "uniqueness")


class Archives(Zoo):
    """DELETE disables the row and renames it to archived-…; it is still read and listed under its id."""

    tag = "archived-"

    def delete(self, record: Record, request: Request) -> Answer:
        data = self.own_data(record)
        name = str(data[record.kind.unique])
        if not name.startswith(self.tag):
            data |= {record.kind.unique: f"{self.tag}{name}"} | ({"active": False} if record.kind is USER else {})
            self.save(record, data, record.data["meta"]["created"])
        return Answer(204)


class ArchivesElsewhere(Zoo):
    """DELETE moves the row to another id and adds a number to its name; there it is read and listed, and stays."""

    def delete(self, record: Record, request: Request) -> Answer:
        name = record.name
        if "-deleted-" not in name:
            self.remove(record)
            data = self.own_data(record) | {record.kind.unique: f"{name}-deleted-{next(self.numbers)}"}
            self.add(record.kind, data, SUITE).names |= record.names
        return Answer(204)


class DeletesLater(Zoo):
    """DELETE is answered 204 and takes effect 2 s later."""

    tidy = True

    def delete(self, record: Record, request: Request) -> Answer:
        self.later(2.0, lambda: self.remove(record))
        return Answer(204)


class BackupRestored(Zoo):
    """Once, in the middle, everything is as it was some 40 requests earlier: deleted rows are back, new ones gone."""

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.saved: list[tuple[Record, dict[str, Any]]] = []
        self.at = 0

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.at = self.dice.randrange(60, 200)

    def tick(self) -> None:
        super().tick()
        if self.count == self.at:
            self.saved = [(record, copy.deepcopy(record.data)) for record in self.store]
        if self.count == self.at + 40:
            self.restore()

    def restore(self) -> None:
        """Put the backup back."""
        for record in list(self.store):
            self.store.drop(record)
        for record, data in self.saved:
            record.data = data
            self.store.put(record)
