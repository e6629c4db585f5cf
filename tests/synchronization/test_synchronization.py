"""A job's configuration in Microsoft's exported format: load, validate, run, save."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.idp.entra import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from conformance.provisioning.mappings.flow import body, references, wanted
from conformance.provisioning.mappings.synchronization import BadSchema, default_schema, load_schema, parse_schema
from conformance.schemas.graph import synchronization_schema
from tests.synchronization.exports import (
    CONTEXT,
    OWN,
    attribute,
    constant,
    definition,
    export,
    function,
    object_mapping,
    real_tenant,
    row,
    users,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "mappings"
SHIPPED = Path(parse_schema.__code__.co_filename).parent / "entra-default.json"

DEFAULT_ROWS = [
    ("[userPrincipalName]", "userName"),
    ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', "active"),
    ("[displayName]", "displayName"),
    ("[jobTitle]", "title"),
    ("[mail]", 'emails[type eq "work"].value'),
    ("[preferredLanguage]", "preferredLanguage"),
    ("[givenName]", "name.givenName"),
    ("[surname]", "name.familyName"),
    ('Join(" ", [givenName], [surname])', "name.formatted"),
    ("[physicalDeliveryOfficeName]", 'addresses[type eq "work"].formatted'),
    ("[streetAddress]", 'addresses[type eq "work"].streetAddress'),
    ("[city]", 'addresses[type eq "work"].locality'),
    ("[state]", 'addresses[type eq "work"].region'),
    ("[postalCode]", 'addresses[type eq "work"].postalCode'),
    ("[country]", 'addresses[type eq "work"].country'),
    ("[telephoneNumber]", 'phoneNumbers[type eq "work"].value'),
    ("[mobile]", 'phoneNumbers[type eq "mobile"].value'),
    ("[facsimileTelephoneNumber]", 'phoneNumbers[type eq "fax"].value'),
    ("[mailNickname]", "externalId"),
    ("[employeeId]", f"{ENTERPRISE_USER}:employeeNumber"),
    ("[department]", f"{ENTERPRISE_USER}:department"),
    ("[manager]", f"{ENTERPRISE_USER}:manager"),
]


def test_the_json_schema_is_one():
    """What validates exports is valid JSON Schema itself."""
    Draft202012Validator.check_schema(synchronization_schema())

    assert synchronization_schema()["$schema"].endswith("2020-12/schema")


def test_the_default_mapping_is_that_of_a_new_application():
    """The 22 rows of users in their order, userName first to match; groups by displayName."""
    default = default_schema()

    assert [(a.expression.text, a.target) for a in default.users.attributes] == DEFAULT_ROWS
    assert [(a.target, a.matching_priority) for a in default.users.matching] == [("userName", 1)]
    assert [(a.expression.text, a.target) for a in default.groups.attributes] == [
        ("[displayName]", "displayName"), ("[objectId]", "externalId"), ("[members]", "members"),
    ]  # fmt: skip
    assert [a.target for a in default.groups.matching] == ["displayName"]
    assert references(default.users) == {f"{ENTERPRISE_USER}:manager": "manager"}
    assert references(default.groups) == {"members": "members"}
    assert [a.target for a in default.users.attributes if a.is_boolean] == ["active"]
    assert {a.flow_type for a in default.users.attributes} == {"Always"}


def test_the_fixture_of_the_default_mapping_is_the_shipped_one():
    """People see in fixtures/ what the package runs."""
    assert (FIXTURES / "entra-default.json").read_bytes() == SHIPPED.read_bytes()


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_every_fixture_loads_and_is_saved_unchanged(path, tmp_path):
    """Each shipped mapping is valid, defines all that it maps, and survives to the byte."""
    schema = load_schema(path)
    schema.save(tmp_path / "again.json")
    mapped = [a for mapping in (schema.users, schema.groups) if mapping for a in mapping.attributes]

    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    assert [a.target for a in mapped if not a.type] == []
    assert schema.users.flow_types == {"Add", "Update", "Delete"}


@pytest.mark.parametrize("name, groups", [("promapp", False), ("eightbyeight", False), ("segment", True)])
def test_the_gallery_mappings_are_what_they_say(name, groups):
    """Promapp and 8x8 provision users only, Segment both; all match by userName first."""
    schema = load_schema(FIXTURES / f"{name}.json")

    assert (schema.groups is not None) == groups
    assert schema.users.matching[0].target == "userName"


def test_8x8_disables_by_not_and_matches_by_object_id_second():
    """The mapping that 8x8 documents: Not([IsSoftDeleted]) and the object id."""
    schema = load_schema(FIXTURES / "eightbyeight.json")
    rows = {a.target: a.expression.text for a in schema.users.attributes}

    assert (rows["active"], rows["externalId"]) == ("Not([IsSoftDeleted])", "[objectId]")


def test_a_real_tenants_export_loads_runs_and_saves_back(tmp_path):
    """Both object mappings are read, give resources for a person and a group, and are written back as they came."""
    exported = json.dumps(real_tenant(), indent=2)
    (tmp_path / "export.json").write_text(exported, encoding="utf-8")
    schema = load_schema(tmp_path / "export.json")
    person = {
        "objectId": "o1", "IsSoftDeleted": False, "mail": "ada@contoso.com", "displayName": "Ada Lovelace",
        "appRoleAssignments": [{"id": "r1", "value": "admin", "displayName": "Admin"}],
    }  # fmt: skip
    posted = body(schema.users, wanted(schema.users, person, CONTEXT, creating=True))
    group = body(schema.groups, wanted(schema.groups, {"displayName": "Staff"}, CONTEXT, creating=True))
    schema.save(tmp_path / "saved.json")

    assert [role["value"] for role in posted.pop("roles")] == ["admin"]
    assert posted == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": "ada@contoso.com"}],
        "userName": "Ada Lovelace",
        "externalId": "o1",
        f"{OWN}:User": {"isDirectorySynchronized": True},
        "meta": {"resourceType": "User"},
    }
    assert group == {
        "schemas": [CORE_GROUP],
        "displayName": "Staff",
        f"{OWN}:Group": {"isDirectorySynchronized": True},
        "meta": {"resourceType": "Group"},
    }
    assert [a.target for a in schema.users.matching] == ["externalId", "userName"]
    assert references(schema.groups) == {"members": "members"}
    assert (tmp_path / "saved.json").read_text(encoding="utf-8") == exported
    assert json.loads(exported) == schema.raw


def test_what_came_as_parsed_json_is_saved_as_json(tmp_path):
    """Without a file before it, the JSON that is written is equal to what came."""
    data = real_tenant()
    parse_schema(copy.deepcopy(data)).save(tmp_path / "saved.json")

    assert json.loads((tmp_path / "saved.json").read_text(encoding="utf-8")) == data


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_export_loads_in_the_encodings_of_powershell(encoding, tmp_path):
    """PowerShell writes a byte order mark or UTF-16; both load, and both are kept."""
    (tmp_path / "export.json").write_text(json.dumps(real_tenant()), encoding=encoding)
    schema = load_schema(tmp_path / "export.json")
    schema.save(tmp_path / "saved.json")

    assert schema.users.matching[0].target == "externalId"
    assert (tmp_path / "saved.json").read_bytes() == (tmp_path / "export.json").read_bytes()


def test_an_older_export_loads():
    """Names of rules and of the source directory have changed over the years; they decide nothing."""
    first = row("userName", "userPrincipalName", matchingPriority=1)
    old = export(object_mapping("User", [first]), name="USER_TO_USER", sourceDirectoryName="Azure Active Directory")

    assert parse_schema(old).users.source == "User"
    assert parse_schema(old).groups is None


def test_disabled_mappings_are_ignored():
    """A disabled mapping is neither run nor checked; without an enabled one there is nothing to run."""
    broken = object_mapping("Group", [row("id", "objectId")], enabled=False)
    first = row("userName", "userPrincipalName", matchingPriority=1)

    assert parse_schema(export(broken, object_mapping("User", [first]))).groups is None
    with pytest.raises(BadSchema, match="No mapping of User or Group is enabled"):
        parse_schema(export(broken))


def test_a_rule_that_writes_into_entra_is_not_run():
    """An inbound rule of the same job has a User as its source too, but Entra as its target."""
    data = users()
    inbound = export(object_mapping("User", []), priority=0, targetDirectoryName="Microsoft Entra ID")
    data["synchronizationRules"] += inbound["synchronizationRules"]

    assert [a.target for a in parse_schema(data).users.attributes] == ["userName"]


@pytest.mark.parametrize(
    "text, expected",
    [("Add,Update,Delete", {"Add", "Update", "Delete"}), ("Add, Update", {"Add", "Update"}), ("None", set()),
     (None, {"Add", "Update", "Delete"}), ("", set())],
)  # fmt: skip
def test_flow_types_are_the_target_object_actions(text, expected):
    """Create, update and delete are on where the mapping names them, or says nothing at all."""
    assert parse_schema(users(flowTypes=text)).users.flow_types == expected


def test_matching_precedence_orders_the_matching_attributes():
    """The lowest matchingPriority above 0 is tried first, whatever the order of the rows."""
    data = users(row("externalId", "objectId", matchingPriority=3), row("title", "jobTitle", matchingPriority=2))

    assert [a.target for a in parse_schema(data).users.matching] == ["userName", "title", "externalId"]


def test_the_scope_is_read_with_the_mapping():
    """The object mapping's filter decides who is in scope."""
    clause = {
        "operatorName": "EQUALS", "sourceOperandName": "dirSyncEnabled", "targetOperand": {"values": ["True"]},
    }  # fmt: skip
    mapping = parse_schema(users(scope={"groups": [{"name": "AD", "clauses": [clause]}]})).users

    assert mapping.scope.admits({"dirSyncEnabled": True})
    assert not mapping.scope.admits({"dirSyncEnabled": False})


