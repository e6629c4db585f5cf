"""Plots of lines as inline SVG: readable without colours, without a script, and by a screen reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.reporting.words import html

WIDTH, HEIGHT = 560, 150
LEFT, TOP, RIGHT, BOTTOM = 52, 26, 16, 36
"""Units around the plot, for its scales and legend."""

TICKS = 4
DOTTED = 60
"""Points up to which each is marked."""

STYLES = ("one", "two", "three")
"""Classes of the lines: each has a colour and dashes of its own in ``report.css``."""


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Attributes:
        name: for the legend.
        points: x and y of each, in order of x.
    """

    name: str
    points: Sequence[tuple[float, float]]


def plot(
    key: str, title: str, about: str, lines: Sequence[Line], *, x: str, y: str, wanted: float | None = None
) -> str:
    """Lines over a common scale that begins at zero.

    Args:
        key: makes the ids of title and description unique on the page.
        title: what is to be seen.
        about: what it comes to, for those who do not see it.
        lines: at most as many as there are ``STYLES``.
        x: what the horizontal scale counts, with its unit.
        y: what the vertical scale counts, with its unit.
        wanted: a level that is marked.
    """
    points = [point for line in lines for point in line.points]
    right = _top(max((at for at, _ in points), default=1))
    top = _top(max([*(value for _, value in points), wanted or 0]))
    drawn = "".join(_line(line, style, right, top) for line, style in zip(lines, STYLES, strict=False))
    level = f'<path class="wanted" d="M0 {_y(wanted, top)}H{WIDTH}"/>' if wanted else ""
    names = [line.name for line in lines] + (["wanted"] if wanted else [])
    box = f"{-LEFT} {-TOP} {WIDTH + LEFT + RIGHT} {HEIGHT + TOP + BOTTOM}"
    return (
        f'<figure class="lines"><svg class="plot" viewBox="{box}" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{html(title)}</title><desc id="{key}-d">{html(about)}</desc>{_scales(right, top, x, y)}'
        f"{level}{drawn}{_legend(names)}</svg><figcaption>{html(title)}</figcaption></figure>"
    )


def _top(highest: float) -> float:
    """A round number that is not below the highest value."""
    if highest <= 0:
        return 1
    unit = 10 ** math.floor(math.log10(highest))
    return float(
        next(unit * step for step in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10) if unit * step >= highest * 0.999)
    )


def _x(value: float, right: float) -> str:
    return f"{WIDTH * value / right:.1f}"


def _y(value: float, top: float) -> str:
    return f"{HEIGHT - HEIGHT * value / top:.1f}"


def _line(line: Line, style: str, right: float, top: float) -> str:
    at = [(_x(x, right), _y(y, top)) for x, y in line.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in at) if at else ""
    marks = "".join(f'<circle cx="{x}" cy="{y}" r="2.5"/>' for x, y in at) if len(at) <= DOTTED else ""
    return f'<g class="{style}"><path d="{path}"/>{marks}</g>' if path else ""


def _scales(right: float, top: float, x: str, y: str) -> str:
    across = "".join(
        f'<path class="grid" d="M0 {_y(value, top)}H{WIDTH}"/>'
        f'<text x="-6" y="{float(_y(value, top)) + 4:.1f}" text-anchor="end">{value:g}</text>'
        for value in (top * tick / TICKS for tick in range(TICKS + 1))
    )
    along = "".join(
        f'<text x="{_x(value, right)}" y="{HEIGHT + 15}" text-anchor="middle">{value:g}</text>'
        for value in (right * tick / TICKS for tick in range(TICKS + 1))
    )
    names = (
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT + 31}" text-anchor="middle">{html(x)}</text>'
        f'<text x="{-LEFT + 2}" y="{-TOP + 11}">{html(y)}</text>'
    )
    return across + along + names


def _legend(names: Sequence[str]) -> str:
    parts, at = [], WIDTH - 110 * len(names)
    for name, style in zip(names, STYLES, strict=False):
        kind = "wanted" if name == "wanted" else style
        sample = (
            f'<path class="wanted" d="M{at} -14h30"/>'
            if kind == "wanted"
            else (f'<g class="{kind}"><path d="M{at} -14h30"/></g>')
        )
        parts.append(f'{sample}<text x="{at + 36}" y="-10">{html(name)}</text>')
        at += 110
    return "".join(parts)
