"""What became of all that the other journeys created, or tried to; the player plays it last."""

from __future__ import annotations

from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra


@journey(users=0)
def reckoning(entra: Entra) -> None:
    """Look for everything that carries the run's prefix, and tell what the endpoint did that no good one does."""
    events = entra.client.reckon()
    ledger = entra.client.ledger
    facts = {
        "events": [event.to_json() for event in events],
        "lag": round(ledger.lag, 2),
        "created": len(ledger.ever),
    }
    query = [("startIndex", "1"), ("count", "10")]
    entra.get(USERS, step="list", query=query)
    entra.record("books", entra.client.evidence or entra.played.steps["list"].exchanges, **facts)
