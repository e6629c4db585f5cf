"""Media types, headers and parameters, in the forms that clients use."""

from __future__ import annotations

from conformance.idp.entra import mapping
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, JourneyStopped, Owned
from conformance.scim.request import Request

ACCEPTED = {
    "accept-scim": "application/scim+json",
    "accept-json": "application/json",
    "accept-none": None,
    "accept-any": "*/*",
    "accept-charset": "application/scim+json; charset=utf-8",
    "accept-list": "application/json;q=0.5, application/scim+json",
}
"""Values of Accept by step."""


@journey()
def transport(entra: Entra) -> None:
    """Create a user with plain JSON, and read it with every Accept header that a client may send."""
    user = _with_plain_json(entra)
    for step, accept in ACCEPTED.items():
        entra.send(step, Request("GET", user.path, headers={"accept": accept}))
    entra.read(user, step="unknown-parameter", query=[("zzUnknown", "1")])
    entra.send("prefer-async", Request("GET", user.path, headers={"prefer": "respond-async"}))


def _with_plain_json(entra: Entra) -> Owned:
    person = entra.person()
    body = mapping.documented_user(person)
    plain = {"headers": {"content-type": "application/json"}}
    answer = entra.attempt_create(USERS, body, step="create-json", name=person.user_name, request=plain)
    if answer.resource_id is None:
        return entra.create_user(step="create")
    if not entra.client.owns(USERS, answer.resource_id):
        raise JourneyStopped("create-json")
    return Owned(USERS, answer.resource_id, person.user_name, body)
