"""What a PATCH has to change: the resource as the target returned it against what it should hold."""

from __future__ import annotations

import pytest

from conformance.idp.entra import ENTERPRISE_USER
from conformance.provisioning.mappings.flow import Difference, difference
from conformance.provisioning.mappings.synchronization import parse_schema
from tests.synchronization.exports import OWN, definition, function, row, users

WORK_MAIL = 'emails[type eq "work"].value'
ROLE = 'roles[primary eq "True"].value'
ADMIN, USER = {"primary": False, "value": "admin"}, {"primary": False, "value": "user"}

EQUAL = {
    "text": ({"title": "a"}, {"title": "a"}),
    "name-in-another-case": ({"TITLE": "a"}, {"title": "a"}),
    "nested": ({"name": {"GivenName": "a"}}, {"name.givenName": "a"}),
    "mail": ({"emails": [{"type": "home", "value": "b"}, {"type": "Work", "value": "a"}]}, {WORK_MAIL: "a"}),
    "boolean": ({"active": False}, {"active": False}),
    "enterprise": ({ENTERPRISE_USER: {"department": "a"}}, {f"{ENTERPRISE_USER}:department": "a"}),
    "custom": ({f"{OWN}:User": {"team": "a"}}, {f"{OWN}:User:team": "a"}),
    "role-boolean": ({"roles": [{"primary": True, "value": "a"}]}, {ROLE: "a"}),
    "role-text": ({"roles": [{"primary": "True", "value": "a"}]}, {ROLE: "a"}),
    "roles-in-another-order": ({"roles": [USER, {**ADMIN, "display": "Admin"}]}, {"roles": [ADMIN, USER]}),
    "texts": ({"tags": ["b", "a"]}, {"tags": ["a", "b"]}),
    "complex": ({"name": {"givenName": "a", "familyName": "b"}}, {"name": {"givenName": "a"}}),
}

LACKING = {
    "absent": ({}, {"title": "a"}),
    "null": ({"title": None}, {"title": "a"}),
    "empty": ({"emails": []}, {WORK_MAIL: "a"}),
    "no-such-element": ({"emails": [{"type": "home", "value": "a"}]}, {WORK_MAIL: "a"}),
    "element-without-value": ({"emails": [{"type": "work"}]}, {WORK_MAIL: "a"}),
    "boolean": ({}, {"active": False}),
    "extension": ({"department": "a"}, {f"{ENTERPRISE_USER}:department": "a"}),
    "primary-of-others": ({"roles": [{"primary": False, "value": "a"}]}, {ROLE: "a"}),
}

DIFFERENT = {
    "text": ({"title": "b"}, {"title": "a"}),
    "letter-case": ({"title": "A"}, {"title": "a"}),
    "blank": ({"title": "a "}, {"title": "a"}),
    "mail": ({"emails": [{"type": "work", "value": "b"}]}, {WORK_MAIL: "a"}),
    "boolean": ({"active": True}, {"active": False}),
    "boolean-as-text": ({"active": "False"}, {"active": False}),
    "number": ({"active": 1}, {"active": True}),
    "text-as-number": ({"title": 5}, {"title": "5"}),
    "fewer-roles": ({"roles": [ADMIN]}, {"roles": [ADMIN, USER]}),
    "more-roles": ({"roles": [ADMIN, USER]}, {"roles": [ADMIN]}),
}


@pytest.mark.parametrize("name", sorted(EQUAL))
def test_nothing_is_written_where_equal(name):
    """A target that holds the value has nothing to change, whichever way it spells names and orders lists."""
    current, values = EQUAL[name]

    assert not difference(current, values)


@pytest.mark.parametrize("name", sorted(LACKING))
def test_what_the_target_lacks_is_added(name):
    """A value that is absent, null or in no fitting element is to be added."""
    current, values = LACKING[name]

    assert difference(current, values) == Difference(add=values)


@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_what_the_target_holds_otherwise_is_replaced(name):
    """Texts are compared exactly and types count: "False" is not false."""
    current, values = DIFFERENT[name]

    assert difference(current, values) == Difference(replace=values)


def test_what_the_target_holds_beside_is_left():
    """Only mapped attributes are compared, and added and replaced ones are told apart."""
    current = {"userName": "a", "nickName": "x", "title": "old"}

    assert difference(current, {"userName": "a", "title": "new", "active": True}) == Difference(
        add={"active": True}, replace={"title": "new"}
    )


FLOWS = [
    ("Always", None, "a", ("add", "a")),
    ("Always", "b", "a", ("replace", "a")),
    ("Always", ["b"], ["a", "b"], ("replace", ["a", "b"])),
    ("ObjectAddOnly", "b", "a", ("replace", "a")),
    ("AttributeAddOnly", None, "a", ("add", "a")),
    ("AttributeAddOnly", "b", "a", None),
    ("AttributeAddOnly", ["b"], ["a"], None),
    ("ValueAddOnly", None, "a", ("add", "a")),
    ("ValueAddOnly", "b", "a", ("add", "a")),
    ("ValueAddOnly", ["b", "c"], ["a", "b"], ("add", ["a"])),
    ("ValueAddOnly", ["b", "c"], ["b"], None),
    ("MultiValueAddOnly", None, "a", None),
    ("MultiValueAddOnly", "b", "a", None),
    ("MultiValueAddOnly", None, ["a"], ("add", ["a"])),
    ("MultiValueAddOnly", ["b"], ["a", "b"], ("add", ["a"])),
    ("MultiValueAddOnly", ["a", "b"], ["b"], None),
]


@pytest.mark.parametrize("flow_type, held, value, written", FLOWS, ids=range(len(FLOWS)))
def test_flow_types_keep_what_is_there(flow_type, held, value, written):
    """AttributeAddOnly fills what is empty, ValueAddOnly adds and never removes, MultiValueAddOnly only to lists.

    ObjectAddOnly is left out by ``wanted`` before anything is compared.
    """
    mapping = parse_schema(users(row("tags", "a", flowType=flow_type), target=[definition("tags")])).users
    current = {} if held is None else {"tags": held}
    expected = Difference(**{written[0]: {"tags": written[1]}}) if written else Difference()

    assert difference(current, {"tags": value}, mapping) == expected


@pytest.mark.parametrize(
    "name, expected",
    [("AppRoleAssignmentsComplex", Difference(add={"roles": [USER]})),
     ("AssertiveAppRoleAssignmentsComplex", Difference(replace={"roles": [USER]}))],
)  # fmt: skip
def test_roles_are_added_or_replaced_by_their_function(name, expected):
    """AppRoleAssignmentsComplex never removes a role; the assertive one makes the list what it should be."""
    mapping = parse_schema(users(row("roles", function(f"{name}([appRoleAssignments])")))).users

    assert difference({"roles": [ADMIN]}, {"roles": [USER]}, mapping) == expected
    assert not difference({"roles": [USER]}, {"roles": [USER]}, mapping)
