"""A refusal is excused only where somebody else has what may have to be unique, or where the mapping has no value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.idp.entra import ENTERPRISE_USER
from conformance.provisioning.expressions import FailedExpression
from conformance.provisioning.mappings.synchronization import OBJECT_ADD_ONLY, default_schema
from conformance.provisioning.service.excuses import ADMIN, CLASH, UNKNOWN, Excuses
from conformance.provisioning.service.expected import Expected
from tests.cycle.office import PREFIX, Office, person, team
from tests.cycle.readings import refuses


def excuse_of(office, source, *, code="Conflict", action="update"):
    """The excuse for a failure."""
    return Excuses(office.tools).of(source.id, code, action)


def test_an_endpoint_may_demand_that_some_attributes_are_unique():
    """In whichever schema and of whichever element; people may share all others."""
    office = Office(schema=replace(default_schema(), users=None))
    unique = (
        "userName", "externalId", "displayName", "nickName", 'emails[type eq "work"].value',
        'phoneNumbers[type eq "work"].value', f"{ENTERPRISE_USER}:employeeNumber",
    )  # fmt: skip
    shared = ("title", "name.familyName", f"{ENTERPRISE_USER}:department", "addresses.locality")
    values = dict.fromkeys((*unique, *shared), "Some TEXT") | {"active": True}
    found = list(Excuses(office.tools)._unique("User", values))

    assert [name for name, _ in found] == [
        "username", "externalid", "displayname", "nickname", "emails", "phonenumbers", "employeenumber"
    ]  # fmt: skip
    assert {text for _, text in found} == {"some text"}


def test_what_people_are_matched_by_may_have_to_be_unique():
    """The admin says what that is."""
    schema = default_schema()
    rows = tuple(replace(row, matching_priority=1 if row.target == "title" else 0) for row in schema.users.attributes)
    office = Office(schema=replace(schema, users=replace(schema.users, attributes=rows)))

    assert list(Excuses(office.tools)._unique("User", {"title": "Clerk", "name.familyName": "x"})) == [
        ("title", "clerk")
    ]


def test_what_failed_is_known_by_what_was_to_be_done():
    """A create, an update, a disable, a delete, or the step of another kind."""
    new, known, left, gone = person(1), person(2), person(3), person(4)
    refused = refuses(lambda call: call.method in {"PATCH", "DELETE"} or "p1@" in str(call.body))
    office = Office(new, known, left, gone, behaviour=refused)
    office.cycle()
    office.cycle(
        known.changed(attributes={"jobTitle": "Head"}),
        left.changed(attributes={"accountEnabled": False}),
        removed=[gone],
    )
    excuses = Excuses(office.tools)
    held = {one.id: office.state.held(one.id) for one in (new, known, left, gone)}

    assert [excuses.action(one) for one in held.values()] == ["create", "update", "disable", "delete"]
    assert {excuses.action(replace(one, step="referenceResolution")) for one in held.values()} == {
        "referenceResolution"
    }


def test_a_change_is_not_excused_by_one_s_own_values():
    """Who has the address already has it rightly."""
    clerk, other = person(1), person(2)
    office = Office(clerk, other)
    office.cycle()

    assert excuse_of(office, clerk) == ""
    office.state.put([clerk.changed(attributes={"mail": other.attributes["mail"]})])
    assert excuse_of(office, clerk) == CLASH
    assert [excuse_of(office, clerk, action=action) for action in ("create", "disable", "delete")] == [CLASH, "", ""]
    assert excuse_of(office, clerk, code="Other") == ""


def test_a_value_that_is_sent_at_the_create_only_counts():
    """It may be somebody's, and the endpoint is right about the create."""
    schema = default_schema()
    rows = tuple(
        replace(row, flow_type=OBJECT_ADD_ONLY) if row.target.startswith("emails") else row
        for row in schema.users.attributes
    )
    clerk = person(1)
    office = Office(clerk, schema=replace(schema, users=replace(schema.users, attributes=rows)))
    office.cycle()
    new = person(2, mail=clerk.attributes["mail"])
    office.state.put([new])

    assert excuse_of(office, new, action="create") == CLASH


def test_a_mapping_without_a_value_is_the_admin_s_doing():
    """Then nobody knows what would have been sent."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()

    def fail(*_given, **_more):
        raise FailedExpression("no value")

    office.tools.values = fail
    assert excuse_of(office, clerk) == ADMIN
    link = office.state.link(clerk.id)
    assert Expected(office.tools).values(link) == link.sent


def test_a_name_that_a_group_gave_up_is_in_no_person_s_way():
    """Only who is of the same kind, and somebody else, may have had the value still."""
    clerk, crew = person(1), team(1)
    office = Office(clerk, crew)
    office.cycle()
    office.cycle(crew.changed(attributes={"displayName": f"{PREFIX}-renamed"}))
    assert excuse_of(office, clerk) == ""

    office.cycle(clerk.changed(attributes={"mail": f"{PREFIX}-new@example.com"}))
    assert excuse_of(office, clerk) == ""
    other = person(2)
    office.state.put([other])
    assert excuse_of(office, other, action="create") == UNKNOWN


# --- what is expected --------------------------------------------------------------------------------------


def test_who_is_in_scope_should_hold_what_the_source_says():
    """Whether it was sent or not; of somebody who is away, or was put aside, what was sent last."""
    clerk, away = person(1), person(2)
    office = Office(clerk, away)
    office.cycle()
    office.cycle(away.changed(attributes={"accountEnabled": False}))
    office.state.put([clerk.changed(attributes={"jobTitle": "Head"}), away.changed(attributes={"jobTitle": "Head"})])
    expected = Expected(office.tools)

    assert expected.values(office.state.link(clerk.id))["title"] == "Head"
    assert expected.values(office.state.link(away.id))["title"] == "Clerk"


def test_a_group_should_have_the_members_that_were_sent():
    """Those of the source only where their change was refused."""
    one, two = person(1), person(2)
    office = Office(one, two, team(1, one))
    office.cycle()
    office.state.put([team(1, two)])
    link = office.state.link(team(1).id)

    assert [member.name for member in Expected(office.tools).members(link).values()] == [one.name]


@pytest.mark.parametrize("manager", [True, False])
def test_a_manager_is_who_was_sent_and_one_of_whom_nothing_was_sent_is_none(manager):
    """What the source says by now comes with the next cycle."""
    boss, clerk = person(1), person(2, manager=person(1).id if manager else None)
    office = Office(boss, clerk)
    office.cycle()
    office.state.put([replace(clerk, manager=None if manager else boss.id)])
    known, found = Expected(office.tools).manager(office.state.link(clerk.id))

    assert known
    assert (found.name if found else None) == (boss.name if manager else None)
