"""Throughput and latency: what an endpoint carried, by operation, over time and over rate."""

from __future__ import annotations

from typing import Any

from conformance.reporting.model import Results
from conformance.reporting.plots import Line, plot
from conformance.reporting.words import html, table

PARTS = ("p50", "p95", "p99")
"""Quantiles of latency."""


def sentence(found: dict[str, Any]) -> str:
    """What it came to, as one sentence of plain text."""
    wanted = f" of the {found['rate_wanted']:g} wanted" if found["rate_wanted"] else ""
    share = f" ({100 * found['errors'] / found['requests']:.2g} %)" if found["errors"] and found["requests"] else ""
    slowest = max(found["operations"], key=lambda row: row["p95"], default=None)
    last = f"; slowest is {slowest['name']}, 95 % within {_time(slowest['p95'])}" if slowest else ""
    return (
        f"{found['rate']:.4g}{wanted} requests a second over {found['seconds']:.0f} s: {found['requests']} requests, "
        f"{found['errors']} errors{share}, {found['concurrency']} at once{last}"
    )


def first(results: Results) -> str:
    """The first screen's line."""
    found = results.load
    return f'<p><b>Load:</b> {html(sentence(found))} (<a href="#load">plots</a>)</p>' if found else ""


def section(results: Results) -> str:
    """The load for the page."""
    return details(results.load, "load", "Load") if results.load is not None else ""


def details(found: dict[str, Any], key: str, title: str) -> str:
    """A folded part with tables and plots.

    Args:
        found: the ``load`` member of ``results.json``, or a cycle's ``throughput``.
        key: id of the part on the page.
        title: its heading.
    """
    return (
        f'<details class="part" id="{key}"><summary><h2>{title}</h2> {html(sentence(found))}</summary>'
        f"<p>{html(found['title'])}</p>{_lost(found)}{_operations(found, title)}{_over_time(found, key, title)}"
        f"{_over_rate(found, key, title)}{_workers(found, title)}</details>"
    )


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _cells(row: dict[str, Any]) -> str:
    return "".join(f'<td class="n">{_time(row[part])}</td>' for part in PARTS)


def _errors(number: int) -> str:
    return f'<td class="n v-fail">✗ {number}</td>' if number else '<td class="n zero">0</td>'


def _operations(found: dict[str, Any], title: str) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html(row["name"])}</th><td class="n">{row["requests"]}</td>{_errors(row["errors"])}'
        f'<td class="n">{row["rate"]:.3g}</td>{_cells(row)}<td>{html(_statuses(row["statuses"]))}</td></tr>'
        for row in found["operations"]
    )
    return table(f"{title}, by operation", ("operation", "requests", "errors", "a second", *PARTS, "statuses"), rows)


def _statuses(statuses: dict[str, int]) -> str:
    return ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))


def rates(found: dict[str, Any]) -> list[tuple[float, float, float]]:
    """For each bucket of time: when it begins, requests a second, and errors a second."""
    series = found["series"]
    width = series[1]["t"] - series[0]["t"] if len(series) > 1 else found["seconds"]
    told = []
    for one in series:
        # The last bucket may be cut by the end of the run.
        lasted = min(width, found["seconds"] - one["t"]) or width
        lasted = lasted if lasted > width / 10 else width
        told.append((one["t"], one["requests"] / (lasted or 1), one["errors"] / (lasted or 1)))
    return told


def _over_time(found: dict[str, Any], key: str, title: str) -> str:
    if not found["series"]:
        return ""
    speed = rates(found)
    lines = [Line("answers", [(t, n) for t, n, _ in speed]), Line("errors", [(t, n) for t, _, n in speed])]
    rows = "".join(
        f'<tr><th scope="row">{one["t"]:g} s</th><td class="n">{n:.3g}</td>{_errors(one["errors"])}{_cells(one)}</tr>'
        for one, (_, n, _) in zip(found["series"], speed, strict=True)
    )
    numbers = table(f"{title}, over time", ("since the start", "a second", "errors", *PARTS), rows)
    return (
        '<div class="plots">'
        + plot(f"{key}-speed", "Throughput over time", sentence(found), lines, x="seconds since the start",
             y="requests a second", wanted=found["rate_wanted"])
        + plot(f"{key}-latency", "Latency over time", _about(found["series"]), _latency(found["series"], "t"),
               x="seconds since the start", y="milliseconds")
        + "</div>"
        + _numbers(numbers)
    )  # fmt: skip


def _over_rate(found: dict[str, Any], key: str, title: str) -> str:
    if len(found["steps"]) < 2:  # noqa: PLR2004 - one point is no line
        return ""
    rows = "".join(
        f'<tr><th scope="row">{one["rate_wanted"]:g}</th><td class="n">{one["rate"]:.3g}</td>{_cells(one)}'
        f"{_errors(one['errors'])}</tr>"
        for one in found["steps"]
    )
    steps = sorted(found["steps"], key=lambda one: one["rate_wanted"])
    numbers = table(f"{title}, over rate", ("wanted a second", "reached", *PARTS, "errors"), rows)
    reached = Line("reached", [(one["rate_wanted"], one["rate"]) for one in steps])
    due = Line("due", [(one["rate_wanted"], one["rate_wanted"]) for one in steps])
    told = ", ".join(f"{one['rate']:.3g} of {one['rate_wanted']:g}" for one in steps)
    return (
        '<div class="plots">'
        + plot(f"{key}-carried", "Throughput over rate", told, [reached, due], x="requests wanted a second",
             y="requests a second")
        + plot(f"{key}-rate", "Latency over rate", _about(steps), _latency(steps, "rate_wanted"),
               x="requests wanted a second", y="milliseconds")
        + "</div>"
        + numbers
    )  # fmt: skip


def _latency(rows: list[dict[str, Any]], at: str) -> list[Line]:
    return [Line(part, [(row[at], 1000 * row[part]) for row in rows]) for part in PARTS]


def _about(rows: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{part} between {_time(min(row[part] for row in rows))} and {_time(max(row[part] for row in rows))}"
        for part in PARTS
    )


def _numbers(shown: str) -> str:
    return f"<details><summary>The numbers of these plots</summary>{shown}</details>"


def _lost(found: dict[str, Any]) -> str:
    gone = [one for one in found.get("workers", []) if one["lost"]]
    told = ", ".join(f"{one['name']} after {one['requests']} requests" for one in gone)
    return f'<p class="note">⚠ Lost on the way: {html(told)}.</p>' if gone else ""


def _workers(found: dict[str, Any], title: str) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html(one["name"])}</th><td class="n">{one["requests"]}</td>'
        f"<td>{'✗ lost' if one['lost'] else 'to the end'}</td></tr>"
        for one in found.get("workers", [])
    )
    return table(f"{title}, workers", ("worker", "requests", "ran"), rows) if rows else ""
