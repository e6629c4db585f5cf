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
users(
    "password-shown",
    "crud-password-hidden",
    "The password is returned, hashed.",
    lambda u: u.update(password="5f4dcc3b5aa765d61d83"),
    methods="GET",
)
users(
    "answer-differs",
    "crud-state-returned",
    "The answer to a create shows another title.",
    lambda u: u.update(title="another"),
    methods="POST",
)
users(
    "location-spaced",
    "crud-uri-characters",
    "meta.location has a space.",
    lambda u: u.get("meta", {}).update(location="/v2/Users/a b"),
)
users(
    "emails-single-value",
    "crud-emails-list",
    "One e-mail address is no list.",
    lambda u: u.update(emails=u["emails"][0]) if u.get("emails") else None,
    at=ONE,
)
users(
    "two-primaries",
    "crud-one-primary",
    "Every phone number is primary.",
    lambda u: [p.update(primary=True) for p in u.get("phoneNumbers", [])],
)
refused("put-missing", "crud-replace-supported", "PUT is not allowed.", lambda c: c.method == "PUT", 405)
spoil(
    "put-204",
    ["crud-replace-answer"],
    "PUT is answered 204.",
    lambda _a: Answer(204),
    at=ONE,
    methods="PUT",
    status=200,
)
replace(
    "put-ignored",
    ["crud-replace-applied"],
    "PUT is answered 200 and changes nothing.",
    lambda c, s: s(c.to("GET", c.path)) if sent(c) and c.method == "PUT" else None,
)
refused(
    "put-read-only-refused",
    "crud-replace-read-only",
    "A PUT with meta is refused.",
    lambda c: c.method == "PUT" and "location" in (sent(c).get("meta") or {}),
)


def wander(call: Call, serve: Serve) -> Answer | None:
    """Take the id of a PUT's body, on the outside."""
    if call.method != "PUT" or not sent(call).get("id"):
        return None
    answer = serve(call)
    answer.body["id"] = call.body["id"]
    return answer


replace("put-moves-id", ["crud-replace-id"], "PUT changes the id.", wander)
users(
    "put-drops-name",
    "crud-replace-omitted",
    "A replaced user has lost its name.",
    lambda u: u.pop("userName", None),
    methods="PUT",
)
replace(
    "put-null-ignored",
    ["crud-replace-null"],
    "null changes nothing in a PUT.",
    lambda c, s: (
        s(c.to("GET", c.path)) if c.method == "PUT" and "nickName" in sent(c) and not c.body["nickName"] else None
    ),
)
replace(
    "names-exact",
    ["crud-names-any-case"],
    "Only exactly spelled names are known.",
    instead(lambda b: {k: v for k, v in b.items() if k != "DISPLAYNAME"}),
)
refused(
    "order-matters",
    "crud-order-free",
    "schemas has to come first.",
    lambda c: bool(sent(c)) and next(iter(c.body)) != "schemas",
)


def nameless(call: Call, serve: Serve) -> Answer | None:
    """Accept a PUT without a user name."""
    if call.method != "PUT" or not sent(call) or "userName" in call.body:
        return None
    answer = serve(call.to("GET", call.path))
    answer.body.pop("userName", None)
    return answer


replace("put-nameless-accepted", ["crud-replace-nameless"], "PUT without userName takes the name away.", nameless)


def upsert(call: Call, serve: Serve) -> Answer | None:
    """Say that an unknown user was created."""
    if call.method != "PUT" or serve(call.to("GET", call.path)).status != 404:
        return None
    return Answer(201, dict(SCIM), call.body)


replace("put-creates", ["crud-replace-unknown"], "PUT to an unknown id creates.", upsert)
spoil(
    "delete-200",
    ["crud-delete-status"],
    "DELETE is answered 200.",
    lambda _a: Answer(200, dict(SCIM), {}),
    at=ONE,
    methods="DELETE",
    status=204,
)
spoil(
    "deleted-still-there",
    ["crud-delete-gone"],
    "A deleted user can still be read.",
    lambda _a: Answer(200, dict(SCIM), {"id": "x"}),
    at=ONE,
    status=404,
)
spoil(
    "delete-idempotent",
    ["crud-delete-gone", "crud-unknown-delete"],
    "Every DELETE is answered 204.",
    lambda _a: Answer(204),
    at=ONE,
    methods="DELETE",
    status=404,
)


def ghosts(call: Call, serve: Serve) -> Answer | None:
    """Show users of before in queries."""
    if sent(call) and call.method == "POST":
        call.memory["ghost"] = dict(call.body) | {"id": "ghost"}
    if call.path == ALL and "filter" in call.query and call.method == "GET":
        answer = serve(call)
        answer.body |= {"totalResults": 1, "Resources": [call.memory.get("ghost", {})]}
        return answer
    return None


replace("deleted-listed", ["crud-delete-not-listed"], "A deleted user is still found.", ghosts)


def remember(call: Call, _serve: Serve) -> Answer | None:
    """Refuse a name that was used before."""
    name = sent(call).get("userName") if call.method == "POST" else None
    used = call.memory.setdefault("names", {None})
    if name is not None and name in used:
        return error(409, "uniqueness")
    used.add(name)
    return None


replace("deleted-names-taken", ["crud-delete-create-again"], "A deleted user's name stays taken.", remember)
spoil(
    "unknown-read-empty",
    ["crud-unknown-read"],
    "An unknown user is an empty 200.",
    lambda _a: Answer(200, dict(SCIM), {}),
    at=ONE,
    status=404,
)
spoil(
    "unknown-patch-accepted",
    ["crud-unknown-patch"],
    "A PATCH of an unknown user is accepted.",
    lambda _a: Answer(204),
    at=ONE,
    methods="PATCH",
    status=404,
)
users("ids-alike", "crud-ids-differ", "All users have the same id.", lambda u: u.update(id="1"), methods="POST", at=ALL)
spoil(
    "content-location-other",
    ["crud-content-location"],
    "Content-Location is the list.",
    lambda a: a.headers.update({"Content-Location": "/v2/Users"}),
    at=ONE,
)
users(
    "emails-doubled",
    "crud-values-once",
    "An e-mail address sent twice is kept twice.",
    lambda u: u.update(emails=u["emails"] * 2) if u.get("emails") else None,
    methods="PUT",
)


def all_primary(call: Call, serve: Serve) -> Answer | None:
    """Find in a filter on primary what any filter on the name finds."""
    wanted = call.query.get("filter", "")
    if "primary" in wanted:
        call.query["filter"] = wanted.partition(" and ")[0]
    return None


replace("primary-for-all", ["crud-primary-default"], "Every address counts as primary in filters.", all_primary)


users(
    "ids-of-bulk",
    "crud-id-reserved",
    "Ids begin with bulkId.",
    lambda u: u.update(id=f"bulkId:{u['id']}"),
)
