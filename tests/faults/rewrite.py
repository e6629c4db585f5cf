"""A short way to write the many faults that only change an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.faults.layer import Answer, Call, Serve, fault

SCIM = {"Content-Type": "application/scim+json"}


def spoil(
    name: str,
    catches: Iterable[str],
    story: str,
    change: Callable[[Answer], Any],
    *,
    at: str = "",
    methods: str = "GET",
    status: int | None = None,
    when: Callable[[Call], bool] = lambda _call: True,
) -> None:
    """Register a fault that changes the server's answer.

    Args:
        name: of the fault.
        catches: checks that must notice.
        story: what is wrong with the server, in one sentence.
        change: changes the answer in place, or returns another one.
        at: regular expression that the whole path fits.
        methods: names of methods, separated by spaces.
        status: of the answers that are changed; any by default.
        when: which calls are concerned.
    """

    def behaviour(call: Call, serve: Serve) -> Answer:
        answer = serve(call)
        concerned = call.method in methods.split() and re.fullmatch(at or ".*", call.path) and when(call)
        if not concerned or status not in (None, answer.status):
            return answer
        changed = change(answer)
        return changed if isinstance(changed, Answer) else answer

    behaviour.__doc__ = story
    fault(name, catches=catches)(behaviour)


def replace(name: str, catches: Iterable[str], story: str, answer: Callable[[Call, Serve], Answer | None]) -> None:
    """Register a fault that answers some calls itself: where ``answer`` gives None, the server does."""

    def behaviour(call: Call, serve: Serve) -> Answer:
        return answer(call, serve) or serve(call)

    behaviour.__doc__ = story
    fault(name, catches=catches)(behaviour)


def error(status: int, scim_type: str | None = None, detail: str = "no") -> Answer:
    """A SCIM error."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return Answer(status, dict(SCIM), body | ({"scimType": scim_type} if scim_type else {}))
