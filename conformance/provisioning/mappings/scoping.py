"""Scoping filters: which objects a job provisions, by their attributes (entra.md 5, "Scoping ops").

Source: Microsoft Learn, "Scoping users or groups to be provisioned with scoping filters"; the JSON is Microsoft Graph's
"filter resource type". A null or empty value makes every clause false but IS NULL, NOT REGEX MATCH among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from conformance.provisioning.expressions import BadExpression, FailedExpression
from conformance.provisioning.expressions.patterns import compiled

SETS: Final = ("groups", "inputFilterGroups", "categoryFilterGroups")
"""The three sets of groups in a filter; an object has to pass each set that is not empty."""

UNSUPPORTED: Final = {
    "approleassignments": "the assignment decides that, by the job's scope",
    "usertype": "Entra does not evaluate it there",
    "manager": "it refers to another object",
    "members": "it refers to other objects",
    "ismemberof": "Entra has no such filter",
    "accountexpires": "it is a date",
    "employeehiredate": "it is a date",
    "employeeleavedatetime": "it is a date",
    "createddatetime": "it is a date",
    "statushiredate": "it is a date",
    "proxyaddresses": "it has several values",
    "othermails": "it has several values",
    "businessphones": "it has several values",
}
"""Attributes that no scoping filter evaluates, and why (Microsoft Learn, "Known issues for provisioning" and above)."""

_INTEGER = re.compile(r"\s*\d{1,19}\s*", re.ASCII)


class BadScope(ValueError):
    """A scoping filter that Entra would not run; the text says what to change."""


@dataclass(frozen=True)
class Operator:
    """What a clause does with a value that is there.

    Attributes:
        name: as the portal shows it.
        holds: from the attribute's value and the operand's text to the clause's result.
        takes: what the operand has to be: ``nothing``, ``text``, ``integer`` or ``pattern``.
    """

    name: str
    holds: Callable[[Any, str], bool]
    takes: str = "text"


def _text(value: Any) -> str:
    """A value as .NET prints it: booleans with a capital."""
    return str(value)


def _compares(value: Any, operand: str, holds: Callable[[int, int], bool]) -> bool:
    if isinstance(value, bool) or not _INTEGER.fullmatch(_text(value)):
        return False
    return holds(int(value), int(operand))


def _matches(value: Any, operand: str) -> bool:
    # Microsoft's example ([1-9][0-9]) "matches any number between 10 and 99": it is the whole value that has to fit.
    pattern = compiled(operand)
    return pattern.regex.fullmatch(pattern.admit(_text(value))) is not None


ALL: Final = (
    Operator("&", lambda value, operand: _text(value) in operand),
    Operator("!&", lambda value, operand: _text(value) not in operand),
    Operator("ENDS_WITH", lambda value, operand: _text(value).endswith(operand)),
    Operator("EQUALS", lambda value, operand: _text(value) == operand),
    Operator("Greater_Than", lambda value, operand: _compares(value, operand, int.__gt__), "integer"),
    Operator("Greater_Than_OR_EQUALS", lambda value, operand: _compares(value, operand, int.__ge__), "integer"),
    Operator("Includes", lambda value, operand: operand in _text(value)),
    Operator("IS FALSE", lambda value, _: _text(value).casefold() == "false", "nothing"),
    Operator("IS NOT NULL", lambda _, __: True, "nothing"),
    Operator("IS NULL", lambda _, __: False, "nothing"),
    Operator("IS TRUE", lambda value, _: _text(value).casefold() == "true", "nothing"),
    Operator("NOT EQUALS", lambda value, operand: _text(value) != operand),
    Operator("NOT REGEX MATCH", lambda value, operand: not _matches(value, operand), "pattern"),
    Operator("REGEX MATCH", _matches, "pattern"),
)
"""Every operator of the portal."""


def _key(name: str) -> str:
    """An operator's name without letter case, blanks and underscores, which differ between portal and exports."""
    return re.sub(r"[\s_]+", "", name).casefold()


OPERATORS: Final = {_key(operator.name): operator for operator in ALL}


@dataclass(frozen=True)
class Clause:
    """One condition on one attribute."""

    attribute: str
    operator: Operator
    operand: str = ""

    def __str__(self) -> str:
        condition = f"{self.attribute} {self.operator.name}"
        return condition if self.operator.takes == "nothing" else f'{condition} "{self.operand}"'

    def holds(self, attributes: Mapping[str, Any]) -> bool:
        """Whether an object fulfils it; one with several values, or with one too long for the pattern, does not."""
        value = _value(attributes, self.attribute)
        if value in (None, "", [], ()):
            return self.operator.name == "IS NULL"
        if isinstance(value, (list, tuple, Mapping)):
            return False
        try:
            return self.operator.holds(value, self.operand)
        except FailedExpression:
            return False


