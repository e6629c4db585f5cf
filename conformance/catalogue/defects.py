"""What usually is wrong with an endpoint, as data: which check tells it from all else, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FILE = "defects.json"
"""Beside the requirements, and of another form."""


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong, and goes by the name of the check that isolates it.

    Attributes:
        key: kebab-case; never reused.
        title: what is wrong, in one sentence.
        fix: what to change, in one sentence or two.
        harm: key of what it does to an Entra customer.
        fails: ids of checks, with or without a dialect, of which one has to go wrong; the first that does isolates it.
            None where any check does that goes wrong in one of the ``kinds``.
        beside: ids of checks none of which may go well either: each goes wrong, or is blocked.
        passes: ids of checks none of which may go wrong.
        kinds: in one of which ways the isolating check has to go wrong; any if empty.
        subject: what that has to be about, as a pattern of ``fnmatch``.
        words: what a refusal has to say that it looked at, as a regular expression; anything if empty.
        explains: conditions, of which what follows from the defect meets all of one row (see ``reporting.causes``).
    """

    key: str
    title: str
    fix: str
    harm: str
    fails: Sequence[str] = ()
    beside: Sequence[str] = ()
    passes: Sequence[str] = ()
    kinds: Sequence[str] = ()
    subject: str = "*"
    words: str = ""
    explains: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Harm:
    """What breaking a requirement does to Entra's provisioning.

    Attributes:
        key: that a requirement carries as its consequence.
        words: as an administrator would say it.
        reason: why it is worse than what comes after it.
    """

    key: str
    words: str
    reason: str


@cache
def harms() -> tuple[Harm, ...]:
    """All of them, the worst first."""
    return tuple(Harm(**row) for row in _data()["harms"])


@cache
def _data() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((files(__package__) / FILE).read_text(encoding="utf-8"))
    return read


@cache
def defects() -> tuple[Defect, ...]:
    """All of them, those first that are to be looked for first."""
    return tuple(Defect(**row) for row in _data()["defects"])
