"""Figures of a load run: counts and latencies by operation, second and stage; they add up over workers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

KeyT = TypeVar("KeyT")

SHARP = 50
"""Buckets of latency in each power of ten: a percentile is right to 2.5 per cent."""


@dataclass
class Tally:
    """Requests of one kind.

    Attributes:
        requests: answered or not.
        errors: not answered by 2xx.
        timely: answered by 2xx before the run was over.
        statuses: by status, or by the kind of network error.
        latencies: logarithmic buckets of seconds.
    """

    requests: int = 0
    errors: int = 0
    timely: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)

    def add(self, status: str, bucket: int, *, ok: bool, timely: bool) -> None:
        """Count one request."""
        self.requests += 1
        self.errors += not ok
        self.timely += ok and timely
        self.statuses[status] += 1
        self.latencies[bucket] += 1

    def merge(self, other: Tally) -> None:
        """Add another tally to this one."""
        self.requests += other.requests
        self.errors += other.errors
        self.timely += other.timely
        self.statuses.update(other.statuses)
        self.latencies.update(other.latencies)

    def percentile(self, share: float) -> float:
        """Seconds within which a share of the requests was answered; 0 where there was none."""
        wanted, seen = share * self.latencies.total(), 0
        for bucket, count in sorted(self.latencies.items()):
            seen += count
            if seen >= wanted:
                return float(f"{10 ** (bucket / SHARP):.3g}")
        return 0.0

    def percentiles(self) -> dict[str, float]:
        """The usual three, in seconds."""
        return {"p50": self.percentile(0.5), "p95": self.percentile(0.95), "p99": self.percentile(0.99)}

    def to_json(self) -> list[Any]:
        """The tally as plain JSON."""
        latencies = {str(bucket): count for bucket, count in self.latencies.items()}
        return [self.requests, self.errors, self.timely, dict(self.statuses), latencies]

    @classmethod
    def from_json(cls, data: list[Any]) -> Tally:
        """Read back what ``to_json`` wrote."""
        requests, errors, timely, statuses, latencies = data
        return cls(requests, errors, timely, Counter(statuses), Counter({int(b): n for b, n in latencies.items()}))


def bucket_of(seconds: float) -> int:
    """The bucket of a latency."""
    return round(SHARP * math.log10(max(seconds, 1e-5)))


@dataclass
class Figures:
    """All figures of one worker, or of all.

    Attributes:
        cells: tallies by operation, stage, and second since the start in which the answer came; of a long run, the
            first second of its ``Plan.grain``.
        due: requests that were due, by stage.
        unsent: requests that were due and never sent, by stage.
        lag: how late the load client itself was, in buckets: no fault of the endpoint's.
    """

    cells: dict[tuple[str, int, int], Tally] = field(default_factory=dict)
    due: Counter[int] = field(default_factory=Counter)
    unsent: Counter[int] = field(default_factory=Counter)
    lag: Counter[int] = field(default_factory=Counter)

    def add(self, cell: tuple[str, int, int], latency: float, status: str, *, ok: bool, timely: bool) -> None:
        """Count one request.

        Args:
            cell: operation, stage and second.
            latency: in seconds.
            status: or the kind of error.
            ok: whether it was answered by 2xx.
            timely: whether before the run was over.
        """
        tally = self.cells.get(cell)
        if tally is None:
            tally = self.cells[cell] = Tally()
        tally.add(status, bucket_of(latency), ok=ok, timely=timely)

    @property
    def operations(self) -> dict[str, Tally]:
        """Tallies by operation."""
        return self._by(lambda name, _stage, _second: name)

    @property
    def stages(self) -> dict[int, Tally]:
        """Tallies by stage."""
        return self._by(lambda _name, stage, _second: stage)

    @property
    def seconds(self) -> dict[int, Tally]:
        """Tallies by second."""
        return self._by(lambda _name, _stage, second: second)

    @property
    def total(self) -> Tally:
        """Everything in one tally."""
        return self._by(lambda _name, _stage, _second: None).get(None, Tally())

    def _by(self, key: Callable[[str, int, int], KeyT]) -> dict[KeyT, Tally]:
        found: dict[KeyT, Tally] = {}
        for cell, tally in self.cells.items():
            found.setdefault(key(*cell), Tally()).merge(tally)
        return found

    def late(self, share: float) -> float:
        """Seconds by which the load client itself was late at most, for a share of the requests."""
        return Tally(latencies=self.lag).percentile(share)

    def merge(self, other: Figures) -> None:
        """Add another worker's figures."""
        for cell, tally in other.cells.items():
            self.cells.setdefault(cell, Tally()).merge(tally)
        self.due.update(other.due)
        self.unsent.update(other.unsent)
        self.lag.update(other.lag)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON."""
        counts = {"due": self.due, "unsent": self.unsent, "lag": self.lag}
        return {
            "cells": [[*cell, tally.to_json()] for cell, tally in self.cells.items()],
            **{name: {str(key): count for key, count in by.items()} for name, by in counts.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        """Read back what ``to_json`` wrote."""
        return cls(
            {(name, stage, second): Tally.from_json(tally) for name, stage, second, tally in data["cells"]},
            *(Counter({int(key): n for key, n in data[name].items()}) for name in ("due", "unsent", "lag")),
        )

    def series(self, grain: int) -> list[dict[str, Any]]:
        """Requests, errors and latencies over time, for a plot.

        Args:
            grain: seconds between two points, as the plan has it.

        Returns:
            the points; ``requests`` are those of the whole point.
        """
        seconds, points = self.seconds, []
        if not seconds:
            return []
        for begin in range(0, max(seconds) + 1, grain):
            tally = seconds.get(begin, Tally())
            points.append({"t": begin, "requests": tally.requests, "errors": tally.errors, **tally.percentiles()})
        return points
