"""The words of an expression, each with its position."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.provisioning.expressions.values import BadExpression

TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<attribute>\[[^\[\]]*\])
    | (?P<hexadecimal>&[hH][0-9A-Fa-f]{1,15}(?!\w))
    | (?P<number>-?[0-9]+(?![\w.]))
    | (?P<word>[A-Za-z_][A-Za-z0-9_.]*|-?[0-9][0-9A-Za-z_.]*)
    | (?P<operator><>|<=|>=|=|<|>)
    | (?P<punctuation>[(),])
    """,
    re.VERBOSE | re.DOTALL,
)

UNFINISHED = {
    '"': 'the string that begins here has no closing quotation mark (inside a string, write \\" for a quotation mark)',
    "[": "the attribute name that begins here has no closing bracket",
    "]": "a closing bracket without an opening one",
    **dict.fromkeys("“”„«»", 'typographic quotation marks; write " instead'),
    "'": 'strings stand in double quotation marks; write " instead',
    "+": "there are no arithmetic operators or signs; join strings with Append or Join",
    "&": "there are no operators between strings; join strings with Append or Join",
}
"""What to say about a character where no word begins."""


@dataclass(frozen=True)
class Token:
    """One word.

    Attributes:
        kind: name of the group in ``TOKEN``, or ``end``.
        text: as written.
        position: of the first character, from 1.
    """

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return f"“{self.text}”" if self.kind != "end" else "the end of the expression"


def tokens(text: str) -> list[Token]:
    """All words of a text, without white space, then one of kind ``end``.

    Raises:
        BadExpression: a character belongs to no word.
    """
    found = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            reason = UNFINISHED.get(text[position], f"the character {text[position]!r} means nothing here")
            raise BadExpression(f"{place(text, position + 1)}: {reason}.")
        if match.lastgroup not in (None, "space"):
            found.append(Token(str(match.lastgroup), match.group(), position + 1))
        position = match.end()
    return [*found, Token("end", "", len(text) + 1)]


def place(text: str, position: int) -> str:
    """Where something is wrong: the position, and what stands there."""
    rest = " ".join(text[position - 1 : position + 29].split())
    where = f"(“{rest}”)" if rest else "(its end)"
    return f"The expression cannot be read at position {position} {where}"


def unescape(literal: str) -> str:
    r"""The content of a string constant: ``\"`` and ``\\`` are unescaped, any other backslash stays."""
    return re.sub(r'\\(["\\])', r"\1", literal[1:-1])
