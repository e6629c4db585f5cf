"""Faults around disabling and restoring users."""

from __future__ import annotations

from tests.faults.layer import Answer, Call, Serve, fault


@fault("disable-refused", catches=["user-disable-accepted"])
def disable_refused(call: Call, serve: Serve) -> Answer:
    """A PATCH of active is answered 400."""
    if any(op.get("path") == "active" for op in call.operations):
        return Answer(400, {"Content-Type": "application/scim+json"}, {"status": "400", "detail": "no"})
    return serve(call)


@fault("disable-ignored", catches=["user-disable-applied"])
def disable_ignored(call: Call, serve: Serve) -> Answer:
    """A PATCH of active is answered 204 and changes nothing."""
    if any(op.get("path") == "active" for op in call.operations):
        return Answer(204)
    return serve(call)
