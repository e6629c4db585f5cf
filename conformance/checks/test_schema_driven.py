"""What the endpoint's own schemas promise of each attribute, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance import schemas
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.schemas.attributes import Attribute, describe, walk
from conformance.schemas.compiler import compile_resource
from conformance.scim.features import Features
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, show

COMMON = frozenset({"id", "schemas", "meta", "externalid"})


def tours(*journeys: Steps) -> list[Steps]:
    """The tours that the endpoint's discovery documents made possible.

    Raises:
        NotApplicable: they describe no type.
    """
    found = [steps for steps in journeys if "create" in steps.played.steps]
    if not found:
        raise NotApplicable(journeys[0].played.not_offered or "no resource type is described")
    return found


def parts_of(discovery: Steps, tour: Steps) -> dict[str, tuple[Attribute, ...]]:
    """The attributes of a tour's type, as the endpoint describes them."""
    steps = ("service-provider-config", "resource-types", "schemas")
    features = Features.of({name: discovery.played.steps[name].exchange for name in steps})
    kind = features.resource_type(str(tour["create"].facts["type"])) or {}
    found = describe(kind, features.schemas)
    if not any(found.values()):
        raise NotApplicable("no schema describes the attributes of the type")
    return found


def every(discovery: Steps, tour: Steps) -> Iterator[Attribute]:
    """Each attribute and sub-attribute of a tour's type, but for the common ones."""
    for group in parts_of(discovery, tour).values():
        yield from (a for a in walk(group) if a.name.lower() not in COMMON)


def top(discovery: Steps, tour: Steps) -> list[Attribute]:
    """Each attribute of a tour's type, without sub-attributes."""
    return [a for a in every(discovery, tour) if "." not in a.path.rpartition(":")[2]]


def state(tour: Steps, step: str) -> dict[str, Any]:
    """The resource as a step of a tour read it."""
    expect.status(tour[step], 200)
    return expect.shown(tour[step])


def sent_at(step: Step, path: str) -> Any:
    """What a step sent at a path."""
    return find(step.exchange.request_body, path)


def spoken(value: Any) -> Any:
    """Text without regard to case and order, as far as a service provider is free in both."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list):
        return sorted(show(spoken(v.get("value") if isinstance(v, dict) and "value" in v else v)) for v in value)
    return value


@check("schema-create", covers=["RFC7644-3.3-04"], profile="rfc")
def test_described_resources_can_be_created(schema_users: Steps, schema_groups: Steps, schema_others: Steps) -> None:
    """A resource with every attribute that its schemas describe can be created.

    What the schemas offer for mapping has to be accepted.

    Fix: accept the values that your own /Schemas allows, or describe them more narrowly.
    """
    for tour in tours(schema_users, schema_groups, schema_others):
        first = tour["create"].exchanges[0]
        if first.status != 201:
            text = f"HTTP {first.status} ({first.resource.get('detail', '')})"
            raise Failure(
                "HTTP 201 for a resource with every described attribute", text, level=Level.SHOULD, kind=Kind.STATUS
            )


@check("schema-values-returned", covers=["RFC7643-7-16", "RFC7644-3.4-01", "RFC7643-2.2-01"], profile="rfc")
def test_described_values_are_returned(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Each attribute that is returned by default comes back with its value.

    A described attribute that is dropped is provisioned in every cycle, and never arrives.

    Fix: store what /Schemas describes, or take it out of /Schemas.
    """
    found = []
    for tour in tours(schema_users, schema_groups, schema_others):
        body = state(tour, "read")
        for attribute in top(discovery, tour):
            sent = sent_at(tour["create"], attribute.path)
            shown = attribute.returned in {"default", "always"} and attribute.mutability in {"readWrite", "immutable"}
            if shown and not is_empty(sent):
                found.append((attribute.path, find(body, attribute.path)))
    pairs = expect.some(found, "no attribute that is returned by default was sent")
    expect.nothing(
        (path for path, got in pairs if is_empty(got)), "every default attribute that was sent", kind=Kind.MISSING_VALUE
    )


