"""Pages by index: what startIndex and count do, and what the answers say of themselves (RFC 7644 section 3.4.2.4)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.journeys.paging import PAGE
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.exchange import Exchange
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

WINDOWS = ("walk", "start-zero", "start-negative")
"""Steps that ask for a few users."""


def by_index(paging: Steps, name: str) -> Step:
    """A step of the walk by index."""
    if not paging["all"].facts["index"]:
        raise NotApplicable("ServiceProviderConfig says pagination.index is false")
    return paging[name]


def counted(paging: Steps, name: str) -> Step:
    """A step of the walk by index of an endpoint that pages at all; that it does is judged once."""
    first = by_index(paging, "walk").exchanges[0]
    if not first.ok:
        raise NotApplicable(f"a query with startIndex and count is answered {first.status}")
    if not first.listed:
        raise NotApplicable("the first page lists nobody")
    if len(first.listed) > PAGE:
        raise NotApplicable("count is ignored")
    return paging[name]


def filtered(paging: Steps) -> bool:
    """Whether the lists hold this journey's users and nobody else."""
    facts = paging["all"].facts
    # The gate's own walk goes over everybody on purpose.
    steps = [step for step in paging.played.steps.values() if step.name != "gate"]
    exchanges = [exchange for step in steps for exchange in step.exchanges]
    lists = [exchange for exchange in exchanges if exchange.method == "GET"]
    rows = {found for exchange in lists for found in exchange.listed_ids}
    return (
        bool(facts["filtered"])
        and sum(len(e.listed) - len(e.listed_ids) for e in lists) == 0
        and rows <= set(facts["ids"])
    )


def only_filtered(paging: Steps) -> None:
    """Go on where other people's users do not get in the way.

    Raises:
        NotApplicable: the filter that keeps them out does not work.
    """
    if not filtered(paging):
        raise NotApplicable("the filter userName sw is not supported, and others' users get in the way")


def asked(exchange: Exchange, name: str) -> int:
    """A number in the query of a request."""
    return int(parse_qs(urlsplit(exchange.url).query)[name][0])


def partial(exchange: Exchange) -> bool:
    """Whether a list holds some of its results only."""
    total = exchange.resource.get("totalResults")
    return exchange.ok and isinstance(total, int) and 0 < len(exchange.listed) < total


def ids_of(exchange: Exchange) -> list[str]:
    """The ids in a list."""
    return [str(row.get("id")) for row in exchange.listed]


def no_server_error(step: Step) -> None:
    """A bad parameter is not the server's error, except 501."""
    if (step.exchange.status or 0) >= 500 and step.exchange.status != 501:
        raise expect.answered(step.exchange, "HTTP 400", level=Level.SHOULD)


def number(exchange: Exchange, name: str) -> Any:
    """A number that a list says of itself, or None."""
    value = exchange.resource.get(name)
    return value if type(value) is int else None


@check("paging-count", covers=["RFC7644-3.4.2.4-04", "RFC7644-3.4.2.4-07"], profile="rfc")
def test_no_page_is_larger_than_asked(paging: Steps) -> None:
    """No page holds more users than count asks for.

    A client sizes its memory and its time by the pages it asks for.

    Fix: cut the list at count.
    """
    step = by_index(paging, "walk")
    no_server_error(step)
    if not step.exchanges[0].ok:
        raise Observation(f"a query with startIndex and count is answered {step.exchanges[0].status}")
    for name in WINDOWS:
        for exchange in paging[name].exchanges:
            if len(exchange.listed) > asked(exchange, "count"):
                wanted = f"at most {asked(exchange, 'count')} users"
                raise Failure(wanted, str(len(exchange.listed)), path="Resources", kind=Kind.COUNT)
    if filtered(paging) and len(step.exchanges[0].listed) < PAGE:
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
    missing = (f"no {name} as a number" for e in found for name in names if number(e, name) is None)
    expect.nothing(missing, "startIndex and itemsPerPage in a partial list", kind=Kind.MISSING_VALUE)


@check("paging-items-per-page", covers=["RFC7644-3.4.2-06"], profile="rfc")
def test_items_per_page_counts_the_page(paging: Steps) -> None:
    """itemsPerPage is the number of users in the page.

    A client that goes on at startIndex + itemsPerPage skips users where it is larger.

    Fix: answer the length of Resources, not the count that was asked for.
    """
    counted(paging, "walk")
    pages = [(number(e, "itemsPerPage"), len(e.listed)) for name in WINDOWS for e in paging[name].exchanges]
    wrong = (f"itemsPerPage {said} for {there} users" for said, there in pages if there and said not in {None, there})
    expect.nothing(wrong, "the number of users in the page", path="itemsPerPage", kind=Kind.COUNT)


@check("paging-total", covers=["RFC7644-3.4.2-07"], profile="rfc")
def test_total_counts_all(paging: Steps) -> None:
    """The totalResults of every page counts all users that match, not those in the page.

    A client ends its walk by it; a smaller one hides the rest.

    Fix: count before the list is cut.
    """
    counted(paging, "walk")
    there, ours = len(paging["all"].facts["ids"]), filtered(paging)
    totals = [e.resource.get("totalResults") for name in WINDOWS for e in paging[name].exchanges if e.listed]
    # Without the filter others are counted as well.
    wrong = [t for t in totals if type(t) is not int or (t != there if ours else t < there)]
    expect.nothing(
        map(show, wrong), f"totalResults {there}{'' if ours else ' or more'}", path="totalResults", kind=Kind.COUNT
    )


