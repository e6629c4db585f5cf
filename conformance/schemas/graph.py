"""What is wrong with a job's configuration as Microsoft Graph exports it, by the JSON Schema of its documentation."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.schemas.validation import Problem, problems_exactly


@cache
def synchronization_schema() -> dict[str, Any]:
    """The JSON Schema of an exported synchronizationSchema.

    Source: Microsoft Graph, "synchronizationSchema resource type" and the types it names.
    """
    text = (files("conformance.schemas") / "graph" / "synchronizationSchema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def schema_problems(data: Any) -> tuple[Problem, ...]:
    """What keeps JSON from being a synchronizationSchema, the outermost difference first."""
    return problems_exactly(data, synchronization_schema())


def filter_problems(data: Any) -> tuple[Problem, ...]:
    """What keeps JSON from being a scoping filter (Microsoft Graph, "filter resource type")."""
    definitions = synchronization_schema()["$defs"]
    return problems_exactly(data, {"$ref": "#/$defs/filter", "$defs": definitions})
