"""Many look-ups in a short time, where the user asks for it; the player plays it last and alone."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from conformance.idp.entra.people import NAMESPACE
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, NotOffered
from conformance.recording import Step
from conformance.scim.exchange import Exchange
from conformance.scim.request import Request
from conformance.scim.target import encode_query, quoted

RATE = 25
"""Requests a second that a tenant must be able to send (Microsoft's gallery)."""

REQUESTS = 50


@journey(writes=False)
def burst(entra: Entra) -> None:
    """Look for people who do not exist, 25 times a second, for two seconds."""
    if not entra.client.target.burst:
        raise NotOffered("no burst was asked for (--burst)")
    begin = time.monotonic()

    def look(number: int) -> Exchange:
        time.sleep(max(0.0, begin + number / RATE - time.monotonic()))
        guid = uuid.uuid5(NAMESPACE, f"burst/{entra.people.prefix}/{number}")
        query = encode_query([("filter", f"userName eq {quoted(str(guid))}")])
        # A 429 is what is looked for: it is not waited out.
        return entra.client.send(Request("GET", USERS, query, patient=False))

    with ThreadPoolExecutor(max_workers=RATE, thread_name_prefix="burst") as pool:
        exchanges = list(pool.map(look, range(REQUESTS)))
    entra.played.steps["burst"] = Step("burst", exchanges, {"rate": RATE})
