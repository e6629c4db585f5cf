"""Faults in sorted lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace

Rows = list[dict[str, Any]]


def sorts(name: str, catches: Iterable[str], story: str, change: Callable[[dict[str, str], Rows], Any]) -> None:
    """A fault in lists with sortBy; it changes the query, or the rows in place."""

    def answer(call: Call, serve: Serve) -> Answer | None:
        if "sortBy" not in call.query:
            return None
        query = dict(call.query)
        change(call.query, [])
        answer = serve(call)
        if answer.status == 200:
            change(query, answer.resources)
        return answer

    replace(name, catches, story, answer)


def by_letter(query: dict[str, str], rows: Rows) -> None:
    """Capitals first."""
    rows.sort(key=lambda row: str(row.get(query["sortBy"], "")), reverse=query.get("sortOrder") == "descending")


def as_created(query: dict[str, str], rows: Rows) -> None:
    """In the order of creation, whatever is asked for."""
    query.pop("sortBy", None)
    rows.sort(key=lambda row: str(row["meta"]["created"]))


sorts("sort-ignored", ["sort-by", "sort-part"], "sortBy is ignored.", as_created)
sorts(
    "sort-descends",
    ["sort-default"],
    "Lists descend unless they are told to ascend.",
    lambda q, _rows: q.setdefault("sortOrder", "descending"),
)
sorts("sort-only-ascends", ["sort-descending"], "sortOrder is ignored.", lambda q, _rows: q.pop("sortOrder", None))
sorts("sort-by-letter", ["sort-case"], "Capitals come first.", by_letter)
sorts(
    "sort-nothing-first",
    ["sort-without-value"],
    "Those without a value come first.",
    lambda _q, rows: rows.sort(key=lambda row: "title" in row),
)
sorts(
    "sort-first-value",
    ["sort-primary"],
    "The first address counts.",
    lambda q, rows: rows.reverse() if q["sortBy"] == "emails" else None,
)
sorts(
    "sort-parts-ignored",
    ["sort-dates"],
    "A sortBy with a dot is ignored.",
    lambda q, _rows: q.update(sortBy="userName") if "." in q["sortBy"] else None,
)
replace(
    "sort-order-crash",
    ["sort-order-unknown"],
    "An unknown sortOrder is a 500.",
    lambda call, _serve: error(500) if call.query.get("sortOrder") == "sideways" else None,
)
