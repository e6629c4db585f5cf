"""PATCH of users: what add does to each kind of attribute, and how a change is answered."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import Features
from conformance.scim.paths import find, find_all, is_empty, objects
from conformance.verdict import Failure, Kind, Level, NotApplicable, show

DEPARTMENT = f"{ENTERPRISE_USER}:department"
NOT_OFFERED = frozenset({403, 405, 501})


def answered(step: Step) -> Step:
    """A step's PATCH by itself, without the read that may have joined it."""
    return Step(step.name, step.exchanges[:1], step.facts)


def patched(journey: Steps, discovery: Steps, name: str, *paths: str) -> Step:
    """A step whose PATCH was accepted; its last exchange shows the resource afterwards.

    Args:
        journey: with the step.
        discovery: says which attributes there are.
        name: of the step.
        paths: attributes that the endpoint has to know and to store.

    Raises:
        Failure: the PATCH was refused.
        NotApplicable: the endpoint does not know or store an attribute, or offers no PATCH.
    """
    features = Features.of(discovery.played.answers)
    sent, kept = sent_first(journey), journey["create"].exchange.resource
    for path in paths:
        if not features.lists_user_attribute(path):
            raise NotApplicable(f"the endpoint's User schema does not list {path}")
        if not is_empty(find(sent, path)) and is_empty(find(kept, path)):
            raise NotApplicable(f"{path} is not stored by this endpoint")
    own = answered(journey[name])
    if own.exchange.status in NOT_OFFERED:
        raise NotApplicable(f"PATCH is answered {own.exchange.status}")
    expect.accepted(own)
    return own if own.exchange.resource else Step(name, journey[own.facts["seen"]].exchanges, own.facts)


def sent_first(journey: Steps) -> dict[str, Any]:
    """The user as it was sent for creation, at last where it was refused before."""
    creates = [exchange for exchange in journey["create"].exchanges if exchange.method == "POST"]
    body: dict[str, Any] = creates[-1].request_body
    return body


def addresses(step: Step) -> list[Any]:
    """The e-mail addresses of the user in an answer, sorted."""
    return sorted(map(str, find_all(step.exchange.resource, "emails.value")))


def has_addresses(step: Step, *wanted: str) -> None:
    """The user in the answer has exactly these e-mail addresses, each once."""
    got = addresses(step)
    if got != sorted(wanted):
        raise Failure(f"emails with the values {show(sorted(wanted))}", show(got), path="emails", kind=Kind.WRONG_VALUE)


def named_in_schemas(step: Step, urn: str) -> None:
    """The resource in the answer names a schema in its ``schemas``."""
    got = find(expect.resource(step), "schemas")
    if not isinstance(got, list) or urn.casefold() not in {str(name).casefold() for name in got}:
        raise Failure(
            f"{urn} in schemas", show(got) if isinstance(got, list) else "none", path="schemas", kind=Kind.SCHEMA
        )


@check("patch-supported", covers=["RFC7644-3.5-02", "RFC7644-3.5.2-01", "RFC7644-3.5.2-24"], profile="rfc")
def test_patch_is_supported(patch_adds: Steps) -> None:
    """A user can be changed with PATCH, by a request that names no schema but PatchOp.

    Entra changes users and groups with PATCH only.

    Fix: implement PATCH for each resource type, or say patch.supported false.
    """
    refused = [
        f"{name} is answered {patch_adds[name].exchanges[0].status}"
        for name in ("add-absent", "add-single")
        if patch_adds[name].exchanges[0].status in NOT_OFFERED
    ]
    expect.nothing(refused, "HTTP 200 or 204", kind=Kind.STATUS)


@check("patch-add-absent", covers=["RFC7644-3.5.2.1-03"], profile="rfc")
def test_add_creates_what_is_absent(patch_adds: Steps, discovery: Steps) -> None:
    """An add to an attribute without a value gives it one.

    A 2xx that changes nothing leaves the account out of date for good.

    Fix: create the attribute.
    """
    expect.attribute(patched(patch_adds, discovery, "add-absent", "title"), "title", "Engineer")


@check("patch-add-single", covers=["RFC7644-3.5.2.1-06"], profile="rfc")
def test_add_replaces_a_single_value(patch_adds: Steps, discovery: Steps) -> None:
    """An add to a single-valued attribute replaces its value.

    Entra sends add where other clients send replace.

    Fix: treat add on a single value as replace.
    """
    expect.attribute(patched(patch_adds, discovery, "add-single", "displayName"), "displayName", "Added")


