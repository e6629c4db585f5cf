"""Pages by cursor (RFC 9865), where the endpoint says that it has them."""

from __future__ import annotations

import re

from conformance.checks.test_paging import filtered, ids_of, only_filtered, partial
from conformance.journeys.paging import PAGE
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.exchange import Exchange
from conformance.scim.features import Features
from conformance.scim.paths import MISSING, find
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""RFC 3986 section 2.3."""


def by_cursor(paging: Steps, name: str) -> Step:
    """A step of the walk by cursor."""
    if not paging["all"].facts["cursor"]:
        raise NotApplicable("ServiceProviderConfig does not say that pagination.cursor is true")
    return paging[name]


def walked(paging: Steps) -> list[Exchange]:
    """The pages of the walk, where it could be begun; that it can is judged once."""
    pages = by_cursor(paging, "cursor-walk").exchanges
    if not pages[0].ok or not pages[0].listed:
        raise NotApplicable("there is no first page")
    return pages


def cut(paging: Steps) -> list[Exchange]:
    """The pages of the walk, where count is heeded; that it is is judged once."""
    pages = walked(paging)
    if len(pages[0].listed) > PAGE:
        raise NotApplicable("count is ignored")
    return pages


def given(exchange: Exchange, name: str) -> str | None:
    """A cursor in an answer; null and the empty string are none."""
    value = exchange.resource.get(name)
    return value if isinstance(value, str) and value else None


@check("cursor-announced", covers=["RFC9865-4-01"], profile="rfc")
def test_cursors_are_announced(paging: Steps) -> None:
    """An endpoint that answers with cursors says so in its ServiceProviderConfig.

    Clients that know cursors look for them there.

    Fix: add pagination with cursor true to the ServiceProviderConfig.
    """
    facts = paging["all"].facts
    if facts["cursor"]:
        return
    if given(paging["all"].exchange, "nextCursor") or given(paging["plain"].exchange, "nextCursor"):
        raise Failure(
            "pagination.cursor true in the ServiceProviderConfig",
            "a nextCursor without it",
            kind=Kind.WRONG_VALUE,
            subject="pagination.cursor",
        )
    raise NotApplicable("no answer has a cursor")


@check("cursor-first", covers=["RFC9865-2-01", "RFC9865-2-02"], profile="rfc")
def test_empty_cursor_begins(paging: Steps) -> None:
    """An empty cursor asks for the first page.

    It is how every walk begins.

    Fix: answer ?cursor= with 200 and the first page.
    """
    step = by_cursor(paging, "cursor-walk")
    if step.exchanges[0].status != 200:
        raise expect.answered(step.exchanges[0], "HTTP 200 for the first page")
    if not step.exchanges[0].listed:
        raise Failure("users on the first page", "none", path="Resources", kind=Kind.WRONG_RESULTS)


@check("cursor-walk", covers=["RFC9865-2-01", "RFC9865-2-12", "RFC9865-4-07"], profile="rfc")
def test_cursor_walk_meets_everybody_once(paging: Steps) -> None:
    """A walk along the cursors meets every user once, with the same parameters on every page.

    A user that a walk misses is taken for deleted.

    Fix: let a cursor stand for the place after the last user of its page, for at least cursorTimeout seconds.
    """
    pages = walked(paging)
    for exchange in pages:
        if exchange.status != 200:
            raise expect.answered(exchange, "HTTP 200 for every page")
    if not paging["all"].facts["filtered"]:
        raise NotApplicable("the filter userName sw is not supported, and others' users get in the way")
    met = [identifier for exchange in pages for identifier in ids_of(exchange)]
    ours = paging["all"].facts["ids"]
    lost, again, others = set(ours) - set(met), len(met) - len(set(met)), set(met) - set(ours)
    if again or others:
        raise Failure(
            "every user once, and nobody else",
            f"{again} again, {len(others)} others",
            path="Resources",
            kind=Kind.WRONG_RESULTS,
        )
    if lost and given(pages[-1], "nextCursor") is not None:
        raise Failure("every user once", f"{len(lost)} never", path="Resources", kind=Kind.WRONG_RESULTS)


@check("cursor-next", covers=["RFC9865-2-07", "RFC9865-2-08"], profile="rfc")
def test_every_page_but_the_last_leads_on(paging: Steps) -> None:
    """Every page but the last has a nextCursor.

    A client takes a page without one for the last.

    Fix: leave nextCursor out only where no user is left.
    """
    pages = walked(paging)
    only_filtered(paging)
    met = {identifier for exchange in pages for identifier in ids_of(exchange)}
    lost = len(set(paging["all"].facts["ids"]) - met)
    if pages[-1].ok and lost and given(pages[-1], "nextCursor") is None:
        raise Failure("a nextCursor", f"none, with {lost} users left", path="nextCursor", kind=Kind.MISSING_VALUE)
    if not lost and given(pages[-1], "nextCursor") is not None and not pages[-1].listed:
        raise Failure(
            "no nextCursor on the last page",
            "one on an empty page",
            path="nextCursor",
            level=Level.SHOULD,
            kind=Kind.UNWANTED_VALUE,
        )


@check("cursor-unreserved", covers=["RFC9865-2-03"], profile="rfc")
def test_cursors_fit_into_a_url(paging: Steps) -> None:
    """Cursors consist of letters, digits, and the characters - . _ ~.

    Others change on their way through a URL.

    Fix: encode cursors in base64url without padding.
    """
    found = [given(exchange, name) for exchange in walked(paging) for name in ("nextCursor", "previousCursor")]
    wrong = [show(cursor, 40) for cursor in found if cursor is not None and not UNRESERVED.fullmatch(cursor)]
    expect.nothing(wrong, "a cursor of unreserved characters", path="nextCursor", kind=Kind.WRONG_VALUE)


@check("cursor-count", covers=["RFC9865-2-06"], profile="rfc")
def test_no_cursor_page_is_larger_than_asked(paging: Steps) -> None:
    """No page holds more users than count asks for.

    A client sizes its memory and its time by the pages it asks for.

    Fix: cut every page at count.
    """
    wrong = [f"{len(exchange.listed)}" for exchange in walked(paging) if len(exchange.listed) > PAGE]
    expect.nothing(wrong, f"at most {PAGE} users", path="Resources", kind=Kind.COUNT)


@check("cursor-total", covers=["RFC7644-3.4.2-07", "RFC9865-2-11"], profile="rfc")
def test_cursor_total_counts_all(paging: Steps) -> None:
    """The totalResults of a page by cursor counts all users that match, or is left out.

    An estimate is of use; the length of the page is not.

    Fix: count before the list is cut, or leave totalResults out.
    """
    pages = walked(paging)
    only_filtered(paging)
    there = len(paging["all"].facts["ids"])
    totals = [exchange.resource.get("totalResults") for exchange in pages if exchange.listed]
    if any(total is None for total in totals):
        raise Observation("pages by cursor have no totalResults")
    wrong = [show(total) for total in totals if total != there]
    # Where counting costs too much an estimate is allowed.
    expect.nothing(wrong, f"totalResults {there}", path="totalResults", level=Level.SHOULD, kind=Kind.COUNT)


@check("cursor-previous", covers=["RFC9865-2-10", "RFC9865-2-09"], profile="rfc")
def test_previous_cursor_leads_back(paging: Steps) -> None:
    """The first page has no previousCursor; where later ones have it, it leads back.

    A client takes a page without one for the first.

    Fix: leave previousCursor out of the first page.
    """
    pages = walked(paging)
    if given(pages[0], "previousCursor") is not None:
        raise Failure("no previousCursor on the first page", "one", path="previousCursor", kind=Kind.UNWANTED_VALUE)
    if "cursor-back" not in paging:
        raise Observation("pages have no previousCursor")
    step = paging["cursor-back"]
    expect.status(step, 200, level=Level.SHOULD)
    if filtered(paging) and sorted(ids_of(step.exchange)) != sorted(ids_of(pages[0])):
        raise Failure("the page before", "another one", path="Resources", level=Level.SHOULD, kind=Kind.WRONG_RESULTS)


@check("cursor-sorted", covers=["RFC9865-2.2-01"], profile="rfc")
def test_cursor_pages_are_sorted(paging: Steps) -> None:
    """Pages by cursor come in the order that sortBy asks for, where sorting is offered.

    A client that reads the first page of a sorted list wants the first users, not any.

    Fix: sort before the list is cut.
    """
    walked(paging)
    only_filtered(paging)
    if "cursor-sorted" not in paging:
        raise NotApplicable("ServiceProviderConfig does not say that sort.supported is true")
    step = paging["cursor-sorted"]
    expect.status(step, 200)
    names = [str(row.get("userName", "")).casefold() for row in step.exchange.listed]
    # The names differ in one digit, or in length: those of equal length have one order under every collation.
    longest = max(map(len, names), default=0)
    for some in ([n for n in names if len(n) == longest], [n for n in names if len(n) < longest]):
        if some != sorted(some, reverse=True):
            raise Failure(
                "user names in descending order",
                show(names),
                path="Resources",
                kind=Kind.WRONG_RESULTS,
                subject="sortBy",
            )


@check("cursor-default", covers=["RFC9865-2.4-01", "RFC9865-2.4-02", "RFC9865-2.3-01"], profile="rfc")
def test_default_way_of_paging(paging: Steps, discovery: Steps) -> None:
    """A query that names no way of paging is answered in the default one.

    Clients that know startIndex only meet cursors otherwise, and stop after one page.

    Fix: announce defaultPaginationMethod and keep to it; index where it always was.
    """
    walked(paging)
    step = paging["plain"]
    if step.exchange.status != 200:
        raise expect.answered(step.exchange, "HTTP 200 without startIndex and cursor")
    leads_on = given(step.exchange, "nextCursor") is not None
    method = find(Features.of(discovery.played.answers).config, "pagination.defaultPaginationMethod")
    if method == "cursor" and partial(step.exchange) and not leads_on:
        raise Failure(
            "a nextCursor, cursor being the default",
            "none",
            path="nextCursor",
            level=Level.SHOULD,
            kind=Kind.MISSING_VALUE,
        )
    if method == "index" and leads_on:
        raise Observation("index is the default way of paging, and pages have a nextCursor all the same")
    if method is MISSING:
        raise Observation(f"the default way of paging is {'cursor' if leads_on else 'index'}, and not announced")


@check("cursor-search", covers=["RFC9865-3-01"], profile="rfc")
def test_cursor_in_a_search(paging: Steps) -> None:
    """A cursor and a count work in the body of a POST to /.search as they do in the URL.

    A filter too long for a URL has to be walked too.

    Fix: read cursor and count from the body.
    """
    pages = cut(paging)
    step = by_cursor(paging, "cursor-search")
    if step.exchange.status in {403, 404, 405, 501}:
        raise NotApplicable(f"POST /Users/.search is answered {step.exchange.status}")
    expect.list_response(step)
    if len(step.exchange.listed) > PAGE:
        raise Failure(f"at most {PAGE} users", str(len(step.exchange.listed)), path="Resources", kind=Kind.COUNT)
    if given(pages[0], "nextCursor") is not None and given(step.exchange, "nextCursor") is None:
        raise Failure("a nextCursor", "none", path="nextCursor", kind=Kind.MISSING_VALUE)
