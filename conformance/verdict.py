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


class Kind(StrEnum):
    """In which way something went wrong; by this and by their subject, findings are grouped into causes."""

    STATUS = "status"  # another HTTP status than one of those that are right
    REFUSED = "refused"  # what is a part of a request, or of a cycle, was not carried out
    UNREADABLE = "unreadable"  # an answer that came and that nobody can read
    NO_ANSWER = "no-answer"  # no answer came, or nothing more was asked
    CLOSED = "closed"  # the connection was closed in place of an answer, and again, while other requests were answered
    BODY = "body"  # no JSON, another message than the right one, or a body where none belongs
    SCHEMA = "schema"  # not what a schema says, or a schema that does not say what it has to
    MEDIA_TYPE = "media-type"
    HEADER = "header"
    MISSING_VALUE = "missing-value"
    UNWANTED_VALUE = "unwanted-value"  # a value where none belongs
    WRONG_VALUE = "wrong-value"
    WRONG_TYPE = "wrong-type"  # a value of another JSON type than the right one
    WRONG_MEMBERS = "wrong-members"  # a group has others in it than those who were put in
    WRONG_RESULTS = "wrong-results"  # a list has others in it than those that were asked for
    DUPLICATE = "duplicate"  # there twice, or not of its own for each
    COUNT = "count"  # a number that does not fit what it counts, or more than were asked for
    TIME = "time"  # a time that cannot be, or that takes too long
    RATE = "rate"  # fewer requests a second than have to be carried
    DIFFERENCE = "difference"  # the target holds otherwise than the source after a cycle
    FOREIGN = "foreign"  # what belongs to others was touched
    LEFT_OUT = "left-out"  # of an N/A: not asked for, because the endpoint refuses every create that holds it
    CONCURRENCY = "concurrency"  # well alone, and not while other requests are under way


class Finding(Exception):
    """Base of all that ends a check other than passing."""


class Failure(Finding):
    """The endpoint broke a requirement: FAIL for a MUST, WARN for a SHOULD, INFO for a MAY.

    Attributes:
        expected: what should have been seen, in one line.
        got: what was seen, in one line.
        kind: in which way it went wrong.
        subject: what it is about: the status that came, the SCIM path, a header's or a member's name. The path where
            nothing else is given; None where the kind says all there is to say.
        path: SCIM or JSON path of the difference, or None.
        level: overrules the catalogue's level downwards, for forms no document describes exactly.
    """

    def __init__(
        self,
        expected: str,
        got: str,
        *,
        kind: Kind,
        subject: str | None = None,
        path: str | None = None,
        level: Level | None = None,
    ) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got
        self.kind = kind
        self.subject = subject if subject is not None else path
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


class LeftOut(NotApplicable):
    """What the check is about is in no request, because the endpoint refuses what holds it: N/A."""


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
    """The network failed, so the endpoint cannot be judged: ERROR.

    Attributes:
        error: kind of the network's error, such as ``timeout``; None where nothing was asked.
    """

    def __init__(self, why: str, error: str | None = None) -> None:
        super().__init__(why)
        self.error = error


@dataclass
class Judgement:
    """A check's verdict with all that a report needs to explain it; plain JSON inside.

    Attributes:
        verdict: the verdict.
        expected: in one line, empty where nothing failed.
        got: in one line; for INFO the fact, for N/A, BLOCKED and ERROR the reason.
        path: SCIM or JSON path of the difference.
        kind: in which way it went wrong, or ``LEFT_OUT``; None else, and for faults of the suite itself.
        subject: what it is about, as a ``Failure`` has it; of an ERROR the kind of the network's error.
        blocked_at: the step that went wrong, as ``[journey key, step name]``; None where it is not BLOCKED.
        suite_fault: this is an ERROR of the suite itself, not of the network.
        evidence: the steps that were looked at, as ``[journey key, step name]``.
    """

    verdict: Verdict
    expected: str = ""
    got: str = ""
    path: str | None = None
    kind: Kind | None = None
    subject: str | None = None
    blocked_at: list[str] | None = None
    suite_fault: bool = False
    evidence: list[list[str]] = field(default_factory=list)


def show(value: Any, limit: int = 160) -> str:
    """A value as one line of JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= limit else f"{text[:limit]}…"
