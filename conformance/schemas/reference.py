"""The schemas of RFC 7643 section 8.7 as data, corrected by the errata, and what the text printed instead."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.schemas.attributes import Attribute, attributes_of
from conformance.schemas.compiler import compile_resource

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NAMES = ("User", "EnterpriseUser", "Group", "ServiceProviderConfig", "ResourceType", "Schema")
MESSAGES = ("ListResponse", "Error", "PatchOp")
ALWAYS = {"ServiceProviderConfig": ("schemas",), "ResourceType": ("schemas",), "Schema": ("id",)}
"""What discovery documents cannot do without: the first two need no id (RFC 7643 sections 5 and 6), and the schemas
that the RFC prints have no schemas themselves (section 8.7.1)."""


@cache
def definition(name: str) -> dict[str, Any]:
    """A schema representation by its name.

    Raises:
        FileNotFoundError: RFC 7643 has no such schema.
    """
    found: dict[str, Any] = json.loads(_read(f"definitions/{name}.json"))
    return found


@cache
def by_urn() -> dict[str, dict[str, Any]]:
    """All schema representations by URN in lower case."""
    return {definition(name)["id"].lower(): definition(name) for name in NAMES}


@cache
def verbatim() -> dict[tuple[str, str, str], Any]:
    """What the RFC printed before the errata, by schema name, attribute path and characteristic."""
    rows = json.loads(_read("corrections.json"))["corrections"]
    return {(row["schema"], row["attribute"], row["characteristic"]): row["verbatim"] for row in rows}


@cache
def json_schema(name: str, *, partial: bool = False) -> dict[str, Any]:
    """The JSON Schema of a message or of a standard resource.

    Args:
        name: one of ``MESSAGES`` or ``NAMES``.
        partial: of a representation that holds only some attributes.
    """
    if name in MESSAGES:
        message: dict[str, Any] = json.loads(_read(f"messages/{name}.json"))
        return message
    extensions = {ENTERPRISE: attributes("EnterpriseUser")} if name == "User" else {}
    if name == "EnterpriseUser":
        return compile_resource(attributes(name), {}, required=())
    required = ALWAYS.get(name, ("schemas", "id"))
    return compile_resource(attributes(name), dict(extensions), required=required, partial=partial)


def attributes(name: str) -> tuple[Attribute, ...]:
    """The attributes of a standard schema; those of extensions carry the URN in their path."""
    return attributes_of(definition(name), prefix=f"{ENTERPRISE}:" if name == "EnterpriseUser" else "")


def _read(path: str) -> str:
    return (files("conformance.schemas") / path).read_text(encoding="utf-8")
