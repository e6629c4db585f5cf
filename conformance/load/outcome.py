"""What a load run came to, as a recording that is judged like any other: facts, and the exchanges that show them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from conformance.load import evidence as kinds
from conformance.load.figures import Figures, Tally
from conformance.load.plan import GALLERY_RATE, GALLERY_SECONDS, Plan
from conformance.recording import Played, Step
from conformance.scim.exchange import Exchange

STEPS = {
    "creates": [kinds.FOREIGN],
    kinds.ERRORS: [kinds.ERRORS],
    "throttled": [kinds.THROTTLED, kinds.BARE],
    kinds.MEMBERS: [kinds.MEMBERS],
    kinds.PEOPLE: [kinds.PEOPLE],
}
"""The journey's steps that show something wrong, and the kinds of evidence they hold."""

LATE = 0.25
"""Seconds by which this machine may be late for one request in a hundred; beyond that it is too slow itself."""


def played(outcome: Mapping[str, Any], plan: Plan) -> Played:
    """The load journey, made of what the load processes wrote.

    Args:
        outcome: as its JSON.
        plan: of the run.
    """
    figures = Figures.from_json(outcome["figures"])
    evidence = {kind: [Exchange.from_json(row) for row in rows] for kind, rows in outcome["evidence"].items()}
    samples = evidence.get(kinds.SAMPLE, [])
    journey = Played("load", crash=next((r["crash"] for r in _results(outcome) if r["crash"]), None))
    journey.ended = ended(outcome) or None
    if journey.ended:
        return journey  # what was sent until then is no measure of what was asked for
    counts = Counter(outcome["counts"])
    shown = evidence.get(kinds.SET_UP, [])
    if shown or not outcome["prepared"]:
        _note(journey, "set-up", shown, samples, {"prepared": outcome["prepared"], "wanted": plan.users})
    samples = samples or [exchange for rows in evidence.values() for exchange in rows]
    if not outcome["prepared"]:
        if counts[kinds.FOREIGN]:
            _note(journey, "creates", evidence.get(kinds.FOREIGN, []), samples, _creates(counts))
        journey.stopped_at = "set-up"
        return journey
    facts = _found(outcome)
    facts |= {"throttled": counts[kinds.THROTTLED] + counts[kinds.BARE], "bare": counts[kinds.BARE]}
    facts |= {"slow": counts[kinds.SLOW], "errors": _errors(figures), **_creates(counts)}
    facts |= {"reasons": _reasons(outcome)}
    _note(journey, "traffic", [], samples, _traffic(figures, plan, outcome))
    for step, sources in STEPS.items():
        _note(journey, step, [e for kind in sources for e in evidence.get(kind, [])], samples, facts)
    return journey


def ended(outcome: Mapping[str, Any]) -> str:
    """Why nothing more could come of the run: the credentials ran out. Empty where they did not."""
    return next((str(result["ended"]) for result in _results(outcome) if result.get("ended")), "")


def _note(journey: Played, name: str, wrong: list[Exchange], samples: list[Exchange], facts: dict[str, Any]) -> None:
    """Note a step by what is wrong in it; where nothing is, or no answer came, by what went well."""
    answered = [exchange for exchange in wrong if exchange.status is not None]
    # A check looks at the last exchange: one without an answer would say that nothing could be judged.
    exchanges = [exchange for exchange in wrong if exchange.status is None] + (answered or samples)
    if exchanges:
        journey.steps[name] = Step(name, exchanges, facts)


def _creates(counts: Mapping[str, int]) -> dict[str, int]:
    """How many creates were answered by 2xx, and how many of those answers do not show what was to be created."""
    return {"created": counts[kinds.CREATED], "foreign": counts[kinds.FOREIGN]}


