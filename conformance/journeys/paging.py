"""Eleven users walked through in pages: by index (RFC 7644 section 3.4.2.4) and by cursor (RFC 9865)."""

from __future__ import annotations

from conformance.idp.entra import SEARCH_REQUEST, mapping
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, Query
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find, number
from conformance.scim.request import Request
from conformance.scim.target import quoted

PEOPLE = 11
PAGE = 5
MOST_PAGES = 11
"""A page can be cut down to one user."""

HUGE = 100_000
FAR = 2_000_000_000
"""Past the end of every list, and still a 32-bit number."""

NO_CURSOR = "scimconf-no-such-cursor"


@journey(users=11)
def paging(entra: Entra) -> None:
    """List the journey's own users in pages, with good and bad parameters; others come and go meanwhile."""
    users = [entra.create_user(body=mapping.minimal_user(entra.person())) for _ in range(PEOPLE)]
    ours: Query = [("filter", f"userName sw {quoted(f'{entra.people.prefix}-{entra.key}')}")]
    ids = {user.id for user in users}
    by_index = find(entra.features.config, "pagination.index") is not False
    by_cursor = entra.features.offers("cursor") is True
    first = entra.get(USERS, step="all", query=ours)
    filtered = first.status == 200 and bool(first.listed) and set(first.listed_ids) <= ids  # noqa: PLR2004
    entra.played.steps["all"].facts.update(ids=sorted(ids), filtered=filtered, index=by_index, cursor=by_cursor)
    # Without the filter everybody is listed: enough to see the form of a page, not to count.
    query = list(ours) if filtered else []
    entra.get(USERS, step="plain", query=[*query, ("count", str(PAGE))])
    if by_index:
        _index(entra, query, MOST_PAGES if filtered else 2)
    _as_the_gate_walks(entra)
    if by_cursor:
        _cursor(entra, query, MOST_PAGES if filtered else 2)


def _index(entra: Entra, query: Query, most: int) -> None:
    start = 1
    for _ in range(most):
        page = _page(entra, "walk", query, startIndex=start, count=PAGE)
        start += len(page.listed)
        # What the page says of itself is judged, and not trusted.
        if not 0 < len(page.listed) <= PAGE or start > PEOPLE:
            break
    _page(entra, "start-zero", query, startIndex=0, count=2)
    _page(entra, "start-negative", query, startIndex=-3, count=2)
    _page(entra, "past-end", query, startIndex=FAR, count=2)
    _page(entra, "count-zero", query, startIndex=1, count=0)
    _page(entra, "count-negative", query, startIndex=1, count=-1)
    if query:
        # Everybody of a large tenant is more than a page needs.
        _page(entra, "count-huge", query, startIndex=1, count=HUGE)
    _page(entra, "count-word", query, startIndex=1, count="many")


def _as_the_gate_walks(entra: Entra) -> None:
    """Walk through all users as Microsoft's gallery gate does, which stops after ten pages (entra.md 8.2)."""
    start = 1
    for _ in range(10):
        page = _page(entra, "gate", [], startIndex=start, count=PAGE)
        if not page.listed or start + len(page.listed) > number(page.resource.get("totalResults")):
            return
        start += len(page.listed)


def _cursor(entra: Entra, query: Query, most: int) -> None:
    cursor, previous = "", None
    for _ in range(most):
        page = _page(entra, "cursor-walk", query, cursor=cursor, count=PAGE)
        following = page.resource.get("nextCursor")
        previous = previous or page.resource.get("previousCursor")
        if not isinstance(following, str) or following in {"", cursor}:
            break
        cursor = following
    if isinstance(previous, str):
        _page(entra, "cursor-back", query, cursor=previous, count=PAGE)
    _page(entra, "cursor-unknown", query, cursor=NO_CURSOR, count=PAGE)
    _page(entra, "cursor-count-zero", query, cursor="", count=0)
    _page(entra, "cursor-count-negative", query, cursor="", count=-1)
    _page(entra, "cursor-count-word", query, cursor="", count="many")
    if entra.features.offers("sort"):
        _page(entra, "cursor-sorted", query, cursor="", count=PAGE, sortBy="userName", sortOrder="descending")
    body = {"schemas": [SEARCH_REQUEST], **dict(query), "cursor": "", "count": PAGE}
    entra.send("cursor-search", Request("POST", f"{USERS}/.search", body=body, searches=True))


def _page(entra: Entra, step: str, query: Query, **parameters: object) -> Exchange:
    return entra.get(USERS, step=step, query=[*query, *((name, str(value)) for name, value in parameters.items())])
