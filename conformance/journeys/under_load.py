"""The load journey: its steps are noted by the ``load`` verb, whose processes send the requests."""

from __future__ import annotations

from conformance.journeys import journey
from conformance.journeys.actor import Entra, NotOffered

TRAFFIC, SET_UP, ERRORS, THROTTLED, MEMBERS, PEOPLE = ("traffic", "set-up", "errors", "throttled", "members", "people")
"""The journey's steps."""

RATE = 25.0
"""Requests a second that Microsoft's gallery demands for each tenant."""


@journey(users=0, verb="load")
def load(entra: Entra) -> None:
    """Nothing is sent by a run.

    Raises:
        NotOffered: always; the journey is the ``load`` verb's.
    """
    raise NotOffered(f"{entra.played.journey} is played by `scim-conformance load`")
