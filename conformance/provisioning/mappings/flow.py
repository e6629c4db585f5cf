"""How values flow: from a source object to target attributes, to the body of a create, and to what a PATCH changes.

Source: Microsoft Learn, "Customize user provisioning attribute-mappings for SaaS applications" and "Develop and plan
provisioning for a SCIM endpoint"; entra.md 2.2 and 4.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.idp.entra import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from conformance.provisioning.expressions import IGNORE, Context, FailedExpression
from conformance.provisioning.mappings.synchronization import (
    ATTRIBUTE_ADD_ONLY,
    MULTI_VALUE_ADD_ONLY,
    OBJECT_ADD_ONLY,
    VALUE_ADD_ONLY,
    AttributeMapping,
    ObjectMapping,
)
from conformance.provisioning.mappings.targets import Target, parse_target
from conformance.provisioning.source.directory import GROUP, USER
from conformance.scim import paths

PRIMARY: Final = frozenset({"emails", "addresses", "phonenumbers"})
"""Multi-valued attributes whose work element Entra marks as the primary one."""

EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
"""Values that are never provisioned: null, and an empty text or list, which the service treats alike."""

_QUOTED_BOOLEAN = re.compile(r'"(true|false)"', re.IGNORECASE)


def wanted(
    mapping: ObjectMapping, attributes: Mapping[str, Any], context: Context, *, creating: bool
) -> dict[str, Any]:
    """What the target should hold, by target attribute; null values and references are left out.

    Args:
        mapping: of the object's kind.
        attributes: of the source object.
        context: what expressions need beside the attributes.
        creating: whether the object is about to be created, which default values and ObjectAddOnly ask for.

    Raises:
        FailedExpression: an expression has no value for this object; the text names the target attribute.
    """
    found = {}
    for row in mapping.attributes:
        if row.is_reference or (row.flow_type == OBJECT_ADD_ONLY and not creating):
            continue
        value = _value(row, attributes, context, creating=creating)
        if value not in EMPTY:
            found[row.target] = value
    return found


def references(mapping: ObjectMapping) -> dict[str, str]:
    """Target attributes that refer to other objects, with the source attribute that holds the reference."""
    return {row.target: next(iter(row.expression.attributes)) for row in mapping.attributes if row.is_reference}


def matching_filters(mapping: ObjectMapping, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Target attributes and values by which an object is looked for, in the order in which they are tried.

    Args:
        mapping: of the object's kind.
        values: as ``wanted`` gives them; an attribute without a value cannot match.
    """
    return [(row.target, str(values[row.target])) for row in mapping.matching if row.target in values]


def body(mapping: ObjectMapping, values: Mapping[str, Any]) -> dict[str, Any]:
    """The resource that a create posts.

    The URN of the enterprise extension is listed whether or not a value is in it, as in Microsoft's example; the URN
    of a custom extension is not (entra.md 2.2).

    Args:
        mapping: of the object's kind.
        values: by target attribute, as ``wanted`` gives them.
    """
    resource: dict[str, Any] = {"schemas": _schemas(mapping, values)}
    for path, value in values.items():
        _put(resource, parse_target(path), value)
    resource["meta"] = {"resourceType": GROUP if mapping.source == GROUP else USER}
    if mapping.source == USER:
        resource.setdefault("roles", [])
    return resource


@dataclass(frozen=True)
class Difference:
    """What has to be written so that the target holds what it should.

    Attributes:
        add: by target attribute, what the target lacks.
        replace: by target attribute, what it holds otherwise.
    """

    add: dict[str, Any] = field(default_factory=dict)
    replace: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.add or self.replace)


def difference(
    current: Mapping[str, Any], values: Mapping[str, Any], mapping: ObjectMapping | None = None
) -> Difference:
    """Compare a resource with what it should hold; texts are compared exactly, and "True" is not true.

    Args:
        current: the resource as the target returned it.
        values: by target attribute, as ``wanted`` gives them.
        mapping: with flow types that keep what is there, such as AttributeAddOnly; without, all values always flow.
    """
    rows = {row.target: row for row in mapping.attributes} if mapping else {}
    found, resource = Difference(), dict(current)
    for path, value in values.items():
        held = _held(resource, path)
        if paths.is_empty(held):
            if not _only_to_lists(rows.get(path), value):
                found.add[path] = value
        elif not _equal(held, value):
            _change(found, path, held, value, rows.get(path))
    return found


def _only_to_lists(row: AttributeMapping | None, value: Any) -> bool:
    return row is not None and row.flow_type == MULTI_VALUE_ADD_ONLY and not isinstance(value, list)


def _change(found: Difference, path: str, held: Any, value: Any, row: AttributeMapping | None) -> None:
    """Note a value that the target holds otherwise, as the flow type allows."""
    kind = row.flow_type if row else ""
    if kind == ATTRIBUTE_ADD_ONLY:
        return
    if kind not in {MULTI_VALUE_ADD_ONLY, VALUE_ADD_ONLY} and not (row and _never_removes(row)):
        found.replace[path] = value
    elif isinstance(value, list):
        if missing := [one for one in value if not _contains(held, one)]:
            found.add[path] = missing
    elif kind == VALUE_ADD_ONLY:
        found.add[path] = value


