"""How users and groups have to look so that the endpoint creates them: learned once, before the other journeys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from conformance.idp.entra import ENTERPRISE_USER, mapping
from conformance.idp.entra import base as bases
from conformance.idp.entra.base import Base
from conformance.journeys.actor import GROUPS, USERS, Entra, JourneyStopped, Owned
from conformance.scim.claim import UNIQUE
from conformance.scim.exchange import Exchange
from conformance.scim.paths import is_empty
from conformance.scim.template import template_of

FURTHER = (
    ("displayName", "name", "emails"),
    ("title", "preferredLanguage", "addresses", "phoneNumbers", ENTERPRISE_USER, "roles"),
    ("active", "externalId"),
)
"""What a user may have to have, the likeliest first, where neither the schemas nor a refusal say it."""

MOST = 8
"""Smaller bodies that are tried of one kind of resource."""

Body = dict[str, Any]


@dataclass
class Lesson:
    """What is learned of one collection.

    Attributes:
        entra: who plays.
        collection: path of its endpoint.
        left_out: see ``Base``.
        added: likewise.
        words: likewise.
        model: the first body of Entra's that was tried, as a template: values are taken from it.
    """

    entra: Entra
    collection: str
    left_out: dict[str, None] = field(default_factory=dict)
    added: dict[str, Any] = field(default_factory=dict)
    words: str = ""
    model: Body = field(default_factory=dict)

    @property
    def base(self) -> Base:
        """What is known by now."""
        added = {path: value for path, value in self.added.items() if path not in self.left_out}
        return Base(tuple(self.left_out), added, self.words)

    def create(self, make: Callable[[], Body], *, step: str, leave: Callable[[Body], Iterator[list[str]]]) -> bool:
        """Create a resource as Entra does, and where that is refused for what it holds, a smaller one.

        Args:
            make: gives a new body of Entra's each time.
            step: name of the step; that of the smaller ones is ``STEP-smaller``.
            leave: given the body, what to leave out next, where a refusal does not say it.

        Returns:
            whether one was created.
        """
        body = make()
        self.model = self.model or template_of(body, str(body[UNIQUE[self.collection]]))
        exchange = self._send(body, step, as_is=True)
        if not self._is_refused(exchange):
            return self._is_there(exchange, body)
        self.words = self.words or _words(exchange)
        coarser = leave(body)
        # What has to be there is put in with the first of them.
        self._want_required()
        sent = body
        for _ in range(MOST):
            learned = self._learn(exchange, sent)
            body = self.base.applied(self.collection, make())
            while not learned and body.keys() == sent.keys():
                further = next(coarser, None)
                if further is None:
                    return self._is_there(exchange, sent)
                self.left_out |= dict.fromkeys(further)
                body = self.base.applied(self.collection, make())
            exchange, sent = self._send(body, f"{step}-smaller"), body
            if not self._is_refused(exchange):
                return self._is_there(exchange, body)
        return self._is_there(exchange, body)

    def fill(self, refusal: Exchange, minimal: Body, user: Owned) -> None:
        """Learn what a body with a name and nothing else lacks: what is said to be required, else all that was taken.

        Args:
            refusal: of that body.
            minimal: the body.
            user: that was created as Entra does, or with less.
        """
        self._want_required()
        self._learn(refusal, minimal)
        known = template_of(user.sent, user.name)
        further = iter(FURTHER)
        if not self.added:
            self._adds(known, next(further))
        for _ in range(MOST):
            body = self.base.applied(USERS, mapping.minimal_user(self.entra.person()))
            refusal = self._send(body, "create-boss-larger")
            if not self._is_refused(refusal):
                return
            if not self._learn(refusal, body) and not any(self._adds(known, names) for names in further):
                return

    def _adds(self, known: Body, names: Collection[str]) -> bool:
        """Put further attributes of a body that was taken into every body; whether there are any."""
        found = {name: value for name, value in known.items() if name in names and name not in self.added}
        self.added |= found
        return bool(found)

    def _learn(self, exchange: Exchange, sent: Body) -> bool:
        """Take from a refusal what it does not want, and what it wants; whether that is anything new."""
        unwanted, wanted = bases.named(exchange, sent, self._known())
        before = len(self.left_out), len(self.added)
        self.left_out |= {name: None for name in unwanted if name != UNIQUE[self.collection]}
        for path in wanted:
            self._want(path, self.entra.features.attribute(bases.CORE[self.collection], path) or {})
        return before != (len(self.left_out), len(self.added))

    def _want_required(self) -> None:
        for path, row in bases.required(self.collection, self.entra.features).items():
            self._want(path, row)

    def _want(self, path: str, row: dict[str, Any]) -> None:
        value = bases.value_for(path, row, self.model)
        if path not in self.added and not is_empty(value):
            self.added[path] = value

    def _known(self) -> list[str]:
        schema = self.entra.features.schema(bases.CORE[self.collection]) or {}
        declared = schema.get("attributes")
        rows = declared if isinstance(declared, list) else []
        names = [str(row["name"]) for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)]
        return list(dict.fromkeys([*names, *self.model]))

    def _send(self, body: Body, step: str, *, as_is: bool = False) -> Exchange:
        name = str(body[UNIQUE[self.collection]])
        return self.entra.attempt_create(self.collection, body, step=step, name=name, as_is=as_is)

    @staticmethod
    def _is_refused(exchange: Exchange) -> bool:
        return exchange.status in bases.REFUSED

    def _is_there(self, exchange: Exchange, body: Body) -> bool:
        name = str(body[UNIQUE[self.collection]])
        made = self.entra.created(self.collection)
        if exchange.ok and made is not None and made.name == name:
            return True
        return self.entra.recovered(self.collection, name, body) is not None


def learn_users(lesson: Lesson) -> Owned:
    """Create a user with a name and nothing else, and one with the whole default mapping.

    Args:
        lesson: of users; it takes what is learned.

    Returns:
        the second.

    Raises:
        JourneyStopped: no such user is created, in whatever form.
    """
    entra = lesson.entra
    minimal = mapping.minimal_user(entra.person())
    boss = entra.attempt_create(USERS, minimal, step="create-boss", name=minimal["userName"], as_is=True)
    manager = boss.resource_id if boss.resource_id and entra.client.owns(USERS, boss.resource_id) else None

    def full() -> Body:
        body = mapping.full_user(entra.person())
        if manager is not None:
            body[ENTERPRISE_USER]["manager"] = {"value": manager}
        return body

    there = lesson.create(full, step="create", leave=lambda body: _users_less(entra, body))
    user = entra.created(USERS) if there else None
    if user is None:
        raise JourneyStopped("create")
    if boss.status in bases.REFUSED:
        lesson.fill(boss, minimal, user)
    return user


def _users_less(entra: Entra, body: Body) -> Iterator[list[str]]:
    """What to leave out of a user, step by step, until nothing but the name is left."""
    yield list(bases.undeclared(body, USERS, entra.features))
    yield [f"{ENTERPRISE_USER}:manager"]
    yield ["meta", "roles"]
    yield [ENTERPRISE_USER]
    documented = {*mapping.documented_user(entra.person()), ENTERPRISE_USER}
    yield [name for name in body if name not in documented]
    yield ["externalId"]
    yield [name for name in body if name not in {"schemas", "userName"}]


def learn_groups(lesson: Lesson) -> None:
    """Create a group as Entra does; nothing depends on it.

    Args:
        lesson: of groups; it takes what is learned.
    """
    entra = lesson.entra
    lesson.create(entra.group_body, step="create-group", leave=lambda body: _groups_less(entra, body))


def _groups_less(entra: Entra, body: Body) -> Iterator[list[str]]:
    yield list(bases.undeclared(body, GROUPS, entra.features))
    yield ["meta"]
    yield ["externalId"]


def _words(exchange: Exchange) -> str:
    """What an endpoint said of a body that it refused: the status, and its own words in one line."""
    line = " ".join(exchange.reason.split())[:200]
    phrase = HTTPStatus(exchange.status).phrase if exchange.status else ""
    return f"HTTP {exchange.status}: {line or phrase}"
