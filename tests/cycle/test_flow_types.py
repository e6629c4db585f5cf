"""When a mapped value is written to a user who is there: Graph's attributeFlowType, in whole cycles."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.provisioning.service.reading import Reading
from conformance.provisioning.source.directory import Assignment
from tests.cycle.mappings import schema_with
from tests.cycle.office import Office, person

EDITOR = Assignment("11111111-0000-4000-8000-000000000001", "editor", "Editor")
ADMIN = Assignment("11111111-0000-4000-8000-000000000002", "admin", "Admin")


@pytest.mark.parametrize(
    ("flow_type", "stored"),
    [("Always", "Head"), ("ObjectAddOnly", "Clerk"), ("AttributeAddOnly", "Clerk"), ("MultiValueAddOnly", "Clerk")],
)
def test_a_title_that_is_there_changes_only_where_it_always_flows(flow_type, stored):
    """The other flow types keep what the target has, and the reading does not hold it against the target."""
    clerk = person(1)
    office = Office(clerk, schema=schema_with({}, flow_types={"title": flow_type}))
    office.cycle()
    office.stored(clerk)
    if flow_type == "MultiValueAddOnly":
        operation = {"op": "replace", "path": "title", "value": "Clerk"}
        office.tools.exporter.patch("User", office.state.link(clerk.id).target, [operation], "update user")
    office.cycle(clerk.changed(attributes={"jobTitle": "Head", "department": "Legal"}))

    assert office.stored(clerk)["title"] == stored
    assert list(Reading(office.tools).differences()) == []
    told = [row["displayName"] for row in office.events(clerk)[-1]["modifiedProperties"]]
    assert ("title" in told) is (stored == "Head")


@pytest.mark.parametrize(("flow_type", "written"), [("AttributeAddOnly", True), ("ObjectAddOnly", False)])
def test_a_title_that_the_target_lacks_is_added_where_attributes_may_be(flow_type, written):
    """AttributeAddOnly fills what is empty; ObjectAddOnly writes at the creation and never after it."""
    clerk = person(1, jobTitle=None)
    office = Office(clerk, schema=schema_with({}, flow_types={"title": flow_type}))
    office.cycle()
    office.cycle(person(1))

    assert (office.stored(clerk).get("title") == "Clerk") is written
    assert list(Reading(office.tools).differences()) == []


@pytest.mark.parametrize(
    ("expression", "kept"),
    [("AppRoleAssignmentsComplex([appRoleAssignments])", ["admin", "editor"]),
     ("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", ["admin"])],
)  # fmt: skip
def test_a_patch_of_roles_adds_only_unless_it_is_assertive(expression, kept):
    """AppRoleAssignmentsComplex never takes a role away; the assertive one replaces the roles."""
    clerk = replace(person(1), assignments=(EDITOR,))
    office = Office(clerk, schema=schema_with({"roles": expression}))
    office.cycle()
    office.cycle(replace(clerk, assignments=(ADMIN,)))

    assert sorted(role["value"] for role in office.stored(clerk)["roles"]) == kept
    assert list(Reading(office.tools).differences()) == []
    writes = len(office.writes())
    office.cycle(clerk.changed(attributes={"department": "Legal"}, assignments=(ADMIN,)))
    assert writes == 1
    assert "roles" not in json.dumps(office.operations())
