"""What the zoo's server writes down beside its data: who was touched, and what nobody but the server itself did."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.zoo.store import FOREIGN, SUITE, Record, Store


@dataclass
class Books:
    """The account that a verb is compared with.

    Attributes:
        store: what is there.
        baseline: foreign rows as they should be, by path: as at the start, and with what the server did itself.
        touched: writes of the command that met a foreign row, whether or not they changed it.
        merged: foreign rows into which the server put what the command posted; they may be told as left, too.
    """

    store: Store
    baseline: dict[str, str] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)

    def open(self) -> None:
        """Everything foreign is as it should be."""
        self.baseline = self.foreign()

    def foreign(self) -> dict[str, str]:
        """Everything that is not the command's, by path."""
        return {record.path: record.text for record in self.store if record.origin == FOREIGN}

    def excuse(self, record: Record) -> None:
        """A foreign row is as the server's own doing made it."""
        self.baseline[record.path] = record.text

    def merge(self, record: Record) -> None:
        """The server put a POST into a foreign row."""
        self.excuse(record)
        self.merged.add(record.path)

    def forgive(self, path: str) -> None:
        """The server itself took a foreign row away."""
        self.baseline.pop(path, None)

    def changed(self) -> list[str]:
        """Foreign rows that are not as they should be, and what was done to foreign rows on the way."""
        now = self.foreign()
        paths = sorted(self.baseline.keys() | now.keys())
        rows = [f"{path}: {_difference(self.baseline.get(path), now.get(path))}" for path in paths]
        return [row for row in rows if not row.endswith(": same")] + self.touched

    def ours(self) -> dict[str, Record]:
        """What the command's requests made and what is still there, by path."""
        return {record.path: record for record in self.store if record.origin == SUITE and record.shown}


def _difference(before: str | None, after: str | None) -> str:
    if before == after:
        return "same"
    if before is None or after is None:
        return "new" if before is None else "deleted"
    old, new = json.loads(before), json.loads(after)
    keys = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    return "; ".join(f"{key} was {old.get(key)}, is {new.get(key)}" for key in keys)
