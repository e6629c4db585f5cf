"""Whoever is in escrow is compared like everybody else, and a refusal is excused only where it is right."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.idp.entra import ENTERPRISE_USER
from conformance.provisioning.mappings.synchronization import default_schema
from conformance.provisioning.service.excuses import ADMIN, CLASH, UNKNOWN, Excuses
from conformance.provisioning.service.links import Held
from conformance.provisioning.service.reading import Reading, told_of
from tests.cycle.office import Office, person, team
from tests.cycle.readings import change, kinds, off, read, refuses, refusing
from tests.faults.rewrite import error

MANAGER = f"{ENTERPRISE_USER}:manager"


# --- who is refused is compared like everybody else ------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 409, 422, 500, 503])
def test_a_leaver_whose_disable_was_refused_stays(status, monkeypatch):
    """Blocked, in the recycle bin, or out of scope, whatever the status; the request that was refused is named."""
    monkeypatch.setattr("conformance.scim.endurance.MAX_RETRIES", 0)
    blocked, binned, outside = person(1), person(2), person(3)
    office = Office(blocked, binned, outside, behaviour=refuses(off, status))
    office.cycle()
    office.cycle(
        blocked.changed(attributes={"accountEnabled": False}),
        binned.changed(deleted=True),
        replace(outside, assignments=()),
    )
    reading = read(office)
    links = {one.person: office.state.linked_to("User", one.id) for one in reading.told}

    assert [(one.kind, one.attribute, one.expected) for one in reading.told] == [("stays", "active", "false")] * 3
    assert all(one.got.startswith(f"true (refused: StatusCode: {status}") for one in reading.told)
    assert all(one.request.startswith(f"PATCH /Users/{links[one.person].target} (cycle 2, ") for one in reading.told)
    assert {one.key[3] for one in reading.told} == {"true"}
    assert len(reading.evidence) == 3


def test_what_is_not_sent_is_not_expected():
    """Who leaves the scope while the admin skips that, or was held back, stays as he is."""
    clerk = person(1)
    office = Office(clerk, behaviour=refuses(lambda call: call.method == "PATCH"), skip_out_of_scope_deletions=True)
    office.cycle()
    office.cycle(clerk.changed(attributes={"jobTitle": "Head"}))
    assert kinds(office) == [("attribute", "title")]
    office.cycle(replace(clerk, assignments=()))
    assert kinds(office) == []

    office = Office(clerk, deletion_threshold=0)
    office.cycle()
    office.cycle(clerk.changed(attributes={"accountEnabled": False}))
    assert kinds(office) == []


def test_with_the_target_action_update_off_no_change_is_expected():
    """What was created stays as it was sent."""
    clerk, schema = person(1), default_schema()
    office = Office(clerk, schema=replace(schema, users=replace(schema.users, flow_types=frozenset({"Add"}))))
    office.cycle()
    office.cycle(clerk.changed(attributes={"jobTitle": "Head"}))

    assert kinds(office) == []


def test_a_change_that_was_refused_has_not_arrived():
    """An attribute, a name, and the one who comes back and is not let in."""
    clerk, other, away = person(1), person(2), person(3)
    office = Office(clerk, other, away)
    office.cycle()
    office.cycle(away.changed(attributes={"accountEnabled": False}))
    office = refusing(office, lambda call: call.method == "PATCH")
    office.cycle(
        clerk.changed(attributes={"jobTitle": "Head"}),
        other.changed(attributes={"userPrincipalName": "scimconf-office-new@example.com"}),
        away,
    )

    assert kinds(office) == [("attribute", "title"), ("attribute", "userName"), ("active", "active")]


@pytest.mark.parametrize("kind", ["create", "match"])
def test_who_was_never_created_is_absent(kind):
    """A user and a group, because the create or the look-up before it was refused; told under one key for ever."""
    office = Office(
        person(1), person(2), team(1), team(2),
        behaviour=refuses(lambda call: call.path in {"/Users", "/Groups"} and (
            call.method == "POST" and ("p2@" in str(call.body) or "team2" in str(call.body)) if kind == "create"
            else "p2@" in str(call.query) or "team2" in str(call.query))),
    )  # fmt: skip
    office.cycle()
    first = read(office)
    office.cycle(person(2).changed(attributes={"jobTitle": "Head"}))
    again = read(office)

    assert [(one.kind, one.person, one.collection) for one in first.told] == [
        ("absent", person(2).name, "/Users"), ("absent", team(2).name, "/Groups"),
    ]  # fmt: skip
    assert first.absent == [person(2).name, team(2).name]
    assert (first.compared["User"], first.compared["Group"]) == (2, 2)
    assert [one.key for one in again.told] == [one.key for one in first.told]
    assert len({one.key for one in first.told}) == 2
    assert "StatusCode: 400" in first.told[0].got
    assert first.told[0].request.startswith("POST /Users (cycle 1, " if kind == "create" else "GET /Users (cycle 1, ")


@pytest.mark.parametrize("gone", ["blocked", "deleted for good", "unassigned", "in the bin"])
def test_who_was_never_created_and_left_is_missed_by_nobody(gone):
    """There is nobody to have an account any more."""
    clerk = person(1)
    office = Office(clerk, behaviour=refuses(lambda call: call.method == "POST"))
    office.cycle()
    assert kinds(office) == [("absent", "")]
    changed = {
        "blocked": clerk.changed(attributes={"accountEnabled": False}), "unassigned": replace(clerk, assignments=()),
        "in the bin": clerk.changed(deleted=True), "deleted for good": None,
    }[gone]  # fmt: skip
    office.cycle(*([changed] if changed else []), removed=[] if changed else [clerk])

    assert (kinds(office), read(office).absent) == ([], [])


@pytest.mark.parametrize("make", [person, team])
def test_a_deletion_that_was_refused_leaves_somebody_there(make):
    """A user or a group; unless the resource is gone all the same."""
    one = make(1)
    office = Office(one, behaviour=refuses(lambda call: call.method == "DELETE", 409))
    office.cycle()
    office.cycle(removed=[one])
    reading = read(office)

    assert [row[0] for row in reading.rows] == ["stays"]
    assert reading.rows[0][4].startswith("is still there (refused: StatusCode: 409")
    assert len(reading.evidence) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_deletion_that_was_refused_and_done_leaves_nobody(status):
    """Answered 500 after the row was gone: the harm is the answer, which the exports are judged by."""
    clerk = person(1)

    def behaviour(call, serve):
        answer = serve(call)
        if call.method == "DELETE":
            return error(500)
        return error(status) if answer.status == 404 else answer

    office = Office(clerk, behaviour=behaviour)
    office.cycle()
    office.cycle(removed=[clerk])

    assert office.state.escrow() != []
    assert kinds(office) == []


def test_a_manager_who_was_refused_is_missing_and_one_who_was_kept_is_wrong():
    """Set for the first time, changed, and taken away."""
    boss, head, clerk = person(1), person(2), person(3, manager=person(1).id)
    refused = refuses(lambda call: "manager" in str(call.operations))
    office = Office(boss, head, clerk, behaviour=refused)
    office.cycle()
    assert [row[:3] for row in read(office).rows] == [("manager", clerk.name, MANAGER)]
    assert read(office).rows[0][4].startswith("no manager (refused: ")

    office = Office(boss, head, clerk)
    office.cycle()
    office = refusing(office, lambda call: "manager" in str(call.operations).lower())
    office.cycle(replace(clerk, manager=head.id))
    assert [row[:3] for row in read(office).rows] == [("manager", clerk.name, MANAGER)]
    assert read(office).rows[0][4].startswith(f"{boss.name} (")


@pytest.mark.parametrize(("shown", "told"), [("", []), ("somebody", ["somebody"]), (False, ["False"]), (0, ["0"])])
def test_an_empty_manager_is_none_and_any_other_is_somebody(shown, told):
    """Microsoft's gate takes "" for no manager; false and 0 are values that are not."""
    boss, clerk = person(1), person(2, manager=person(1).id)
    office = Office(boss, clerk)
    office.cycle()
    office.cycle(replace(clerk, manager=None))
    assert kinds(office) == []
    link = office.state.link(clerk.id)
    row = office.stored(clerk) | {ENTERPRISE_USER: {"department": "Sales", "manager": {"value": shown}}}
    differences = list(Reading(office.tools)._manager(link, row))

    assert [one.got for one in differences] == told


