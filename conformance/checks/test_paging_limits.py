"""How long a list is that nobody cuts, or cuts too late; and that every list is one (RFC 7644 section 3.4.2)."""

from __future__ import annotations

from conformance.checks.test_paging import no_server_error, only_filtered, partial
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.features import Features
from conformance.scim.paths import find
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show


def size(discovery: Steps, *paths: str) -> int | None:
    """The smallest of some sizes in the ServiceProviderConfig, as far as they are whole numbers above zero."""
    config = Features.of(discovery.played.answers).config
    sizes = [value for value in (find(config, path) for path in paths) if type(value) is int and value > 0]
    return min(sizes, default=None)


@check("paging-default", covers=["RFC9865-4-06", "RFC7644-3.4.2.4-10"], profile="rfc")
def test_pages_without_count(paging: Steps, discovery: Steps) -> None:
    """A query without count gives a page of the default size, where one is announced.

    A client that asks for no size relies on it.

    Fix: cut the list at pagination.defaultPageSize, or announce the size that is used.
    """
    step = paging["all"]
    only_filtered(paging)
    default = size(discovery, "pagination.defaultPageSize")
    there = len(expect.some(step.exchange.listed, "the list holds nobody"))
    if default is not None and there > default:
        raise Failure(f"at most {default} users", str(there), path="Resources", kind=Kind.COUNT)
    if partial(step.exchange):
        raise Observation(f"without count a page holds {there} users")


@check("paging-maximum", covers=["RFC7643-5-05", "RFC9865-4-05"], profile="rfc")
def test_pages_have_a_maximum(paging: Steps, discovery: Steps) -> None:
    """No page is larger than the announced maximum, whatever count says.

    A client that trusts the maximum makes room for no more.

    Fix: cut the list at filter.maxResults and pagination.maxPageSize.
    """
    only_filtered(paging)
    largest = size(discovery, "filter.maxResults", "pagination.maxPageSize")
    if largest is None:
        raise NotApplicable("ServiceProviderConfig announces no maximum")
    step = paging["count-huge"] if paging["all"].facts["index"] else paging["all"]
    no_server_error(step)
    if step.exchange.ok:
        expect.some(step.exchange.listed, "the list holds nobody")
    if len(step.exchange.listed) > largest:
        raise Failure(f"at most {largest} users", str(len(step.exchange.listed)), path="Resources", kind=Kind.COUNT)
    if not step.exchange.ok:
        raise Observation(f"a count above the maximum is answered {step.exchange.status}")


@check("paging-nobody", covers=["RFC7644-3.4.2-08"], profile="rfc")
def test_no_match_is_an_empty_list(removal: Steps, discovery: Steps) -> None:
    """A filter that fits nobody is answered 200 with an empty list.

    A 404 means that the endpoint is not there.

    Fix: answer 200 with totalResults 0.
    """
    step = removal["match-unknown"]
    if step.exchange.status in {400, 403, 501}:
        raise NotApplicable(f"the filter userName eq is answered {step.exchange.status}")
    total = expect.list_response(step).get("totalResults")
    if total != 0:
        # Without filters an endpoint should refuse them, and may not know that it should.
        level = Level.SHOULD if Features.of(discovery.played.answers).offers("filter") is False else None
        raise Failure("totalResults 0", show(total), path="totalResults", level=level, kind=Kind.COUNT)


@check("paging-one", covers=["RFC7644-3.4.2-09"], profile="rfc")
def test_one_match_is_a_list(match: Steps) -> None:
    """A filter that fits one user is answered with a list of one, not with the user.

    A client reads Resources, whatever their number.

    Fix: answer every query on /Users with a ListResponse.
    """
    step = match["existing"]
    if step.exchange.status in {400, 403, 501}:
        raise NotApplicable(f"the filter userName eq is answered {step.exchange.status}")
    expect.list_response(step)
