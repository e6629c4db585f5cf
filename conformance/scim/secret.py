"""Secrets that cannot be printed by accident, and the scrubber that keeps them out of every text."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

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


def _forms(secret: str) -> set[str]:
    """The spellings under which a secret can come back: as is, URL-encoded, base64, inside JSON."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        encoded,
        encoded.rstrip("="),
        base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
        secret.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/"),
    }


@dataclass
class Scrubber:
    """Replaces every known secret, in every spelling, by a mask.

    Attributes:
        needles: the spellings to look for, longest first.
    """

    needles: list[str] = field(default_factory=list, repr=False)

    def add(self, secret: Secret | None) -> None:
        """Learn a secret; one shorter than four characters would mask ordinary text and is left alone."""
        if secret is None or len(secret.reveal()) < 4:  # noqa: PLR2004
            return
        self.needles = sorted({*self.needles, *_forms(secret.reveal())}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text with each known secret replaced."""
        for needle in self.needles:
            if needle in text:
                text = text.replace(needle, HIDDEN)
        return text
