"""What the endpoint lists of all that a run made up, and whether that list can be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from conformance.scim.claim import identifier_of, shown, unique
from conformance.scim.ledger import Ledger
from conformance.scim.request import Request
from conformance.scim.target import encode_query, quoted

PAGE = 200
"""Resources that a page is asked to hold."""

MOST_PAGES = 20
"""Pages of a list that are looked through, be it filtered or not."""

MOST_NAMES = 500
"""Names that are looked up one by one where the endpoint has no other way."""

TRIES = 3
"""Resources of ours by which a way to list is tried, before it is given up."""

Row = dict[str, Any]

Place = tuple[str, str]
"""Id and name of a listed resource: where ids are given twice, only both tell one row from another."""


class Seen(Protocol):
    """What a look needs to know of an answer."""

    @property
    def status(self) -> int | None:
        """HTTP status, or None where no answer came."""

    @property
    def resource(self) -> Any:
        """The body as a JSON object; empty where it is none."""

    @property
    def listed(self) -> list[Row]:
        """The resources of a ListResponse."""


Way = Callable[[str], list[Row] | None]
"""Lists what is in a collection; None where the endpoint does not say."""

Look = Callable[[Request], Seen]
"""Sends a request that reads."""


def place_of(row: Row, collection: str) -> Place:
    """By what a row of a list is told from the others."""
    return identifier_of(row), str(row.get(unique(collection)))


class Sight:
    """Lists what a run made up, in a way that has been seen to show a living resource of the run.

    A filter that is not understood may be answered with an empty list: only what has shown something that was there
    can say that something is not there.

    Args:
        ledger: knows the run's marks and names.
        look: sends a request that reads.
    """

    def __init__(self, ledger: Ledger, look: Look) -> None:
        self._ledger = ledger
        self._look = look
        self._ways: dict[str, list[Way]] = {}
        self._tries: Counter[str] = Counter()

    def prove(self, collection: str, identifier: str) -> None:
        """Find the ways in which the endpoint lists a resource of ours that is there.

        Args:
            collection: path of its endpoint.
            identifier: of the resource.
        """
        if self._ways.get(collection) or self._tries[collection] >= TRIES or not self._ledger.marks.prefix:
            return
        self._tries[collection] += 1
        ways: list[Way] = [
            way for way in (self._by_prefix, self._by_family) if self._shows(way, collection, identifier)
        ]
        if self._by_prefix not in ways:
            other = next((w for w in (self._walk, self._by_name) if self._shows(w, collection, identifier)), None)
            ways = [other] if other is not None else []
        if not ways and self._ledger.is_absent(collection, identifier):
            self._tries[collection] -= 1  # nothing is there that could have been shown
        self._ways[collection] = ways

    def is_proven(self, collection: str) -> bool:
        """Whether a way is known that has shown what was there."""
        return bool(self._ways.get(collection)) or not self._ledger.marks.prefix

    def try_again(self) -> None:
        """Let ways be tried that have shown nothing so far: a list may lag behind."""
        self._tries.clear()

    def rows(self, collection: str) -> list[Row] | None:
        """All that is there with a mark of the run; None where the endpoint cannot be asked in a way that is proven."""
        found: dict[Place, Row] = {}
        # Where nothing of ours was ever there to be shown, a list that is complete by its own count has to do.
        ways = self._ways.get(collection, [self._walk])
        for way in ways:
            rows = way(collection)
            if rows is None:
                return None
            found |= {place_of(row, collection): row for row in rows if self.is_ours(row)}
        return list(found.values()) if ways else None

    def named(self, collection: str, attribute: str, value: str) -> list[Row] | None:
        """All that has a value, by a filter on one attribute; None where that is not answered with a list."""
        return self._pages(collection, f"{attribute} eq {quoted(value)}")

    def beginning(self, collection: str, text: str) -> list[Row] | None:
        """All whose name begins with a text, as far as a filter or a list of a few pages shows them."""
        rows = self._pages(collection, f"{unique(collection)} sw {quoted(text)}")
        rows = rows or self._walk(collection) or rows
        if rows is None:
            return None
        return [row for row in rows if str(row.get(unique(collection))).casefold().startswith(text.casefold())]

    def is_ours(self, row: Row) -> bool:
        """Whether a row carries a mark of the run in its name or its externalId."""
        return bool(identifier_of(row)) and any(self._ledger.marks.on(name) for name in shown(row))

    # --- the ways --------------------------------------------------------------------------------------

    def _shows(self, way: Way, collection: str, identifier: str) -> bool:
        rows = way(collection)
        return rows is not None and any(identifier_of(row) == identifier for row in rows)

    def _by_prefix(self, collection: str) -> list[Row] | None:
        return self._pages(collection, f"{unique(collection)} sw {quoted(self._ledger.marks.prefix)}")

    def _by_family(self, collection: str) -> list[Row] | None:
        if not self._ledger.marks.family:
            return None
        return self._pages(collection, f"externalId sw {quoted(self._ledger.marks.family)}")

    def _walk(self, collection: str) -> list[Row] | None:
        return self._pages(collection, None)

    def _by_name(self, collection: str) -> list[Row] | None:
        names = self._ledger.names(collection)
        if len(names) > MOST_NAMES:
            return None
        found: list[Row] = []
        for name in names:
            rows = self.named(collection, unique(collection), name)
            if rows is None:
                return None
            found += rows
        return found

    def _pages(self, collection: str, text: str | None) -> list[Row] | None:
        """All rows of a list; None where it is no list, or has more pages than are looked through."""
        found: dict[Place, Row] = {}
        for total, rows in self._each_page(collection, text, found):
            before = len(found)
            found |= {place_of(row, collection): row for row in rows}
            if len(found) >= total:
                return list(found.values())
            if len(found) == before:
                return None
        return None

    def _each_page(self, collection: str, text: str | None, found: dict[Place, Row]) -> Iterator[tuple[int, list[Row]]]:
        asked = [("filter", text)] if text is not None else []
        for _ in range(MOST_PAGES):
            query = encode_query([*asked, ("startIndex", str(len(found) + 1)), ("count", str(PAGE))])
            answer = self._look(Request("GET", collection, query))
            total = answer.resource.get("totalResults")
            if answer.status != 200 or not isinstance(total, int) or isinstance(total, bool):  # noqa: PLR2004
                return
            yield total, answer.listed
