"""What expressions compute with: the values, the surroundings of an evaluation, and the two ways it can go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from random import Random
from typing import Any, Final, TypeAlias

Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Any] | None"
"""What an attribute or an expression holds; null is None."""

WHOLE_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,20}\s*", re.ASCII)


class BadExpression(ValueError):
    """The text is no expression; the message says what is wrong, where, and what to do."""


class FailedExpression(ValueError):
    """The expression cannot be evaluated for this object; the message is meant for the provisioning log."""


class Ignored(Enum):
    """The type of ``IGNORE``."""

    IGNORE = "ignore"


IGNORE: Final = Ignored.IGNORE
"""What an evaluation yields where ``IgnoreFlowIfNullOrEmpty`` drops the attribute from the flow; nulls do not."""


@dataclass(frozen=True)
class Context:
    """What an expression can use beside the object's attributes.

    Attributes:
        now: the service's time, with time zone.
        guid: makes a new GUID as text.
        random: source of random strings.
        default_domain: the tenant's default domain.
    """

    now: datetime
    guid: Callable[[], str]
    random: Random
    default_domain: str


def is_empty(value: Value) -> bool:
    """Whether it is null, the empty string, or a multi-valued attribute without values."""
    return value is None or value in ("", [])


def as_text(value: Value) -> str | None:
    """The value as a string, as CStr writes it: booleans are ``True`` and ``False``; null stays null.

    Raises:
        FailedExpression: it is multi-valued (with other than one value) or complex.
    """
    if isinstance(value, list) and len(value) == 1:
        return as_text(value[0])
    if isinstance(value, list | dict):
        kind = f"a multi-valued attribute of {len(value)} values" if isinstance(value, list) else "a complex value"
        raise FailedExpression(f"A string is needed, but there is {kind}; use Item or Join to make one string of it.")
    return None if value is None else str(value)


def text_or_empty(value: Value) -> str:
    """The value as a string, null as the empty string.

    Raises:
        FailedExpression: it is multi-valued or complex.
    """
    return as_text(value) or ""


def as_number(value: Value, name: str) -> int:
    """The value as a whole number.

    Args:
        value: an int, or a string of digits.
        name: of the parameter, for the message.

    Raises:
        FailedExpression: it is anything else.
    """
    text = as_text(value)
    if text is None or not WHOLE_NUMBER.fullmatch(text):
        raise FailedExpression(f"{name} must be a whole number, but it is {shown(value)}.")
    return int(text)


def as_list(value: Value) -> list[Value]:
    """The values of a multi-valued attribute; a single value is a list of one, null an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def shown(value: Value) -> str:
    """A value as messages show it, cut to 60 characters."""
    text = "null" if value is None else repr(value).replace("'", '"')
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - the docstring says it
