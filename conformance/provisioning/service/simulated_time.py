"""The service's clock: virtual, so that forty minutes, a day in quarantine and a year of a company take no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

INTERVAL = timedelta(minutes=40)
"""Time between two cycles (Microsoft Learn, "How Application Provisioning works": fixed, not configurable)."""

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""When a company's year begins; fixed, so that the same seed gives the same log."""


class Clock:
    """A clock that somebody moves.

    Args:
        now: where it begins.
    """

    def __init__(self, now: datetime = BEGIN) -> None:
        self.now = now

    @classmethod
    def at(cls, text: str | None) -> Clock:
        """A clock that goes on from a time in ISO 8601, or begins where there is none."""
        return cls(datetime.fromisoformat(text)) if text else cls()

    def advance(self, by: timedelta = INTERVAL) -> datetime:
        """Move the clock forward, by one interval if nothing else is said."""
        self.now += by
        return self.now

    def at_least(self, moment: datetime) -> datetime:
        """Move the clock forward to a moment, unless that has passed already."""
        self.now = max(self.now, moment)
        return self.now

    @property
    def shown(self) -> str:
        """The time in ISO 8601, as the provisioning log has it."""
        return self.now.isoformat(timespec="seconds").replace("+00:00", "Z")
