"""What a PATCH makes of a resource at an endpoint that takes Entra's forms (RFC 7644 section 3.5.2; entra.md 2.3)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from conformance.scim.paths import FILTERED, is_same, literal, member, objects

BOOLEANS = frozenset({"active", "primary"})
"""What the legacy dialect sends as the text "True" or "False"."""

REFERENCES = frozenset({"manager"})
"""What the legacy dialect sends as a bare id."""


def patched(resource: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a resource with a PatchOp message applied; an operation that makes no sense is passed over.

    Args:
        resource: as it is.
        message: with its ``Operations``.
    """
    made: dict[str, Any] = copy.deepcopy(dict(resource))
    for operation in objects(message.get("Operations")):
        op, path, value = str(operation.get("op")).lower(), operation.get("path"), operation.get("value")
        if isinstance(path, str):
            _apply(made, op, path, value)
        elif isinstance(value, dict):
            for each, inner in value.items():
                _apply(made, op, each, inner)
    return made


def _apply(resource: dict[str, Any], op: str, path: str, value: Any) -> None:
    container, rest = _container(resource, path)
    found = FILTERED.match(rest)
    if found is None:
        return
    name = _key(container, found["name"])
    if found["key"]:
        hits = _hits(container, op, name, found["key"], literal(found["value"]))
        if op == "remove" and not found["sub"]:
            container[name] = [one for one in container[name] if one not in hits]
        for hit in hits if found["sub"] else ():
            _set(hit, op, found["sub"], value)
    elif found["sub"]:
        inner = container.setdefault(name, {})
        if isinstance(inner, dict):
            _set(inner, op, found["sub"], value)
    else:
        _set(container, op, name, value)


def _container(resource: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Where a path begins, and the rest of it; the object of an extension is made where there is none."""
    head, bracket, tail = path.partition("[")
    if not head.lower().startswith("urn:") or member(resource, head):
        return resource, path
    urn, _, attribute = head.rpartition(":")
    if ":core:2.0:" in urn.lower():
        return resource, attribute + bracket + tail
    inner = resource.setdefault(_key(resource, urn), {})
    return (inner if isinstance(inner, dict) else {}), attribute + bracket + tail


def _key(container: dict[str, Any], name: str) -> str:
    """A member's name as it is spelt there already."""
    return next((key for key in container if key.casefold() == name.casefold()), name)


def _hits(container: dict[str, Any], op: str, name: str, key: str, wanted: Any) -> list[dict[str, Any]]:
    """The elements that a filter picks; one is made where a value needs it."""
    elements = container.setdefault(name, [])
    hits = [one for one in objects(elements) if is_same(member(one, key), wanted)]
    if not hits and op != "remove" and isinstance(elements, list):
        hits = [{key: wanted}]
        elements += hits
    return hits


def _set(container: dict[str, Any], op: str, name: str, value: Any) -> None:
    name, value = _key(container, name), _understood(name, value)
    held = container.get(name)
    if isinstance(held, list) and isinstance(value, list) and op != "replace":
        named = [one.get("value") for one in objects(value)]
        kept = [one for one in held if not (isinstance(one, dict) and one.get("value") in named)]
        container[name] = kept if op == "remove" else [*kept, *value]
    elif op == "remove":
        container.pop(name, None)
    else:
        container[name] = value


def _understood(name: str, value: Any) -> Any:
    if name.lower() in BOOLEANS and isinstance(value, str):
        return value.lower() == "true"
    return {"value": value} if name.lower() in REFERENCES and isinstance(value, str) else value
