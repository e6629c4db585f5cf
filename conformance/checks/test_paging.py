"""Pages by index: what startIndex and count do, and what the answers say of themselves (RFC 7644 section 3.4.2.4)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from conformance import expect
from conformance.check import Steps, check
from conformance.journeys.paging import PAGE
from conformance.recording import Step
from conformance.scim.exchange import Exchange
from conformance.verdict import Failure, NotApplicable, Observation

WINDOWS = ("walk", "start-zero", "start-negative")
"""Steps that ask for a few users."""


def by_index(paging: Steps, name: str) -> Step:
    """A step of the walk by index."""
    if not paging["all"].facts["index"]:
        raise NotApplicable("ServiceProviderConfig says pagination.index is false")
    return paging[name]


def counted(paging: Steps, name: str) -> Step:
    """A step of the walk by index of an endpoint that pages at all; that it does is judged once."""
    step = by_index(paging, name)
    first = by_index(paging, "walk").exchanges[0]
    if not first.ok:
        raise NotApplicable(f"a query with startIndex and count is answered {first.status}")
    if len(first.listed) > PAGE:
        raise NotApplicable("count is ignored")
    return step


def filtered(paging: Steps) -> bool:
    """Whether the lists hold this journey's users and nobody else."""
    facts = paging["all"].facts
    rows = [
        row for step in paging.played.steps.values() for e in step.exchanges if e.method == "GET" for row in e.listed
    ]
    return bool(facts["filtered"]) and {row.get("id") for row in rows} <= set(facts["ids"])


def asked(exchange: Exchange, name: str) -> int:
    """A number in the query of a request."""
    return int(parse_qs(urlsplit(exchange.url).query)[name][0])


def partial(exchange: Exchange) -> bool:
    """Whether a list holds some of its results only."""
    total = exchange.resource.get("totalResults")
    return exchange.ok and isinstance(total, int) and 0 < len(exchange.listed) < total


@check("paging-count", covers=["RFC7644-3.4.2.4-04", "RFC7644-3.4.2.4-07"], profile="rfc")
def test_no_page_is_larger_than_asked(paging: Steps) -> None:
    """No page holds more users than count asks for.

    A client sizes its memory and its time by the pages it asks for.

    Fix: cut the list at count.
    """
    step = by_index(paging, "walk")
    if (step.exchanges[0].status or 0) in {400, 501}:
        raise Observation(f"a query with startIndex and count is answered {step.exchanges[0].status}")
    for name in WINDOWS:
        for exchange in paging[name].exchanges:
            if len(exchange.listed) > asked(exchange, "count"):
                wanted = f"at most {asked(exchange, 'count')} users"
                raise Failure(wanted, f"{len(exchange.listed)}", path="Resources")
    if filtered(paging) and step.exchanges[0].ok and len(step.exchanges[0].listed) < PAGE:
        raise Observation(f"pages are shorter than asked for: {len(step.exchanges[0].listed)} of {PAGE}")


@check("paging-partial", covers=["RFC7644-3.4.2-05"], profile="rfc")
def test_partial_lists_say_where_they_are(paging: Steps) -> None:
    """A list that holds some of its results only says startIndex and itemsPerPage.

    Without them a client cannot tell a page from the whole.

    Fix: add startIndex and itemsPerPage to every partial list.
    """
    counted(paging, "walk")
    found = [e for name in WINDOWS for e in paging[name].exchanges if partial(e)]
    if not found:
        raise NotApplicable("no list was partial")
    names = ("startIndex", "itemsPerPage")
    missing = (f"no {name} as a number" for e in found for name in names if type(e.resource.get(name)) is not int)
    expect.nothing(missing, "startIndex and itemsPerPage in a partial list")