def test_members_who_were_refused_are_missing_and_those_not_let_go_are_strangers():
    """Each is told under a key of its own."""
    one, two, three = person(1), person(2), person(3)
    office = Office(
        one, two, three, team(1, one, two), behaviour=refuses(lambda call: "members" in str(call.operations))
    )
    office.cycle()
    reading = read(office)
    assert [(told.kind, told.got.partition(" (")[0]) for told in reading.told] == [("member", "is none")] * 2
    assert len({told.key for told in reading.told}) == 2

    office = Office(one, two, three, team(1, one, two))
    office.cycle()
    office = refusing(office, lambda call: "members" in str(call.operations))
    office.cycle(team(1, two, three))
    assert [(told.kind, told.expected) for told in read(office).told] == [
        ("member", f"{three.name} is a member"), ("stranger", "nobody else is a member"),
    ]  # fmt: skip


def test_members_that_were_lost_doubled_or_are_nobody_s_are_told():
    """Of a group of which nothing was refused."""
    one, two = person(1), person(2)
    office = Office(one, two, team(1, one, two))
    office.cycle()
    target = office.state.link(one.id).target
    link = office.state.link(team(1).id)

    def told(members):
        row = {"displayName": "x", "members": members}
        return [(d.kind, d.key[3]) for d in Reading(office.tools)._members(link, row)]

    other = office.state.link(two.id).target
    assert told([{"value": target}, {"value": other}]) == []
    assert told([{"value": target}]) == [("member", other)]
    assert told("") == told(0) == told([]) == told(["x"]) == [("member", one) for one in sorted([target, other])]
    assert told([{"value": target}, {"value": other}, {"value": "x"}]) == [("stranger", "x")]
    assert told([{"value": target}, {"value": target}, {"value": other}]) == [("stranger", f"{target} twice")]


