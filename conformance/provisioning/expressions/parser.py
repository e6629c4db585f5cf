"""Recursive descent over the words of an expression.

Source: Microsoft Learn, "Reference for writing expressions for attribute mappings in Microsoft Entra ID", and for the
length "Known issues and resolutions with provisioning".
"""

from __future__ import annotations

from difflib import get_close_matches

from conformance.provisioning.expressions import (
    conversion,
    dates,
    generating,
    logic,
    multivalue,
    replacing,
    roles,
    text,
)
from conformance.provisioning.expressions.lexer import Token, place, tokens, unescape
from conformance.provisioning.expressions.registry import FUNCTIONS, REFUSED
from conformance.provisioning.expressions.tree import (
    Attribute,
    Call,
    Comparison,
    Constant,
    Empty,
    Expression,
    Node,
    Word,
)
from conformance.provisioning.expressions.values import BadExpression

LONGEST = 10_000
"""Characters of an expression."""

NESTING = 50
"""Calls within calls; no real mapping comes near, and Python's stack is finite."""

MOST_DIGITS = 18
"""Digits of a bare number: what 64 bits hold."""

LIBRARY = (conversion, dates, generating, logic, multivalue, replacing, roles, text)
"""The rooms whose import registers the functions."""


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        BadExpression: it is too long or nested too deeply, its syntax is wrong, a function is unknown or refused, or
            its arguments cannot be right.
    """
    if len(text) > LONGEST:
        raise BadExpression(f"The expression has {len(text)} characters; Entra allows {LONGEST}. Make it shorter.")
    if not text.strip():
        raise BadExpression("The expression is empty; write an attribute in brackets, a constant or a function.")
    return Expression(text, _Parser(text).whole())


class _Parser:
    """One reading of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        """The tree of the whole text."""
        node = self._operand()
        if self._peek().kind != "end":
            raise self._wrong(self._peek(), f"nothing may follow here, but there is {self._peek()}")
        return node

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token

    def _wrong(self, token: Token, reason: str) -> BadExpression:
        return BadExpression(f"{place(self._text, token.position)}: {reason}.")

    def _operand(self) -> Node:
        token = self._take()
        if token.kind == "word" and self._peek().text == "(":
            return self._call(token)
        return self._atom(token)

    def _atom(self, token: Token) -> Node:
        if token.kind == "string":
            return Constant(unescape(token.text))
        if token.kind == "attribute":
            return self._attribute(token)
        if token.kind in ("number", "hexadecimal"):
            return self._number(token)
        if token.kind == "word":
            boolean = {"true": True, "false": False}.get(token.text.lower())
            return Word(token.text) if boolean is None else Constant(boolean)
        raise self._wrong(token, f"an attribute, a constant or a function is needed, but there is {token}")

    def _attribute(self, token: Token) -> Attribute:
        name = token.text[1:-1].strip()
        if not name:
            raise self._wrong(token, "the brackets hold no attribute name")
        return Attribute(name)

    def _number(self, token: Token) -> Constant:
        if token.kind == "hexadecimal":
            return Constant(int(token.text.lower().removeprefix("&h"), 16))
        if len(token.text.lstrip("-")) > MOST_DIGITS:
            raise self._wrong(token, f"a number has at most {MOST_DIGITS} digits; write it as a string")
        return Constant(int(token.text))

    def _call(self, name: Token) -> Call:
        self._known(name)
        self._depth += 1
        if self._depth > NESTING:
            raise self._wrong(name, f"functions are nested more than {NESTING} deep; make the expression simpler")
        arguments = self._arguments(name)
        self._depth -= 1
        function = FUNCTIONS[name.text]
        wrong = function.miscounted(len(arguments)) or (function.check(*arguments) if function.check else None)
        if wrong:
            raise self._wrong(name, f"{wrong}; write {function.usage}")
        return Call(name.text, tuple(arguments))

    def _known(self, name: Token) -> None:
        """Refuse a function by its name."""
        if name.text in REFUSED:
            raise self._wrong(name, f"the function {name.text} cannot be used here: {REFUSED[name.text]}")
        if name.text not in FUNCTIONS:
            by_lower = {known.lower(): known for known in FUNCTIONS}
            close = get_close_matches(name.text.lower(), by_lower, n=1)
            advice = f"use {by_lower[close[0]]}; names are case-sensitive" if close else "see docs/expressions.md"
            raise self._wrong(name, f"there is no function {name.text[:60]}; {advice}")

    def _arguments(self, name: Token) -> list[Node]:
        """What stands between the parentheses; nothing at all is no argument."""
        self._take()
        if self._peek().text == ")":
            self._take()
            return []
        found = [self._argument()]
        while self._peek().text == ",":
            self._take()
            found.append(self._argument())
        if self._peek().text != ")":
            raise self._wrong(self._peek(), f"{name.text}( needs a comma or ) here, but there is {self._peek()}")
        self._take()
        return found

    def _argument(self) -> Node:
        """An operand, a comparison, or nothing."""
        if self._peek().text in (",", ")"):
            return Empty()
        left = self._operand()
        if self._peek().kind != "operator":
            return left
        return Comparison(left, self._take().text, self._operand())
