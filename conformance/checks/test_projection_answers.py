"""Parts of a resource in lists, and in the answers to creates, replacements and patches (RFC 7644 section 3.9)."""

from __future__ import annotations

from typing import Any

from conformance.checks.test_projection import beyond, heeded, known, minimal
from conformance.journeys.projection import CASED
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import Features
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show


def row_of(step: Step) -> dict[str, Any]:
    """This journey's user in a list."""
    if step.exchange.status in {400, 403, 501}:
        raise NotApplicable(f"the filter userName eq is answered {step.exchange.status}")
    expect.list_response(step)
    found = [row for row in step.exchange.listed if row.get("id") == step.facts["id"]]
    if not found and step.exchange.listed and "id" not in step.exchange.listed[0]:
        raise Failure("id, which is always returned", "none", path="id", kind=Kind.MISSING_VALUE)
    if not found:
        raise NotApplicable("the filter userName eq does not find the user")
    return found[0]


def patched(projection: Steps, name: str) -> Step:
    """A PATCH, where the endpoint has it."""
    if name not in projection and "read" in projection:
        raise NotApplicable("ServiceProviderConfig says patch.supported is false")
    step = projection[name]
    if step.exchange.status in {403, 405, 501}:
        raise NotApplicable(f"PATCH is answered {step.exchange.status}")
    return step


@check("projection-list", covers=["RFC7644-3.9-04", "RFC7644-3.4.2.5-01"], profile="rfc")
def test_attributes_in_a_list(projection: Steps, discovery: Steps) -> None:
    """Users listed with attributes hold these, what is always returned, and nothing else.

    Long lists are where it matters.

    Fix: apply attributes to each resource of a list.
    """
    heeded(projection, "attributes")
    minimal(row_of(projection["list-asked"]), discovery, "userName")


@check("projection-list-excluded", covers=["RFC7644-3.9-08", "RFC7644-3.4.2.5-02"], profile="rfc")
def test_excluded_in_a_list(projection: Steps) -> None:
    """Users listed with excludedAttributes hold all but these.

    Entra looks for groups without their members.

    Fix: apply excludedAttributes to each resource of a list.
    """
    known(projection, "displayName")
    heeded(projection, "excludedAttributes")
    row = row_of(projection["list-excluded"])
    if not is_empty(find(row, "displayName")):
        raise Failure("no displayName", show(find(row, "displayName")), path="displayName", kind=Kind.UNWANTED_VALUE)
    if is_empty(find(row, "userName")):
        raise Failure("a userName", "none", path="userName", kind=Kind.MISSING_VALUE)


@check("projection-create", covers=["RFC7644-3.9-04"], profile="rfc")
def test_attributes_when_created(projection: Steps, discovery: Steps) -> None:
    """A create with attributes is not refused, and its answer holds what was asked for.

    The parameters may come with every operation that returns a resource.

    Fix: apply attributes to the answer of POST.
    """
    step = projection["create-asked"]
    expect.status(step, 201)
    if not step.exchange.body:
        raise NotApplicable("a create is answered without a body")
    body = expect.resource(step)
    # RFC 7644 section 3.3 wants the resource as it is stored in this answer, section 3.9 lets clients ask for a part.
    if beyond(body, Features.of(discovery.played.answers), "userName"):
        expect.present(step, "id")
        expect.present(step, "userName")
        raise Observation("attributes has no effect on the answer to a create")
    minimal(body, discovery, "userName")


@check("projection-replace", covers=["RFC7644-3.9-08"], profile="rfc")
def test_excluded_when_replaced(projection: Steps) -> None:
    """The answer to a replacement leaves out what excludedAttributes names.

    The parameters work with every operation that returns a resource.

    Fix: apply excludedAttributes to the answer of PUT.
    """
    known(projection, "displayName")
    heeded(projection, "excludedAttributes")
    step = projection["replace-excluded"]
    if step.exchange.status in {204, 403, 405, 501}:
        raise NotApplicable(f"PUT is answered {step.exchange.status}")
    expect.status(step, 200)
    expect.absent(step, "displayName")
    expect.present(step, "id")


@check("projection-patch", covers=["RFC7644-3.9-04"], profile="rfc")
def test_attributes_when_patched(projection: Steps, discovery: Steps) -> None:
    """The answer to a PATCH holds the attributes that were asked for, and no others; the user keeps them all.

    The parameters work with every operation that returns a resource, and change only what is shown.

    Fix: apply attributes to the answer of PATCH.
    """
    heeded(projection, "attributes")
    step = patched(projection, "patch-asked")
    whole, last = projection["read"].exchange.resource, projection["read-last"].exchange
    lost = [name for name in ("userName", "displayName", "name") if name in whole and name not in last.resource]
    expect.nothing(
        lost if step.exchange.ok and last.ok else [],
        "all attributes still there after the PATCH",
        kind=Kind.MISSING_VALUE,
    )
    if step.exchange.status == 204:
        raise NotApplicable("a PATCH is answered without a body")
    expect.status(step, 200)
    minimal(expect.resource(step), discovery, "userName")


@check("projection-patch-case", covers=["RFC7644-3.10-04"], profile="rfc")
def test_patch_values_in_any_case(projection: Steps) -> None:
    """Names of attributes in the value of a PATCH are understood in any letter case.

    Names of SCIM attributes do not depend on their case.

    Fix: compare attribute names without regard to case.
    """
    step = patched(projection, "patch-case")
    known(projection, "nickName")
    expect.status(step, 200, 204, level=Level.SHOULD)
    expect.attribute(projection["read-last"], "nickName", CASED, level=Level.SHOULD)
