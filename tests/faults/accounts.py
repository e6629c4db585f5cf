"""Faults around whose account it is: creates that are none, ids that are somebody's, refusals that are stored."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

from tests.faults.layer import Answer, Call, Serve, fault
from tests.faults.rewrite import error

COLLECTIONS = ("/Users", "/Groups")


def _creates(call: Call) -> bool:
    return call.method == "POST" and call.path in COLLECTIONS and isinstance(call.body, dict)


@fault("create-answered-200", catches=["create-makes-new"])
def create_answered_200(call: Call, serve: Serve) -> Answer:
    """Each create is answered 200, as if somebody had been changed."""
    answer = serve(call)
    if _creates(call) and answer.status == 201:
        answer.status = 200
    return answer


@fault("create-takes-over", catches=["create-makes-new"])
def create_takes_over(call: Call, serve: Serve) -> Answer:
    """A create changes an account that was there last year: the answer is 201, and shows when it was made."""
    answer = serve(call)
    if _creates(call) and answer.status == 201:
        answer.body["meta"]["created"] = "2025-01-01T00:00:00Z"
    return answer


@fault("answers-swapped", catches=["create-makes-new"])
def answers_swapped(call: Call, serve: Serve) -> Answer:
    """A create is answered with what the create before it made."""
    answer = serve(call)
    if _creates(call) and answer.status == 201:
        before, call.memory["before"] = call.memory.get("before"), copy.deepcopy(answer)
        return before or answer
    return answer


@fault("highest-id-again", catches=["id-given-once"])
def highest_id_again(call: Call, serve: Serve) -> Answer:
    """What is created after a delete gets the id of what was deleted."""
    alias: dict[str, str] = call.memory.setdefault("alias", {})
    collection, _, identifier = call.path.rpartition("/")
    call.path = f"{collection}/{alias.get(identifier, identifier)}"
    call.body = renamed(call.body, alias)
    answer = serve(call)
    if call.method == "DELETE" and collection == "/Users" and answer.status == 204:
        call.memory["free"] = identifier
        alias.pop(identifier, None)
    if _creates(call) and call.path == "/Users" and answer.status == 201 and call.memory.get("free"):
        alias[call.memory.pop("free")] = answer.body["id"]
    back = {real: shown for shown, real in alias.items()}
    answer.body = renamed(answer.body, back)
    answer.headers = renamed(answer.headers, back)
    return answer


def renamed(value: Any, names: dict[str, str]) -> Any:
    """JSON in which names stand for others."""
    text = json.dumps(value)
    for before, after in names.items():
        text = text.replace(before, after)
    return json.loads(text)


@fault("id-read-as-a-number", catches=["id-of-nobody"])
def id_read_as_a_number(call: Call, serve: Serve) -> Answer:
    """An id that nobody has leads to somebody."""
    answer = serve(call)
    if call.method == "GET" and answer.status == 404 and call.path.startswith("/Users/"):
        identifier = call.path.rpartition("/")[2]
        return Answer(200, {"Content-Type": "application/scim+json"}, {"id": identifier, "userName": "somebody"})
    return answer


@fault("refused-and-stored", catches=["refused-is-not-stored"])
def refused_and_stored(call: Call, serve: Serve) -> Answer:
    """A user whose address is taken is refused, and is there all the same."""
    taken: set[str] = call.memory.setdefault("taken", set())
    answer = serve(call)
    if _creates(call) and answer.status == 201:
        address = str(call.body.get("emails"))
        if address in taken:
            return error(409, "uniqueness")
        taken.add(address)
    return answer


TWIN = "-twin"
"""By which the embedded server, where names are unique, tells the one from the other."""


@fault("post-sent-twice", catches=["create-is-done-once"])
def post_sent_twice(call: Call, serve: Serve) -> Answer:
    """A proxy sends the POST of a group twice, and hands on the second answer; both groups have the name."""
    if _creates(call) and call.path == "/Groups":
        first = copy.deepcopy(call)
        first.body["displayName"] += TWIN
        serve(first)
    answer = serve(call)
    answer.body = renamed(answer.body, {TWIN: ""})
    return answer


@fault("post-sent-twice-and-refused", catches=["refused-is-not-stored"])
def post_sent_twice_and_refused(call: Call, serve: Serve) -> Answer:
    """A proxy sends the POST of a user twice, and hands on the refusal of the second."""
    if _creates(call) and call.path == "/Users":
        serve(copy.deepcopy(call))
    return serve(call)


LAG = 0.15


@fault("reads-lag", catches=["created-is-readable"], given={"hurried": False})
def reads_lag(call: Call, serve: Serve) -> Answer:
    """What was created can be read a moment later only."""
    born: dict[str, float] = call.memory.setdefault("born", {})
    identifier = call.path.rpartition("/")[2]
    if call.method != "POST" and time.monotonic() - born.get(identifier, 0.0) < LAG:
        return error(404)
    answer = serve(call)
    if _creates(call) and answer.status == 201:
        born[answer.body["id"]] = time.monotonic()
    return answer


@fault("one-row-breaks-the-list", catches=["list-survives"])
def one_row_breaks_the_list(call: Call, serve: Serve) -> Answer:
    """A user with an empty name is refused and stored, and no list of users can be shown from then on."""
    if _creates(call) and call.body.get("userName") == "":
        call.memory["broken"] = True
    if call.method == "GET" and call.path == "/Users" and call.memory.get("broken"):
        return error(500)
    return serve(call)
