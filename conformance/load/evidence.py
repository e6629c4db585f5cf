"""Evidence of a load run: a few exchanges of each kind, however many there were, and why requests failed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.scim.exchange import Exchange
from conformance.wording import first_line

SHOWN = 5
"""Exchanges of one kind that a worker keeps."""

SAMPLE, SET_UP, CREATED, FOREIGN, ERRORS, THROTTLED, BARE, SLOW, MEMBERS, PEOPLE = (
    "sample", "set-up", "created", "foreign", "errors", "throttled", "bare", "slow", "members", "people",
)  # fmt: skip
"""The kinds: one of each operation; what broke the set-up; creates answered by 2xx, and those answered with somebody
else's resource; not 2xx; 429 with and without Retry-After, and at or below the rate of the gallery; wrong data."""


REASONS = 40
"""Reasons for failures that are told apart; what comes after so many is told by its status alone."""


@dataclass
class Evidence:
    """Exchanges by kind.

    Attributes:
        kept: the exchanges, as plain JSON.
        counts: how many there were of each kind.
        reasons: how many requests failed, by operation, status and first line of the answer, as a JSON list.
    """

    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str, make: Callable[[], Exchange], limit: int = SHOWN) -> None:
        """Count an exchange, and keep it where there are few of its kind yet."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        rows = self.kept.setdefault(kind, [])
        if len(rows) < limit:
            rows.append(make().to_json())

    def fail(self, operation: str, status: str, reason: str, make: Callable[[], Exchange]) -> None:
        """Count a request that failed, with the reason that its answer gives, and keep it where there are few yet.

        Args:
            operation: its name.
            status: of HTTP, or the kind of the network's error.
            reason: as the answer gives it, without secrets.
            make: the exchange.
        """
        self.note(ERRORS, make)
        self._count(json.dumps([operation, status, first_line(reason)]), 1)

    def _count(self, reason: str, number: int) -> None:
        if reason not in self.reasons and len(self.reasons) >= REASONS:
            reason = json.dumps([*json.loads(reason)[:2], ""])
        self.reasons[reason] = self.reasons.get(reason, 0) + number

    def merge(
        self, kept: Mapping[str, list[dict[str, Any]]], counts: Mapping[str, int], reasons: Mapping[str, int]
    ) -> None:
        """Add what another worker saw."""
        for kind, rows in kept.items():
            mine = self.kept.setdefault(kind, [])
            mine += rows[: max(0, SHOWN - len(mine))]
        for kind, count in counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + count
        for reason, number in reasons.items():
            self._count(reason, number)
