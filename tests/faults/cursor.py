"""Faults in paging by cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil

USERS = "/Users"


def cursor_of(call: Call) -> str | None:
    """The cursor of a query for users, or None."""
    return call.query.get("cursor") if call.path == USERS else None


def pages(name: str, check: str, story: str, change: Callable[[Call, dict[str, Any]], Any]) -> None:
    """A fault of every page by cursor."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        if cursor_of(call) is None:
            return None
        answer = serve(call)
        if answer.status == 200:
            change(call, answer.body)
        return answer

    replace(name, [check], story, behaviour)


def queries(name: str, check: str, story: str, change: Callable[[Call], Any]) -> None:
    """A fault that reads another query by cursor than was sent, or answers it by itself."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        answer = change(call) if cursor_of(call) is not None else None
        return answer if isinstance(answer, Answer) else serve(call)

    replace(name, [check], story, behaviour)


def refusing(name: str, check: str, story: str, wrong: Callable[[Call], bool], answer: Answer) -> None:
    """A fault that gives some queries by cursor an answer of its own."""
    queries(name, check, story, lambda call: answer if wrong(call) else None)


def renamed(wrap: Callable[[str], str], unwrap: Callable[[str], str]) -> Callable[[Call, Serve], Answer | None]:
    """Show cursors in another form, and understand that form."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        if cursor_of(call) is None:
            return None
        call.query["cursor"] = unwrap(call.query["cursor"])
        answer = serve(call)
        for name in ("nextCursor", "previousCursor"):
            if answer.body.get(name):
                answer.body[name] = wrap(answer.body[name])
        return answer

    return behaviour


def forgotten(call: Call, serve: Serve) -> Answer | None:
    """Forget the cursor in the body of a search."""
    if call.path != f"{USERS}/.search":
        return None
    call.body.pop("cursor", None)
    return serve(call)


def repeating(_call: Call, body: dict[str, Any]) -> None:
    """Begin each page with the last user of the page before."""
    if body.get("previousCursor") and body.get("Resources"):
        body["Resources"].insert(0, body["Resources"][-1])


def unannounced(call: Call, serve: Serve) -> Answer | None:
    """Give cursors to everybody, and say nothing of it."""
    answer = serve(call)
    if call.path == "/ServiceProviderConfig":
        del answer.body["pagination"]
    if call.path == USERS and call.method == "GET" and answer.status == 200:
        answer.body["nextCursor"] = "abc"
    return answer


replace("cursor-unannounced", ["cursor-announced"], "Cursors come unannounced.", unannounced)
refusing("cursor-empty-refused", "cursor-first", "An empty cursor is refused.", lambda c: not cursor_of(c), error(400))
refusing(
    "cursor-expires-at-once",
    "cursor-walk",
    "A cursor has expired when it comes back.",
    lambda call: len(cursor_of(call) or "") > 30,
    error(400, "expiredCursor"),
)
pages("cursor-repeats", "cursor-walk", "Pages overlap.", repeating)
pages("cursor-stops", "cursor-next", "There is no nextCursor.", lambda _call, body: body.pop("nextCursor", None))
replace(
    "cursor-with-plus",
    ["cursor-unreserved"],
    "Cursors hold a plus sign.",
    renamed(lambda cursor: f"{cursor}+/=", lambda cursor: cursor.removesuffix("+/=")),
)
queries(
    "cursor-large-pages",
    "cursor-count",
    "Pages hold one user more than asked for.",
    lambda call: call.query.update(count="6") if call.query.get("count") == "5" else None,
)
pages(
    "cursor-total-of-page",
    "cursor-total",
    "totalResults is the number of users in the page.",
    lambda _call, body: body.update(totalResults=len(body.get("Resources", []))),
)
pages(
    "cursor-before-first",
    "cursor-previous",
    "The first page has a previousCursor.",
    lambda _call, body: body.setdefault("previousCursor", "abc"),
)
refusing(
    "cursor-unknown-500",
    "cursor-unknown",
    "An unknown cursor ends in a 500.",
    lambda call: 0 < len(cursor_of(call) or "") <= 30,
    error(500),
)
refusing(
    "cursor-unknown-untyped",
    "cursor-unknown",
    "An unknown cursor is a 400 without scimType.",
    lambda call: 0 < len(cursor_of(call) or "") <= 30,
    error(400),
)
queries(
    "cursor-count-guessed",
    "cursor-count-word",
    "A count that is no number is ignored.",
    lambda call: call.query.pop("count") if call.query.get("count") == "many" else None,
)
queries(
    "cursor-count-one",
    "cursor-count-zero",
    "A count of 0 is read as 1.",
    lambda call: call.query.update(count="1") if call.query.get("count") == "0" else None,
)
queries(
    "cursor-count-unlimited",
    "cursor-count-negative",
    "A negative count means no limit.",
    lambda call: call.query.pop("count") if call.query.get("count", "").startswith("-") else None,
)
queries(
    "cursor-unsorted",
    "cursor-sorted",
    "sortOrder is ignored in pages by cursor.",
    lambda call: call.query.pop("sortOrder", None),
)
spoil(
    "cursor-default-index",
    ["cursor-default"],
    "Cursor is announced as the default, and index is it.",
    lambda answer: answer.body["pagination"].update(defaultPaginationMethod="cursor"),
    at="/ServiceProviderConfig",
)
replace("cursor-forgotten", ["cursor-search"], "A search by POST knows no cursor.", forgotten)
