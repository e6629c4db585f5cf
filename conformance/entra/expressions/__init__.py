"""The expression language of Entra's attribute mappings: read an expression, evaluate it for an object."""

from __future__ import annotations

from conformance.entra.expressions.parser import LONGEST, NESTING, parse
from conformance.entra.expressions.tree import Expression
from conformance.entra.expressions.values import (
    IGNORE,
    BadExpression,
    Context,
    FailedExpression,
    Ignored,
    Value,
)

__all__ = [
    "IGNORE",
    "LONGEST",
    "NESTING",
    "BadExpression",
    "Context",
    "Expression",
    "FailedExpression",
    "Ignored",
    "Value",
    "parse",
]
