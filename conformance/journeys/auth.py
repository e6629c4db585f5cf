"""Requests without credentials, with wrong and with malformed ones; writes only touch the journey's own user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.entra import mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, USERS, Entra, NotOffered, Owned
from conformance.scim.request import Request
from conformance.scim.target import encode_query

WRONG = "scimconf-wrong-token"
MALFORMED = ("Bearer", "Basic !!!", "Bearer a b c")
PAGE = encode_query([("startIndex", "1"), ("count", "1")])


@journey()
def auth(entra: Entra) -> None:
    """Knock without a key, with a wrong one and with a bent one, at every kind of endpoint."""
    if not entra.client.target.has_credentials:
        raise NotOffered("no credentials are configured, so that a missing one cannot be told from a right one")
    user = entra.create_user(step="create")
    for kind, extra in (("none", {"token": None}), ("wrong", {"token": WRONG})):
        for path in (USERS, GROUPS, user.path):
            entra.send(f"read-{kind}", Request("GET", path, "" if path == user.path else PAGE, **extra))
        _write(entra, user, kind, extra)
    for value in MALFORMED:
        entra.send("read-malformed", Request("GET", USERS, PAGE, token=None, headers={"authorization": value}))
    entra.read(user, step="read-after")


def _write(entra: Entra, user: Owned, kind: str, extra: Mapping[str, Any]) -> None:
    """Try to create, change and remove the journey's own; where it works, the clean-up finds it."""
    person = entra.person()
    step = f"write-{kind}"
    entra.attempt_create(USERS, mapping.minimal_user(person), step=step, name=person.user_name, request=extra)
    change = patch.envelope([{"op": "replace", "path": "displayName", "value": "changed by a stranger"}])
    entra.send(step, Request("PATCH", user.path, body=change, **extra))
    entra.send(step, Request("PUT", user.path, body=user.sent | {"displayName": "changed by a stranger"}, **extra))
    entra.send(step, Request("DELETE", user.path, **extra))
