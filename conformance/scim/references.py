"""The ids of other resources that a request's body holds: members, managers, groups, and an id of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

OWN, MEMBERS = "id", "members"
REFERRING = {MEMBERS: MEMBERS, "manager": "manager", "groups": "groups", OWN: OWN}
"""Attributes that name resources, in lower case; an endpoint may write to what they name."""

ATTRIBUTE = re.compile(r"(?:urn:.*:)?([\w$-]+)(?:\[.*\])?(?:\.([\w$-]+))?", re.IGNORECASE)
COMPARED = re.compile(r'value\s+eq\s+"([^"]*)"', re.IGNORECASE)

Reference = tuple[str, str]
"""The attribute that names a resource, and the id by which it does."""


def references(body: Any) -> Iterator[Reference]:
    """All ids in the body of a create, a replacement or a PATCH."""
    if not isinstance(body, Mapping):
        return
    operations = next((value for key, value in body.items() if key.casefold() == "operations"), None)
    if isinstance(operations, list):
        for operation in operations:
            if isinstance(operation, Mapping):
                yield from _of_operation(operation)
    yield from _of_resource(body)


def _of_operation(operation: Mapping[str, Any]) -> Iterator[Reference]:
    path, value = operation.get("path"), operation.get("value")
    if not isinstance(path, str) or not path:
        yield from _of_resource(value) if isinstance(value, Mapping) else ()
        return
    kind = _kind(path)
    if kind is None:
        yield from _of_resource(value) if isinstance(value, Mapping) else ()
        return
    yield from ((kind, found) for found in COMPARED.findall(path) if found)
    yield from ((kind, found) for found in _ids(value))


def _of_resource(resource: Mapping[str, Any]) -> Iterator[Reference]:
    for key, value in resource.items():
        kind = _kind(key)
        if kind is not None:
            yield from ((kind, found) for found in _ids(value))
        elif isinstance(value, Mapping):
            yield from ((kind, found) for kind, found in _of_resource(value) if kind != OWN)


def _kind(path: str) -> str | None:
    """The referring attribute that a key or a path begins with, or None."""
    found = ATTRIBUTE.match(path)
    if found is None or (found[2] or "value").casefold() not in {"value", "$ref"}:
        return None
    return REFERRING.get(found[1].casefold())


def _ids(value: Any) -> Iterator[str]:
    """The ids in the value of a referring attribute, whatever its form; what a $ref ends in is one too."""
    if isinstance(value, list):
        for element in value:
            yield from _ids(element)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key.casefold() == "value":
                yield from _ids(part)
            elif key.casefold() == "$ref" and isinstance(part, str) and part:
                yield part.rstrip("/").rpartition("/")[2]
    elif isinstance(value, str) and value:
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
