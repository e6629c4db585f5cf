"""From the bytes of a body to its text, holding no more of it than a limit, whatever it swells to."""

from __future__ import annotations

import zlib

CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "latin-1", "utf-16", "utf-32", "windows-1252"})
"""What a charset parameter can name; Python knows more, some of which take for ever (punycode)."""

ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})
"""What we ask for (RFC 9110 section 8.4.1); an answer in another one is left as it is, for the checks to tell of."""


class BadEncoding(ValueError):
    """The body is not what its Content-Encoding says; the message says why."""


class Swollen(ValueError):
    """The decoded body is larger than the limit."""


def decoded(raw: bytes, encodings: str, limit: int) -> bytes:
    """Undo the encodings of a body.

    Args:
        raw: as it came.
        encodings: the Content-Encoding header; several are undone from the last one on.
        limit: bytes that each may swell to.

    Raises:
        BadEncoding: it cannot be undone.
        Swollen: there is more than the limit.
    """
    names = [name.strip().lower() for name in encodings.split(",") if name.strip()]
    for name in reversed(names):
        if name == "identity":
            continue
        if name not in ENCODINGS or not raw:
            return raw
        raw = inflated(raw, name, limit)
    return raw


def inflated(raw: bytes, name: str, limit: int) -> bytes:
    """Undo one encoding.

    Raises:
        BadEncoding: it cannot be undone, or ends too early.
        Swollen: there is more than the limit.
    """
    # Some call it deflate and leave out the frame of zlib (RFC 9110 section 8.4.1.2 knows of them).
    bare = name == "deflate" and raw[0] & 0x0F != 8  # noqa: PLR2004
    engine = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS | 32)
    try:
        body = engine.decompress(raw, limit + 1)
    except zlib.error as problem:
        raise BadEncoding(str(problem)) from None
    if len(body) > limit:
        raise Swollen
    if not engine.eof:
        raise BadEncoding("it ends too early")
    return body


def as_text(body: bytes, charset: str | None) -> str:
    """A body as text; what cannot be read is replaced, and a charset that nobody uses is taken for UTF-8."""
    name = (charset or "").lower()
    return body.decode(name if name in CHARSETS else "utf-8", errors="replace")
