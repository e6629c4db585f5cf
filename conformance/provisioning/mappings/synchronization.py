"""A provisioning job's configuration in Microsoft's own exported format: the synchronizationSchema (entra.md 4.4, 6.2).

Source: Microsoft Graph, "synchronizationSchema resource type"; Microsoft Learn, "Export provisioning configuration".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from conformance.provisioning.expressions import BadExpression, Expression, parse
from conformance.provisioning.mappings.scoping import BadScope, Scope, parse_scope
from conformance.provisioning.mappings.targets import BadTarget, parse_target
from conformance.provisioning.source.directory import GROUP, USER

ALWAYS: Final = "Always"
OBJECT_ADD_ONLY: Final = "ObjectAddOnly"
"""The portal's "Only during object creation"."""

MULTI_VALUE_ADD_ONLY: Final = "MultiValueAddOnly"
VALUE_ADD_ONLY: Final = "ValueAddOnly"
ATTRIBUTE_ADD_ONLY: Final = "AttributeAddOnly"

ACTIONS: Final = ("Add", "Update", "Delete")
"""The target object actions: create, update, delete."""

ENTRA: Final = frozenset({"microsoft entra id", "azure active directory"})
"""Names of the source directory, in new and in old exports."""

REFERENCES: Final = frozenset({"manager", "members", "owners"})
"""Attributes that refer to other objects, where the directory's definition does not say so."""


class BadSchema(ValueError):
    """A synchronizationSchema that cannot be run; the text says where and what to change."""


@dataclass(frozen=True)
class AttributeMapping:
    """One row of an attribute mapping.

    Attributes:
        target: the target attribute's name, a SCIM path.
        expression: what its value is made of.
        matching_priority: its matching precedence from 1; 0 where it matches nothing.
        flow_type: when it is written: one of Graph's attributeFlowType.
        default: the value where the source has none, on creation only; None without.
        type: of the target attribute by its directory, such as ``String``; empty where that does not say.
        multivalued: whether the target attribute takes several values.
    """

    target: str
    expression: Expression
    matching_priority: int = 0
    flow_type: str = ALWAYS
    default: str | None = None
    type: str = ""
    multivalued: bool = False

    @property
    def is_reference(self) -> bool:
        """Whether it refers to other objects, which are written after all objects are there."""
        return self.type == "Reference" if self.type else parse_target(self.target).name.casefold() in REFERENCES

    @property
    def is_boolean(self) -> bool:
        """Whether its values are true and false in JSON."""
        parts = parse_target(self.target)
        known = (parts.sub or parts.name).casefold() in {"active", "primary"}
        return self.type == "Boolean" if self.type else known


@dataclass(frozen=True)
class ObjectMapping:
    """From a kind of source object to a kind of target object.

    Attributes:
        name: as the portal shows it.
        source: ``User`` or ``Group``.
        target: name of the target object, a schema's URN.
        flow_types: which of ``ACTIONS`` are on.
        scope: which objects it takes.
        attributes: its rows, in their order.
    """

    name: str
    source: str
    target: str
    flow_types: frozenset[str]
    scope: Scope
    attributes: tuple[AttributeMapping, ...]

    @property
    def matching(self) -> list[AttributeMapping]:
        """The rows that match existing objects, the one that is tried first at the head."""
        rows = [row for row in self.attributes if row.matching_priority > 0]
        return sorted(rows, key=lambda row: row.matching_priority)


@dataclass(frozen=True)
class SynchronizationSchema:
    """A job's configuration.

    Attributes:
        users: how users are provisioned; None where that is off.
        groups: how groups are provisioned; None where that is off.
        raw: the JSON as it came, with all that is not read here.
        content: the file as it came.
    """

    users: ObjectMapping | None
    groups: ObjectMapping | None
    raw: dict[str, Any] = field(repr=False)
    content: bytes = field(repr=False, compare=False)

    def save(self, path: Path) -> None:
        """Write it back, unchanged to the byte where it came from a file.

        Raises:
            OSError: the file cannot be written.
        """
        path.write_bytes(self.content)


