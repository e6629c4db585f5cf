"""The token as it was pasted: what no endpoint can accept."""

from __future__ import annotations

from conformance.doctor.finding import Found
from conformance.scim.secret import Scrubber, Secret

QUOTES = "\"'`\u201c\u201d\u2018\u2019"
LEAST = 8
"""Characters; a shorter piece would mask ordinary words."""


def judge(text: str) -> str:
    """Find what is wrong with a token.

    Returns:
        the token as it is sent.

    Raises:
        Found: the cause.
    """
    token = text.strip(" \t\r\n\ufeff")
    words = token.split()
    if not words:
        raise Found("token-empty")
    if words[0].lower() == "bearer":
        token = token[len("bearer") :].strip()
        if token[:7].lower() == "bearer ":
            raise Found("token-bearer-twice")
    if token.lower() in {"", "bearer"}:
        raise Found("token-only-bearer")
    if token[:14].lower() == "authorization:":
        raise Found("token-header-line")
    if "\n" in token or "\r" in token:
        raise Found("token-line-break", lines=len(token.splitlines()))
    if token[0] in QUOTES or token[-1] in QUOTES:
        raise Found("token-quoted")
    odd = next((position for position, c in enumerate(token, 1) if not c.isascii() or not c.isprintable()), 0)
    if odd:
        raise Found("token-not-ascii", position=odd)
    if " " in token:
        raise Found("token-space", words=len(token.split()))
    return token


def hide(text: str, scrub: Scrubber) -> None:
    """Teach a scrubber a token as it was pasted, and the pieces of it that could show up alone."""
    clean = "".join(" " if c in QUOTES or not c.isprintable() else c for c in text)
    for piece in [text, text.strip(), *clean.split()]:
        if piece.lower() not in {"bearer", "authorization:"}:
            scrub.add(Secret(piece))
        for part in piece.split("."):
            if len(part) >= LEAST and piece.count(".") == 2:  # noqa: PLR2004 - the parts of a JWT
                scrub.add(Secret(part))
