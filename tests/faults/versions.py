"""Faults in tags and conditional requests, and in /Me."""

from __future__ import annotations

from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace, spoil

ONE = "/Users/[^/]+"


def retag(answer: Answer, tag: str | None) -> None:
    """Send another tag, or none."""
    answer.headers = {k: v for k, v in answer.headers.items() if k.lower() != "etag"}
    if tag is not None:
        answer.headers["ETag"] = tag


def version(answer: Answer, value: Any) -> None:
    """Put another version into the resource, or take it out."""
    for row in answer.resources:
        row["meta"].pop("version", None)
        if value is not None:
            row["meta"]["version"] = value


def without(header: str, method: str = "") -> Any:
    """Ignore a header of requests."""

    def answer(call: Call, _serve: Serve) -> None:
        if not method or call.method in method.split():
            call.headers.pop(header, None)

    return answer


spoil("tag-missing", ["version-sent"], "No ETag is sent.", lambda a: retag(a, None), at=ONE)
spoil("tag-bare", ["version-form"], "The ETag has no quotes.", lambda a: retag(a, "17"), at=ONE)
spoil("version-missing", ["version-in-meta"], "There is no meta.version.", lambda a: version(a, None), at=ONE)
spoil("version-other", ["version-in-meta"], "meta.version is a number of its own.", lambda a: version(a, "7"), at=ONE)
replace("none-match-ignored", ["version-not-modified"], "If-None-Match is ignored.", without("if-none-match"))
spoil(
    "always-not-modified",
    ["version-not-modified"],
    "If-None-Match is always answered 304.",
    lambda _a: Answer(304, dict(SCIM)),
    at=ONE,
    when=lambda call: "if-none-match" in call.headers,
)
replace("match-ignored", ["version-stale"], "If-Match is ignored.", without("if-match", "PATCH PUT"))
replace(
    "match-ignored-on-delete", ["version-stale-delete"], "If-Match is ignored on DELETE.", without("if-match", "DELETE")
)
replace(
    "match-never",
    ["version-fresh"],
    "Every If-Match is answered 412.",
    lambda call, _serve: error(412) if "if-match" in call.headers else None,
)


@lambda answer: replace("tag-constant", ["version-stale"], "The tag never changes.", answer)
def tag_constant(call: Call, serve: Serve) -> Answer:
    """Send the same tag always, and accept it always."""
    call.headers.pop("if-match", None)
    answer = serve(call)
    if "etag" in {name.lower() for name in answer.headers}:
        retag(answer, 'W/"1"')
    return answer


@lambda answer: replace("stale-conflict", ["version-stale"], "A past tag is answered 409.", answer)
def stale_conflict(call: Call, serve: Serve) -> Answer:
    """Answer 409 for 412."""
    answer = serve(call)
    return error(409) if answer.status == 412 else answer


replace(
    "me-placeless",
    ["me-location"],
    "/Me gives a user whose place is /Me.",
    lambda call, _serve: (
        Answer(200, dict(SCIM), {"id": "7", "userName": "me", "meta": {"location": "/v2/Me"}})
        if call.path == "/Me"
        else None
    ),
)
replace("me-crash", ["me-location"], "/Me is a 500.", lambda call, _serve: error(500) if call.path == "/Me" else None)
