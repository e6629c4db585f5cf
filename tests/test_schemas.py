"""The JSON Schemas, the compiler behind them, and the values made for them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator

from conformance import schemas
from conformance.schemas import reference
from conformance.schemas.attributes import attributes_of, describe, walk
from conformance.schemas.compiler import compile_resource
from conformance.schemas.samples import fill, refers

USER = {
    "schemas": [reference.definition("User")["id"]],
    "id": "1",
    "userName": "a",
    "meta": {"resourceType": "User", "created": "2026-01-02T03:04:05.123Z"},
}


def found(name, body, **options):
    return [(p.path, p.expected) for p in schemas.problems(name, json.dumps(body), **options)]


@pytest.mark.parametrize("name", [*reference.NAMES, *reference.MESSAGES])
def test_each_schema_is_a_json_schema(name):
    """Every schema is valid JSON Schema, draft 2020-12."""
    Draft202012Validator.check_schema(reference.json_schema(name))

    assert reference.json_schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", reference.NAMES)
def test_each_definition_fits_the_schema_of_schemas(name):
    """The schema representations of RFC 7643 are Schema resources themselves."""
    assert found("Schema", reference.definition(name)) == []


def test_good_user_has_no_problem():
    """A plain user passes."""
    assert found("User", USER) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": 7}, "id"),
        ({"active": "True"}, "active"),
        ({"emails": {"value": "a@example.com"}}, "emails"),
        ({"emails": [{"value": 7}]}, "emails[0].value"),
        ({"meta": {"created": "yesterday"}}, "meta.created"),
        ({"userName": None}, "userName"),
        ({"schemas": []}, "schemas"),
    ],
)
def test_difference_is_told_with_its_path(change, path):
    """The first difference is told with the JSON path at which it stands."""
    assert [p for p, _ in found("User", USER | change)] == [path]


@pytest.mark.parametrize(
    "change",
    [
        {"nickName": None},
        {"emails": []},
        {"name": {}},
        {"TITLE": "Tour Guide"},
        {"urn:x:1": {"y": 1}},
        {"active": False},
    ],
)
def test_what_means_the_same_is_welcome(change):
    """Null, [] and absence are equal, names fit in any letter case, unknown attributes are welcome."""
    assert found("User", USER | change) == []


def test_names_in_capitals_are_judged_too():
    """A name in another letter case does not hide a wrong type."""
    assert found("User", USER | {"ACTIVE": "yes"}) == [("active", "true or false, without quotes")]


def test_partial_user_needs_only_its_id():
    """A representation with some attributes only needs no userName."""
    assert found("User", {"id": "1"}, partial=True) == []


def test_results_need_resources():
    """A ListResponse that counts results holds them."""
    message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 2}

    assert [expected for _, expected in found("ListResponse", message)] == ["a list of Resources, as there are results"]
    assert found("ListResponse", message | {"totalResults": 0}) == []


def test_error_status_is_a_string():
    """The status in an error is a string."""
    message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": 404}

    assert found("Error", message) == [("status", "a string")]
    assert found("Error", message | {"status": "404"}) == []


@pytest.mark.parametrize(
    ("operation", "good"),
    [
        ({"op": "add", "value": {"title": "x"}}, True),
        ({"op": "Replace", "path": "title", "value": "x"}, True),
        ({"op": "remove", "path": "title"}, True),
        ({"op": "remove"}, False),
        ({"op": "move", "path": "title", "value": "x"}, False),
        ({"path": "title", "value": "x"}, False),
    ],
)
def test_patch_operations(operation, good):
    """A PatchOp has known operations with what each needs."""
    message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}

    assert (found("PatchOp", message) == []) is good


def test_corrections_name_what_the_rfc_printed():
    """The text's own mistakes are kept beside the corrections, so that either passes."""
    assert reference.verbatim()["Group", "displayName", "required"] is False
    assert reference.definition("Group")["attributes"][0]["required"] is True


def test_a_servers_own_schema_is_compiled():
    """An extension that a server describes is judged by its own types."""
    own = {"id": "urn:x:T", "attributes": [{"name": "size", "type": "integer", "multiValued": True}]}
    kind = {"schema": "urn:x:t", "schemaExtensions": [{"schema": "urn:x:e"}]}
    more = {"id": "urn:x:E", "attributes": [{"name": "on", "type": "Boolean", "required": True}]}
    parts = describe(kind, [own, more])
    schema = compile_resource(parts.pop(""), dict(parts))

    body = {"schemas": ["urn:x:T"], "id": "1", "size": [1, "2"], "urn:x:e": {"on": "no"}}

    assert [p.path for p in schemas.problems_of(body, schema)] == ["size[1]", "['urn:x:e'].on"]


def test_unstated_characteristics_take_their_defaults():
    """What a definition leaves out is what RFC 7643 section 2.2 says."""
    (attribute,) = attributes_of({"attributes": [{"name": "x"}]})

    stated = (attribute.type, attribute.mutability, attribute.returned, attribute.uniqueness, attribute.required)
    assert stated == ("string", "readWrite", "default", "none", False)


@pytest.mark.parametrize("name", ["User", "EnterpriseUser", "Group"])
@pytest.mark.parametrize("other", [False, True])
def test_samples_obey_their_schema(name, other):
    """Every writable attribute gets a value of its type, except references to resources."""
    attributes = reference.attributes(name)
    body = fill(attributes, {}, other=other)
    schema = compile_resource(attributes, {}, required=())

    assert schemas.problems_of(body, schema) == ()
    assert set(body) == {a.name for a in attributes if a.writable and not refers(a)}


def test_samples_differ_for_a_change():
    """The other values are others, where the type allows it."""
    attributes = tuple(a for a in reference.attributes("User") if a.type == "string")
    one, two = fill(attributes, {}), fill(attributes, {}, other=True)

    assert [name for name in one if one[name] == two[name]] == []


def test_walk_gives_parents_before_children():
    """Paths come in the order of the schema."""
    paths = [a.path for a in walk(reference.attributes("EnterpriseUser"))]

    assert paths[-4:] == [f"{reference.ENTERPRISE}:manager{end}" for end in ("", ".value", ".$ref", ".displayName")]


def test_jsonschema_is_imported_when_needed():
    """Starting the suite does not import jsonschema."""
    code = "import sys, conformance.schemas, conformance.judge.expect; print('jsonschema' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
