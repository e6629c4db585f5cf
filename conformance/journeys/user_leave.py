"""Leavers: disabled and restored, and in the end deleted."""

from __future__ import annotations

import uuid

from conformance.entra import BOTH, mapping
from conformance.entra.people import NAMESPACE
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra
from conformance.scim.client import Request


@journey(dialects=BOTH)
def disable(entra: Entra) -> None:
    """A leaver: disabled, still found, back again."""
    user = entra.create_user(step="create")
    entra.patch(user, {"active": False}, step="disable")
    entra.read(user, step="read-disabled", sent=user.sent)
    entra.match("userName", user.name, step="match-disabled", id=user.id)
    entra.patch(user, {"title": "Alumnus"}, step="change-disabled")
    entra.read(user, step="read-changed")
    entra.patch(user, {"active": True}, step="restore")
    entra.read(user, step="read-restored")


@journey(users=2)
def deprovision(entra: Entra) -> None:
    """A hard delete: gone from everywhere, and free to be created again."""
    body = mapping.documented_user(entra.person())
    user = entra.create_user(step="create", body=body)
    entra.delete(user, step="delete")
    entra.send("read-deleted", Request("GET", user.path))
    entra.match("userName", user.name, step="match-deleted")
    # The id was this run's a moment ago, and nobody else's can take its place.
    entra.send("delete-again", Request("DELETE", user.path, invents=True))
    nobody = uuid.uuid5(NAMESPACE, f"nobody/{user.name}")
    entra.send("delete-unknown", Request("DELETE", f"{USERS}/{nobody}", invents=True))
    entra.get(f"{USERS}/{nobody}", step="read-unknown")
    entra.attempt_create(USERS, body, step="create-again", name=user.name)
