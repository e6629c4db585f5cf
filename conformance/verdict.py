"""Verdicts, and the typed findings from which they are made. Each verdict has exactly one producing rule."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a check came to."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    WARN = "WARN"
    INFO = "INFO"
    NA = "N/A"
    BLOCKED = "BLOCKED"
    ERROR = "ERROR"


class Level(StrEnum):
    """How strongly a requirement binds (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Finding(Exception):
    """Base of all that ends a check other than passing."""


class Failure(Finding):
    """The endpoint broke a requirement: FAIL for a MUST, WARN for a SHOULD, INFO for a MAY.

    Attributes:
        expected: what should have been seen, in one line.
        got: what was seen, in one line.
        path: SCIM or JSON path of the difference, or None.
        level: overrules the catalogue's level downwards, for forms no document describes exactly.
    """

    def __init__(self, expected: str, got: str, *, path: str | None = None, level: Level | None = None) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got
        self.path = path
        self.level = level

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}"


class Unreadable(Failure):
    """An answer came that nobody can read, by the endpoint's own fault."""


class Observation(Finding):
    """A fact worth telling, where several behaviours are right: INFO."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


class NotApplicable(Finding):
    """The endpoint does not offer what the check is about: N/A."""


class Unplayed(Finding):
    """The step to be judged did not happen because an earlier one went wrong: BLOCKED.

    Attributes:
        journey: key of the journey.
        step: the step that went wrong.
        why: said in place of where the journey stopped.
    """

    def __init__(self, journey: str, step: str, why: str = "") -> None:
        super().__init__(why or f"the journey {journey} stopped at its step {step!r}")
        self.journey = journey
        self.step = step


class NoAnswer(Finding):
    """The network failed, so the endpoint cannot be judged: ERROR."""


@dataclass
class Judgement:
    """A check's verdict with all that a report needs to explain it; plain JSON inside.

    Attributes:
        verdict: the verdict.
        expected: in one line, empty where nothing failed.
        got: in one line; for INFO the fact, for N/A, BLOCKED and ERROR the reason.
        path: SCIM or JSON path of the difference.
        blocked_at: the step that went wrong, as ``[journey key, step name]``; None where it is not BLOCKED.
        suite_fault: this is an ERROR of the suite itself, not of the network.
        evidence: the steps that were looked at, as ``[journey key, step name]``.
    """

    verdict: Verdict
    expected: str = ""
    got: str = ""
    path: str | None = None
    blocked_at: list[str] | None = None
    suite_fault: bool = False
    evidence: list[list[str]] = field(default_factory=list)


def show(value: Any, limit: int = 160) -> str:
    """A value as one line of JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= limit else f"{text[:limit]}…"
