"""A company's provisioning cycles one by one: every change arrives, and does no harm to anybody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.verdict import Kind, NotApplicable, Unplayed

HARM = ("lost", "absent", "unreadable", "stays", "active", "attribute", "manager", "member", "stranger")
"""Kinds of differences that a change set may cause; ``twice``, ``back`` and ``dropped`` are judged over the year."""

NOT_THE_ENDPOINTS = ("Conflict", "FailedExpression", "ImportSkipped")
"""Codes of failures that no endpoint is to blame for where a recording does not say more: an e-mail address clashes on
purpose, which a conflict answers rightly; the admin's expression has no value for somebody, or none to match by."""

CLASH, ADMIN = "clash", "admin"
"""What a recording says of a failure that is nobody's fault, or the admin's (``cycle/excuses.py``)."""

JUDGED_BY_NAME = frozenset({
    "initial", "hire", "rename", "move", "leaver", "return", "scope", "scope-back", "groups", "deletions", "restart",
    "reset",
})  # fmt: skip
"""Phases that have a check of their own."""

ALL_WELL = "the target holds what the source holds"


def sentence(one: dict[str, Any]) -> str:
    """A difference in words: who, what, and the request that did it."""
    where = f" {one['attribute']}" if one["attribute"] else ""
    return f"{one['person']}{where}: expected {one['expected']}, got {one['got']}, by {one['request']}"


def differences(step: Step, kinds: Collection[str], collection: str = "") -> list[str]:
    """Differences of some kinds in words, of all resources or of one collection."""
    found = [one for one in step.facts["differences"] if one["kind"] in kinds]
    return [sentence(one) for one in found if collection in {"", one["collection"]}]


def _path(step: Step) -> str | None:
    return next((one["attribute"] or None for one in step.facts["differences"]), None)


def with_groups(step: Step) -> Step:
    """The step, where groups were compared.

    Raises:
        NotApplicable: there are none.
    """
    if not step.facts["compared"].get("Group"):
        raise NotApplicable("no groups are provisioned: the endpoint has none, or the mapping of groups is off")
    return step


def result(cycle: Steps, name: str) -> Step:
    """The result of a phase.

    Raises:
        Unplayed: the job stayed in quarantine, so that nothing can be said of the target.
    """
    step = cycle[f"{name}-result"]
    if step.facts.get("stopped"):
        raise Unplayed(cycle.played.key, f"{name}-result")
    return step


def results(cycle: Steps) -> list[tuple[str, Step]]:
    """The results of all phases, each looked at; the first one has to be there."""
    names = [name.removesuffix("-result") for name in cycle if name.endswith("-result")]
    return [(name, result(cycle, name)) for name in names or ["initial"]]


def excuse(one: dict[str, Any]) -> str:
    """Why a failure is not held against the endpoint, or an empty text."""
    return str(one.get("excuse", CLASH if one["code"] in NOT_THE_ENDPOINTS else ""))


def refused(failures: Iterable[dict[str, Any]], *actions: str) -> list[dict[str, Any]]:
    """Failures that are not excused, those of some actions only where any are named."""
    found = [one for one in failures if excuse(one) not in {CLASH, ADMIN}]
    return [one for one in found if not actions or one.get("action") in actions]


def not_refused(cycle: Steps, name: str, step: Step, kind: str = "") -> None:
    """Nothing that the phase is about was refused: what did not happen cannot have gone well.

    Raises:
        Unplayed: an export was refused for the first time, or somebody whom the change set is about is in escrow.
    """
    changed = set(step.facts.get("changed", ()))
    first = [one for one in step.facts["failures"] if not one.get("again")]
    waiting = [one for one in step.facts["escrow"] if one.get("id") in changed]
    for one in refused([*first, *waiting]):
        if kind in {"", one.get("kind")}:
            raise Unplayed(cycle.played.key, f"{name}-result", f"{one['name']} was not exported: {one['reason']}")


def arrived(cycle: Steps, name: str, kind: str = "") -> None:
    """After the change set of that name the target is as it should be."""
    step = result(cycle, name)
    if not step.facts["compared"]:
        raise NotApplicable("nobody was compared: nobody is in scope, or the target was not read")
    expect.nothing(
        differences(step, HARM, f"/{kind}s" if kind else ""), ALL_WELL, path=_path(step), kind=Kind.DIFFERENCE
    )
    not_refused(cycle, name, step, kind)