@dataclass(frozen=True)
class Group:
    """What the portal calls a scoping filter: clauses of which all have to hold."""

    name: str
    clauses: tuple[Clause, ...]

    def admits(self, attributes: Mapping[str, Any]) -> bool:
        """Whether every clause holds."""
        return all(clause.holds(attributes) for clause in self.clauses)


@dataclass(frozen=True)
class Scope:
    """Sets of groups: within a set one group is enough, and each set that is not empty has to be passed."""

    sets: tuple[tuple[Group, ...], ...] = ()

    def admits(self, attributes: Mapping[str, Any]) -> bool:
        """Whether the object is in scope.

        Args:
            attributes: of the source object, by names in any letter case.
        """
        return all(any(group.admits(attributes) for group in groups) for groups in self.sets)

    def explain(self, attributes: Mapping[str, Any]) -> list[str]:
        """One sentence for each clause that kept an object out; none for an object in scope."""
        shut = [groups for groups in self.sets if not any(group.admits(attributes) for group in groups)]
        return [
            _sentence(group, clause, attributes)
            for groups in shut
            for group in groups
            for clause in group.clauses
            if not clause.holds(attributes)
        ]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The attributes that its clauses test, as they are spelled there."""
        return frozenset(c.attribute for groups in self.sets for group in groups for c in group.clauses)


def parse_scope(data: Any, *, multivalued: frozenset[str] = frozenset()) -> Scope:
    """Read a scoping filter as Graph exports it.

    Args:
        data: an object with ``groups`` of clauses (``sourceOperandName``, ``operatorName``, ``targetOperand.values``),
            and the same under ``inputFilterGroups`` and ``categoryFilterGroups``; None admits everybody.
        multivalued: names of source attributes with several values, in lower case.

    Raises:
        BadScope: the format, an operator, an operand or an attribute is not one that Entra takes.
    """
    if data is None:
        return Scope()
    from conformance.schemas.graph import filter_problems

    if problems := filter_problems(data):
        raise BadScope(f"The scoping filter is not in Microsoft Graph's format: {problems[0]}.")
    found = [tuple(_group(group, multivalued) for group in data.get(name) or ()) for name in SETS]
    return Scope(tuple(groups for groups in found if groups))


def _group(data: Mapping[str, Any], multivalued: frozenset[str]) -> Group:
    return Group(data.get("name") or "", tuple(_clause(clause, multivalued) for clause in data["clauses"]))


def _clause(data: Mapping[str, Any], multivalued: frozenset[str]) -> Clause:
    attribute, name = data["sourceOperandName"], data["operatorName"]
    operator = OPERATORS.get(_key(name))
    if operator is None:
        known = ", ".join(one.name for one in ALL)
        raise BadScope(f"The scoping filter's operator {name!r} on {attribute} is unknown; use one of {known}.")
    reason = UNSUPPORTED.get(attribute.casefold())
    if reason is None and attribute.casefold() in multivalued:
        reason = "it has several values"
    if reason:
        raise BadScope(f"A scoping filter cannot test {attribute} by {operator.name}: {reason}; take the clause out.")
    return Clause(attribute, operator, _operand(data, operator))


def _operand(data: Mapping[str, Any], operator: Operator) -> str:
    values: list[str] = (data.get("targetOperand") or {}).get("values") or []
    clause = f"The clause {data['sourceOperandName']} {operator.name}"
    if operator.takes == "nothing":
        return ""
    if len(values) != 1 or not values[0]:
        raise BadScope(f"{clause} has {len(values)} values in targetOperand; give one that is not empty.")
    if operator.takes == "integer" and not _INTEGER.fullmatch(values[0]):
        raise BadScope(f"{clause} compares with {values[0]!r}; give a whole number such as 0, 1 or 2.")
    if operator.takes == "pattern":
        try:
            compiled(values[0])
        except BadExpression as problem:
            raise BadScope(f"{clause} cannot be used: {problem}.") from None
    return values[0]


def _value(attributes: Mapping[str, Any], name: str) -> Any:
    if name in attributes:
        return attributes[name]
    return next((value for key, value in attributes.items() if key.casefold() == name.casefold()), None)


def _sentence(group: Group, clause: Clause, attributes: Mapping[str, Any]) -> str:
    value = _value(attributes, clause.attribute)
    got = "it is null" if value in (None, "", [], ()) else f'it is "{_text(value):.80}"'
    if isinstance(value, (list, tuple, Mapping)) and value:
        got = "it has several values"
    where = f" (scoping filter {group.name!r})" if group.name else ""
    return f"{clause} does not hold: {got}{where}."
