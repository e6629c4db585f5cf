"""What the target's lists hold: one walk over its pages in place of a read of each of thousands of resources."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance.provisioning.service.exporter import Exporter
from conformance.provisioning.service.links import Link
from conformance.provisioning.service.provisioning import NAMES
from conformance.provisioning.service.state import State

PAGE = 100
"""Resources asked for in one page."""

WORTH = 150
"""Below so many links each resource is read by itself, which needs no paging of the target."""

STRANGERS = 3
"""A target that holds more than so many times our own resources is not walked."""


@dataclass
class Inventory:
    """Rows of the target's lists.

    Attributes:
        rows: by kind and id, as JSON text, which takes a fifth of the memory; a kind that is missing was not walked.
        names: how many rows have a name, by kind and case-folded name.
    """

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[str, Counter[str]] = field(default_factory=dict)

    def row(self, link: Link) -> dict[str, Any] | None:
        """The row of a linked resource, or None where it has to be read by itself."""
        row = self.rows.get(link.kind, {}).get(link.target)
        return None if row is None else json.loads(row)

    def named(self, link: Link) -> int | None:
        """How many rows have a link's name, or None where that has to be asked."""
        counter = self.names.get(link.kind)
        return None if counter is None else counter[link.name.casefold()]


def take(exporter: Exporter, state: State) -> Inventory:
    """Walk the lists of those kinds for which it is worth while and possible."""
    inventory = Inventory()
    ours = {target for _, target in state.targets("User")}
    # Lists of groups may leave members out, or hold thousands of them in one answer: each is read by itself.
    if len(ours) >= WORTH:
        walk = _Walk(ours)
        if walk.goes(exporter, "User"):
            inventory.names["User"], inventory.rows["User"] = walk.names, walk.rows
    return inventory


class _Walk:
    """One walk over the pages of a list.

    Args:
        ours: SCIM ids of the resources whose rows are kept.
    """

    def __init__(self, ours: set[str]) -> None:
        self.ours = ours
        self.rows: dict[str, str] = {}
        self.names: Counter[str] = Counter()
        self._seen: set[str] = set()

    def goes(self, exporter: Exporter, kind: str) -> bool:
        """Walk to the end; whether the pages are a basis to judge by."""
        start = 1
        while True:
            exchange, _ = exporter.page(kind, start, PAGE)
            total, page = exchange.resource.get("totalResults"), exchange.listed
            most = STRANGERS * len(self.ours) + PAGE
            if exchange.status != 200 or not isinstance(total, int) or total > most:  # noqa: PLR2004
                return False
            before = len(self._seen)
            for row in page:
                self._take(row, NAMES[kind])
            if len(self._seen) >= total:
                return True
            if len(self._seen) == before:
                return False  # the pages repeat or end before their time
            start += len(page)

    def _take(self, row: dict[str, Any], name: str) -> None:
        identifier = str(row.get("id"))
        if identifier in self._seen:
            return
        self._seen.add(identifier)
        self.names[str(row.get(name)).casefold()] += 1
        if identifier in self.ours:
            self.rows[identifier] = json.dumps(row)
