"""Regular expressions that an admin wrote: from .NET's notation to Python's, and only those that end soon.

Python's engine goes back and tries again, so some patterns take for ever. Two guards keep a run going: a pattern that
repeats what itself varies is refused when it is read, and for the others the number of steps is bounded by the
pattern's repetitions and the length of the text.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from math import comb

from conformance.provisioning.expressions.values import BadExpression, FailedExpression

LONGEST_PATTERN = 500
"""Characters of a pattern."""

LONGEST_TEXT = 1024
"""Characters of a text that a pattern is applied to."""

MOST_STEPS = 100_000_000
"""What the engine does in a second or two."""

PIECE = re.compile(
    r"""
      (?P<escape>\\k<\w+>|\\.)
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<open>\((?:\?(?:P?<\w+>|'\w+'|P[=>]\w+|<[=!]|[=!>:]|[a-zA-Z-]+:?))?)
    | (?P<close>\))
    | (?P<branch>\|)
    | (?P<quantifier>(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\}|\{,[0-9]+\})[?+]?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

COMMENTS = re.compile(r"\(\?(?:#|[a-wyzA-Z-]*x)")
"""What could hide parentheses from the guard."""

BOUNDS = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")


@dataclass(frozen=True)
class Pattern:
    """A pattern that can be applied.

    Attributes:
        regex: in Python's notation.
        loops: repetitions without an upper bound.
        factor: product of all other choices.
    """

    regex: re.Pattern[str]
    loops: int
    factor: int

    def admit(self, text: str) -> str:
        """The text, if the pattern is done with it soon.

        Raises:
            FailedExpression: it is too long for this pattern.
        """
        steps = comb(len(text) + self.loops + 1, self.loops + 1) * self.factor
        if len(text) > LONGEST_TEXT or steps > MOST_STEPS:
            raise FailedExpression(
                f"The value has {len(text)} characters, too many for a pattern with {self.loops} repetitions; "
                "make the pattern simpler."
            )
        return text


@dataclass
class _Group:
    """What is known of a group while its pieces are read."""

    varies: bool = False
    branches: bool = False


@dataclass
class _Reader:
    """One reading of a pattern's pieces; ``atom`` is the group that was closed last, if it was the last piece."""

    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    atom: _Group | None = None
    loops: int = 0
    factor: int = 1

    def piece(self, kind: str, text: str) -> None:
        """Take in one piece."""
        atom, self.atom = self.atom, None
        if kind == "open":
            self.groups.append(_Group())
        elif kind == "close" and len(self.groups) > 1:
            self.atom = self.groups.pop()
            self.groups[-1].varies |= self.atom.varies or self.atom.branches
        elif kind == "branch":
            self.groups[-1].branches = True
            self.factor *= 2
        elif kind == "quantifier":
            self._repeat(text, atom)

    def _repeat(self, text: str, atom: _Group | None) -> None:
        least, most = _bounds(text)
        if atom and (atom.varies or atom.branches) and most != 1:
            raise BadExpression(
                "the pattern repeats a group that itself repeats or chooses, which can take for ever; "
                "use a set such as [ab]+ instead of (a|b)+, and no (a+)+"
            )
        if most is None:
            self.loops += 1
        self.factor *= max(least if most is None else most, 1) if most != 1 or least else 2
        self.groups[-1].varies |= least != most


def _bounds(quantifier: str) -> tuple[int, int | None]:
    """How often at least and at most."""
    simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    match = BOUNDS.match(quantifier)
    if match is None:
        return simple[quantifier[0]]
    least, comma, most = match.groups()
    if not comma:
        return int(least), int(least)
    return int(least or 0), int(most) if most else None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """Read a pattern in .NET's notation.

    Raises:
        BadExpression: it is too long, cannot be read, or could take for ever; the message is a part of a sentence.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise BadExpression(f"the pattern has {len(pattern)} characters, but {LONGEST_PATTERN} are allowed")
    if COMMENTS.search(pattern):
        raise BadExpression("the pattern has comments or the option x; write it without")
    reader = _Reader()
    for match in PIECE.finditer(pattern):
        reader.piece(str(match.lastgroup), match.group())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            regex = re.compile(_translated(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise BadExpression(f"the pattern {pattern!r} cannot be read ({error})") from None
    return Pattern(regex, reader.loops, reader.factor)


def _translated(pattern: str) -> str:
    """Named groups and references to them as Python writes them."""
    pieces = []
    for match in PIECE.finditer(pattern):
        text = match.group()
        if match.lastgroup == "open":
            text = re.sub(r"^\(\?(?:<(\w+)>|'(\w+)')$", lambda name: f"(?P<{name[1] or name[2]}>", text)
        elif match.lastgroup == "escape":
            text = re.sub(r"^\\k<(\w+)>$", r"(?P=\1)", text)
        pieces.append(text)
    return "".join(pieces)


def expanded(template: str, match: re.Match[str]) -> str:
    """A replacement in .NET's notation with the groups of a match: ``${name}``, ``$1``, ``$&``, ``$$``.

    A group that does not exist stays as it is written, as in .NET.
    """

    def fill(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name in ("$", "&"):
            return "$" if name == "$" else match[0]
        key: int | str = int(name) if name.isdecimal() else name
        try:
            return match[key] or ""
        except IndexError:
            return reference[0]

    return re.sub(r"\$(?:\{(\w{1,40})\}|([0-9]{1,3}|[$&]))", fill, template)
