"""The look before a write: who is behind an id, before anything is sent that could change it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import NoReturn

from conformance.scim import guard
from conformance.scim.claim import identifier_of
from conformance.scim.exchange import Exchange
from conformance.scim.ledger import Event, ForbiddenWrite, Ledger
from conformance.scim.references import OWN, references
from conformance.scim.request import Request

USERS, GROUPS = "/Users", "/Groups"

GONE = frozenset({404, 410})

NO_SUCH_ID = GONE | {400}
"""Answers to a read that say that nothing can be behind an id; 400 where it has not the form of one."""


class SomebodyElse(ForbiddenWrite):
    """An id that should be ours, or nobody's, turned out to be somebody else's."""

    @classmethod
    def behind(cls, collection: str, identifier: str) -> SomebodyElse:
        """What is said where a read has shown it."""
        return cls(f"{collection}/{identifier} was answered to our create, and is somebody else's")


class Lookout:
    """Looks at what a write would change, and at what its body names.

    Args:
        ledger: knows what is ours.
        read: reads the resource of a collection and id.
    """

    def __init__(self, ledger: Ledger, read: Callable[[str, str], Exchange]) -> None:
        self._ledger = ledger
        self._read = read
        self._looked: set[tuple[str, str]] = set()
        self._nested: set[str] = set()
        self._once = threading.Lock()
        self._nests = False

    def before(self, request: Request) -> None:
        """Look at all that a write could change.

        Raises:
            SomebodyElse: somebody else is behind an id.
            ForbiddenWrite: the body names what is neither ours nor nobody's.
        """
        self.behind(*guard.place(request.path), invents=request.invents)
        self.named(references(request.body), request.path)

    def behind(self, collection: str, identifier: str, *, invents: bool = False) -> None:
        """Look, before the first write to it, at a resource of ours; or at an id that nobody should have.

        Once a DELETE of it was sent, before each write: the id may be nobody's by then, or somebody else's.

        Args:
            collection: path of the endpoint.
            identifier: in it.
            invents: nobody should have the id.

        Raises:
            SomebodyElse: somebody else is behind it.
        """
        key, held = (collection, identifier), self._ledger
        if not held.owns(*key):
            if invents:
                self.nobody(collection, identifier)
            return
        claim = held.claim_of(*key)
        if claim is None or (not held.was_tried(*key) and (held.is_seen(*key) or key in self._looked)):
            return
        shown = self._read(*key)
        self._looked.add(key)
        against = held.objection(claim, identifier, shown.resource) if shown.ok else ""
        if against:
            held.give_back(*key)
            held.note("foreign", claim, identifier, against)
            raise SomebodyElse.behind(*key)

    def nobody(self, collection: str, identifier: str) -> None:
        """See to it that an id is nobody's: a read of the very same URL has just said so.

        Raises:
            SomebodyElse: somebody is behind it, or the endpoint does not say that nobody is.
        """
        shown = self._read(collection, identifier)
        if shown.status in GONE:
            return
        self._taken(collection, identifier, shown)

    def _taken(self, collection: str, identifier: str, shown: Exchange) -> NoReturn:
        """An id that should be nobody's is not, or the endpoint does not say so."""
        if shown.ok:
            told = identifier_of(shown.resource)
            detail = f"GET {collection}/{identifier} was answered {shown.status}" + (f" with {told!r}" if told else "")
            self._ledger.events.append(Event("taken", collection, "", identifier, detail))
            self._ledger.repeats = True
        raise SomebodyElse(f"{collection}/{identifier} should be nobody's, and was answered {shown.status}")

    def named(self, found: Iterable[tuple[str, str]], path: str) -> None:
        """Look at what a body names: it is ours, or nobody's.

        Raises:
            SomebodyElse: somebody else could be meant.
            ForbiddenWrite: the id could be anybody's, so that it is not even looked at.
        """
        for kind, identifier in dict.fromkeys(found):
            if not self._ledger.may_refer(kind, identifier, path):
                self._must_be_nobody(kind, identifier, path)
                continue
            for place in (USERS, GROUPS):
                self.behind(place, identifier)
            if kind == "members":
                self._must_be_a_group_only(identifier)

    def _must_be_nobody(self, kind: str, identifier: str, path: str) -> None:
        own = guard.place(path)[0] or path
        places = {OWN: (own,), "manager": (USERS,), "groups": (GROUPS,)}.get(kind, (USERS, GROUPS))
        if any(self._ledger.is_barred(place, identifier) for place in places):
            raise SomebodyElse(f"{path}: {kind} {identifier!r} was answered to our create, and is somebody else's")
        if any(self._ledger.owns(place, identifier) for place in places):
            raise SomebodyElse(f"{path}: {kind} {identifier!r} was nobody's, and is there again")
        if not any(guard.can_be_nobody(place, identifier, self._ledger) for place in places):
            raise ForbiddenWrite(f"{path}: {kind} {identifier!r} is not this run's, and could be somebody's")
        for place in places:
            if not self._ledger.is_absent(place, identifier):
                self.nobody(place, identifier)

    def unresolved(self, reference: str) -> None:
        """See whether a reference that a bulk job does not resolve leads to somebody, once for all jobs.

        Raises:
            SomebodyElse: it does.
        """
        with self._once:
            for place in (USERS, GROUPS):
                if (place, reference) not in self._looked:
                    shown = self._read(place, reference)
                    if shown.ok:
                        self._taken(place, reference, shown)
                    self._looked.add((place, reference))

    def nesting(self) -> None:
        """See, once, whether groups that do not exist yet can be members of each other: by one of ours that does.

        Which one tells is left to chance where several journeys are under way. So that no look-up more or less is sent
        for that, it says nothing of that group where it is named itself.

        Raises:
            SomebodyElse: the id of a group may lead to a user, or no group is there to tell.
        """
        with self._once:
            if self._nests:
                return
            groups = [str(entry.id) for entry in self._ledger.owned if entry.collection == GROUPS]
            if not groups:
                told = "no group is there whose id could be looked up at /Users"
                raise SomebodyElse(f"new groups are nested nowhere: {told}")
            self._no_user_has(groups[0])
            self._nests = True

    def _must_be_a_group_only(self, identifier: str) -> None:
        """Some endpoints number users and groups apart, and take every member for a user."""
        if identifier in self._nested or self._ledger.owns(USERS, identifier):
            return
        if self._ledger.owns(GROUPS, identifier):
            self._no_user_has(identifier)
            self._nested.add(identifier)

    def _no_user_has(self, group: str) -> None:
        shown = self._read(USERS, group)
        if shown.status not in NO_SUCH_ID:
            raise SomebodyElse(f"the group {group} is nested nowhere: /Users/{group} may be somebody")
