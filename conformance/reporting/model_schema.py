"""Makes ``results.schema.json`` of the types in ``model.py``: ``python -m conformance.reporting.model_schema``.

What cycles and a load hold is no type of ours, and is stated in the file itself, from which it is taken over.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args, get_origin

from conformance.reporting.model import Results
from conformance.reporting.plain import ABSENT, LATER, Plain, hints_of, stated

PATH = Path(__file__).parent / "results.schema.json"

PLAYED = (
    "cycle_dialect", "cycle", "difference", "event", "error_information", "provisioning_step", "provisioned_identity",
    "provisioning_system", "load",
)  # fmt: skip
"""Definitions that are stated in the file."""

SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}


def made(file: dict[str, Any]) -> dict[str, Any]:
    """The schema of the types.

    Args:
        file: the schema as it is, for what is stated there.
    """
    definitions: dict[str, Any] = {}
    whole = _object(Results, definitions)
    kept = {name: file["$defs"][name] for name in PLAYED}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Results of a scim-conformance run",
        **whole,
        "$defs": dict(sorted(definitions.items())) | kept,
    }


def text() -> str:
    """The file as it should be."""
    return json.dumps(made(json.loads(PATH.read_text(encoding="utf-8"))), indent=1) + "\n"


def _object(kind: type[Plain], definitions: dict[str, Any]) -> dict[str, Any]:
    hints = hints_of(kind)
    return {
        "type": "object",
        "required": [name for name, hint in hints.items() if not {ABSENT, LATER} & set(stated(hint))],
        "properties": {name: _schema(hint, definitions) for name, hint in hints.items()},
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type, with what is annotated to it.

    Args:
        hint: the type.
        definitions: takes those of the dataclasses that are met.
    """
    says: dict[str, Any] = {}
    for one in stated(hint):
        says |= one.stated
    if "$ref" in says:
        return says
    plain = get_args(hint)[0] if stated(hint) else hint
    # A type within a union may be annotated too.
    inner = next((one for one in get_args(plain) if one is not type(None)), plain) if _or_none(plain) else plain
    found = _schema(inner, definitions) if stated(inner) else _bare(inner, definitions)
    if _or_none(plain) and ABSENT not in stated(hint) and "type" in found:
        found = {**found, "type": [found["type"], "null"]}
    return found | says


def _or_none(hint: Any) -> bool:
    return type(None) in get_args(hint)


def _bare(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind in SIMPLE:
        return {"type": SIMPLE[kind]}
    if get_origin(kind) is list:
        return {"type": "array", "items": _schema(get_args(kind)[0], definitions)}
    if get_origin(kind) is dict:
        inner = _schema(get_args(kind)[1], definitions)
        return {"type": "object", "additionalProperties": inner} if inner else {"type": "object"}
    if kind is Any:
        return {}
    name = re.sub(r"(?<!^)([A-Z])", r"_\1", kind.__name__).lower()
    if name not in definitions:
        definitions[name] = {}  # one that holds itself is met again
        definitions[name] = _object(kind, definitions)
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
