"""Which check tells what blocked another one: the one that judges the step at which a journey stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field

from conformance.verdict import Verdict

TELLING = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.ERROR})
"""Verdicts that say what went wrong at a step."""

Place = tuple[str, str]
"""Key of a journey and name of a step."""

Told = tuple[tuple[int, int], str, str]
"""How closely a check looks, its dialect and its id."""


@dataclass
class Blame:
    """An index of what was judged: for each step, the checks that say what went wrong there.

    Attributes:
        answer: what was bad about the answer at a step, alike for alike requests; None where it was good.
        before: the steps before one, the nearest first.
        told: for each step its checks.
        alike: for each bad answer the checks that complain of such a one.
    """

    answer: Callable[[Place], Hashable | None] = lambda _place: None
    before: Callable[[Place], Sequence[Place]] = lambda _place: ()
    told: dict[Place, list[Told]] = field(default_factory=lambda: defaultdict(list))
    alike: dict[Hashable, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self,
        identifier: str,
        dialect: str,
        verdict: str,
        evidence: Sequence[Place],
        order: int,
        *,
        complains: Callable[[Hashable], bool] = lambda _answer: False,
    ) -> None:
        """Take note of a check that was judged.

        Args:
            identifier: as in a results file.
            dialect: it was judged in, empty for none.
            verdict: it came to.
            evidence: the steps that it looked at.
            order: its place among all checks.
            complains: whether it is about a bad answer of this kind.
        """
        if verdict in TELLING:
            for place in dict.fromkeys(evidence):
                # A check of many journeys, such as one of every body, is about something else than the step.
                closeness = (len({journey for journey, _ in evidence}), order)
                self.told[place].append((closeness, dialect, identifier))
                if (answer := self.answer(place)) is not None and complains(answer):
                    self.alike[answer].append((closeness, dialect, identifier))

    def blocker(self, place: Place, dialects: Collection[str]) -> str | None:
        """The id of the check that says most closely what went wrong at a step; None where none does.

        Where no check looks at that step, it is one that complains of the same answer to the same kind of request, and
        else one that tells what went wrong at the nearest step before.

        Args:
            place: the step.
            dialects: in which the check may have been judged.
        """
        if told := self._at(place, dialects):
            return told
        if alike := self.alike.get(self.answer(place)):
            return min(alike, key=lambda one: (one[1] not in dialects, one[0]))[2]
        return next((told for one in self.before(place) if (told := self._at(one, dialects))), None)

    def _at(self, place: Place, dialects: Collection[str]) -> str | None:
        found = [(closeness, identifier) for closeness, dialect, identifier in self.told[place] if dialect in dialects]
        return min(found)[1] if found else None
