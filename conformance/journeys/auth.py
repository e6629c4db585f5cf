"""Requests without credentials, with wrong and with malformed ones; writes only touch the journey's own user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.idp.entra import mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, USERS, Entra, JourneyStopped, NotOffered, Owned
from conformance.scim.request import Request
from conformance.scim.target import encode_query

WRONG = "scimconf-wrong-token"
MALFORMED = ("Bearer", "Basic !!!", "Bearer a b c")
PAGE = encode_query([("startIndex", "1"), ("count", "1")])

IGNORED = 2
"""Requests in a row without an answer after which no more are sent: an endpoint may make whoever guesses tokens wait,
and each of them would cost the whole timeout."""


@journey()
def auth(entra: Entra) -> None:
    """Knock without a key, with a wrong one and with a bent one, at every kind of endpoint."""
    if not entra.client.target.has_credentials:
        raise NotOffered("no credentials are configured, so that a missing one cannot be told from a right one")
    user = entra.create_user(step="create")
    for kind, extra in (("none", {"token": None}), ("wrong", {"token": WRONG})):
        for path in (USERS, GROUPS, user.path):
            _knock(entra, f"read-{kind}", Request("GET", path, "" if path == user.path else PAGE, **extra))
        _write(entra, user, kind, extra)
    for value in MALFORMED:
        _knock(entra, "read-malformed", Request("GET", USERS, PAGE, token=None, headers={"authorization": value}))
    entra.read(user, step="read-after")


def _write(entra: Entra, user: Owned, kind: str, extra: Mapping[str, Any]) -> None:
    """Try to create, change and remove the journey's own; where it works, the clean-up finds it."""
    person = entra.person()
    step = f"write-{kind}"
    entra.attempt_create(USERS, mapping.minimal_user(person), step=step, name=person.user_name, request=extra)
    _go_on(entra, step)
    change = patch.envelope([{"op": "replace", "path": "displayName", "value": "changed by a stranger"}])
    _knock(entra, step, Request("PATCH", user.path, body=change, **extra))
    _knock(entra, step, Request("PUT", user.path, body=user.sent | {"displayName": "changed by a stranger"}, **extra))
    _knock(entra, step, Request("DELETE", user.path, **extra))


def _knock(entra: Entra, step: str, request: Request) -> None:
    entra.send(step, request)
    _go_on(entra, step)


def _go_on(entra: Entra, step: str) -> None:
    """Go on unless the endpoint has begun to ignore us.

    Raises:
        JourneyStopped: it has.
    """
    met = [exchange for played in entra.played.steps.values() for exchange in played.exchanges][-IGNORED:]
    if len(met) == IGNORED and all(exchange.error == "timeout" for exchange in met):
        raise JourneyStopped(step)
