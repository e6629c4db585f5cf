"""The list of checks: one row each, and what is behind it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from conformance.reporting.evidence import exchanges
from conformance.reporting.model import Results, Row
from conformance.reporting.results import fix_first
from conformance.reporting.words import GLYPHS, HARM, badge, html

ORDER = ("BLOCKED", "ERROR", "INFO", "N/A", "PASS")
"""Of what is not to be fixed."""

FILTERS = ("profile", "verdict", "level", "topic")


def section(results: Results) -> str:
    """All checks with what filters them, the most harmful first."""
    rows = ordered(results.checks)
    known = {row.id for row in rows}
    listed = "".join(_row(row, known) for row in rows)
    return (
        f'<section id="checks" aria-labelledby="checks-title"><h2 id="checks-title">Checks</h2>{_filters(rows)}'
        f"{listed}</section>"
    )


def unplayed(results: Results) -> str:
    """The checks that were wanted and not played, by id and title; empty where there are none."""
    rows = results.not_played
    if not rows:
        return ""
    items = "".join(
        f"<li><code>{html(row.id)}</code> {html(row.title)} <small>{html(row.level)}</small></li>" for row in rows
    )
    return (
        f'<details class="part" id="not-played"><summary><h2>Not played</h2> {len(rows)} checks: '
        f"{html(results.cut or 'the run was interrupted')}</summary><ul>{items}</ul></details>"
    )


def ordered(rows: Iterable[Row]) -> list[Row]:
    """What is to be fixed, then the rest."""
    rows = list(rows)
    first = fix_first(rows)
    taken = {row.id for row in first}
    rest = [row for row in rows if row.id not in taken]
    return [*first, *sorted(rest, key=lambda row: (ORDER.index(row.verdict), row.order, row.id))]


def _filters(rows: list[Row]) -> str:
    boxes = []
    for name in FILTERS:
        values = sorted({getattr(row, name) for row in rows})
        if name == "verdict":
            values = [verdict for verdict in GLYPHS if verdict in values]
        options = "".join(f'<option value="{html(value)}">{html(value.replace("_", " "))}</option>' for value in values)
        boxes.append(f'<label>{name}<select name="{name}"><option value="">all</option>{options}</select></label>')
    return (
        f'<form class="filter-bar" role="search" aria-label="Filter checks" data-rows="details.check" '
        f'data-unit="checks" hidden>{"".join(boxes)}'
        '<label>text<input type="search" name="text"></label><button type="reset">Clear</button>'
        f'<output aria-live="polite">{len(rows)} checks</output></form>'
    )


def _row(row: Row, known: set[str]) -> str:
    data = "".join(f' data-{name}="{html(getattr(row, name))}"' for name in FILTERS)
    return (
        f'<details class="check" id="{html(row.id)}"{data}><summary>{badge(row.verdict)} '
        f'<span class="title">{html(row.title)}</span> <code>{html(row.id)}</code> '
        f"<small>{html(row.level)} · {html(row.spec)}</small></summary>{details(row, known)}</details>"
    )


def details(row: Row, known: Iterable[str] = ()) -> str:
    """Requirement, expected and got, why, fix, exchanges, and how to see it again."""
    lines = [("Requirement", f"{html(row.statement)} ({html(row.level)}, {html(row.spec)})")]
    if row.blocked_by:
        blocker = html(row.blocked_by)
        there = row.blocked_by in set(known)
        lines.append(("Blocked by", f'<a href="#{blocker}">{blocker}</a>' if there else blocker))
    if row.got and not row.expected:
        fault = row.suite_fault
        lines.append(("Reason", f'<pre tabindex="0">{html(row.got)}</pre>' if fault else html(row.got)))
    lines += [("Why it matters", html(row.why)), ("How to fix", html(row.fix))]
    if row.verdict in {"FAIL", "WARN"}:
        lines.insert(1, ("Harm", html(HARM[row.consequence])))
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in lines)
    again = f'<pre class="copy" tabindex="0" data-name="command">{html(rerun(row))}</pre>'
    told = _difference(row) if row.expected else ""
    return (
        f'<div class="scim-detail">{told}<dl>{facts}</dl>{exchanges(row)}'
        f"{'' if row.verdict in {'PASS', 'N/A'} else again}</div>"
    )


def rerun(row: Row) -> str:
    """The command that judges this check again."""
    return f'scim-conformance run --url "$SCIM_URL" --only {shlex.quote(row.id)}'


def _difference(row: Row) -> str:
    expected, got = _marked(row.expected, row.got)
    where = f'<p class="path">differs at <code>{html(row.path)}</code></p>' if row.path else ""
    return (
        f'<div class="pair told"><div class="expected"><h3>Expected</h3><p>{expected}</p></div>'
        f'<div class="got"><h3>Got</h3><p>{got}</p></div></div>{where}'
    )


def _marked(one: str, other: str) -> tuple[str, str]:
    """Both texts, with what differs between a common beginning and end marked, where there is one."""
    head = _common(one, other)
    tail = _common(one[head:][::-1], other[head:][::-1])
    if head + tail < min(len(one), len(other)) // 3:
        return html(one), html(other)
    return _part(one, head, tail), _part(other, head, tail)


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning, without half words."""
    pairs = zip(one, other, strict=False)
    at = next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
    while at and any(text[at - 1 : at + 1].isalnum() and len(text) > at for text in (one, other)):
        at -= 1
    return at


def _part(text: str, head: int, tail: int) -> str:
    end = len(text) - tail
    middle = f"<mark>{html(text[head:end])}</mark>" if end > head else ""
    return f"{html(text[:head])}{middle}{html(text[end:])}"
