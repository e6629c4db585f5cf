"""Who reports to whom, by arithmetic on a person's number: nobody has to be made to know somebody's manager."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

TEAM = 9
"""How many people a team has, with its lead."""

PEOPLE_PER_DEPARTMENT = 8
"""A department is opened for so many people, until all departments are open."""


@dataclass(frozen=True)
class Department:
    """A department.

    Attributes:
        share: how many of its people come in each round of hiring.
        titles: job titles of its people.
    """

    name: str
    share: int
    titles: tuple[str, ...]


DEPARTMENTS = (
    Department("Engineering", 9, ("Software Engineer", "Senior Software Engineer", "Test Engineer", "Data Engineer")),
    Department("Sales", 7, ("Account Executive", "Sales Engineer", "Account Manager", "Inside Sales Representative")),
    Department("Customer Support", 6, ("Support Specialist", "Support Engineer", "Customer Success Manager")),
    Department("Operations", 5, ("Operations Analyst", "Logistics Coordinator", "Production Planner")),
    Department("Finance", 3, ("Accountant", "Financial Analyst", "Controller", "Payroll Specialist")),
    Department("Marketing", 3, ("Content Strategist", "Brand Manager", "Events Manager")),
    Department("Human Resources", 2, ("HR Business Partner", "Recruiter", "Learning Specialist")),
    Department("Information Technology", 3, ("Systems Administrator", "Network Engineer", "Service Desk Analyst")),
    Department("Research & Development", 4, ("Research Scientist", "Laboratory Technician", "Research Fellow")),
    Department("Legal", 1, ("Counsel", "Paralegal", "Compliance Officer")),
    Department("Procurement", 1, ("Buyer", "Category Manager")),
    Department("Facilities", 1, ("Facilities Coordinator", "Receptionist")),
)


class Rank(StrEnum):
    """How far somebody is from the top."""

    HEAD = "head"
    DEPARTMENT_HEAD = "department head"
    LEAD = "team lead"
    STAFF = "staff"


@dataclass(frozen=True)
class Post:
    """What somebody is in the organisation.

    Attributes:
        manager: number of the manager, always smaller than one's own; None for the head.
    """

    rank: Rank
    department: Department
    manager: int | None


@dataclass(frozen=True)
class Hierarchy:
    """The posts of an organisation: number 0 is the head, then come the department heads, then all others.

    Attributes:
        users: how many people there are.
    """

    users: int

    @cached_property
    def departments(self) -> tuple[Department, ...]:
        """The departments that are open."""
        return DEPARTMENTS[: max(1, (self.users - 1) // PEOPLE_PER_DEPARTMENT)]

    @cached_property
    def _round(self) -> list[tuple[int, int]]:
        """One round of hiring: department, and its how-manieth hire of the round; departments mixed."""
        hires = [(nth / each.share, at, nth) for at, each in enumerate(self.departments) for nth in range(each.share)]
        return [(at, nth) for _, at, nth in sorted(hires)]

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        return {hire: place for place, hire in enumerate(self._round)}

    def post(self, number: int) -> Post:
        """The post of a person, by number from 0."""
        opened = len(self.departments)
        if number == 0:
            return Post(Rank.HEAD, Department("Executive Office", 0, ()), None)
        if number <= opened:
            return Post(Rank.DEPARTMENT_HEAD, self.departments[number - 1], 0)
        turn, place = divmod(number - opened - 1, len(self._round))
        at, nth = self._round[place]
        department = self.departments[at]
        within = turn * department.share + nth
        if within % TEAM == 0:
            return Post(Rank.LEAD, department, at + 1)
        return Post(Rank.STAFF, department, self._number(at, within - within % TEAM))

    def _number(self, at: int, within: int) -> int:
        """The number of a department's how-manieth person."""
        turn, nth = divmod(within, self.departments[at].share)
        return len(self.departments) + 1 + turn * len(self._round) + self._places[at, nth]
