"""Mistakes a client makes; each is harmless, and has to be answered with an error that says what is wrong."""

from __future__ import annotations

from conformance.idp.entra import CORE_USER, mapping
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra
from conformance.journeys.crud import put
from conformance.scim.request import Request


@journey(users=2)
def errors(entra: Entra) -> None:
    """Send what is broken, incomplete, taken or nowhere."""
    first = entra.create_user(step="create")
    for step, text in (("not-json", "{bad"), ("array", "[]"), ("empty", "")):
        entra.send(step, Request("POST", USERS, text=text))
    _incomplete(entra)
    taken = mapping.documented_user(entra.person()) | {"userName": first.name}
    entra.attempt_create(USERS, taken, step="taken", name=first.name)
    second = entra.create_user(step="create-second")
    put(entra, second, second.sent | {"userName": first.name}, "replace-taken")
    entra.patch(second, {"userName": first.name}, step="patch-taken")
    entra.read(second, step="read-second")
    entra.send("patch-not-json", Request("PATCH", second.path, text="{bad"))
    entra.get("/NoSuchEndpoint", step="unknown-endpoint")
    entra.send("post-on-resource", Request("POST", second.path, body={}))
    entra.get(f"{USERS}/%27%22%3Cb%3Escimconf%3Cb%3E", step="odd-id")
    entra.get(USERS, step="bad-paging", query=[("startIndex", "abc"), ("count", "abc")])
    entra.get(USERS, step="secret-filter", query=[("filter", 'password eq "scimconf"')])
    entra.send("accept-xml", Request("GET", second.path, headers={"accept": "text/xml"}))
    entra.send("content-text", Request("POST", USERS, text="hello", headers={"content-type": "text/plain"}))


def _incomplete(entra: Entra) -> None:
    person = entra.person()
    wrong = mapping.minimal_user(person) | {"emails": "not a list", "active": {"is": "odd"}}
    entra.attempt_create(USERS, wrong, step="wrong-type", name=person.user_name)
    # Without a user name it is one of these by which it is known again, should the endpoint create it: some make the
    # display name of the name's parts, and some drop externalId.
    label = entra.person().user_name
    nameless = {"schemas": [CORE_USER], "displayName": label, "externalId": label}
    entra.attempt_create(USERS, nameless, step="nameless", name=label)
    entra.attempt_create(USERS, nameless | {"userName": ""}, step="empty-name", name=label)
