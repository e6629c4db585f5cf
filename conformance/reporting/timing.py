"""Where a run's time went."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from conformance.reporting.model import JourneyTime, Results, SlowRequest, Timing
from conformance.reporting.words import html, table

SLOWEST = 10
WIDTH, HEIGHT = 640, 140
LINES = (1, 10, 100, 1000, 10_000)
"""Milliseconds that the plot draws lines at."""


def timing(exchanges: Iterable[tuple[str, str, dict[str, Any]]]) -> Timing:
    """The ``timing`` member of ``results.json``.

    Args:
        exchanges: all of a run, each with its journey's key and its step.
    """
    rows = [
        {"journey": journey, "step": step}
        | {key: exchange[key] for key in ("method", "url", "status", "started", "elapsed")}
        for journey, step, exchange in exchanges
    ]
    seconds: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        seconds[row["journey"]].append(row["elapsed"])
    by_journey = [
        JourneyTime(journey=journey, requests=len(spent), seconds=round(sum(spent), 4))
        for journey, spent in sorted(seconds.items(), key=lambda item: -sum(item[1]))
    ]
    slowest = sorted(rows, key=lambda row: -row["elapsed"])[:SLOWEST]
    return Timing(
        median=round(_quantile([row["elapsed"] for row in rows], 0.5), 4),
        p95=round(_quantile([row["elapsed"] for row in rows], 0.95), 4),
        by_journey=by_journey,
        slowest=[
            SlowRequest(**row | {"started": round(row["started"], 3), "elapsed": round(row["elapsed"], 4)})
            for row in slowest
        ],
        points=sorted([round(row["started"], 3), round(row["elapsed"], 4)] for row in rows),
    )


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


def section(results: Results) -> str:
    """The timing for the page."""
    found = results.timing
    if not found.points:
        return ""
    total = sum(row.seconds for row in found.by_journey) or 1
    journeys = "".join(
        f'<tr><th scope="row">{html(row.journey)}</th><td>{row.requests}</td><td>{_ms(row.seconds)}</td>'
        f'<td><i class="bar" style="width:{100 * row.seconds / total:.0f}%"></i></td></tr>'
        for row in found.by_journey[:SLOWEST]
    )
    slowest = "".join(
        f"<tr><td>{_ms(row.elapsed)}</td><td>{html(row.method)}</td><td>{html(row.url)}</td>"
        f"<td>{html(row.status or 'no answer')}</td><td>{html(row.journey)}: {html(row.step)}</td></tr>"
        for row in found.slowest
    )
    return (
        f"<details class='part' id='timing'><summary><h2>Timing</h2> median {_ms(found.median)}, "
        f"95 % within {_ms(found.p95)}</summary>{plot(found.points)}"
        f"{table('Where the time went', ('journey', 'requests', 'time', 'share'), journeys)}"
        f"{table('Slowest requests', ('time', 'method', 'URL', 'status', 'step'), slowest)}</details>"
    )


def plot(points: list[list[float]]) -> str:
    """Each request as a dot: when it was sent, and how long its answer took (on a logarithmic scale)."""
    end = max(started + elapsed for started, elapsed in points) or 1
    highest = max(10, *(1000 * elapsed for _, elapsed in points))
    top = math.log10(highest) + 0.1

    def y(milliseconds: float) -> float:
        return HEIGHT - HEIGHT * max(0.0, math.log10(max(milliseconds, 1))) / top

    dots = "".join(f"M{WIDTH * started / end:.0f} {y(1000 * elapsed):.0f}h0" for started, elapsed in points)
    grid = "".join(
        f'<path class="grid" d="M0 {y(line):.0f}H{WIDTH}"/><text x="{WIDTH + 4}" y="{y(line) + 4:.0f}">{line} ms</text>'
        for line in LINES
        if line <= highest
    )
    about = f"{len(points)} requests over {end:.1f} seconds; the slowest took {highest:.0f} milliseconds"
    return (
        f'<svg class="plot" viewBox="0 -6 {WIDTH + 70} {HEIGHT + 12}" role="img" aria-label="{about}">{grid}'
        f'<path class="dots" d="{dots}"/></svg>'
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
