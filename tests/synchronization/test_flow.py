"""How values flow: what the target should hold, the body of a create, and what a PATCH has to change."""

from __future__ import annotations

import pytest

from conformance.idp.entra import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from conformance.idp.entra.mapping import full_user
from conformance.idp.entra.mapping import group as default_group
from conformance.idp.entra.people import Person
from conformance.provisioning.expressions import FailedExpression
from conformance.provisioning.mappings.flow import Difference, body, difference, matching_filters, references, wanted
from conformance.provisioning.mappings.synchronization import default_schema, parse_schema
from tests.synchronization.exports import (
    CONTEXT,
    OWN,
    constant,
    definition,
    export,
    function,
    object_mapping,
    row,
    users,
)

DEFAULT = default_schema()
WORK_MAIL = 'emails[type eq "work"].value'
ROLE = 'roles[primary eq "True"].value'

ADA = Person(
    user_name="ada@contoso.com", email="ada@contoso.com", external_id="ada", given_name="Ada", family_name="Lovelace",
    title="Engineer", department="Sales", employee_number="701984", street="1 Way", locality="Seattle", region="WA",
    postal_code="98101", phone="+1 555 0110", mobile="+1 555 0140", fax="+1 555 0170", nick_name="A",
)  # fmt: skip

SOURCE = {
    "userPrincipalName": ADA.user_name,
    "IsSoftDeleted": False,
    "displayName": ADA.display_name,
    "jobTitle": ADA.title,
    "mail": ADA.email,
    "preferredLanguage": "en-US",
    "givenName": ADA.given_name,
    "surname": ADA.family_name,
    "physicalDeliveryOfficeName": f"{ADA.street}, {ADA.locality}",
    "streetAddress": ADA.street,
    "city": ADA.locality,
    "state": ADA.region,
    "postalCode": ADA.postal_code,
    "country": "US",
    "telephoneNumber": ADA.phone,
    "mobile": ADA.mobile,
    "facsimileTelephoneNumber": ADA.fax,
    "mailNickname": ADA.external_id,
    "employeeId": ADA.employee_number,
    "department": ADA.department,
    "manager": "a reference that is no value",
}


def flowing(rows, source, *, creating=True, target=()):
    """What a mapping of userName and some rows yields, without userName."""
    mapping = parse_schema(users(*rows, target=target)).users
    found = wanted(mapping, source, CONTEXT, creating=creating)
    return {path: value for path, value in found.items() if path != "userName"}


def posted(rows, source, **options):
    """The body of a create by a mapping of userName and some rows."""
    mapping = parse_schema(users(*rows, **options)).users
    return body(mapping, wanted(mapping, source, CONTEXT, creating=True))


def test_the_default_mapping_gives_the_documented_body():
    """With every source value there, the create is the one that Entra sends by its default mapping."""
    values = wanted(DEFAULT.users, SOURCE, CONTEXT, creating=True)

    assert len(values) == 21
    assert body(DEFAULT.users, values) == full_user(ADA)


def test_a_person_with_little_gives_little():
    """Null values are left out; Join makes no formatted name of nothing, and roles is empty."""
    values = wanted(DEFAULT.users, {"userPrincipalName": "a@b.c", "IsSoftDeleted": False}, CONTEXT, creating=True)

    assert body(DEFAULT.users, values) == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "a@b.c",
        "active": True,
        "meta": {"resourceType": "User"},
        "roles": [],
    }


def test_a_group_is_created_without_members():
    """The default mapping of groups gives the body that Entra posts: members follow by reference."""
    values = wanted(
        DEFAULT.groups, {"displayName": "Staff", "objectId": "o1", "members": ["x"]}, CONTEXT, creating=True
    )

    assert body(DEFAULT.groups, values) == default_group("Staff", "o1")
    assert references(DEFAULT.groups) == {"members": "members"}


def test_a_disabled_user_flows_as_false():
    """IsSoftDeleted becomes active false, a boolean of JSON."""
    values = wanted(DEFAULT.users, {**SOURCE, "IsSoftDeleted": True}, CONTEXT, creating=False)

    assert values["active"] is False


BOOLEANS = [("True", True), ("False", False), ("true", True), (True, True), (False, False), (None, None), ("", None)]


