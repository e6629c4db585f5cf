"""The requests of a load run, made by Entra's builders, and what each answer changes in the directory."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import quote_plus

from conformance.idp.dialect import Dialect
from conformance.idp.entra import mapping, patch
from conformance.idp.entra.people import People, Person, marks_of
from conformance.load.population import Directory, Team, User
from conformance.scim.assumptions import Assumptions
from conformance.scim.request import Request
from conformance.scim.target import encode_query, segment

USERS, GROUPS = "/Users", "/Groups"

FACES = 200
"""People that are really made up; all others have their faces under names of their own, which is much faster."""


class Answered(Protocol):
    """What an operation is told of its answer."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""

    @property
    def resource(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is none."""

    @property
    def adopted(self) -> str | None:
        """The id under which a create gave us something."""


@dataclass(slots=True)
class Operation:
    """One request and what comes of it.

    Attributes:
        name: as the report shows it.
        request: what is sent.
        settle: told the answer, exactly once.
        creates: name of the resource that a POST creates, or None.
    """

    name: str
    request: Request
    settle: Callable[[Answered], None] = field(repr=False)
    creates: str | None = None


class Operations:
    """Makes operations on one worker's directory.

    Args:
        directory: of the worker.
        people: makes users and names.
        dialects: taken in turn by new groups.
        assumptions: what the user states of the endpoint.
    """

    def __init__(
        self, directory: Directory, people: People, dialects: tuple[Dialect, ...], assumptions: Assumptions
    ) -> None:
        self.directory = directory
        self.people = people
        self.dialects = dialects
        self.random = random.Random(people.seed)  # noqa: S311 - a shuffle, not a secret
        self._assumptions = assumptions
        self._faces: list[Person] = []
        self._family = marks_of(people.prefix).family
        self._turn = 0

    # --- users -----------------------------------------------------------------------------------------

    def meet(self) -> None:
        """Make the faces now, so that it costs no time later."""
        self._faces = [self.people.person("face", number) for number in range(FACES)]

    def new_person(self) -> Person:
        """The next person of the directory."""
        number = self.directory.begun
        self.directory.begun += 1
        if not self._faces:
            self.meet()
        name = self.people.user_name("load", number)
        identifier = f"{self._family}{number:012x}"
        return replace(self._faces[number % FACES], user_name=name, email=name, external_id=identifier)

    def match_person(self, person: Person, *, again: bool = False) -> Operation:
        """Look for somebody; who is not there waits to be created, and so does everybody who is new.

        Args:
            person: who.
            again: a create was sent before, whose answer was not good.
        """

        def settle(answer: Answered) -> None:
            if not answer.ok:
                self.directory.again.append(person)
            elif not again or not answer.resource.get("totalResults"):
                self.directory.strangers.append(person)

        return Operation("match user", _match(USERS, person.user_name), settle)

    def match_user(self, user: User) -> Operation:
        """Look for somebody who is there, as an initial cycle does that begins again."""
        return Operation("match user", _match(USERS, user.name), _nothing)

    def create_user(self, person: Person) -> Operation:
        """Create somebody."""
        body = self._assumptions.applied(USERS, mapping.full_user(person))

        def settle(answer: Answered) -> None:
            if answer.adopted is not None:
                self.directory.users.append(User(answer.adopted, person.user_name, title=person.title))
            else:
                self.directory.again.append(person)

        return Operation("create user", Request("POST", USERS, body=body), settle, person.user_name)

    def read_user(self, user: User) -> Operation:
        """Read somebody by the id."""
        return Operation("read user", Request("GET", f"{USERS}/{segment(user.id)}"), _nothing)

    def update_user(self, user: User) -> Operation:
        """Give somebody another title and department."""
        title = f"Title {self.random.randrange(10**6)}"
        changes = {"title": title, "displayName": f"Name {self.random.randrange(10**6)}"}

        def settle(answer: Answered) -> None:
            user.busy = False
            user.title, user.doubtful = (title, user.doubtful) if answer.ok else (user.title, True)

        return self._change("update user", user, changes, settle)

    def switch_user(self, user: User) -> Operation:
        """Disable somebody, or enable who is disabled."""
        active = not user.active

        def settle(answer: Answered) -> None:
            user.busy = False
            user.active, user.doubtful = (active, user.doubtful) if answer.ok else (user.active, True)

        return self._change("restore user" if active else "disable user", user, {"active": active}, settle)

    def _change(
        self, name: str, user: User, changes: Mapping[str, Any], settle: Callable[[Answered], None]
    ) -> Operation:
        user.busy = True
        body = patch.envelope(self._next_dialect().change(changes))
        return Operation(name, Request("PATCH", f"{USERS}/{segment(user.id)}", body=body), settle)

    # --- groups ----------------------------------------------------------------------------------------

    def match_group(self) -> Operation:
        """Look for the next group of the directory."""
        name = self.people.group_name("load", self.directory.groups_begun)
        self.directory.groups_begun += 1

        def settle(answer: Answered) -> None:
            if answer.ok and not answer.resource.get("totalResults"):
                self.directory.nameless.append(name)

        return Operation("match group", _match(GROUPS, name), settle)

    def create_group(self, name: str) -> Operation:
        """Create a group, empty as Entra does."""
        body = self._assumptions.applied(GROUPS, mapping.group(name, self.people.external_id(name)))
        dialect = self._next_dialect()

        def settle(answer: Answered) -> None:
            if answer.adopted is not None:
                self.directory.teams.append(Team(answer.adopted, name, dialect))
                self.directory.unread.append(self.directory.teams[-1])

        return Operation("create group", Request("POST", GROUPS, body=body), settle, name)

    def read_group(self, team: Team) -> Operation:
        """Read a group by the id, without its members as Entra does; what was never looked at is not written to."""

        def settle(answer: Answered) -> None:
            (self.directory.empty if answer.ok else self.directory.unread).append(team)

        query = encode_query([("excludedAttributes", "members")])
        return Operation("read group", Request("GET", f"{GROUPS}/{segment(team.id)}", query), settle)

    def add_members(self, team: Team, ids: list[str], size: int) -> Operation:
        """Add members in one request."""

        def settle(answer: Answered) -> None:
            team.busy -= set(ids)
            team.members |= set(ids)
            if not answer.ok:
                team.doubtful |= set(ids)

        return self._membership(_batch("add", size), team, ids, team.dialect.add_members(ids), settle)

    def remove_members(self, team: Team, ids: list[str], size: int) -> Operation:
        """Remove members in one request."""

        def settle(answer: Answered) -> None:
            team.busy -= set(ids)
            if answer.ok:
                team.members -= set(ids)
            else:
                team.doubtful |= set(ids)

        return self._membership(_batch("remove", size), team, ids, team.dialect.remove_members(ids), settle)

    @staticmethod
    def _membership(
        name: str, team: Team, ids: list[str], operations: list[dict[str, Any]], settle: Callable[[Answered], None]
    ) -> Operation:
        team.busy |= set(ids)
        request = Request("PATCH", f"{GROUPS}/{segment(team.id)}", body=patch.envelope(operations))
        return Operation(name, request, settle)

    def _next_dialect(self) -> Dialect:
        self._turn += 1
        return self.dialects[self._turn % len(self.dialects)]


def _nothing(_answer: Answered) -> None:
    """Nothing comes of a read."""


def _batch(verb: str, size: int) -> str:
    return f"{verb} {size} member{'s' if size > 1 else ''}"


BEGINNING = {
    USERS: encode_query([("filter", 'userName eq "')]),
    GROUPS: encode_query([("excludedAttributes", "members"), ("filter", 'displayName eq "')]),
}
"""How the look-ups begin; what is the same in each of a million is encoded once."""


def _match(collection: str, value: str) -> Request:
    return Request("GET", collection, f"{BEGINNING[collection]}{quote_plus(value)}%22")
