"""JSON of any origin, read within limits: it may be wrong, deep or swollen, and must cost no more than it is worth."""

from __future__ import annotations

import json
import sys
from typing import Any

DEEPEST = 100
"""Levels of objects and lists; a SCIM message has about ten."""

HEAVIEST = 24 * 1024 * 1024
"""Bytes that a body may take when it is read: three million empty lists fit into eight megabytes of text."""

LONGEST = 400
"""Digits of a whole number that is read as one; a longer one takes long, and Python refuses it (CVE-2020-10735)."""

LARGEST = sys.float_info.max

COSTS = {"{": 240, "[": 88, '"': 30, ",": 36}
"""What each character announces, roughly, in bytes: an object, a list, half a string, a further value."""


LIGHT = HEAVIEST // max(COSTS.values())
"""Characters that cannot announce more than that, whatever they are."""


class NotJson(ValueError):
    """The text is empty or not JSON (RFC 8259)."""


class Unbearable(NotJson):
    """The text may be JSON, but is too deep or too much to be read; the message says which."""


def parse(text: str) -> Any:
    """Read JSON.

    A number beyond a double's range becomes the largest double, so that nothing is ever infinite.

    Raises:
        NotJson: it is none; NaN and Infinity are none.
        Unbearable: it is too deep or too much.
    """
    if len(text) > LIGHT and sum(text.count(character) * cost for character, cost in COSTS.items()) > HEAVIEST:
        raise Unbearable(f"{len(text)} characters of JSON with more values than any client should have to read")
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise Unbearable(f"JSON that is nested more than {DEEPEST} levels deep") from None
    except ValueError as problem:
        raise NotJson(str(problem)) from None
    if text.count("{") + text.count("[") > DEEPEST and _deeper(value, DEEPEST):
        raise Unbearable(f"JSON that is nested more than {DEEPEST} levels deep")
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST else _float(digits)


def _float(text: str) -> float:
    return min(max(float(text), -LARGEST), LARGEST)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_constant)
"""``json.loads`` makes one of its own for each call that is not in the default form."""


def _deeper(value: Any, levels: int) -> bool:
    """Whether objects and lists are nested more than so many levels; without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)
