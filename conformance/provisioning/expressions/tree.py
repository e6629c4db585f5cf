"""An expression as a tree: what it reads, how it is written, and what it yields."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from conformance.provisioning.expressions.registry import FUNCTIONS
from conformance.provisioning.expressions.values import (
    IGNORE,
    Context,
    FailedExpression,
    Ignored,
    Value,
    as_text,
    shown,
)

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""The comparisons of a condition."""

NAMED = re.compile(r"[A-Za-z0-9]+: ")
"""A message that names its function already: that of an inner call stays as it is."""

NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")

LONGEST_VALUE = 32_768
"""Characters of a computed string; nested Replace calls could otherwise fill the memory."""


class Drop(Exception):
    """The attribute leaves the flow, from however deep in the expression."""


@dataclass(frozen=True)
class Scope:
    """What one evaluation reads.

    Attributes:
        attributes: of the source object, by name.
        context: everything else.
    """

    attributes: Mapping[str, Value]
    context: Context

    def read(self, name: str) -> Value:
        """An attribute's value; names are case-insensitive, a missing attribute is null."""
        if name in self.attributes:
            return self.attributes[name]
        wanted = name.casefold()
        return next((value for key, value in self.attributes.items() if key.casefold() == wanted), None)


@dataclass(frozen=True)
class Constant:
    """A string in quotation marks, a bare number or a bare boolean."""

    value: str | int | bool

    def evaluate(self, _: Scope) -> Value:
        """The value itself."""
        return self.value

    def __str__(self) -> str:
        if not isinstance(self.value, str):
            return str(self.value)
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    # True == 1 in Python, but not in an expression.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and (type(self.value), self.value) == (type(other.value), other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True)
class Word:
    """A bare word, such as ``vbBinaryCompare``; it stands for its own text."""

    text: str

    def evaluate(self, _: Scope) -> Value:
        """Its text."""
        return self.text

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Attribute:
    """``[name]``: an attribute of the source object."""

    name: str

    def evaluate(self, scope: Scope) -> Value:
        """Its value, or null."""
        return scope.read(self.name)

    def __str__(self) -> str:
        return f"[{self.name}]"


@dataclass(frozen=True)
class Empty:
    """An argument that is left out between two commas; it is null."""

    def evaluate(self, _: Scope) -> Value:
        """Null."""
        return None

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class Comparison:
    """Two operands with ``=``, ``<>``, ``<``, ``>``, ``<=`` or ``>=`` between them."""

    left: Node
    sign: str
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """True or False.

        Raises:
            FailedExpression: an operand is null, multi-valued or complex.
        """
        return _compare(self.left.evaluate(scope), self.sign, self.right.evaluate(scope))

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        """What the function yields.

        Raises:
            FailedExpression: the function cannot work with these values.
        """
        try:
            value = self._call(scope)
        except FailedExpression as failure:
            message = str(failure)
            raise FailedExpression(message if NAMED.match(message) else f"{self.name}: {message}") from None
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise FailedExpression(f"{self.name}: the result has {len(value)} characters; {LONGEST_VALUE} are allowed.")
        return value

    def _call(self, scope: Scope) -> Value:
        function = FUNCTIONS[self.name]
        if function.lazy:
            lazily: Value = function.handler(scope, *self.arguments)
            return lazily
        values = [argument.evaluate(scope) for argument in self.arguments]
        if function.strict and values[0] is None:
            return None
        before = [scope.context] if function.contextual else []
        eagerly: Value = function.handler(*before, *values)
        return eagerly

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"


Node: TypeAlias = Constant | Word | Attribute | Empty | Comparison | Call


@dataclass(frozen=True)
class Expression:
    """An expression that was read; two are equal where their trees are.

    Attributes:
        text: as it was written.
        tree: its meaning.
    """

    text: str = field(compare=False)
    tree: Node

    @property
    def attributes(self) -> frozenset[str]:
        """Names of all attributes it reads, as they are spelled in it."""
        return frozenset(node.name for node in walk(self.tree) if isinstance(node, Attribute))

    @property
    def redacted(self) -> bool:
        """Whether its value must stand as ``[Redact]`` in the provisioning log."""
        return any(isinstance(node, Call) and node.name == "Redact" for node in walk(self.tree))

    def evaluate(self, attributes: Mapping[str, Value], context: Context) -> Value | Ignored:
        """What it yields for an object.

        Returns:
            The value, null as None; ``IGNORE`` where ``IgnoreFlowIfNullOrEmpty`` drops the attribute.

        Raises:
            FailedExpression: it cannot be evaluated for this object.
        """
        try:
            return self.tree.evaluate(Scope(attributes, context))
        except Drop:
            return IGNORE

    def __str__(self) -> str:
        return str(self.tree)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    if isinstance(node, Call):
        below: tuple[Node, ...] = node.arguments
    elif isinstance(node, Comparison):
        below = (node.left, node.right)
    else:
        below = ()
    for child in below:
        yield from walk(child)


def _compare(left: Value, sign: str, right: Value) -> bool:
    """Numbers are put in order as numbers, all else as case-sensitive text; two strings are equal as text only."""
    first, second = as_text(left), as_text(right)
    if first is None or second is None:
        raise FailedExpression(f"A null cannot be compared ({shown(left)} {sign} {shown(right)}); use Switch.")
    numeric = bool(NUMBER.fullmatch(first) and NUMBER.fullmatch(second))
    if sign in ("=", "<>") and isinstance(left, str) and isinstance(right, str):
        numeric = False
    one, two = (Decimal(first), Decimal(second)) if numeric else (first, second)
    return bool(OPERATORS[sign](one, two))
