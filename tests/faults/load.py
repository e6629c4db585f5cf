"""Faults that show under load only; their proof runs the load verb (tests/load)."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable

from tests.faults.layer import Answer, Behaviour, Call, Serve, fault

SLOW_RATE = 10.0
"""Requests a second that the slowed server answers."""

Register = Callable[[Behaviour], Behaviour]


def under_load(name: str, *, catches: Iterable[str], arguments: Iterable[str] = ()) -> Register:
    """Register a defect that the load verb has to find.

    Args:
        name: of the fault.
        catches: ids of checks.
        arguments: of the verb, beside URL and reports.
    """
    return fault(name, catches=catches, given={"arguments": tuple(arguments)}, verb="load")


def _adds_members(call: Call) -> bool:
    return call.method == "PATCH" and call.path.startswith("/Groups/")


class _Beside:
    """Counts member requests; when so many have come, the next that comes while another is under way is chosen."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.lock = threading.Lock()
        self.under_way = 0
        self.seen = 0

    def enter(self) -> bool:
        """Whether this one's change is to be lost."""
        with self.lock:
            self.under_way += 1
            self.seen += 1
            chosen = self.seen >= self.every and self.under_way > 1
            self.seen = 0 if chosen else self.seen
            return chosen

    def leave(self) -> None:
        with self.lock:
            self.under_way -= 1


def losing(every: int) -> Behaviour:
    """A server that loses one of so many member requests, where they come beside others."""
    beside = _Beside(every)

    def behaviour(call: Call, serve: Serve) -> Answer:
        if not _adds_members(call):
            return serve(call)
        lost = beside.enter()
        try:
            time.sleep(0.01)  # what is under way together shall overlap, however fast the server is
            return Answer(204) if lost else serve(call)
        finally:
            beside.leave()

    behaviour.__doc__ = f"One of {every} member requests is answered 204 and not applied, beside others under way."
    return behaviour


under_load("load-updates-lost", catches=["load-members-kept"])(losing(10))
under_load("load-updates-lost-500", catches=["load-members-kept"], arguments=["--duration", "60"])(losing(500))


@under_load("load-members-doubled", catches=["load-members-once"])
def members_doubled(call: Call, serve: Serve) -> Answer:
    """A group shows its first member twice."""
    answer = serve(call)
    if call.method == "GET" and call.path.startswith("/Groups/") and answer.status == 200:
        members = answer.body.get("members") or []
        answer.body["members"] = [*members, *members[:1]]
    return answer


@under_load("load-creates-swapped", catches=["load-creates-own"])
def creates_swapped(call: Call, serve: Serve) -> Answer:
    """A create of a user is answered with the user who was created before, where there is one."""
    answer = serve(call)
    if call.method == "POST" and call.path == "/Users" and answer.status == 201:
        with call.memory.setdefault("lock", threading.Lock()):
            before, call.memory["last"] = call.memory.get("last", answer.body), answer.body
        return Answer(201, answer.headers, before)
    return answer


@under_load("load-ids-swapped", catches=["load-creates-own"])
def ids_swapped(call: Call, serve: Serve) -> Answer:
    """The fifth user's create is answered with the fourth's id, and all else as it should be."""
    answer = serve(call)
    if call.method == "POST" and call.path == "/Users" and answer.status == 201:
        made = call.memory.setdefault("made", [])
        made.append(answer.body["id"])
        if len(made) == 5:
            answer.body = answer.body | {"id": made[3], "meta": {}}
            answer.headers = {k: v for k, v in answer.headers.items() if k.lower() != "location"}
    return answer


@under_load("load-users-doubled", catches=["load-users-once"])
def users_doubled(call: Call, serve: Serve) -> Answer:
    """A user who is there is found twice."""
    answer = serve(call)
    if call.method == "GET" and call.path == "/Users" and answer.status == 200 and answer.body["totalResults"]:
        answer.body.update(Resources=answer.body["Resources"] * 2, totalResults=2)
    return answer


@under_load("load-changes-lost", catches=["load-changes-kept"], arguments=["--mix", "incremental", "--users", "15"])
def changes_lost(call: Call, serve: Serve) -> Answer:
    """Changes of users are answered 204 and not stored."""
    return Answer(204) if call.method == "PATCH" and call.path.startswith("/Users/") else serve(call)


@under_load("load-throttled-bare", catches=["load-retry-after", "load-throttle"])
def throttled_bare(call: Call, serve: Serve) -> Answer:
    """One request in ten is answered 429 without Retry-After."""
    number = next(call.memory.setdefault("count", itertools.count()))
    return Answer(429) if number % 10 == 9 and call.method != "DELETE" else serve(call)


@under_load("load-slowed", catches=["load-rate", "load-latency"])
def slowed(call: Call, serve: Serve) -> Answer:
    """Ten requests a second are answered, whoever asks."""
    if call.method == "DELETE":
        return serve(call)
    with call.memory.setdefault("lock", threading.Lock()):
        time.sleep(1 / SLOW_RATE)
        return serve(call)


@under_load("load-broken", catches=["load-errors"])
def broken(call: Call, serve: Serve) -> Answer:
    """One request in ten is answered 500."""
    number = next(call.memory.setdefault("count", itertools.count()))
    return Answer(500) if number % 10 == 9 and call.method != "DELETE" else serve(call)
