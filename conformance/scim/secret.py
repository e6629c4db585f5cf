"""Secrets that cannot be printed by accident, and the scrubber that keeps them out of every text."""

from __future__ import annotations

import base64
import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.entities import html5
from types import MappingProxyType

from conformance.scim.pieces import RUN, Pieces

SHORTEST = 4
"""Characters of a secret that is looked for; so many of base64 are too few to be told from ordinary text."""

HIDDEN = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}hidden\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


class Secret:
    """A value that shows itself only when asked by name.

    Its repr, str and format are all the same mask, so that it survives a traceback with ``--showlocals``.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself; call this only where it is put on the wire."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __getstate__(self) -> object:
        raise TypeError("a secret is never pickled")


class Crash(RuntimeError):
    """A fault of the suite's own where secrets are at hand; the message is its traceback without them."""


@dataclass
class Scrubber:
    """Replaces every known secret, in every spelling, by a mask, and of a long one every piece of some length.

    Attributes:
        public: texts that are no secret, though a part of a secret may be the same.
    """

    public: tuple[str, ...] = ()
    _patterns: dict[str, list[re.Pattern[str]]] = field(default_factory=dict, repr=False)
    _known: tuple[dict[str, list[re.Pattern[str]]], Pieces] | None = field(default=None, repr=False)

    def add(self, secret: Secret | None) -> None:
        """Learn a secret; one shorter than four characters would mask ordinary text and is left alone."""
        if secret is None or len(secret.reveal()) < SHORTEST:
            return
        learned = self._patterns | {secret.reveal(): _patterns(secret.reveal())}
        # The longest first: what is part of another, such as a password, would leave the rest of that.
        self._patterns = dict(sorted(learned.items(), key=lambda item: len(item[0]), reverse=True))

    def __call__(self, text: str) -> str:
        """Return the text with each known secret replaced."""
        for pattern in (pattern for patterns in self._patterns.values() for pattern in patterns):
            text = pattern.sub(HIDDEN, text)
        return self._pieces.hide(text, HIDDEN)

    @property
    def _pieces(self) -> Pieces:
        """What finds pieces of the secrets that are known now; made where it is first needed, as it takes a while."""
        patterns, known = self._patterns, self._known
        if known is None or known[0] is not patterns:
            self._known = known = (patterns, Pieces([one for one in patterns if len(one) >= RUN], self.public))
        return known[1]

    def crash(self, problem: Exception) -> Crash:
        """What to raise ``from None`` in place of a fault whose message or frames may hold a secret.

        Tracebacks with ``--showlocals`` show the local variables of each frame between here and there.
        """
        return Crash(self("".join(traceback.format_exception(problem, limit=-4))))


def _patterns(secret: str) -> list[re.Pattern[str]]:
    """What finds a secret as it is, in base64 and in hexadecimal digits, each also escaped or URL-encoded."""
    raw = secret.encode("utf-8", "surrogatepass")
    return [re.compile(_spelled(secret)), *_in_base64(raw), re.compile(raw.hex(), re.IGNORECASE)]


def _in_base64(raw: bytes) -> Iterator[re.Pattern[str]]:
    """A pattern for each place that the secret can have in the groups of three bytes of what is encoded."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # The characters at both ends also hold bits of what stands beside the secret.
        whole = encoded[(0, 2, 3)[before] : len(encoded) - bool((before + len(raw)) % 3)]
        if len(whole) > SHORTEST:
            yield re.compile(_spelled(whole, {"+": "-", "/": "_"}) + "[A-Za-z0-9+/_-]?={0,2}")


def _spelled(text: str, twins: Mapping[str, str] = MappingProxyType({})) -> str:
    """A pattern for a text of which each character may be written plain or in an escape of JSON, a URL or HTML.

    Letters and digits are taken as they are: nobody escapes them, and a search for plain text is quick.

    Args:
        text: what to find.
        twins: characters that stand for another one, as in URL-safe base64.
    """
    return "".join(_character(char, twins.get(char, "")) for char in text)


@cache
def _character(char: str, twin: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    units, octets = char.encode("utf-16-be", "surrogatepass"), char.encode("utf-8", "surrogatepass")
    # Escapes of escapes, as JSON in JSON has them, are told from a flood of backslashes by their number.
    escaped = "".join(rf"\\{{1,8}}u(?i:{units[i : i + 2].hex()})" for i in range(0, len(units), 2))
    shown = "".join(rf"\\{{1,8}}x(?i:{byte:02x})" for byte in octets)
    quoted = "".join(f"%(?:25){{0,3}}(?i:{byte:02x})" for byte in octets)
    named = "|".join(f"&{name}" for name, value in html5.items() if value == char and name.endswith(";"))
    spellings = [rf"\\{{0,8}}{re.escape(char)}", escaped, shown, quoted]
    spellings += [f"&#0{{0,5}}{ord(char)};", f"(?i:&#x0{{0,5}}{ord(char):x};)"]
    spellings += [named] * bool(named) + [re.escape(twin)] * bool(twin) + [r"\+"] * (char == " ")
    return f"(?:{'|'.join(spellings)})"
