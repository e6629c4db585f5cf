"""Queries sent by POST (RFC 7644 section 3.4.3): two users and a group, looked for in every way."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import SEARCH_REQUEST, mapping
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, USERS, Entra, JourneyStopped, NotOffered
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find
from conformance.scim.request import Request
from conformance.scim.target import quoted

ABSENT = frozenset({403, 404, 405, 501})
"""How an endpoint without searches by POST answers one."""


@journey(users=3, groups=1)
def search(entra: Entra) -> None:
    """Look whether there are searches by POST at all, then create what can be found."""
    first = _search(entra, "any", count=1)
    if first.status in ABSENT:
        raise NotOffered(f"POST {USERS}/.search is answered {first.status}")
    if not first.ok:
        raise JourneyStopped("any")
    users = [entra.create_user(body=_named(entra)) for _ in range(2)]
    ids = [user.id for user in users]
    begin = quoted(f"{entra.people.prefix}-{entra.key}")
    ours = f"userName sw {begin}"
    _search(entra, "found", {"ids": ids}, filter=ours)
    if find(entra.features.config, "pagination.index") is not False:
        sorts = entra.features.offers("sort") is True
        order = {"sortBy": "userName", "sortOrder": "descending"} if sorts else {}
        _search(entra, "second", {"id": ids[0] if sorts else None}, filter=ours, startIndex=2, count=1, **order)
    _search(entra, "asked", filter=ours, attributes=["userName"])
    _search(entra, "excluded", filter=ours, excludedAttributes=["id", "displayName"])
    body = {"filter": ours, "count": 1}
    entra.send("unnamed", Request("POST", f"{USERS}/.search", body=body, searches=True))
    group = _group(entra)
    # Some endpoints cannot compare an attribute that somebody lacks, so there is always somebody who lacks it.
    without = mapping.minimal_user(entra.person())
    third = entra.attempt_create(USERS, without, step="create-without-display-name", name=without["userName"])
    facts = {"ids": ids, "group": group, "without": third.resource_id}
    _search(entra, "everywhere", facts, path="", filter=f"displayName sw {begin}")


def _group(entra: Entra) -> str | None:
    """The id of a new group; None where there is none."""
    if not entra.has_groups:
        return None
    body = entra.group_body()
    made = entra.attempt_create(GROUPS, body, step="create-group", name=body["displayName"])
    return made.resource_id if made.ok else None


def _named(entra: Entra) -> dict[str, Any]:
    person = entra.person()
    # The group's name begins with the same words, so that one filter finds all three.
    return mapping.minimal_user(person) | {"displayName": person.user_name}


def _search(
    entra: Entra, step: str, facts: dict[str, Any] | None = None, *, path: str = USERS, **parameters: Any
) -> Exchange:
    body = {"schemas": [SEARCH_REQUEST], **parameters}
    return entra.send(step, Request("POST", f"{path}/.search", body=body, searches=True), **(facts or {}))
