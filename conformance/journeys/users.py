"""A user's life as Entra drives it: created, matched, disabled, restored, deprovisioned."""

from __future__ import annotations

from conformance.entra import BOTH
from conformance.journeys import journey
from conformance.journeys.actor import Entra


@journey(dialects=BOTH)
def disable(entra: Entra) -> None:
    """A leaver: disabled, still found, back again."""
    user = entra.create_user(step="create")
    entra.patch(user, {"active": False}, step="disable")
    entra.read(user, step="read-disabled")
    entra.match("userName", user.name, step="match-disabled")
    entra.patch(user, {"active": True}, step="restore")
    entra.read(user, step="read-restored")
