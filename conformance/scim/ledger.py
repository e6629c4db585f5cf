"""The ledger: what a run created, is about to create, and deleted; the journal is told of each change."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.scim import guard
from conformance.scim.claim import (
    ACCEPTED,
    CREATED,
    Claim,
    contradiction,
    identifier_of,
    is_traced,
    proves,
    shown,
    unique,
)
from conformance.scim.clock import Clock
from conformance.scim.journal import Account, Entry, Journal
from conformance.scim.paths import member
from conformance.scim.references import OWN, references
from conformance.scim.target import LONGEST_ID

Key = tuple[str, str]
"""Collection, and an id in it."""

DONE = frozenset({200, 204})
"""Answers to a DELETE that say that it was done."""

WELL = 2
"""The first digit of a status that says that all went well."""

TRIALS = 2
"""Resources of each collection that are read after their DELETE; an endpoint that keeps one is not believed again."""

LANDMARKS = 3
"""Resources of somebody else in each collection that the journal notes, to know the tenant again by."""

ANOTHERS = "it is what another create made,"
"""How the objection to a resource begins that is ours, and was made by another create."""

MOST_MET = 100_000
"""Ids of somebody else's resources that are remembered."""


class ForbiddenWrite(RuntimeError):
    """A request would have changed something this run did not create. It is never sent."""


@dataclass(frozen=True)
class Event:
    """Something that the endpoint did with a create, a delete or an id that no good one does.

    Attributes:
        kind: ``foreign`` (a create was answered with what is not new), ``swapped`` (with what another create made),
            ``repeated`` (an id was given twice), ``stored`` (a refused create was carried out), ``twice`` (a create was
            carried out more than once), ``moved`` (a change gave the resource another id), ``taken`` (an id that nobody
            has is somebody's), ``kept`` (what was deleted is still there), ``broken`` (a list cannot be read any more).
        collection: path of the endpoint.
        name: that was sent; empty where none was.
        id: of the resource, as far as it is known.
        detail: what was seen, as a clause.
        bulk: whether the create was part of a bulk job.
    """

    kind: str
    collection: str
    name: str
    id: str
    detail: str
    bulk: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return vars(self) | {}


