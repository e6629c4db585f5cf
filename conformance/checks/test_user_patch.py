"""Changing users in Entra's PATCH shapes: each change is read back, and nothing else may change."""

from __future__ import annotations

from conformance.idp.entra import ENTERPRISE_USER
from conformance.journeys.user_patch import ADDRESS_PARTS, ALONE, PHONES, WORK_EMAIL
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import find, find_all
from conformance.verdict import Failure, Kind, show


def _replaced(patch_attributes: Steps, *paths: str) -> None:
    """Some attributes were replaced: with others at once, or where that is refused as a whole, on their own."""
    read = patch_attributes["read"]
    if patch_attributes["replace-many"].exchange.ok:
        expect.applied(patch_attributes["replace-many"], read, *paths)
        return
    tried = [path for path in paths if ALONE.format(path) in patch_attributes.played.steps]
    if not tried:
        expect.done(patch_attributes, "replace-many")
    for path in tried:
        expect.applied(patch_attributes[ALONE.format(path)], read, path)


@check("user-patch-add", covers=["ENTRA-PATCH-01"], profile="entra")
def test_single_add(patch_attributes: Steps) -> None:
    """An attribute that was empty can be added.

    Entra adds what has been filled in since the last cycle; a success that changed nothing is repeated for ever.

    Fix: apply add with a path, op in any letter case.
    """
    expect.applied(patch_attributes["add"], patch_attributes["read"])


@check("user-patch-replace-accepted", covers=["ENTRA-PATCH-02"], profile="entra")
def test_several_replacements_are_accepted(patch_attributes: Steps) -> None:
    """A request that replaces six attributes at once is accepted.

    Entra puts all changes of a user into one request; where one is refused, none arrives.

    Fix: accept several operations; in the compliant form, one path-less value with dotted and URN keys beside them.
    """
    expect.accepted(patch_attributes["replace-many"])


@check("user-patch-display-name", covers=["ENTRA-PATCH-02"], profile="entra")
def test_display_name_is_replaced(patch_attributes: Steps) -> None:
    """displayName is replaced.

    A success that changed nothing is repeated for ever.

    Fix: apply replace of a simple attribute, by path and as a member of a path-less value.
    """
    _replaced(patch_attributes, "displayName")


@check("user-patch-name", covers=["ENTRA-PATCH-03"], profile="entra")
def test_dotted_names_are_replaced(patch_attributes: Steps) -> None:
    """name.givenName and name.familyName are replaced, also as dotted keys of a path-less value.

    Dotted keys that are dropped or stored as they stand are the most frequent fault of all: names never change.

    Fix: read the key "name.givenName" as the path name.givenName.
    """
    expect.applied(
        expect.done(patch_attributes, "replace-many"), patch_attributes["read"], "name.givenName", "name.familyName"
    )


@check("user-patch-name-keeps-formatted", covers=["ENTRA-PATCH-04"], profile="entra")
def test_other_parts_of_the_name_stay(patch_attributes: Steps) -> None:
    """name.formatted keeps its value or follows the new name when only other parts are replaced.

    A replaced sub-attribute must not empty its siblings.

    Fix: merge sub-attributes into the stored name.
    """
    step = patch_attributes["read"]
    expect.done(patch_attributes, "replace-many")
    expect.present(step, "name.formatted")


@check("user-patch-work-email", covers=["ENTRA-PATCH-05"], profile="entra")
def test_work_email_is_replaced(patch_attributes: Steps) -> None:
    """The work e-mail address is replaced through its type filter.

    A marriage changes the address; where it is not replaced, mail and notifications go astray.

    Fix: support paths with a filter: emails[type eq "work"].value.
    """
    _replaced(patch_attributes, WORK_EMAIL)


@check("user-patch-external-id", covers=["ENTRA-PATCH-06"], profile="entra")
def test_external_id_is_replaced(patch_attributes: Steps) -> None:
    """externalId is replaced.

    A user that was adopted by name gets its externalId this way.

    Fix: let clients write externalId.
    """
    _replaced(patch_attributes, "externalId")


