"""Functions that decide: conditions, nulls and choices."""

from __future__ import annotations

from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.tree import Attribute, Call, Comparison, Drop, Node, Scope
from conformance.provisioning.expressions.values import FailedExpression, Value, as_text, is_empty, text_or_empty

TAKES_NULLS = ("Coalesce", "Switch")
"""Below these, a null in a condition is provided for."""


@function("IsNull", "Expression", least=1, most=1)
def is_null(value: Value) -> Value:
    """Whether the attribute is absent."""
    return value is None


@function("IsNullOrEmpty", "Expression", least=1, most=1)
def is_null_or_empty(value: Value) -> Value:
    """Whether the attribute is absent or empty."""
    return is_empty(value)


@function("IsPresent", "Expression", least=1, most=1)
def is_present(value: Value) -> Value:
    """The opposite of IsNullOrEmpty."""
    return not is_empty(value)


@function("IsString", "Expression", least=1, most=1)
def is_string(value: Value) -> Value:
    """Whether it is a string; null is none."""
    return isinstance(value, str)


@function("Not", "source", least=1, most=1)
def negate(source: Value) -> Value:
    """False for "True", True for anything else, null too."""
    return text_or_empty(source).strip().lower() != "true"


@function("Coalesce", "source1, source2, …, defaultValue", least=1, most=None, lazy=True)
def coalesce(scope: Scope, *sources: Node) -> Value:
    """The first value that is not null; the empty string is a value."""
    values = (source.evaluate(scope) for source in sources)
    return next((value for value in values if value is not None), None)


@function("IgnoreFlowIfNullOrEmpty", "expression", least=1, most=1)
def ignore_flow(value: Value) -> Value:
    """The value, or the end of the whole evaluation where there is none."""
    if is_empty(value):
        raise Drop
    return value


@function("IIF", "condition, valueIfTrue, valueIfFalse", least=3, most=3, lazy=True)
def iif(scope: Scope, condition: Node, if_true: Node, if_false: Node) -> Value:
    """One of two values.

    Raises:
        FailedExpression: an attribute of the condition is null or empty (Microsoft's known limitation), or the
            condition is neither true nor false.
    """
    starved = _starved(scope, condition)
    if starved:
        raise FailedExpression(
            f'The condition fails, because [{starved}] is null or empty; use Switch with the key "" instead.'
        )
    answer = (as_text(condition.evaluate(scope)) or "").lower()
    if answer not in ("true", "false"):
        raise FailedExpression(f"The condition {condition} is neither true nor false.")
    return (if_true if answer == "true" else if_false).evaluate(scope)


def _starved(scope: Scope, node: Node) -> str | None:
    """Name of an attribute that a condition reads and that is null or empty, or None."""
    if isinstance(node, Attribute):
        return node.name if is_empty(node.evaluate(scope)) else None
    if isinstance(node, Comparison):
        below: tuple[Node, ...] = (node.left, node.right)
    else:
        below = node.arguments if isinstance(node, Call) and node.name not in TAKES_NULLS else ()
    return next((name for child in below if (name := _starved(scope, child))), None)


def _unpaired(*arguments: Node) -> str | None:
    """What is wrong with the keys and values of a Switch."""
    if len(arguments) % 2 == 0:
        return None
    return f"Switch takes an even number of arguments, a value after each key, but {len(arguments)} are given"


@function(
    "Switch",
    "source, defaultValue, key1, value1, key2, value2, …",
    least=4,
    most=None,
    lazy=True,
    check=_unpaired,
)
def switch(scope: Scope, source: Node, default: Node, *pairs: Node) -> Value:
    """The value behind the first key that equals the source, compared as case-sensitive text; null equals ``""``."""
    wanted = text_or_empty(source.evaluate(scope))
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if text_or_empty(key.evaluate(scope)) == wanted:
            return value.evaluate(scope)
    return default.evaluate(scope)
