"""Parts of a resource: attributes and excludedAttributes (RFC 7644 sections 3.4.2.5, 3.9 and 3.10)."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER
from conformance.journeys.projection import DEPARTMENT
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.features import Features
from conformance.scim.paths import find, is_empty, objects
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation


def known(projection: Steps, *paths: str) -> None:
    """Go on where the endpoint shows values at these paths when the whole user is read.

    Raises:
        NotApplicable: it does not.
    """
    whole = expect.resource(projection["read"])
    lost = [path for path in paths if is_empty(find(whole, path))]
    if lost:
        raise NotApplicable(f"{' and '.join(lost)} is not returned by a read")


def heeded(projection: Steps, parameter: str) -> None:
    """Go on where a parameter has any effect; that it has is judged once.

    Raises:
        NotApplicable: it has none.
    """
    step = projection["asked" if parameter == "attributes" else "excluded"]
    if not step.exchange.ok or not is_empty(find(step.exchange.resource, "displayName")):
        raise NotApplicable(f"{parameter} has no effect")


def beyond(resource: dict[str, Any], features: Features, *asked: str) -> list[str]:
    """Attributes in a resource that were not asked for and need not be returned.

    A vendor's extensions are passed over: nobody else knows which of their attributes are always returned.
    """
    names = {"id", "schemas", "meta", *(name.casefold() for name in asked)}
    found = []
    for name, value in resource.items():
        foreign = name.casefold().startswith("urn:") and name.casefold() != ENTERPRISE_USER.casefold()
        if is_empty(value) or foreign or name.casefold() in names or _always(features, name):
            continue
        found.append(name)
    return found


def _always(features: Features, name: str) -> bool:
    definition = features.schema(ENTERPRISE_USER) if ":" in name else features.attribute(CORE_USER, name)
    parts = (definition or {}).get("attributes" if ":" in name else "subAttributes")
    rows = [definition or {}, *objects(parts)]
    return any(row.get("returned") == "always" for row in rows)


def minimal(resource: dict[str, Any], discovery: Steps, *asked: str) -> None:
    """The resource holds what is always returned, what was asked for, and nothing else."""
    for name in ("id", *asked):
        if is_empty(find(resource, name)):
            raise Failure(f"a value at {name}", "none", path=name, kind=Kind.MISSING_VALUE)
    features = Features.of(discovery.played.answers)
    expect.nothing(
        beyond(resource, features, *asked), f"only id, schemas, {', '.join(asked)}", kind=Kind.UNWANTED_VALUE
    )


def unasked(resource: dict[str, Any]) -> None:
    """The resource holds schemas, and no meta.

    The RFC's examples do not agree on the one, and do not speak of the other.
    """
    if is_empty(find(resource, "schemas")):
        raise Failure("schemas", "none", path="schemas", level=Level.SHOULD, kind=Kind.MISSING_VALUE)
    if not is_empty(find(resource, "meta")):
        raise Failure(
            "no meta, which was not asked for", "meta", path="meta", level=Level.SHOULD, kind=Kind.UNWANTED_VALUE
        )


@check("projection-attributes", covers=["RFC7644-3.9-01", "RFC7644-3.4.2.5-01", "RFC7644-3.4.2-10"], profile="rfc")
def test_attributes_asked_for(projection: Steps, discovery: Steps) -> None:
    """A user read with attributes holds these, what is always returned, and nothing else.

    A client that asks for two attributes of many users must not be sent them all.

    Fix: apply attributes to every answer that holds a resource.
    """
    known(projection, "emails")
    expect.status(projection["asked"], 200)
    minimal(expect.resource(projection["asked"]), discovery, "userName", "emails")
    unasked(expect.resource(projection["asked"]))


@check("projection-sub-attribute", covers=["RFC7644-3.10-03", "RFC7644-3.4.2.5-04"], profile="rfc")
def test_sub_attribute_asked_for(projection: Steps) -> None:
    """A sub-attribute can be asked for alone, as in name.familyName.

    It is SCIM's notation for sub-attributes everywhere.

    Fix: split names at the dot, and show only that part.
    """
    known(projection, "name.familyName", "name.givenName")
    heeded(projection, "attributes")
    step = projection["asked-sub"]
    expect.status(step, 200)
    expect.present(step, "name.familyName")
    expect.absent(step, "name.givenName")


@check("projection-urn", covers=["RFC7644-3.4.2.5-04", "RFC7644-3.10-02"], profile="rfc")
def test_attributes_with_urn(projection: Steps) -> None:
    """Attributes can be asked for with the URN of their schema in front.

    Attributes of an extension have no other name.

    Fix: split names at the last colon.
    """
    heeded(projection, "attributes")
    step = projection["asked-urn"]
    expect.status(step, 200)
    expect.present(step, "userName")
    if not is_empty(find(expect.resource(projection["read"]), DEPARTMENT)):
        expect.present(step, DEPARTMENT)
    expect.absent(step, "displayName")


@check("projection-case", covers=["RFC7644-3.9-05", "RFC7644-3.10-01"], profile="rfc")
def test_attributes_in_any_case(projection: Steps) -> None:
    """Names in attributes are understood in any letter case.

    Names of SCIM attributes do not depend on their case.

    Fix: compare names without regard to case.
    """
    heeded(projection, "attributes")
    step = projection["asked-case"]
    expect.status(step, 200, level=Level.SHOULD)
    wanted = [n for n in ("userName", "name.familyName") if not is_empty(find(projection["read"].exchange.resource, n))]
    expect.some(wanted, "the user shows neither of the attributes that are asked for")
    missing = [name for name in wanted if is_empty(find(step.exchange.resource, name))]
    expect.nothing(
        missing, "values of the attributes asked for in capitals", level=Level.SHOULD, kind=Kind.MISSING_VALUE
    )


@check("projection-unknown", covers=["RFC7644-3.9-01", "RFC7644-3.9-06"], profile="rfc")
def test_unknown_attribute_asked_for(projection: Steps) -> None:
    """An unknown name in attributes is ignored or refused.

    Clients ask for attributes that one endpoint has and the next one has not.

    Fix: ignore unknown names.
    """
    step = projection["asked-unknown"]
    if step.exchange.status == 400:
        raise Observation("an unknown name in attributes is refused")
    expect.status(step, 200, level=Level.SHOULD)
    heeded(projection, "attributes")
    expect.present(step, "userName")


@check("projection-excluded", covers=["RFC7644-3.9-02", "RFC7644-3.4.2.5-02"], profile="rfc")
def test_attributes_left_out(projection: Steps) -> None:
    """A user read with excludedAttributes holds all but these.

    Entra leaves the members out when it looks for a group; with them a large group takes minutes.

    Fix: apply excludedAttributes to every answer that holds a resource.
    """
    known(projection, "displayName")
    step = projection["excluded"]
    expect.status(step, 200)
    expect.absent(step, "displayName")
    expect.absent(step, "emails")
    whole, features = expect.resource(projection["read"]), ("id", "userName", "name", "title")
    lost = [n for n in features if not is_empty(find(whole, n)) and is_empty(find(expect.resource(step), n))]
    expect.nothing(lost, "the other attributes in the answer", kind=Kind.MISSING_VALUE)


@check("projection-excluded-always", covers=["RFC7644-3.9-02"], profile="rfc")
def test_id_cannot_be_left_out(projection: Steps) -> None:
    """The id is returned even where excludedAttributes names it.

    A resource without its id cannot be told from others.

    Fix: always return attributes whose returned is always.
    """
    step = projection["excluded-always"]
    if step.exchange.status == 400:
        raise Observation("id in excludedAttributes is refused")
    expect.status(step, 200)
    expect.present(step, "id")


@check("projection-excluded-sub", covers=["RFC7644-3.9-07"], profile="rfc")
def test_sub_attribute_left_out(projection: Steps) -> None:
    """A sub-attribute named in excludedAttributes is left out alone.

    A client that leaves one part out wants the others.

    Fix: split names at the dot, and leave out only that part.
    """
    known(projection, "name.givenName", "name.familyName")
    heeded(projection, "excludedAttributes")
    step = projection["excluded-sub"]
    expect.status(step, 200)
    expect.absent(step, "name.givenName")
    expect.present(step, "name.familyName")


@check("projection-excluded-case", covers=["RFC7644-3.9-05", "RFC7644-3.10-01"], profile="rfc")
def test_excluded_in_any_case(projection: Steps) -> None:
    """Names in excludedAttributes are understood in any letter case.

    Names of SCIM attributes do not depend on their case.

    Fix: compare names without regard to case.
    """
    known(projection, "displayName")
    heeded(projection, "excludedAttributes")
    expect.status(projection["excluded-case"], 200, level=Level.SHOULD)
    expect.absent(projection["excluded-case"], "displayName", level=Level.SHOULD)


@check("projection-both", covers=["RFC7644-3.9-01", "RFC7644-3.9-03"], profile="rfc")
def test_both_parameters(projection: Steps) -> None:
    """A query with attributes and excludedAttributes is refused, or one of them wins.

    The RFC lets a client send only one of them.

    Fix: answer 400, or a user with its id.
    """
    step = projection["both"]
    if step.exchange.status == 400:
        raise Observation("attributes and excludedAttributes together are refused")
    expect.status(step, 200, level=Level.SHOULD)
    heeded(projection, "attributes")
    expect.present(step, "id")
    known(projection, "displayName")
    shown = not is_empty(find(expect.resource(step), "displayName"))
    raise Observation(f"of attributes and excludedAttributes {'attributes wins' if shown else 'both are applied'}")
