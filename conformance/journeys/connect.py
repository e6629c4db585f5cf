"""Test Connection: the random look-ups by which Entra proves endpoint and credentials."""

from __future__ import annotations

import uuid

from conformance.idp.entra.people import NAMESPACE
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, USERS, Entra
from conformance.scim.request import Request
from conformance.scim.target import encode_query, quoted


@journey(writes=False)
def connect(entra: Entra) -> None:
    """Probe users and groups with a GUID that nobody has, in both encodings of the query."""
    attribute = entra.client.target.assumptions.matching[0]
    guid = str(uuid.uuid5(NAMESPACE, f"{entra.people.prefix}/{entra.people.seed}"))
    entra.match(attribute, guid, step="probe-users")
    entra.match(attribute, guid, step="probe-users-percent", percent=True)
    query = encode_query([("filter", f"{attribute} eq {quoted(guid)}")])
    entra.send("probe-with-agent", Request("GET", USERS, query, headers={"user-agent": "scim-conformance"}))
    if entra.client.target.assumptions.capabilities.get("groups", True):
        entra.match("displayName", guid, step="probe-groups", collection=GROUPS)
