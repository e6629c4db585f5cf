"""What the zoo's server holds, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.zoo.schema import GROUP, SEGMENT, USER, Kind

INDEXED = ("userName", "displayName", "externalId")
FOREIGN, SUITE = "foreign", "suite"


@dataclass(eq=False)
class Record:
    """A row.

    Attributes:
        kind: its resource type.
        id: as it is shown.
        data: everything that is shown, ``meta`` and ``groups`` too.
        origin: ``suite`` where a POST of the command made it, ``foreign`` where it was there before or somebody else
            made it.
        names: all that it was ever called.
        shown: whether a list and a read show it.
        key: what the row stands under, where that is not its id.
    """

    kind: Kind
    id: str
    data: dict[str, Any]
    origin: str
    names: set[str] = field(default_factory=set)
    shown: bool = True
    key: str = ""

    @property
    def path(self) -> str:
        """Below the tenant URL."""
        return f"/{SEGMENT[self.kind.name]}/{self.id}"

    @property
    def name(self) -> str:
        """What it is called now."""
        return str(self.data.get(self.kind.unique))

    @property
    def text(self) -> str:
        """The whole row, comparable byte for byte."""
        return json.dumps(self.data, sort_keys=True)


class Store:
    """Two tables, with an index for the attributes that everybody looks for."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Record]] = {USER.name: {}, GROUP.name: {}}
        self._index: dict[tuple[str, str, str], dict[str, Record]] = {}
        self._indexed: dict[Record, list[tuple[str, str, str]]] = {}

    def rows(self, kind: Kind) -> Iterable[Record]:
        """Of a kind, in order of creation."""
        return self.tables[kind.name].values()

    def __iter__(self) -> Iterator[Record]:
        return (record for table in self.tables.values() for record in table.values())

    def get(self, kind: Kind, identifier: str) -> Record | None:
        """By its id."""
        return self.tables[kind.name].get(identifier)

    def put(self, record: Record) -> None:
        """Add a row, or note that it was changed."""
        self.tables[record.kind.name][record.key or record.id] = record
        record.names |= {str(record.data[key]) for key in INDEXED if key in record.data}
        self._forget(record)
        keys = [(record.kind.name, key, str(record.data[key]).casefold()) for key in INDEXED if key in record.data]
        for key in keys:
            self._index.setdefault(key, {})[record.key or record.id] = record
        self._indexed[record] = keys

    def drop(self, record: Record) -> None:
        """Take a row out."""
        key = record.key or record.id
        if self.tables[record.kind.name].get(key) is record:
            del self.tables[record.kind.name][key]
        self._forget(record)

    def _forget(self, record: Record) -> None:
        for key in self._indexed.pop(record, []):
            rows = self._index.get(key, {})
            # After a change of id the row still stands under the old one.
            for stale in [name for name, row in rows.items() if row is record]:
                del rows[stale]

    def named(self, kind: Kind, attribute: str, value: str) -> list[Record]:
        """Those whose indexed attribute has a value, in any letter case."""
        return list(self._index.get((kind.name, attribute, value.casefold()), {}).values())
