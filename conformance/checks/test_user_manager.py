"""The manager: set as a bare id, asked for, changed and removed."""

from __future__ import annotations

from conformance.idp.entra import ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Observation, show

MANAGER = f"{ENTERPRISE_USER}:manager"


def _is_manager(read: Step) -> None:
    expect.status(read, 200)
    expect.attribute(read, f"{MANAGER}.value", read.facts["manager"])


def _is_gone(read: Step) -> None:
    """No manager is left; one whose value is empty counts as none (Microsoft's validators accept it)."""
    expect.status(read, 200)
    value = find(expect.shown(read), f"{MANAGER}.value")
    if not is_empty(value) and value != "":
        raise Failure("no manager", show(value), path=MANAGER, kind=Kind.UNWANTED_VALUE)


@check("manager-set", covers=["ENTRA-MANAGER-02"], profile="entra")
def test_manager_is_set(patch_manager: Steps) -> None:
    """A manager sent as a bare id is set.

    Entra sends the reference as a plain string; an endpoint that wants an object never has managers.

    Fix: read a string in place of the manager object as its value.
    """
    expect.accepted(patch_manager["set"])
    _is_manager(patch_manager["read-set"])


@check("manager-change", covers=["ENTRA-MANAGER-03"], profile="entra")
def test_manager_is_changed(patch_manager: Steps) -> None:
    """A manager is replaced by another one.

    A reorganisation changes thousands of them in one cycle.

    Fix: apply replace on the manager's path with a bare id.
    """
    expect.done(patch_manager, "set")
    expect.accepted(patch_manager["change"])
    _is_manager(patch_manager["read-changed"])


@check("manager-reference-check", covers=["ENTRA-MANAGER-04"], profile="entra")
def test_manager_reference_can_be_asked_for(patch_manager: Steps) -> None:
    """A filter on id and manager finds the user, where the endpoint supports it.

    Microsoft documents this look-up, which Entra can use before it writes the reference.

    Fix: support the filter id eq "…" and manager eq "…".
    """
    step = patch_manager["reference-check"]
    if step.exchange.status == 400:
        raise Observation('a filter with id eq "…" and manager eq "…" is refused with 400')
    expect.done(patch_manager, "set")
    expect.finds(step, [str(patch_manager["create"].exchange.resource_id)])


@check("manager-remove", covers=["ENTRA-MANAGER-05"], profile="entra")
def test_manager_is_removed(patch_manager: Steps) -> None:
    """A remove on the manager's path leaves no manager.

    Somebody who has no manager any more must not stay in the old one's reports.

    Fix: apply remove on the manager's path.
    """
    expect.done(patch_manager, "set")
    expect.accepted(patch_manager["remove"])
    _is_gone(patch_manager["read-removed"])


@check("manager-remove-by-empty-string", covers=["ENTRA-MANAGER-06"], profile="entra")
def test_empty_string_removes_the_manager(patch_manager: Steps) -> None:
    """Replacing the manager by an empty string leaves no manager.

    Microsoft's gallery validator removes a manager in this form.

    Fix: take an empty string for "no manager".
    """
    expect.done(patch_manager, "set-before-empty")
    expect.accepted(patch_manager["remove-empty"])
    _is_gone(patch_manager["read-removed-empty"])


@check("manager-remove-by-empty-object", covers=["ENTRA-MANAGER-07"], profile="entra")
def test_empty_value_removes_the_manager(patch_manager: Steps) -> None:
    """Replacing the manager by an object with an empty value leaves no manager.

    Microsoft's web validator removes a manager in this form.

    Fix: take {"value": ""} for "no manager".
    """
    expect.done(patch_manager, "set-before-object")
    expect.accepted(patch_manager["remove-object"])
    _is_gone(patch_manager["read-removed-object"])