SOURCES = [
    (attribute("jobTitle"), "Engineer"),
    ({"type": "Attribute", "name": "jobTitle"}, "Engineer"),
    ({"type": "Attribute", "name": "jobTitle", "expression": "[department]"}, "Sales"),
    (constant("Guest"), "Guest"),
    ({"type": "Constant", "name": 'a "quoted" \\ name', "expression": ""}, 'a "quoted" \\ name'),
    (function('Join("-", [jobTitle], [department])'), "Engineer-Sales"),
    (None, None),
]


@pytest.mark.parametrize("source, expected", SOURCES, ids=range(len(SOURCES)))
def test_a_source_is_an_attribute_a_constant_or_a_function(source, expected):
    """The expression's text is authoritative; an attribute or a constant without one is read by its name."""
    mapping = parse_schema(users(row("title", source))).users
    found = wanted(mapping, {"jobTitle": "Engineer", "department": "Sales"}, CONTEXT, creating=False)

    assert found.get("title") == expected


def test_types_come_from_the_target_directory():
    """Reference, Boolean and multi-valued are what the directory defines, and by name where it defines nothing."""
    rows = [row("active", "accountEnabled"), row("vip", "flag"), row("boss", "manager"), row("nick", "mailNickname")]
    defined = [definition("vip", "Boolean"), definition("boss", "Reference"), definition("nick", multivalued=True)]
    found = {a.target: a for a in parse_schema(users(*rows, target=defined)).users.attributes}

    assert [name for name, a in found.items() if a.is_boolean] == ["active", "vip"]
    assert [name for name, a in found.items() if a.is_reference] == ["boss"]
    assert [name for name, a in found.items() if a.multivalued] == ["nick"]
