"""What the target's lists hold: one walk over its pages in place of a read of each of thousands of resources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance.cycle.exporter import Exporter
from conformance.cycle.provisioning import NAMES
from conformance.cycle.state import Link

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
        rows: by kind and id; a kind that is missing was not walked.
        names: how many rows have a name, by kind and case-folded name.
    """

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    names: dict[str, Counter[str]] = field(default_factory=dict)

    def row(self, link: Link) -> dict[str, Any] | None:
        """The row of a linked resource, or None where it has to be read by itself."""
        return self.rows.get(link.kind, {}).get(link.target)

    def named(self, link: Link) -> int | None:
        """How many rows have a link's name, or None where that has to be asked."""
        counter = self.names.get(link.kind)
        return None if counter is None else counter[link.name.casefold()]


def take(exporter: Exporter, links: list[Link]) -> Inventory:
    """Walk the lists of those kinds for which it is worth while and possible."""
    inventory = Inventory()
    for kind, name in NAMES.items():
        ours = {link.target for link in links if link.kind == kind}
        # Lists of groups may leave members out, or hold thousands of them in one answer: each is read by itself.
        rows = _walk(exporter, kind, len(ours)) if kind == "User" and len(ours) >= WORTH else None
        if rows is not None:
            inventory.names[kind] = Counter(str(row.get(name)).casefold() for row in rows)
            inventory.rows[kind] = {str(row["id"]): row for row in rows if row.get("id") in ours}
    return inventory


def _walk(exporter: Exporter, kind: str, ours: int) -> list[dict[str, Any]] | None:
    rows: dict[str, dict[str, Any]] = {}
    start = 1
    while True:
        exchange, _ = exporter.page(kind, start, PAGE)
        total, page = exchange.resource.get("totalResults"), exchange.listed
        if exchange.status != 200 or not isinstance(total, int) or total > STRANGERS * ours + PAGE:  # noqa: PLR2004
            return None
        fresh = [row for row in page if str(row.get("id")) not in rows]
        rows |= {str(row.get("id")): row for row in fresh}
        if len(rows) >= total:
            return list(rows.values())
        if not fresh:
            return None  # the pages repeat or end before their time: they are no basis to judge by
        start += len(page)
