"""A user's life by the RFC alone: created, read, replaced, removed; odd but legal requests among them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, PATCH_OP, mapping
from conformance.idp.entra.people import NAMESPACE
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, Owned
from conformance.scim.clock import MADE_UP
from conformance.scim.exchange import Exchange
from conformance.scim.request import Request
from conformance.scim.target import quoted, unsegment

UNICODE = "Zoë Łukasz 漢字 e\N{COMBINING ACUTE ACCENT} \N{MATHEMATICAL SCRIPT CAPITAL A}"
"""Accented, non-Latin, combining and astral characters (RFC 7643 section 2.3.1)."""

LONG_AGO = MADE_UP
ELSEWHERE = "https://example.com/v2/Users/elsewhere"


@journey(users=3)
def crud(entra: Entra) -> None:
    """Create a user, follow its location, and replace it in every way that PUT allows."""
    body = _rich(entra)
    user = entra.create(USERS, body, step="create", name=body["userName"])
    body = user.sent
    location = entra.played.steps["create"].exchange.headers.get("location", "")
    entra.get(below(entra, location) or user.path, step="read")
    put(
        entra, user, body | {"displayName": "Replaced", "meta": {"created": LONG_AGO, "location": ELSEWHERE}}, "replace"
    )
    entra.read(user, step="read-replaced")
    emptied = {k: v for k, v in body.items() if k != "title"} | {"nickName": None, "emails": []}
    put(entra, user, emptied, "replace-emptied")
    put(entra, user, _upper(body), "replace-upper-case")
    put(entra, user, dict(reversed(body.items())) | {"schemas": [ENTERPRISE_USER, CORE_USER]}, "replace-reordered")
    doubled = {
        "schemas": [CORE_USER, CORE_USER, ENTERPRISE_USER],
        "emails": [*body.get("emails", []), {"type": "work", "value": body["userName"]}],
    }
    put(entra, user, body | doubled, "replace-doubled")
    put(entra, user, {k: v for k, v in body.items() if k != "userName"}, "replace-nameless")
    put(entra, user, body | {"id": last(entra.nobody(USERS))}, "replace-id")
    entra.read(user, step="read-last")


@journey(users=6)
def creation(entra: Entra) -> None:
    """Create users with what a client does not decide, and without what it has to send."""
    person = entra.person()
    external = person.external_id
    minimal = mapping.minimal_user(person)
    strange = {
        "meta": {"resourceType": "Banana", "created": LONG_AGO, "location": ELSEWHERE},
        "groups": [{"display": "Made up"}],
    }
    about = tuple(strange)
    entra.attempt_create(USERS, minimal | strange, step="create-with-meta", name=person.user_name, kept=about)
    chosen = last(entra.nobody(USERS))
    for step, extra in (
        ("create-with-id", {"id": chosen, "externalId": external, "emails": [{"value": person.email, "type": "work"}]}),
        ("create-same-external-id", {"externalId": external}),
        ("create-without-schemas", {"schemas": None}),
    ):
        another = mapping.minimal_user(entra.person())
        body = {key: value for key, value in (another | extra).items() if value is not None}
        entra.attempt_create(USERS, body, step=step, name=another["userName"], chosen=chosen)
    name = quoted(entra.played.steps["create-with-id"].exchange.request_body["userName"])
    query = [("filter", f"userName eq {name} and emails[primary eq true]")]
    entra.get(USERS, step="primary-by-filter", query=query)


@journey(users=4)
def removal(entra: Entra) -> None:
    """Delete a user, knock at the empty place, and create the same user again; then knock where nobody ever was."""
    person = entra.person()
    body = mapping.documented_user(person)
    user = entra.create(USERS, body, step="create", name=person.user_name)
    body = user.sent
    entra.delete(user, step="delete")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        knock(entra, method, user.path, body, step="gone")
    entra.match("userName", person.user_name, step="match-gone")
    entra.attempt_create(USERS, body, step="create-again", name=person.user_name)
    nowhere = entra.nobody(USERS)
    stranger = mapping.minimal_user(entra.person())
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        knock(entra, method, nowhere, stranger, step=f"unknown-{method.lower()}")
    entra.match("userName", stranger["userName"], step="match-unknown")


def put(entra: Entra, owned: Owned, body: dict[str, Any], step: str) -> Exchange:
    """Replace a resource, with the version last seen where the endpoint gave one."""
    seen = [s.exchange for s in entra.played.steps.values() if s.exchange.resource_id == owned.id]
    tag = seen[-1].headers.get("etag") if seen else None
    headers = {"if-match": tag} if tag else {}
    body = entra.usual(owned.collection, body)
    return entra.send(step, Request("PUT", owned.path, body=body, headers=headers))


def knock(entra: Entra, method: str, path: str, body: dict[str, Any], *, step: str) -> None:
    """Send a request to a resource that does not exist."""
    operations = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "nobody"}]}
    sent = {"PUT": body, "PATCH": operations}.get(method)
    entra.knock(step, Request(method, path, body=sent))


def last(path: str) -> str:
    """The id that a path ends in."""
    return unsegment(path.rpartition("/")[2])


def below(entra: Entra, location: str) -> str | None:
    """The path of a location below the tenant URL, whatever host a proxy made of it; None where it is elsewhere.

    A relative one is resolved against the tenant URL (RFC 7643 section 2.3.7).
    """
    base = urlsplit(entra.client.target.base).path
    parts = urlsplit(location)
    if parts.path.startswith(f"{base}/"):
        return parts.path.removeprefix(base)
    return None if parts.netloc or not parts.path else "/" + parts.path.lstrip("./")


def _rich(entra: Entra) -> dict[str, Any]:
    person = entra.person()
    return mapping.full_user(person) | {
        "externalId": f"AbC-{person.external_id}",
        "displayName": UNICODE,
        "nickName": person.nick_name,
        "password": f"P{uuid.uuid5(NAMESPACE, person.user_name)}!",
    }


def _upper(body: dict[str, Any]) -> dict[str, Any]:
    """The same with the names of simple attributes in capitals."""
    plain = {"userName", "displayName", "nickName", "title", "active", "externalId"}
    return {key.upper() if key in plain else key: value for key, value in body.items()} | {"DISPLAYNAME": "In capitals"}
