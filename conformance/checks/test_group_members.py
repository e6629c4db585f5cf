"""Membership: who is added is in, who is removed is out, and nobody else is touched."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind, Observation, show


@check("group-patch-implemented", covers=["FIELD-53"], profile="entra")
def test_group_patch_is_there(group_add: Steps) -> None:
    """PATCH of a group is implemented.

    Without it Entra cannot fill a group.

    Fix: implement PATCH on /Groups/{id}.
    """
    status = group_add["add-one"].exchange.status
    if status in {404, 405, 501}:
        raise Failure("HTTP 204 or 200", f"HTTP {status}", kind=Kind.STATUS, subject=str(status))


@check("group-add-member", covers=["ENTRA-MEMBER-01"], profile="entra")
def test_member_is_added(group_add: Steps) -> None:
    """A member that is added is in the group, under the user's SCIM id.

    Access follows membership; a success that changed nothing leaves the user without it.

    Fix: apply add with the path members and a list of values.
    """
    expect.accepted(group_add["add-one"])
    expect.members(group_add["read-one"])


@check("group-add-several", covers=["ENTRA-MEMBER-02"], profile="entra")
def test_several_members_are_added(group_add: Steps) -> None:
    """Several members in one request, each with "$ref": null, are all added and nobody leaves.

    Microsoft's sample carries the empty $ref; an endpoint that takes it for an error never fills a group.

    Fix: read value only; append to the members that are there.
    """
    expect.accepted(group_add["add-two"])
    expect.members(group_add["read-all"], repeats=True)


@check("group-add-again", covers=["ENTRA-MEMBER-03"], profile="entra")
def test_adding_a_member_again_is_accepted(group_add: Steps) -> None:
    """Adding a member that is there already is accepted, and it is there once.

    Entra repeats a request when it did not see the answer.

    Fix: answer 204 when the member is there already, and keep it once.
    """
    expect.accepted(group_add["add-again"])
    expect.members(group_add["read-all"])


@check("group-read-without-members", covers=["ENTRA-MEMBER-04"], profile="entra")
def test_members_can_be_left_out(group_add: Steps) -> None:
    """A group read with excludedAttributes=members comes without members, by id and in lists.

    Entra always asks this way; lists of thousands of members in every answer slow each cycle down.

    Fix: honour excludedAttributes=members.
    """
    expect.status(group_add["read-without-members"], 200)
    expect.absent(group_add["read-without-members"], "members")
    expect.list_response(group_add["match-without-members"])
    listed = expect.some(group_add["match-without-members"].exchange.listed, "the filter finds no group")
    rows = [row for row in listed if row.get("members")]
    if rows:
        raise Failure(
            "rows without members", show(rows[0]["members"]), path="Resources[0].members", kind=Kind.UNWANTED_VALUE
        )


@check("group-membership-check", covers=["ENTRA-MEMBER-05"], profile="entra")
def test_membership_can_be_asked_for(group_add: Steps) -> None:
    """A filter on id and members finds the group that holds the member, where the endpoint supports it.

    Microsoft documents this look-up.

    Fix: support the filter id eq "…" and members eq "…".
    """
    expect.done(group_add, "add-two")
    if group_add["membership-check"].exchange.status == 400:
        raise Observation('a filter with id eq "…" and members eq "…" is refused with 400')
    expect.finds(group_add["membership-check"], [str(group_add["create"].exchange.resource_id)])


@check("group-members-survive", covers=["ENTRA-MEMBER-06"], profile="entra")
def test_members_survive_other_changes(group_add: Steps) -> None:
    """Members stay when the group is renamed and when a member is disabled and restored.

    Entra does not send memberships again: whoever is lost stays lost.

    Fix: a replace without members leaves members alone; keep memberships of disabled users.
    """
    for step in ("add-one", "add-two", "rename"):
        expect.done(group_add, step)
    expect.members(group_add["read-kept"], repeats=True)


@check("group-remove-member", covers=["ENTRA-MEMBER-07", "RFC7644-3.5.2.2-10"], profile="entra")
def test_only_the_named_member_leaves(group_remove: Steps) -> None:
    """Removing one member of a group leaves all others in it.

    An endpoint that empties the group, or ignores the removal, takes access from everybody or from nobody.

    Fix: remove exactly the members named in the value array, or by the filter in the path.
    """
    expect.done(group_remove, "fill")
    expect.accepted(group_remove["remove-one"])
    expect.members(group_remove["read-three"])


@check("group-remove-stranger", covers=["ENTRA-MEMBER-08"], profile="entra")
def test_removing_a_stranger_is_accepted(group_remove: Steps) -> None:
    """Removing somebody who is not a member is accepted and changes nothing.

    Entra repeats a removal when it did not see the answer.

    Fix: answer 204 when there is nobody to remove.
    """
    expect.done(group_remove, "fill")
    expect.accepted(group_remove["remove-stranger"])
    expect.left(group_remove["read-three"], group_remove["read-still-three"], [])


@check("group-remove-with-ref", covers=["ENTRA-MEMBER-09"], profile="entra")
def test_removal_with_ref_is_understood(group_remove: Steps) -> None:
    """A removal in the documented form, with "$ref": null, removes the named member only.

    Microsoft's sample is of this form.

    Fix: read value only; ignore an empty $ref.
    """
    expect.done(group_remove, "fill")
    expect.accepted(group_remove["remove-with-ref"])
    expect.left(group_remove["read-still-three"], group_remove["read-two"], group_remove["read-two"].facts["gone"])


@check("group-remove-filtered", covers=["ENTRA-MEMBER-10"], profile="entra")
def test_filtered_removal_is_understood(group_remove: Steps) -> None:
    """A removal by members[value eq "…"] removes the named member only.

    The compliant dialect sends one such operation for each member.

    Fix: support the filter on value in the path; never fall back to the whole attribute.
    """
    expect.done(group_remove, "fill")
    expect.accepted(group_remove["remove-filtered"])
    expect.left(group_remove["read-two"], group_remove["read-last"], group_remove["read-last"].facts["gone"])


@check("group-add-and-remove", covers=["ENTRA-MEMBER-11"], profile="entra")
def test_add_and_remove_in_one_request(group_remove: Steps) -> None:
    """Adding and removing the same member in one request leaves the group as it was.

    Microsoft's validator sends this (preview test).

    Fix: apply operations one after the other.
    """
    expect.accepted(group_remove["add-and-remove"])
    expect.left(group_remove["read-last"], group_remove["read-unchanged"], [])


@check("group-remove-all", covers=["ENTRA-MEMBER-12"], profile="entra")
def test_remove_without_value_empties_the_group(group_remove: Steps) -> None:
    """A remove of members without filter and value empties the group.

    Microsoft's Postman collection sends this.

    Fix: a remove of the whole attribute removes all its values (RFC 7644 section 3.5.2.2).
    """
    expect.done(group_remove, "fill")
    expect.accepted(group_remove["remove-all"])
    expect.status(group_remove["read-empty"], 200)
    expect.absent(group_remove["read-empty"], "members")


@check("group-parallel-adds", covers=["FIELD-39"], profile="entra")
def test_parallel_additions_are_all_kept(group_parallel: Steps) -> None:
    """Five members that are added in parallel requests are all in the group.

    A group that is read, changed and written back without a lock loses members under load.

    Fix: add members in one atomic statement, or lock the group.
    """
    for number in range(1, 6):
        expect.accepted(group_parallel[f"add-{number}"])
    expect.members(group_parallel["read-five"])


@check("group-replace-partial", covers=["FIELD-60"], profile="entra")
def test_partial_replacement_is_noted(group_parallel: Steps) -> None:
    """A replace of members makes the list in the request the whole list.

    That is what RFC 7644 says; some endpoints only add, because they met clients that send partial lists.

    Fix: nothing; this is a fact worth knowing.
    """
    expect.accepted(group_parallel["replace-partial"])
    expect.members(group_parallel["read-replaced"])
