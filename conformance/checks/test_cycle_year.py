"""What has to hold over the whole of a company's year: nobody is lost, doubled or resurrected, and quiet is quiet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from conformance.checks.test_cycle import (
    CLASH,
    arrived,
    differences,
    excuse,
    not_refused,
    refused,
    result,
    results,
    sentence,
    with_groups,
)  # fmt: skip
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, Unplayed
from conformance.wording import first_line

_OF_THE_TRY = re.compile(r" \(cycle \d+, request \d+\)| This operation was retried .*", re.DOTALL)
"""What the log says of the one try, and not of why it failed."""

NAMED = 3
"""Of many whose export failed for the same reason, how many are named."""


def _over_the_year(cycle: Steps, kinds: Collection[str], expected: str, *, level: Level | None = None) -> None:
    phases = results(cycle)
    if not any(step.facts["compared"] for _, step in phases):
        raise NotApplicable("nobody was compared: nobody is in scope, or the target was not read")
    found = [f"after {phase!r}: {told}" for phase, step in phases for told in differences(step, kinds)]
    expect.nothing(found, expected, level=level, kind=Kind.DIFFERENCE)


def _failures(cycle: Steps, *actions: str) -> Iterable[tuple[str, dict[str, Any]]]:
    """Phase and failure, of all that is not excused."""
    return ((phase, one) for phase, step in results(cycle) for one in refused(step.facts["failures"], *actions))


def _never_refused(cycle: Steps, *actions: str, kind: str = "") -> None:
    """Nothing of that sort was refused, not even for a while.

    Raises:
        Unplayed: it was.
    """
    for phase, one in _failures(cycle, *actions):
        if kind in {"", one.get("kind")}:
            raise Unplayed(cycle.played.key, f"{phase}-result", f"{one['name']} was not exported: {one['reason']}")


def _happened(cycle: Steps, counts: Collection[str], what: str) -> None:
    """Something was done at least once.

    Raises:
        NotApplicable: it did not come up.
    """
    if not any(step.facts["summary"][count] for _, step in results(cycle) for count in counts):
        raise NotApplicable(what)


def _by_reason(failed: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """Failures that have operation, code and first line in common are one: the reason first, then the names."""
    groups: dict[tuple[str, str, str], dict[str, str]] = {}
    for phase, one in failed:
        key = (str(one.get("action", "")), str(one["code"]), first_line(_OF_THE_TRY.sub("", str(one["reason"]))))
        groups.setdefault(key, {}).setdefault(str(one["name"]), phase)
    told = []
    for (action, code, reason), names in sorted(groups.items(), key=lambda group: -len(group[1])):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        who = ", ".join(f"{name} after {phase!r}" for name, phase in list(names.items())[:NAMED])
        told.append(f"{action or 'export'} refused, {code}: {reason} ({who}{more})")
    return told


@check("cycle-exports-succeed", covers=["ENTRA-CYCLE-07"], profile="entra")
def test_every_export_succeeds(cycle: Steps) -> None:
    """Every create, update, disable and delete of the year succeeds.

    What fails is put aside and tried again with growing gaps; with many of them the whole job stands still.

    Fix: look at the endpoint's answer to the request that the message names.
    """
    for name in cycle:
        if name.endswith("-result") and cycle[name].facts.get("stopped"):
            raise Failure(
                "a job that runs",
                f"it is in quarantine: {cycle[name].facts['summary']['quarantine']}",
                kind=Kind.REFUSED,
            )
    failed = list(_failures(cycle))
    mine = [(phase, one) for phase, one in failed if not excuse(one)]
    expect.nothing(_by_reason(mine), "no failure in the provisioning log", kind=Kind.REFUSED)
    for _, one in failed:
        raise Observation(f"somebody unknown may have a value of {one['name']}: {one['reason']}")
    if not any(step.facts["summary"]["writes"] for _, step in results(cycle)):
        raise NotApplicable("nothing was exported")


@check("cycle-leavers-out", covers=["ENTRA-CYCLE-12"], profile="entra")
def test_nobody_who_left_stays_active(cycle: Steps) -> None:
    """Over the year nobody who left, lost the assignment or was deleted keeps an active account.

    A leaver has access for as long as the endpoint refuses or forgets it: Entra tries again with growing gaps, and an
    admin learns of it from the provisioning log only.

    Fix: accept a PATCH of active in both dialects and a DELETE, whatever else is true of the user, and apply them.
    """
    found = []
    for name in cycle:
        if name.endswith("-result"):
            differs = [one for one in cycle[name].facts["differences"] if one["collection"] == "/Users"]
            found += [
                f"after {name.removesuffix('-result')!r}: {sentence(one)}" for one in differs if one["kind"] == "stays"
            ]
    expect.nothing(found, "who left is inactive or gone", kind=Kind.DIFFERENCE)
    _never_refused(cycle, "disable", "delete", kind="User")
    _happened(cycle, ("disabled", "deleted"), "nobody left")


@check("cycle-nobody-lost", covers=["ENTRA-CYCLE-06"], profile="entra")
def test_nobody_is_lost(cycle: Steps) -> None:
    """Over the year nobody disappears who was not deleted.

    Entra keeps the id it was given; where that is gone it does not match again, and the person has no account.

    Fix: look at the request that the message names, and at what else ran at that time.
    """
    everybody = "everybody who was not deleted is there"
    _over_the_year(cycle, ("lost", "unreadable"), everybody)
    absent = results(cycle)[-1][1].facts.get("absent", [])
    told = [one for _, step in results(cycle) for one in differences(step, ("absent",))]
    expect.nothing(
        [next((one for one in told if one.startswith(f"{name}: ")), name) for name in absent],
        everybody,
        kind=Kind.DIFFERENCE,
    )
    _never_refused(cycle, "create")


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
    _never_refused(cycle, "delete")
    _happened(cycle, ("deleted",), "nobody was deleted")


@check("cycle-conflict-heals", covers=["ENTRA-CYCLE-11"], profile="entra")
def test_a_conflict_heals(cycle: Steps) -> None:
    """Who could not be created because of somebody else's e-mail address is created once that is put right.

    The admin corrects the address and expects the account with the next cycle.

    Fix: answer a conflict with 409 and store nothing of the request.
    """
    quiet = result(cycle, "quiet")
    met = [one for _, step in results(cycle) for one in step.facts["failures"]]
    clashed = {one["id"] for one in met if excuse(one) == CLASH and one.get("action", "create") == "create"}
    if not clashed:
        raise NotApplicable("no create was refused because of somebody else's value")
    # Where two people of the source have one address for good, a conflict stays rightly.
    waiting = [
        one
        for one in quiet.facts["escrow"]
        if ("excuse" not in one and one["code"] == "Conflict") or (one.get("id") in clashed and one["excuse"] != CLASH)
    ]
    expect.nothing([f"{one['name']}: {one['reason']}" for one in waiting], "no conflict is left", kind=Kind.REFUSED)


@check("cycle-quiet", covers=["ENTRA-CYCLE-08"], profile="entra")
def test_a_quiet_cycle_writes_nothing(cycle: Steps) -> None:
    """Where nothing changed, neither an incremental cycle nor a full one writes an attribute.

    What is answered otherwise than it was sent is written again whenever the object is looked at, for ever.

    Fix: answer attributes as they were sent, in the form and with the type of RFC 7643.
    """
    quiet, restart = result(cycle, "quiet").facts, result(cycle, "restart").facts
    if not quiet["compared"]:
        raise NotApplicable("nobody was compared: nobody is in scope, or the target was not read")
    # What failed is tried again, which is another check's matter; and a restart sends memberships again.
    if quiet["summary"]["writes"] > len(quiet["failures"]):
        expect.nothing(quiet["writes"], "no write in a cycle without changes", kind=Kind.DIFFERENCE)
    sent = {name: number for name, number in restart["operations"].items() if name.startswith(("update", "create"))}
    if sum(sent.values()) > len(restart["failures"]):
        told = [f"{number} times {name}, for instance {_last(restart['writes'])}" for name, number in sent.items()]
        expect.nothing(told, "no attribute written after a restart", kind=Kind.DIFFERENCE)
    for name in ("quiet", "restart"):
        not_refused(cycle, name, result(cycle, name))


def _last(writes: list[str]) -> str:
    return next((one for one in reversed(writes) if "/Users" in one), "none that is known")


@check("cycle-restart", covers=["ENTRA-CYCLE-09"], profile="entra")
def test_a_restart_changes_nothing(cycle: Steps) -> None:
    """After a restart everybody is found by the link, nobody is created, and memberships are as before.

    Memberships are sent again then: who is a member already must not be one twice.

    Fix: answer an addition of a member who is in the group already with success, and list the member once.
    """
    _restarted(cycle, "restart")


@check("cycle-reset", covers=["ENTRA-CYCLE-09"], profile="entra")
def test_a_reset_of_the_scope_changes_nothing(cycle: Steps) -> None:
    """After a restart with the scope reset everybody is matched again, and nobody is created.

    Microsoft's support asks for this restart; who is not matched then has two accounts.

    Fix: let the filter on the matching attribute find every user and group, disabled ones too, in any letter case.
    """
    _restarted(cycle, "reset")


def _restarted(cycle: Steps, name: str) -> None:
    created = result(cycle, name).facts["summary"]["created"]
    expect.nothing(
        [f"{created} resources created"] if created else [], "nobody is created a second time", kind=Kind.DUPLICATE
    )
    arrived(cycle, name)


@check("cycle-memberships-kept", covers=["ENTRA-CYCLE-10"], profile="entra")
def test_a_disabled_user_keeps_memberships(cycle: Steps) -> None:
    """Who was disabled for a while is still a member of the groups.

    Entra does not send memberships again when somebody comes back; only a restart does.

    Fix: keep memberships of disabled users, and hide them from sign-in instead.
    """
    with_groups(result(cycle, "initial"))
    _over_the_year(cycle, ("dropped",), "disabled people stay members")
    _never_refused(cycle, "disable")
    _happened(cycle, ("disabled",), "nobody was disabled")
    kept = (step.facts["compared"].get("kept", 1) for _, step in results(cycle))
    if not any(kept):
        raise NotApplicable("nobody who was disabled was a member of a group")
