"""A company's year of provisioning cycles: nobody is lost, doubled or resurrected, and every change arrives."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from conformance import expect
from conformance.check import Steps, check
from conformance.recording import Step
from conformance.verdict import Failure, Level, NotApplicable, Unplayed

HARM = ("lost", "unreadable", "active", "attribute", "manager", "member", "stranger")
"""Kinds of differences that a change set may cause; ``twice``, ``back`` and ``dropped`` are judged over the year."""

NOT_THE_ENDPOINTS = ("Conflict", "FailedExpression", "ImportSkipped")
"""Failures that no endpoint is to blame for: an e-mail address clashes on purpose, which a conflict answers rightly;
the admin's expression has no value for somebody, or nobody could be matched."""

ALL_WELL = "the target holds what the source holds"


def _sentence(one: dict[str, Any]) -> str:
    where = f" {one['attribute']}" if one["attribute"] else ""
    return f"{one['person']}{where}: expected {one['expected']}, got {one['got']}, by {one['request']}"


def _differences(step: Step, kinds: Collection[str], collection: str = "") -> list[str]:
    found = [one for one in step.facts["differences"] if one["kind"] in kinds]
    return [_sentence(one) for one in found if collection in {"", one["collection"]}]


def _path(step: Step) -> str | None:
    return next((one["attribute"] or None for one in step.facts["differences"]), None)


def _with_groups(step: Step) -> Step:
    if not step.facts["compared"].get("Group"):
        raise NotApplicable("no groups are provisioned: the endpoint has none, or the mapping of groups is off")
    return step


def _result(cycle: Steps, name: str) -> Step:
    """The result of a phase.

    Raises:
        Unplayed: the job stayed in quarantine, so that nothing can be said of the target.
    """
    step = cycle[f"{name}-result"]
    if step.facts.get("stopped"):
        raise Unplayed(cycle.played.key, f"{name}-result")
    return step


def _results(cycle: Steps) -> Iterable[tuple[str, Step]]:
    """The results of all phases, each looked at; the first one has to be there."""
    names = [name.removesuffix("-result") for name in cycle if name.endswith("-result")]
    for name in names or ["initial"]:
        yield name, _result(cycle, name)


def _arrived(cycle: Steps, name: str) -> None:
    """After the change set of that name the target is as it should be."""
    step = _result(cycle, name)
    expect.nothing(_differences(step, HARM), ALL_WELL, path=_path(step))


def _over_the_year(cycle: Steps, kinds: Collection[str], expected: str, *, level: Level | None = None) -> None:
    found = [
        f"after {phase!r}: {sentence}" for phase, step in _results(cycle) for sentence in _differences(step, kinds)
    ]
    expect.nothing(found, expected, level=level)


@check("cycle-initial-users", covers=["ENTRA-CYCLE-01"], profile="entra")
def test_initial_cycle_creates_everybody(cycle: Steps) -> None:
    """After the initial cycle every user is there with what was sent.

    Creates that are answered well and store something else are found here only: Entra itself does not read again.

    Fix: store what a create brings, and answer only what was stored.
    """
    step = _result(cycle, "initial")
    expect.nothing(_differences(step, HARM, "/Users"), ALL_WELL, path=_path(step))


@check("cycle-initial-groups", covers=["ENTRA-CYCLE-02"], profile="entra")
def test_initial_cycle_fills_the_groups(cycle: Steps) -> None:
    """After the initial cycle every group is there with its members.

    Entra never reads members back: who is missing stays missing.

    Fix: apply every member of every PATCH, also where a group takes several requests.
    """
    step = _with_groups(_result(cycle, "initial"))
    expect.nothing(_differences(step, HARM, "/Groups"), ALL_WELL, path=_path(step))


