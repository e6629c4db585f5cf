"""Where OAuth is used: how the access token was fetched, and a request with it."""

from __future__ import annotations

import uuid

from conformance.idp.entra.people import NAMESPACE
from conformance.journeys import journey
from conformance.journeys.actor import Entra, JourneyStopped, NotOffered
from conformance.recording import Step


@journey(writes=False)
def credentials(entra: Entra) -> None:
    """Look somebody up with a token from the token endpoint; note how that token came, without secrets."""
    if entra.client.target.oauth is None:
        raise NotOffered("no token endpoint is given (--token-url)")
    guid = str(uuid.uuid5(NAMESPACE, f"credentials/{entra.people.prefix}"))
    entra.match("userName", guid, step="call")
    fetched = entra.client.credentials.exchange
    if fetched is None:
        raise JourneyStopped("call")
    entra.played.steps["token"] = Step("token", [fetched])
