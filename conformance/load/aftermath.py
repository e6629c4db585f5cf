"""After the load: whether the data is right, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import gevent

from conformance.load import evidence as kinds
from conformance.load.answer import Answer
from conformance.load.evidence import Evidence
from conformance.load.operations import GROUPS, USERS
from conformance.load.population import Directory, Team, User, compare
from conformance.load.sending import Sender
from conformance.scim.journal import Account
from conformance.scim.reckoning import Reckoning
from conformance.scim.request import Request
from conformance.scim.target import encode_query, segment

LOOKED_AT = 200
"""Users of each worker that are looked for afterwards; groups are all read."""

TOLD = 20
"""Differences that are told one by one."""


@dataclass
class Found:
    """What was found.

    Attributes:
        groups: how many groups were compared.
        members: how many members had to be there.
        unread: groups that could not be read.
        lost: members that were put in and are not there.
        extra: members that were taken out, or never put in, and are there.
        twice: members that are there more than once.
        differences: of single groups, in words.
        users: how many users were looked for.
        absent: names of users that are not there.
        doubled: names of users that are there more than once.
        mixed: names of users that have another id than the create was answered with.
        changes: how many values were compared that the run had written.
        stale: values that are not those that were written last, in words.
    """

    groups: int = 0
    members: int = 0
    unread: int = 0
    lost: int = 0
    extra: int = 0
    twice: int = 0
    differences: list[str] = field(default_factory=list)
    users: int = 0
    absent: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    changes: int = 0
    stale: list[str] = field(default_factory=list)


class Aftermath:
    """Verification and clean-up of one worker's directory.

    Args:
        sender: of the worker.
        directory: what has to be there.
        evidence: takes the exchanges that show a difference.
        spawn: does something beside others.
        join: waits until all of it is done.
    """

    def __init__(
        self,
        sender: Sender,
        directory: Directory,
        evidence: Evidence,
        spawn: Callable[..., None],
        join: Callable[[], Any],
    ) -> None:
        self._sender = sender
        self._directory = directory
        self._evidence = evidence
        self._spawn = spawn
        self._join = join
        self._found = Found()

    def verify(self) -> dict[str, Any]:
        """Compare every group's members, and look for users.

        Returns:
            a ``Found`` as plain JSON.
        """
        for team in self._directory.teams:
            self._spawn(self._compare, team)
        self._join()
        users = self._directory.users
        for user in users[:: max(1, len(users) // LOOKED_AT)][:LOOKED_AT]:
            self._spawn(self._look_at, user)
        self._join()
        return vars(self._found)

    def clean_up(self) -> Account:
        """Delete all that is ours, groups before users, and look for all that may have been created.

        Returns:
            what is left, and what nobody knows of.
        """
        self._sender.endurance.begin_cleaning()
        return Reckoning(self._sender.ledger, self).settle()

    # --- what the reckoning needs ----------------------------------------------------------------------

    def look(self, request: Request) -> Answer:
        """Send a request that reads."""
        return self._sender.patiently(request)

    def erase(self, collection: str, identifier: str) -> Answer:
        """DELETE a resource of ours.

        Raises:
            ForbiddenWrite: it is not ours.
        """
        return self._sender.erase(collection, identifier)

    @staticmethod
    def wait(seconds: float) -> None:
        """Let others go on."""
        gevent.sleep(seconds)

    def each(self, action: Callable[[Any], None], items: Iterable[Any]) -> None:
        """Do something with many things, several at once."""
        for item in items:
            self._spawn(action, item)
        self._join()

    # --- inside ----------------------------------------------------------------------------------------

    def _compare(self, team: Team) -> None:
        request = Request("GET", f"{GROUPS}/{segment(team.id)}")
        answer = self._sender.patiently(request)
        found = self._found
        if not answer.ok:
            found.unread += 1
            self._evidence.note(kinds.MEMBERS, lambda: self._sender.exchange(request, answer))
            return
        rows = answer.resource.get("members")
        shown = [str(row.get("value")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        difference = compare(team, shown)
        found.groups += 1
        found.members += difference.expected
        found.lost += len(difference.missing)
        found.extra += len(difference.extra)
        found.twice += len(difference.twice)
        if difference:
            self._evidence.note(kinds.MEMBERS, lambda: self._sender.exchange(request, answer))
            counts = (len(difference.missing), len(difference.extra), len(difference.twice))
            words = ("{} missing", "{} too many", "{} twice")
            told = ", ".join(word.format(count) for word, count in zip(words, counts, strict=True) if count)
            if len(found.differences) < TOLD:
                found.differences.append(f"{team.name}: of {difference.expected} members {told}")

    def _look_at(self, user: User) -> None:
        request = Request("GET", USERS, encode_query([("filter", f'userName eq "{user.name}"')]))
        answer = self._sender.patiently(request)
        if not answer.ok:
            return
        found, listed = self._found, answer.listed
        found.users += 1
        wrong = found.absent if not listed else found.doubled if len(listed) > 1 else None
        if wrong is not None:
            wrong.append(user.name)
        elif str(listed[0].get("id")) != user.id:
            found.mixed.append(user.name)
            self._evidence.note(kinds.FOREIGN, lambda: self._sender.exchange(request, answer))
        elif not user.doubtful:
            wrong = self._stale(user, listed[0])
        if wrong:
            self._evidence.note(kinds.PEOPLE, lambda: self._sender.exchange(request, answer))

    def _stale(self, user: User, row: dict[str, Any]) -> list[str]:
        """Values of a user that are not those that were written last; what is not shown is another check's matter."""
        wanted = {"active": user.active, "title": user.title}
        shown = {path: value for path, value in wanted.items() if path in row}
        self._found.changes += len(shown)
        stale = [
            f"{user.name}: {path} is {row[path]!r} and was {value!r} last"
            for path, value in shown.items()
            if row[path] != value
        ]
        self._found.stale += stale
        return stale
