"""Figures of a load run: counts and latencies by operation, second and stage; they add up over workers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHARP = 50
"""Buckets of latency in each power of ten: a percentile is right to 2.5 per cent."""

POINTS = 600
"""Points that a series has at most; neighbouring seconds are put together beyond that."""


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
        operations: by name.
        seconds: by the second since the start in which the answer came.
        stages: by number.
        due: requests that were due, by stage.
        unsent: requests that were due and never sent, by stage.
        lag: how late the load client itself was, in buckets: no fault of the endpoint's.
    """

    operations: dict[str, Tally] = field(default_factory=dict)
    seconds: dict[int, Tally] = field(default_factory=dict)
    stages: dict[int, Tally] = field(default_factory=dict)
    due: Counter[int] = field(default_factory=Counter)
    unsent: Counter[int] = field(default_factory=Counter)
    lag: Counter[int] = field(default_factory=Counter)

    def add(self, name: str, stage: int, second: int, latency: float, status: str, *, ok: bool, timely: bool) -> None:
        """Count one request in every place it belongs to."""
        bucket = bucket_of(latency)
        places: tuple[tuple[dict[Any, Tally], Any], ...] = (
            (self.operations, name), (self.seconds, second), (self.stages, stage),
        )  # fmt: skip
        for tallies, key in places:
            tally = tallies.get(key)
            if tally is None:
                tally = tallies[key] = Tally()
            tally.add(status, bucket, ok=ok, timely=timely)

    @property
    def total(self) -> Tally:
        """Everything in one tally."""
        whole = Tally()
        for tally in self.stages.values():
            whole.merge(tally)
        return whole

    def late(self, share: float) -> float:
        """Seconds by which the load client itself was late at most, for a share of the requests."""
        return Tally(latencies=self.lag).percentile(share)

    def merge(self, other: Figures) -> None:
        """Add another worker's figures."""
        pairs: list[tuple[dict[Any, Tally], dict[Any, Tally]]] = [
            (self.operations, other.operations), (self.seconds, other.seconds), (self.stages, other.stages),
        ]  # fmt: skip
        for mine, theirs in pairs:
            for key, tally in theirs.items():
                mine.setdefault(key, Tally()).merge(tally)
        self.due.update(other.due)
        self.unsent.update(other.unsent)
        self.lag.update(other.lag)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON."""
        tallies: Mapping[str, Mapping[Any, Tally]] = {
            "operations": self.operations, "seconds": self.seconds, "stages": self.stages,
        }  # fmt: skip
        counts = {"due": self.due, "unsent": self.unsent, "lag": self.lag}
        return {
            **{name: {str(k): t.to_json() for k, t in by.items()} for name, by in tallies.items()},
            **{name: {str(key): count for key, count in by.items()} for name, by in counts.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        """Read back what ``to_json`` wrote."""
        return cls(
            {name: Tally.from_json(t) for name, t in data["operations"].items()},
            {int(second): Tally.from_json(t) for second, t in data["seconds"].items()},
            {int(stage): Tally.from_json(t) for stage, t in data["stages"].items()},
            *(Counter({int(key): n for key, n in data[name].items()}) for name in ("due", "unsent", "lag")),
        )

    def series(self) -> list[dict[str, Any]]:
        """Requests, errors and latencies over time, for a plot.

        Returns:
            one point a second, or fewer where the run was long; ``requests`` are those of the whole point.
        """
        last = max(self.seconds, default=-1)
        width = max(1, math.ceil((last + 1) / POINTS))
        points = []
        for begin in range(0, last + 1, width):
            tally = Tally()
            for second in range(begin, begin + width):
                tally.merge(self.seconds.get(second, Tally()))
            points.append({"t": begin, "requests": tally.requests, "errors": tally.errors, **tally.percentiles()})
        return points
