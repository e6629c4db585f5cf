"""Faults in keeping what the schemas promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.crud import ALL, ENTERPRISE, ONE, replace, sent, users
from tests.faults.discovery import attribute
from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, spoil

GROUP, GROUPS = "/Groups/[^/]+", "/Groups"


def groups(name: str, check: str, story: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """A fault of every group that is read."""

    def spoiled(answer: Answer) -> None:
        for row in answer.resources:
            change(row)

    spoil(name, [check], story, spoiled, at=GROUP)


def asked(name: str, checks: list[str], story: str, wanted: str, answer: Callable[[Answer], Any]) -> None:
    """A fault of reads with a parameter."""
    spoil(name, checks, story, answer, at=f"{ONE}|{ALL}", when=lambda call: wanted in call.query)


replace(
    "described-refused",
    ["schema-create"],
    "A user with a certificate is refused, although /Schemas describes it.",
    lambda call, _serve: error(400) if call.method == "POST" and "x509Certificates" in sent(call) else None,
)
users(
    "described-dropped",
    "schema-values-returned",
    "nickName is described and not kept.",
    lambda u: u.pop("nickName", None),
)
users(
    "described-changed",
    "schema-values-kept",
    "locale comes back in another form.",
    lambda u: u.update(locale=u["locale"].replace("-", "_")) if "locale" in u else None,
)
users(
    "one-address-only",
    "schema-canonical-values",
    "Only one e-mail address is kept.",
    lambda u: u.update(emails=u["emails"][:1]) if u.get("emails") else None,
)
users("active-as-text", "schema-types", "active is a string.", lambda u: u.update(active=str(u.get("active"))))
groups("name-lost", "schema-required-present", "A group has no displayName.", lambda g: g.pop("displayName", None))


def lenient(call: Call, serve: Serve) -> Answer | None:
    """Create a group without a name."""
    if call.method == "POST" and call.path == GROUPS and isinstance(call.body, dict) and "displayName" not in call.body:
        return Answer(201, dict(SCIM), {"schemas": call.body["schemas"], "id": "nameless"})
    return None


replace("required-ignored", ["schema-required-refused"], "A group without a name is created.", lenient)
users(
    "groups-writable",
    "schema-read-only-put",
    "PUT can write groups.",
    lambda u: u.update(groups=[{"display": "scimconf-made-up"}]),
    at=ONE,
    methods="PUT GET",
)


def patched(call: Call, serve: Serve) -> Answer | None:
    """Accept every PATCH of id and groups, without doing anything."""
    readonly = {"id", "groups"}
    if call.method == "PATCH" and any(op.get("path") in readonly for op in call.operations):
        return Answer(204)
    return None


replace("read-only-patch-ignored", ["schema-read-only-patch"], "A PATCH of id is answered 204.", patched)
attribute(
    "immutable-changed",
    "schema-immutable",
    "userType is called immutable, and can be replaced.",
    "userType",
    mutability="immutable",
)
users(
    "secret-shown",
    "schema-write-only",
    "A created user's password is in the answer.",
    lambda u: u.update(password="hash"),
    methods="POST",
)
attribute(
    "request-by-default", "schema-on-request", "title is returned without being asked for.", "title", returned="request"
)
asked(
    "id-excluded",
    ["schema-always"],
    "id can be excluded.",
    "excludedAttributes",
    lambda a: a.body.pop("id", None) and None,
)
attribute("unique-only-in-words", "schema-unique", "title is called unique, and is not.", "title", uniqueness="server")
asked(
    "exact-filters",
    ["schema-case-insensitive"],
    "A filter finds only values in the same letter case.",
    "filter",
    lambda _a: Answer(
        200, dict(SCIM), {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}
    ),
)
users(
    "urn-unknown",
    "schema-urns-described",
    "Users name a schema that nobody lists.",
    lambda u: u["schemas"].append("urn:x:y"),
)
users(
    "attribute-unknown",
    "schema-attributes-described",
    "Users show an undescribed attribute.",
    lambda u: u.update(tier=1),
)
users(
    "manager-as-text",
    "references-manager",
    "manager is a string.",
    lambda u: u[ENTERPRISE].update(manager="1") if "manager" in u.get(ENTERPRISE, {}) else None,
    at=ONE,
)
groups(
    "members-numbered",
    "references-members",
    "Members have numbers of their own.",
    lambda g: g.update(members=[{"value": "1"}]),
)
users(
    "groups-by-name",
    "references-groups",
    "A user's groups are named, not referenced.",
    lambda u: u.update(groups=[{"value": "Staff"}]),
    at=ONE,
    methods="GET",
)
users(
    "reference-dangling",
    "references-resolve",
    "A $ref leads nowhere.",
    lambda u: u.update(groups=[{"value": "7", "$ref": "/v2/Users/nowhere"}]),
    at=ONE,
    methods="GET",
)
