"""One user shown in part: attributes and excludedAttributes wherever a resource is returned (RFC 7644 section 3.9)."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, Owned
from conformance.scim.request import Request
from conformance.scim.target import encode_query, quoted

CASED = "Named in capitals"
UNKNOWN = "scimconfShoeSize"
DEPARTMENT = f"{ENTERPRISE_USER}:department"

READS = {
    "asked": [("attributes", "userName,emails")],
    "asked-sub": [("attributes", "name.familyName")],
    "asked-urn": [("attributes", f"{CORE_USER}:userName,{DEPARTMENT}")],
    "asked-case": [("attributes", "USERNAME,NAME.FAMILYNAME")],
    "asked-unknown": [("attributes", f"userName,{UNKNOWN}")],
    "excluded": [("excludedAttributes", "emails,displayName")],
    "excluded-always": [("excludedAttributes", "id,displayName")],
    "excluded-sub": [("excludedAttributes", "name.givenName")],
    "excluded-case": [("excludedAttributes", "DISPLAYNAME")],
    "both": [("attributes", "userName,displayName"), ("excludedAttributes", "displayName")],
}
"""Steps, each with the query of a user who is read by id."""


@journey()
def projection(entra: Entra) -> None:
    """Create, replace, patch, read and list a user, asking for some of the attributes each time."""
    user = _created(entra)
    if user is None:
        body = _body(entra)
        user = entra.create(USERS, body, step="create", name=body["userName"])
    entra.read(user, step="read")
    for step, query in READS.items():
        entra.read(user, step=step, query=query)
    by_name = ("filter", f"userName eq {quoted(user.name)}")
    for step, part in (
        ("list-asked", ("attributes", "userName")),
        ("list-excluded", ("excludedAttributes", "displayName")),
    ):
        entra.send(step, Request("GET", USERS, encode_query([by_name, part])), id=user.id)
    _change(entra, user)


def _change(entra: Entra, user: Owned) -> None:
    """Write last: there are servers that store no more than they were asked to show."""
    tag = entra.played.steps["read"].exchange.headers.get("etag")
    excluded = encode_query([("excludedAttributes", "emails,displayName")])
    replace = Request("PUT", user.path, excluded, user.sent, headers={"if-match": tag} if tag else {})
    entra.send("replace-excluded", replace)
    if entra.features.offers("patch") is not False:
        asked = encode_query([("attributes", "userName")])
        titled = patch.envelope([{"op": "replace", "path": entra.text("title") or "displayName", "value": "Reader"}])
        entra.send("patch-asked", Request("PATCH", user.path, asked, titled))
        entra.operate(user, [{"op": "replace", "value": {"NICKNAME": CASED}}], step="patch-case")
        entra.read(user, step="read-last")


def _created(entra: Entra) -> Owned | None:
    body = _body(entra)
    # Without the name in the answer the user would not count as ours.
    query = encode_query([("attributes", "userName")])
    entra.attempt_create(USERS, body, step="create-asked", name=body["userName"], request={"query": query})
    return entra.created(USERS)


def _body(entra: Entra) -> dict[str, Any]:
    person = entra.person()
    return mapping.full_user(person) | {"nickName": person.nick_name}
