"""Faults in paging by index."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil

USERS = "/Users"
FAR = 20


def number(call: Call, name: str) -> int | None:
    """A parameter of a query for users by index, where it is a number."""
    value = call.query.get(name, "") if call.path == USERS and "cursor" not in call.query else ""
    return int(value) if value.lstrip("-").isdigit() else None


def listing(name: str, check: str, story: str, change: Callable[[Call, Answer], None]) -> None:
    """A fault of every list of users by index."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        if call.path != USERS or call.method != "GET" or "cursor" in call.query:
            return None
        answer = serve(call)
        if answer.status == 200:
            change(call, answer)
        return answer

    replace(name, [check], story, behaviour)


def asking(name: str, check: str, story: str, instead: Callable[[Call], object]) -> None:
    """A fault that reads another query than was sent."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        if call.path == USERS and call.method == "GET" and "cursor" not in call.query:
            instead(call)
        return serve(call)

    replace(name, [check], story, behaviour)


def refusing(name: str, check: str, story: str, wrong: Callable[[Call], bool], answer: Answer) -> None:
    """A fault that gives some queries an answer of its own."""
    replace(name, [check], story, lambda call, _serve: answer if wrong(call) else None)


def moved(call: Call, by: int) -> None:
    """Begin elsewhere."""
    start = number(call, "startIndex")
    if start is not None and start > 0:
        call.query["startIndex"] = str(start + by)


def whole(call: Call, serve: Serve) -> Answer | None:
    """Read a negative count as no limit."""
    if (number(call, "count") or 0) >= 0:
        return None
    del call.query["count"]
    return serve(call)


asking("page-uncounted", "paging-count", "count is ignored.", lambda call: call.query.pop("count", None))
listing(
    "page-silent",
    "paging-partial",
    "Pages do not say where they start.",
    lambda _call, answer: [answer.body.pop(name, None) for name in ("startIndex", "itemsPerPage")],
)
listing(
    "page-echoes-count",
    "paging-items-per-page",
    "itemsPerPage is the count that was asked for.",
    lambda call, answer: answer.body.update(itemsPerPage=number(call, "count") or 100),
)
listing(
    "page-total",
    "paging-total",
    "totalResults is the number of users in the page.",
    lambda _call, answer: answer.body.update(totalResults=len(answer.body.get("Resources", []))),
)
listing(
    "page-start-from-zero",
    "paging-start-echoed",
    "startIndex is answered counted from 0.",
    lambda _call, answer: answer.body.update(startIndex=answer.body["startIndex"] - 1),
)
asking("page-counts-from-zero", "paging-walk", "startIndex is counted from 0.", lambda call: moved(call, 1))
asking(
    "page-repeats",
    "paging-walk",
    "Every page is the first.",
    lambda call: call.query.update(startIndex="1") if "startIndex" in call.query else None,
)
refusing(
    "page-start-refused",
    "paging-start-small",
    "A startIndex below 1 is refused.",
    lambda call: (number(call, "startIndex") or 1) < 1 or call.query.get("startIndex") == "0",
    error(400, "invalidValue"),
)
asking(
    "page-past-end",
    "paging-past-end",
    "Past the end the first page comes again.",
    lambda call: call.query.update(startIndex="1") if (number(call, "startIndex") or 0) > FAR else None,
)
refusing(
    "page-count-zero",
    "paging-count-zero",
    "A count of 0 is refused.",
    lambda call: number(call, "count") == 0,
    error(400, "invalidValue"),
)
replace("page-count-unlimited", ["paging-count-negative"], "A negative count means no limit.", whole)
refusing(
    "page-count-word",
    "paging-count-word",
    "A count that is no number ends in a 500.",
    lambda call: call.path == USERS and call.query.get("count") == "many" and "cursor" not in call.query,
    error(500),
)
for size, check in (("defaultPageSize", "paging-default"), ("maxPageSize", "paging-maximum")):
    spoil(
        f"page-{size.lower()}",
        [check],
        f"Pages are larger than the announced {size}.",
        lambda answer, size=size: answer.body["pagination"].update({size: 7}),
        at="/ServiceProviderConfig",
    )
refusing(
    "nobody-404",
    "paging-nobody",
    "A filter that fits nobody is a 404.",
    lambda call: call.path == USERS and call.method == "GET" and " eq " in call.query.get("filter", ""),
    error(404),
)
spoil(
    "one-alone",
    ["paging-one"],
    "A filter that fits one user is answered with that user.",
    lambda answer: setattr(answer, "body", answer.resources[0]) if len(answer.resources) == 1 else None,
    at=USERS,
    when=lambda call: " eq " in call.query.get("filter", ""),
)