@pytest.mark.parametrize("value, expected", BOOLEANS, ids=[repr(value) for value, _ in BOOLEANS])
def test_boolean_targets_take_booleans(value, expected):
    """The texts of an expression become true and false where the target attribute is Boolean, and only there."""
    rows = [row("vip", "flag"), row("note", "flag")]
    found = flowing(rows, {"flag": value}, target=[definition("vip", "Boolean"), definition("note")])

    assert found.get("vip") is expected
    assert found.get("note") == (None if value in {"", None} else str(value))


@pytest.mark.parametrize(
    "kind, value, expected",
    [("String", 7, "7"), ("String", "7", "7"), ("Integer", "7", 7), ("Integer", 7, 7), ("Integer", "seven", "seven"),
     ("DateTime", "2026-11-25", "2026-11-25"), ("String", ["a"], ["a"])],
)  # fmt: skip
def test_values_have_the_json_type_of_their_target(kind, value, expected):
    """A number becomes text for a String and text a number for an Integer, as far as it is one."""
    assert flowing([row("note", "x")], {"x": value}, target=[definition("note", kind)]) == {"note": expected}


def test_a_value_that_is_no_boolean_names_its_target():
    """A Boolean attribute cannot be made of any text; the log names the target attribute."""
    with pytest.raises(FailedExpression, match=r"^active: its value 'perhaps' is neither True nor False"):
        flowing([row("active", "flag")], {"flag": "perhaps"})


def test_a_failed_expression_names_its_target():
    """What goes wrong in an expression is told with the target attribute it was for."""
    with pytest.raises(FailedExpression, match=r"^title: "):
        flowing([row("title", function('IIF([gone] = "a", "b", "c")'))], {})


@pytest.mark.parametrize("value", [None, "", []], ids=repr)
def test_a_default_value_is_written_on_creation_only(value):
    """The default takes the place of null when the object is made, and never afterwards."""
    rows = [row("title", "jobTitle", defaultValue="Unknown"), row("nickName", None, defaultValue="none")]

    assert flowing(rows, {"jobTitle": value}) == {"title": "Unknown", "nickName": "none"}
    assert flowing(rows, {"jobTitle": value}, creating=False) == {}
    assert flowing(rows, {"jobTitle": "Engineer"})["title"] == "Engineer"


def test_a_default_of_a_boolean_is_a_boolean():
    """A default value is text in the export; a Boolean target gets true or false of it."""
    assert flowing([row("active", "gone", defaultValue="True")], {}) == {"active": True}


def test_an_ignored_flow_has_no_value():
    """IgnoreFlowIfNullOrEmpty takes the attribute out of the flow, its default value too."""
    rows = [row("title", function("IgnoreFlowIfNullOrEmpty([jobTitle])"), defaultValue="Unknown")]

    assert flowing(rows, {}) == {}
    assert flowing(rows, {"jobTitle": "Engineer"}) == {"title": "Engineer"}


@pytest.mark.parametrize("creating", [True, False], ids=["create", "update"])
@pytest.mark.parametrize(
    "flow_type", ["Always", "ObjectAddOnly", "MultiValueAddOnly", "ValueAddOnly", "AttributeAddOnly", None]
)
def test_object_add_only_flows_on_creation(flow_type, creating):
    """Only ObjectAddOnly, the portal's "only during object creation", is left out of an update."""
    found = flowing([row("title", "jobTitle", flowType=flow_type)], {"jobTitle": "a"}, creating=creating)

    assert found == ({} if flow_type == "ObjectAddOnly" and not creating else {"title": "a"})


def test_constants_flow():
    """A constant needs no source value."""
    assert flowing([row("userType", constant("Employee"))], {}) == {"userType": "Employee"}


def test_several_values_for_one_are_refused():
    """A single value cannot be made of several; one of one can."""
    rows = [row(WORK_MAIL, function('Split([mails], ";")'))]

    assert flowing(rows, {"mails": "a@b.c"}) == {WORK_MAIL: "a@b.c"}
    with pytest.raises(FailedExpression, match=r"^emails.*takes one value, but the expression yields 2"):
        flowing(rows, {"mails": "a@b.c;d@e.f"})


