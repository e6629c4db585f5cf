"""Whose turn it is where several processes play against one endpoint (workers of pytest-xdist)."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: then nobody waits for anybody
    fcntl = None  # type: ignore[assignment]


class Turns:
    """Many journeys beside each other, or one alone.

    Locks on two files, which the system lifts when a worker dies. Whoever wants to be alone holds the door while the
    others leave, so that newcomers do not keep him waiting for ever.

    Args:
        folder: of the run; None where there is one process only, and nothing to wait for.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @contextmanager
    def beside(self) -> Generator[None]:
        """While others play as well; not within another turn of this thread."""
        with ExitStack() as stack:
            with self._held("door", alone=True):
                stack.enter_context(self._held("room", alone=False))
            yield

    @contextmanager
    def alone(self) -> Generator[None]:
        """While nobody else plays; not within another turn of this thread."""
        with self._held("door", alone=True), self._held("room", alone=True):
            yield

    @contextmanager
    def _held(self, name: str, *, alone: bool) -> Generator[None]:
        if self._folder is None or fcntl is None:
            yield
            return
        handle = os.open(self._folder / name, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)
