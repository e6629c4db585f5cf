"""Replace, whose arguments say which of five things it does."""

from __future__ import annotations

import re

from conformance.provisioning.expressions.patterns import Pattern, compiled, expanded
from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.tree import Constant, Empty, Node, Scope
from conformance.provisioning.expressions.values import (
    BadExpression,
    FailedExpression,
    Value,
    as_text,
    is_empty,
    text_or_empty,
)

PARAMETERS = (
    "source",
    "oldValue",
    "regexPattern",
    "regexGroupName",
    "replacementValue",
    "replacementAttributeName",
    "template",
)

MODES = {
    frozenset({"oldValue", "replacementValue"}),
    frozenset({"oldValue", "template"}),
    frozenset({"regexPattern", "replacementValue"}),
    frozenset({"regexPattern", "regexGroupName", "replacementValue"}),
    frozenset({"regexPattern", "regexGroupName", "replacementAttributeName"}),
}
"""The combinations that Microsoft's reference describes."""


def _given(arguments: tuple[Node, ...]) -> dict[str, Node]:
    """The arguments behind the source that say something, by parameter; ``""`` is one for replacementValue only."""
    named = dict(zip(PARAMETERS[1:], arguments[1:], strict=False))
    return {
        name: node
        for name, node in named.items()
        if not isinstance(node, Empty) and (name == "replacementValue" or node != Constant(""))
    }


def _senseless(*arguments: Node) -> str | None:
    """What is wrong with the arguments as they stand."""
    given = _given(arguments)
    if frozenset(given) not in MODES:
        return f"Replace does nothing with the combination of {', '.join(given) or 'no arguments'}"
    pattern, group = given.get("regexPattern"), given.get("regexGroupName")
    if not isinstance(pattern, Constant):
        return None
    try:
        regex = compiled(str(pattern.value)).regex
    except BadExpression as error:
        return str(error)
    if isinstance(group, Constant) and str(group.value) not in regex.groupindex:
        return f"the pattern has no group named {group}"
    return None


@function("Replace", ", ".join(PARAMETERS), least=5, most=7, lazy=True, check=_senseless)
def replace(scope: Scope, *arguments: Node) -> Value:
    """The source with something replaced, or built into something.

    Raises:
        FailedExpression: oldValue is empty for this object, or the pattern cannot be used or takes too long.
    """
    source = as_text(arguments[0].evaluate(scope))
    given = {name: node.evaluate(scope) for name, node in _given(arguments).items()}
    if "replacementAttributeName" in given:
        return _fallback(source, given)
    if source is None:
        return None
    if "regexPattern" in given:
        return _by_pattern(source, given)
    old = text_or_empty(given["oldValue"])
    if not old:
        raise FailedExpression("oldValue is empty for this object; nothing can be searched.")
    if "template" in given:
        return text_or_empty(given["template"]).replace(old, source)
    return source.replace(old, text_or_empty(given["replacementValue"]))


def _pattern(given: dict[str, Value]) -> Pattern:
    try:
        return compiled(text_or_empty(given["regexPattern"]))
    except BadExpression as error:
        raise FailedExpression(f"regexPattern cannot be used: {error}.") from None


def _fallback(source: str | None, given: dict[str, Value]) -> Value:
    """The source, or else what a group finds in the other attribute; null where it finds nothing."""
    other = as_text(given["replacementAttributeName"])
    if not is_empty(source) or other is None:
        return source
    pattern = _pattern(given)
    match = pattern.regex.search(pattern.admit(other))
    return match[_group(given, pattern)] if match else None


def _by_pattern(source: str, given: dict[str, Value]) -> str:
    """Every match, or the named group of every match, replaced."""
    pattern, new = _pattern(given), text_or_empty(given["replacementValue"])
    text = pattern.admit(source)
    if "regexGroupName" not in given:
        return pattern.regex.sub(lambda match: expanded(new, match), text)
    group = _group(given, pattern)
    return pattern.regex.sub(lambda match: _within(match, group, new), text)


def _group(given: dict[str, Value], pattern: Pattern) -> str:
    name = text_or_empty(given["regexGroupName"])
    if name not in pattern.regex.groupindex:
        raise FailedExpression(f"The pattern has no group named “{name}”.")
    return name


def _within(match: re.Match[str], group: str, new: str) -> str:
    """A match with one of its groups replaced."""
    start, end = match.span(group)
    if start < 0:
        return match[0]
    whole = match.string
    return whole[match.start() : start] + new + whole[end : match.end()]
