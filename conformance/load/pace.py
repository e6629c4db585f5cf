"""Pace: keeps a loop of requests below a rate, where there is one."""

from __future__ import annotations

import time

import gevent


class Pace:
    """Lets its callers go on one after the other, no faster than a rate.

    Attributes:
        rate: requests a second, or None for no limit; can be changed at any time.
    """

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._next = 0.0

    def wait(self) -> None:
        """Wait for the caller's turn."""
        if self.rate is None:
            return
        now = time.monotonic()
        turn = max(self._next, now)
        self._next = turn + 1.0 / self.rate
        if turn > now:
            gevent.sleep(turn - now)
