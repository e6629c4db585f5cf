"""Functions for multi-valued attributes."""

from __future__ import annotations

from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.values import (
    FailedExpression,
    Value,
    as_list,
    as_number,
    as_text,
    is_empty,
    text_or_empty,
)


@function("Count", "attribute", least=1, most=1)
def count(attribute: Value) -> Value:
    """How many values there are; null has none."""
    return len(as_list(attribute))


@function("Item", "attribute, index", least=2, most=2)
def item(attribute: Value, index: Value) -> Value:
    """The value at an index from 1; null behind the last.

    Raises:
        FailedExpression: the index is lower than 1 or no number.
    """
    values, position = as_list(attribute), as_number(index, "index")
    if position < 1:
        raise FailedExpression(f"index begins with 1, but it is {position}.")
    return values[position - 1] if position <= len(values) else None


@function("RemoveDuplicates", "attribute", least=1, most=1, strict=True)
def remove_duplicates(attribute: Value) -> Value:
    """Each value once, in the order of first appearance; case counts."""
    unique: list[Value] = []
    for value in as_list(attribute):
        if value not in unique:
            unique.append(value)
    return unique


@function("Split", "source, delimiter", least=2, most=2, strict=True)
def split(source: Value, delimiter: Value) -> Value:
    """The parts between the delimiters, without white space around them, as Microsoft's example has it."""
    by, text = text_or_empty(delimiter), text_or_empty(source)
    parts = text.split(by) if by else [text]
    return [part.strip() for part in parts]


@function("Join", "separator, source1, source2, …", least=2, most=None)
def join(separator: Value, *sources: Value) -> Value:
    """All values with the separator between them; nulls and empty strings are left out; null where none is left."""
    values = [as_text(value) or "" for source in sources for value in as_list(source) if not is_empty(value)]
    return text_or_empty(separator).join(values) if values else None