@check("paging-start-echoed", covers=["RFC7644-3.4.2.4-08"], profile="rfc")
def test_start_index_is_where_the_page_begins(paging: Steps) -> None:
    """The startIndex of a page is the index of its first user.

    A client checks by it that it got the page it asked for.

    Fix: answer the startIndex that was used.
    """
    step = counted(paging, "walk")
    pages = [(asked(e, "startIndex"), number(e, "startIndex")) for e in step.exchanges if e.listed]
    wrong = (f"startIndex {said} where {start} was asked for" for start, said in pages if said not in {None, start})
    expect.nothing(wrong, "the startIndex of the request", path="startIndex", kind=Kind.WRONG_VALUE)


@check("paging-walk", covers=["RFC7644-3.4.2.4-02"], profile="rfc")
def test_walk_meets_everybody_once(paging: Steps) -> None:
    """A walk from page to page, beginning at 1, meets every user once.

    A user that a walk misses is taken for deleted.

    Fix: count from 1, and keep the order from page to page.
    """
    step = counted(paging, "walk")
    only_filtered(paging)
    for exchange in step.exchanges:
        if not exchange.ok:
            raise expect.answered(exchange, "HTTP 200 for every page")
    met = [identifier for exchange in step.exchanges for identifier in ids_of(exchange)]
    lost, again = len(set(paging["all"].facts["ids"]) - set(met)), len(met) - len(set(met))
    if lost or again:
        # As many users as there are, some of them twice: the windows are right, only the order changes.
        level = Level.SHOULD if lost == again else None
        raise Failure(
            "every user once", f"{lost} never, {again} again", path="Resources", level=level, kind=Kind.WRONG_RESULTS
        )


@check("paging-start-small", covers=["RFC7644-3.4.2.4-01"], profile="rfc")
def test_start_index_below_one_is_one(paging: Steps) -> None:
    """A startIndex of 0 or less is read as 1.

    Clients that count from 0 get their first page all the same.

    Fix: take the larger of startIndex and 1.
    """
    counted(paging, "walk")
    first = set(ids_of(by_index(paging, "walk").exchanges[0]))
    for name in ("start-zero", "start-negative"):
        step = paging[name]
        expect.list_response(step)
        said, rows = number(step.exchange, "startIndex"), ids_of(step.exchange)
        if not rows:
            raise Failure("the first users", "none", path="Resources", kind=Kind.WRONG_RESULTS)
        if said not in {None, 1}:
            raise Failure("startIndex 1", show(said), path="startIndex", level=Level.SHOULD, kind=Kind.WRONG_VALUE)
        if filtered(paging) and not first & set(rows):
            raise Failure(
                "the first page", "another one", path="Resources", level=Level.SHOULD, kind=Kind.WRONG_RESULTS
            )


@check("paging-past-end", covers=["RFC7644-3.4.2.4-02", "RFC7644-3.4.2.4-03"], profile="rfc")
def test_no_page_past_the_end(paging: Steps) -> None:
    """A page past the end is empty, and its totalResults is right.

    A walk that asks for one page too many ends there.

    Fix: answer 200 with no Resources.
    """
    step = counted(paging, "past-end")
    no_server_error(step)
    if not step.exchange.ok:
        raise Observation(f"a startIndex past the end is answered {step.exchange.status}")
    if step.exchange.listed:
        raise Failure(
            "no users past the end",
            f"{len(step.exchange.listed)}",
            path="Resources",
            kind=Kind.WRONG_RESULTS,
            subject="startIndex",
        )
    if filtered(paging):
        there = len(paging["all"].facts["ids"])
        if step.exchange.resource.get("totalResults") != there:
            got = show(step.exchange.resource.get("totalResults"))
            raise Failure(f"totalResults {there}", got, path="totalResults", level=Level.SHOULD, kind=Kind.COUNT)


def counts_only(paging: Steps, step: Step) -> None:
    """The answer to a count of 0: totalResults, and nobody."""
    message = expect.list_response(step)
    if step.exchange.listed:
        raise Failure(
            "no users", str(len(step.exchange.listed)), path="Resources", kind=Kind.WRONG_RESULTS, subject="count"
        )
    there = len(paging["all"].facts["ids"])
    total = message.get("totalResults")
    if type(total) is not int or (total != there if filtered(paging) else total < there):
        raise Failure(f"totalResults {there}", show(total), path="totalResults", kind=Kind.COUNT)


@check("paging-count-zero", covers=["RFC7644-3.4.2.4-06"], profile="rfc")
def test_count_zero_only_counts(paging: Steps) -> None:
    """A count of 0 gives the number of users, and nobody.

    It is how a client learns how many there are.

    Fix: answer totalResults without Resources.
    """
    counts_only(paging, counted(paging, "count-zero"))


@check("paging-count-negative", covers=["RFC7644-3.4.2.4-05"], profile="rfc")
def test_negative_count_is_zero(paging: Steps) -> None:
    """A negative count is read as 0.

    Elsewhere -1 means no limit, which SCIM does not have.

    Fix: take the larger of count and 0.
    """
    counts_only(paging, counted(paging, "count-negative"))


@check("paging-count-word", covers=["RFC7644-3.2-05", "RFC7644-3.4.2.4-09"], profile="rfc")
def test_count_that_is_no_number(paging: Steps) -> None:
    """A count that is no number is refused or ignored.

    A client's mistake is not the server's.

    Fix: answer 400 with scimType invalidValue.
    """
    step = counted(paging, "count-word")
    no_server_error(step)
    if step.exchange.ok:
        raise Observation("a count that is no number is ignored")
