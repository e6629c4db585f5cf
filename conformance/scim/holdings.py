"""What a run holds at an endpoint: created, about to be created, and deleted; the journal is told of each change."""

from __future__ import annotations

import threading

from conformance.scim.journal import Entry, Journal

Key = tuple[str, str]
"""Collection, and an id in it or the name of what is about to be created there."""


class Holdings:
    """The account of a run's resources; safe to use from several threads.

    Args:
        journal: where each change is noted.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._lock = threading.Lock()
        self._owned: dict[Key, str] = {}
        self._pending: set[Key] = set()
        self._seen: set[Key] = set()
        self._deleted: dict[Key, str] = {}

    @property
    def owned(self) -> list[Key]:
        """Collection and id of everything that is there, groups before users."""
        return sorted(self._owned, key=lambda key: key[0] != "/Groups")

    @property
    def pending(self) -> list[Key]:
        """Collection and name of everything that may be there, without a usable answer to its create."""
        return sorted(self._pending)

    @property
    def empty(self) -> bool:
        """Whether nothing is left that could have to be deleted."""
        return not self._owned and not self._pending

    @property
    def left(self) -> list[Entry]:
        """Everything that is or may be there; without an id what was never seen."""
        there = [
            Entry(collection, self._owned[collection, identifier], identifier) for collection, identifier in self.owned
        ]
        return [*there, *(Entry(collection, name, None) for collection, name in self.pending)]

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return (collection, identifier) in self._owned

    def name_of(self, collection: str, identifier: str) -> str | None:
        """What a resource that is or was ours was created as; None for anybody else's."""
        return self._owned.get((collection, identifier), self._deleted.get((collection, identifier)))

    def expects(self, collection: str, name: str) -> bool:
        """Whether a resource of this name is about to be created, or may have been."""
        return (collection, name) in self._pending

    def was_ours(self, collection: str, identifier: str) -> bool:
        """Whether the id was this run's and is deleted."""
        return (collection, identifier) in self._deleted

    def is_seen(self, collection: str, identifier: str) -> bool:
        """Whether a read has shown what is behind the id."""
        return (collection, identifier) in self._seen

    def see(self, collection: str, identifier: str) -> None:
        """A read has shown nothing against the id; that of a deleted resource can change hands at any time."""
        with self._lock:
            if (collection, identifier) in self._owned:
                self._seen.add((collection, identifier))

    def intend(self, collection: str, name: str) -> None:
        """A resource of this name is about to be created.

        Raises:
            JournalBroken: that could not be noted, so that it must not be sent.
        """
        self.journal.intend(collection, name)
        with self._lock:
            self._pending.add((collection, name))

    def take(self, collection: str, identifier: str, name: str, *, settled: bool = True) -> None:
        """A resource turned out to be ours; with ``settled`` there is no second one of its name."""
        with self._lock:
            self._owned[collection, identifier] = name
            self._deleted.pop((collection, identifier), None)
            if settled:
                self._pending.discard((collection, name))
        self.journal.created(collection, name, identifier)
        if not settled:
            self.journal.missed(collection, name)

    def settle(self, collection: str, name: str) -> None:
        """Nothing of this name was created."""
        with self._lock:
            self._pending.discard((collection, name))
        self.journal.gone(collection, name, None)

    def forget(self, collection: str, identifier: str) -> None:
        """A resource of ours is deleted."""
        with self._lock:
            name = self._owned.pop((collection, identifier), "")
            self._seen.discard((collection, identifier))
            self._deleted[collection, identifier] = name
        self.journal.gone(collection, name, identifier)

    def give_back(self, collection: str, identifier: str) -> None:
        """An id turned out to be somebody else's; what we created may be there under another one."""
        with self._lock:
            self._deleted.pop((collection, identifier), None)
            name = self._owned.pop((collection, identifier), None)
            if name is None:
                return
            self._pending.add((collection, name))
        self.journal.gone(collection, name, identifier)
        self.journal.missed(collection, name)

    def inherit(self, entry: Entry) -> None:
        """Take over what an earlier run's journal names; nothing is noted, its journal says so already."""
        with self._lock:
            if entry.id is None:
                self._pending.add((entry.collection, entry.name))
            else:
                self._owned[entry.collection, entry.id] = entry.name
