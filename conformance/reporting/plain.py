"""Frozen dataclasses as plain JSON and back: what they have in common that stand in ``results.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin, get_type_hints


class Says:
    """Annotated to a member: what the JSON Schema says of it beside its type.

    Args:
        ref: where the whole of it is stated, in place of all else.
        stated: keywords of JSON Schema.
    """

    def __init__(self, ref: str = "", **stated: Any) -> None:
        self.stated = {"$ref": ref} if ref else stated


LATER = Says()
"""Annotated to a member that is always written, and that files of older versions lack."""

ABSENT = Says()
"""Annotated to a member that is left out where it is None."""


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A dataclass whose fields are plain JSON, others like it, lists of them, or mappings of names to them."""

    def to_json(self) -> dict[str, Any]:
        """The members by name."""
        hints = hints_of(type(self))
        told = {name: getattr(self, name) for name in hints}
        return {name: _told(v) for name, v in told.items() if v is not None or ABSENT not in stated(hints[name])}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what ``to_json`` wrote; members that are not known are passed over.

        Raises:
            TypeError: a member is missing that every version wrote.
        """
        return cls(**{name: _read(hint, data[name]) for name, hint in hints_of(cls).items() if name in data})


_HINTS: dict[type, dict[str, Any]] = {}


def hints_of(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields in their order, with what is annotated to them."""
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind, include_extras=True)
    return _HINTS[kind]


def stated(hint: Any) -> list[Says]:
    """What is annotated to a type."""
    return [one for one in hint.__metadata__ if isinstance(one, Says)] if get_origin(hint) is Annotated else []


def bare(hint: Any) -> Any:
    """A type without what is annotated to it, and without None."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in {Union, UnionType}:
        return bare(next(one for one in get_args(hint) if one is not type(None)))
    return hint


def _told(value: Any) -> Any:
    if isinstance(value, Plain):
        return value.to_json()
    if isinstance(value, list):
        return [_told(one) for one in value]
    return {name: _told(one) for name, one in value.items()} if isinstance(value, dict) else value


def _read(hint: Any, data: Any) -> Any:
    kind = bare(hint)
    if data is None:
        return None
    if isinstance(kind, type) and issubclass(kind, Plain):
        return kind.from_json(data)
    if get_origin(kind) is list:
        return [_read(get_args(kind)[0], one) for one in data]
    if get_origin(kind) is dict:
        return {name: _read(get_args(kind)[1], one) for name, one in data.items()}
    return data
