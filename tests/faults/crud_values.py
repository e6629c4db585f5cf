"""Faults around what users hold, replacing and removing them."""

from __future__ import annotations

from tests.faults.crud import (
    ALL,
    ONE,
    instead,
    refused,
    sent,
    users,
)
from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace, spoil

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