def load_schema(path: Path) -> SynchronizationSchema:
    """Read an exported synchronizationSchema.

    Raises:
        BadSchema: the file cannot be read, is no JSON, or cannot be run.
    """
    try:
        content = path.read_bytes()
        data = json.loads(content)
    except OSError as problem:
        raise BadSchema(f"The attribute mapping {str(path)!r} cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError):
        raise BadSchema(f"The attribute mapping {str(path)!r} is not JSON; export it from the portal again.") from None
    try:
        return _schema(data, content)
    except BadSchema as problem:
        raise BadSchema(f"In the attribute mapping {str(path)!r}: {problem}") from None
    except RecursionError:
        raise BadSchema(f"The attribute mapping {str(path)!r} is nested too deeply; export it again.") from None


def parse_schema(data: Any) -> SynchronizationSchema:
    """Read a synchronizationSchema from parsed JSON.

    Raises:
        BadSchema: it is none, or holds something that cannot be run.
    """
    return _schema(data, json.dumps(data, indent=2, ensure_ascii=False).encode())


@cache
def default_schema() -> SynchronizationSchema:
    """What a new non-gallery application has: the default mapping of users and groups (entra.md 4.1, 4.2)."""
    content = (files("conformance.provisioning.mappings") / "entra-default.json").read_bytes()
    return _schema(json.loads(content), content)


def _schema(data: Any, content: bytes) -> SynchronizationSchema:
    from conformance.schemas.graph import schema_problems

    if problems := schema_problems(data):
        first = problems[0]
        told = f"{first.path or 'the whole'} is {first.got}, expected {first.expected}"
        raise BadSchema(f"{told}; export the synchronizationSchema from the portal or from Microsoft Graph again.")
    users, groups = _mapping(data, USER), _mapping(data, GROUP)
    if users is None and groups is None:
        raise BadSchema("No mapping of User or Group is enabled, so that nothing is provisioned; enable one.")
    return SynchronizationSchema(users, groups, raw=data, content=content)


def _mapping(data: Mapping[str, Any], source: str) -> ObjectMapping | None:
    """The enabled mapping of a kind of object, by the rule with the lowest priority number."""
    rules = sorted(data["synchronizationRules"], key=lambda rule: rule.get("priority") or 0)
    for rule in rules:
        if (rule.get("targetDirectoryName") or "").casefold() in ENTRA:
            continue
        for mapping in rule["objectMappings"]:
            if mapping["sourceObjectName"].casefold() == source.casefold() and mapping.get("enabled") is not False:
                return _object_mapping(mapping, source, _Definitions(data, rule, mapping))
    return None


class _Definitions:
    """What the export's directories say about the attributes of one object mapping."""

    def __init__(self, data: Mapping[str, Any], rule: Mapping[str, Any], mapping: Mapping[str, Any]) -> None:
        self._directories = data.get("directories") or ()
        self.source = self._object(rule.get("sourceDirectoryName"), mapping["sourceObjectName"])
        self.target = self._object(rule.get("targetDirectoryName"), mapping["targetObjectName"])

    def _object(self, directory: str | None, name: str) -> dict[str, Mapping[str, Any]]:
        objects = [o for d in self._directories if d["name"] == directory for o in d.get("objects") or ()]
        named = [o for o in objects if o["name"].casefold() == name.casefold()]
        return {attribute["name"].casefold(): attribute for o in named for attribute in o.get("attributes") or ()}

    @property
    def multivalued(self) -> frozenset[str]:
        """Source attributes with several values, in lower case."""
        return frozenset(name for name, attribute in self.source.items() if attribute.get("multivalued"))


def _object_mapping(data: Mapping[str, Any], source: str, definitions: _Definitions) -> ObjectMapping:
    name = data.get("name") or f"Provision {source}s"
    try:
        rows = tuple(_attribute(row, definitions.target) for row in data["attributeMappings"])
        scope = parse_scope(data.get("scope"), multivalued=definitions.multivalued)
        flow_types = _actions(data.get("flowTypes"))
        _refuse_repeated(rows)
    except (BadSchema, BadScope) as problem:
        raise BadSchema(f"{name}: {problem}") from None
    mapping = ObjectMapping(name, source, data["targetObjectName"], flow_types, scope, rows)
    if source == USER and not mapping.matching:
        raise BadSchema(f"{name}: no attribute has a matching precedence; give userName the matchingPriority 1.")
    return mapping


def _attribute(data: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]]) -> AttributeMapping:
    target = data["targetAttributeName"]
    try:
        parts = parse_target(target)
    except BadTarget as problem:
        raise BadSchema(str(problem)) from None
    if (parts.urn, parts.name.casefold()) == ("", "id"):
        raise BadSchema("id is a target attribute, but the endpoint makes it; map to externalId instead.")
    definition = definitions.get(target.casefold(), {})
    row = AttributeMapping(
        target=target,
        expression=_expression(target, data.get("source")),
        matching_priority=data.get("matchingPriority") or 0,
        flow_type=data.get("flowType") or ALWAYS,
        default=data.get("defaultValue") or None,
        type=definition.get("type") or "",
        multivalued=bool(definition.get("multivalued")),
    )
    _check_reference(row)
    return row


def _check_reference(row: AttributeMapping) -> None:
    if row.is_reference and len(row.expression.attributes) != 1:
        raise BadSchema(
            f"{row.target} is a reference made by {row.expression.text}; map it from one attribute directly."
        )
    if row.is_reference and row.matching_priority:
        raise BadSchema(f"{row.target} is a reference, which cannot match objects; set its matchingPriority to 0.")


def _expression(target: str, source: Mapping[str, Any] | None) -> Expression:
    try:
        return parse(_expression_text(source))
    except BadExpression as problem:
        raise BadSchema(f"The expression of {target} cannot be used: {problem}") from None


def _expression_text(source: Mapping[str, Any] | None) -> str:
    """The text of a source: its expression, which is authoritative, or what its name stands for.

    A row without source is the portal's mapping type "None": it has a default value at most.
    """
    if source is None:
        return '""'
    name = source.get("name") or ""
    if source.get("expression"):
        return str(source["expression"])
    if source["type"] == "Attribute":
        return f"[{name}]"
    if source["type"] == "Constant":
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    raise BadExpression(f"the function {name} has no expression text; export the schema again.")


def _actions(text: str | None) -> frozenset[str]:
    """The target object actions of Graph's ``flowTypes``, all of them where it says nothing."""
    if text is None:
        return frozenset(ACTIONS)
    named = {part.strip() for part in text.split(",") if part.strip()} - {"None"}
    if unknown := named - set(ACTIONS):
        raise BadSchema(f"flowTypes holds {min(unknown)!r}; it takes {', '.join(ACTIONS)}.")
    return frozenset(named)


def _refuse_repeated(rows: tuple[AttributeMapping, ...]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.target.casefold() in seen:
            raise BadSchema(f"{row.target} is mapped twice; leave one of the mappings out.")
        seen.add(row.target.casefold())