def _never_removes(row: AttributeMapping) -> bool:
    # AppRoleAssignmentsComplex adds roles and leaves the others; the Assertive one replaces them (entra.md 2.3).
    return row.expression.text.lstrip().startswith("AppRoleAssignmentsComplex")


def _value(row: AttributeMapping, attributes: Mapping[str, Any], context: Context, *, creating: bool) -> Any:
    try:
        value = row.expression.evaluate(attributes, context)
        if value is IGNORE:
            return None
        if value in EMPTY:
            value = row.default if creating else None
        return None if value is None else _fitting(row, value)
    except FailedExpression as problem:
        told = "it has no value for this object; Redact hides why." if row.expression.redacted else problem
        raise FailedExpression(f"{row.target}: {told}") from None


def _fitting(row: AttributeMapping, value: Any) -> Any:
    """A value as its target attribute takes it."""
    if isinstance(value, list) and parse_target(row.target).sub:
        if len(value) > 1:
            raise FailedExpression(f"it takes one value, but the expression yields {len(value)}; pick one with Item.")
        value = value[0]
    return _boolean(value) if row.is_boolean else _typed(row, value)


def _typed(row: AttributeMapping, value: Any) -> Any:
    """A single value in the JSON type of its target attribute: expressions yield numbers and texts as they come."""
    if row.type == "String" and isinstance(value, (bool, int)):
        return str(value)
    if row.type == "Integer" and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value


def _boolean(value: Any) -> bool:
    text = str(value).casefold()
    if text not in {"true", "false"}:
        raise FailedExpression(f"its value {value!r} is neither True nor False, which a Boolean attribute takes.")
    return text == "true"


def _schemas(mapping: ObjectMapping, values: Mapping[str, Any]) -> list[str]:
    if mapping.source == GROUP:
        return [CORE_GROUP]
    urns = {mapping.target.casefold(), *(parse_target(path).urn.casefold() for path in values)}
    return [CORE_USER, ENTERPRISE_USER] if ENTERPRISE_USER.casefold() in urns else [CORE_USER]


def _put(resource: dict[str, Any], target: Target, value: Any) -> None:
    """Set a value in a resource at the place that its target attribute names."""
    container = _member(resource, target.urn, {}) if target.urn else resource
    if target.key:
        container = _element(_member(container, target.name, []), target)
        name = target.sub
    else:
        container = _member(container, target.name, {}) if target.sub else container
        name = target.sub or target.name
    container[_spelled(container, name)] = value


def _element(elements: list[dict[str, Any]], target: Target) -> dict[str, Any]:
    """The element of a multi-valued attribute that a filter picks, made where there is none yet."""
    for element in elements:
        if _fold(element.get(_spelled(element, target.key))) == _fold(target.wanted):
            return element
    made: dict[str, Any] = {target.key: target.wanted}
    if target.name.casefold() in PRIMARY and _fold(target.wanted) == "work":
        made = {"primary": True, **made}
    elements.append(made)
    return made


def _member(container: dict[str, Any], name: str, new: Any) -> Any:
    return container.setdefault(_spelled(container, name), new)


def _spelled(container: Mapping[str, Any], name: str) -> str:
    """A member's name as the container already has it, in whichever letter case."""
    return next((key for key in container if key.casefold() == name.casefold()), name)


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _held(resource: dict[str, Any], path: str) -> Any:
    """What a resource holds at a target attribute; ``primary eq "True"`` picks by the boolean or by the text."""
    held = paths.find(resource, path)
    if held is paths.MISSING and isinstance(parse_target(path).wanted, bool):
        held = paths.find(resource, _QUOTED_BOOLEAN.sub(lambda match: match[1].lower(), path))
    return held


def _equal(held: Any, value: Any) -> bool:
    if isinstance(value, list):
        same = isinstance(held, list) and len(held) == len(value)
        return same and all(_contains(held, one) for one in value)
    if isinstance(value, Mapping):
        return isinstance(held, dict) and all(_equal(paths.member(held, key), one) for key, one in value.items())
    return type(held) is type(value) and bool(held == value)


def _contains(held: Any, value: Any) -> bool:
    return isinstance(held, list) and any(_same_element(one, value) for one in held)


def _same_element(held: Any, value: Any) -> bool:
    """Whether an element is the one that is wanted; what the target does not keep of it counts for nothing.

    A role's ``displayName``, which AppRoleAssignmentsComplex sends, is ``display`` in RFC 7643 section 2.4.
    """
    if isinstance(value, Mapping) and isinstance(held, dict) and "value" in value and "value" in held:
        value = {key: one for key, one in value.items() if paths.member(held, key) is not paths.MISSING}
    return _equal(held, value)
