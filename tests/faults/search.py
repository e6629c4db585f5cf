"""Faults in searches by POST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace

USERS, ROOT = "/Users/.search", "/.search"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def searching(
    name: str,
    check: str,
    story: str,
    before: Callable[[Call], Any] = lambda _call: None,
    after: Callable[[Answer], Any] = lambda _answer: None,
    *,
    at: str = USERS,
) -> None:
    """A fault that reads another search than was sent, or shows something else."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        if call.path != at or call.method != "POST":
            return None
        early = before(call)
        if isinstance(early, Answer):
            return early
        answer = serve(call)
        after(answer)
        return answer

    replace(name, [check], story, behaviour)


def without(*names: str) -> Callable[[Call], None]:
    """Overlook members of a search."""

    def change(call: Call) -> None:
        for name in names:
            call.body.pop(name, None)

    return change


def each(change: Callable[[dict[str, Any]], Any]) -> Callable[[Answer], None]:
    """Change every resource that is found."""

    def changed(answer: Answer) -> None:
        for row in answer.resources:
            change(row)

    return changed


def from_users(call: Call, serve: Serve) -> Answer | None:
    """Look among users only."""
    return serve(Call("POST", USERS, {}, call.headers, call.body, b"", call.memory)) if call.path == ROOT else None


searching(
    "search-201", "search-answer", "A search is answered 201.", after=lambda answer: setattr(answer, "status", 201)
)
searching(
    "search-bare-list",
    "search-answer",
    "A search is answered without schemas.",
    after=lambda answer: answer.body.pop("schemas", None),
)
searching(
    "search-unfiltered",
    "search-filter",
    "A search ignores its filter, and finds a stranger first.",
    before=without("filter"),
    after=lambda answer: answer.body["Resources"].insert(0, {"schemas": [USER], "id": "7", "userName": "stranger"}),
)
searching("search-unpaged", "search-page", "A search ignores startIndex and count.", without("startIndex", "count"))
searching("search-unordered", "search-page", "A search ignores sortOrder.", without("sortOrder"))
searching("search-whole", "search-attributes", "A search ignores attributes.", without("attributes"))
searching(
    "search-excluded-ignored", "search-excluded", "A search ignores excludedAttributes.", without("excludedAttributes")
)
searching(
    "search-nameless-500",
    "search-unnamed",
    "A search without schemas ends in a 500.",
    before=lambda call: None if "schemas" in call.body else error(500),
)


def unidentified(call: Call, serve: Serve) -> Answer | None:
    """Leave the id out where a search says so."""
    if call.path != USERS or not call.body.get("excludedAttributes"):
        return None
    answer = serve(call)
    each(lambda row: row.pop("id", None))(answer)
    return answer


replace("search-without-id", ["search-excluded"], "excludedAttributes in a search takes the id.", unidentified)
replace("search-users-only", ["search-everywhere"], "A search at the root finds users only.", from_users)
