"""Faults of a token endpoint, and of an endpoint that bears no load."""

from __future__ import annotations

from typing import Any

from tests.faults.layer import Answer, Behaviour, Call, Serve, fault
from tests.faults.rewrite import error

OAUTH = {"oauth": True}


def tokens(name: str, story: str, **changes: Any) -> None:
    """A fault of the token endpoint's answer."""

    def behaviour(call: Call, serve: Serve) -> Answer:
        answer = serve(call)
        if call.path == "/token":
            answer.body = {k: v for k, v in (answer.body | changes).items() if v is not None}
        return answer

    register(name, story, behaviour)


def register(name: str, story: str, behaviour: Behaviour) -> None:
    """A fault that the check of credentials finds."""
    behaviour.__doc__ = story
    fault(name, catches=["gallery-validate-credentials"], given=OAUTH)(behaviour)


tokens("token-five-minutes", "A token lives for five minutes.", expires_in=300)
tokens("token-one-day", "A token lives for a day.", expires_in=86400)
tokens("token-life-unsaid", "The token endpoint says nothing of the token's life.", expires_in=None)
register("token-refused-by-scim", "SCIM does not know the tokens of its own token endpoint.",
         lambda call, serve: serve(call) if call.path == "/token" else error(401))  # fmt: skip


@fault("burst-limited", catches=["gallery-burst"], given={"burst": True})
def limited(call: Call, serve: Serve) -> Answer:
    """Ten look-ups, and no more."""
    call.memory["looks"] = call.memory.get("looks", 0) + ("userName" in call.query.get("filter", ""))
    return error(429) if call.memory["looks"] > 10 else serve(call)
