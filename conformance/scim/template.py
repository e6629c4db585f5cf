"""Values that differ for each user or group: texts with ``{userName}``, ``{displayName}`` or ``{n}`` in them."""

from __future__ import annotations

import hashlib
from typing import Any

OWN = ("{userName}", "{displayName}")
"""Stand for the name that the resource is created with, of users and groups alike."""

NUMBER = "{n}"
"""Stands for nine digits that no other resource of the run has."""


def filled(value: Any, name: str) -> Any:
    """A value with what belongs to one resource in it.

    Args:
        value: plain JSON; a text in it may hold ``{userName}``, ``{displayName}`` or ``{n}``.
        name: that the resource is created with.
    """
    if isinstance(value, str):
        for token in OWN:
            value = value.replace(token, name)
        return value.replace(NUMBER, number_of(name)) if NUMBER in value else value
    if isinstance(value, list):
        return [filled(item, name) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, name) for key, item in value.items()}
    return value


def template_of(value: Any, name: str) -> Any:
    """The template of which a value of one resource is made: the name of that one becomes ``{userName}``."""
    if isinstance(value, str):
        return value.replace(name, OWN[0]) if name else value
    if isinstance(value, list):
        return [template_of(item, name) for item in value]
    if isinstance(value, dict):
        return {key: template_of(item, name) for key, item in value.items()}
    return value


def number_of(name: str) -> str:
    """Nine digits that go with a name, the same each time."""
    return str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:5]) % 900_000_000 + 100_000_000)
