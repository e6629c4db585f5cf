"""Faults in paging by index."""

from __future__ import annotations

from tests.faults.layer import Answer, Call, Serve, fault
from tests.faults.rewrite import spoil

USERS = "/Users"


def without(*names: str):
    """Drop members of a list."""

    def change(answer: Answer) -> None:
        for name in names:
            answer.body.pop(name, None)

    return change


spoil(
    "partial-silent",
    ["paging-partial"],
    "Pages do not say where they start.",
    without("startIndex", "itemsPerPage"),
    at=USERS,
    status=200,
)


def uncounted(call: Call, serve: Serve) -> Answer:
    """Count is ignored."""
    call.query.pop("count", None)
    return serve(call)


fault("page-count-ignored", catches=["paging-count"])(uncounted)