BODIES = {
    "name": ({"name.givenName": "A", "name.familyName": "B"}, {"name": {"givenName": "A", "familyName": "B"}}),
    "work-mail": ({WORK_MAIL: "a"}, {"emails": [{"primary": True, "type": "work", "value": "a"}]}),
    "other-mail": ({'emails[type eq "other"].value': "a"}, {"emails": [{"type": "other", "value": "a"}]}),
    "two-mails": (
        {WORK_MAIL: "a", 'emails[type eq "home"].value': "b"},
        {"emails": [{"primary": True, "type": "work", "value": "a"}, {"type": "home", "value": "b"}]},
    ),
    "own-primary": (
        {WORK_MAIL: "a", 'emails[type eq "work"].primary': False},
        {"emails": [{"primary": False, "type": "work", "value": "a"}]},
    ),
    "one-address": (
        {'addresses[type eq "work"].locality': "X", 'addresses[type eq "Work"].region': "Y"},
        {"addresses": [{"primary": True, "type": "work", "locality": "X", "region": "Y"}]},
    ),
    "phones": (
        {'phoneNumbers[type eq "fax"].value': "1", 'phoneNumbers[type eq "work"].value': "2"},
        {"phoneNumbers": [{"type": "fax", "value": "1"}, {"primary": True, "type": "work", "value": "2"}]},
    ),
    "other-list": ({'ims[type eq "work"].value': "a"}, {"ims": [{"type": "work", "value": "a"}]}),
    "role": (
        {ROLE: "admin", 'roles[primary eq "True"].display': "Admin"},
        {"roles": [{"primary": True, "value": "admin", "display": "Admin"}]},
    ),
    "roles": ({"roles": [{"value": "a", "primary": False}]}, {"roles": [{"value": "a", "primary": False}]}),
    "enterprise": ({f"{ENTERPRISE_USER}:costCenter": "7"}, {ENTERPRISE_USER: {"costCenter": "7"}}),
    "custom": ({f"{OWN}:User:team": "7", f"{OWN}:User:x.y": "8"}, {f"{OWN}:User": {"team": "7", "x": {"y": "8"}}}),
    "core-urn": ({f"{CORE_USER}:nickName": "A"}, {"nickName": "A"}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BODIES))
def test_paths_are_nested_in_the_body(name):
    """Each form of a target attribute finds its place in the resource that is posted."""
    values, expected = BODIES[name]
    resource = body(DEFAULT.users, values)

    assert resource == {
        "schemas": [CORE_USER, ENTERPRISE_USER], "meta": {"resourceType": "User"}, "roles": [], **expected,
    }  # fmt: skip


def test_the_enterprise_urn_is_listed_where_it_is_used():
    """A mapping of the core User lists the extension with its attributes only, and never a custom one's URN."""
    core = {"targetObjectName": CORE_USER}

    assert posted([row(f"{OWN}:User:team", "department")], SOURCE, **core)["schemas"] == [CORE_USER]
    assert posted([row(f"{ENTERPRISE_USER}:team", "department")], SOURCE, **core)["schemas"] == [
        CORE_USER, ENTERPRISE_USER,
    ]  # fmt: skip


def test_a_groups_body_has_the_groups_schema():
    """A custom attribute of a group lies under its URN, and the schemas stay those of a group."""
    rows = [row("displayName", "displayName", matchingPriority=1), row(f"{OWN}:Group:kind", "mail")]
    mapping = parse_schema(export(object_mapping("Group", rows))).groups

    assert body(mapping, {"displayName": "Staff", f"{OWN}:Group:kind": "x"}) == {
        "schemas": [CORE_GROUP],
        "displayName": "Staff",
        f"{OWN}:Group": {"kind": "x"},
        "meta": {"resourceType": "Group"},
    }


def test_matching_filters_follow_the_precedence():
    """Each matching attribute with a value gives a filter, in the order in which they are tried."""
    mapping = parse_schema(
        users(row("externalId", "objectId", matchingPriority=3), row(WORK_MAIL, "mail", matchingPriority=2))
    ).users
    values = wanted(mapping, {"userPrincipalName": "a@b.c", "objectId": "o1"}, CONTEXT, creating=False)

    assert matching_filters(mapping, values) == [("userName", "a@b.c"), ("externalId", "o1")]
    assert matching_filters(mapping, {}) == []


def test_what_was_posted_needs_no_change():
    """A target that holds the body as it was posted differs in nothing."""
    values = wanted(DEFAULT.users, SOURCE, CONTEXT, creating=False)

    assert difference(full_user(ADA), values) == Difference()
    assert not difference(full_user(ADA), values, DEFAULT.users)
