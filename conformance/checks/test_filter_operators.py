"""Filters by operator: exactly the resources that fit are returned; an honest refusal is a fact."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation

REFUSALS = frozenset({400, 403, 404, 405, 414, 501})
ONLY_MATCHING = "RFC7644-3.4.2.2-02"


def fits(journey: Steps, *names: str, may_miss: bool = False, or_400: bool = False, level: Level | None = None) -> None:
    """Each of these steps' filters found exactly what it had to find.

    Args:
        journey: with the steps; their facts say what is expected.
        names: of the steps.
        may_miss: to find less is a fact, no failure.
        or_400: to refuse it with 400 is right as well.
        level: of a failure, where it is lower than the catalogue's.

    Raises:
        NotApplicable: a value that is asked for was not stored.
        Observation: the filter was refused.
    """
    for name in names:
        step = journey[name]
        for reader, path in step.facts["needs"]:
            if is_empty(find(journey[reader].exchange.resource, path)):
                raise NotApplicable(f"{path} is not stored by this endpoint")
        if or_400 and step.exchange.status == 400:
            continue
        if step.exchange.status in REFUSALS:
            raise Observation(f"refused with HTTP {step.exchange.status}: {step.facts['filter']}")
        _compare(step, may_miss=may_miss, level=level)


def _compare(step: Step, *, may_miss: bool, level: Level | None) -> None:
    expect.list_response(step)
    wanted = set(step.facts["expected"])
    ids = [str(row.get("id")) for row in step.exchange.listed]
    got = {step.facts["labels"].get(i, "somebody else") for i in ids}
    missing, extra = wanted - got, got - wanted
    if missing and not extra and may_miss:
        raise Observation(f"accepted, and finds less: {step.facts['filter']}")
    if missing or extra:
        told = f"{len(ids)} results" + (f", {', '.join(sorted(extra))} among them" if extra else "")
        told += f"; {', '.join(sorted(missing))} missing" if missing else ""
        want = f"{', '.join(sorted(wanted)) or 'nobody'} by the filter {step.facts['filter']}"
        raise Failure(want, told, path="Resources", level=level, kind=Kind.WRONG_RESULTS, subject=step.name)


@check("filter-eq", covers=["RFC7644-3.4.2.2-05", ONLY_MATCHING, "RFC7644-3.4.2.2-01"], profile="rfc")
def test_eq_finds_the_equal(filters: Steps) -> None:
    """The operator eq finds the resources with that very value.

    Every client asks with it before it creates anything.

    Fix: compare the whole value, and return nothing else.
    """
    fits(filters, "eq")


@check("filter-ne", covers=["RFC7644-3.4.2.2-06", ONLY_MATCHING], profile="rfc")
def test_ne_finds_the_others(filters: Steps) -> None:
    """The operator ne finds the resources with another value.

    Read as eq, it gives the one resource nobody asked for.

    Fix: implement ne, or refuse it with 400 invalidFilter.
    """
    fits(filters, "ne")


@check("filter-co", covers=["RFC7644-3.4.2.2-07", ONLY_MATCHING], profile="rfc")
def test_co_finds_parts(filters: Steps) -> None:
    """The operator co finds the resources that contain the text.

    A search box on top of it finds nobody otherwise.

    Fix: match the text anywhere in the value.
    """
    fits(filters, "co")


@check("filter-sw", covers=["RFC7644-3.4.2.2-08", ONLY_MATCHING], profile="rfc")
def test_sw_finds_beginnings(filters: Steps) -> None:
    """The operator sw finds the resources that begin with the text, or are it.

    Clients walk large directories by first letters.

    Fix: match at the beginning; a value equal to the text fits too.
    """
    fits(filters, "sw", "sw-whole")


@check("filter-ew", covers=["RFC7644-3.4.2.2-09", ONLY_MATCHING], profile="rfc")
def test_ew_finds_ends(filters: Steps) -> None:
    """The operator ew finds the resources that end with the text.

    Clients ask for all users of a domain by it.

    Fix: match at the end of the value.
    """
    fits(filters, "ew")


@check("filter-pr", covers=["RFC7644-3.4.2.2-10", ONLY_MATCHING], profile="rfc")
def test_pr_finds_what_has_a_value(filters: Steps) -> None:
    """The operator pr finds the resources with any value, of simple and of complex attributes.

    Clients look for accounts that lack something by it.

    Fix: treat null, empty lists and objects without values as absent, all else as present.
    """
    fits(filters, "pr", "pr-complex")


@check("filter-order", covers=["RFC7644-3.4.2.2-11", ONLY_MATCHING], profile="rfc")
def test_text_has_an_order(filters: Steps) -> None:
    """The operators gt, ge, lt and le compare text in its order.

    A walk over the directory in slices loses or repeats whoever stands at the edge.

    Fix: compare lexicographically; ge and le include the value itself.
    """
    fits(filters, "gt", "ge", "lt", "le")


@check("filter-dates", covers=["RFC7644-3.4.2.2-12", ONLY_MATCHING], profile="rfc")
def test_dates_are_compared_in_time(filters: Steps) -> None:
    """Points in time are compared as such, in whatever zone they are written.

    A client that asks for what changed since its last visit misses changes.

    Fix: parse both sides of a comparison of dateTime values, with their zones.
    """
    fits(filters, "date-gt", "date-lt")


@check("filter-boolean-order", covers=["RFC7644-3.4.2.2-14", "RFC7644-3.12-14"], profile="rfc")
def test_booleans_have_no_order(filters: Steps) -> None:
    """The question whether a boolean is greater than another is refused with 400 invalidFilter.

    Any result would be made up.

    Fix: answer 400 with scimType invalidFilter for gt, ge, lt and le on booleans and binaries.
    """
    step = filters["boolean-gt"]
    if step.exchange.status in REFUSALS - {400}:
        raise Observation(f"refused with HTTP {step.exchange.status}")
    expect.status(step, 400)
    expect.scim_type(step, "invalidFilter", required=True)


@check("filter-boolean", covers=["RFC7644-3.4.2.2-26", ONLY_MATCHING], profile="rfc")
def test_booleans_are_compared(filters: Steps) -> None:
    """A filter on active finds exactly those who are read with that value.

    Reports of enabled and disabled accounts are made with it.

    Fix: compare booleans with the JSON literals true and false.
    """
    fits(filters, "boolean")


@check("filter-and", covers=["RFC7644-3.4.2.2-15", ONLY_MATCHING], profile="rfc")
def test_and_needs_both(filters: Steps) -> None:
    """Two conditions with "and" find the resources that fit both.

    Entra matches on several attributes with it.

    Fix: apply both conditions.
    """
    fits(filters, "and", "and-nobody")


@check("filter-or", covers=["RFC7644-3.4.2.2-16", ONLY_MATCHING], profile="rfc")
def test_or_needs_one(filters: Steps) -> None:
    """Two conditions with "or" find the resources that fit either.

    Whoever fits only the second one is created a second time.

    Fix: apply either condition, or refuse with 400 invalidFilter.
    """
    fits(filters, "or")


@check("filter-not", covers=["RFC7644-3.4.2.2-17", ONLY_MATCHING], profile="rfc")
def test_not_inverts(filters: Steps) -> None:
    """A condition in "not (…)" finds the resources that do not fit it.

    Ignored, it gives the very ones that were to be left out.

    Fix: invert the condition, or refuse with 400 invalidFilter.
    """
    fits(filters, "not")


@check("filter-precedence", covers=["RFC7644-3.4.2.2-22", ONLY_MATCHING], profile="rfc")
def test_and_binds_before_or(filters: Steps) -> None:
    """In a filter without parentheses "and" binds before "or".

    Read from left to right, the same words mean other people.

    Fix: evaluate not, then and, then or.
    """
    fits(filters, "precedence")


@check("filter-grouping", covers=["RFC7644-3.4.2.2-18", ONLY_MATCHING], profile="rfc")
def test_parentheses_group(filters: Steps) -> None:
    """Parentheses are evaluated first.

    Without them the same words mean other people.

    Fix: honour parentheses, or refuse them with 400 invalidFilter.
    """
    fits(filters, "grouping")


@check("filter-any-value", covers=["RFC7644-3.4.2.2-23", ONLY_MATCHING], profile="rfc")
def test_any_value_of_several_fits(filters: Steps) -> None:
    """A user with several addresses is found by each of them.

    Found by the first only, a user whose work address comes second is created again.

    Fix: compare with every value of a multi-valued attribute.
    """
    fits(filters, "any-value")


@check("filter-value-path", covers=["RFC7644-3.4.2.2-19", ONLY_MATCHING], profile="rfc")
def test_one_value_fits_all_conditions(filters: Steps) -> None:
    """Conditions in brackets speak of one and the same value.

    Entra matches users on emails[type eq "work"]; a home address must not count as one.

    Fix: apply all conditions in brackets to each value by itself, or refuse with 400 invalidFilter.
    """
    fits(filters, "value-path", "value-path-nobody")


@check("filter-bare-multi", covers=["RFC7644-3.4.2.2-25", ONLY_MATCHING], profile="rfc")
def test_a_complex_attribute_compares_its_value(filters: Steps) -> None:
    """A filter on emails without sub-attribute compares their value.

    The RFC's own example does.

    Fix: use the sub-attribute value where none is named, or refuse with 400 invalidFilter.
    """
    fits(filters, "bare-multi", may_miss=True)


@check("filter-unknown-sub", covers=["RFC7644-3.4.2.2-20", ONLY_MATCHING], profile="rfc")
def test_an_unknown_part_finds_nothing(filters: Steps) -> None:
    """A bracket that names no part of the attribute finds nothing, or is refused.

    A condition that is skipped matches everybody.

    Fix: answer 400 with scimType invalidFilter.
    """
    fits(filters, "unknown-sub", or_400=True)
