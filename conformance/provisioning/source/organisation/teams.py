"""The groups of a made-up organisation: one for each department, and many whose sizes have a long tail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from conformance.idp.entra.people import made_up_id
from conformance.provisioning.source.directory import GROUP, Assignment, SourceObject
from conformance.provisioning.source.organisation.staff import EDITOR, Staff

SMALLEST = 2
TAIL = 0.8
"""Exponent of the sizes' Pareto distribution: most groups have 2 to 10 members, one in a hundred has hundreds."""

NEST = 12
"""One group in so many has another group as a member."""

KINDS = ("Project", "Committee", "Licence", "Distribution List", "Site", "Guild")
WORDS = ("Falcon", "Aurora", "Granite", "Meridian", "Cobalt", "Willow", "Summit", "Harbour", "Juniper", "Quartz")


@dataclass(frozen=True)
class Teams:
    """The groups of an organisation.

    Attributes:
        staff: whom they are made of.
        groups: how many.
    """

    staff: Staff
    groups: int

    @cached_property
    def _departments(self) -> int:
        """How many groups stand for a department: the first ones, and never more than half."""
        return min(len(self.staff.hierarchy.departments), self.groups // 2)

    def object_id(self, number: int) -> str:
        """The object id of a group: of one run only, so that two at once do not meet."""
        return made_up_id(self.staff.prefix, f"organisation/{self.staff.seed}/group/{number}")

    def group(self, number: int) -> SourceObject:
        """A group, by number from 0."""
        dice = random.Random(f"{self.staff.seed}/group/{number}")  # noqa: S311 - reproducible, not secret
        name, description, numbers = self._sort(number, dice)
        people = tuple(self.staff.object_id(each) for each in numbers if not self.staff.is_deleted(each))
        return SourceObject(
            kind=GROUP,
            id=self.object_id(number),
            attributes={
                "displayName": f"{self.staff.prefix}-{name}",
                "description": description,
                "mailNickname": f"{self.staff.prefix}-{name.lower().replace(' ', '-').replace('&', 'and')}",
                "objectId": self.object_id(number),
                "securityEnabled": True,
            },
            members=people + self._nested(number),
            assignments=self._assignments(number, dice.random()),
        )

    def _sort(self, number: int, dice: random.Random) -> tuple[str, str, Iterator[int]]:
        """Name, description and the members' numbers."""
        if number < self._departments:
            name = self.staff.hierarchy.departments[number].name
            return name, f"Everybody in {name}", self._department(number)
        if number == self._departments and self.groups > 1:
            return "Everybody", "All people of the organisation", iter(range(self.staff.users))
        size = min(self.staff.users, int(SMALLEST * dice.random() ** (-1 / TAIL)))
        kind, word = dice.choice(KINDS), dice.choice(WORDS)
        return f"{kind} {word} {number}", f"{kind} group", iter(dice.sample(range(self.staff.users), size))

    def _department(self, number: int) -> Iterator[int]:
        hierarchy = self.staff.hierarchy
        wanted = hierarchy.departments[number]
        return (each for each in range(self.staff.users) if hierarchy.post(each).department is wanted)

    def _nested(self, number: int) -> tuple[str, ...]:
        """One group in twelve, and the last one, holds the first group."""
        nests = number > self._departments and (number % NEST == 0 or number == self.groups - 1)
        return (self.object_id(0),) if nests else ()

    def _assignments(self, number: int, chance: float) -> tuple[Assignment, ...]:
        """Most department groups use the application, and a third of the others; few by the role Editor."""
        share = 3 / 4 if number < self._departments else 1 / 3
        if chance > share and number > 0:
            return ()
        return (EDITOR,) if chance < 1 / 10 else (Assignment(),)
