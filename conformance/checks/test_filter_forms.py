"""Filters by notation: letter case, URNs, escapes; what names nothing; groups and the root."""

from __future__ import annotations

from conformance.checks.test_filter_operators import ONLY_MATCHING, REFUSALS, fits
from conformance.idp.entra import LIST_RESPONSE
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import strings
from conformance.verdict import Failure, Kind, Level, NotApplicable


@check("filter-text-case", covers=["RFC7644-3.4.2.2-28", ONLY_MATCHING], profile="rfc")
def test_text_is_compared_without_case(filter_forms: Steps) -> None:
    """A display name is found in other letter case.

    Its schema says caseExact false.

    Fix: compare by the attribute's caseExact.
    """
    fits(filter_forms, "capitals")


@check("filter-exact-case", covers=["RFC7643-3.1-11", "RFC7643-7-08"], profile="rfc")
def test_external_ids_are_compared_with_case(filter_forms: Steps) -> None:
    """An externalId is found as it was sent, and not in other letter case.

    Two people whose ids differ in case only would become one.

    Fix: compare externalId with case.
    """
    fits(filter_forms, "external-id")
    fits(filter_forms, "external-id-other-case", level=Level.SHOULD)


@check("filter-id", covers=[ONLY_MATCHING, "RFC7643-3.1-08"], profile="rfc")
def test_a_user_is_found_by_its_id(filter_forms: Steps) -> None:
    """A filter on id finds that one resource.

    Entra asks with it whether a member is in a group.

    Fix: filter on id as on any attribute.
    """
    fits(filter_forms, "id")


@check("filter-sub-attribute", covers=["RFC7644-3.4.2.2-24", ONLY_MATCHING], profile="rfc")
def test_dots_lead_to_parts(filter_forms: Steps) -> None:
    """A filter on name.familyName compares that part of the name.

    Clients that match on names ask so.

    Fix: resolve attribute.subAttribute in filters.
    """
    fits(filter_forms, "dotted")


@check("filter-urn", covers=["RFC7644-3.4.2.2-30", ONLY_MATCHING], profile="rfc")
def test_names_carry_their_urn(filter_forms: Steps) -> None:
    """An attribute in a filter may carry its schema's URN, one of an extension too.

    Entra names every attribute of an extension so.

    Fix: split the URN off at its last colon; a dot in "2.0" is no sub-attribute.
    """
    fits(filter_forms, "urn", "urn-extension")


@check("filter-schemas", covers=["RFC7644-3.4.2.2-29", ONLY_MATCHING], profile="rfc")
def test_schemas_can_be_asked_for(filter_forms: Steps) -> None:
    """A filter on schemas finds no resource without that schema.

    Clients look for resources with an extension by it.

    Fix: compare with each URN in schemas, or refuse with 400 invalidFilter.
    """
    fits(filter_forms, "schemas", may_miss=True)


@check("filter-escapes", covers=["RFC7644-3.4.2.2-31", ONLY_MATCHING], profile="rfc")
def test_values_are_json(filter_forms: Steps) -> None:
    """A value in a filter is read as JSON: escaped quotes, backslashes and characters are what they stand for.

    Somebody whose name holds a quote is never found otherwise, and is created again and again.

    Fix: parse comparison values with a JSON parser.
    """
    fits(filter_forms, "escapes", "unicode-escape")


@check("filter-attribute-case", covers=["RFC7644-3.4.2.2-03", ONLY_MATCHING], profile="rfc")
def test_attribute_names_have_no_case(filter_forms: Steps) -> None:
    """Attribute names in filters are recognised in any letter case.

    Each client spells them in its own way.

    Fix: compare attribute names without regard to case.
    """
    fits(filter_forms, "attribute-case")


@check("filter-operator-case", covers=["RFC7644-3.4.2.2-04", ONLY_MATCHING], profile="rfc")
def test_operators_have_no_case(filter_forms: Steps) -> None:
    """Operators are recognised in any letter case.

    Each client spells them in its own way.

    Fix: compare operators without regard to case.
    """
    fits(filter_forms, "operator-case")


@check("filter-unknown-attribute", covers=[ONLY_MATCHING], profile="rfc")
def test_an_unknown_attribute_finds_nothing(filter_forms: Steps) -> None:
    """A filter on an attribute that does not exist finds nothing, or is refused.

    A filter that is dropped returns the whole directory, and a client takes the first row for its match.

    Fix: answer 400 with scimType invalidFilter, or no result.
    """
    fits(filter_forms, "unknown-attribute", or_400=True)


@check("filter-malformed", covers=["RFC7644-3.4.2.2-21", "RFC7644-3.12-14", ONLY_MATCHING], profile="rfc")
def test_broken_filters_are_refused(filter_forms: Steps) -> None:
    """A filter outside the grammar is refused with 400 invalidFilter.

    A filter that is dropped returns the whole directory.

    Fix: parse the filter before anything is read; answer 400 with scimType invalidFilter.
    """
    for name in ("malformed-no-value", "malformed-no-operator", "malformed-open"):
        step = filter_forms[name]
        if step.exchange.ok and step.exchange.listed:
            wanted = f"HTTP 400 for the filter {step.facts['filter']}"
            raise Failure(
                wanted,
                f"HTTP {step.exchange.status} with {len(step.exchange.listed)} results",
                kind=Kind.STATUS,
                subject=str(step.exchange.status),
            )
        expect.status(step, 400, level=Level.SHOULD)
        expect.scim_type(step, "invalidFilter", required=True)


@check("filter-groups", covers=[ONLY_MATCHING], profile="rfc")
def test_groups_are_filtered(filter_forms: Steps) -> None:
    """Groups are found by their name and by their members.

    A client that asks whose groups somebody is in must not be told all of them.

    Fix: apply filters on /Groups as on /Users, or refuse with 400 invalidFilter.
    """
    fits(filter_forms, "group-name", "group-member")


@check("filter-root", covers=["RFC7644-3.4.2.1-02", "RFC7644-3.4.2.1-04", "RFC7644-3.4.2.1-01"], profile="rfc")
def test_the_root_is_searched(filter_forms: Steps) -> None:
    """A query on the root covers users and groups, and a type without the attribute has no value there.

    A client that looks for a name in all types asks once.

    Fix: search all resource types, or refuse queries on the root.
    """
    for name in ("root", "root-one-type"):
        exchange = filter_forms[name].exchange
        if exchange.status in REFUSALS or LIST_RESPONSE not in strings(exchange.resource.get("schemas")):
            raise NotApplicable(f"queries on the root are answered {exchange.status}")
        fits(filter_forms, name)
