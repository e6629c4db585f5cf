"""The ledger: what a run created, and the guard that lets nothing else be written to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.scim.journal import Entry, Journal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForbiddenWrite(RuntimeError):
    """A request would have changed something this run did not create. It is never sent."""


class Ledger:
    """Account of what one client created; shared by all its threads or greenlets.

    Args:
        journal: where each line of the account is noted before the next request.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._lock = threading.Lock()
        self._owned: dict[tuple[str, str], str] = {}
        self._pending: set[tuple[str, str]] = set()

    def guard(self, method: str, path: str) -> None:
        """Let a request pass that reads, makes something new, or writes to what is ours.

        Args:
            method: HTTP method.
            path: below the tenant URL, percent-encoded.

        Raises:
            ForbiddenWrite: it would write to anything else, a collection included.
        """
        if method in SAFE_METHODS or method == "POST":
            return
        collection, _, identifier = path.rpartition("/")
        if not self.owns(collection, unquote(identifier)):
            raise ForbiddenWrite(f"{method} {path}: this run did not create that resource")

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return (collection, identifier) in self._owned

    @property
    def owned(self) -> list[Entry]:
        """What is ours, in order of creation."""
        with self._lock:
            return [Entry(collection, name, identifier) for (collection, identifier), name in self._owned.items()]

    @property
    def pending(self) -> list[tuple[str, str]]:
        """Collections and names of what was posted without a usable answer."""
        with self._lock:
            return sorted(self._pending)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to delete or to look for."""
        return not self._owned and not self._pending

    def own(self, entry: Entry) -> None:
        """Take over a resource from an earlier run's journal, to delete it."""
        with self._lock:
            if entry.id is None:
                self._pending.add((entry.collection, entry.name))
            else:
                self._owned[entry.collection, entry.id] = entry.name

    def intend(self, collection: str, name: str) -> None:
        """Note that a resource of this name is about to be posted."""
        with self._lock:
            self._pending.add((collection, name))
        self.journal.intend(collection, name)

    def settled(
        self,
        collection: str,
        name: str,
        status: int | None,
        headers: Mapping[str, str],
        resource: Mapping[str, Any],
    ) -> str | None:
        """Take over what the answer to a create shows as ours.

        Args:
            collection: path of the endpoint.
            name: as it was sent.
            status: of the answer; None where none came, so that the resource may exist all the same.
            headers: of the answer, names in lower case.
            resource: the answer's body.

        Returns:
            the id under which it is ours now, or None.
        """
        if status is None:
            return None  # stays pending, and is looked for at the end
        ok = 200 <= status < 300  # noqa: PLR2004
        identifier = resource.get("id")
        if not isinstance(identifier, str) or not identifier:
            identifier = unquote(urlsplit(headers.get("location", "")).path.rstrip("/").rpartition("/")[2])
        if ok and not identifier:
            return None
        returned = resource.get("userName", resource.get("displayName", name))
        # An endpoint that answers a create with somebody else's resource must not make us its owner.
        if ok and str(returned).casefold() == name.casefold():
            self.born(collection, name, identifier)
            return identifier
        self.stillborn(collection, name)
        return None

    def born(self, collection: str, name: str, identifier: str, *, more: bool = False) -> None:
        """Note that a resource is ours under this id.

        Args:
            collection: path of the endpoint.
            name: as it was sent.
            identifier: as the endpoint assigned it.
            more: another of this name may exist, and is to be looked for at the end.
        """
        with self._lock:
            self._owned[collection, identifier] = name
            if not more:
                self._pending.discard((collection, name))
        self.journal.created(collection, name, identifier)
        if more:
            self.journal.intend(collection, name)

    def stillborn(self, collection: str, name: str) -> None:
        """Note that a resource that was posted was not created."""
        with self._lock:
            self._pending.discard((collection, name))
        self.journal.gone(collection, name, None)

    def gone(self, collection: str, identifier: str) -> None:
        """Note that a resource of ours is deleted."""
        with self._lock:
            name = self._owned.pop((collection, identifier), "")
        self.journal.gone(collection, name, identifier)

    def found(self, collection: str, name: str, identifiers: list[str]) -> None:
        """Take over what a look-up by its unique name found of something that was pending."""
        with self._lock:
            self._pending.discard((collection, name))
        for identifier in identifiers:
            self.born(collection, name, identifier)
        if not identifiers:
            self.journal.gone(collection, name, None)

    def close(self) -> None:
        """Close the journal; its file goes where nothing is left."""
        self.journal.close(empty=self.is_empty)
