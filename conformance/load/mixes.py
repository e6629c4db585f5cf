"""The mixes: in which proportions an initial and an incremental cycle send what they send."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from itertools import cycle, islice

from conformance.load.operations import Operation, Operations
from conformance.load.population import Team, User

BATCHES = (1, 1, 1, 2, 2, 2, 5, 100)
"""Members that are added to a group by requests which are under way together; no size is documented (entra.md 3)."""

SMALL = (1, 2)
"""Members that come into a group, and likewise that leave it, by the requests of one change."""

LEAST = 15
"""People who have to be there before a group gets members: one for each place of the small batches, and one more."""

INITIAL = {
    "match user": 100, "create user": 100, "match group": 18, "create group": 18, "read group": 18, "members": 18,
}  # fmt: skip
"""Out of 100 people: each is matched and created, and so are 18 groups, which get eight membership requests each.

Three of eight requests are then about members, so that a run of a minute at 25 a second holds more than 500.
"""

INCREMENTAL = {"read user": 30, "update user": 20, "disable user": 5, "restore user": 5, "change members": 10}
"""Weights of the changes since the watermark; a change of members is four requests under way together."""

GROUPS_PER_USER = INITIAL["match group"] / INITIAL["match user"]

Volley = list[Operation]
"""Operations that are due at the same moment."""


def turns(weights: Mapping[str, int]) -> list[str]:
    """One round of kinds, each as often as its weight says and evenly spread (smooth weighted round robin)."""
    credit, total, chosen = dict.fromkeys(weights, 0), sum(weights.values()), []
    for _ in range(total):
        for kind, weight in weights.items():
            credit[kind] += weight
        chosen.append(max(credit, key=lambda kind: credit[kind]))
        credit[chosen[-1]] -= total
    return chosen


class Mix(ABC):
    """What comes next.

    Args:
        operations: makes the requests.
        quota: people in the directory, or None for as many as come.
    """

    weights: Mapping[str, int]

    def __init__(self, operations: Operations, quota: int | None) -> None:
        self.operations = operations
        self.directory = operations.directory
        self.quota = quota
        kinds: dict[str, Callable[[], Volley]] = self._make_kinds()
        self._turns = cycle([kinds[kind] for kind in turns(self.weights)])
        self._rounds = 0

    @abstractmethod
    def _make_kinds(self) -> dict[str, Callable[[], Volley]]:
        """What makes the operations of each of the ``weights``."""

    def volley(self) -> Volley:
        """The operations that are due next: one, or several on the members of one group."""
        return next(self._turns)() or self.otherwise()

    def otherwise(self) -> Volley:
        """What is sent where the kind whose turn it is has nothing to do: somebody is looked for."""
        users = self.directory.users
        if not users:
            return [self.operations.match_person(self.operations.new_person())]
        self._rounds += 1
        return [self.operations.match_user(users[self._rounds % len(users)])]

    def _pick(self, fits: Callable[[User], bool], count: int = 1) -> list[User]:
        """The first users that fit, from anywhere in the directory on."""
        users = self.directory.users
        begin = self.operations.random.randrange(len(users)) if users else 0
        around = (users[(begin + offset) % len(users)] for offset in range(len(users)))
        return list(islice(filter(fits, around), count))


class InitialCycle(Mix):
    """Everybody is matched and created, then groups, then their members; afterwards it begins again with matches."""

    weights = INITIAL

    def _make_kinds(self) -> dict[str, Callable[[], Volley]]:
        return {
            "match user": self._match_user,
            "create user": self._create_user,
            "match group": self._match_group,
            "create group": self._create_group,
            "read group": self._read_group,
            "members": self._members,
        }

    @property
    def complete(self) -> bool:
        """Whether everybody of the quota is there, and every group has its members."""
        wanted = self.quota or 0
        groups = self._groups(wanted)
        filled = sum(bool(team.members) and not team.busy for team in self.directory.teams)
        return len(self.directory.users) >= wanted and filled >= groups

    def _groups(self, users: int) -> int:
        return max(1, round(users * GROUPS_PER_USER))

    def _match_user(self) -> Volley:
        directory = self.directory
        if directory.again:
            return [self.operations.match_person(directory.again.popleft(), again=True)]
        if self.quota is None or directory.begun < self.quota:
            return [self.operations.match_person(self.operations.new_person())]
        return []

    def _create_user(self) -> Volley:
        strangers = self.directory.strangers
        return [self.operations.create_user(strangers.popleft())] if strangers else self._match_user()

    def _match_group(self) -> Volley:
        if self.quota is not None and self.directory.groups_begun >= self._groups(self.quota):
            return []
        return [self.operations.match_group()]

    def _create_group(self) -> Volley:
        nameless = self.directory.nameless
        return [self.operations.create_group(nameless.popleft())] if nameless else []

    def _read_group(self) -> Volley:
        unread = self.directory.unread
        return [self.operations.read_group(unread.popleft())] if unread else []

    def _members(self) -> Volley:
        directory = self.directory
        least = LEAST if self.quota is None else min(LEAST, self.quota)
        if not directory.empty or len(directory.users) < least:
            return []
        team = directory.empty.popleft()
        ids = iter([user.id for user in self._pick(lambda _user: True, sum(BATCHES))])
        batches = [(size, list(islice(ids, size))) for size in BATCHES]
        return [self.operations.add_members(team, batch, size) for size, batch in batches if batch]


class IncrementalCycle(Mix):
    """Who has changed is read and patched; people are disabled and restored, and come into groups and leave them."""

    weights = INCREMENTAL

    def _make_kinds(self) -> dict[str, Callable[[], Volley]]:
        return {
            "read user": lambda: [self.operations.read_user(user) for user in self._pick(lambda _user: True)],
            "update user": lambda: [self.operations.update_user(user) for user in self._pick(_free)],
            "disable user": lambda: [self.operations.switch_user(user) for user in self._pick(_free_and_active)],
            "restore user": lambda: [self.operations.switch_user(user) for user in self._pick(_free_and_disabled)],
            "change members": self._change_members,
        }

    def _change_members(self) -> Volley:
        """Two come in by a request each and two by one, and likewise three leave, all at the same time."""
        if not self.directory.teams:
            return []
        team = self.operations.random.choice(self.directory.teams)
        inside = sorted(team.members - team.busy - team.doubtful)
        outside = [user.id for user in self._pick(lambda user: _can_join(team, user.id), sum(SMALL))]
        self.operations.random.shuffle(inside)
        sized = [(ids, size) for ids in (outside, inside) for size in SMALL]
        volley = []
        for ids, size in sized:
            batch = [ids.pop() for _ in range(size)] if len(ids) >= size else []
            make = self.operations.add_members if ids is outside else self.operations.remove_members
            volley += [make(team, batch, size)] if batch else []
        return volley


def _free(user: User) -> bool:
    return not user.busy


def _free_and_active(user: User) -> bool:
    return not user.busy and user.active


def _free_and_disabled(user: User) -> bool:
    return not user.busy and not user.active


def _can_join(team: Team, identifier: str) -> bool:
    return identifier not in team.members and identifier not in team.busy and identifier not in team.doubtful


MIXES: dict[str, type[Mix]] = {"initial": InitialCycle, "incremental": IncrementalCycle}
