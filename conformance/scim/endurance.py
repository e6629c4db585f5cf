"""How much a run puts up with: waiting where it is asked to, silence, and the memory that answers take."""

from __future__ import annotations

import re
import sys
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.scim.ending import Ask, Ending, Wait
from conformance.scim.exchange import Exchange

if TYPE_CHECKING:
    from conformance.scim.request import Request
    from conformance.scim.target import Target

MAX_WAIT = 30.0
"""Seconds that one Retry-After can hold a request back."""

MAX_RETRIES = 4
MAX_STORM = 3
"""Requests in a row that were put off to the last retry; the next ones are sent once, until one gets through."""

MAX_SILENCE = 20
"""Requests in a row without an answer that can be judged; the rest of the run is not sent."""

MAX_SILENCE_CLEANING = 3
"""The same while the run deletes what it created."""

SILENT = frozenset({"timeout", "unreadable", "too-large", "no-room", "rate-limited"})
"""Errors that cost time or memory each; one that costs nothing, such as a refused connection, needs no limit."""

MAX_BODY = 8 * 1024 * 1024
"""Bytes of an answer that are read; more is an error of kind ``too-large``, or ``no-room``."""

MAX_KEPT = 64 * 1024 * 1024
"""Bytes of answers that a run keeps; the more there are, the smaller the next one has to be."""

AMPLE_BODY = 2 * 1024 * 1024
"""Bytes that any answer about one resource fits into many times over. Where there is less room left than that, an
answer that does not fit is an error of kind ``no-room``, which says nothing of the answer."""

LEAST_BODY = 32 * 1024
"""Bytes of an answer that are read in any case."""

SHARE = 8
"""The part of what is left of ``MAX_KEPT`` that one answer can take."""

TIME_LIMIT = "not sent: the run's time limit"
"""How the reason begins why a request was not sent once the time limit was over."""

TOO_MANY, UNAVAILABLE = 429, 503


class Endurance:
    """What one run has borne so far; shared by its threads.

    Args:
        time_limit: seconds after which nothing more is sent, or None.
        keeps: whether the answers stay in memory, so that all of them together have to fit.
        target: whose credentials may run out; None where nobody has any.

    Attributes:
        ending: of the run, where credentials run out or the endpoint goes away.
    """

    def __init__(self, time_limit: float | None = None, *, keeps: bool = True, target: Target | None = None) -> None:
        self.keeps = keeps
        self.ending = Ending(target)
        self.time_limit = time_limit
        self._until = time.monotonic() + time_limit if time_limit is not None else float("inf")
        self._lock = threading.Lock()
        self._most = MAX_SILENCE
        self._silence = self._storm = self._kept = 0

    def spent(self) -> str | None:
        """Why nothing more is sent, as a sentence; None where all is well."""
        if time.monotonic() > self._until:
            return f"{TIME_LIMIT} of {self.time_limit:g} s is over"
        if self._silence >= self._most:
            return f"not sent: the {self._silence} requests before it were not answered"
        return f"not sent: {self.ending.sentence}" if self.ending.closed else None

    def begin_cleaning(self) -> None:
        """Forget what was, to try and delete what the run created."""
        self.ending.begin_cleaning()
        with self._lock:
            self._until = float("inf")
            self._silence, self._most = 0, MAX_SILENCE_CLEANING

    def weigh(self, request: Request, exchange: Exchange, ask: Ask, wait: Wait) -> Exchange:
        """What came of a request, as it is to be taken; see ``Ending.weigh``. No wait goes beyond the time limit."""
        return self.ending.weigh(
            request, exchange, ask, lambda pause: wait(min(pause, max(self._until - time.monotonic(), 0.0)))
        )

    def pause(self, exchange: Exchange, retries: int) -> float | None:
        """Seconds after which a request is sent again; None where it is not.

        Args:
            exchange: its last answer.
            retries: how often it was sent again already.
        """
        if exchange.status not in {TOO_MANY, UNAVAILABLE}:
            with self._lock:
                self._storm = 0 if exchange.status else self._storm
            return None
        if retries == MAX_RETRIES:
            with self._lock:
                self._storm += 1
        if retries == MAX_RETRIES or self._storm >= MAX_STORM:
            return None
        asked = asked_to_wait(exchange.headers.get("retry-after", ""))
        # An endpoint that is unavailable and does not say for how long may be back at once.
        default = 1.0 if exchange.status == TOO_MANY else 0.25 * 2**retries
        return min(max(default if asked is None else asked, 0.0), MAX_WAIT, max(self._until - time.monotonic(), 0.0))

    def note(self, exchange: Exchange) -> None:
        """Take note of what came of a request in the end."""
        with self._lock:
            self._kept += sys.getsizeof(exchange.body) if self.keeps else 0
            if exchange.error is None:
                self._silence = 0
            elif exchange.error in SILENT:
                self._silence += 1

    @property
    def largest(self) -> int:
        """Bytes that the next answer can have."""
        return max(LEAST_BODY, min(MAX_BODY, (MAX_KEPT - self._kept) // SHARE))


def asked_to_wait(value: str) -> float | None:
    """Seconds that a Retry-After asks for (RFC 9110 section 10.2.3): digits or a date; None where it is neither."""
    text = value.strip()
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def is_refused_for_now(exchange: Exchange) -> bool:
    """Whether an answer says nothing but to come back later, so that it cannot be judged."""
    return exchange.status == TOO_MANY or (exchange.status == UNAVAILABLE and "retry-after" in exchange.headers)
