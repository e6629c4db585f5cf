"""What holds for any mapping, scoping filter, directory and change script: more claims of tests/properties.py."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from conformance.provisioning.mappings.scoping import BadScope, parse_scope
from conformance.provisioning.mappings.synchronization import BadSchema, default_schema, load_schema
from conformance.provisioning.mappings.targets import BadTarget, parse_target
from conformance.provisioning.source.changes import BadChange, load_changes
from conformance.provisioning.source.directory_files import BadDirectory, load_directory
from tests.expressions.test_arbitrary import SCRAPS, TREES, read_or_refused, written_and_evaluated
from tests.properties import ANY_TEXT, CLAIMS, JSON, PATHS, SPOILED, WORDS, for_all, spoiled, written

__all__ = ["CLAIMS"]

CLAUSE = {"sourceOperandName": "department", "operatorName": "EQUALS", "targetOperand": {"values": ["Sales"]}}
SCOPE = {"groups": [{"name": "Sales", "clauses": [CLAUSE, CLAUSE | {"operatorName": "REGEX MATCH"}]}]}
PEOPLE = [
    {"id": f"00000000-0000-4000-8000-00000000000{n}", "userPrincipalName": f"p{n}@example.com", "displayName": f"P{n}"}
    for n in range(3)
]
COMPANY = {"users": PEOPLE, "groups": [{"displayName": "All", "members": [PEOPLE[0]["id"]]}]}
SCRIPT = {
    "sets": [
        {"name": "day", "title": "A day", "changes": [
            {"do": "set", "who": "p1@example.com", "attributes": {"department": "Sales"}},
            {"do": "disable", "who": "p2@example.com"},
            {"do": "join", "who": "p2@example.com", "group": "All"},
        ]},
    ]
}  # fmt: skip


@for_all(st.text(st.characters(), max_size=200) | st.lists(SCRAPS, max_size=40).map("".join))
def an_expression_is_read_or_refused(text):
    """What is read survives being written; what is not is refused with a sentence."""
    read_or_refused(text)


@for_all(TREES, cost=5)
def an_expression_has_a_value_or_fails_with_a_sentence(tree):
    """Any tree of functions, on any object."""
    written_and_evaluated(tree)


@for_all(PATHS)
def a_target_attribute_is_taken_apart_or_refused(path):
    """The name of a target attribute is a path of two levels at most, or is refused."""
    with suppress(BadTarget):
        assert parse_target(path).name


@for_all(SPOILED.map(lambda spoil: spoiled(SCOPE, spoil)) | JSON, st.dictionaries(WORDS, JSON, max_size=3), cost=3)
def a_scoping_filter_is_used_or_refused(data, attributes):
    """What is read decides over any object."""
    with suppress(BadScope):
        assert parse_scope(data).admits(attributes) in {True, False}


@for_all(
    SPOILED.map(lambda spoil: json.dumps(spoiled(default_schema().raw, spoil))) | JSON.map(json.dumps) | ANY_TEXT,
    cost=10,
)
def an_exported_schema_is_run_or_refused(text):
    """A synchronizationSchema that was changed by hand has a mapping, or is refused with a sentence."""
    try:
        schema = load_schema(written(text, "schema.json"))
    except BadSchema as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017 - most are refused, some are read
    else:
        assert schema.users or schema.groups
        for mapping in filter(None, (schema.users, schema.groups)):
            assert all(isinstance(row.is_reference, bool) for row in mapping.attributes)


@for_all(SPOILED.map(lambda spoil: json.dumps(spoiled(COMPANY, spoil))) | JSON.map(json.dumps) | ANY_TEXT, cost=3)
def a_directory_is_read_or_refused(text):
    """People and groups in a JSON file are read, or the file is refused."""
    with suppress(BadDirectory):
        assert all(one.id for one in load_directory(written(text, "people.json"), prefix="x"))


@for_all(SPOILED.map(lambda spoil: json.dumps(spoiled(SCRIPT, spoil))) | JSON.map(json.dumps) | ANY_TEXT, cost=3)
def a_change_script_is_read_or_refused(text):
    """A script of changes to a company is read, or refused."""
    company: Any = load_directory(written(json.dumps(COMPANY), "people.json"), prefix="x")
    with suppress(BadChange):
        assert all(one.name for one in load_changes(written(text, "changes.json"), company, prefix="x"))
