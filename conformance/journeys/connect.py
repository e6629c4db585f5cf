"""Test Connection: the random look-ups by which Entra proves endpoint and credentials."""

from __future__ import annotations

import uuid

from conformance.entra.people import NAMESPACE
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, Entra


@journey(writes=False)
def connect(entra: Entra) -> None:
    """Probe users and groups with a GUID that nobody has, in both encodings of the query."""
    guid = str(uuid.uuid5(NAMESPACE, f"{entra.people.prefix}/{entra.people.seed}"))
    entra.match("userName", guid, step="probe-users")
    entra.match("userName", guid, step="probe-users-percent", percent=True)
    entra.match("displayName", guid, step="probe-groups", collection=GROUPS)