@check("cycle-initial-users", covers=["ENTRA-CYCLE-01"], profile="entra")
def test_initial_cycle_creates_everybody(cycle: Steps) -> None:
    """After the initial cycle every user is there with what was sent.

    Creates that are answered well and store something else are found here only: Entra itself does not read again.

    Fix: store what a create brings, and answer only what was stored.
    """
    arrived(cycle, "initial", "User")


@check("cycle-initial-groups", covers=["ENTRA-CYCLE-02"], profile="entra")
def test_initial_cycle_fills_the_groups(cycle: Steps) -> None:
    """After the initial cycle every group is there with its members.

    Entra never reads members back: who is missing stays missing.

    Fix: apply every member of every PATCH, also where a group takes several requests.
    """
    with_groups(result(cycle, "initial"))
    arrived(cycle, "initial", "Group")


@check("cycle-hire", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_people_are_hired(cycle: Steps) -> None:
    """After people were hired they are there, and nobody else has changed.

    Whoever is hired next month gets an account in this way, and not in the initial cycle.

    Fix: look at the request that the message names.
    """
    arrived(cycle, "hire")


@check("cycle-rename", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_person_is_renamed(cycle: Steps) -> None:
    """After a marriage the same account has the new names, user name included.

    An account that is found by its old name only is created a second time after a restart.

    Fix: let userName be changed by PATCH, and keep the id.
    """
    arrived(cycle, "rename")


@check("cycle-move", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_person_moves(cycle: Steps) -> None:
    """After a move people have their new department and their new manager.

    Approvals go to the former manager otherwise.

    Fix: apply every operation of a PATCH, those on the enterprise extension included.
    """
    arrived(cycle, "move")


@check("cycle-leaver", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_leaver_is_disabled(cycle: Steps) -> None:
    """After somebody left the account is disabled, and only that account.

    A leaver keeps access otherwise.

    Fix: apply a PATCH of active to the user it names.
    """
    arrived(cycle, "leaver")


@check("cycle-return", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_leaver_returns(cycle: Steps) -> None:
    """After somebody came back the same account is active, with all it had.

    Whoever returns cannot sign in otherwise, or finds an empty profile.

    Fix: keep disabled users, and let a PATCH of active enable them again.
    """
    arrived(cycle, "return")
    if "leaver-result" in cycle and (still := differences(cycle["leaver-result"], ("stays",))):
        raise Unplayed(cycle.played.key, "leaver-result", f"nobody was away: {still[0]}")


@check("cycle-scope", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_person_leaves_the_scope_and_comes_back(cycle: Steps) -> None:
    """Who is unassigned is disabled; who is assigned again is active.

    Access has to end with the assignment, and come back with it.

    Fix: keep disabled users visible by id and by filter, so that they can be enabled again.
    """
    arrived(cycle, "scope")
    arrived(cycle, "scope-back")


@check("cycle-groups", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_groups_change(cycle: Steps) -> None:
    """After a group was renamed, and people joined and left, groups and members are right.

    Entra never reads members back: who is wrong in a group stays wrong.

    Fix: change only what a PATCH names, and remove only the members that it names.
    """
    with_groups(result(cycle, "groups"))
    arrived(cycle, "groups")


@check("cycle-deletions", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_people_and_groups_are_deleted(cycle: Steps) -> None:
    """After people and a group were deleted for good they are gone, and all others are as before.

    What is deleted beside them is missed by nobody until the person signs in.

    Fix: delete the resource that a DELETE names, and nothing else.
    """
    arrived(cycle, "deletions")


@check("cycle-changes-arrive", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_all_other_changes_arrive(cycle: Steps) -> None:
    """After every other cycle the target holds what the source holds: those of a script, quiet ones, and second tries.

    What is lost in a cycle that changed something else is missed by nobody.

    Fix: look at the request that the message names.
    """
    others = [name for name, _ in results(cycle) if name not in JUDGED_BY_NAME]
    if not others:
        raise NotApplicable("every cycle of this run has a check of its own")
    for name in others:
        arrived(cycle, name)
