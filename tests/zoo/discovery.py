"""What the zoo's server says of itself."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.zoo.message import Answer, Refused, Request, listed
from tests.zoo.schema import ENTERPRISE, GROUP, SEGMENT, USER, Kind, definition

CORE = "urn:ietf:params:scim:schemas:core:2.0"
HEADS = {"serviceproviderconfig", "resourcetypes", "schemas"}
MOST_OPERATIONS = 100
MOST_BYTES = 262144


@cache
def _schemas(url: str) -> dict[str, dict[str, Any]]:
    found = [definition(name) for name in ("User", "Group", "EnterpriseUser")]
    return {
        row["id"]: row | {"meta": {"resourceType": "Schema", "location": f"{url}/Schemas/{row['id']}"}}
        for row in map(_truthful, found)
    }


def _truthful(row: dict[str, Any]) -> dict[str, Any]:
    """A definition that says what this server does: names of groups are unique."""
    if row["name"] != "Group":
        return row
    rows = [a | {"uniqueness": "server"} if a["name"] == "displayName" else a for a in row["attributes"]]
    return row | {"attributes": rows}


@cache
def _types(url: str) -> dict[str, dict[str, Any]]:
    return {kind.name: _type(url, kind) for kind in (USER, GROUP)}


def _type(url: str, kind: Kind) -> dict[str, Any]:
    extensions = [{"schema": ENTERPRISE, "required": False}] if kind is USER else []
    return {
        "schemas": [f"{CORE}:ResourceType"], "id": kind.name, "name": kind.name,
        "endpoint": f"/{SEGMENT[kind.name]}", "schema": kind.urn, "schemaExtensions": extensions,
        "meta": {"resourceType": "ResourceType", "location": f"{url}/ResourceTypes/{kind.name}"},
    }  # fmt: skip


def _config(url: str, *, bulk: bool) -> dict[str, Any]:
    scheme = {
        "type": "oauthbearertoken", "name": "Bearer", "description": "a fixed token",
        "specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": True,
    }  # fmt: skip
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {
            "supported": bulk,
            "maxOperations": MOST_OPERATIONS if bulk else 0,
            "maxPayloadSize": MOST_BYTES if bulk else 0,
        },
        "filter": {"supported": True, "maxResults": 1000},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [scheme],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{url}/ServiceProviderConfig"},
    }


def answer(url: str, request: Request, *, bulk: bool) -> Answer:
    """Answer a request for one of the documents.

    Raises:
        Refused: there is none, or it is not read.
    """
    if request.method != "GET":
        raise Refused(405, "only to be read")
    if "filter" in request.query:
        raise Refused(403, "no filter here")
    head = request.parts[0].lower()
    if head == "serviceproviderconfig":
        return Answer(200, _config(url, bulk=bulk))
    rows = _types(url) if head == "resourcetypes" else _schemas(url)
    if len(request.parts) == 1:
        return Answer(200, listed(list(rows.values()), len(rows)))
    if request.parts[1] not in rows:
        raise Refused(404, "nothing here")
    return Answer(200, rows[request.parts[1]])
