"""What a check comes to whose journey was played twice: beside others, where it met trouble, and again alone."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.recording import Played, Recording
from conformance.scim.exchange import RESET
from conformance.verdict import Judgement, Kind, Verdict
from conformance.wording import OURS

NOTHING = frozenset({Verdict.ERROR, Verdict.BLOCKED, Verdict.NA})
"""Verdicts by which nothing was seen of the endpoint that it could be held to."""

WRONG = frozenset({Verdict.FAIL, Verdict.WARN})

ALIKE = "the same, whether other requests are under way or not"

_OURS = re.compile(OURS)
"""What differs between two plays of one journey in any case: names that we made up, and ids."""


def weigh(first: Judgement, second: Judgement, *, troubled: bool) -> Judgement:
    """The verdict of two plays of the same journey.

    What was seen counts, in whichever play it was seen:

    ==================  ==================  =======================================================================
    first               second              comes to
    ==================  ==================  =======================================================================
    suite's fault       any                 the suite's fault; the second's where both are
    any                 the same            the second; one that went wrong in another way tells of both
    nothing seen        any                 the second
    PASS, INFO          nothing seen        the first
    FAIL, WARN          ERROR, BLOCKED      the first, untroubled: it was seen. Troubled: the second, as nobody knows
                                            whether it goes wrong alone
    FAIL, WARN          N/A                 WARN, both shown, untroubled. Troubled: the second
    FAIL, WARN          another that was    WARN, both shown
                        seen
    PASS, INFO          FAIL, WARN          WARN, both shown
    PASS, INFO          INFO, PASS          the second: both are right
    ==================  ==================  =======================================================================

    Nothing is seen by ERROR, BLOCKED and N/A. A play that passes only alone is a WARN beside that; see ``check.judge``.

    Args:
        first: of the play beside others.
        second: of the play alone.
        troubled: the first play met a server error, a timeout or a reset by the time of what was looked at.
    """
    if first.suite_fault or second.suite_fault:
        return second if second.suite_fault else first
    if first.verdict is second.verdict:
        return _alike(first, second)
    if first.verdict in NOTHING:
        return second
    if second.verdict in NOTHING and not (first.verdict in WRONG and second.verdict is Verdict.NA):
        taken = second if first.verdict in WRONG and troubled else first
        return replace(taken, evidence=first.evidence + second.evidence)
    if second.verdict is Verdict.NA and troubled:
        return replace(second, evidence=first.evidence + second.evidence)
    return both(first, second) if {first.verdict, second.verdict} & WRONG else second


def closed(first: Judgement, second: Judgement, recording: Recording) -> Judgement | None:
    """A warning where the endpoint closes the connection on a request; None where it may be the network's doing.

    It is the endpoint's where both plays lost the answers to the same requests, and what was sent before and between
    them was answered.

    Args:
        first: of the play that met it first.
        second: of the play alone.
        recording: of the run.
    """
    for one in (first, second):
        if one.verdict is not Verdict.ERROR or one.kind is not Kind.NO_ANSWER or one.subject != RESET:
            return None
    if not first.evidence or first.evidence[-1] != second.evidence[-1]:
        return None
    key, step = second.evidence[-1]
    before, again = recording.before.journeys[key], recording.journeys[key]
    if _lost(before) != _lost(again):
        return None
    earlier, later = before.steps[step].exchange, again.steps[step].exchange
    moments = [exchange.started for _, _, exchange in recording.exchanges if exchange.status is not None]
    around = (0.0, earlier.started), (earlier.started, later.started)
    if not all(any(begin <= moment < end for moment in moments) for begin, end in around):
        return None
    got = f"the connection was closed on {later.method} at step {step!r}, twice; the requests around it were answered"
    return Judgement(Verdict.WARN, expected="an answer", got=got, kind=Kind.CLOSED, subject=RESET)


def _lost(played: Played) -> list[tuple[str, list[str | None]]]:
    """The steps of a play at which an answer was lost, each with what was met in place of it."""
    met = [(step.name, [exchange.error for exchange in step.exchanges]) for step in played.steps.values()]
    return [(name, errors) for name, errors in met if any(errors)]


def both(first: Judgement, second: Judgement) -> Judgement:
    """A warning that shows what each of the two plays came to."""
    got = f"{_told(first)} beside other journeys; {_told(second)} when the journey was played again alone"
    evidence = first.evidence + second.evidence
    path, subject = second.path or first.path, second.subject or first.subject
    told = Judgement(Verdict.WARN, expected=ALIKE, got=got, path=path, evidence=evidence)
    return replace(told, kind=Kind.CONCURRENCY, subject=subject)


def _alike(first: Judgement, second: Judgement) -> Judgement:
    if second.verdict not in WRONG or _words(first) == _words(second):
        return second
    other = first.got if first.expected == second.expected else _difference(first)
    got = f"{second.got} (played again alone; beside other journeys: {other})"
    return replace(second, got=got, evidence=first.evidence + second.evidence)


def _words(one: Judgement) -> str:
    return _OURS.sub("…", _difference(one))


def _told(one: Judgement) -> str:
    told = _difference(one)
    return f"{one.verdict} ({told})" if told else str(one.verdict)


def _difference(one: Judgement) -> str:
    return f"expected {one.expected}, got {one.got}" if one.expected else one.got