def _results(outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [hand["result"] for hand in outcome["hands"] if hand["result"] is not None]


def _found(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What all workers found afterwards, put together."""
    total: dict[str, Any] = {}
    for result in _results(outcome):
        for name, value in result["found"].items():
            total[name] = total[name] + value if name in total else value
    return {name: value[:20] if isinstance(value, list) else value for name, value in total.items()}


def _errors(figures: Figures) -> dict[str, Any]:
    """Requests that were answered neither by 2xx nor by 429, by status or kind of error."""
    statuses = figures.total.statuses
    return {status: count for status, count in statuses.items() if not status.startswith("2") and status != "429"}


def _reasons(outcome: Mapping[str, Any]) -> list[list[Any]]:
    """Why requests failed: operation, status, first line of the answer and how often, the most frequent first."""
    counts: Mapping[str, int] = outcome["reasons"]
    return [[*json.loads(key), number] for key, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def _traffic(figures: Figures, plan: Plan, outcome: Mapping[str, Any]) -> dict[str, Any]:
    stages = figures.stages
    flat = [(stages.get(n, Tally()), stage) for n, stage in enumerate(plan.stages) if stage.rate is None]
    return {
        "steps": steps(figures, plan),
        "operations": operations(figures, plan.seconds),
        "growth": growth(figures, plan),
        "late": figures.late(0.99),
        "too_late": figures.late(0.99) > LATE,
        "lost": [hand["name"] for hand in outcome["hands"] if hand["lost"]],
        "flat": [tally.timely / stage.seconds for tally, stage in flat],
        "at_rate": at_rate(figures, plan),
    }


def at_rate(figures: Figures, plan: Plan) -> float:
    """For how many seconds the gallery's rate, or more, was asked for, or came of going as fast as it goes."""
    seconds = 0.0
    for number, stage in enumerate(plan.stages):
        reached = figures.stages.get(number, Tally()).timely / stage.seconds if stage.rate is None else stage.rate
        seconds += stage.seconds if reached >= GALLERY_RATE else 0.0
    return seconds


def shortfall(outcome: Mapping[str, Any], plan: Plan) -> str:
    """What a run asked too little of to say anything of the gallery's rate, in one sentence; empty where it did not."""
    if at_rate(Figures.from_json(outcome["figures"]), plan) >= GALLERY_SECONDS:
        return ""
    return f"{GALLERY_RATE:g} requests a second were not asked for, for {GALLERY_SECONDS:g} seconds"


def steps(figures: Figures, plan: Plan) -> list[dict[str, Any]]:
    """The steps of the ramp: what was wanted, what was due and what came of it; seconds, requests a second."""
    rows, stages = [], figures.stages
    for number, stage in enumerate(plan.stages):
        tally = stages.get(number, Tally())
        if stage.rate is not None:
            rows.append({
                "rate_wanted": stage.rate,
                "rate": round(tally.timely / stage.seconds, 2),
                "seconds": stage.seconds,
                "due": figures.due[number],
                "timely": tally.timely,
                "unsent": figures.unsent[number],
                **tally.percentiles(),
                "errors": tally.errors,
            })  # fmt: skip
    return rows


def operations(figures: Figures, seconds: float) -> list[dict[str, Any]]:
    """Each operation's counts, rate and latencies in seconds."""
    return [
        {
            "name": name,
            "requests": tally.requests,
            "errors": tally.errors,
            "statuses": dict(tally.statuses),
            "rate": round(tally.requests / seconds, 2),
            **tally.percentiles(),
        }
        for name, tally in sorted(figures.operations.items())
    ]


def growth(figures: Figures, plan: Plan) -> list[float]:
    """Median seconds to answer in the first and in the last third of a run at one constant rate; else nothing."""
    if len(plan.stages) > 1 or plan.stages[0].rate is None:
        return []
    third = plan.seconds / 3
    first, last = Tally(), Tally()
    for second, tally in figures.seconds.items():
        if second < third:
            first.merge(tally)
        if 2 * third <= second:
            last.merge(tally)
    return [first.percentile(0.5), last.percentile(0.5)]


def summary(outcome: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """The member ``load`` of ``results.json``; seconds, requests a second."""
    figures = Figures.from_json(outcome["figures"])
    total, seconds = figures.total, plan.seconds
    due = [stage.rate * stage.seconds for stage in plan.stages if stage.rate is not None]
    return {
        "title": f"{'An initial' if plan.mix == 'initial' else 'An incremental'} cycle of {_dialects(plan)}",
        # Of a ramp it is the mean, as the rate is that was reached; the steps say the rest.
        "rate_wanted": round(sum(due) / seconds, 2) if len(due) == len(plan.stages) else None,
        "rate": round(total.timely / seconds, 2),
        "seconds": round(seconds, 3),
        "requests": total.requests,
        "errors": total.errors,
        "concurrency": plan.connections,
        "operations": operations(figures, seconds),
        "series": figures.series(plan.grain),
        "steps": [
            {key: row[key] for key in ("rate_wanted", "rate", "p50", "p95", "p99", "errors")}
            for row in steps(figures, plan)
        ],
        "workers": [{key: hand[key] for key in ("name", "requests", "lost")} for hand in outcome["hands"]],
    }


def _dialects(plan: Plan) -> str:
    return f"the {plan.dialects[0]} dialect" if len(plan.dialects) == 1 else "both dialects"
