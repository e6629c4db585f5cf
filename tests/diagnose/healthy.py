"""A healthy endpoint, as small as the doctor's questions; and spoilt copies of it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from tests.diagnose.endpoints import EMPTY, Request, error, reply
from tests.diagnose.situations import TOKEN

Respond = Callable[[Request], bytes]
TYPES = {"schemas": EMPTY["schemas"], "totalResults": 2, "Resources": [{"name": "User"}, {"name": "Group"}]}


def healthy(prefix: str = "/scim") -> Respond:
    """Answers with empty lists, to those who know the token."""

    def respond(request: Request) -> bytes:
        if request.token != TOKEN:
            return error(401, "no", www_authenticate="Bearer")
        if not request.path.startswith(f"{prefix}/"):
            return error(404, "no such path")
        if request.path == f"{prefix}/ResourceTypes":
            return reply(200, TYPES)
        return reply(200, EMPTY)

    return respond


def spoilt(change: Callable[[Request], bytes | None], prefix: str = "/scim") -> Respond:
    """Healthy where a function does not answer instead."""
    good = healthy(prefix)
    return lambda request: change(request) or good(request)


def filter_of(request: Request) -> str:
    """The filter, decoded; empty for none."""
    return parse_qs(request.query).get("filter", [""])[0]