@check("user-patch-employee-number", covers=["ENTRA-PATCH-07"], profile="entra")
def test_enterprise_attribute_is_replaced(patch_attributes: Steps) -> None:
    """employeeNumber is replaced by its URN-qualified name, also as a key of a path-less value.

    A URN that is split at the dot of "2.0", or stored as a key of its own, loses the change.

    Fix: the attribute's name follows the last colon; the rest is the extension's URN.
    """
    path = f"{ENTERPRISE_USER}:employeeNumber"
    _replaced(patch_attributes, path)


@check("user-patch-stores-no-literal-keys", covers=["ENTRA-PATCH-08"], profile="entra")
def test_no_key_is_stored_literally(patch_attributes: Steps) -> None:
    """No dotted or filtered path turns up as an attribute's name in the resource.

    Such a key means that the change went into a place where nobody reads it.

    Fix: parse paths and keys before anything is stored.
    """
    step = patch_attributes["read"]
    expect.status(step, 200)
    odd = [key for key in expect.shown(step) if "[" in key or ("." in key and not key.lower().startswith("urn:"))]
    odd += [key for key in expect.resource(step) if key.lower().startswith(f"{ENTERPRISE_USER}:".lower())]
    expect.nothing(odd, "attribute names only", path=odd[0] if odd else None, kind=Kind.SCHEMA)


@check("user-patch-keeps-others", covers=["ENTRA-PATCH-09"], profile="entra")
def test_other_attributes_stay(patch_attributes: Steps) -> None:
    """Attributes that a PATCH does not name keep their values, active among them.

    A missing active taken for false disables people; lost phones and addresses are sent again in every cycle.

    Fix: change only what the operations name.
    """
    step = patch_attributes["read"]
    sent = step.facts["sent"]
    added = patch_attributes.played.steps.get("add")
    changed = added.facts["changes"] if added is not None else {}
    kept = [path for path in ("active", "title", f"{ENTERPRISE_USER}:department") if path not in changed]
    kept = [path for path in kept if find(sent, path)]
    created = patch_attributes["create"].exchange
    expect.status(step, 200)
    expect.shown(step)
    for path in kept:
        if find(created.resource, path) is not None and expect.same(find(created.resource, path), find(sent, path)):
            expect.attribute(step, path, find(sent, path))


@check("user-rename-accepted", covers=["ENTRA-RENAME-01"], profile="entra")
def test_rename_is_accepted(patch_attributes: Steps) -> None:
    """A change of userName is accepted.

    People marry and domains change; a userName that cannot change leaves them locked out.

    Fix: let userName be replaced; answer 409 only where the new one is taken.
    """
    expect.accepted(patch_attributes["rename"])


@check("user-rename-found", covers=["ENTRA-RENAME-02"], profile="entra")
def test_renamed_user_is_found(patch_attributes: Steps) -> None:
    """A renamed user is found under the new userName, with the same id.

    Entra matches by the new name from now on; a user that is not found is created a second time.

    Fix: update the index that the filter uses together with the attribute.
    """
    step = patch_attributes["match-new"]
    expect.done(patch_attributes, "rename")
    expect.finds(step, [step.facts["id"]])


@check("user-rename-frees-name", covers=["ENTRA-RENAME-03"], profile="entra")
def test_old_name_finds_nobody(patch_attributes: Steps) -> None:
    """The old userName finds nobody after a rename.

    The next person of that name would be given this account.

    Fix: a filter looks at current values only.
    """
    expect.done(patch_attributes, "rename")
    expect.total(patch_attributes["match-old"], 0)


@check("user-patch-no-op", covers=["FIELD-40"], profile="entra")
def test_unchanged_value_is_accepted(patch_attributes: Steps) -> None:
    """A PATCH that changes nothing is accepted.

    Entra repeats a change when it did not see the answer.

    Fix: answer 200 or 204 when the value is there already.
    """
    expect.accepted(patch_attributes["no-op"])


