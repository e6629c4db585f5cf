"""Other shapes of Entra's PATCH: without a path, on extensions, several operations, letter case of op."""

from __future__ import annotations

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER
from conformance.journeys.user_patch import WORK_EMAIL
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import find, find_all
from conformance.verdict import Failure, Kind, show


@check("user-patch-remove-writes-nothing", covers=["FIELD-18"], profile="entra")
def test_value_of_a_remove_is_not_written(patch_present: Steps) -> None:
    """A Remove that carries a value does not write that value.

    The value of a remove tells what was there; an endpoint that writes it fills the attribute instead.

    Fix: ignore the value of a remove whose path names a single value.
    """
    step = patch_present["read-removed"]
    expect.status(step, 200)
    written = find(expect.shown(step), WORK_EMAIL)
    if written == "written@by.mistake.example":
        raise Failure("the value removed, or left as it was", show(written), path=WORK_EMAIL, kind=Kind.WRONG_VALUE)


@check("user-patch-pathless-add", covers=["ENTRA-PATCH-17"], profile="entra")
def test_pathless_add_is_applied(patch_pathless: Steps) -> None:
    """An add without path sets every member of its value, dotted keys included.

    The compliant dialect folds several additions into one operation of this form.

    Fix: apply every member of a path-less value as an attribute, reading dots in its name as a path.
    """
    expect.applied(patch_pathless["add"], patch_pathless["read"])


@check("user-patch-pathless-keys", covers=["ENTRA-PATCH-17"], profile="entra")
def test_each_key_of_a_pathless_value_is_applied(patch_pathless: Steps) -> None:
    """A replace without path sets a second attribute beside active, too.

    An endpoint that looks for active first, and at nothing else then, loses what comes with it.

    Fix: apply every member of a path-less value, whichever comes first.
    """
    expect.accepted(patch_pathless["two-keys"])
    expect.attribute(patch_pathless["read"], patch_pathless["two-keys"].facts["name"], "Second")


@check("user-patch-pathless-extension", covers=["ENTRA-PATCH-18"], profile="entra")
def test_pathless_extension_is_applied(patch_pathless: Steps) -> None:
    """An extension as an object inside a path-less value is merged into that extension.

    Attributes that land at the root of the resource are never seen again.

    Fix: take a URN key of a path-less value for the extension of that name.
    """
    expect.accepted(patch_pathless["extension-object"])
    expect.attribute(patch_pathless["read"], f"{ENTERPRISE_USER}:department", "Retail")


@check("user-patch-department", covers=["ENTRA-PATCH-07"], profile="entra")
def test_department_is_added(patch_extension: Steps) -> None:
    """department is added by its URN-qualified path to a user without enterprise attributes.

    The path's dot in "2.0" and its colons break home-made parsers.

    Fix: the attribute's name follows the last colon; create the extension where it is missing.
    """
    expect.applied(patch_extension["department"], patch_extension["read"])


@check("user-patch-adds-external-id", covers=["ENTRA-PATCH-06"], profile="entra")
def test_external_id_is_added(patch_extension: Steps) -> None:
    """externalId is added to a user that has none.

    A user that was there before Entra gets its externalId this way.

    Fix: let clients write externalId by PATCH.
    """
    expect.applied(patch_extension["external-id"], patch_extension["read"])


@check("user-patch-core-urn", covers=["FIELD-25"], profile="entra")
def test_core_attribute_under_its_urn(patch_extension: Steps) -> None:
    """A core attribute is changed by its name under the core schema's URN.

    Entra qualifies what admins added to the attribute list by hand.

    Fix: read urn:ietf:params:scim:schemas:core:2.0:User:title as title.
    """
    expect.accepted(patch_extension["core-urn"])
    [(path, sent)] = patch_extension["core-urn"].facts["changes"].items()
    expect.attribute(patch_extension["read"], path.removeprefix(f"{CORE_USER}:"), sent)


@check("user-patch-roles", covers=["ENTRA-ROLE-03"], profile="entra")
def test_roles_are_accepted(patch_extension: Steps) -> None:
    """A role in the form of Entra's app role assignments is accepted and stored.

    By default the role is JSON inside a string; with the flag it is an object like in a create.

    Fix: store the value of a role as text, whatever it holds.
    """
    expect.accepted(patch_extension["roles"])
    values = find_all(expect.resource(patch_extension["read"]), "roles.value")
    if patch_extension["roles"].facts["role"] not in values:
        raise Failure(
            f"a role of value {show(patch_extension['roles'].facts['role'])}",
            show(values),
            path="roles",
            kind=Kind.WRONG_VALUE,
        )


@check("user-patch-operations-all-applied", covers=["ENTRA-PATCH-19"], profile="entra")
def test_different_operations_are_all_applied(patch_several: Steps) -> None:
    """An add, a replace and a remove in one request are all applied.

    Entra mixes operations; an endpoint that stops after the first loses the rest without a word.

    Fix: apply every operation of a request, or refuse all of them.
    """
    step = patch_several["read-different"]
    expect.accepted(patch_several["different"])
    for path, value in patch_several["different"].facts["values"].items():
        if value is None:
            expect.absent(step, path)
        else:
            expect.attribute(step, path, value)


@check("user-patch-operations-in-order", covers=["ENTRA-PATCH-20"], profile="entra")
def test_operations_on_one_attribute_are_applied_in_order(patch_several: Steps) -> None:
    """Remove, add and replace of the same attribute leave the last value.

    Microsoft's validator sends this; order decides what remains.

    Fix: apply operations one after the other, each on the result of the one before.
    """
    expect.accepted(patch_several["same"])
    expect.attribute(patch_several["read-same"], patch_several["same"].facts["name"], "Third")


@check("user-patch-op-capitalised", covers=["ENTRA-OP-01", "RFC7644-3.5.2-06"], profile="entra")
def test_capitalised_op_is_understood(op_forms: Steps) -> None:
    """The operations Replace and Add are understood and applied.

    Entra's default writes op with a capital; refused it stops every change, ignored it pretends success.

    Fix: compare op without regard to letter case.
    """
    for op in ("Replace", "Add"):
        expect.accepted(op_forms[f"op-{op}"])
        step = op_forms[f"read-op-{op}"]
        expect.attribute(step, step.facts["name"], step.facts["value"])


@check("user-patch-op-lower-case", covers=["ENTRA-OP-02"], profile="entra")
def test_lower_case_op_is_understood(op_forms: Steps) -> None:
    """The operations replace and add in lower case are understood and applied.

    The compliant dialect and every other client write them this way.

    Fix: compare op without regard to letter case.
    """
    for op in ("replace", "add"):
        expect.accepted(op_forms[f"op-{op}"])
        step = op_forms[f"read-op-{op}"]
        expect.attribute(step, step.facts["name"], step.facts["value"])
