"""The requirements, as data: what an endpoint can break, where that is written, and what it does to Entra."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.catalogue import ambiguities, defects
from conformance.verdict import Level

VERSION = "2026-11"
"""Of the set of requirements; stamped on every result."""

SEVERITIES = tuple(harm.key for harm in defects.harms())
"""What breaking a requirement does to Entra's provisioning, the most harmful first."""


@dataclass(frozen=True)
class Requirement:
    """One sentence an endpoint can break.

    Attributes:
        id: ``RFC7644-…``, ``ENTRA-…`` or ``FIELD-…``; never reused.
        source: document or page title.
        section: of the document; empty for a page without numbered sections.
        level: how strongly it binds.
        keyword: the source's own word for that, or why there is none.
        subject: topic.
        statement: the requirement in our words.
        consequence: one of ``SEVERITIES``.
        reason: why it has that consequence, in one sentence.
        unchecked: why no check covers it; empty where one does.
        applies_when: condition under which it binds, as a machine key such as ``spc.patch``.
        ambiguity: key of the point where sources and practice disagree (see ``ambiguities``); checks are lenient there.
        observable: whether a client can see it: ``yes``, ``partly`` or ``no``.
        restates: the requirement that says the same elsewhere, or empty.
    """

    id: str
    source: str
    section: str
    level: Level
    keyword: str
    subject: str
    statement: str
    consequence: str = "none"
    reason: str = ""
    unchecked: str = ""
    applies_when: str = "always"
    ambiguity: str = ""
    observable: str = "yes"
    restates: str = ""

    @property
    def spec(self) -> str:
        """Source and section in one, such as ``RFC 7644 §3.5.2``."""
        return f"{self.source} §{self.section}" if self.section else self.source


def names() -> list[str]:
    """Names of the files that hold requirements: all JSON files here but those of ambiguities and defects."""
    found = (file.name for file in files(__name__).iterdir())
    return sorted(name for name in found if name.endswith(".json") and name not in {ambiguities.FILE, defects.FILE})


@cache
def requirements() -> dict[str, Requirement]:
    """All requirements by id.

    Raises:
        ValueError: an id is used twice.
    """
    found: dict[str, Requirement] = {}
    for file in names():
        for entry in _read(file):
            requirement = Requirement(**(entry | {"level": Level(entry["level"])}))
            if requirement.id in found:
                raise ValueError(f"requirement {requirement.id} stands twice in the catalogue")
            found[requirement.id] = requirement
    return found


def _read(name: str) -> list[dict[str, Any]]:
    data: dict[str, Any] = json.loads((files(__name__) / name).read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = data["requirements"]
    return rows
