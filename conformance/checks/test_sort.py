"""Sorted lists: by which attribute, in which direction, and where those without a value stand."""

from __future__ import annotations

from conformance.checks.test_filter_operators import REFUSALS
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation


def ordered(sorting: Steps, name: str, *wanted: str, level: Level | None = None) -> None:
    """The step's list holds these of our users in this order; the others may stand anywhere.

    Raises:
        NotApplicable: the attribute is not stored, or the users are not found by the filter.
        Observation: sorting by it was refused.
    """
    step = sorting[name]
    path = step.facts["by"]
    kept = find(sorting["alpha"].exchange.resource, path)
    if is_empty(kept):
        raise NotApplicable(f"{path} is not stored by this endpoint")
    if step.exchange.status in REFUSALS:
        raise Observation(f"sorting by {path} is refused with HTTP {step.exchange.status}")
    expect.list_response(step)
    labels = step.facts["labels"]
    got = [labels[found] for found in step.exchange.listed_ids if labels.get(found) in wanted]
    if sorted(got) != sorted(wanted):
        raise NotApplicable(f"the filter userName sw found {len(got)} of the {len(wanted)} users")
    if got != list(wanted):
        raise Failure(
            f"{', '.join(wanted)} by {path}",
            ", ".join(got),
            path="Resources",
            level=level,
            kind=Kind.WRONG_RESULTS,
            subject=f"sortBy {path}",
        )


@check("sort-by", covers=["RFC7644-3.4.2.3-02", "RFC7644-3.4.2.3-01"], profile="rfc")
def test_lists_are_sorted(sorting: Steps) -> None:
    """A list with sortBy is in the order of that attribute.

    A client that takes the first rows for the first names shows the wrong ones.

    Fix: sort by sortBy, or say sort.supported false.
    """
    # Beta stands elsewhere where letter case is not looked at as it should be: another check tells that.
    ordered(sorting, "by-name-ascending", "alpha", "gamma")


@check("sort-default", covers=["RFC7644-3.4.2.3-06"], profile="rfc")
def test_lists_ascend_by_default(sorting: Steps) -> None:
    """A list with sortBy and without sortOrder ascends.

    Clients leave the default out.

    Fix: sort ascending where sortOrder is not given.
    """
    ordered(sorting, "by-name", "alpha", "Beta", "gamma")


@check("sort-descending", covers=["RFC7644-3.4.2.3-08"], profile="rfc")
def test_lists_descend(sorting: Steps) -> None:
    """A list with sortOrder descending descends.

    A client that asks for the newest gets the oldest.

    Fix: honour sortOrder.
    """
    ordered(sorting, "by-name-descending", "gamma", "Beta", "alpha")


@check("sort-order-unknown", covers=["RFC7644-3.4.2.3-08"], profile="rfc")
def test_an_unknown_order_is_no_crash(sorting: Steps) -> None:
    """A sortOrder that does not exist is refused or ignored.

    A 5xx tells the client to send it again, for ever.

    Fix: answer 400, or sort ascending.
    """
    expect.status(sorting["sideways"], 200, 400)


@check("sort-case", covers=["RFC7644-3.4.2.3-07"], profile="rfc")
def test_order_follows_letter_case_rules(sorting: Steps) -> None:
    """An attribute with caseExact false is sorted without regard to case.

    Names with a capital would come before all others.

    Fix: sort by the attribute's caseExact and type.
    """
    ordered(sorting, "by-name-ascending", "alpha", "Beta", "gamma")


@check("sort-part", covers=["RFC7644-3.4.2.3-04"], profile="rfc")
def test_parts_are_sorted_by(sorting: Steps) -> None:
    """A sub-attribute such as name.familyName can be sorted by.

    Address books are sorted by family name.

    Fix: resolve attribute.subAttribute in sortBy.
    """
    ordered(sorting, "by-part", "alpha", "Beta", "gamma")


@check("sort-without-value", covers=["RFC7644-3.4.2.3-05"], profile="rfc")
def test_no_value_stands_last(sorting: Steps) -> None:
    """Those without a value come last in an ascending list, and first in a descending one.

    Pages of the same list drift apart between servers otherwise.

    Fix: treat an absent value as the greatest.
    """
    ordered(sorting, "by-title", "alpha", "gamma", "Beta")
    ordered(sorting, "by-title-descending", "Beta", "gamma", "alpha")


@check("sort-primary", covers=["RFC7644-3.4.2.3-03"], profile="rfc")
def test_the_primary_value_counts(sorting: Steps) -> None:
    """A list sorted by emails goes by the primary address.

    It is the one that is shown.

    Fix: sort by the primary value, or the first where none is primary.
    """
    ordered(sorting, "by-email", "alpha", "Beta", "gamma", level=Level.SHOULD)


@check("sort-dates", covers=["RFC7644-3.4.2.3-07", "RFC7644-3.4.2.3-02"], profile="rfc")
def test_dates_are_sorted_in_time(sorting: Steps) -> None:
    """A list sorted by meta.created is in the order of creation.

    Clients look for what is new in it.

    Fix: sort points in time as such.
    """
    made = [find(sorting[name].exchange.resource, "meta.created") for name in ("gamma", "alpha", "beta")]
    if len({str(moment) for moment in made}) < len(made):
        raise NotApplicable("the users were created at the same time, or meta.created is not given")
    ordered(sorting, "by-creation", "gamma", "alpha", "Beta")
