"""What was not answered: such a check neither passes nor holds its failure against the endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.judge.steps import Steps, is_unreadable, unreadable
from conformance.scim import guard
from conformance.scim.exchange import ENDED, NEVER_SENT
from conformance.verdict import NoAnswer, Unplayed


def answered(views: Mapping[str, Steps]) -> None:
    """A check that only looks over what is there must not pass where nothing is.

    Raises:
        NoAnswer: no step of any of its journeys was answered, or the run ended before all were played.
        Unreadable: none was answered with what can be read.
    """
    not_ended(view for view in views.values() if view.looked_over)
    met = [(e, view) for view in views.values() for step in view.played.steps.values() for e in step.exchanges]
    if any(exchange.status for exchange, _ in met):
        return
    for exchange, view in met:
        if is_unreadable(exchange, view.prefix):
            raise unreadable(exchange)
    not_ended(views.values())
    raise NoAnswer("no request of its journeys was answered", next((e.error for e, _ in met if e.error), None))


def not_ended(views: Iterable[Steps]) -> None:
    """What these journeys lack, they lack because of the endpoint.

    Raises:
        NoAnswer: the run was at its end before one of them was.
    """
    for view in views:
        if view.played.ended is not None:
            raise NoAnswer(view.played.ended)


def excuse(views: Mapping[str, Steps], evidence: list[list[str]]) -> None:
    """Hold a failure not against the endpoint, or not again, where something that it builds on was not answered.

    Nobody knows whether a lost write took effect, so that whatever is read afterwards proves nothing; a lost read
    leaves open what it would have shown. Where the answer to a write came and cannot be read, the check that judges
    that one fails, and blocks the others.

    Raises:
        NoAnswer: the network failed at a step that this check looks at.
        Unplayed: another check judges the step.
    """
    for view in views.values():
        looked = {step for key, step in evidence if key == view.played.key}
        names = list(view.played.steps)
        last = max((names.index(step) for step in looked if step in names), default=-1)
        for name in names[: last + 1]:
            for exchange in view.played.steps[name].exchanges:
                if not exchange.error or (exchange.method in guard.SAFE_METHODS and name not in looked):
                    continue
                told = f"{exchange.method} at step {name!r}, on which this builds: {exchange.error_detail}"
                # Whoever judges that step tells of it: one lost answer is one thing that went wrong. What the run's end
                # took with it has a sentence of its own.
                if name not in looked and exchange.error not in NEVER_SENT | ENDED:
                    raise Unplayed(view.played.key, name, told)
                if not is_unreadable(exchange, view.prefix):
                    raise NoAnswer(told, exchange.error)
