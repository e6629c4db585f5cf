"""Leavers: disabled and restored, and in the end deleted."""

from __future__ import annotations

from conformance.idp.entra import mapping
from conformance.journeys import every, journey
from conformance.journeys.actor import NO_TEXT, USERS, Entra
from conformance.scim.request import Request


@journey(spoken=every)
def disable(entra: Entra) -> None:
    """A leaver: disabled, still found, back again."""
    user = entra.create_user(step="create")
    entra.see(user, step="create", path="name.familyName")
    entra.patch(user, {"active": False}, step="disable")
    entra.read(user, step="read-disabled")
    entra.match("userName", user.name, step="match-disabled", id=user.id)
    name = entra.text("title")
    if name is None:
        entra.skip("change-disabled", "read-changed", why=NO_TEXT)
    else:
        entra.patch(user, {name: "Alumnus"}, step="change-disabled")
        entra.read(user, step="read-changed")
    entra.patch(user, {"active": True}, step="restore")
    entra.read(user, step="read-restored")


@journey(users=4)
def deprovision(entra: Entra) -> None:
    """A hard delete: gone from everywhere, and free to be created again."""
    body = mapping.documented_user(entra.person())
    user = entra.create_user(step="create", body=body)
    body = user.sent
    entra.delete(user, step="delete")
    entra.send("read-deleted", Request("GET", user.path))
    entra.match("userName", user.name, step="match-deleted")
    entra.knock("delete-again", Request("DELETE", user.path))
    entra.attempt_create(USERS, body, step="create-again", name=user.name)
    nobody = entra.nobody(USERS)
    entra.knock("delete-unknown", Request("DELETE", nobody))
    entra.get(nobody, step="read-unknown")
