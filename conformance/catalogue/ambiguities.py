"""Where the texts leave a question open, as data: what can be read there, and what the suite makes of each answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FILE = "ambiguities.json"
"""Beside the requirements, and of another form."""


@dataclass(frozen=True)
class Ambiguity:
    """A point where the texts are silent or contradict each other, or where practice goes another way.

    Attributes:
        key: that requirements carry, such as ``A27``; never reused.
        title: what it is about.
        open: what the texts say, and what they leave open.
        readings: each way to take it.
        suite: what is seen, by the verdict that it gets; under ``unjudged`` what gets none.
        sources: where it stands.
        also: ids of checks that judge one of the readings under a requirement without this key.
    """

    key: str
    title: str
    open: str
    readings: Sequence[str]
    suite: Mapping[str, str]
    sources: Sequence[str]
    also: Sequence[str] = ()


@cache
def ambiguities() -> dict[str, Ambiguity]:
    """All ambiguities by key.

    Raises:
        ValueError: a key is used twice.
    """
    text = (files("conformance.catalogue") / FILE).read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)["ambiguities"]
    found = {row["key"]: Ambiguity(**row) for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"a key stands twice in {FILE}")
    return found
