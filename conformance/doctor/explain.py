"""Entra's provisioning error codes (entra.md 9): what the endpoint did, the remedy, and our checks for it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from conformance.doctor.report import wrap

SERVICE = "SystemForCrossDomainIdentityManagement"
"""How the codes of SCIM applications begin; the portal and people leave it out at times."""


@dataclass(frozen=True)
class Code:
    """One row of ``codes.json``.

    Attributes:
        code: as the portal shows it.
        also: other spellings and sentences that mean the same.
        cause: on the endpoint's side.
        remedy: what to do.
        checks: ids of the checks that look for it.
    """

    code: str
    also: tuple[str, ...]
    cause: str
    remedy: str
    checks: tuple[str, ...]


@cache
def codes() -> tuple[Code, ...]:
    """The table of codes."""
    rows = json.loads((files(__package__) / "codes.json").read_text(encoding="utf-8"))
    return tuple(Code(**row | {"also": tuple(row["also"]), "checks": tuple(row["checks"])}) for row in rows)


def find(text: str) -> list[Code]:
    """The codes that a text names, in its order; a longer name hides the shorter one inside it.

    Args:
        text: a code, or a message of the provisioning log.
    """
    names = {name.lower(): code for code in codes() for name in (code.code, *code.also)}
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found = re.findall(rf"(?<![a-z0-9])(?:{SERVICE.lower()})?({either})(?![a-z0-9])", text.lower())
    return list(dict.fromkeys(names[name] for name in found))


def near(text: str) -> list[str]:
    """Codes that are spelt alike."""
    short = {name.removeprefix(SERVICE).lower(): name for code in codes() for name in (code.code, *code.also)}
    return [short[name] for name in get_close_matches(text.strip().removeprefix(SERVICE).lower(), short, n=3)]


def as_text(code: Code) -> str:
    """A code explained, in lines of at most 100 columns."""
    lines = [code.code, *wrap("  cause   ", code.cause), *wrap("  do      ", code.remedy)]
    return "\n".join([*lines, *wrap("  checks  ", ", ".join(code.checks))])