@check("patch-add-complex", covers=["RFC7644-3.5.2.1-04"], profile="rfc")
def test_add_merges_into_a_complex_value(patch_adds: Steps, discovery: Steps) -> None:
    """An add to a complex attribute sets the given sub-attributes and keeps the others.

    Replaced as a whole, the name loses its other parts.

    Fix: merge the sub-attributes.
    """
    step = patched(patch_adds, discovery, "add-complex", "name.familyName")
    if Features.of(discovery.played.answers).lists_user_attribute("name.middleName"):
        expect.attribute(step, "name.middleName", "Maria")
    # Only replace is told to leave the others alone (RFC 7644 section 3.5.2.3); an add may replace what is there.
    family = sent_first(patch_adds)["name"]["familyName"]
    expect.attribute(step, "name.familyName", family, level=Level.SHOULD)


@check("patch-add-value", covers=["RFC7644-3.5.2.1-05"], profile="rfc")
def test_add_appends_to_several_values(patch_adds: Steps, discovery: Steps) -> None:
    """An add to a multi-valued attribute appends, and the values before stay.

    Replaced as a whole, everybody who was there before is gone.

    Fix: append the values of an add.
    """
    step = patched(patch_adds, discovery, "add-value", "emails")
    before = (row["value"] for row in sent_first(patch_adds)["emails"])
    has_addresses(step, *before, f"other-{_address(patch_adds)}")


@check("patch-add-again", covers=["RFC7644-3.5.2.1-07", "RFC7644-3.5.2.1-08"], profile="rfc")
def test_add_of_what_is_there_changes_nothing(patch_adds: Steps, discovery: Steps) -> None:
    """An add of a value that is there already succeeds and changes nothing, lastModified neither.

    Clients repeat a request whose answer was lost; each time the value would be there once more.

    Fix: look for an equal value before appending.
    """
    before = patched(patch_adds, discovery, "add-value", "emails")
    step = patch_adds["add-again"]
    expect.status(answered(step), 200, 204, level=Level.SHOULD)
    has_addresses(step, *set(addresses(before)))
    old, new = (find(s.exchange.resource, "meta.lastModified") for s in (before, step))
    if not is_empty(old) and not is_empty(new) and old != new:
        raise Failure(
            "meta.lastModified as before",
            f"{show(old)}, then {show(new)}",
            level=Level.SHOULD,
            kind=Kind.TIME,
            subject="meta.lastModified",
        )


@check("patch-add-without-path", covers=["RFC7644-3.5.2.1-02", "RFC7644-3.5.2-07"], profile="rfc")
def test_add_without_path_merges(patch_adds: Steps, discovery: Steps) -> None:
    """An add without path merges the attributes of its value into the resource.

    Entra sends path-less changes; taken for a replacement, they wipe the user.

    Fix: apply each attribute of the value as if it were named in a path.
    """
    before = patched(patch_adds, discovery, "add-again", "emails", "nickName")
    step = patched(patch_adds, discovery, "add-without-path")
    expect.attribute(step, "nickName", "Merged")
    has_addresses(step, *addresses(before), f"third-{_address(patch_adds)}")


@check("patch-primary", covers=["RFC7644-3.5.2-18"], profile="rfc")
def test_only_one_value_is_primary(patch_adds: Steps, discovery: Steps) -> None:
    """A value that is made primary is the only one that is.

    With two primary addresses mail goes to either.

    Fix: set primary to false on all other values.
    """
    step = patched(patch_adds, discovery, "make-primary", 'emails[type eq "home"].value')
    rows = find(step.exchange.resource, "emails")
    chosen = [row.get("type") for row in objects(rows) if row.get("primary") is True]
    if chosen != ["home"]:
        raise Failure(
            "the home address as the only primary one", show(chosen), path="emails.primary", kind=Kind.WRONG_VALUE
        )


