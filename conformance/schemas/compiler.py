"""From a SCIM schema to a JSON Schema (draft 2020-12) of the resources it describes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.schemas.attributes import Attribute

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DATE_TIME = r"^-?\d{4,}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?$"
"""xsd:dateTime; fraction and zone are optional (RFC 7643 section 2.3.5)."""

BASE64 = r"^[A-Za-z0-9+/_\r\n-]*={0,2}\s*$"
URI = r"^[^\s\"<>\\^`{|}]*$"
"""No character that a URI reference cannot hold; what is beyond ASCII is judged with the transport."""

SIMPLE: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "decimal": {"type": "number"},
    "integer": {"type": "integer"},
    "datetime": {"type": "string", "pattern": DATE_TIME},
    "binary": {"type": "string", "pattern": BASE64},
    "reference": {"type": "string", "pattern": URI},
}
"""RFC 7643 section 2.3, Table 1."""

COMMON: dict[str, dict[str, Any]] = {
    "schemas": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "minLength": 1}},
    "id": {"type": "string", "minLength": 1},
    "externalId": {"type": "string"},
    "meta": {
        "type": "object",
        "properties": {
            "resourceType": {"type": "string"},
            "created": SIMPLE["datetime"],
            "lastModified": SIMPLE["datetime"],
            "location": SIMPLE["reference"],
            "version": {"type": "string"},
        },
    },
}
"""RFC 7643 sections 3 and 3.1."""


def compile_resource(
    core: Iterable[Attribute],
    extensions: dict[str, Iterable[Attribute]],
    *,
    required: Iterable[str] = ("schemas", "id"),
    partial: bool = False,
) -> dict[str, Any]:
    """The JSON Schema of a resource.

    Unknown members are welcome: a service provider may add its own (RFC 7643 section 3.3).

    Args:
        core: attributes of the base schema.
        extensions: attributes of each extension by its URN.
        required: common attributes that a resource has.
        partial: the client asked for some attributes only, so that none but ``id`` has to be there.
    """
    body = _object(core, partial=partial)
    body["properties"] = COMMON | body["properties"]
    wanted = [name for name in required if not partial or name == "id"]
    body["required"] = sorted({*wanted, *body.get("required", [])})
    for urn, attributes in extensions.items():
        body["properties"][urn] = _object(attributes, partial=partial)
    return {"$schema": DIALECT, **body}


def _object(attributes: Iterable[Attribute], *, partial: bool) -> dict[str, Any]:
    known = tuple(attributes)
    result: dict[str, Any] = {"type": "object", "properties": {a.name: _value(a, partial=partial) for a in known}}
    needed = [a.name for a in known if a.required and a.returned in {"always", "default"} and a.writable]
    # A fixed schema is read-only as a whole, and its required members are required all the same.
    needed = needed or [a.name for a in known if a.required and a.returned in {"always", "default"}]
    if needed and not partial:
        result["required"] = sorted(needed)
    return result


def _value(attribute: Attribute, *, partial: bool) -> dict[str, Any]:
    if attribute.type == "complex":
        # An empty list of sub-attributes would say nothing of them.
        single = _object(attribute.subs, partial=partial) if attribute.subs else {"type": "object"}
    else:
        single = SIMPLE.get(attribute.type, {})
    return {"type": "array", "items": single} if attribute.multi_valued else single
