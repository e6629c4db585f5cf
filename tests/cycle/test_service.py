"""What the service does in a cycle, by the rules of Microsoft's documentation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.idp.dialects import COMPLIANT, DIALECTS, LEGACY
from conformance.idp.entra import ENTERPRISE_USER
from conformance.provisioning.mappings.scoping import parse_scope
from conformance.provisioning.mappings.synchronization import default_schema
from conformance.provisioning.service.quarantine import of_failures
from conformance.provisioning.source.directory import Assignment
from tests.cycle.office import Office, another, person, switched_off, team
from tests.faults.rewrite import error

MANAGER = f"{ENTERPRISE_USER}:manager"


def test_an_initial_cycle_matches_creates_and_refers():
    """Users are created before groups, and managers and members are sent when both sides exist."""
    boss = person(1)
    clerk = person(2, manager=boss.id)
    office = Office(boss, clerk, team(1, boss, clerk))
    summary = office.cycle()

    kinds = [row[3] for row in office.sent]
    assert kinds == [
        "match user", "match group", "match user", "create user", "match user", "create user", "match group",
        "create group", "update manager", "add members",
    ]  # fmt: skip
    assert (summary.kind, summary.created, summary.failed) == ("initial", 3, 0)
    assert office.stored(clerk)[ENTERPRISE_USER]["manager"]["value"] == office.state.link(boss.id).target
    assert len(office.stored(team(1))["members"]) == 2


def test_a_cycle_without_changes_only_tests_the_connection():
    """Nothing is read and nothing is written where nothing changed."""
    office = Office(person(1), team(1, person(1)))
    office.cycle()
    office.cycle()

    assert [row[0] for row in office.sent] == ["GET", "GET"]
    assert office.service.summary.kind == "incremental"


@pytest.mark.parametrize(("dialect", "value", "op"), [(LEGACY, "False", "Replace"), (COMPLIANT, False, "replace")])
def test_a_blocked_account_is_disabled_in_the_job_s_dialect(dialect, value, op):
    """active is a capitalised string by default, and a boolean with the flag."""
    clerk = person(1)
    office = Office(clerk, dialect=dialect)
    office.cycle()
    office.cycle(clerk.changed(attributes={"accountEnabled": False}))

    assert office.operations() == [{"op": op, "path": "active", "value": value}]
    assert office.action(clerk) == ("disable", "success")
    assert office.stored(clerk)["active"] is False


def test_several_changes_are_one_request():
    """The compliant dialect folds them into one operation without a path."""
    clerk = person(1)
    office = Office(clerk, dialect=COMPLIANT)
    office.cycle()
    office.cycle(clerk.changed(attributes={"jobTitle": "Head", "department": "Legal"}))

    value = {"title": "Head", f"{ENTERPRISE_USER}:department": "Legal"}
    assert office.operations() == [{"op": "replace", "value": value}]


def test_a_value_that_the_target_lacks_is_added():
    """Add where there was nothing, Replace where there was something."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    office.cycle(clerk.changed(attributes={"city": "Oslo", "jobTitle": "Head"}))

    assert office.operations() == [
        {"op": "Replace", "path": "title", "value": "Head"},
        {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Oslo"},
    ]


def test_a_value_that_the_source_lost_is_not_cleared():
    """Null values are never provisioned (Known issues)."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    office.cycle(clerk.changed(attributes={"jobTitle": None}))

    assert office.writes() == []
    assert office.stored(clerk)["title"] == "Clerk"


@pytest.mark.parametrize("clerk", [person(1, enabled=False), person(1, assigned=False)])
def test_who_is_disabled_or_out_of_scope_at_first_is_not_created(clerk):
    """There is nobody to disable."""
    office = Office(clerk)
    office.cycle()

    assert office.writes() == []
    assert office.action(clerk) == ("other", "skipped")


def test_sync_all_takes_who_is_not_assigned():
    """The scope "all" asks for no assignment."""
    office = Office(person(1, assigned=False), scope="all")

    assert office.cycle().created == 1


def test_direct_members_of_an_assigned_group_are_in_scope_and_nested_ones_are_not():
    """Nesting beyond the first level is not supported."""
    inside, nested = person(1, assigned=False), person(2, assigned=False)
    inner = team(1, nested, assigned=False)
    outer = replace(team(2, inside), members=(inside.id, inner.id))
    office = Office(inside, nested, inner, outer)
    office.cycle()

    assert office.state.link(inside.id) is not None
    assert office.state.link(nested.id) is None
    assert [row["value"] for row in office.stored(outer)["members"]] == [office.state.link(inside.id).target]


def test_who_joins_an_assigned_group_is_created_and_who_leaves_it_is_disabled():
    """The group changed, not the person; the person comes and goes all the same."""
    clerk, fixed = person(1, assigned=False), person(2)
    crew = team(1, fixed)
    office = Office(clerk, fixed, crew)
    office.cycle()
    office.cycle(replace(crew, members=(fixed.id, clerk.id)))
    assert office.stored(clerk)["active"] is True

    office.cycle(crew)
    assert office.stored(clerk)["active"] is False
    assert office.action(clerk) == ("disable", "success")


def test_a_scoping_filter_keeps_people_out_and_says_which_clause():
    """Who moves out of the filter is disabled."""
    only_sales = {"groups": [{"clauses": [
        {"operatorName": "EQUALS", "sourceOperandName": "department", "targetOperand": {"values": ["Sales"]}}
    ], "name": "Sales only"}]}  # fmt: skip
    schema = default_schema()
    schema = replace(schema, users=replace(schema.users, scope=parse_scope(only_sales)))
    clerk = person(1)
    office = Office(clerk, schema=schema)
    office.cycle()
    office.cycle(clerk.changed(attributes={"department": "Legal"}))

    assert office.stored(clerk)["active"] is False
    assert "department" in str(office.events(clerk)[-1]["provisioningSteps"])


def test_unassigned_then_deleted_sends_the_disable_only():
    """Who left the scope is not managed any more: no DELETE follows."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    office.cycle(replace(clerk, assignments=()))
    assert office.operations() == [{"op": "Replace", "path": "active", "value": "False"}]

    office.cycle(removed=[clerk])
    assert office.writes() == []
    assert office.action(clerk) == ("delete", "skipped")


def test_soft_deleted_then_deleted_is_disabled_then_deleted():
    """The recycle bin disables; what leaves it for good is deleted."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    office.cycle(replace(clerk, deleted=True))
    assert office.stored(clerk)["active"] is False

    link = office.state.link(clerk.id)
    office.cycle(removed=[clerk])
    assert office.writes() == [("DELETE", f"/Users/{link.target}", None)]
    assert office.state.link(clerk.id) is None


def test_who_comes_back_is_enabled_and_memberships_are_not_sent_again():
    """The target keeps them; only a restart sends them again."""
    clerk = person(1)
    office = Office(clerk, team(1, clerk))
    office.cycle()
    office.cycle(clerk.changed(attributes={"accountEnabled": False}))
    office.cycle(clerk)

    assert office.operations() == [{"op": "Replace", "path": "active", "value": "True"}]


def test_skip_out_of_scope_deletions_sends_nothing():
    """SkipOutOfScopeDeletions is for accounts that leave the scope."""
    clerk = person(1)
    office = Office(clerk, skip_out_of_scope_deletions=True)
    office.cycle()
    office.cycle(replace(clerk, assignments=()))

    assert office.writes() == []
    assert office.stored(clerk)["active"] is True


@pytest.mark.parametrize(("off", "sent"), [("Add", "POST"), ("Update", "PATCH"), ("Delete", "DELETE")])
def test_a_target_action_that_is_off_is_never_sent(off, sent):
    """Unticking Delete suppresses the DELETE only."""
    clerk = person(1)
    schema = default_schema()
    kept = frozenset({"Add", "Update", "Delete"} - {off})
    office = Office(clerk, schema=replace(schema, users=replace(schema.users, flow_types=kept)))
    methods = []
    for change in ({}, {"jobTitle": "Head"}, {"accountEnabled": False}):
        office.cycle(clerk.changed(attributes=change))
        methods += [method for method, *_ in office.writes()]
    office.cycle(removed=[clerk])
    methods += [method for method, *_ in office.writes()]

    assert sent not in methods
    assert methods or off == "Add"


def test_without_a_mapping_from_is_soft_deleted_nothing_is_sent():
    """A non-gallery application sends neither a disable nor a DELETE then."""
    clerk = person(1)
    schema = default_schema()
    rows = tuple(row for row in schema.users.attributes if row.target != "active")
    office = Office(clerk, schema=replace(schema, users=replace(schema.users, attributes=rows)))
    office.cycle()
    office.cycle(replace(clerk, deleted=True))

    assert office.writes() == []


# --- matching -----------------------------------------------------------------------------------------------


def test_somebody_elses_user_is_logged_and_left_alone():
    """A match that this run did not create is changed with --adopt only."""
    clerk = person(1, jobTitle="Old title")
    first = Office(clerk)
    first.cycle()
    office = another(first, person(1))
    summary = office.cycle()

    assert office.writes() == []
    assert summary.left_alone == 1
    assert "--adopt" in str(office.events(clerk)[-1])
    assert first.stored(clerk)["title"] == "Old title"


def test_adopt_links_a_user_and_sends_what_differs():
    """Adopted users are patched like others, and never deleted."""
    clerk = person(1, jobTitle="Old title")
    first = Office(clerk)
    first.cycle()
    office = another(first, person(1), adopt=True)
    office.cycle()
    assert office.operations() == [{"op": "Replace", "path": "title", "value": "Clerk"}]

    office.cycle(removed=[clerk])
    assert office.writes() == []
    assert office.action(clerk) == ("delete", "skipped")


def test_two_matches_are_an_error():
    """DuplicateTargetEntries: the service does not choose."""

    def twice(call, serve):
        answer = serve(call)
        if call.method == "GET" and answer.resources and "filter" in call.query:
            rows = answer.body["Resources"] * 2
            answer.body = answer.body | {"totalResults": 2, "Resources": rows}
        return answer

    clerk = person(1)
    first = Office(clerk)
    first.cycle()
    office = another(first, person(1), behaviour=twice)
    office.cycle()

    assert office.service.summary.failures[0]["code"] == "DuplicateTargetEntries"


def test_a_user_whose_resource_is_gone_is_not_created_again():
    """InvalidAnchor: the link stays, there is no automatic re-match."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    office.client.delete("/Users", office.state.link(clerk.id).target)
    office.cycle(clerk.changed(attributes={"jobTitle": "Head"}))

    assert office.writes() == []
    assert office.service.summary.failures[0]["code"] == "InvalidAnchor"


def test_a_restart_with_the_scope_reset_matches_what_is_there():
    """Nobody is created a second time."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    office.service.condition.restart(reset_scope=True)
    summary = office.cycle()

    assert (summary.created, office.writes()) == (0, [])


# --- failures -----------------------------------------------------------------------------------------------


def test_a_conflict_waits_in_escrow_with_widening_gaps():
    """The first retry comes with the next cycle, the next one after twice the interval, and so on."""
    clerk = person(1)
    office = Office(clerk, behaviour=lambda call, serve: error(409) if call.method == "POST" else serve(call))
    gaps = []
    for _ in range(4):
        office.cycle()
        held = office.state.held(clerk.id)
        gaps.append((held.due - office.tools.clock.now).total_seconds() / 60)
        office.tools.clock.at_least(held.due)

    assert gaps == [40, 80, 160, 320]
    assert held.code == "Conflict"
    assert "retried 3 times" in office.events(clerk)[-1]["provisioningStatusInfo"]["errorInformation"]["reason"]


def test_who_is_not_due_is_not_tried():
    """Between two tries nothing is sent for an object in escrow."""
    clerk = person(1)
    office = Office(clerk, behaviour=lambda call, serve: error(409) if call.method == "POST" else serve(call))
    office.cycle()
    office.cycle()
    office.cycle()

    assert office.writes() == []


def test_a_failure_heals_when_its_cause_is_gone():
    """A 500 is tried again in the next cycle, and the object leaves escrow."""
    broken = {"now": True}
    clerk = person(1)

    def moody(call, serve):
        return error(500) if call.method == "POST" and broken["now"] else serve(call)

    office = Office(clerk, behaviour=moody)
    assert office.cycle().failures[0]["code"] == "InternalServerError"
    broken["now"] = False
    summary = office.cycle()

    assert (summary.created, office.state.escrow()) == (1, [])


def test_a_create_whose_answer_was_lost_is_found_by_the_next_cycle():
    """It was sent by this run, so that it is claimed and not taken for somebody else's."""
    lost = {"once": True}

    def lossy(call, serve):
        answer = serve(call)
        if call.method == "POST" and lost.pop("once", False):
            raise ConnectionResetError
        return answer

    clerk = person(1)
    office = Office(clerk)
    import httpx

    from tests.faults.layer import wrap

    flaky = httpx.WSGITransport(app=wrap(office.app, lossy))
    whole = office.client._http
    office.client._http = httpx.Client(transport=flaky)
    office.cycle()
    office.client._http = whole
    summary = office.cycle()

    assert (summary.created, summary.failed) == (0, 0)
    assert office.state.link(clerk.id) is not None
    assert not office.state.link(clerk.id).adopted


# --- quarantine ---------------------------------------------------------------------------------------------


def test_a_bad_connection_quarantines_at_once_mails_once_and_heals():
    """Tries come after 6, 12 and 24 hours, then daily; one e-mail for each reason."""
    office = Office(person(1))
    gaps = []
    with switched_off(office):
        for _ in range(5):
            before = office.tools.clock.now
            office.cycle()
            gaps.append((office.tools.clock.now - before).total_seconds() / 3600)

        assert office.service.condition.quarantine.code == "EncounteredQuarantineException"
    assert gaps[1:] == [6, 12, 24, 24]
    assert len(office.mails) == 1
    office.cycle()
    assert office.service.condition.quarantine is None
    assert office.state.link(person(1).id) is not None


def test_a_job_is_disabled_after_28_days_in_quarantine():
    """Nothing heals by itself after that."""
    office = Office(person(1))
    with switched_off(office):
        while not office.service.condition.disabled:
            office.cycle()

    days = (office.tools.clock.now - office.service.condition.quarantine.since).days
    assert days == 28


@pytest.mark.parametrize(
    ("failed", "references", "tried", "caught"),
    [
        (4_999, 0, 5_000, False), (5_000, 0, 20_000, False), (5_000, 0, 12_000, True), (40_001, 0, 900_000, True),
        (10, 60_000, 900_000, True), (0, 59_999, 100_000, False),
    ],
)  # fmt: skip
def test_many_failures_quarantine_by_count_and_share(failed, references, tried, caught):
    """At least 5,000 failures and more than 40 % or 40,000 of them; 60,000 with references in any case."""
    office = Office()
    found = of_failures(failed, references, tried, office.tools.clock.now)

    assert (found is not None) is caught


def test_more_deletions_than_allowed_are_held_back_until_they_are_allowed():
    """Accidental deletions prevention counts deletes and disables."""
    people = [person(n) for n in range(1, 5)]
    office = Office(*people, deletion_threshold=2)
    office.cycle()
    gone = [replace(one, assignments=()) for one in people[:3]]
    summary = office.cycle(*gone)
    assert office.writes() == []
    assert office.action(people[0]) == ("stagedDelete", "skipped")
    assert "threshold" in summary.quarantine

    office.service.condition.allow_deletes()
    assert office.cycle().disabled == 3
    assert office.service.condition.quarantine is None


def test_a_target_without_groups_is_provisioned_with_users():
    """A 404 to the look-up of a group switches groups off; whether Entra minds is not documented."""
    office = Office(
        person(1), team(1, person(1)),
        behaviour=lambda call, serve: error(404) if call.path.startswith("/Groups") else serve(call),
    )  # fmt: skip
    summary = office.cycle()

    assert (summary.created, summary.failed, summary.quarantine) == (1, 0, "")


# --- references ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", list(DIALECTS.values()))
def test_a_manager_is_set_changed_and_removed(dialect):
    """A bare id is the value; the removal names the path only."""
    one, two = person(1), person(2)
    clerk = person(3)
    office = Office(one, two, clerk, dialect=dialect)
    office.cycle()
    spelled = (lambda op: op.capitalize()) if dialect is LEGACY else (lambda op: op)
    target = {boss.id: office.state.link(boss.id).target for boss in (one, two)}
    office.cycle(replace(clerk, manager=one.id))
    assert office.operations() == [{"op": spelled("add"), "path": MANAGER, "value": target[one.id]}]
    office.cycle(replace(clerk, manager=two.id))
    assert office.operations() == [{"op": spelled("replace"), "path": MANAGER, "value": target[two.id]}]
    office.cycle(replace(clerk, manager=None))
    assert office.operations() == [{"op": spelled("remove"), "path": MANAGER}]


def test_members_go_in_batches_and_only_changes_are_sent():
    """What the target was told of is not told again."""
    people = [person(n) for n in range(1, 8)]
    crew = team(1, *people)
    office = Office(*people, crew, members_per_request=3)
    office.cycle()
    sizes = [len(op["value"]) for op in office.operations()]
    office.cycle(replace(crew, members=tuple(one.id for one in people[1:])))

    assert sizes == [3, 3, 1]
    gone = office.state.link(people[0].id).target
    assert office.operations() == [{"op": "Remove", "path": "members", "value": [{"value": gone}]}]


def test_a_group_that_is_renamed_keeps_its_members():
    """One operation names the display name and nothing else."""
    clerk = person(1)
    crew = team(1, clerk)
    office = Office(clerk, crew)
    office.cycle()
    office.cycle(crew.changed(attributes={"displayName": crew.name + " (new)"}))

    assert [op["path"] for op in office.operations()] == ["displayName"]
    assert len(office.stored(crew)["members"]) == 1


def test_a_role_reaches_an_expression():
    """Default Access is a role like any other."""
    clerk = replace(person(1), assignments=(Assignment(id="1", value="editor", name="Editor"),))
    office = Office(clerk)
    office.cycle()

    assert office.tools.attributes(clerk)["appRoleAssignments"] == [
        {"id": "1", "value": "editor", "displayName": "Editor"}
    ]


# --- the size of it -----------------------------------------------------------------------------------------


def test_several_at_once_come_to_the_same():
    """Concurrency changes the order only."""
    people = [person(n, manager=person(1).id if n > 1 else None) for n in range(1, 31)]
    office = Office(*people, team(1, *people), concurrency=4, members_per_request=7)
    summary = office.cycle()

    assert (summary.created, summary.failed) == (31, 0)
    assert len(office.stored(team(1))["members"]) == 30
