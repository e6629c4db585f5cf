"""Versions of a user: tags, conditional reads and conditional writes (RFC 7644 section 3.14)."""

from __future__ import annotations

from conformance.idp.entra import mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, NotOffered, Owned
from conformance.scim.exchange import Exchange
from conformance.scim.request import Request


@journey()
def versions(entra: Entra) -> None:
    """Read, change and delete a user with its present and with its past tags."""
    entra.require("etag")
    person = entra.person()
    body = mapping.minimal_user(person) | {"displayName": person.display_name}
    user = entra.create(USERS, body, step="create", name=person.user_name)
    first = _tag(entra.read(user, step="read", offered=entra.features.offers("etag")))
    if not first:
        raise NotOffered("the endpoint sends no ETag")
    _ask(entra, user, first, step="read-same")
    entra.send("patch-fresh", _rename(user, "Second", first))
    second = _tag(entra.read(user, step="read-patched"))
    _ask(entra, user, first, step="read-changed")
    entra.send("patch-stale", _rename(user, "Stale patch", first))
    entra.send("put-stale", _replace(entra, user, "Stale put", first))
    entra.read(user, step="read-unharmed")
    entra.send("put-fresh", _replace(entra, user, "Third", second))
    entra.read(user, step="read-put")
    entra.send("delete-stale", Request("DELETE", user.path, headers={"if-match": first}))


@journey(writes=False)
def me(entra: Entra) -> None:
    """Ask who one is oneself; nothing is ever written there."""
    entra.get("/Me", step="me")


def _ask(entra: Entra, user: Owned, tag: str, *, step: str) -> None:
    entra.send(step, Request("GET", user.path, headers={"if-none-match": tag}), tag=tag)


def _rename(user: Owned, name: str, tag: str) -> Request:
    change = patch.envelope([{"op": "replace", "path": "displayName", "value": name}])
    return Request("PATCH", user.path, body=change, headers={"if-match": tag})


def _replace(entra: Entra, user: Owned, name: str, tag: str) -> Request:
    body = entra.client.target.assumptions.applied(USERS, user.sent | {"displayName": name})
    return Request("PUT", user.path, body=body, headers={"if-match": tag})


def _tag(exchange: Exchange) -> str:
    return exchange.headers.get("etag", "")