@check(
    "schema-values-kept",
    covers=[
        "RFC7644-3.5.1-02", "RFC7644-3.1-05", "RFC7643-4.3-02", "RFC7643-4.1.1-07", "RFC7643-4.1.1-08",
        "RFC7643-4.1.1-09", "RFC7643-4.1.1-10", "RFC7643-2.3.7-06",
    ],
    profile="rfc",
)  # fmt: skip
def test_described_values_are_kept(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Simple values come back as they were sent, letter case aside, after a create and after a replacement.

    Entra compares what it reads with what it sent, and sends it again while they differ.

    Fix: store values as they come.
    """
    changed, looked = [], 0
    for tour in tours(schema_users, schema_groups, schema_others):
        for write, read in (("create", "read"), ("replace", "read-replaced")):
            if not tour[write].exchange.ok:
                continue  # PUT need not be granted; another check judges that
            body = state(tour, read)
            for attribute in top(discovery, tour):
                sent, got = sent_at(tour[write], attribute.path), find(body, attribute.path)
                if attribute.type == "complex" or attribute.mutability not in {"readWrite", "immutable"}:
                    continue
                as_is = attribute.case_exact and isinstance(got, str)
                kept = sent == got if as_is else spoken(sent) == spoken(got)
                looked += not is_empty(sent) and not is_empty(got)
                if not is_empty(sent) and not is_empty(got) and not kept:
                    changed.append(f"{attribute.path}: {show(got)} for {show(sent)}")
    if not looked:
        raise NotApplicable("no simple value that was sent comes back")
    expect.nothing(changed, "the values that were sent", kind=Kind.WRONG_VALUE)


@check("schema-canonical-values", covers=["RFC7643-7-16", "RFC7643-2.3.1-01"], profile="rfc")
def test_canonical_types_are_kept(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Each of an attribute's canonical types can be used, and comes back.

    Entra addresses values by it, such as emails[type eq "work"].

    Fix: store one value for each canonical type.
    """
    lost, looked = [], 0
    for tour in tours(schema_users, schema_groups, schema_others):
        body = state(tour, "read")
        for attribute in top(discovery, tour):
            sent, got = sent_at(tour["create"], attribute.path), find(body, attribute.path)
            if isinstance(sent, list) and isinstance(got, list) and attribute.writable:
                missing = _kinds(sent) - _kinds(got)
                looked += len(_kinds(sent))
                lost += [f'{attribute.path}[type eq "{kind}"]' for kind in sorted(missing)]
    if not looked:
        raise NotApplicable("no attribute with canonical types comes back")
    expect.nothing(lost, "every canonical type that was sent", kind=Kind.MISSING_VALUE)


def _kinds(rows: list[Any]) -> set[str]:
    return {str(row["type"]).lower() for row in rows if isinstance(row, dict) and row.get("type")}


@check("schema-types", covers=["RFC7643-2.3-02", "RFC7643-2.3.2-01", "RFC7643-2.3.6-01"], profile="rfc")
def test_values_have_their_types(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Values on the wire are of the JSON types that their schemas give them.

    A client generated from the schemas cannot read anything else.

    Fix: write Booleans and numbers without quotes, multi-valued attributes as lists.
    """
    wrong = []
    for tour in tours(schema_users, schema_groups, schema_others):
        parts = parts_of(discovery, tour)
        own = tuple(a for a in parts.pop("") if a.name.lower() not in COMMON)
        schema = compile_resource(own, dict(parts), partial=True)
        for name in ("read", "read-replaced"):
            wrong += [str(problem) for problem in schemas.problems_of(state(tour, name), schema)]
    expect.nothing(wrong, "the types that /Schemas gives", kind=Kind.WRONG_TYPE)


@check("schema-required-present", covers=["RFC7643-7-25", "RFC7643-6-07"], profile="rfc")
def test_required_values_are_present(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Each required attribute has a value on every resource.

    A client relies on it.

    Fix: mark only those attributes as required that always have a value.
    """
    missing, looked = [], 0
    for tour in tours(schema_users, schema_groups, schema_others):
        body = state(tour, "read")
        needed = [a for a in top(discovery, tour) if a.required and a.returned in {"always", "default"}]
        looked += len(needed)
        missing += [a.path for a in needed if not a.path.startswith("urn:") and is_empty(find(body, a.path))]
    if not looked:
        raise NotApplicable("no attribute is required and returned")
    expect.nothing(missing, "a value for each required attribute", kind=Kind.MISSING_VALUE)


@check("schema-required-refused", covers=["RFC7643-7-25", "RFC7644-3.12-20", "RFC7643-4.2-02"], profile="rfc")
def test_lacking_required_values_are_refused(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """A create without a required attribute is refused, or the endpoint fills it in.

    Otherwise there are resources that break the schema.

    Fix: answer 400 with scimType invalidValue.
    """
    wrong, looked = [], 0
    for tour in tours(schema_users, schema_groups, schema_others):
        if not any(
            a.required and a.writable and a.name in tour["create"].exchange.request_body for a in top(discovery, tour)
        ):
            continue
        for exchange in tour["lacking"].exchanges:
            looked += not exchange.ok or bool(exchange.resource)
            left_out = [
                a.path
                for a in top(discovery, tour)
                if a.required and ":" not in a.path and is_empty(find(exchange.resource, a.path))
            ]
            if exchange.ok and exchange.resource and left_out:
                wrong.append(f"a create without {', '.join(left_out)} is answered {exchange.status}")
            if (exchange.status or 0) >= 500:
                wrong.append(f"a create without a required attribute is answered {exchange.status}")
    if not looked:
        raise NotApplicable("no attribute is required, or the answers show no resource")
    expect.nothing(wrong, "HTTP 400", kind=Kind.STATUS)
