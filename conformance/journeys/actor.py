"""The one who plays: sends a journey's requests and notes each as a step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from conformance.idp.dialects import COMPLIANT, DIALECTS
from conformance.idp.entra import CORE_USER, mapping, patch
from conformance.idp.entra import base as bases
from conformance.idp.entra.base import Base
from conformance.idp.entra.people import People, Person
from conformance.recording import Played, Step
from conformance.scim.claim import UNIQUE
from conformance.scim.client import Client
from conformance.scim.exchange import Exchange
from conformance.scim.features import Features
from conformance.scim.lookout import SomebodyElse
from conformance.scim.paths import MISSING, find
from conformance.scim.request import Request
from conformance.scim.target import encode_query, quoted, segment

Query = Sequence[tuple[str, str]]

TEXTS = ("title", "nickName", "displayName", "preferredLanguage", "userType", "locale", "timezone")
"""Simple text attributes of the core schema, on which any behaviour can be tried as well as on another."""

NO_GROUPS = "the endpoint has no groups: ResourceTypes does not list Group"
"""Why nothing of groups can be asked for."""

NO_TEXT = "no simple text attribute of users is both declared by the endpoint and seen to be stored"
"""Why a behaviour cannot be tried."""

ALWAYS = frozenset({"userName", "active", "externalId", "id"})
"""What users have whatever a schema lists."""

AGAIN = 2
"""How often a create that is refused is sent again without what the refusal names."""

BASE = "base"
"""Under this name a journey tells what it learned of how a create has to look, by collection."""

USERS = "/Users"
GROUPS = "/Groups"


class JourneyStopped(Exception):
    """A step went wrong on which all that follows depends.

    Attributes:
        step: its name.
    """

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class NotOffered(Exception):
    """The endpoint does not offer what the rest of the journey needs; the message says what and how it is known."""


@dataclass(frozen=True)
class Owned:
    """A resource this journey created.

    Attributes:
        collection: path of its endpoint, such as ``/Users``.
        id: as the endpoint assigned it.
        name: the ``userName`` or ``displayName`` it was created with.
        sent: the body it was created with.
    """

    collection: str
    id: str
    name: str
    sent: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its path below the tenant URL."""
        return f"{self.collection}/{segment(self.id)}"


