"""What an endpoint offers, read from its discovery documents (RFC 7643 sections 5 to 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.scim.exchange import Exchange, NotJson
from conformance.scim.paths import MISSING, find, member, objects

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CONFIG = ("patch", "bulk", "filter", "changePassword", "sort", "etag", "authenticationSchemes")
"""What a ServiceProviderConfig consists of (RFC 7643 section 5)."""

COMMON = frozenset({"id", "externalid", "meta", "schemas"})
"""Attributes of every resource, which schemas need not list (RFC 7643 section 3.1)."""


@dataclass(frozen=True)
class Features:
    """An endpoint's own description; empty parts where it gives none.

    Attributes:
        config: the ServiceProviderConfig.
        types: the resource types.
        schemas: the schemas.
        stated: what the user says that the endpoint offers or not, whatever it says itself.
    """

    config: dict[str, Any] = field(default_factory=dict)
    types: list[dict[str, Any]] = field(default_factory=list)
    schemas: list[dict[str, Any]] = field(default_factory=list)
    stated: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, answers: Mapping[str, Exchange], stated: Mapping[str, bool] | None = None) -> Features:
        """Read the discovery journey's answers: ``service-provider-config``, ``resource-types``, ``schemas``."""
        config = answers.get("service-provider-config")
        types, schemas = answers.get("resource-types"), answers.get("schemas")
        return cls(
            config.resource if config is not None and config.ok and not is_catch_all(config) else {},
            documents(types) if types is not None and types.ok else [],
            documents(schemas) if schemas is not None and schemas.ok else [],
            stated or {},
        )

    def offers(self, feature: str) -> bool | None:
        """Whether ``patch``, ``bulk``, ``filter``, ``sort``, ``etag``, ``changePassword`` or ``cursor`` is advertised.

        None where the endpoint does not say.
        """
        if feature in self.stated:
            return self.stated[feature]
        supported = find(self.config, "pagination.cursor" if feature == "cursor" else f"{feature}.supported")
        return supported if isinstance(supported, bool) else None

    @property
    def has_groups(self) -> bool:
        """Whether neither the endpoint's resource types nor the user say that it has no groups."""
        if "groups" in self.stated:
            return self.stated["groups"]
        return not self.types or self.resource_type("Group") is not None

    def resource_type(self, name: str) -> dict[str, Any] | None:
        """The resource type of that name, in any letter case."""
        names = ((str(t.get("name", "")).casefold(), t) for t in self.types)
        return next((t for n, t in names if n == name.casefold()), None)

    def schema(self, urn: str) -> dict[str, Any] | None:
        """The schema of that URN, in any letter case."""
        return next((s for s in self.schemas if str(s.get("id", "")).casefold() == urn.casefold()), None)

    def attribute(self, urn: str, path: str) -> dict[str, Any] | None:
        """The definition of an attribute (``displayName``) or sub-attribute (``name.givenName``) of a schema."""
        level: Any = self.schema(urn) or {}
        members = "attributes"
        for name in path.split("."):
            rows = member(level, members)
            rows = rows if rows is not MISSING and isinstance(rows, list) else []
            named = ((str(r.get("name", "")).casefold(), r) for r in rows if isinstance(r, dict))
            level = next((r for n, r in named if n == name.casefold()), None)
            if level is None:
                return None
            members = "subAttributes"
        found: dict[str, Any] = level
        return found

    def lists_user_attribute(self, path: str) -> bool:
        """Whether a User can have the attribute at a SCIM path, as far as the schemas tell.

        True where the endpoint publishes no User schema.
        """
        urn, _, attribute = re.sub(r"\[[^\]]*\]", "", path).rpartition(":")
        schema = self.schema(urn or CORE_USER)
        if schema is None:
            return self.schema(CORE_USER) is None
        return attribute.split(".")[0].casefold() in COMMON or self.attribute(urn or CORE_USER, attribute) is not None


def documents(exchange: Exchange) -> list[dict[str, Any]]:
    """The documents of a ListResponse, or of a bare array, as some endpoints give them."""
    try:
        found = exchange.json
    except NotJson:
        return []
    return objects(found) if isinstance(found, list) else exchange.listed


def is_catch_all(config: Exchange | None) -> bool:
    """Whether something else answers for the ServiceProviderConfig: an empty list, as some give to any path.

    Args:
        config: the answer to ``GET /ServiceProviderConfig``, or None.
    """
    if config is None or not config.ok:
        return False
    told = config.resource
    is_list = any(member(told, name) is not MISSING for name in ("Resources", "totalResults"))
    return is_list and not config.listed and not is_config(told)


def is_config(document: dict[str, Any]) -> bool:
    """Whether a document says anything that a ServiceProviderConfig says."""
    return any(member(document, name) is not MISSING for name in CONFIG)
