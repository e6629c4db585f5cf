"""Quirks of PUT and PATCH: ids that move, and changes that are refused and done."""

from __future__ import annotations

import re
from typing import Any

from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import Kind
from tests.zoo.server import Zoo
from tests.zoo.store import Record


def move(zoo: Zoo, record: Record, identifier: str) -> None:
    """Give a row another id."""
    zoo.remove(record)
    record.id = identifier
    zoo.save(record, zoo.own_data(record), record.data["meta"]["created"])


class PutReinserts(Zoo):
    """PUT deletes the row and inserts it anew, under a new id that its answer shows."""

    def replace(self, record: Record, request: Request) -> Answer:
        super().replace(record, request)
        move(self, record, self.new_id(record.kind, record.data))
        return self.shown(record, request)


class PutReinsertsSilently(Zoo):
    """As put-reinserts, answered 204: nothing shows the new id."""

    def replace(self, record: Record, request: Request) -> Answer:
        super().replace(record, request)
        move(self, record, self.new_id(record.kind, record.data))
        return Answer(204)


class NameIsId(Zoo):
    """The id is made of the name, so that a rename moves the resource to another id."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return re.sub(r"\W+", "-", str(data[kind.unique]).lower())

    def update(self, record: Record, data: dict[str, Any]) -> None:
        super().update(record, data)
        wanted = self.new_id(record.kind, record.data)
        if wanted != record.id:
            move(self, record, wanted)


class RefusedRename(Zoo):
    """A PATCH or PUT that renames is answered 400, and done."""

    def update(self, record: Record, data: dict[str, Any]) -> None:
        renamed = data[record.kind.unique] != record.name
        super().update(record, data)
        if renamed:
            raise Refused(400, "renamed, but the mailbox could not be moved")


class ChangeIs500(Zoo):
    """Every fourth PATCH or PUT is done and answered 500."""

    def update(self, record: Record, data: dict[str, Any]) -> None:
        super().update(record, data)
        if self.count % 4 == 0:
            raise Refused(500, "an index could not be refreshed")
