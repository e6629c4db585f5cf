"""The endpoint's own clock, as its answers show it: whether something was there before we asked for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from conformance.scim.paths import find

MADE_UP = "2001-02-03T04:05:06Z"
"""A ``meta.created`` that no client can write, and that we try to: shown again, it says nothing of when that was."""

LEEWAY = 60.0
"""Seconds by which two machines of one endpoint may disagree: the one that answers, and the one that stores."""

DAY = 24 * 3600.0

UNKNOWN = DAY
"""Seconds by which an endpoint's clock may differ from ours where it never sends a Date."""

FURTHEST_ZONE = 14 * 3600.0
"""Seconds between UTC and the local time that is furthest from it."""

ZONES = 1800.0
"""Seconds between two time zones: some endpoints write local time without, or with a wrong, zone."""

LATEST = 600.0
"""Seconds within which a create without a usable answer may have been carried out."""


class Clock:
    """What an endpoint's clock says, learned from the header Date of its answers.

    Args:
        now: our own clock, in seconds since 1970.
    """

    def __init__(self, now: Any = time.time) -> None:
        self.now = now
        self._lock = threading.Lock()
        self._ahead: float | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer that came this moment.

        Args:
            headers: names in lower case.
        """
        try:
            told = parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError, IndexError, OverflowError):
            return
        ahead = (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() - self.now()
        with self._lock:
            self._ahead = ahead

    @property
    def there(self) -> float:
        """What time it is at the endpoint, in seconds since 1970, as far as it is known."""
        return self.at(float(self.now()))

    def at(self, ours: float) -> float:
        """What the endpoint's clock said at a moment of our own, both in seconds since 1970."""
        return ours + (self._ahead or 0.0)

    def is_older(self, resource: Mapping[str, Any], asked: float) -> bool:
        """Whether a resource says that it was created before we asked for it.

        Args:
            resource: with or without ``meta.created``.
            asked: when the create was sent, by the endpoint's clock.
        """
        created = _created(resource)
        if created is not None and created == datetime.fromisoformat(MADE_UP):
            return False  # an endpoint that stores what it is sent
        late = _lateness(resource, asked)
        return late is not None and late < -self._tolerance - _grain(resource) and not _is_a_zone(late)

    def is_of_then(self, resource: Mapping[str, Any], asked: float) -> bool:
        """Whether a resource says that it was created when we asked for it, neither before nor much later."""
        late = _lateness(resource, asked)
        return late is not None and -self._tolerance - _grain(resource) <= late <= LATEST + self._tolerance

    @property
    def _tolerance(self) -> float:
        return LEEWAY if self._ahead is not None else UNKNOWN


def created_at(resource: Mapping[str, Any]) -> float | None:
    """When a resource was created, as it says, in seconds since 1970; None where it does not."""
    return _lateness(resource, 0.0)


def _created(resource: Mapping[str, Any]) -> datetime | None:
    """When a resource was created, as it says; None where it does not."""
    told = find(dict(resource), "meta.created")
    try:
        return datetime.fromisoformat(told.strip()) if isinstance(told, str) else None
    except ValueError:
        return None


def _lateness(resource: Mapping[str, Any], asked: float) -> float | None:
    """Seconds from our asking to the creation that a resource states; None where it states none."""
    created = _created(resource)
    if created is None:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp() - asked


def _grain(resource: Mapping[str, Any]) -> float:
    """Seconds that a date may be cut by: some databases keep the day only."""
    created = _created(resource)
    return DAY if created is not None and (created.hour, created.minute, created.second) == (0, 0, 0) else 0.0


def _is_a_zone(late: float) -> bool:
    """Whether a difference is one between time zones: a creation of just now, told in local time."""
    if abs(late) > FURTHEST_ZONE + LEEWAY:
        return False
    apart = late % ZONES
    return min(apart, ZONES - apart) <= LEEWAY
