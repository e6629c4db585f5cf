"""Looking values up in a resource by SCIM path, forgiving about letter case (RFC 7643 section 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

FILTERED = re.compile(
    r"""^(?P<name>[^\[.]+)
        (?:\[\s*(?P<key>[\w$.-]+)\s+eq\s+(?P<value>"(?:[^"\\]|\\.)*"|true|false|-?\d+)\s*\])?
        (?:\.(?P<sub>.+))?$""",
    re.VERBOSE | re.IGNORECASE,
)
"""A path without its URN: an attribute, the filter that picks elements of it, a sub-attribute."""


class _Missing:
    """The type of ``MISSING``."""

    def __repr__(self) -> str:
        return "nothing"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
"""What a path leads to where the resource holds no value; null, [] and {} count as no value (RFC 7643 2.5)."""


def find(resource: dict[str, Any], path: str) -> Any:
    """The value at a SCIM path, or ``MISSING``.

    Understands ``name.givenName``, ``emails[type eq "work"].value``, ``members`` and the URN-qualified forms.
    Where several elements fit, the first one counts.
    """
    values = find_all(resource, path)
    return values[0] if values else MISSING


def value_at(resource: dict[str, Any], path: str) -> Any:
    """The value at a SCIM path, or None; false, 0 and an empty text are values."""
    found = find(resource, path)
    return None if found is MISSING else found


def text_at(resource: dict[str, Any], path: str) -> str:
    """The value at a SCIM path as text; empty where there is none."""
    found = find(resource, path)
    return "" if found is MISSING else str(found)


def find_all(resource: dict[str, Any], path: str) -> list[Any]:
    """All values at a SCIM path: more than one only where a filter fits several elements."""
    if path.lower().startswith("urn:") and not is_empty(whole := member(resource, path)):
        return [whole]
    container, rest = _strip_urn(resource, path)
    match = FILTERED.match(rest)
    if match is None or not isinstance(container, dict):
        return []
    found = member(container, match["name"])
    if match["key"]:
        wanted = literal(match["value"])
        elements = found if isinstance(found, list) else []
        hits = [e for e in elements if isinstance(e, dict) and is_same(member(e, match["key"]), wanted)]
    else:
        # "emails.type" speaks of every element, where no filter picks one (RFC 7644 section 3.4.2.2).
        hits = found if match["sub"] and isinstance(found, list) else [found]
    if match["sub"]:
        hits = [member(hit, match["sub"]) if isinstance(hit, dict) else MISSING for hit in hits]
    return [hit for hit in hits if not is_empty(hit)]


def member(container: dict[str, Any], name: str) -> Any:
    """A member of a JSON object by name in any letter case, or ``MISSING``."""
    if name in container:
        return container[name]
    for key, value in container.items():
        if key.casefold() == name.casefold():
            return value
    return MISSING


def is_within(path: str, wholes: Iterable[str]) -> bool:
    """Whether a SCIM path is one of some others, or leads to a part of one, in any letter case."""
    low = path.casefold()
    return any(low == one or low.startswith((f"{one}.", f"{one}[", f"{one}:")) for one in map(str.casefold, wholes))


def strings(value: Any) -> list[str]:
    """The strings of a list, such as ``schemas``; none where it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, such as ``members``; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def number(value: Any) -> int:
    """A whole number such as ``totalResults``; 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def is_empty(value: Any) -> bool:
    """Whether a value means "unassigned": absent, null, [] or {} (RFC 7643 section 2.5)."""
    return value is MISSING or value is None or value in ([], {})


def _strip_urn(resource: dict[str, Any], path: str) -> tuple[Any, str]:
    if not path.lower().startswith("urn:"):
        return resource, path
    for key in sorted(resource, key=len, reverse=True):
        if path.casefold() == key.casefold():
            return resource, path
        if path.casefold().startswith(key.casefold() + ":"):
            return resource[key], path[len(key) + 1 :]
    urn, _, attribute = path.partition("[")[0].rpartition(":")
    rest = attribute + path[len(path.partition("[")[0]) :]
    core = ":core:2.0:" in urn.lower()
    return (resource, rest) if core else ({}, rest)


def literal(text: str) -> Any:
    """The value of a filter's literal."""
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text.lower() == "true" if text.lower() in {"true", "false"} else int(text)


def is_same(value: Any, wanted: Any) -> bool:
    """Whether a value fits a filter's literal, in any letter case."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return type(value) is type(wanted) and bool(value == wanted)
