"""Throughput and latency of many requests, in bounded memory: by operation, and over time."""

from __future__ import annotations

import threading
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

BUCKETS = 60
"""Points that a plot has at most."""


@dataclass
class _Operation:
    elapsed: array[float] = field(default_factory=lambda: array("f"))
    at: array[float] = field(default_factory=lambda: array("f"))
    failed: array[int] = field(default_factory=lambda: array("b"))
    statuses: Counter[str] = field(default_factory=Counter)


class Metrics:
    """Counts requests; nine bytes are kept of each.

    Args:
        title: of the section in the report.
        concurrency: requests under way at once.
        rate: requests a second that were wanted, or None.
    """

    def __init__(self, title: str, *, concurrency: int, rate: float | None = None) -> None:
        self.title = title
        self.concurrency = concurrency
        self.rate = rate
        self._operations: dict[str, _Operation] = {}
        self._begin = time.monotonic()
        self._lock = threading.Lock()

    def add(self, operation: str, elapsed: float, status: int | None, *, failed: bool) -> None:
        """Count a request that ended now.

        Args:
            operation: such as ``create user``.
            elapsed: seconds.
            status: of the answer, or None.
            failed: whether it counts as an error.
        """
        with self._lock:
            row = self._operations.setdefault(operation, _Operation())
            row.elapsed.append(elapsed)
            row.at.append(time.monotonic() - self._begin)
            row.failed.append(failed)
            row.statuses[str(status or "none")] += 1

    def to_json(self) -> dict[str, Any]:
        """What the report shows: numbers by operation, and a series over time."""
        with self._lock:
            rows = dict(self._operations)
        seconds = max((max(row.at) for row in rows.values()), default=0.0)
        requests = sum(len(row.elapsed) for row in rows.values())
        return {
            "title": self.title,
            "rate_wanted": self.rate,
            "rate": round(requests / seconds, 2) if seconds else 0.0,
            "seconds": round(seconds, 3),
            "requests": requests,
            "errors": sum(sum(row.failed) for row in rows.values()),
            "concurrency": self.concurrency,
            "operations": [_operation(name, row, seconds) for name, row in sorted(rows.items())],
            "series": _series(list(rows.values()), seconds),
            "steps": [],
        }


def _operation(name: str, row: _Operation, seconds: float) -> dict[str, Any]:
    return {
        "name": name,
        "requests": len(row.elapsed),
        "errors": sum(row.failed),
        "statuses": dict(sorted(row.statuses.items())),
        "rate": round(len(row.elapsed) / seconds, 2) if seconds else 0.0,
        **quantiles(row.elapsed),
    }


def _series(rows: Sequence[_Operation], seconds: float) -> list[dict[str, Any]]:
    width = max(seconds / BUCKETS, 0.05)
    buckets: dict[int, tuple[list[float], list[int]]] = {}
    for row in rows:
        for at, elapsed, failed in zip(row.at, row.elapsed, row.failed, strict=True):
            spent, errors = buckets.setdefault(int(at / width), ([], []))
            spent.append(elapsed)
            errors.append(failed)
    return [
        {"t": round(number * width, 3), "requests": len(spent), "errors": sum(errors), **quantiles(spent)}
        for number, (spent, errors) in sorted(buckets.items())
    ]


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, in seconds."""
    ordered = sorted(values)
    return {
        name: round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 5) if ordered else 0.0
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