class Entra:
    """Plays Entra in one journey, in one dialect.

    Args:
        client: sends the requests.
        people: makes the users.
        played: takes the steps.
        attempt: 0, or 1 where the journey is played again alone; keeps the names apart.
        discovered: what the discovery journey found; empty while that one is played.
        learned: what the journey ``create_full`` learned of how a create has to look; None while that one is played.
    """

    def __init__(
        self,
        client: Client,
        people: People,
        played: Played,
        *,
        attempt: int = 0,
        discovered: Played | None = None,
        learned: Played | None = None,
    ) -> None:
        self.client = client
        self.people = people
        self.played = played
        self.discovered = discovered or Played("discovery")
        self.dialect = DIALECTS[played.dialect or COMPLIANT.name]
        suffix = f"-{played.dialect[0]}" if played.dialect else ""
        self.key = f"{played.journey.replace('_', '-')}{suffix}-{'r' * attempt}"
        self.shut_out: str | None = None
        told = learned.told.get(BASE, {}) if learned is not None else {}
        self._learned = learned
        self._bases = {collection: Base.from_json(one) for collection, one in told.items()}
        self._made = 0
        self._owned: list[Owned] = []

    @cached_property
    def features(self) -> Features:
        """What the endpoint says it offers."""
        return Features.of(self.discovered.answers, self.client.target.assumptions.capabilities)

    def require(self, feature: str) -> None:
        """Go on only where neither the endpoint nor the user says that it lacks a feature of its ServiceProviderConfig.

        Raises:
            NotOffered: one of them says so.
        """
        if feature in self.features.stated and not self.features.stated[feature]:
            raise NotOffered(f"capabilities in [target] say that {feature} is not offered")
        if self.features.offers(feature) is False:
            raise NotOffered(f"ServiceProviderConfig says {feature}.supported is false")

    @property
    def name(self) -> str:
        """How everything that the journey creates begins: the run's prefix and the journey's key."""
        return f"{self.people.prefix}-{self.key}".rstrip("-")

    # --- any request -----------------------------------------------------------------------------------

    def send(self, step: str, request: Request, **facts: Any) -> Exchange:
        """Send a request and note it as a step; a step of the same name gets a further exchange.

        Args:
            step: name of the step.
            request: what to send.
            facts: what the checks need to know beside the exchange, plain JSON.
        """
        return self._note(step, self.client.send(request), facts)

    def record(self, step: str, exchanges: Sequence[Exchange], **facts: Any) -> None:
        """Note requests that the provisioning service sent as a step."""
        for exchange in exchanges:
            self._note(step, exchange, facts)

    def tell(self, name: str, told: dict[str, Any]) -> None:
        """Note something of the whole journey for the report, by a name."""
        self.played.told[name] = told

    def get(self, path: str, *, step: str, query: Query = (), percent: bool = False, **extra: Any) -> Exchange:
        """GET a path below the tenant URL.

        Args:
            path: percent-encoded.
            step: name of the step.
            query: parameters in order.
            percent: send spaces as ``%20`` and not as ``+``.
            extra: further fields of ``Request``.
        """
        return self.send(step, Request("GET", path, encode_query(list(query), percent=percent), **extra))

    @staticmethod
    def segment(identifier: str) -> str:
        """An id as one segment of a path."""
        return segment(identifier)

    # --- users and groups ------------------------------------------------------------------------------

    def person(self, tail: str = "") -> Person:
        """The journey's next person."""
        self._made += 1
        return self.people.person(self.key, self._made, tail)

    def create(self, collection: str, body: dict[str, Any], *, step: str, name: str, **facts: Any) -> Owned:
        """Create a resource that the rest of the journey works on.

        Raises:
            JourneyStopped: the endpoint did not create it, or not under an id.
        """
        exchange = self.attempt_create(collection, body, step=step, name=name, **facts)
        for _ in range(AGAIN):
            less = self._less(collection, exchange)
            if less is None:
                break
            exchange = self.attempt_create(collection, less, step=step, name=name, **facts)
        identifier = exchange.resource_id
        if exchange.ok and identifier is not None and self.client.owns(collection, identifier):
            return self._owned[-1]
        found = self.recovered(collection, name, body)
        if found is None:
            raise JourneyStopped(step)
        return found

    def recovered(self, collection: str, name: str, body: dict[str, Any]) -> Owned | None:
        """What a create left that was not answered with it, so that the journey can go on with that; None for nothing.

        Some store what they refuse, or repeat a create and answer what the second one came to.
        """
        identifier = self.client.recover(collection, name)
        if identifier is None:
            return None
        self._owned.append(Owned(collection, identifier, name, body))
        return self._owned[-1]

    def attempt_create(
        self,
        collection: str,
        body: dict[str, Any],
        *,
        step: str,
        name: str,
        request: Mapping[str, Any] | None = None,
        kept: Collection[str] = (),
        as_is: bool = False,
        **facts: Any,
    ) -> Exchange:
        """Create a resource that the journey can do without; what comes of it is cleaned up all the same.

        Args:
            collection: path of the endpoint.
            body: the resource.
            step: name of the step.
            name: what identifies the resource.
            request: further fields of ``Request``.
            kept: SCIM paths that the step is about: what was learned of the endpoint changes nothing in them.
            as_is: whether nothing is left out or put in that was learned of the endpoint.
            facts: what the checks need to know beside the exchange.

        Raises:
            NotOffered: the endpoint has no groups.
        """
        if collection == GROUPS and not self.has_groups:
            raise NotOffered(NO_GROUPS)
        stated = self.client.target.assumptions.applied
        body = stated(collection, body) if as_is else self.usual(collection, body, kept)
        exchange = self._note(step, self.client.create(collection, body, name, **(request or {})), facts)
        identifier = exchange.resource_id
        if identifier is not None and self.client.owns(collection, identifier):
            self._owned.append(Owned(collection, identifier, name, body))
        return exchange

    def usual(self, collection: str, body: dict[str, Any], kept: Collection[str] = ()) -> dict[str, Any]:
        """A body as the endpoint takes it, by what the user states of it and by what was learned of its creates.

        Args:
            collection: path of the endpoint.
            body: a resource; left as it is.
            kept: SCIM paths that what was learned changes nothing in.
        """
        return self._base(collection).applied(
            collection, self.client.target.assumptions.applied(collection, body), kept
        )

    def _base(self, collection: str) -> Base:
        return self._bases.get(collection, Base())

    def _less(self, collection: str, refusal: Exchange) -> dict[str, Any] | None:
        """The body of a refused create without what the refusal names; None where it names nothing of it."""
        body = refusal.request_body
        if refusal.status not in bases.REFUSED or not isinstance(body, dict) or collection not in UNIQUE:
            return None
        unwanted, _ = bases.named(refusal, body, ())
        unwanted = [name for name in unwanted if name != UNIQUE[collection]]
        return Base(tuple(unwanted)).applied(collection, body) if unwanted else None

    @property
    def has_groups(self) -> bool:
        """Whether neither the endpoint's resource types nor the user say that it has no groups."""
        return self.features.has_groups

    def is_stored(self, path: str) -> bool:
        """Whether users can have the attribute at a SCIM path here: it is declared, and what was sent of it was kept.

        What the default mapping does not send is taken for stored where the endpoint's own schema lists it.
        """
        stated = self.client.target.assumptions.keeps(path)
        if not stated or not self.features.lists_user_attribute(path) or self.leaves_out(USERS, path):
            return False
        steps = self._learned.steps if self._learned is not None else {}
        taken = steps.get("create-smaller") or steps.get("create")
        read = steps.get("read")
        if taken is None or read is None or not read.exchange.ok:
            return True
        sent = taken.exchange.request_body
        if not isinstance(sent, dict) or find(sent, path) is MISSING:
            return path in ALWAYS or self.features.schema(CORE_USER) is not None
        return find(read.exchange.resource, path) is not MISSING

    def stored(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Those of some changes, by SCIM path, whose attributes users can have here."""
        return {path: value for path, value in changes.items() if self.is_stored(path)}

    def text(self, *wanted: str, but: Collection[str] = (), removable: bool = False) -> str | None:
        """A simple text attribute of users to try a behaviour on; None where users can have none here.

        Args:
            wanted: names in order of preference; others follow.
            but: names that are used otherwise.
            removable: whether it must be possible to do without it.
        """
        needed = bases.needed(USERS, self.features, self._base(USERS)) if removable else set()
        fixed = {*needed, *but}
        candidates = dict.fromkeys([*wanted, *TEXTS])
        return next((name for name in candidates if name not in fixed and self.is_stored(name)), None)

    def skip(self, *steps: str, why: str) -> None:
        """Note that the endpoint cannot be asked for some steps; the journey goes on without them."""
        self.played.skipped |= dict.fromkeys(steps, why)

    def leaves_out(self, collection: str, path: str) -> bool:
        """Whether the attribute at a SCIM path is in no body, because the endpoint refuses what holds it."""
        return self._base(collection).leaves_out(path)

    def created(self, collection: str) -> Owned | None:
        """The resource this journey created last in a collection, or None."""
        return next((owned for owned in reversed(self._owned) if owned.collection == collection), None)

    def create_user(
        self, *, step: str = "create", body: dict[str, Any] | None = None, person: Person | None = None
    ) -> Owned:
        """Create a user; by default one with the documented body.

        Raises:
            JourneyStopped: the endpoint did not create it.
        """
        body = body or mapping.documented_user(person or self.person())
        return self.create(USERS, body, step=step, name=body["userName"])

    def group_body(self) -> dict[str, Any]:
        """The body of the journey's next group."""
        self._made += 1
        name = self.people.group_name(self.key, self._made)
        return mapping.group(name, self.people.external_id(name))

    def create_group(self, *, step: str = "create-group", body: dict[str, Any] | None = None) -> Owned:
        """Create a group, empty as Entra does.

        Raises:
            JourneyStopped: the endpoint did not create it.
        """
        body = body or self.group_body()
        return self.create(GROUPS, body, step=step, name=body["displayName"])

    def read(self, owned: Owned, *, step: str, query: Query = (), **facts: Any) -> Exchange:
        """GET a resource by its id."""
        return self.send(step, Request("GET", owned.path, encode_query(list(query))), **facts)

    def see(self, owned: Owned, *, step: str, path: str = "id") -> None:
        """Read a resource into the step of its create, where the answer to that shows nothing at a SCIM path."""
        if not find(self.played.steps[step].exchange.resource, path):
            self.read(owned, step=step)

    def match(
        self, attribute: str, value: str, *, step: str, collection: str = USERS, percent: bool = False, **facts: Any
    ) -> Exchange:
        """Ask for the resource whose attribute has a value, as Entra does before it creates anything.

        A group is asked for without its members (entra.md 3).
        """
        parameters = [("filter", f"{attribute} eq {quoted(value)}")]
        if collection == GROUPS:
            parameters.insert(0, ("excludedAttributes", "members"))
        return self.send(step, Request("GET", collection, encode_query(parameters, percent=percent)), **facts)

    def patch(
        self,
        owned: Owned,
        changes: Mapping[str, Any],
        *,
        step: str,
        op: str = "replace",
        pathless: bool | None = None,
    ) -> Exchange:
        """Change attributes in the form of the journey's dialect; the changes become the step's fact ``changes``."""
        operations = self.dialect.change(changes, op=op, pathless=pathless)
        return self.operate(owned, operations, step=step, changes=dict(changes))

    def operate(self, owned: Owned, operations: Sequence[Mapping[str, Any]], *, step: str, **facts: Any) -> Exchange:
        """PATCH a resource with operations as they are."""
        return self.send(step, Request("PATCH", owned.path, body=patch.envelope(operations)), **facts)

    def add_members(self, group: Owned, ids: Sequence[str], *, step: str, with_ref: bool = False) -> Exchange:
        """Add members in the form of the journey's dialect."""
        return self.operate(group, self.dialect.add_members(ids, with_ref=with_ref), step=step)

    def remove_members(self, group: Owned, ids: Sequence[str], *, step: str, with_ref: bool = False) -> Exchange:
        """Remove members in the form of the journey's dialect."""
        return self.operate(group, self.dialect.remove_members(ids, with_ref=with_ref), step=step)

    def at_once(self, additions: Sequence[tuple[str, Owned, Sequence[str]]]) -> None:
        """Add members to groups in requests that are under way together, as Entra has been seen to do.

        Args:
            additions: step, group and members of each request; the steps are noted in this order.
        """
        requests = [
            Request("PATCH", group.path, body=patch.envelope(self.dialect.add_members(ids)))
            for _, group, ids in additions
        ]
        with ThreadPoolExecutor(max_workers=len(requests)) as pool:
            exchanges = list(pool.map(self.client.send, requests))
        for (step, _, _), exchange in zip(additions, exchanges, strict=True):
            self._note(step, exchange, {})

    def bulk(
        self,
        operations: Sequence[Mapping[str, Any]] | None,
        *,
        step: str,
        fail_on_errors: int | None = None,
        invented: Collection[str] = (),
        **facts: Any,
    ) -> dict[str, Owned]:
        """Send a bulk job; what it creates is cleaned up like everything else.

        Args:
            operations: as they are sent; None leaves ``Operations`` out.
            step: name of the step.
            fail_on_errors: None leaves it out.
            invented: ids in paths that the journey made up.
            facts: what the checks need to know beside the exchange.

        Returns:
            what was created, by bulkId.
        """
        sent = [
            {**row, "data": self.usual(row["path"], row["data"])}
            if row.get("method") == "POST" and "path" in row
            else row
            for row in operations or []
        ]
        exchange, born = self.client.bulk(
            None if operations is None else sent, fail_on_errors=fail_on_errors, invented=invented
        )
        self._note(step, exchange, facts)
        made = {key: Owned(entry.collection, entry.id or "", entry.name) for key, entry in born.items()}
        self._owned += made.values()
        return made

    def delete(self, owned: Owned, *, step: str) -> Exchange:
        """DELETE a resource of this journey."""
        exchange = self.client.delete(owned.collection, owned.id)
        return self._note(step, exchange, {})

    def nobody(self, collection: str) -> str:
        """The path of an id that nobody has: one of this run's own that is deleted, as a read has just shown.

        A made-up id could be somebody's: many an endpoint reads ``175df748-…`` as 175. The next resource is created
        before the first is deleted, and stays, because some give the highest number again.

        A write to it is not sent where that read shows somebody.

        Raises:
            JourneyStopped: the endpoint does not create.
        """
        with self.client.burial:
            if collection not in self.client.nobodies:
                self._bury(collection)
            identifier = self.client.nobodies[collection]
        path = f"{collection}/{segment(identifier)}"
        self.get(path, step="nobody")
        return path

    def _bury(self, collection: str) -> None:
        """Create two resources and delete the first, in a journey of its own: whoever is first needs them.

        Raises:
            JourneyStopped: the endpoint does not create them.
        """
        digger = Entra(self.client, self.people, Played("nobody"), discovered=self.discovered, learned=self._learned)
        make = digger.create_group if collection == GROUPS else digger.create_user
        try:
            first, _ = make(step="first"), make(step="second")
        except JourneyStopped as stop:
            self._note("nobody", digger.played.steps[stop.step].exchange, {})
            raise JourneyStopped("nobody") from None
        if not digger.delete(first, step="delete").ok:
            self._note("nobody", digger.played.steps["delete"].exchange, {})
            raise JourneyStopped("nobody")
        self.client.nobodies[collection] = first.id

    def knock(self, step: str, request: Request, **facts: Any) -> None:
        """Send a request to an id that nobody has, unless somebody turns out to be there.

        Then nothing is sent, and whatever judges the step is blocked by the last step before it.
        """
        try:
            self.send(step, replace(request, invents=True), **facts)
        except SomebodyElse:
            self.shut_out = self.shut_out or list(self.played.steps)[-1]

    # --- inside ----------------------------------------------------------------------------------------

    def clean_up(self) -> None:
        """Delete what the journey created and has not deleted itself, groups before users."""
        for owned in sorted(self._owned, key=lambda o: o.collection != GROUPS):
            if self.client.owns(owned.collection, owned.id):
                self.delete(owned, step="clean-up")

    def _note(self, name: str, exchange: Exchange, facts: dict[str, Any]) -> Exchange:
        step = self.played.steps.setdefault(name, Step(name, [], {}))
        step.exchanges.append(exchange)
        step.facts.update(facts)
        return exchange
