"""Faults of the discovery documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer
from tests.faults.rewrite import SCIM, error, spoil

CONFIG = "/ServiceProviderConfig"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def config(name: str, check: str, story: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """A fault of the configuration."""
    spoil(name, [check], story, lambda answer: change(answer.body) and None, at=CONFIG, status=200)


def types(name: str, check: str, story: str, change: Callable[[dict[str, Any]], Any], which: str = "User") -> None:
    """A fault of one resource type in the list."""

    def spoiled(answer: Answer) -> None:
        change(next(row for row in answer.body["Resources"] if row["name"] == which))

    spoil(name, [check], story, spoiled, at="/ResourceTypes", status=200)


def attribute(name: str, check: str, story: str, path: str, /, **changed: Any) -> None:
    """A fault of one attribute of the User schema in the list; None takes the member away."""

    def spoiled(answer: Answer) -> None:
        row: dict[str, Any] = next(s for s in answer.body["Resources"] if s["name"] == "User")
        for part in path.split("."):
            row = next(r for r in row.get("subAttributes") or row["attributes"] if r["name"] == part)
        row.update(changed)
        for key in [key for key, value in changed.items() if value is None]:
            del row[key]

    spoil(name, [check], story, spoiled, at="/Schemas", status=200)


def schema(name: str, check: str, story: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """A fault of the User schema in the list."""

    def spoiled(answer: Answer) -> None:
        change(next(s for s in answer.body["Resources"] if s["name"] == "User"))

    spoil(name, [check], story, spoiled, at="/Schemas", status=200)


def listed(answer: Answer) -> Answer:
    """The same in a ListResponse."""
    urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    return Answer(200, dict(SCIM), {"schemas": [urn], "totalResults": 1, "Resources": [answer.body]})


def _nothing_here(_answer: Answer) -> Answer:
    return error(404)


def _anything(_answer: Answer) -> Answer:
    urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    return Answer(200, dict(SCIM), {"schemas": [urn], "totalResults": 0, "Resources": []})


spoil("no-config", ["gallery-config-there"], "There is no configuration.", _nothing_here, at=CONFIG)
spoil("no-types", ["gallery-types-there"], "There are no resource types.", _nothing_here, at="/ResourceTypes")
spoil("config-catch-all", ["gallery-config-there"], "Something else answers in its place.", _anything, at=CONFIG)
spoil("types-catch-all", ["gallery-types-there"], "Something else answers.", _anything, at="/ResourceTypes")
spoil("config-listed", ["discovery-config-single"], "The configuration comes as a list.", listed, at=CONFIG)
for _name, _check in {
    "patch": "patch", "bulk": "bulk", "filter": "filter", "changePassword": "change-password", "sort": "sort",
    "etag": "etag",
}.items():  # fmt: skip
    config(
        f"config-{_check}-as-text",
        f"discovery-config-{_check}",
        f"{_name}.supported is a string.",
        lambda body, name=_name: body[name].update(supported="true"),
    )
config(
    "config-limit-missing",
    "discovery-config-bulk",
    "maxOperations is left out.",
    lambda b: b["bulk"].pop("maxOperations"),
)
config(
    "config-scheme-nameless",
    "discovery-config-schemes",
    "A scheme has no description.",
    lambda b: b["authenticationSchemes"][0].pop("description"),
)
config(
    "config-schemes-missing",
    "discovery-config-scheme-types",
    "There are no authentication schemes.",
    lambda b: b.pop("authenticationSchemes"),
)
config(
    "config-link-broken",
    "discovery-config-urls",
    "The documentation's address is a sentence.",
    lambda b: b.update(documentationUri="see the wiki"),
)
config(
    "config-pagination-as-text",
    "discovery-config-pagination",
    "pagination.cursor is a string.",
    lambda b: b.update(pagination={"cursor": "yes", "index": True}),
)
config(
    "config-events-unknown",
    "discovery-config-events",
    "asyncRequest has a value of its own.",
    lambda b: b.update(securityEvents={"asyncRequest": "sometimes"}),
)
spoil(
    "config-fails-without-token",
    ["discovery-config-public"],
    "Without a token the configuration is a server error.",
    lambda _answer: error(500),
    at=CONFIG,
    when=lambda call: "authorization" not in call.headers,
)
spoil(
    "discovery-writable",
    ["discovery-post-refused"],
    "Anybody can post a schema.",
    lambda _answer: Answer(201, dict(SCIM), {}),
    at="/Schemas",
    methods="POST",
)
spoil(
    "types-bare",
    ["discovery-types-list"],
    "The types come without a ListResponse.",
    lambda answer: answer.body.pop("schemas") and None,
    at="/ResourceTypes",
)
types("type-without-schemas", "discovery-types-schemas", "A type has no schemas.", lambda t: t.pop("schemas"))
types("type-nameless", "discovery-types-named", "A type has no name.", lambda t: t.update(name=""))
types(
    "type-endpoint-absolute",
    "discovery-types-endpoints",
    "An endpoint is a URL.",
    lambda t: t.update(endpoint="http://x/U"),
)
types(
    "type-endpoint-dead",
    "discovery-types-endpoints",
    "Nothing answers at an endpoint.",
    lambda t: t.update(endpoint="/Persons"),
)
types(
    "type-schema-unlisted",
    "discovery-types-schema-listed",
    "A type's schema is unknown.",
    lambda t: t.update(schema="urn:x"),
)
types(
    "type-extension-unlisted",
    "discovery-types-extensions-listed",
    "A type's extension is unknown.",
    lambda t: t["schemaExtensions"].append({"schema": "urn:x:y", "required": False}),
)
types(
    "type-extension-undecided",
    "discovery-types-extensions-required",
    "An extension does not say whether it is required.",
    lambda t: t["schemaExtensions"][0].pop("required"),
)
spoil(
    "type-not-found",
    ["discovery-type-by-id"],
    "A type cannot be read alone.",
    lambda _a: error(404),
    at="/ResourceTypes/.+",
)
types("type-user-urn", "discovery-user-urn", "User has a schema of its own.", lambda t: t.update(schema="urn:x:User"))
types(
    "type-group-urn",
    "discovery-group-urn",
    "Group has a schema of its own.",
    lambda t: t.update(schema="urn:x:G"),
    "Group",
)
types(
    "type-no-enterprise",
    "discovery-enterprise-urn",
    "User does not declare its extension.",
    lambda t: t.pop("schemaExtensions"),
)
types(
    "type-endpoint-singular", "discovery-endpoint-plural", "Users live at /User.", lambda t: t.update(endpoint="/User")
)


def cut(answer: Answer) -> None:
    """Leave one resource on the page."""
    del answer.body["Resources"][1:]


spoil(
    "schemas-paged",
    ["discovery-pages-ignored"],
    "/Schemas is paged.",
    cut,
    at="/Schemas",
    when=lambda c: "count" in c.query,
)
spoil(
    "schemas-filter-ignored",
    ["discovery-filter-refused"],
    "A filter on /Schemas is ignored.",
    lambda _a: Answer(200, dict(SCIM), {"Resources": []}),
    at="/Schemas",
    when=lambda call: "filter" in call.query,
)
spoil("schemas-cut", ["discovery-schemas-list"], "/Schemas counts more than it shows.", cut, at="/Schemas", status=200)
schema(
    "schema-other-urn", "discovery-schemas-schemas", "A schema names another.", lambda s: s.update(schemas=["urn:x"])
)
schema("schema-id-plain", "discovery-schemas-ids", "A schema's id is a word.", lambda s: s.update(id="User"))
spoil(
    "schema-not-found",
    ["discovery-schema-by-id"],
    "A schema cannot be read alone.",
    lambda _a: error(404),
    at="/Schemas/.+:User",
)
spoil(
    "schemas-with-messages",
    ["discovery-schemas-no-messages"],
    "The ListResponse is served as a schema.",
    lambda _a: Answer(200, dict(SCIM), {"id": "x"}),
    at="/Schemas/.*ListResponse",
)
schema(
    "schema-empty", "discovery-schemas-attributes", "A schema has no attributes.", lambda s: s.update(attributes=None)
)
attribute(
    "attribute-plurality", "discovery-attributes-complete", "multiValued is left out.", "userName", multiValued=None
)
attribute("attribute-spaced", "discovery-attribute-names", "A name has a space.", "title", name="job title")
attribute("attribute-type-own", "discovery-attribute-types", "A type is made up.", "title", type="varchar")
attribute("attribute-required-text", "discovery-attribute-booleans", "required is a string.", "title", required="false")
attribute("attribute-enum-own", "discovery-attribute-enums", "mutability is made up.", "title", mutability="editable")
attribute(
    "attribute-enum-case", "discovery-attribute-enums", "mutability is in lower case.", "title", mutability="readwrite"
)
attribute(
    "attribute-simple-parts",
    "discovery-simple-attributes",
    "A string has parts.",
    "title",
    subAttributes=[{"name": "x"}],
)
attribute("attribute-complex-bare", "discovery-complex-attributes", "name has no parts.", "name", subAttributes=[])
attribute("attribute-deep", "discovery-flat-attributes", "A part is complex.", "name.givenName", type="complex")
attribute(
    "attribute-primary-text",
    "discovery-default-sub-attributes",
    "primary is a string.",
    "emails.primary",
    type="string",
)
attribute(
    "attribute-reference-text",
    "discovery-reference-types",
    "referenceTypes is text.",
    "profileUrl",
    referenceTypes="external",
)
attribute("password-readable", "discovery-password", "password is readWrite.", "password", mutability="readWrite")
schema(
    "id-writable",
    "discovery-common-attributes",
    "id is readWrite.",
    lambda s: s["attributes"].append(
        {"name": "id", "type": "string", "multiValued": False, "mutability": "readWrite", "returned": "always"}
    ),
)
spoil(
    "extension-redefines",
    ["discovery-extension-names"],
    "The enterprise extension has a title too.",
    lambda answer: next(s for s in answer.body["Resources"] if s["id"] == ENTERPRISE)["attributes"].append(
        {"name": "title", "type": "string", "multiValued": False}
    ),
    at="/Schemas",
    status=200,
)
attribute("emails-single", "discovery-standard-attributes", "emails is single-valued.", "emails", multiValued=False)
