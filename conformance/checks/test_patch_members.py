"""PATCH of groups: members added, taken out, replaced; and what /Groups has to offer."""

from __future__ import annotations

from conformance.checks.test_patch_values import NOT_OFFERED, answered
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.verdict import Kind, Level, NotApplicable, Observation


def _changed(journey: Steps, name: str, *, level: Level | None = None) -> Step:
    """A step whose PATCH was accepted; its last exchange shows the group afterwards."""
    own = answered(journey[name])
    if own.exchange.status in NOT_OFFERED:
        raise NotApplicable(f"PATCH of groups is answered {own.exchange.status}")
    expect.status(own, 200, 204, level=level)
    return journey[name]


@check("patch-members-add", covers=["RFC7644-3.5.2.1-05", "RFC7643-4.2-03"], profile="rfc")
def test_members_are_added(patch_members: Steps) -> None:
    """Members that are added are in the group.

    Whoever is missing lacks what the group gives.

    Fix: append the members of an add.
    """
    expect.members(_changed(patch_members, "add"))


@check("patch-members-again", covers=["RFC7644-3.5.2.1-07"], profile="rfc")
def test_members_are_there_once(patch_members: Steps) -> None:
    """A member that is added again is in the group once.

    Taken out once, the member would still be in.

    Fix: look for the member before appending it.
    """
    _changed(patch_members, "add")
    expect.members(_changed(patch_members, "add-again"))


@check("patch-members-remove-one", covers=["RFC7644-3.5.2.2-04"], profile="rfc")
def test_one_member_is_removed(patch_members: Steps) -> None:
    """A remove with the member's id in its filter takes that member out, and nobody else.

    Everybody else would lose what the group gives.

    Fix: evaluate the filter in members[value eq "…"].
    """
    _changed(patch_members, "add")
    expect.members(_changed(patch_members, "remove-one"), repeats=True)


@check("patch-members-remove-absent", covers=["RFC7644-3.5.2.2-09"], profile="rfc")
def test_a_stranger_is_removed_in_peace(patch_members: Steps) -> None:
    """A remove of somebody who is no member succeeds and changes nothing.

    Clients repeat a request whose answer was lost.

    Fix: answer 204.
    """
    _changed(patch_members, "remove-one")
    expect.members(_changed(patch_members, "remove-absent", level=Level.SHOULD), repeats=True)


@check("patch-members-replace", covers=["RFC7644-3.5.2.3-03"], profile="rfc")
def test_members_are_replaced(patch_members: Steps) -> None:
    """A replace of members leaves exactly the new ones.

    Whoever should have left keeps what the group gives.

    Fix: drop the old members.
    """
    expect.members(_changed(patch_members, "replace"))


@check("patch-member-immutable", covers=["RFC7643-4.2-04"], profile="rfc")
def test_a_member_is_not_exchanged(patch_members: Steps) -> None:
    """The id of a member cannot be changed into another one's.

    Sub-attributes of members are immutable.

    Fix: answer 400 with scimType mutability.
    """
    _changed(patch_members, "replace")
    expect.status(answered(patch_members["exchange"]), 400, 409, level=Level.SHOULD)


@check("patch-members-remove-all", covers=["RFC7644-3.5.2.2-03"], profile="rfc")
def test_all_members_are_removed(patch_members: Steps) -> None:
    """A remove of members without filter leaves the group empty.

    A group that is to be closed keeps everybody in.

    Fix: delete all members.
    """
    expect.members(_changed(patch_members, "remove-all"))


@check("patch-members-nest", covers=["RFC7644-3.5.2.1-05", "RFC7643-4.2-07"], profile="rfc")
def test_groups_hold_groups_or_refuse(patch_members: Steps) -> None:
    """A group that is added to a group is a member of it, or is refused.

    A 2xx that does nothing tells the client that all is well.

    Fix: store the member, or answer 400 with scimType invalidValue.
    """
    step = patch_members["nest"]
    own = answered(step)
    if not own.exchange.ok:
        expect.status(own, 400, 403, 404, 405, 409, 501)
        raise Observation(f"a group as a member is refused with HTTP {own.exchange.status}")
    expect.members(step)


@check("group-verbs", covers=["RFC7644-3.2-04"], profile="rfc")
def test_groups_have_every_verb(patch_members: Steps, schema_groups: Steps) -> None:
    """Groups are created, read, replaced, changed and deleted.

    A client that knows one of them is refused would need a second way.

    Fix: implement POST, GET, PUT, PATCH and DELETE on /Groups.
    """
    steps = [patch_members["create-group"], patch_members["add"], schema_groups["read"], schema_groups["replace"]]
    exchanges = [step.exchanges[0] for step in steps]
    if "clean-up" in patch_members.played.steps:
        exchanges += patch_members["clean-up"].exchanges
    lacking = [f"{e.method} is answered {e.status}" for e in exchanges if e.status in {405, 501}]
    expect.nothing(lacking, "POST, GET, PUT, PATCH and DELETE", kind=Kind.STATUS)
