"""The directory of a load worker: what it created, and what has to be on the endpoint afterwards."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from conformance.idp.dialect import Dialect
from conformance.idp.entra.people import Person


@dataclass(eq=False, slots=True)
class User:
    """A user that the endpoint has created.

    Attributes:
        id: as the endpoint assigned it.
        name: its ``userName``.
        active: as last written, where the endpoint accepted it.
        title: likewise.
        doubtful: a change was not answered well, so that the old or the new values may be there.
        busy: a change is under way; no second one is sent at the same time.
    """

    id: str
    name: str
    active: bool = True
    title: str = ""
    doubtful: bool = False
    busy: bool = False


@dataclass(eq=False, slots=True)
class Team:
    """A group that the endpoint has created.

    Attributes:
        id: as the endpoint assigned it.
        name: its ``displayName``.
        dialect: of the requests that change its members.
        members: ids that have to be there.
        doubtful: ids of members whose change was not answered well: they may be there or not.
        busy: ids of members whose change is under way.
    """

    id: str
    name: str
    dialect: Dialect
    members: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)


@dataclass
class Directory:
    """All of it.

    Attributes:
        users: those that the endpoint has created.
        teams: groups likewise.
        strangers: people who were looked for and not found, and wait to be created.
        nameless: groups likewise, by name.
        again: people whose look-up or create was not answered well.
        unread: groups that were created, and are read before anything is written to them.
        empty: groups that were read, and wait for their members of the initial cycle.
        begun: how many people were begun with.
        groups_begun: how many groups.
    """

    users: list[User] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    strangers: deque[Person] = field(default_factory=deque)
    nameless: deque[str] = field(default_factory=deque)
    again: deque[Person] = field(default_factory=deque)
    unread: deque[Team] = field(default_factory=deque)
    empty: deque[Team] = field(default_factory=deque)
    begun: int = 0
    groups_begun: int = 0


@dataclass(frozen=True)
class Difference:
    """A group whose members are not those that were put in and not taken out.

    Attributes:
        name: of the group.
        expected: how many members had to be there.
        missing: ids that are not there.
        extra: ids that must not be there.
        twice: ids that are there more than once.
    """

    name: str
    expected: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    twice: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.twice)


def compare(team: Team, shown: list[str]) -> Difference:
    """Compare a group's members with those that the endpoint shows.

    Args:
        team: the group.
        shown: ids, in the endpoint's order, repeated where they are repeated there.
    """
    there = set(shown)
    required = team.members - team.doubtful
    return Difference(
        team.name,
        len(required),
        tuple(sorted(required - there)),
        tuple(sorted(there - team.members - team.doubtful)),
        tuple(sorted(member for member in there if shown.count(member) > 1)) if len(shown) > len(there) else (),
    )
