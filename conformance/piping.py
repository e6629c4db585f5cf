"""Output that nobody reads any more, as in ``checks | head``: nobody is at fault, and nothing ends because of it."""

from __future__ import annotations

import io
import sys
from typing import Any, TextIO


class _Pipe(io.FileIO):
    """A file to which everything can be written, though its other end may be closed."""

    def write(self, data: Any) -> int:
        """Write; what nobody reads counts as written."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return len(data)


def bear_closed_pipes() -> None:
    """Let standard output and standard error bear that their reader has gone.

    A run that has created users goes on, deletes them and writes its files, whoever listens; the exit code tells the
    same as ever.
    """
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        if stream is not None and stream is getattr(sys, f"__{name}__"):  # and nobody has put another in its place
            setattr(sys, name, _bearing(stream))


def _bearing(stream: TextIO) -> TextIO:
    """The same file, by way of ours; a stream without one, such as a notebook's, stays as it is."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return stream
    stream.flush()
    raw = io.BufferedWriter(_Pipe(number, "wb", closefd=False))
    return io.TextIOWrapper(
        raw, encoding=stream.encoding, errors=stream.errors, line_buffering=bool(stream.line_buffering)
    )
