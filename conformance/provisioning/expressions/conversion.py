"""Functions between kinds of values: numbers, booleans, encodings."""

from __future__ import annotations

import base64

from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.values import WHOLE_NUMBER, FailedExpression, Value, as_number, as_text, shown


@function("BitAnd", "value1, value2", least=2, most=2)
def bit_and(first: Value, second: Value) -> Value:
    """The bits that both numbers have; null where one is null."""
    if first is None or second is None:
        return None
    return as_number(first, "value1") & as_number(second, "value2")


@function("CBool", "Expression", least=1, most=1)
def c_bool(value: Value) -> Value:
    """True for a number other than zero and for "True"; null and the empty string are False."""
    text = (as_text(value) or "").strip().lower()
    if text in ("true", "false", ""):
        return text == "true"
    if not WHOLE_NUMBER.fullmatch(text):
        raise FailedExpression(f"{shown(value)} is neither a boolean nor a number.")
    return int(text) != 0


@function("CStr", "value", least=1, most=1)
def c_str(value: Value) -> Value:
    """The value as a string; booleans as "True" and "False"."""
    return as_text(value)


@function("ConvertToBase64", "source", least=1, most=1, strict=True)
def to_base64(source: Value) -> Value:
    """Base 64 of the UTF-16LE bytes, as .NET's Unicode encoding has them."""
    return base64.b64encode((as_text(source) or "").encode("utf-16-le", "surrogatepass")).decode()


@function("ConvertToUTF8Hex", "source", least=1, most=1, strict=True)
def to_utf8_hex(source: Value) -> Value:
    """The UTF-8 bytes in capital hexadecimal digits."""
    return (as_text(source) or "").encode("utf-8", "surrogatepass").hex().upper()