def test_a_disabled_member_who_is_gone_from_the_group_was_dropped():
    """Only where the membership had been there: who was never let in was not dropped."""
    one, two = person(1), person(2)
    office = Office(one, two, team(1, one, two))
    office.cycle()
    office.cycle(one.changed(attributes={"accountEnabled": False}))
    assert (read(office).rows, read(office).compared["kept"]) == ([], 1)
    target = office.state.link(one.id).target
    change(office, team(1), {"op": "remove", "path": f'members[value eq "{target}"]'})
    assert [(d.kind, d.key[3]) for d in read(office).told] == [("dropped", target)]

    office.cycle(one)  # back again, and still out of the group
    assert [(d.kind, d.key[3]) for d in read(office).told] == [("dropped", target)]
    other = office.state.link(two.id).target
    office.cycle(two.changed(attributes={"jobTitle": "Head"}))
    change(office, team(1), {"op": "remove", "path": f'members[value eq "{other}"]'})
    assert {(d.kind, d.key[3]) for d in read(office).told} == {("dropped", target), ("member", other)}

    office = Office(one, two, team(1, one, two), behaviour=refuses(lambda call: "members" in str(call.operations)))
    office.cycle()
    office.cycle(one.changed(attributes={"accountEnabled": False}))
    assert {d.kind for d in read(office).told} == {"member"}
    assert read(office).compared["kept"] == 0


# --- excuses ---------------------------------------------------------------------------------------------------


def excused(office, source):
    """The excuse for somebody in escrow."""
    return Excuses(office.tools).of_held(office.state.held(source.id))


