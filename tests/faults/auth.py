"""Faults in checking credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, fault, spoil

METHODS = "GET POST PUT PATCH DELETE"
GOOD = "Bearer lab-token-0123456789"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def let_in(name: str, checks: list[str], story: str, who: Callable[[Call], bool]) -> None:
    """A fault that treats some calls as if they had the right token."""

    def behaviour(call: Call, serve: Serve) -> Answer:
        if who(call):
            call.headers["authorization"] = GOOD
        return serve(call)

    behaviour.__doc__ = story
    fault(name, catches=checks)(behaviour)


def token(call: Call) -> str:
    """What the call brings as credentials."""
    return call.headers.get("authorization", "")


let_in("open-for-reading", ["auth-none-read"], "Anybody can read.", lambda c: c.method == "GET" and not token(c))
let_in(
    "any-token-reads", ["auth-wrong-read"], "Any token can read.", lambda c: c.method == "GET" and "wrong" in token(c)
)
let_in("any-header-reads", ["auth-malformed"], "Any Authorization header can read.", lambda c: bool(token(c)))
let_in(
    "open-for-writing",
    ["auth-none-write", "auth-nothing-changed"],
    "Anybody can write.",
    lambda c: c.method in WRITES and not token(c),
)
let_in(
    "any-token-writes",
    ["auth-wrong-write"],
    "Any token can write.",
    lambda c: c.method in WRITES and "wrong" in token(c),
)


def refusals(name: str, check: str, story: str, change: Callable[[Answer], Any]) -> None:
    """A fault of every 401."""
    spoil(name, [check], story, change, methods=METHODS, status=401)


def unchallenged(answer: Answer) -> None:
    """Drop WWW-Authenticate."""
    answer.headers = {k: v for k, v in answer.headers.items() if k.lower() != "www-authenticate"}


refusals("401-as-403", "auth-none-read", "Without a token the answer is 403.", lambda _a: error(403))
refusals("401-unchallenged", "auth-challenge", "A 401 names no scheme.", unchallenged)
refusals(
    "401-own-body", "auth-error-body", "A 401 has a body of its own.", lambda a: setattr(a, "body", {"error": "no"})
)


@fault("401-with-data", catches=["auth-no-data"])
def told(call: Call, serve: Serve) -> Answer:
    """A 401 repeats the user it protects."""
    answer = serve(call)
    if isinstance(answer.body, dict) and answer.status == 201:
        call.memory["user"] = answer.body
    if answer.status == 401 and call.method == "GET":
        return Answer(401, answer.headers | SCIM, answer.body | {"detail": str(call.memory.get("user"))})
    return answer