@check("cycle-hire", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_people_are_hired(cycle: Steps) -> None:
    """After people were hired they are there, and nobody else has changed.

    Whoever is hired next month gets an account in this way, and not in the initial cycle.

    Fix: look at the request that the message names.
    """
    _arrived(cycle, "hire")


@check("cycle-rename", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_person_is_renamed(cycle: Steps) -> None:
    """After a marriage the same account has the new names, user name included.

    An account that is found by its old name only is created a second time after a restart.

    Fix: let userName be changed by PATCH, and keep the id.
    """
    _arrived(cycle, "rename")


@check("cycle-move", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_person_moves(cycle: Steps) -> None:
    """After a move people have their new department and their new manager.

    Approvals go to the former manager otherwise.

    Fix: apply every operation of a PATCH, those on the enterprise extension included.
    """
    _arrived(cycle, "move")


@check("cycle-leaver", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_leaver_is_disabled(cycle: Steps) -> None:
    """After somebody left the account is disabled, and only that account.

    A leaver keeps access otherwise.

    Fix: apply a PATCH of active to the user it names.
    """
    _arrived(cycle, "leaver")


@check("cycle-return", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_leaver_returns(cycle: Steps) -> None:
    """After somebody came back the same account is active, with all it had.

    Whoever returns cannot sign in otherwise, or finds an empty profile.

    Fix: keep disabled users, and let a PATCH of active enable them again.
    """
    _arrived(cycle, "return")


@check("cycle-scope", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_a_person_leaves_the_scope_and_comes_back(cycle: Steps) -> None:
    """Who is unassigned is disabled; who is assigned again is active.

    Access has to end with the assignment, and come back with it.

    Fix: keep disabled users visible by id and by filter, so that they can be enabled again.
    """
    _arrived(cycle, "scope")
    _arrived(cycle, "scope-back")


@check("cycle-groups", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_groups_change(cycle: Steps) -> None:
    """After a group was renamed, and people joined and left, groups and members are right.

    Entra never reads members back: who is wrong in a group stays wrong.

    Fix: change only what a PATCH names, and remove only the members that it names.
    """
    _with_groups(_result(cycle, "groups"))
    _arrived(cycle, "groups")


@check("cycle-deletions", covers=["ENTRA-CYCLE-03"], profile="entra")
def test_people_and_groups_are_deleted(cycle: Steps) -> None:
    """After people and a group were deleted for good they are gone, and all others are as before.

    What is deleted beside them is missed by nobody until the person signs in.

    Fix: delete the resource that a DELETE names, and nothing else.
    """
    _arrived(cycle, "deletions")


@check("cycle-nobody-lost", covers=["ENTRA-CYCLE-06"], profile="entra")
def test_nobody_is_lost(cycle: Steps) -> None:
    """Over the year nobody disappears who was not deleted.

    Entra keeps the id it was given; where that is gone it does not match again, and the person has no account.

    Fix: look at the request that the message names, and at what else ran at that time.
    """
    _over_the_year(cycle, ("lost", "unreadable"), "everybody who was not deleted is there")


@check("cycle-nobody-twice", covers=["ENTRA-CYCLE-04"], profile="entra")
def test_nobody_is_there_twice(cycle: Steps) -> None:
    """Over the year every user name and every group name is there once.

    Of two accounts of one person only one is disabled when the person leaves.

    Fix: refuse a create whose userName or displayName is taken with 409 and scimType uniqueness; store a create once.
    """
    _over_the_year(cycle, ("twice",), "one resource of each name")


@check("cycle-nobody-back", covers=["ENTRA-CYCLE-05"], profile="entra")
def test_nobody_is_resurrected(cycle: Steps) -> None:
    """Over the year nobody who was deleted comes back.

    A leaver has access again, and no cycle takes it away: Entra does not look after deleted people.

    Fix: do not let any later request or job restore what was deleted.
    """
    _over_the_year(cycle, ("back",), "who was deleted stays away")


@check("cycle-exports-succeed", covers=["ENTRA-CYCLE-07"], profile="entra")
def test_every_export_succeeds(cycle: Steps) -> None:
    """Every create, update, disable and delete of the year succeeds.

    What fails is put aside and tried again with growing gaps; with many of them the whole job stands still.

    Fix: look at the endpoint's answer to the request that the message names.
    """
    for name in cycle:
        if name.endswith("-result") and cycle[name].facts.get("stopped"):
            raise Failure("a job that runs", f"it is in quarantine: {cycle[name].facts['summary']['quarantine']}")
    found = [
        f"after {phase!r}: {one['name']}: {one['code']}: {one['reason']}"
        for phase, step in _results(cycle)
        for one in step.facts["failures"]
        if one["code"] not in NOT_THE_ENDPOINTS
    ]
    expect.nothing(found, "no failure in the provisioning log")


@check("cycle-conflict-heals", covers=["ENTRA-CYCLE-11"], profile="entra")
def test_a_conflict_heals(cycle: Steps) -> None:
    """Who could not be created because of somebody else's e-mail address is created once that is put right.

    The admin corrects the address and expects the account with the next cycle.

    Fix: answer a conflict with 409 and store nothing of the request.
    """
    step = _result(cycle, "quiet")
    waiting = [one for one in step.facts["escrow"] if one["code"] == "Conflict"]
    expect.nothing([f"{one['name']}: {one['reason']}" for one in waiting], "no conflict is left")


@check("cycle-quiet", covers=["ENTRA-CYCLE-08"], profile="entra")
def test_a_quiet_cycle_writes_nothing(cycle: Steps) -> None:
    """Where nothing changed, neither an incremental cycle nor a full one writes an attribute.

    What is answered otherwise than it was sent is written again whenever the object is looked at, for ever.

    Fix: answer attributes as they were sent, in the form and with the type of RFC 7643.
    """
    quiet, restart = _result(cycle, "quiet").facts, _result(cycle, "restart").facts
    # What failed is tried again, which is another check's matter; and a restart sends memberships again.
    if quiet["summary"]["writes"] > len(quiet["failures"]):
        expect.nothing(quiet["writes"], "no write in a cycle without changes")
    sent = {name: number for name, number in restart["operations"].items() if name.startswith(("update", "create"))}
    if sum(sent.values()) > len(restart["failures"]):
        told = [f"{number} times {name}, for instance {_last(restart['writes'])}" for name, number in sent.items()]
        expect.nothing(told, "no attribute written after a restart")


def _last(writes: list[str]) -> str:
    return next((one for one in reversed(writes) if "/Users" in one), "none that is known")


@check("cycle-restart", covers=["ENTRA-CYCLE-09"], profile="entra")
def test_a_restart_changes_nothing(cycle: Steps) -> None:
    """After a restart everybody is found by the link, nobody is created, and memberships are as before.

    Memberships are sent again then: who is a member already must not be one twice.

    Fix: answer an addition of a member who is in the group already with success, and list the member once.
    """
    _restarted(_result(cycle, "restart"))


@check("cycle-reset", covers=["ENTRA-CYCLE-09"], profile="entra")
def test_a_reset_of_the_scope_changes_nothing(cycle: Steps) -> None:
    """After a restart with the scope reset everybody is matched again, and nobody is created.

    Microsoft's support asks for this restart; who is not matched then has two accounts.

    Fix: let the filter on the matching attribute find every user and group, disabled ones too, in any letter case.
    """
    _restarted(_result(cycle, "reset"))


def _restarted(step: Step) -> None:
    created = step.facts["summary"]["created"]
    expect.nothing([f"{created} resources created"] if created else [], "nobody is created a second time")
    expect.nothing(_differences(step, HARM), ALL_WELL, path=_path(step))


@check("cycle-memberships-kept", covers=["ENTRA-CYCLE-10"], profile="entra")
def test_a_disabled_user_keeps_memberships(cycle: Steps) -> None:
    """Who was disabled for a while is still a member of the groups.

    Entra does not send memberships again when somebody comes back; only a restart does.

    Fix: keep memberships of disabled users, and hide them from sign-in instead.
    """
    _with_groups(_result(cycle, "initial"))
    _over_the_year(cycle, ("dropped",), "disabled people stay members")