def test_a_conflict_over_somebody_else_s_address_is_nobody_s_fault():
    """The create may be refused, in any letter case, and the person is not missed."""
    one, two = person(1), person(2, mail=person(1).attributes["mail"].upper())
    office = Office(one, two, behaviour=refuses(lambda call: call.method == "POST" and "p2@" in str(call.body), 409))
    office.cycle()

    assert excused(office, two) == CLASH
    assert (kinds(office), read(office).unknown) == ([], [])


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_without_anybody_in_the_way_is_the_endpoint_s(status):
    """People share a title and a department, and a 400 is no conflict, whoever has the address."""
    one, two = person(1), person(2, **({"mail": person(1).attributes["mail"]} if status == 400 else {}))
    office = Office(one, two, behaviour=refuses(lambda call: call.method == "POST" and "p2@" in str(call.body), status))
    office.cycle()

    assert excused(office, two) == ""
    assert kinds(office) == [("absent", "")]


def test_in_a_real_directory_somebody_unknown_may_be_in_the_way():
    """Neither missed nor said to be well: it is not told as new later either."""
    one, two = person(1), person(2)
    behaviour = refuses(lambda call: call.method == "POST" and "p2@" in str(call.body), 409)
    office = Office(one, two, behaviour=behaviour, shared=True)
    office.cycle()
    reading = read(office)

    assert excused(office, two) == UNKNOWN
    assert (reading.rows, reading.absent, reading.compared["User"]) == ([], [], 2)
    assert [key[:1] for key in reading.unknown] == [("absent",)]


def test_an_address_that_was_given_up_in_the_same_cycle_may_have_been_in_the_way():
    """Which of the two requests came first is the service's own affair."""
    one, two = person(1), person(2, mail=person(1).attributes["mail"])
    office = Office(one, two, behaviour=refuses(lambda call: call.method == "POST" and "p2@" in str(call.body), 409))
    office.cycle()
    moved = one.changed(attributes={"mail": "scimconf-office-new@example.com"})
    office.cycle(moved)
    assert excused(office, two) == UNKNOWN
    office.cycle(moved.changed(attributes={"jobTitle": "Head"}))
    assert excused(office, two) == ""


def test_a_change_that_clashes_is_excused_and_a_disable_never_is():
    """What is compared then is what was sent before."""
    one, two = person(1), person(2)
    office = Office(one, two, behaviour=refuses(lambda call: call.method == "PATCH", 409))
    office.cycle()
    office.cycle(two.changed(attributes={"mail": one.attributes["mail"], "jobTitle": "Head"}))
    assert (excused(office, two), kinds(office)) == (CLASH, [])
    office.cycle(two.changed(attributes={"mail": one.attributes["mail"], "accountEnabled": False}))
    assert excused(office, two) == ""
    assert ("stays", "active") in kinds(office)


def test_what_the_mapping_cannot_say_is_the_admin_s():
    """An expression without a value, or none to match by."""
    office = Office(person(1))

    assert {Excuses(office.tools).of("x", code, "create") for code in ("FailedExpression", "ImportSkipped")} == {ADMIN}
    assert Excuses(office.tools).of("nobody", "Conflict", "create") == ""
    assert Excuses(office.tools).of(person(1).id, "Conflict", "referenceResolution") == ""


@pytest.mark.parametrize(("code", "missed"), [("FailedExpression", False), ("ImportSkipped", False), ("Other", True)])
def test_who_was_never_created_for_want_of_a_value_is_missed_by_nobody(code, missed):
    """The admin's mapping gives none: the endpoint has not even been asked."""
    clerk = person(1)
    office = Office(clerk)
    office.state.hold(Held(clerk.id, code, "no value", 1, office.tools.clock.now, "export"))

    assert kinds(office) == ([("absent", "")] if missed else [])
    assert read(office).unknown == []


def test_a_reason_names_the_request_that_was_refused():
    """And where it names none, it is the reason."""
    office = Office(person(1), behaviour=refuses(lambda call: call.method == "POST"))
    office.cycle()
    held = office.state.held(person(1).id)

    assert re.fullmatch(r"POST /Users \(cycle 1, request \d+\)", told_of(held)[0])
    assert told_of(held)[1].startswith("StatusCode: 400")
    assert told_of(replace(held, reason="No matching attribute has a value.")) == (
        "",
        "No matching attribute has a value.",
    )