@check("user-patch-creates-email", covers=["ENTRA-PATCH-10", "RFC7644-3.5.2.1-09"], profile="entra")
def test_missing_work_email_is_created(patch_filtered: Steps) -> None:
    """A work e-mail address that is not there is created through its type filter.

    Entra replaces emails[type eq "work"].value whether there is one or not; noTarget stops the whole change.

    Fix: where no element fits the filter, add one with that type and value.
    """
    expect.applied(patch_filtered["replace-absent-email"], patch_filtered["read-created"])


@check("user-patch-creates-phones", covers=["ENTRA-PATCH-11"], profile="entra")
def test_missing_phones_are_created(patch_filtered: Steps) -> None:
    """Work, mobile and fax numbers that are not there are created, each with its type.

    Three rows of the default mapping arrive this way.

    Fix: where no element fits the filter, add one with that type and value.
    """
    step = patch_filtered["read-created"]
    expect.applied(patch_filtered["add-absent-phones"], step)
    for kind in PHONES:
        expect.attribute(step, f'phoneNumbers[type eq "{kind}"].type', kind)


@check("user-patch-creates-address", covers=["ENTRA-PATCH-12"], profile="entra")
def test_missing_address_is_created(patch_filtered: Steps) -> None:
    """The parts of a work address that is not there become one address.

    Six operations on addresses[type eq "work"] are one address, not six.

    Fix: create the element at the first operation and find it at the next ones.
    """
    step = patch_filtered["read-created"]
    expect.applied(patch_filtered["add-absent-address"], step)
    count = len(find_all(expect.resource(step), 'addresses[type eq "work"].type'))
    if count != 1:
        raise Failure("one work address", f"{count} of them", path="addresses", kind=Kind.COUNT)


@check("user-patch-keeps-other-emails", covers=["ENTRA-PATCH-13"], profile="entra")
def test_home_email_stays(patch_present: Steps) -> None:
    """The home e-mail address and phone number stay when the work ones are written.

    A path with a filter speaks of one element; the others are not Entra's to lose.

    Fix: change only the elements that fit the filter.
    """
    step = patch_present["read-changed"]
    for change in ("add-email", "replace-phone"):
        expect.accepted(patch_present[change])
    expect.stored(step, step.facts["sent"], 'emails[type eq "home"].value', 'phoneNumbers[type eq "home"].value')


@check("user-patch-add-overwrites", covers=["FIELD-58"], profile="entra")
def test_add_overwrites_the_work_email(patch_present: Steps) -> None:
    """Add on a work e-mail address that is there replaces it and appends no second one.

    Entra sends Add when it believes the value to be empty; two work addresses make every later change ambiguous.

    Fix: add through a filter that fits an element sets that element's value.
    """
    step = patch_present["read-changed"]
    expect.applied(patch_present["add-email"], step)
    values = find_all(expect.resource(step), WORK_EMAIL)
    if len(values) != 1:
        raise Failure("one work e-mail address", show(values), path="emails", kind=Kind.COUNT)


@check("user-patch-phone", covers=["ENTRA-PATCH-15"], profile="entra")
def test_phone_is_replaced(patch_present: Steps) -> None:
    """A mobile number that is there is replaced through its type filter.

    A success that changed nothing is repeated for ever.

    Fix: support paths with a filter: phoneNumbers[type eq "mobile"].value.
    """
    expect.applied(patch_present["replace-phone"], patch_present["read-changed"])


@check("user-patch-address-part", covers=["ENTRA-PATCH-16"], profile="entra")
def test_address_part_is_replaced(patch_present: Steps) -> None:
    """One part of the work address is replaced and the other parts stay.

    A move to another office changes the locality, not the country.

    Fix: merge the sub-attribute into the element that fits the filter.
    """
    step = patch_present["read-changed"]
    expect.applied(patch_present["replace-address"], step)
    expect.attribute(step, 'addresses[type eq "work"].postalCode', ADDRESS_PARTS["postalCode"])
