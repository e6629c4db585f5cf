"""Faults in media types, headers and parameters."""

from __future__ import annotations

from tests.faults.layer import Answer, Call
from tests.faults.rewrite import error, spoil

ONE, ALL = "/Users/[^/]+", "/Users"


def typed(name: str, check: str, story: str, kind: str, accept: str | None) -> None:
    """A fault that answers one form of Accept with another media type."""

    def asked(call: Call) -> bool:
        return call.headers.get("accept") == accept

    def spoiled(answer: Answer) -> None:
        answer.headers = {"Content-Type": kind}

    spoil(name, [check], story, spoiled, at=ONE, when=asked)


typed(
    "scim-as-json",
    "transport-accept-scim",
    "SCIM JSON is called plain JSON.",
    "application/json",
    "application/scim+json",
)
typed("json-as-text", "transport-accept-json", "Plain JSON is called text.", "text/plain", "application/json")
typed("default-json", "transport-accept-none", "Plain JSON is the default.", "application/json", None)
typed("any-is-html", "transport-accept-any", "Who accepts anything gets a web page.", "text/html", "*/*")
typed("odd-type", "transport-one-media-type", "A body is called text.", "text/plain", "*/*")
typed(
    "latin-1", "transport-charset", "Answers are Latin 1.", "application/json; charset=iso-8859-1", "application/json"
)
spoil(
    "accept-unparsed",
    ["transport-accept-parameters"],
    "An Accept header with parameters is refused.",
    lambda _a: error(406),
    at=ONE,
    when=lambda call: ";" in call.headers.get("accept", ""),
)
spoil(
    "plain-json-refused",
    ["transport-content-json"],
    "A body of plain JSON is refused.",
    lambda _a: error(415),
    at=ALL,
    methods="POST",
    when=lambda call: call.headers.get("content-type") == "application/json",
)
spoil(
    "parameter-refused",
    ["transport-unknown-parameter"],
    "An unknown parameter is refused.",
    lambda _a: error(400),
    at=ONE,
    when=lambda call: "zzUnknown" in call.query,
)
spoil(
    "preference-refused",
    ["transport-unknown-header"],
    "A Prefer header is refused.",
    lambda _a: error(400),
    at=ONE,
    when=lambda call: "prefer" in call.headers,
)
spoil(
    "counts-as-text",
    ["transport-integers"],
    "totalResults is a string.",
    lambda answer: answer.body.update(totalResults=str(answer.body["totalResults"])),
    at=ALL,
    status=200,
)