class Ledger:
    """Account of what one client created; shared by all its threads or greenlets.

    Args:
        journal: where each line of the account is noted before the next request; it knows the run's marks.
        clock: of the endpoint.

    Attributes:
        strays: what answers led to that should have created nothing there, with the reason, by collection and id.
        events: what the endpoint did that no good one does.
        lag: seconds after its create at which a resource could be read at the latest.
        repeats: whether an id was given twice, or leads to somebody though nobody should have it.
        remains: whether the last account told of something that is left, so that the journal has to stay.
    """

    def __init__(self, journal: Journal, clock: Clock | None = None) -> None:
        self.journal = journal
        self.marks = journal.marks
        self.clock = clock or Clock()
        self._lock = threading.RLock()
        self._owned: dict[Key, Claim] = {}
        self._open: dict[int, Claim] = {}
        self._seen: set[Key] = set()
        self._deleted: dict[Key, Claim] = {}
        self._given_back: set[Key] = set()
        self._adopted: set[Key] = set()
        self._absent: set[Key] = set()
        self._met: dict[Key, float] = {}
        self._names: dict[Key, Claim] = {}
        self._landmarks: Counter[str] = Counter()
        self._believed: Counter[str] = Counter()
        self._tried: set[Key] = set()
        self._watched: set[str] = set()
        self.strays: dict[Key, str] = {}
        self.events: list[Event] = []
        self.lag = 0.0
        self.repeats = False
        self.remains = False

    # --- what is ours ----------------------------------------------------------------------------------

    def guard(self, method: str, path: str, body: Any = None) -> None:
        """Let a request pass that reads, makes something new, or writes to what is ours, and names nobody else.

        Args:
            method: HTTP method.
            path: below the tenant URL, percent-encoded.
            body: of the request.

        Raises:
            ForbiddenWrite: it would write to anything else, a collection included.
        """
        if method in guard.SAFE_METHODS:
            return
        creates = method == "POST" and guard.COLLECTION.fullmatch(path)
        if not creates and not self.owns(*guard.place(path)):
            raise ForbiddenWrite(f"{method} {path}: this run did not create that resource")
        for kind, identifier in references(body):
            if not self.may_refer(kind, identifier, path):
                raise ForbiddenWrite(f"{method} {path}: its {kind} name {identifier!r}, which this run did not create")

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return (collection, identifier) in self._owned

    def may_refer(self, kind: str, identifier: str, path: str) -> bool:
        """Whether a body may name a resource: it is ours, or the user let us change it.

        Args:
            kind: the attribute that names it.
            identifier: by which it does.
            path: of the request.
        """
        if kind == OWN:
            return identifier == guard.place(path)[1]
        places = {"manager": ("/Users",), "groups": ("/Groups",)}.get(kind, ("/Users", "/Groups"))
        return any(self.owns(place, identifier) or self.is_adopted(place, identifier) for place in places)

    def was_ours(self, collection: str, identifier: str) -> bool:
        """Whether the id was this run's and is deleted."""
        return (collection, identifier) in self._deleted

    def is_lost(self, collection: str, identifier: str) -> bool:
        """Whether the id was this run's, and is deleted or has turned out to be somebody else's."""
        return (collection, identifier) in self._given_back or self.was_ours(collection, identifier)

    def is_barred(self, collection: str, identifier: str) -> bool:
        """Whether the endpoint gave us an id that is somebody else's, as far as can be known."""
        return (collection, identifier) in self._given_back

    def claim_of(self, collection: str, identifier: str) -> Claim | None:
        """The create that made a resource which is or was ours; None for anybody else's."""
        return self._owned.get((collection, identifier)) or self._deleted.get((collection, identifier))

    def expects(self, collection: str, name: str) -> bool:
        """Whether a resource of this name is about to be created, or may have been."""
        return any(claim.collection == collection and claim.name == name for claim in self.open)

    @property
    def owned(self) -> list[Entry]:
        """What is ours, in order of creation."""
        with self._lock:
            return [Entry(collection, c.name, identifier) for (collection, identifier), c in self._owned.items()]

    @property
    def ever(self) -> set[Key]:
        """All that was ours at some time, by collection and id."""
        with self._lock:
            return {*self._owned, *self._deleted}

    @property
    def open(self) -> list[Claim]:
        """Creates that were sent, and of which it is not known for good what came of them."""
        with self._lock:
            return list(self._open.values())

    def names(self, collection: str) -> list[str]:
        """The names under which anything was created in a collection, or may have been."""
        with self._lock:
            return [claim.name for (place, _), claim in self._names.items() if place == collection]

    def claims(self, collection: str, names: Iterable[str] | None = None) -> list[Claim]:
        """The creates in a collection, those of which nothing is known first.

        Args:
            collection: path of the endpoint.
            names: only those that sent one of them as name or externalId; all if None.
        """
        with self._lock:
            known = {id(c): c for c in [*self._open.values(), *self._names.values()] if c.collection == collection}
        if names is None:
            return list(known.values())
        wanted = {name.casefold() for name in names if name}
        return [c for c in known.values() if wanted & c.names]

    @property
    def collections(self) -> list[str]:
        """The endpoints at which anything was created, or may have been; groups before users."""
        with self._lock:
            return sorted({*(collection for collection, _ in self._names), *self._watched})

    @property
    def as_it_stands(self) -> Account:
        """What is or may be there, as far as is known without another look."""
        why = "it was not looked for, as the run was cut short"
        return Account(self.owned, [Entry(c.collection, c.name, None, why) for c in self.open if not c.born])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to delete, to look for, or to be told again."""
        return not self._owned and not self._open and not self.strays and not self.remains

    def watch(self, collections: Iterable[str]) -> None:
        """Look at the end also into these collections, in which an earlier run created something."""
        self._watched.update(collections)

    # --- what is seen ----------------------------------------------------------------------------------

    def is_seen(self, collection: str, identifier: str) -> bool:
        """Whether a read has shown what is behind the id."""
        return (collection, identifier) in self._seen

    def see(self, collection: str, identifier: str) -> None:
        """A read has shown nothing against the id; that of a deleted resource can change hands at any time."""
        with self._lock:
            if (collection, identifier) in self._owned:
                self._seen.add((collection, identifier))

    def read(
        self, collection: str, identifier: str, status: int | None, resource: Mapping[str, Any], *, whole: bool = True
    ) -> None:
        """Take note of what a read of one resource showed.

        Args:
            collection: path of the endpoint.
            identifier: of the resource.
            status: of the answer; None where none came.
            resource: what was shown.
            whole: all of it was asked for; a part does not permit a write.
        """
        key = (collection, identifier)
        if status in {404, 410}:
            self._absent.add(key)
        if status != 200:  # noqa: PLR2004
            return
        self._absent.discard(key)
        claim = self._owned.get(key)
        if claim is None:
            self.meet(collection, [{**resource, "id": identifier}])
        elif whole and shown(resource) and not self.objection(claim, identifier, resource):
            self.see(collection, identifier)

    def is_absent(self, collection: str, identifier: str) -> bool:
        """Whether the last read said that nothing is behind the id."""
        return (collection, identifier) in self._absent

    def meet(self, collection: str, resources: Iterable[Mapping[str, Any]]) -> None:
        """Take note of resources that were shown and are not ours, as far as is known by now."""
        if collection not in guard.COLLECTIONS:  # what describes the endpoint is the same in each of its tenants
            return
        now, landmarks = self.clock.now(), []
        with self._lock:
            for resource in resources:
                key = (collection, identifier_of(resource))
                mine = any(map(self.marks.on, shown(resource))) or key in self._owned or key in self._deleted
                if mine or not key[1] or key in self._met or len(self._met) >= MOST_MET:
                    continue
                self._met[key] = now
                # What another run made does not stay.
                if self._landmarks[collection] < LANDMARKS and not self.marks.is_kin(shown(resource)):
                    self._landmarks[collection] += 1
                    landmarks.append(key[1])
        for identifier in landmarks:
            self.journal.landmark(collection, identifier)

    def objection(self, claim: Claim, identifier: str, resource: Mapping[str, Any]) -> str:
        """Why what is shown behind an id cannot be what a create made; empty where nothing speaks against it."""
        met = self._met.get((claim.collection, identifier))
        if met is not None and met < claim.sent:
            return "its id was somebody's before we asked for it"
        other = self._another(claim, resource)
        if other is not None:
            return f"{ANOTHERS} {other.name!r}"
        return contradiction(resource, claim, identifier, self.marks, self.clock)

    def _another(self, claim: Claim, resource: Mapping[str, Any]) -> Claim | None:
        """The create, other than this one, whose very name a resource has."""
        name = member(dict(resource), unique(claim.collection))
        found = self._names.get((claim.collection, name.casefold())) if isinstance(name, str) else None
        return found if found is not None and found.name.casefold() != claim.name.casefold() else None

    def doubts(self, collection: str, identifier: str, status: int | None) -> bool:
        """Whether it takes a read to tell what came of a DELETE; where it takes none, the resource is gone.

        Args:
            collection: path of the endpoint.
            identifier: of the resource.
            status: of the answer; None where none came.
        """
        self.strike(collection, identifier)
        if status in DONE and self._believed[collection] >= TRIALS:
            self.gone(collection, identifier)
            return False
        return status in DONE or self.is_seen(collection, identifier)

    def tries(self, collection: str) -> bool:
        """Whether it is still to be found out if a DELETE that is answered well deletes."""
        return 0 <= self._believed[collection] < TRIALS

    def strike(self, collection: str, identifier: str) -> None:
        """Note that a DELETE of a resource is about to be sent, on its own or in a bulk job."""
        self._tried.add((collection, identifier))

    def was_tried(self, collection: str, identifier: str) -> bool:
        """Whether a DELETE of it was sent before: then somebody else may have the id, or be taken for it."""
        return (collection, identifier) in self._tried

    def checked(
        self, collection: str, identifier: str, status: int | None, read: int | None, resource: Mapping[str, Any]
    ) -> None:
        """Take note of what a read showed after a DELETE.

        What it shows may be somebody else, where the endpoint takes an id that is gone for another.

        Args:
            collection: path of the endpoint.
            identifier: of the resource.
            status: of the answer to the DELETE.
            read: status of the answer to the read.
            resource: what it showed.
        """
        claim = self._owned.get((collection, identifier))
        if claim is None:
            return
        well = read is not None and read // 100 == WELL
        against = self.objection(claim, identifier, resource) if well else ""
        nothing = not well or not (identifier_of(resource) or shown(resource))
        gone = read in {404, 410} or bool(against) or (status in DONE and nothing)
        if against:
            self._given_back.add((collection, identifier))
            self.note("taken", claim, identifier, f"it was deleted, and its id leads to somebody else: {against}")
        if status in DONE:
            with self._lock:
                self._believed[collection] = self._believed[collection] + 1 if gone else -MOST_MET
        if gone:
            self.gone(collection, identifier)

    def unsee(self, collection: str, identifier: str) -> None:
        """Forget that a read has shown what is behind an id, so that the next write to it is preceded by one."""
        with self._lock:
            self._seen.discard((collection, identifier))

    # --- what is about to be created -------------------------------------------------------------------

    def intend(self, claim: Claim) -> None:
        """Note that a resource is about to be posted.

        Raises:
            JournalBroken: that could not be noted, so that it must not be sent.
        """
        claim.asked, claim.sent = self.clock.there, self.clock.now()
        self.journal.intend(claim)
        self._await(claim)

    def _await(self, claim: Claim) -> None:
        with self._lock:
            self._open[id(claim)] = claim
            self._names[claim.collection, claim.name.casefold()] = claim

    def forget(self, claim: Claim) -> None:
        """Note that a create was never sent, or that the endpoint says for good that it is not there."""
        with self._lock:
            known = self._open.pop(id(claim), None)
        if known is not None:
            self.journal.gone(claim, None)

    def settled(
        self, claim: Claim, status: int | None, headers: Mapping[str, str], resource: Mapping[str, Any]
    ) -> str | None:
        """Take over what the answer to a create proves to be ours.

        Without such an answer it may exist all the same: it stays open, and is looked for at the end.

        Args:
            claim: what was sent.
            status: of the answer; None where none came.
            headers: of the answer, names in lower case.
            resource: the answer's body.

        Returns:
            the id under which it is ours now, or None.
        """
        claim.status = status
        identifier = guard.lead(headers, resource) if status is not None else ""
        # Some give an error the location of the collection.
        if identifier and f"/{identifier}" != claim.collection:
            claim.led.append(identifier)
            self.journal.led(claim, identifier)
        other = guard.elsewhere(claim.collection, headers, resource) if claim.is_promised else None
        if other is not None and other not in self._owned and other not in self._met:
            self.stray(*other, f"POST {claim.collection} was answered {status}, and led there")
        if not claim.is_promised or not identifier or status == ACCEPTED:
            return None
        if status != CREATED:
            self._refuse(claim, identifier, f"the create was answered {status} and not 201, so that it may not be new")
            return None
        # What can be read as another path proves nothing before it is read.
        told = identifier_of(resource) == identifier and guard.is_plain(identifier)
        return identifier if told and self.prove(claim, identifier, resource) else None

    def prove(self, claim: Claim, identifier: str, resource: Mapping[str, Any]) -> bool:
        """Take over what our own 201 led to, where what is shown there proves that it is what we created.

        Returns:
            whether it is ours.
        """
        against = self.objection(claim, identifier, resource)
        if not against and self._is_made(claim, identifier):
            against = f"{ANOTHERS} {claim.name!r}"
        if against:
            self._refuse(claim, identifier, against)
            return False
        if not proves(resource, claim, identifier, self.marks, self.clock):
            return False
        return self.born(claim, identifier)

    def trace(self, claim: Claim, identifier: str, resource: Mapping[str, Any]) -> bool:
        """Take over what a look-up found, where it proves to be what a create without a usable answer left.

        Returns:
            whether it is ours.
        """
        barred = self.is_barred(claim.collection, identifier) or len(identifier) > LONGEST_ID
        if barred or self.objection(claim, identifier, resource):
            return False
        if not is_traced(resource, claim, identifier, self.marks, self.clock):
            return False
        if self._is_made(claim, identifier):
            return True  # the name was taken by ourselves, and nothing came of this create
        twin = claim.born
        if not self.born(claim, identifier):
            return False
        if twin:
            self.note("twice", claim, identifier, "it is there under more than one id")
        elif not claim.is_promised:
            answer = f"HTTP {claim.status}" if claim.status else "no answer"
            self.note("stored", claim, identifier, f"the create got {answer}, and was carried out")
        return True

    def _is_made(self, claim: Claim, identifier: str) -> bool:
        """Whether an earlier create of ours of the same name has made what is behind an id."""
        owner = self._owned.get((claim.collection, identifier))
        return owner is not None and owner is not claim and owner.name.casefold() == claim.name.casefold()

    def _refuse(self, claim: Claim, identifier: str, why: str) -> None:
        """Note that what a create was answered with is not what it made.

        Unless it is what another create of ours made, its id is never written to, whatever is found there later.
        """
        claim.refused = why
        swapped = why.startswith(ANOTHERS)
        if not swapped:
            with self._lock:
                self._given_back.add((claim.collection, identifier))
        self.note("swapped" if swapped else "foreign", claim, identifier, why)

    # --- what changes ----------------------------------------------------------------------------------

    def born(self, claim: Claim, identifier: str) -> bool:
        """Note that a resource is ours under this id.

        Returns:
            whether it is: an id that another living resource of ours has leads to nobody knows which.
        """
        key = (claim.collection, identifier)
        with self._lock:
            other = self._owned.get(key)
            if other is claim:
                return True
            if other is not None or key in self._deleted:
                self.repeats = True
            reused = self._deleted.pop(key, None)
            if other is None:
                claim.born = True
                self._owned[key] = claim
                # A name that is not of our making is looked for once more at the end: there may be another.
                if claim.marked:
                    self._open.pop(id(claim), None)
                self._names[claim.collection, claim.name.casefold()] = claim
                self._absent.discard(key)
        if other is not None:
            self.note("repeated", claim, identifier, f"{other.name!r} has the id too")
            self.give_back(*key)
            return False
        if reused is not None and reused is not claim:
            self.note("repeated", claim, identifier, f"{reused.name!r} had the id, and is deleted")
        self.journal.created(claim, identifier)
        return True

    def own(self, claim: Claim, identifier: str | None) -> None:
        """Take over a resource from an earlier run's journal, to delete it or to look for it."""
        with self._lock:
            self._names[claim.collection, claim.name.casefold()] = claim
            if identifier is None:
                self._open[id(claim)] = claim
            else:
                self._owned[claim.collection, identifier] = claim

    def claim(self, collection: str, name: str, identifier: str, resource: Mapping[str, Any]) -> bool:
        """Take over a resource that was found under a name whose create was sent and not answered.

        Returns:
            whether it proves to be what that create made; only then the resource is ours.
        """
        called = [one for one in self.open if one.collection == collection and one.name.casefold() == name.casefold()]
        return guard.is_plain(identifier) and any(self.trace(one, identifier, resource) for one in called)

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
            if before is None or before.name == name:
                return
            marked = self.marks.on(name)
            claim = Claim(
                collection, name, before.external, marked=marked, before=before.before, asked=before.asked,
                sent=before.sent, status=before.status,
            )  # fmt: skip
            # Where the same change moved it to another id, both are known by the new name.
            ids = [key[1] for key, one in self._owned.items() if one is before]
            self._owned |= {(collection, one): claim for one in ids}
            self._names[collection, name.casefold()] = claim
        # The new name first: a run killed in between must not lose the resource.
        self.journal.missed(claim)
        for one in ids:
            self.journal.created(claim, one)
            self.journal.gone(before, one)

    def moved(self, collection: str, before: str, identifier: str, resource: Mapping[str, Any]) -> None:
        """Follow a resource of ours to the id that the answer to our own change shows, where it proves to be ours."""
        claim = self._owned.get((collection, before))
        if claim is None or not guard.is_plain(identifier) or self.owns(collection, identifier):
            return
        bears = self.marks.on(" ".join(shown(resource))) or proves(resource, claim, identifier, self.marks, self.clock)
        if not bears or self.objection(claim, identifier, resource):
            return
        with self._lock:
            self._owned[collection, identifier] = claim
        self.note("moved", claim, identifier, f"it had the id {before!r} before we changed it")
        self.journal.created(claim, identifier)

    def gone(self, collection: str, identifier: str) -> None:
        """Note that a resource of ours is deleted."""
        key = (collection, identifier)
        with self._lock:
            claim = self._owned.pop(key, None)
            self._seen.discard(key)
            if claim is None:
                return
            self._deleted[key] = claim
        self.journal.gone(claim, identifier)

    def back(self, collection: str, identifier: str) -> None:
        """Note that a resource of ours is still there, or there again, though it was deleted."""
        key = (collection, identifier)
        with self._lock:
            claim = self._deleted.pop(key, None)
            if claim is None:
                return
            self._owned[key] = claim
        self.note("kept", claim, identifier, "it was deleted, and is there")
        self.journal.missed(claim)
        self.journal.created(claim, identifier)

    def give_back(self, collection: str, identifier: str) -> None:
        """An id turned out to be somebody else's; what we created may be there under another one."""
        key = (collection, identifier)
        with self._lock:
            self._deleted.pop(key, None)
            self._given_back.add(key)
            claim = self._owned.pop(key, None)
            if claim is None:
                return
            claim.born = False
        self._await(claim)
        self.journal.gone(claim, identifier)
        self.journal.missed(claim)

    def stray(self, collection: str, identifier: str, why: str) -> None:
        """Note what an answer led to that should not have created anything, and that carries no name of ours."""
        with self._lock:
            self.strays.setdefault((collection, identifier), why)

    def note(self, kind: str, claim: Claim, identifier: str, detail: str) -> None:
        """Note something that the endpoint did; see ``Event``."""
        event = Event(kind, claim.collection, claim.name, identifier, detail, claim.bulk)
        with self._lock:
            if event not in self.events:
                self.events.append(event)

    def close(self) -> None:
        """Close the journal; its file goes where nothing is left."""
        self.journal.close(empty=self.is_empty)
