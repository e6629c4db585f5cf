"""What the endpoint says of itself; the other journeys build on it, and it is played once."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import LIST_RESPONSE
from conformance.journeys import journey
from conformance.journeys.actor import Entra
from conformance.scim.request import Request
from conformance.scim.target import encode_query, segment

MOST = 6
"""Schemas and types looked up one by one; an endpoint can publish hundreds."""


@journey(writes=False)
def discovery(entra: Entra) -> None:
    """Read the service provider's configuration, its resource types and its schemas."""
    entra.get("/ServiceProviderConfig", step="service-provider-config")
    entra.get("/ResourceTypes", step="resource-types")
    entra.get("/Schemas", step="schemas")


@journey(writes=False)
def discovery_tour(entra: Entra) -> None:
    """Look each schema and type up, and ask for a filter and a page where there is none."""
    named = [str(schema["id"]) for schema in entra.features.schemas if schema.get("id")]
    for urn in named[:MOST]:
        entra.get(f"/Schemas/{segment(urn)}", step="schema")
    if not named:
        entra.skip("schema", why="GET /Schemas lists no schema with an id")
    for kind in [one for one in entra.features.types if one.get("id") or one.get("name")][:MOST]:
        entra.get(f"/ResourceTypes/{segment(_key(kind))}", step="resource-type")
    for kind in entra.features.types[:MOST]:
        if "://" not in str(kind.get("endpoint")):
            path = "/" + str(kind.get("endpoint")).strip("/")
            entra.send("endpoint", Request("GET", path, encode_query([("startIndex", "1"), ("count", "1")])))
    page = [("startIndex", "2"), ("count", "1"), ("sortBy", "id")]
    for path in ("/Schemas", "/ResourceTypes"):
        entra.get(path, step="paged", query=page)
        entra.get(path, step="filtered", query=[("filter", 'id eq "urn:example:none"')])
    entra.get(f"/Schemas/{LIST_RESPONSE}", step="message-schema")
    entra.send("public-config", Request("GET", "/ServiceProviderConfig", token=None))


@journey(users=0)
def discovery_post(entra: Entra) -> None:
    """Try to add to what only the service provider can change; the body is empty."""
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        entra.send("post", Request("POST", path, body={}))


def _key(kind: dict[str, Any]) -> str:
    """What a resource type is looked up by: its id, else its name (RFC 7643 section 6)."""
    return str(kind.get("id") or kind.get("name"))
