"""Leavers: disabled, still found, and back again."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import find
from conformance.verdict import NotApplicable


@check("user-disable-accepted", covers=["ENTRA-DISABLE-01"], profile="entra")
def test_disable_is_accepted(disable: Steps) -> None:
    """Setting active to false is accepted.

    Entra disables a leaver with this very request; where it is refused, the leaver keeps the access.

    Fix: accept a PATCH of active in Entra's forms: op in any letter case, the value as boolean or as string.
    """
    expect.accepted(disable["disable"])


@check("user-disable-applied", covers=["ENTRA-DISABLE-02"], profile="entra")
def test_disabled_user_is_inactive(disable: Steps) -> None:
    """A user that was disabled is inactive.

    A leaver who stays active keeps the access; the string "False" taken for true is the usual cause.

    Fix: store active as the boolean false, whether it was sent as false, "False" or "false".
    """
    expect.done(disable, "disable")
    expect.status(disable["read-disabled"], 200, 404)
    if disable["read-disabled"].exchange.ok:
        expect.attribute(disable["read-disabled"], "active", False)


@check("user-disabled-stays-readable", covers=["ENTRA-DISABLE-03"], profile="entra")
def test_disabled_user_is_readable(disable: Steps) -> None:
    """A disabled user is still read by its id.

    Entra reads the user before it enables it again; one that is hidden can never come back.

    Fix: keep disabled users in SCIM; hide them from sign-in only.
    """
    expect.status(disable["read-disabled"], 200)


@check("user-disabled-stays-found", covers=["ENTRA-DISABLE-04"], profile="entra")
def test_disabled_user_is_found(disable: Steps) -> None:
    """A disabled user is still found by a filter on userName, with active false.

    Entra looks for the user when it comes back; one that is not found is created again and fails with a conflict.

    Fix: return disabled users in every query until they are deleted.
    """
    expect.done(disable, "disable")
    step = disable["match-disabled"]
    expect.finds(step, [step.facts["id"]])


@check("user-disable-keeps-attributes", covers=["ENTRA-DISABLE-05"], profile="entra")
def test_disable_keeps_other_attributes(disable: Steps) -> None:
    """Disabling a user leaves the other attributes as they were.

    A PATCH changes what it names; names and addresses lost on disable are missing when the user comes back.

    Fix: change active only.
    """
    expect.done(disable, "disable")
    before = disable["create"].exchange.resource
    expect.stored(disable["read-disabled"], before, "userName", "name.givenName", 'emails[type eq "work"].value')


@check("user-change-while-disabled", covers=["ENTRA-DISABLE-06"], profile="entra")
def test_disabled_user_can_be_changed(disable: Steps) -> None:
    """A disabled user can be changed, and stays disabled unless active is sent.

    Entra keeps sending attribute changes; one without active must neither fail nor bring the leaver back.

    Fix: accept changes of inactive users; a missing active means no change.
    """
    before = disable["read-disabled"].exchange
    if before.ok and find(before.resource, "active") is True:
        raise NotApplicable("the user could not be disabled")
    expect.accepted(disable["change-disabled"])
    expect.status(disable["read-changed"], 200)
    for path, value in disable["change-disabled"].facts["changes"].items():
        expect.attribute(disable["read-changed"], path, value)
    expect.attribute(disable["read-changed"], "active", False)


@check("user-restore-accepted", covers=["ENTRA-RESTORE-01"], profile="entra")
def test_restore_is_accepted(disable: Steps) -> None:
    """Setting active back to true is accepted.

    Who comes back from leave gets the access again with this request.

    Fix: accept active true as boolean and as the string "True".
    """
    expect.accepted(disable["restore"])


@check("user-restore-applied", covers=["ENTRA-RESTORE-02"], profile="entra")
def test_restored_user_is_active(disable: Steps) -> None:
    """A user that was restored is active, under the same id.

    Who comes back cannot sign in otherwise.

    Fix: store active as the boolean true.
    """
    expect.done(disable, "restore")
    expect.status(disable["read-restored"], 200)
    expect.attribute(disable["read-restored"], "active", True)
    expect.attribute(disable["read-restored"], "id", disable["create"].exchange.resource_id)


def _is_back(op_forms: Steps, form: str) -> None:
    """The user is active after an earlier form, so that the next one has something to do.

    An endpoint that refuses the earlier form altogether has left the user active.

    Raises:
        Failure: it is not, which is the earlier form's restore gone wrong.
    """
    expect.attribute(op_forms[f"read-enable-{form}"], "active", True)


@check("user-disable-lower-case-string", covers=["FIELD-04"], profile="entra")
def test_lower_case_string_disables(op_forms: Steps) -> None:
    """active sent as the string "false" disables the user.

    Entra has been seen to send the string in lower case too.

    Fix: read "True", "true", "False" and "false" as booleans.
    """
    expect.accepted(op_forms["disable-string-lower"])
    expect.attribute(op_forms["read-disable-string-lower"], "active", False)


@check("user-disable-by-add", covers=["FIELD-06"], profile="entra")
def test_add_disables(op_forms: Steps) -> None:
    """active sent with the operation Add disables the user.

    Entra picks Add or Replace without a rule one can depend on.

    Fix: treat add of a single-valued attribute as replace (RFC 7644 section 3.5.2.1).
    """
    _is_back(op_forms, "string-lower")
    expect.accepted(op_forms["disable-add"])
    expect.attribute(op_forms["read-disable-add"], "active", False)


@check("user-disable-boolean", covers=["ENTRA-DISABLE-07"], profile="entra")
def test_json_boolean_disables(op_forms: Steps) -> None:
    """active sent as the JSON boolean false with a capitalised op disables the user.

    Microsoft's documentation page prints this form.

    Fix: accept booleans and strings alike.
    """
    _is_back(op_forms, "add")
    expect.accepted(op_forms["disable-boolean"])
    expect.attribute(op_forms["read-disable-boolean"], "active", False)


@check("user-disable-pathless", covers=["FIELD-23"], profile="entra")
def test_pathless_operation_disables(patch_pathless: Steps) -> None:
    """active inside the value of an operation without path disables the user.

    The same change has been seen in this form.

    Fix: apply every member of a path-less value as an attribute.
    """
    expect.accepted(patch_pathless["disable"])
    expect.attribute(patch_pathless["read"], "active", False)
