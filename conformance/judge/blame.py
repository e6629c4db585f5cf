"""Which check tells what blocked another one: the one that judges the step at which a journey stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from conformance.verdict import Verdict

TELLING = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.ERROR})
"""Verdicts that say what went wrong at a step."""

Place = tuple[str, str]
"""Key of a journey and name of a step."""


@dataclass
class Blame:
    """An index of what was judged: for each step, the checks that say what went wrong there.

    Attributes:
        told: for each step its checks, each as how closely it looks, its dialect and its id.
    """

    told: dict[Place, list[tuple[tuple[int, int], str, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, identifier: str, dialect: str, verdict: str, evidence: Sequence[Place], order: int) -> None:
        """Take note of a check that was judged.

        Args:
            identifier: as in a results file.
            dialect: it was judged in, empty for none.
            verdict: it came to.
            evidence: the steps that it looked at.
            order: its place among all checks.
        """
        if verdict in TELLING:
            for place in dict.fromkeys(evidence):
                # A check of many journeys, such as one of every body, is about something else than the step.
                closeness = (len({journey for journey, _ in evidence}), order)
                self.told[place].append((closeness, dialect, identifier))

    def blocker(self, place: Place, dialects: Collection[str]) -> str | None:
        """The id of the check that says most closely what went wrong at a step; None where none does.

        Args:
            place: the step.
            dialects: in which the check may have been judged.
        """
        found = [(closeness, identifier) for closeness, dialect, identifier in self.told[place] if dialect in dialects]
        return min(found)[1] if found else None
