"""A check is judged by what was recorded; the same in a live run and over a recording."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace

from conformance.journeys import JOURNEYS
from conformance.judge import twice
from conformance.judge.applicability import Described
from conformance.judge.check import Check
from conformance.judge.steps import Steps
from conformance.judge.unanswered import answered, excuse, not_ended
from conformance.recording import FIRST, Played, Recording
from conformance.scim.assumptions import Assumptions
from conformance.verdict import (
    Failure,
    Judgement,
    Kind,
    LeftOut,
    Level,
    NoAnswer,
    NotApplicable,
    Observation,
    Unplayed,
    Unreadable,
    Verdict,
)


def judge(item: Check, dialect: str, recording: Recording) -> Judgement:
    """Judge one check by a recording. Never raises: what the suite does wrong is an ERROR of its own.

    Where one of its journeys was played twice, both plays are judged; ``twice.weigh`` says what comes of that.

    Args:
        item: the check.
        dialect: ``legacy``, ``compliant``, or empty.
        recording: holds the journeys the check names.
    """
    judgement, views = _judge(item, dialect, recording)
    under = _under_concurrency(judgement, views)
    again = {view.played.key for view in views.values() if view.played.first is not None}
    if not again:
        return under or judgement
    first, views = _judge(item, dialect, recording.before)
    troubled = _is_troubled(first, views)
    dropped = twice.closed(first, judgement, recording)
    first.evidence = [[key + FIRST if key in again else key, step] for key, step in first.evidence]
    if under is not None and not first.suite_fault:
        return replace(under, evidence=first.evidence + under.evidence)
    if dropped is not None:
        return replace(dropped, evidence=first.evidence + judgement.evidence)
    return twice.weigh(first, judgement, troubled=troubled)


def _judge(item: Check, dialect: str, recording: Recording) -> tuple[Judgement, dict[str, Steps]]:
    """The verdict of one play, and what was looked at."""
    evidence: list[list[str]] = []
    views: dict[str, Steps] = {}
    assumed = Assumptions.from_json(recording.header.get("assumed", {}))
    try:
        for name in item.journeys:
            views[name] = Steps(
                recording.journeys[JOURNEYS[name].key(dialect)], evidence, recording.header.get("prefix", "")
            )
        described = Described(recording, assumed.capabilities)
        _binding(item, described)
        _look(item, views, evidence)
        judgement = Judgement(Verdict.PASS)
    except Failure as failure:
        judgement = _failed(item, failure, stored=assumed.keeps(failure.path))
        unsaid = described.unsaid(item)
        if unsaid and judgement.verdict in {Verdict.FAIL, Verdict.WARN}:
            judgement = Judgement(Verdict.INFO, got=f"{unsaid} is offered nowhere, and was tried: {failure}")
    except Observation as observation:
        judgement = Judgement(Verdict.INFO, got=observation.fact)
    except NotApplicable as reason:
        kind = Kind.LEFT_OUT if isinstance(reason, LeftOut) else None
        judgement = Judgement(Verdict.NA, got=str(reason), kind=kind)
    except Unplayed as unplayed:
        judgement = Judgement(Verdict.BLOCKED, got=str(unplayed), blocked_at=[unplayed.journey, unplayed.step])
    except NoAnswer as reason:
        judgement = Judgement(Verdict.ERROR, got=str(reason), kind=Kind.NO_ANSWER, subject=reason.error)
    except Exception:  # noqa: BLE001 - whatever else happens in a check is our fault, and must be told as such
        judgement = Judgement(Verdict.ERROR, got=traceback.format_exc(limit=-3), suite_fault=True)
    judgement.evidence = evidence
    return judgement, views


def _look(item: Check, views: Mapping[str, Steps], evidence: list[list[str]]) -> None:
    """Let the check look at its journeys.

    Raises:
        Finding: it does not pass.
    """
    try:
        item.function(**views)
    except Unreadable:
        raise
    except (NotApplicable, Unplayed):
        not_ended(views.values())
        raise
    except Failure:
        excuse(views, evidence)
        raise
    answered(views)


def _binding(item: Check, described: Described) -> None:
    """At least one of the check's requirements may bind the endpoint.

    Raises:
        NotApplicable: by the catalogue's conditions, none does.
    """
    unmet = [r.applies_when for r in item.requirements if described.meets(r.applies_when) is False]
    if len(unmet) == len(item.requirements):
        raise NotApplicable(
            f"the endpoint offers no {unmet[0].replace(' and ', ', ')}, as it says itself or as is stated"
        )


def _failed(item: Check, failure: Failure, *, stored: bool) -> Judgement:
    if not stored:
        return Judgement(Verdict.NA, got=f"{failure.path} is configured as not stored by this endpoint")
    order = list(Level)
    level = max(item.level, failure.level or item.level, key=order.index)
    verdict = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.WARN, Level.MAY: Verdict.INFO}[level]
    return Judgement(
        verdict,
        expected=failure.expected,
        got=failure.got,
        path=failure.path,
        kind=failure.kind,
        subject=failure.subject,
    )


def _under_concurrency(judgement: Judgement, views: Mapping[str, Steps]) -> Judgement | None:
    """A check that passes only because its journey was played again alone is a WARN; None for every other."""
    for view in views.values():
        touched = {step for key, step in judgement.evidence if key == view.played.key}
        if judgement.verdict is Verdict.PASS and touched & set(view.played.trouble_steps):
            got = f"{view.played.trouble}; well when the journey was played alone"
            expected = "the same answer while other requests are under way"
            return Judgement(
                Verdict.WARN,
                expected=expected,
                got=got,
                kind=Kind.CONCURRENCY,
                subject=_met(view.played),
                evidence=judgement.evidence,
            )
    return None


def _met(played: Played) -> str | None:
    """The error or status that a journey met beside others; None where a recording does not hold that play."""
    step = played.first and played.first.steps.get(played.trouble_steps[0])
    return str(step.exchange.error or step.exchange.status) if step else None


def _is_troubled(judgement: Judgement, views: Mapping[str, Steps]) -> bool:
    """Whether a journey met trouble at a step that was looked at, or at one before."""
    for view in views.values():
        names = list(view.played.steps)
        looked = {step for key, step in judgement.evidence if key == view.played.key}
        last = max((names.index(step) for step in looked if step in names), default=-1)
        if set(names[: last + 1]) & set(view.played.trouble_steps):
            return True
    return False