@check("patch-attribute-case", covers=["RFC7644-3.10-04", "RFC7644-3.10-01"], profile="rfc")
def test_names_in_values_have_no_case(patch_adds: Steps, discovery: Steps) -> None:
    """The names of attributes in a path-less value are recognised in any letter case.

    Each client spells them in its own way.

    Fix: compare attribute names without regard to case.
    """
    patched(patch_adds, discovery, "add-single", "nickName")
    expect.status(answered(patch_adds["add-other-case"]), 200, 204, level=Level.SHOULD)
    expect.attribute(patch_adds["add-other-case"], "nickName", "Capital", level=Level.SHOULD)


@check("patch-core-urn", covers=["RFC7644-3.5.2-08", "RFC7644-3.10-02"], profile="rfc")
def test_core_attributes_carry_their_urn(patch_adds: Steps, discovery: Steps) -> None:
    """A path may name a core attribute with its schema's URN.

    Entra does in its compliant form.

    Fix: split the URN off at its last colon; a dot in "2.0" is no sub-attribute.
    """
    step = patched(patch_adds, discovery, "add-core-urn", "nickName")
    expect.attribute(step, "nickName", "With URN")
    literal = [key for key in step.exchange.resource if key.lower().startswith(f"{CORE_USER}:".lower())]
    expect.nothing(literal, "no attribute with the path as its name", kind=Kind.UNWANTED_VALUE)


@check("patch-add-extension", covers=["RFC7644-3.5.2-16"], profile="rfc")
def test_an_added_extension_is_named_in_schemas(patch_adds: Steps, discovery: Steps) -> None:
    """An add of an extension's attribute sets it, and adds the extension's URN to schemas.

    A client that goes by schemas does not look for the extension.

    Fix: keep schemas in step with the extensions that have values.
    """
    step = patched(patch_adds, discovery, "add-extension", DEPARTMENT)
    expect.attribute(step, DEPARTMENT, "Sales")
    named_in_schemas(step, ENTERPRISE_USER)


@check("patch-answer", covers=["RFC7644-3.5.2-21"], profile="rfc")
def test_changes_are_answered_in_full_or_not_at_all(
    patch_adds: Steps, patch_replaces: Steps, patch_removes: Steps
) -> None:
    """A PATCH is answered 200 with the whole resource, or 204 without a body.

    From half an answer a client learns that all else is gone.

    Fix: answer with the resource as a GET would show it, or with 204.
    """
    wrong = []
    for journey in (patch_adds, patch_replaces, patch_removes):
        for name, step in journey.played.steps.items():
            first = step.exchanges[0]
            if first.method != "PATCH" or not first.ok or name == "with-attributes":
                continue
            journey[name]
            missing = [part for part in ("id", "schemas", "userName") if is_empty(find(first.resource, part))]
            if first.status not in {200, 204}:
                wrong.append(f"{name} is answered {first.status}")
            elif first.status == 200 and missing:
                wrong.append(f"{name} is answered without {', '.join(missing)}")
            elif first.status == 204 and first.body:
                wrong.append(f"{name} is answered 204 with a body")
    expect.nothing(wrong, "200 with the whole resource, or 204 without a body", kind=Kind.BODY, subject="body")


@check("patch-answer-true", covers=["RFC7644-3.5.2-21"], profile="rfc")
def test_answers_show_what_is_stored(patch_adds: Steps, patch_replaces: Steps, patch_removes: Steps) -> None:
    """The resource after the last change is the one that is read later.

    An answer that echoes the request hides that nothing was stored.

    Fix: answer with what was stored.
    """
    differing, looked = [], 0
    for journey, last in (
        (patch_adds, "add-extension"),
        (patch_replaces, "replace-extension"),
        (patch_removes, "extension-back"),
    ):
        told, read = journey[last].exchange.resource, journey["read-last"].exchange.resource
        ours = {"displayName"} if last == "replace-extension" else set()
        parts = {*told, *read} - {"meta", "schemas", *ours}
        if told.get("id") and read and journey[last].exchange.ok:
            looked += len(parts)
            differing += [
                f"{part} after {last}" for part in sorted(parts) if not _equal(told.get(part), read.get(part))
            ]
    if not looked:
        raise NotApplicable("no PATCH is answered with the resource")
    expect.nothing(differing, "the same resource in the answer and when it is read", kind=Kind.WRONG_VALUE)


def _equal(one: Any, other: Any) -> bool:
    if is_empty(one) and is_empty(other):
        return True
    return expect.same(one, other) and expect.same(other, one)


def _address(journey: Steps) -> str:
    return str(sent_first(journey)["userName"])
