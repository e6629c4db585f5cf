"""The reckoning at the end: what became of each create, what is deleted, what is left, and what nobody knows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.scim.claim import ACCEPTED, CREATED, NAMES, Claim, identifier_of, shown, unique
from conformance.scim.clock import created_at
from conformance.scim.journal import Account, Entry
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.lookout import GONE
from conformance.scim.request import Request
from conformance.scim.sight import Row, Seen, Sight
from conformance.scim.target import segment

GROUPS = "/Groups"

FINAL = frozenset({400, 401, 403, 405, 409, 410, 412, 501})
"""Answers to a DELETE or a look-up that are the same a moment later."""

ROUNDS = (0.0, 1.0, 4.0)
"""Seconds to wait before each attempt at the end to delete what is left."""

PROMISED = (5.0, 5.0)
"""Seconds to wait beyond that for what the endpoint said it would do later (202)."""

UNANSWERED = 3
"""So many requests in a row without an answer end an attempt: nobody is there."""

AGAIN = 2
"""How often a resource is deleted that is still listed afterwards."""

LAGGING = 3
YOUNG = 10.0
"""So often, a second apart, a list is asked for what is there, and is younger than so many seconds."""

BEYOND = 1.25
"""How much longer than the longest lag seen two looks lie apart that both have to show nothing."""

SHORTEST = 1.0
"""Seconds that they lie apart at least where the answer to the create was lost."""

PROMISE = 8.0
"""The same where the endpoint said that it would carry out the create later (202)."""


class Hands(Protocol):
    """What the reckoning needs done."""

    def look(self, request: Request) -> Seen:
        """Send a request that reads."""

    def erase(self, collection: str, identifier: str) -> Seen:
        """Send the DELETE of a resource of ours; raises ``ForbiddenWrite`` where it is none."""

    def wait(self, seconds: float) -> None:
        """Wait."""

    def each(self, action: Callable[[Any], None], items: Iterable[Any]) -> None:
        """Do something with many things, so many at once as the client may."""


@dataclass(frozen=True)
class _Nothing:
    """In place of an answer to a request that was not sent, as nobody answers."""

    status: int | None = None
    resource: dict[str, Any] = field(default_factory=dict)
    listed: list[Row] = field(default_factory=list)


class Reckoning:
    """Looks for everything that a client created or may have created, and deletes what is ours.

    Args:
        ledger: of the client.
        hands: sends the requests.
        rounds: seconds to wait before each attempt.

    Attributes:
        is_last: nobody looks again later, so that what is lost and cannot be found is settled; set by ``clean``.
    """

    def __init__(self, ledger: Ledger, hands: Hands, rounds: tuple[float, ...] | None = None) -> None:
        self.ledger = ledger
        self.sight = Sight(ledger, self._look)
        self._hands = hands
        self.is_last = False
        self._rounds = rounds
        self._silent = 0
        self._lost = False
        self._statuses: dict[tuple[str, str], int | None] = {}
        self._erased: Counter[tuple[str, str]] = Counter()
        self._strange: dict[tuple[str, str, str], tuple[Row, Claim]] = {}
        self._unlisted: set[str] = set()
        self._listed: dict[tuple[str, str, str], Row] = {}

    # --- from outside ----------------------------------------------------------------------------------

    def settle(self) -> Account:
        """Find, delete and look again, until all is clear or patience is over."""
        self.sight.try_again()
        rounds = ROUNDS if self._rounds is None else self._rounds
        waits = [*rounds, *(PROMISED if any(map(self._may_come, self.ledger.open)) else ())]
        for pause in waits:
            self._hands.wait(max(pause, self._until_due() if pause else 0.0))
            self._silent, self._lost = 0, False
            self._erase_all()
            self.look()
            if self.ledger.owned or self.ledger.open:
                self._erase_all()
                self.look()
            if not self._is_doubtful():
                break
        account = self._account()
        self.ledger.remains = bool(account.left)
        return account

    def look(self) -> None:
        """Look for all that was created or may have been, and take over what proves to be ours; nothing is deleted."""
        for kept in (self._unlisted, self._listed, self._strange):
            kept.clear()
        for claim in self.ledger.open:
            for identifier in claim.led:
                self._follow(claim, identifier)
        for key in list(self.ledger.strays):  # what may be there shows as well how all can be listed
            self.sight.prove(*key)
        for collection in self.ledger.collections:
            self._list(collection)
        self._hands.each(self._find, self.ledger.open)

    # --- looking ---------------------------------------------------------------------------------------

    def _look(self, request: Request) -> Seen:
        if self._silent >= UNANSWERED:
            return _Nothing()
        answer = self._hands.look(request)
        self._silent = 0 if answer.status is not None else self._silent + 1
        self._lost = self._lost or answer.status is None
        return answer

    def _read(self, collection: str, identifier: str) -> Seen:
        return self._look(Request("GET", f"{collection}/{segment(identifier)}"))

    def _follow(self, claim: Claim, identifier: str) -> None:
        """Look at what the answer to a create led to."""
        key = (claim.collection, identifier)
        # Where the create is known to have made something else, the answer was another create's.
        if claim.born or self.ledger.owns(*key) or self.ledger.was_ours(*key):
            return
        read = self._read(*key)
        if read.status != OK or (not identifier_of(read.resource) and not self.ledger.is_barred(*key)):
            return
        told = identifier_of(read.resource)
        if told and told.casefold() != identifier.casefold() and not claim.names.intersection(shown(read.resource)):
            return  # the endpoint takes an id that nobody has for somebody's
        take = self.ledger.prove if claim.status == CREATED else self.ledger.trace
        if self.ledger.is_barred(*key) or not take(claim, identifier, read.resource):
            self._strange[(*key, _name(claim.collection, read.resource))] = (dict(read.resource), claim)

    def _list(self, collection: str) -> None:
        rows = self.sight.rows(collection)
        if rows is None:
            self._unlisted.add(collection)
            return
        for row in rows:
            self._take(collection, row)

    def _take(self, collection: str, row: Row) -> None:
        """Take over a listed resource that proves to be ours, and remember all others."""
        key = (collection, identifier_of(row))
        place = (*key, _name(collection, row))
        self._listed[place] = row
        claims = self.ledger.claims(collection, shown(row)) or [self._unknown(collection, row)]
        if self.ledger.owns(*key):
            # Where an id is given twice, the one of both is ours by it, and the other can be reached by none.
            if self.ledger.repeats and claims[0] is not self.ledger.claim_of(*key) and not claims[0].born:
                self._strange[place] = (row, claims[0])
            return
        if self.ledger.was_ours(*key):
            # It is deleted, and listed all the same; or the list lags behind.
            if self._read(*key).status == OK and self._erased[key] < AGAIN:
                self.ledger.back(*key)
            return
        if not any(self.ledger.trace(claim, key[1], row) for claim in claims) and self._may_be_ours(claims[0], row):
            self._strange[place] = (row, claims[0])

    def _may_be_ours(self, claim: Claim, row: Row) -> bool:
        """Whether what is found under a name, and not proven to be ours, has to be told.

        What has a name of our making is there because of us. Any other name is somebody else's where the row was there
        before, or is of another time.
        """
        if claim.marked:
            return True
        if identifier_of(row) in claim.before:
            return False
        clock = self.ledger.clock
        return created_at(row) is None or clock.is_of_then(row, claim.moment(clock))

    def _unknown(self, collection: str, row: Row) -> Claim:
        """The create that must have made a resource which carries a mark of ours, under a name that was never sent."""
        name = row.get(unique(collection))
        external = row.get("externalId")
        clock = self.ledger.clock
        began = min((one.moment(clock) for one in self.ledger.claims(collection)), default=clock.there)
        return Claim(
            collection,
            name if isinstance(name, str) else "",
            external if isinstance(external, str) and self.ledger.marks.on(external) else "",
            marked=self.ledger.marks.on(str(name)) or self.ledger.marks.on(str(external)),
            asked=began,
            status=CREATED,
        )

    def _find(self, claim: Claim) -> None:
        """Look up one create of which nobody knows what came of it, by name and externalId."""
        if claim.marked and claim.collection not in self._unlisted:
            self._not_there(claim)
            return
        answered = []
        for attribute in NAMES[claim.collection == GROUPS :]:
            value = claim.external if attribute == "externalId" else claim.name
            if not value or (attribute == "displayName" and claim.collection != GROUPS and claim.named):
                continue
            rows = self.sight.named(claim.collection, attribute, value)
            answered.append(rows is not None)
            for row in rows or []:
                if value.casefold() in shown(row):
                    self._take(claim.collection, row)
        if answered and answered[0]:
            self._not_there(claim)

    def _not_there(self, claim: Claim) -> None:
        """Note that a look-up showed nothing of a create, unless it showed something that is not ours to delete."""
        if not self._is_shown(claim):
            claim.absent.append(time.monotonic())

    def _is_shown(self, claim: Claim) -> bool:
        """Whether something is there that a create may have made, and that is not ours to delete."""
        return any(
            place == claim.collection and (identifier in claim.led or claim.names.intersection(shown(row)))
            for (place, identifier, _), (row, _) in self._strange.items()
        )

    # --- deleting --------------------------------------------------------------------------------------

    def _erase_all(self) -> None:
        for groups in (True, False):
            entries = [entry for entry in self.ledger.owned if (entry.collection == GROUPS) is groups]
            self._hands.each(self._erase, entries[:-1])
            for last in entries[-1:]:
                self._prove(last)
                self._erase(last)

    def _prove(self, last: Entry) -> None:
        """See, while one resource is still there, how what is left can be listed; a list may lag a little behind."""
        claim = self.ledger.claim_of(last.collection, str(last.id))
        for _ in range(LAGGING):
            self.sight.prove(last.collection, str(last.id))
            age = self.ledger.clock.now() - claim.sent if claim is not None else YOUNG
            if self.sight.is_proven(last.collection) or age >= YOUNG or self._silent:
                return
            self._hands.wait(SHORTEST)

    def _erase(self, entry: Entry) -> None:
        key = (entry.collection, str(entry.id))
        if self._silent >= UNANSWERED:
            return
        try:
            answer = self._hands.erase(*key)
        except ForbiddenWrite:  # somebody else's, as it turned out
            return
        self._silent = 0 if answer.status is not None else self._silent + 1
        self._statuses[key] = answer.status
        self._erased[key] += 1

    # --- what it comes to ------------------------------------------------------------------------------

    def _until_due(self) -> float:
        """Seconds until the second look at what is not there is far enough from the first."""
        now = time.monotonic()
        return max((c.absent[0] + self._gap(c) - now for c in self.ledger.open if c.absent), default=0.0)

    def _gap(self, claim: Claim) -> float:
        lost = claim.is_lost or claim.is_promised
        least = PROMISE if self._may_come(claim) else SHORTEST if lost else 0.0
        return max(self.ledger.lag * BEYOND, least)

    def _may_come(self, claim: Claim) -> bool:
        """Whether the endpoint said that it would carry a create out later, or may have said so to a run that died."""
        return claim.status == ACCEPTED or (self.is_last and claim.is_lost and self.is_young(claim))

    def is_young(self, claim: Claim) -> bool:
        """Whether a create was sent so short a time ago that what it made may not be seen yet."""
        return self.ledger.clock.there - claim.asked < PROMISE

    def _is_over(self, claim: Claim) -> bool:
        """Whether it is known for good that nothing of a create is there."""
        if claim.born:
            return bool(claim.absent)
        return len(claim.absent) > 1 and claim.absent[-1] - claim.absent[0] >= self._gap(claim)

    def _is_doubtful(self) -> bool:
        """Whether another attempt could come to more."""
        if any(self._statuses.get((e.collection, str(e.id))) not in FINAL for e in self.ledger.owned):
            return True
        if any(self.ledger.was_ours(*key[:2]) for key in self._listed):
            return True
        return self._lost or any(not self._is_over(claim) and not self._is_shown(claim) for claim in self.ledger.open)

    def _account(self) -> Account:
        account = Account()
        for entry in self.ledger.owned:
            self._tell_owned(entry, account)
        for place, identifier, name in self._listed:
            if self.ledger.was_ours(place, identifier):
                account.left.append(Entry(place, name, identifier, "it was deleted, and is listed all the same"))
        for there, (row, claim) in self._strange.items():
            sure = claim.marked or there[1] in claim.led or self._is_of(claim, row)
            entries = account.left if sure else account.unconfirmed
            entries.append(self._strange_entry(there, row, claim))
        for key, why in list(self.ledger.strays.items()):
            self._tell_stray(key, why, account)
        for claim in self.ledger.open:
            self._tell_open(claim, account)
        unlisted = {collection for collection in self._unlisted if self.ledger.marks.prefix}
        for collection in sorted(unlisted):
            why = "the endpoint cannot be asked for all that the run made: what was created twice would not be seen"
            account.unconfirmed.append(Entry(collection, f"{self.ledger.marks.prefix}-…", None, why))
        return account

    def _is_of(self, claim: Claim, row: Row) -> bool:
        """Whether a resource is there because of a create, by the externalId that was sent and by its date."""
        clock = self.ledger.clock
        same = bool(claim.external) and row.get("externalId") == claim.external
        return same and clock.is_of_then(row, claim.moment(clock))

    def _tell_owned(self, entry: Entry, account: Account) -> None:
        key = (entry.collection, str(entry.id))
        if not self.ledger.is_absent(*key) or any(place[:2] == key for place in self._listed):
            account.left.append(entry)
        elif entry.collection in self._unlisted or self._lost:
            why = "it was created, and no read has ever shown it"
            account.unconfirmed.append(Entry(entry.collection, entry.name, entry.id, why))
        else:
            # Neither a read nor a list has shown it, from the create to the end: it was never stored.
            self.ledger.gone(*key)

    def _strange_entry(self, key: tuple[str, str, str], row: Row, claim: Claim) -> Entry:
        """What is there with a name or an id of ours, and was never proven to be ours."""
        place, identifier, name = key
        against = claim.refused or self.ledger.objection(claim, identifier, row) or "nothing proves that it is ours"
        return Entry(place, name, identifier, f"it is not deleted: {against}")

    def _tell_stray(self, key: tuple[str, str], why: str, account: Account) -> None:
        read = self._read(*key)
        names = shown(read.resource)
        if read.status == OK and (not names or any(map(self.ledger.marks.on, names))):
            account.left.append(Entry(key[0], "", key[1]))
        elif read.status in {OK, *GONE}:  # where it has a name and none of ours, the answer was somebody else's
            self.ledger.strays.pop(key, None)
        else:
            account.unconfirmed.append(Entry(key[0], "", key[1], why))

    def _tell_open(self, claim: Claim, account: Account) -> None:
        """A create of which nothing was found: closed where that is sure, told where it is not."""
        told = [*account.left, *account.unconfirmed]
        if self._is_over(claim) and (self.is_last or not claim.is_lost):
            self.ledger.forget(claim)
        elif self._is_shown(claim) or any(_tells(entry, claim) for entry in told):
            return
        else:
            identifier = claim.led[0] if claim.led else None
            account.unconfirmed.append(Entry(claim.collection, claim.name, identifier, self._why(claim)))

    def _why(self, claim: Claim) -> str:
        answer = "no answer came" if claim.status is None else f"the create was answered {claim.status}"
        if claim.refused:
            return f"{answer}, and {claim.refused}"
        if self._is_over(claim):
            return f"{answer}, and it is found nowhere"
        return f"{answer}, and it could not be looked for" if not claim.absent else f"{answer}, and it may still come"


OK = 200


def _tells(entry: Entry, claim: Claim) -> bool:
    """Whether what is told already is what came of a create."""
    same = entry.name.casefold() == claim.name.casefold()
    return entry.collection == claim.collection and (same or entry.id in claim.led)


def _name(collection: str, row: Any) -> str:
    """What a resource is called, as far as it shows."""
    found = row.get(unique(collection)) or row.get("displayName") or row.get("externalId")
    return str(found or "")
