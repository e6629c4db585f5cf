"""What is wrong with a body, in plain words, by a JSON Schema; lenient where RFC 7643 is.

Names of attributes fit in any letter case (section 2.1); null, [] and {} mean the same as absence (section 2.5).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from conformance.parsing import parse
from conformance.schemas import compiler, reference

MOST = 1000
"""Differences looked for in one body; a list can repeat its own a million times."""

EXACT = frozenset({"Resources", "Operations"})
"""Names of the protocol, not of attributes: their spelling counts."""

WORDS = {
    "string": "a string", "boolean": "true or false, without quotes", "integer": "a whole number",
    "number": "a number", "array": "a list", "object": "an object",
}  # fmt: skip
PATTERNS = {
    compiler.DATE_TIME: "a date and time such as 2026-11-23T08:15:00Z",
    compiler.BASE64: "base64 text",
    compiler.URI: "a URI",
    "^[1-5][0-9][0-9]$": "an HTTP status as a string",
}
"""What each pattern means."""


@dataclass(frozen=True)
class Problem:
    """One difference.

    Attributes:
        path: such as ``emails[0].value``; empty for the body itself.
        expected: in words.
        got: what is there, as JSON.
    """

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path or 'the body'} is {self.got}, expected {self.expected}"


def problems(name: str, body: str, *, partial: bool = False) -> tuple[Problem, ...]:
    """What is wrong with a body that should be a message or standard resource; same bodies are judged once.

    Args:
        name: such as ``User`` or ``ListResponse``.
        body: JSON text.
        partial: the client asked for some attributes only.
    """
    return _judged(name, body, partial)


def problems_of(instance: Any, schema: dict[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with a value by a JSON Schema, the most telling difference first."""
    from jsonschema import Draft202012Validator

    return _found(Draft202012Validator(schema), tidy(instance, schema))


def problems_exactly(instance: Any, schema: dict[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with JSON that is no SCIM: letter case counts, and null is a value."""
    from jsonschema import Draft202012Validator

    return _found(Draft202012Validator(schema), instance)


def tidy(value: Any, schema: dict[str, Any]) -> Any:
    """A value with its names in the schema's letter case, and without members that mean absence."""
    if isinstance(value, list):
        return [tidy(element, schema.get("items", {})) for element in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    spelled = {name.casefold(): name for name in properties if name not in EXACT}
    named = {name if name in properties else spelled.get(name.casefold(), name): v for name, v in value.items()}
    cleaned = {name: tidy(member, properties.get(name, {})) for name, member in named.items()}
    # A required list can be empty all the same: a configuration without authentication schemes.
    kept = EXACT | {name for name in schema.get("required", ()) if cleaned.get(name) == []}
    return {name: member for name, member in cleaned.items() if name in kept or not _means_absence(member)}


@cache
def _validator(name: str, partial: bool) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(reference.json_schema(name, partial=partial))


@lru_cache(maxsize=1000)
def _judged(name: str, body: str, partial: bool) -> tuple[Problem, ...]:
    validator = _validator(name, partial)
    return _found(validator, tidy(parse(body), validator.schema))


def _found(validator: Any, instance: Any) -> tuple[Problem, ...]:
    found = islice(validator.iter_errors(instance), MOST)
    errors = sorted(found, key=lambda e: (len(e.absolute_path), str(e.json_path)))
    return tuple(_in_words(error) for error in errors)


def _in_words(error: Any) -> Problem:
    path = error.json_path.removeprefix("$").removeprefix(".")
    wanted, got = error.validator_value, _short(error.instance)
    if error.validator == "required":
        missing = next(name for name in wanted if name not in error.instance)
        return Problem(f"{path}.{missing}" if path else missing, "a value", "missing")
    return Problem(path, _phrase(str(error.validator), wanted) or str(error.message), got)


def _phrase(validator: str, wanted: Any) -> str | None:
    """What a keyword of JSON Schema asks for."""
    return {
        "type": _any_of(wanted),
        "enum": _any_of(wanted),
        "pattern": PATTERNS.get(str(wanted), f"text that fits {wanted}"),
        "minLength": "some text",
        "minItems": "at least one value",
        "uniqueItems": "no value twice",
        "minimum": f"at least {wanted}",
        "contains": f"a list with {wanted.get('const')}" if isinstance(wanted, dict) else "",
        "anyOf": "a list of Resources, as there are results",
    }.get(validator)


def _any_of(wanted: Any) -> str:
    each = wanted if isinstance(wanted, list) else [wanted]
    return " or ".join("null" if one is None else WORDS.get(str(one), str(one)) for one in each)


def _short(value: Any, limit: int = 80) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}…"


def _means_absence(value: Any) -> bool:
    return value is None or value in ([], {})
