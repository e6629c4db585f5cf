"""Faults in creating, reading, replacing and removing users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace, spoil

ONE, ALL = "/Users/[^/]+", "/Users"
LONG_AGO = "2001-02-03T04:05:06Z"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def users(
    name: str,
    check: str,
    story: str,
    change: Callable[[dict[str, Any]], Any],
    *,
    at: str = f"{ALL}|{ONE}",
    methods: str = "GET POST PUT PATCH",
    when: Callable[[Call], bool] = lambda _call: True,
) -> None:
    """A fault of every user that is returned."""

    def spoiled(answer: Answer) -> None:
        for row in answer.resources:
            change(row)

    spoil(name, [check], story, spoiled, at=at, methods=methods, when=when)


def refused(name: str, check: str, story: str, wrong: Callable[[Call], bool], status: int = 400) -> None:
    """A fault that refuses some calls."""
    replace(name, [check], story, lambda call, _serve: error(status) if wrong(call) else None)


def sent(call: Call) -> dict[str, Any]:
    """The body of a create or a replacement of a user."""
    ours = call.path.startswith(ALL) and call.method in {"POST", "PUT"}
    return call.body if ours and isinstance(call.body, dict) else {}


def without_location(answer: Answer) -> None:
    """Drop the header, and only that."""
    answer.headers = {k: v for k, v in answer.headers.items() if k.lower() != "location"}


def instead(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Call, Serve], Answer | None]:
    """Hand the server another body than the client sent."""

    def answer(call: Call, serve: Serve) -> Answer | None:
        if not sent(call):
            return None
        call.body = change(dict(call.body))
        return serve(call)

    return answer


spoil(
    "create-200",
    ["crud-create-status"],
    "A create is answered 200.",
    lambda a: setattr(a, "status", 200),
    at=ALL,
    methods="POST",
    status=201,
)
spoil(
    "create-bare",
    ["crud-create-body"],
    "A create is answered without a body.",
    lambda a: setattr(a, "body", {"id": a.body["id"]}),
    at=ALL,
    methods="POST",
    status=201,
)
spoil(
    "create-placeless",
    ["crud-create-location"],
    "A create gives no Location.",
    without_location,
    at=ALL,
    methods="POST",
)
users(
    "location-elsewhere",
    "crud-location-host",
    "meta.location leads to the list.",
    lambda u: u.get("meta", {}).update(location="/v2/Users"),
)
users(
    "locations-differ",
    "crud-create-same-location",
    "meta.location of a new user is another.",
    lambda u: u.get("meta", {}).update(location="/v2/Users/7"),
    methods="POST",
)
spoil(
    "read-as-list",
    ["crud-read-one"],
    "A user is read as a list of one.",
    lambda a: Answer(200, dict(SCIM), {"Resources": [a.body], "totalResults": 1}),
    at=ONE,
    status=200,
)
users("read-without-meta", "crud-id-present", "A read shows no meta.", lambda u: u.pop("meta", None), methods="GET")


def honour_id(call: Call, serve: Serve) -> Answer | None:
    """Use the id of the body, on the outside."""
    chosen = sent(call).get("id") if call.method == "POST" else None
    if not chosen:
        return None
    answer = serve(call)
    if answer.status == 201:
        answer.body["id"] = chosen
    return answer


replace("id-of-the-client", ["crud-id-own"], "The client's id is used.", honour_id)
users(
    "id-wanders", "crud-id-stable", "A replacement gives a new id.", lambda u: u.update(id=u["id"] + "x"), methods="PUT"
)
users("schemas-empty", "crud-schemas-named", "Users name no schemas.", lambda u: u.update(schemas=[]))
users(
    "schemas-doubled",
    "crud-schemas-no-duplicates",
    "Each schema is named twice.",
    lambda u: u.update(schemas=u["schemas"] * 2),
    methods="PUT",
)
users(
    "extension-unnamed",
    "crud-schemas-extension",
    "schemas does not name the extension in use.",
    lambda u: u.update(schemas=u["schemas"][:1]),
)
users(
    "schemas-forgotten",
    "crud-schemas-required",
    "A user created without schemas has none.",
    lambda u: u.pop("schemas", None),
    methods="POST",
)
users(
    "type-of-the-client",
    "crud-meta-type",
    "meta.resourceType is what the client sent.",
    lambda u: u.get("meta", {}).update(resourceType="Banana"),
    methods="POST",
)
refused(
    "meta-refused",
    "crud-meta-own",
    "A create with meta is refused.",
    lambda c: c.method == "POST" and "created" in (sent(c).get("meta") or {}),
)
users(
    "created-text",
    "crud-meta-created",
    "meta.created is no date.",
    lambda u: u.get("meta", {}).update(created="yesterday"),
)
users(
    "fresh-but-modified",
    "crud-meta-fresh",
    "A new user was modified long ago.",
    lambda u: u.get("meta", {}).update(lastModified=LONG_AGO),
    methods="GET",
)
spoil(
    "modified-backwards",
    ["crud-meta-modified"],
    "A replaced user was modified before it was made.",
    lambda a: a.body["meta"].update(lastModified=LONG_AGO) if a.body.get("displayName") == "Replaced" else None,
    at=ONE,
    status=200,
)
users(
    "external-id-lower",
    "crud-external-id-kept",
    "externalId comes back in lower case.",
    lambda u: u.update(externalId=u.get("externalId", "").lower()),
)
users(
    "external-id-invented",
    "crud-external-id-not-made-up",
    "externalId is filled in.",
    lambda u: u.setdefault("externalId", u["id"]),
)


def unique_external_ids(call: Call, _serve: Serve) -> Answer | None:
    """Refuse an externalId seen before."""
    value = sent(call).get("externalId") if call.method == "POST" else None
    seen = call.memory.setdefault("external ids", set())
    if value in seen:
        return error(409, "uniqueness")
    if value:
        seen.add(value)
    return None


replace("external-id-unique", ["crud-external-id-shared"], "externalId has to be unique.", unique_external_ids)
users(
    "text-to-ascii",
    "crud-unicode",
    "Text is cut down to ASCII.",
    lambda u: u.update(displayName=u.get("displayName", "").encode("ascii", "replace").decode()),
)
