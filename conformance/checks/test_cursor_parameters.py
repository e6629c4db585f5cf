"""Cursors and counts that are wrong, or at the edge of it (RFC 9865 sections 2 and 2.1)."""

from __future__ import annotations

from conformance.checks.test_cursor import by_cursor, cut, walked
from conformance.checks.test_paging import counts_only, no_server_error
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import MISSING, find
from conformance.verdict import Failure, Kind, Level, Observation, show


@check("cursor-unknown", covers=["RFC9865-2.1-02", "RFC9865-2.1-01"], profile="rfc")
def test_unknown_cursor_is_refused(paging: Steps) -> None:
    """A cursor that the endpoint never gave is refused with invalidCursor.

    The client begins its walk again; with an answer of 200 it would believe it is at the end.

    Fix: answer 400 with scimType invalidCursor.
    """
    walked(paging)
    step = by_cursor(paging, "cursor-unknown")
    expect.status(step, 400)
    kind = find(expect.resource(step), "scimType")
    if kind != "invalidCursor":
        raise Failure(
            "scimType invalidCursor", "none" if kind is MISSING else show(kind), path="scimType", kind=Kind.WRONG_VALUE
        )


@check("cursor-count-word", covers=["RFC9865-2.1-01", "RFC9865-2.1-04"], profile="rfc")
def test_cursor_count_that_is_no_number(paging: Steps) -> None:
    """A count that is no number is refused with invalidCount.

    The client learns which of its parameters was wrong.

    Fix: answer 400 with scimType invalidCount.
    """
    cut(paging)
    step = by_cursor(paging, "cursor-count-word")
    if step.exchange.status != 400:
        raise expect.answered(step.exchange, "HTTP 400", level=Level.SHOULD)
    kind = find(step.exchange.resource, "scimType")
    if kind != "invalidCount":
        raise Observation(f"a count that is no number is answered with scimType {show(kind) if kind else 'missing'}")


@check("cursor-count-zero", covers=["RFC9865-2-05"], profile="rfc")
def test_cursor_count_zero_only_counts(paging: Steps) -> None:
    """A count of 0 gives the number of users, and nobody.

    It is how a client learns how many there are.

    Fix: answer totalResults without Resources.
    """
    cut(paging)
    counts_only(paging, by_cursor(paging, "cursor-count-zero"))


@check("cursor-count-negative", covers=["RFC9865-2-04", "RFC9865-2.1-04"], profile="rfc")
def test_cursor_negative_count(paging: Steps) -> None:
    """A negative count is read as 0, or refused with invalidCount.

    RFC 9865 says the one in section 2 and the other in section 2.1.

    Fix: take the larger of count and 0.
    """
    cut(paging)
    step = by_cursor(paging, "cursor-count-negative")
    no_server_error(step)
    if step.exchange.status == 400:
        raise Observation("a negative count is refused")
    counts_only(paging, step)
