"""The ledger: what a run created, is about to create, and deleted; the journal is told of each change."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from conformance.scim import guard
from conformance.scim.journal import Entry, Journal
from conformance.scim.target import LONGEST_ID

CREATED = 201

Key = tuple[str, str]
"""Collection, and an id in it or the name of what is about to be created there."""


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
        self._owned: dict[Key, str] = {}
        self._pending: set[Key] = set()
        self._promised: set[Key] = set()
        self._seen: set[Key] = set()
        self._deleted: dict[Key, str] = {}
        self._given_back: set[Key] = set()
        self._adopted: set[Key] = set()

    # --- what is ours ----------------------------------------------------------------------------------

    def guard(self, method: str, path: str) -> None:
        """Let a request pass that reads, makes something new, or writes to what is ours.

        Args:
            method: HTTP method.
            path: below the tenant URL, percent-encoded.

        Raises:
            ForbiddenWrite: it would write to anything else, a collection included.
        """
        creates = method == "POST" and guard.COLLECTION.fullmatch(path)
        if method not in guard.SAFE_METHODS and not creates and not self.owns(*guard.place(path)):
            raise ForbiddenWrite(f"{method} {path}: this run did not create that resource")

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return (collection, identifier) in self._owned

    def was_ours(self, collection: str, identifier: str) -> bool:
        """Whether the id was this run's and is deleted."""
        return (collection, identifier) in self._deleted

    def is_lost(self, collection: str, identifier: str) -> bool:
        """Whether the id was this run's, and is deleted or has turned out to be somebody else's."""
        return (collection, identifier) in self._given_back or self.was_ours(collection, identifier)

    def name_of(self, collection: str, identifier: str) -> str | None:
        """What a resource that is or was ours was created as; None for anybody else's."""
        return self._owned.get((collection, identifier), self._deleted.get((collection, identifier)))

    def expects(self, collection: str, name: str) -> bool:
        """Whether a resource of this name is about to be created, or may have been."""
        return (collection, name) in self._pending

    @property
    def owned(self) -> list[Entry]:
        """What is ours, in order of creation."""
        with self._lock:
            return [Entry(collection, name, identifier) for (collection, identifier), name in self._owned.items()]

    @property
    def pending(self) -> list[Key]:
        """Collections and names of what was posted without a usable answer."""
        with self._lock:
            return sorted(self._pending)

    @property
    def left(self) -> list[Entry]:
        """Everything that is or may be there; without an id what was never seen."""
        return [*self.owned, *(Entry(collection, name, None) for collection, name in self.pending)]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to delete or to look for."""
        return not self._owned and not self._pending

    # --- what is seen ----------------------------------------------------------------------------------

    def is_seen(self, collection: str, identifier: str) -> bool:
        """Whether a read has shown what is behind the id."""
        return (collection, identifier) in self._seen

    def see(self, collection: str, identifier: str) -> None:
        """A read has shown nothing against the id; that of a deleted resource can change hands at any time."""
        with self._lock:
            if (collection, identifier) in self._owned:
                self._seen.add((collection, identifier))

    def read(self, collection: str, identifier: str, resource: Mapping[str, Any]) -> None:
        """Take note of what a read showed, which saves the one before the first write."""
        name = self._owned.get((collection, identifier))
        if name is None or guard.contradicts(resource, collection, identifier, name):
            return
        if guard.is_called(resource, name):
            self.see(collection, identifier)

    # --- what changes ----------------------------------------------------------------------------------

    def own(self, entry: Entry) -> None:
        """Take over a resource from an earlier run's journal, to delete it."""
        with self._lock:
            if entry.id is None:
                self._pending.add((entry.collection, entry.name))
            else:
                self._owned[entry.collection, entry.id] = entry.name

    def claim(self, collection: str, name: str, identifier: str) -> bool:
        """Take over a resource that was found under a name whose create was sent and not answered.

        Returns:
            whether there was such a create; only then the resource is ours.
        """
        called = (sent for place, sent in self.pending if place == collection and sent.casefold() == name.casefold())
        sent = next(called, None)
        if sent is None or not guard.is_plain(identifier):
            return False
        self.born(collection, sent, identifier)
        return True

    def adopt(self, collection: str, identifier: str) -> None:
        """Let a resource of somebody else be patched, because the user said so; it is never replaced or deleted."""
        with self._lock:
            self._adopted.add((collection, identifier))

    def is_adopted(self, collection: str, identifier: str) -> bool:
        """Whether a resource of somebody else may be patched."""
        return (collection, identifier) in self._adopted

    def rename(self, collection: str, identifier: str, name: str) -> None:
        """Note that a resource of ours has a new name, by which a clean-up will know it."""
        with self._lock:
            before = self._owned.get((collection, identifier))
            if before is None or before == name:
                return
            self._owned[collection, identifier] = name
        # The new name first: a run killed in between must not lose the resource.
        self.journal.created(collection, name, identifier)
        self.journal.gone(collection, before, identifier)

    def intend(self, collection: str, name: str) -> None:
        """Note that a resource of this name is about to be posted.

        Raises:
            JournalBroken: that could not be noted, so that it must not be sent.
        """
        self.journal.intend(collection, name)
        with self._lock:
            self._pending.add((collection, name))

    def settled(
        self, collection: str, name: str, status: int | None, headers: Mapping[str, str], resource: Mapping[str, Any]
    ) -> str | None:
        """Take over what the answer to a create shows as ours.

        Without such an answer it may exist all the same: it stays pending, and is looked for at the end.

        Args:
            collection: path of the endpoint.
            name: as it was sent.
            status: of the answer; None where none came.
            headers: of the answer, names in lower case.
            resource: the answer's body.

        Returns:
            the id under which it is ours now, or None.
        """
        if status is not None and 400 <= status < 500:  # noqa: PLR2004
            self.stillborn(collection, name)
        if status is None or not 200 <= status < 300:  # noqa: PLR2004
            return None
        identifier = guard.lead(headers, resource)
        shown = resource.get("id") == identifier and guard.is_called(resource, name)
        if not shown or not guard.is_plain(identifier) or guard.contradicts(resource, collection, identifier, name):
            if status == CREATED:
                with self._lock:
                    self._promised.add((collection, name))
            return None
        self.born(collection, name, identifier)
        return identifier

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
            self._deleted.pop((collection, identifier), None)
            if not more:
                self._pending.discard((collection, name))
        self.journal.created(collection, name, identifier)
        if more:
            self.journal.missed(collection, name)

    def stillborn(self, collection: str, name: str) -> None:
        """Note that a resource that was posted was not created."""
        with self._lock:
            self._pending.discard((collection, name))
        self.journal.gone(collection, name, None)

    def gone(self, collection: str, identifier: str) -> None:
        """Note that a resource of ours is deleted."""
        with self._lock:
            name = self._owned.pop((collection, identifier), "")
            self._seen.discard((collection, identifier))
            self._deleted[collection, identifier] = name
        self.journal.gone(collection, name, identifier)

    def found(self, collection: str, name: str, identifiers: list[str]) -> None:
        """Take over what a look-up by its unique name found of something that was pending.

        What has an id for which no URL can be made stays pending, and so does what the endpoint says it created and
        shows under no name of ours: somebody has to look for it.
        """
        for identifier in identifiers:
            if len(identifier) <= LONGEST_ID:
                self.born(collection, name, identifier)
        if not identifiers and (collection, name) not in self._promised:
            self.stillborn(collection, name)

    def give_back(self, collection: str, identifier: str) -> None:
        """An id turned out to be somebody else's; what we created may be there under another one."""
        with self._lock:
            self._deleted.pop((collection, identifier), None)
            self._given_back.add((collection, identifier))
            name = self._owned.pop((collection, identifier), None)
            if name is None:
                return
            self._pending.add((collection, name))
        self.journal.gone(collection, name, identifier)
        self.journal.missed(collection, name)

    def close(self) -> None:
        """Close the journal; its file goes where nothing is left."""
        self.journal.close(empty=self.is_empty)
