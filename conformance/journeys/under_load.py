"""The load journey: its steps are noted by the ``load`` verb, whose processes send the requests."""

from __future__ import annotations

from conformance.journeys import journey
from conformance.journeys.actor import Entra, NotOffered

TRAFFIC, SET_UP, CREATES, ERRORS, THROTTLED, MEMBERS, PEOPLE = (
    "traffic", "set-up", "creates", "errors", "throttled", "members", "people",
)  # fmt: skip
"""The journey's steps."""

RATE = 25.0
"""Requests a second that Microsoft's gallery demands for each tenant."""

SECONDS = 30.0
"""How long that rate is to be asked for at least: over a shorter time nobody can say that it is sustained."""


@journey(users=0, verb="load")
def load(entra: Entra) -> None:
    """Nothing is sent by a run.

    Raises:
        NotOffered: always; the journey is the ``load`` verb's.
    """
    raise NotOffered(f"{entra.played.journey} is played by `scim-conformance load`")
