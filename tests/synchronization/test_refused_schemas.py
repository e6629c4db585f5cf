"""Exported schemas that cannot be run: refused in one sentence that names the place."""

from __future__ import annotations

import json

import pytest

from conformance.idp.entra import CORE_USER
from conformance.provisioning.mappings.synchronization import BadSchema, load_schema, parse_schema
from tests.synchronization.exports import definition, export, function, object_mapping, row, target_object, users

REFUSED = {
    "target-id": (users(row("id", "objectId")), "id is a target attribute"),
    "target-core-id": (users(row(f"{CORE_USER}:id", "objectId")), "id is a target attribute"),
    "twice": (users(row("USERNAME", "mail")), "USERNAME is mapped twice"),
    "unmatched": (export(object_mapping("User", [row("userName", "mail")])), "no attribute has a matching precedence"),
    "expression": (users(row("title", function("Switch([a"))), "The expression of title cannot be used"),
    "unknown-function": (users(row("title", function("Shout([a])"))), "Shout"),
    "no-text": (users(row("title", {"type": "Function", "name": "Join"})), "Join has no expression text"),
    "path": (users(row("a.b.c", "mail")), "'a.b.c' is no target attribute"),
    "flow-types": (users(flowTypes="Add,Purge"), "flowTypes holds 'Purge'"),
    "flow-type": (users(row("title", "a", flowType="Sometimes")), "attributeMappings[1].flowType"),
    "scope": (users(scope={"groups": [{"clauses": [{"operatorName": "X", "sourceOperandName": "a"}]}]}), "'X' on a"),
    "scope-list": (
        export(
            object_mapping("User", [row("userName", "a", matchingPriority=1)], scope={"groups": [{"clauses": [
                {"operatorName": "EQUALS", "sourceOperandName": "tags", "targetOperand": {"values": ["x"]}},
            ]}]}),
            source=[target_object("User", [definition("tags", multivalued=True)])],
        ),
        "cannot test tags by EQUALS: it has several values",
    ),
    "reference": (users(row("manager", function('Join("", [a], [b])'))), "manager is a reference made by"),
    "reference-match": (users(row("manager", "manager", matchingPriority=2)), "cannot match objects"),
    "no-rules": ({"synchronizationRules": []}, "synchronizationRules is []"),
    "no-schema": ({"id": "x"}, "synchronizationRules is missing"),
    "no-target": (
        {"synchronizationRules": [{"objectMappings": [{"sourceObjectName": "User", "attributeMappings": []}]}]},
        "synchronizationRules[0].objectMappings[0].targetObjectName is missing",
    ),
    "wrong-type": (users(row(3, "a")), "attributeMappings[1].targetAttributeName is 3, expected a string"),
    "source-type": (users(row("a", {"type": "Magic"})), 'attributeMappings[1].source.type is "Magic"'),
    "a-list": ([], "the whole is [], expected an object"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_run_is_refused_by_name(name):
    """One sentence says what is wrong and where: the target attribute, the operator, or the place in the JSON."""
    data, told = REFUSED[name]
    with pytest.raises(BadSchema) as caught:
        parse_schema(data)

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000], ids=["empty", "cut", "bytes", "deep"])
def test_a_file_that_is_no_json_is_refused(content, tmp_path):
    """The sentence names the file."""
    (tmp_path / "export.json").write_bytes(content)
    with pytest.raises(BadSchema, match=r"export\.json' is not JSON"):
        load_schema(tmp_path / "export.json")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """The sentence names the file, and the reason of the system."""
    with pytest.raises(BadSchema, match=r"none\.json' cannot be read: No such file"):
        load_schema(tmp_path / "none.json")


def test_a_refused_file_is_named(tmp_path):
    """What is wrong inside a file is told with the file's name."""
    (tmp_path / "export.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadSchema, match=r"In the attribute mapping '.*export\.json': synchronizationRules is missing"):
        load_schema(tmp_path / "export.json")


def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path):
    """Parameters within parameters without end are no export, and no traceback either."""
    source = {"type": "Attribute", "name": "a"}
    for _ in range(300):
        source = {"type": "Function", "name": "f", "parameters": [{"key": "k", "value": source}]}
    (tmp_path / "deep.json").write_text(json.dumps(users(row("title", source))), encoding="utf-8")
    with pytest.raises(BadSchema, match=r"deep\.json'.*(nested too deeply|not JSON)"):
        load_schema(tmp_path / "deep.json")
