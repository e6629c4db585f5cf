"""The expression language of Entra's attribute mappings: read an expression, evaluate it for an object."""

from __future__ import annotations

from conformance.provisioning.expressions.parser import LONGEST, NESTING, parse
from conformance.provisioning.expressions.tree import Expression
from conformance.provisioning.expressions.values import (
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
