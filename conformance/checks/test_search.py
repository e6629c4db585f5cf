"""Queries sent by POST to /.search (RFC 7644 section 3.4.3), where the endpoint has them."""

from __future__ import annotations

from conformance.checks.test_paging import ids_of
from conformance.checks.test_projection import minimal
from conformance.idp.entra import LIST_RESPONSE
from conformance.journeys.search import ABSENT
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import Features
from conformance.scim.paths import find, is_empty, strings
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation


def found(search: Steps, name: str = "found") -> Step:
    """A search whose filter the endpoint supports; that it does is judged once."""
    step = search["found"]
    if not step.exchange.ok:
        raise NotApplicable(f"a search with the filter userName sw is answered {step.exchange.status}")
    if set(ids_of(step.exchange)) != set(step.facts["ids"]):
        raise NotApplicable("the filter userName sw does not find what it should")
    if name == "second" and name not in search:
        raise NotApplicable("ServiceProviderConfig says pagination.index is false")
    return search[name]


def known(search: Steps) -> None:
    """Go on where the users that were found have the displayName they were created with.

    Raises:
        NotApplicable: they have none.
    """
    if any(is_empty(find(row, "displayName")) for row in found(search).exchange.listed):
        raise NotApplicable("displayName is not returned")


@check("search-answer", covers=["RFC7644-3.4.3-01", "RFC7644-3.4.3-04"], profile="rfc")
def test_search_is_a_query(search: Steps) -> None:
    """A POST to /Users/.search is a query, and is answered 200 with a ListResponse.

    Filters too long for a URL, or too private for a log, go that way.

    Fix: answer like a GET on /Users, with 200 and not 201; where there are no searches, with 501.
    """
    step = search["any"]
    if step.exchange.status in ABSENT:
        raise NotApplicable(f"POST /Users/.search is answered {step.exchange.status}")
    expect.list_response(step)
    if len(step.exchange.listed) > 1:
        raise Failure(
            "at most 1 user, as count says", str(len(step.exchange.listed)), path="Resources", kind=Kind.COUNT
        )


@check("search-filter", covers=["RFC7644-3.4.3-03"], profile="rfc")
def test_search_with_filter(search: Steps, discovery: Steps) -> None:
    """The filter in the body of a search is applied.

    A search that ignores it hands out everybody.

    Fix: read filter from the body.
    """
    step = search["found"]
    if step.exchange.status in {400, 403, 501}:
        raise NotApplicable(f"a search with the filter userName sw is answered {step.exchange.status}")
    expect.list_response(step)
    if set(ids_of(step.exchange)) - set(step.facts["ids"]):
        # Without filters an endpoint should refuse them, and may not know that it should.
        level = Level.SHOULD if Features.of(discovery.played.answers).offers("filter") is False else None
        raise Failure(
            "the two users that the filter fits", "others", path="Resources", level=level, kind=Kind.WRONG_RESULTS
        )
    if not step.exchange.listed:
        raise Failure("the two users that the filter fits", "none", path="Resources", kind=Kind.WRONG_RESULTS)


@check("search-page", covers=["RFC7644-3.4.3-03"], profile="rfc")
def test_search_with_page_and_order(search: Steps) -> None:
    """The sortBy, sortOrder, startIndex and count in the body of a search are applied.

    Long lists are walked in this way too.

    Fix: read them from the body as from a URL.
    """
    step = found(search, "second")
    if step.exchange.status == 501:
        raise NotApplicable("sorting or paging is answered 501")
    expect.list_response(step)
    if len(step.exchange.listed) != 1:
        raise Failure("one user, the second of two", str(len(step.exchange.listed)), path="Resources", kind=Kind.COUNT)
    if step.facts["id"] not in {None, *ids_of(step.exchange)}:
        raise Failure(
            "the second user in descending order",
            "the first one",
            path="Resources",
            kind=Kind.WRONG_RESULTS,
            subject="sortBy",
        )


@check("search-attributes", covers=["RFC7644-3.4.3-03", "RFC7644-3.9-04"], profile="rfc")
def test_search_with_attributes(search: Steps, discovery: Steps) -> None:
    """The attributes in the body of a search are applied.

    A client that asks for two attributes of many users must not be sent them all.

    Fix: read attributes from the body, as a list of names.
    """
    step = found(search, "asked")
    expect.list_response(step)
    if not step.exchange.listed:
        raise Failure("the two users that the filter fits", "none", path="Resources", kind=Kind.WRONG_RESULTS)
    for row in step.exchange.listed:
        minimal(row, discovery, "userName")


@check("search-excluded", covers=["RFC7644-3.4.3-05", "RFC7644-3.4.3-03"], profile="rfc")
def test_search_with_excluded_attributes(search: Steps) -> None:
    """The excludedAttributes in the body of a search are left out, but not the id.

    A resource without its id cannot be told from others.

    Fix: read excludedAttributes from the body, and always return the id.
    """
    step = found(search, "excluded")
    known(search)
    if step.exchange.status == 400:
        raise Observation("id in excludedAttributes is refused")
    expect.list_response(step)
    if not step.exchange.listed:
        raise Failure("the two users that the filter fits", "none", path="Resources", kind=Kind.WRONG_RESULTS)
    for row in step.exchange.listed:
        if is_empty(find(row, "id")):
            raise Failure("id, which is always returned", "none", path="id", kind=Kind.MISSING_VALUE)
        if not is_empty(find(row, "displayName")):
            raise Failure("no displayName", "one", path="displayName", kind=Kind.UNWANTED_VALUE)


@check("search-unnamed", covers=["RFC7644-3.4.3-02"], profile="rfc")
def test_search_without_schemas(search: Steps) -> None:
    """A search whose body does not name the SearchRequest schema is refused.

    What it is cannot be told from its members.

    Fix: answer 400 with scimType invalidSyntax.
    """
    step = search["unnamed"]
    if step.exchange.status == 200 and LIST_RESPONSE in strings(step.exchange.resource.get("schemas")):
        raise Observation("a search without schemas is answered like any other")
    expect.status(step, 400)


@check("search-everywhere", covers=["RFC7644-3.4.3-06"], profile="rfc")
def test_search_over_all_types(search: Steps) -> None:
    """A POST to /.search looks among the resources of every type.

    It is how a client finds something whose type it does not know.

    Fix: search all resource types, or answer 501.
    """
    step = search["everywhere"]
    if step.exchange.status in ABSENT or step.exchange.status == 400:
        raise NotApplicable(f"POST /.search is answered {step.exchange.status}")
    expect.list_response(step)
    known(search)
    group = step.facts["group"]
    if group is None:
        raise NotApplicable("no group could be created")
    # An endpoint that gives the user without a display name one of its own may find it too.
    there, wanted = set(ids_of(step.exchange)) - {step.facts["without"]}, {*step.facts["ids"], group}
    if there - wanted:
        raise Failure(
            "the two users and the group that the filter fits", "others", path="Resources", kind=Kind.WRONG_RESULTS
        )
    if group not in there or not there & set(step.facts["ids"]):
        told = "nothing" if not there else "the group only" if group in there else "users only"
        raise Failure(
            "the two users and the group that the filter fits", told, path="Resources", kind=Kind.WRONG_RESULTS
        )
    if wanted - there:
        raise Failure("both users", "one of them", path="Resources", level=Level.SHOULD, kind=Kind.WRONG_RESULTS)
