"""PATCH of users: what replace does to each kind of attribute, and the order of operations."""

from __future__ import annotations

from conformance.checks.test_patch_values import (
    DEPARTMENT,
    addresses,
    answered,
    has_addresses,
    named_in_schemas,
    patched,
    sent_first,
)
from conformance.idp.entra import ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind, NotApplicable, Observation

STREET = 'addresses[type eq "work"].streetAddress'
HOME_STREET = 'addresses[type eq "home"].streetAddress'


@check("patch-replace-single", covers=["RFC7644-3.5.2.3-02"], profile="rfc")
def test_replace_changes_a_single_value(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of a single value changes it.

    A 2xx that changes nothing leaves the account out of date for good.

    Fix: store the value.
    """
    step = patched(patch_replaces, discovery, "replace-single", "displayName")
    expect.attribute(step, "displayName", "Replaced")


@check("patch-replace-absent", covers=["RFC7644-3.5.2.3-04"], profile="rfc")
def test_replace_adds_what_is_absent(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of an attribute without a value gives it one.

    A client does not know what is there before it writes.

    Fix: treat replace of an absent attribute as add.
    """
    expect.attribute(patched(patch_replaces, discovery, "replace-absent", "title"), "title", "Engineer")


@check("patch-replace-complex", covers=["RFC7644-3.5.2.3-05"], profile="rfc")
def test_replace_keeps_other_parts(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of a complex attribute changes the given parts and keeps the others.

    A changed family name would cost the given name.

    Fix: merge the sub-attributes.
    """
    step = patched(patch_replaces, discovery, "replace-complex", "name.familyName", "name.givenName")
    expect.attribute(step, "name.familyName", "Replaced")
    expect.attribute(step, "name.givenName", sent_first(patch_replaces)["name"]["givenName"])


@check("patch-replace-part", covers=["RFC7644-3.10-03", "RFC7644-3.5.2-08"], profile="rfc")
def test_replace_reaches_a_part(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of name.givenName changes that part of the name.

    Entra changes names part by part.

    Fix: resolve attribute.subAttribute in paths.
    """
    step = patched(patch_replaces, discovery, "replace-part", "name.givenName")
    expect.attribute(step, "name.givenName", "Partly")


@check("patch-replace-selected", covers=["RFC7644-3.5.2.3-06"], profile="rfc")
def test_replace_changes_selected_values(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace with a filter in its path replaces what the filter selects, and nothing else.

    A new work address would move the home as well.

    Fix: apply the value to the selected elements only.
    """
    step = patched(patch_replaces, discovery, "replace-selected", STREET, HOME_STREET)
    expect.attribute(step, STREET, "1 Replaced Way")
    expect.attribute(step, HOME_STREET, "2 Home Way")


@check("patch-replace-selected-part", covers=["RFC7644-3.5.2.3-07"], profile="rfc")
def test_replace_changes_a_part_of_selected_values(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of emails[type eq "home"].value changes that address, and no other.

    Entra changes every address and telephone number so.

    Fix: apply the value to the sub-attribute of the selected elements.
    """
    step = patched(patch_replaces, discovery, "replace-selected-part", 'emails[type eq "home"].value')
    name = sent_first(patch_replaces)["userName"]
    has_addresses(step, name, f"moved-{name}")


@check("patch-replace-nothing", covers=["RFC7644-3.5.2.3-08", "RFC7644-3.12-19"], profile="rfc")
def test_replace_of_nothing_is_told(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace whose filter selects nothing is refused with 400 noTarget, or creates the value as Entra needs it.

    A 2xx that changes nothing tells the client that all is well.

    Fix: answer 400 with scimType noTarget; for Entra, create the value.
    """
    patched(patch_replaces, discovery, "replace-selected-part", 'emails[type eq "home"].value')
    step = patch_replaces["replace-nothing"]
    own = answered(step)
    if own.exchange.ok:
        name = sent_first(patch_replaces)["userName"]
        if f"none-{name}" not in addresses(step):
            raise Failure(
                "400 noTarget, or the new value",
                f"HTTP {step.exchanges[0].status} and no such value",
                kind=Kind.STATUS,
                subject=str(step.exchanges[0].status),
            )
        raise Observation("the value is created, as Entra needs it; the RFC asks for 400 noTarget")
    expect.status(own, 400)
    expect.scim_type(own, "noTarget", required=True)


@check("patch-replace-all", covers=["RFC7644-3.5.2.3-03"], profile="rfc")
def test_replace_without_filter_replaces_all_values(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of a multi-valued attribute without filter replaces all of its values.

    Added instead, values that were taken away live on.

    Fix: drop the old values.
    """
    step = patched(patch_replaces, discovery, "replace-all", "emails")
    has_addresses(step, f"only-{sent_first(patch_replaces)['userName']}")


@check("patch-replace-without-path", covers=["RFC7644-3.5.2.3-01"], profile="rfc")
def test_replace_without_path_replaces_each(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace without path replaces each attribute of its value, and keeps all others.

    Entra sends path-less changes; taken for a replacement, they wipe the user.

    Fix: apply each attribute of the value as if it were named in a path.
    """
    step = patched(patch_replaces, discovery, "replace-without-path", "displayName", "emails", "nickName")
    expect.attribute(step, "displayName", "Pathless")
    has_addresses(step, f"pathless-{sent_first(patch_replaces)['userName']}")
    expect.present(step, "nickName")


@check("patch-in-order", covers=["RFC7644-3.5.2-17"], profile="rfc")
def test_operations_are_applied_in_order(patch_replaces: Steps, discovery: Steps) -> None:
    """Several operations in one request are applied in their order.

    The last one is what the client wants to be true.

    Fix: apply each operation to the result of the one before.
    """
    expect.attribute(patched(patch_replaces, discovery, "in-order", "nickName"), "nickName", "Second")


@check("patch-replace-extension", covers=["RFC7644-3.5.2-25"], profile="rfc")
def test_a_replaced_extension_is_named_in_schemas(patch_replaces: Steps, discovery: Steps) -> None:
    """A replace of an absent extension's attribute sets it, and adds the extension's URN to schemas.

    A client that goes by schemas does not look for the extension.

    Fix: keep schemas in step with the extensions that have values.
    """
    step = patched(patch_replaces, discovery, "replace-extension", DEPARTMENT)
    expect.attribute(step, DEPARTMENT, "Research")
    named_in_schemas(step, ENTERPRISE_USER)


@check("patch-with-attributes", covers=["RFC7644-3.5.2-22"], profile="rfc")
def test_asked_for_attributes_are_answered(patch_replaces: Steps) -> None:
    """A PATCH with the parameter attributes is answered 200 with what was asked for.

    The client asks to save itself a read.

    Fix: answer 200 with the resource where attributes is given.
    """
    step = patch_replaces["with-attributes"]
    if not step.exchange.ok:
        raise NotApplicable(f"the PATCH is answered {step.exchange.status}")
    expect.status(step, 200)
    expect.present(step, "displayName")
