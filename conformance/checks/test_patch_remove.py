"""PATCH of users: what remove takes away, and what it leaves."""

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
from conformance.checks.test_user_create import needed
from conformance.idp.entra import ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Kind, Level, NotApplicable, Observation

LOCALITY = 'addresses[type eq "work"].locality'
STREET = 'addresses[type eq "work"].streetAddress'
HOME_STREET = 'addresses[type eq "home"].streetAddress'


@check("patch-remove-single", covers=["RFC7644-3.5.2.2-02"], profile="rfc")
def test_remove_unassigns_a_single_value(patch_removes: Steps, discovery: Steps) -> None:
    """A remove of a single value unassigns it.

    What was taken away stays visible to everybody.

    Fix: delete the value.
    """
    expect.absent(patched(patch_removes, discovery, "remove-single", "nickName"), "nickName")


@check("patch-remove-absent", covers=["RFC7644-3.5.2-20", "RFC7644-3.5.2.2-11"], profile="rfc")
def test_remove_of_nothing_is_no_crash(patch_removes: Steps, discovery: Steps) -> None:
    """A remove of what is not there succeeds, or is refused with an error of the client.

    Clients repeat a request whose answer was lost; a 5xx makes them do so for ever.

    Fix: answer 204, or 400 with scimType noTarget.
    """
    patched(patch_removes, discovery, "remove-single", "nickName")
    expect.status(patch_removes["remove-absent"], 200, 204, 400, 404)


@check("patch-remove-selected", covers=["RFC7644-3.5.2.2-06"], profile="rfc")
def test_remove_takes_selected_values(patch_removes: Steps, discovery: Steps) -> None:
    """A remove with a filter in its path takes what the filter selects, and nothing else.

    Taken for a remove of all, a user loses every address.

    Fix: delete the selected elements only.
    """
    step = patched(patch_removes, discovery, "remove-selected", 'emails[type eq "home"].value')
    has_addresses(step, sent_first(patch_removes)["userName"])


@check("patch-remove-part", covers=["RFC7644-3.5.2.2-07"], profile="rfc")
def test_remove_takes_a_part(patch_removes: Steps, discovery: Steps) -> None:
    """A remove of a part of a selected value takes that part only.

    The whole postal address goes for a wrong city.

    Fix: delete the sub-attribute, and keep the rest of the element.
    """
    step = patched(patch_removes, discovery, "remove-part", LOCALITY, STREET)
    expect.absent(step, LOCALITY)
    expect.attribute(step, STREET, sent_first(patch_removes)["addresses"][0]["streetAddress"])


@check("patch-remove-all", covers=["RFC7644-3.5.2.2-05"], profile="rfc")
def test_remove_leaves_nothing(patch_removes: Steps, discovery: Steps, create_full: Steps) -> None:
    """A remove of a multi-valued attribute without filter leaves it without a value.

    An empty remnant counts as present in a filter.

    Fix: delete all values.
    """
    if "emails" in needed(create_full, discovery):
        raise NotApplicable("users have to have emails here")
    step = patched(patch_removes, discovery, "remove-all", "emails")
    expect.nothing(addresses(step), "no emails", path="emails", kind=Kind.UNWANTED_VALUE)


@check("patch-remove-last-of-type", covers=["RFC7644-3.5.2.2-06"], profile="rfc")
def test_remove_keeps_what_is_not_selected(patch_removes: Steps, discovery: Steps) -> None:
    """A remove of the work address keeps the home address.

    Filters on the type of other attributes than emails work the same.

    Fix: evaluate the filter on every multi-valued attribute.
    """
    step = patched(patch_removes, discovery, "remove-last", STREET, HOME_STREET)
    expect.absent(step, STREET)
    expect.attribute(step, HOME_STREET, "2 Home Way")


@check("patch-remove-extension", covers=["RFC7644-3.5.2.2-02"], profile="rfc")
def test_extensions_are_removed(patch_removes: Steps, discovery: Steps) -> None:
    """A remove reaches an attribute of an extension, and the whole extension by its URN.

    Former departments and cost centres live on.

    Fix: resolve URNs in the paths of remove.
    """
    step = patched(patch_removes, discovery, "remove-extension-part", DEPARTMENT)
    expect.absent(step, DEPARTMENT)
    # The grammar of paths (RFC 7644 section 3.5.2) has no URN without an attribute behind it.
    if answered(patch_removes["remove-extension"]).exchange.status == 400:
        raise Observation("a remove whose path is the URN of an extension is refused with 400")
    expect.status(answered(patch_removes["remove-extension"]), 200, 204, level=Level.SHOULD)
    expect.absent(patched(patch_removes, discovery, "remove-extension"), ENTERPRISE_USER)


@check("patch-extension-back", covers=["RFC7644-3.5.2-15"], profile="rfc")
def test_changed_schemas_count_at_once(patch_removes: Steps, discovery: Steps) -> None:
    """A schema that one operation adds to schemas can be used by the next one.

    An extension that was removed can be put back in one request.

    Fix: apply each operation to the result of the one before, schemas included.
    """
    step = patched(patch_removes, discovery, "extension-back", DEPARTMENT)
    expect.attribute(step, DEPARTMENT, "Back again")
    named_in_schemas(step, ENTERPRISE_USER)
