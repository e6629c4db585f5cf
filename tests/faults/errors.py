"""Faults in answering mistakes."""

from __future__ import annotations

from typing import Any

from tests.faults.crud import ALL, ONE, sent
from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace, spoil

METHODS = "GET POST PUT PATCH DELETE"


def accepted(name: str, check: str, story: str, **where: Any) -> None:
    """A fault that answers a mistake with 200."""
    spoil(name, [check], story, lambda _a: Answer(200, dict(SCIM), {"id": "x", "userName": ""}), **where)


def failures(name: str, check: str, story: str, change: Any) -> None:
    """A fault of every error."""

    def spoiled(answer: Answer) -> Any:
        return change(answer) if answer.status >= 400 else None

    spoil(name, [check], story, spoiled, methods=METHODS)


failures("errors-bare", "error-body", "Errors have no schemas.", lambda a: a.body.pop("schemas") and None)
failures(
    "error-status-other", "error-status-member", "Every error's body says 400.", lambda a: a.body.update(status="499")
)
failures("error-status-number", "error-status-member", "status is a number.", lambda a: a.body.update(status=a.status))
failures("error-detail-object", "error-type", "detail is an object.", lambda a: a.body.update(detail={"text": "no"}))
failures(
    "error-as-text",
    "error-media-type",
    "Errors are text/plain.",
    lambda a: a.headers.update({"Content-Type": "text/plain"}),
)
failures(
    "error-html",
    "error-no-trace",
    "Errors are web pages.",
    lambda a: Answer(a.status, {"Content-Type": "text/html"}, None, b"<html>no</html>"),
)
spoil(
    "broken-json-500",
    ["error-no-5xx", "error-not-json"],
    "Broken JSON is a server error.",
    lambda _a: error(500),
    at=ALL,
    methods="POST",
    status=400,
)
accepted(
    "array-accepted",
    "error-array",
    "A list is accepted as a user.",
    at=ALL,
    methods="POST",
    status=400,
    when=lambda c: c.body == [],
)
accepted(
    "empty-accepted",
    "error-empty-body",
    "An empty body is accepted.",
    at=ALL,
    methods="POST",
    status=400,
    when=lambda c: not c.raw,
)
accepted(
    "wrong-type-accepted",
    "error-wrong-type",
    "Text is accepted as e-mails.",
    at=ALL,
    methods="POST",
    status=400,
    when=lambda c: "emails" in sent(c),
)
accepted(
    "nameless-accepted",
    "error-missing-name",
    "A user without a name is accepted.",
    at=ALL,
    methods="POST",
    status=400,
    when=lambda c: bool(sent(c)) and "userName" not in sent(c),
)
accepted(
    "empty-name-accepted",
    "error-empty-name",
    "A user with an empty name is accepted.",
    at=ALL,
    methods="POST",
    status=400,
    when=lambda c: sent(c).get("userName") == "",
)
spoil(
    "taken-400",
    ["error-taken"],
    "A taken name is answered 400.",
    lambda _a: error(400, "uniqueness"),
    at=ALL,
    methods="POST",
    status=409,
)
spoil(
    "taken-unexplained",
    ["error-detail"],
    "A taken name is refused without a word.",
    lambda a: a.body.pop("detail") and None,
    at=ALL,
    methods="POST",
    status=409,
)


def rename(call: Call, serve: Serve) -> Answer | None:
    """Show a rename to a taken name as done."""
    taken = call.memory.get("taken")
    if call.method == "PUT" and sent(call) and serve(call).status == 409:
        call.memory["taken"] = (call.path, call.body["userName"])
        return Answer(200, dict(SCIM), call.body)
    if call.method == "GET" and taken and call.path == taken[0]:
        answer = serve(call)
        answer.body["userName"] = taken[1]
        return answer
    return None


replace("rename-to-taken", ["error-taken-replace"], "A user can be renamed to a taken name.", rename)
accepted("page-for-everything", "error-unknown-endpoint", "Every path is answered 200.", at="/NoSuch.*", status=404)
accepted("post-on-resource", "error-wrong-method", "A POST to a user is accepted.", at=ONE, methods="POST", status=405)
spoil("odd-id-500", ["error-odd-id"], "A quote in an id is a server error.", lambda _a: error(500), at="/Users/'.*")
spoil(
    "bad-paging-500",
    ["error-bad-paging"],
    "A word as startIndex is a server error.",
    lambda _a: error(500),
    at=ALL,
    status=400,
)
accepted(
    "text-accepted", "error-media-type-refused", "Plain text is accepted as a user.", at=ALL, methods="POST", status=415
)
spoil(
    "password-filterable",
    ["error-secret-filter"],
    "A filter on password finds users.",
    lambda _a: Answer(200, dict(SCIM), {"totalResults": 1, "Resources": [{"id": "x"}]}),
    at=ALL,
    when=lambda call: "password" in call.query.get("filter", ""),
)
