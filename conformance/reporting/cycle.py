"""The provisioning service's cycles: what the target holds wrongly, which request did it, and each cycle's counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.reporting import load, timeline
from conformance.reporting.model import Results
from conformance.reporting.words import GLYPHS, html, short, table

FIRST = 5
"""Differences that the first screen shows unfolded."""

SHOWN = 120
"""Characters of an expected or found value."""

NAMED = 3
"""Of many with the same difference, how many are named."""

Found = tuple[dict[str, Any], dict[str, Any]]
"""A dialect's cycles, and a difference in them."""

COUNTS = (
    "requests", "writes", "created", "updated", "disabled", "deleted", "failed", "skipped", "escrowed", "differences",
)  # fmt: skip
BAD = frozenset({"failed", "escrowed", "differences"})
"""Counts that are to be seen when they are not zero."""


def dialects(results: Results) -> list[dict[str, Any]]:
    """The cycles by dialect; empty where none were played."""
    found: list[dict[str, Any]] = (results.cycle or {}).get("dialects", [])
    return found


def sentences(results: Results) -> list[str]:
    """What the target holds wrongly, as plain text: who, which attribute, expected, got, and the request that did it.

    What many have in common is one sentence: the reason first, then the names.
    """
    return [_plain(*group[0]) if len(group) == 1 else _plain_of_many(group) for group in _alike(results)]


def summaries(results: Results) -> list[str]:
    """For each dialect a line of plain text: how many cycles and requests, how many differences, and quarantine."""
    return [_summary(part) for part in dialects(results)]


def first(results: Results) -> str:
    """The first screen's part: who was lost or is wrong, and what did it."""
    parts = dialects(results)
    if not parts:
        return ""
    quarantined = "".join(
        f'<p class="note">⚠ In quarantine ({part["dialect"]}, {html(_named(part, one["number"]))}): '
        f"{html(short(one['quarantine'], 300))}</p>"
        for part in parts
        for one in part["cycles"]
        if one["quarantine"]
    )
    groups = _alike(results)
    items = [_item(*group[0]) if len(group) == 1 else _item_of_many(group) for group in groups]
    if not items:
        told = "; ".join(_summary(part) for part in parts)
        word = "✓ Nobody was lost" if went_well(results) else "⚠ No difference was seen, and not all went well"
        return f'{quarantined}<p><b>{word}:</b> {html(told)} (<a href="#cycle">cycles</a>)</p>'
    folded = f"<details><summary>and {len(items) - FIRST} more</summary>" if len(items) > FIRST else ""
    more = f'{folded}<ol start="{FIRST + 1}">{"".join(items[FIRST:])}</ol></details>' if folded else ""
    return (
        f'<section class="lost" aria-labelledby="lost-title"><h2 id="lost-title">{GLYPHS["FAIL"]} '
        f"{_number(sum(map(len, groups)), 'difference')} between what the target should hold and what it holds</h2>"
        f"{quarantined}<ol>{''.join(items[:FIRST])}</ol>{more}</section>"
    )


def went_well(results: Results) -> bool:
    """Whether no check of cycles says anything against it: an export that was refused has not arrived."""
    rows = [row for row in results.checks if row.check.startswith("cycle-")]
    quarantined = any(one["quarantine"] for part in dialects(results) for one in part["cycles"])
    return not quarantined and bool(rows) and all(row.verdict in {"PASS", "N/A"} for row in rows)


def section(results: Results) -> str:
    """Each dialect's cycles with their counts, throughput, notifications, and the provisioning log."""
    parts = dialects(results)
    if not parts:
        return ""
    told = "".join(_dialect(part) for part in parts)
    return (
        f'<section id="cycle" aria-labelledby="cycle-title"><h2 id="cycle-title">Provisioning cycles</h2>'
        f"{told}{timeline.section(parts)}</section>"
    )


def _alike(results: Results) -> list[list[Found]]:
    """The differences, those together in which the same attribute went wrong in the same way by the same operation."""
    found: dict[tuple[str, ...], list[Found]] = {}
    for part in dialects(results):
        for one in part["differences"]:
            # A value of somebody's own is no reason; that there is none, or that it was refused, is.
            reason = '"' if one["got"].startswith('"') else one["got"]
            operation = (one["request"] or "").partition(" ")[0]
            key = (part["dialect"], one["collection"], str(one.get("kind")), one["attribute"], reason, operation)
            found.setdefault(key, []).append((part, one))
    return list(found.values())


def _reason(group: Sequence[Found]) -> str:
    """What many differences have in common, and how many there are."""
    part, one = group[0]
    got = f"got {short(one['got'], SHOWN)}" if not one["got"].startswith('"') else "another value"
    cycles = sorted({number["cycle"] for _, number in group})
    when = _named(part, cycles[0]) if len(cycles) == 1 else f"{len(cycles)} cycles, the first {_named(part, cycles[0])}"
    things = "people" if one["collection"] == "/Users" else "groups"
    attribute = f"{one['attribute']}: " if one["attribute"] else ""
    return f"{attribute}{got} for {len(group)} {things} after {when}, {part['dialect']}"


def _plain_of_many(group: Sequence[Found]) -> str:
    one = group[0][1]
    request = f", by {one['request']}" if one["request"] else ""
    names = ", ".join(_who(other) for _, other in group[1:NAMED])
    more = f" and {len(group) - NAMED} more" if len(group) > NAMED else ""
    expected = short(one["expected"], SHOWN)
    return f"{_reason(group)}: {_who(one)} (expected {expected}{request}), {names}{more}"


def _item_of_many(group: Sequence[Found]) -> str:
    items = "".join(_item(*one) for one in group)
    return (
        f"<li><b>{html(_reason(group))}</b><details><summary>{len(group)} differences, the first of "
        f"{html(_who(group[0][1]))}</summary><ol>{items}</ol></details></li>"
    )


def _plain(part: dict[str, Any], one: dict[str, Any]) -> str:
    expected, got = (short(one[name], SHOWN) for name in ("expected", "got"))
    attribute = f" {one['attribute']}" if one["attribute"] else ""
    request = f", by {one['request']}" if one["request"] else ""
    after = f"after {_named(part, one['cycle'])}, {part['dialect']}"
    return f"{_who(one)}:{attribute} expected {expected}, got {got} {after}{request}"


def _item(part: dict[str, Any], one: dict[str, Any]) -> str:
    expected, got = (html(short(one[name], SHOWN)) or "nothing" for name in ("expected", "got"))
    attribute = f"<code>{html(one['attribute'])}</code> " if one["attribute"] else ""
    request = f", by <b><code>{html(one['request'])}</code></b>" if one["request"] else ""
    anchor = timeline.anchor(part, one["cycle"], one["id"])
    link = f' · <a href="#{anchor}">its provisioning log</a>' if anchor else ""
    return (
        f'<li><b class="who">{html(_who(one))}</b>: {attribute}expected <b class="right">{expected}</b>, '
        f'got <b class="wrong">{got}</b> after {html(_named(part, one["cycle"]))}{request} '
        f"<small>{part['dialect']} · {html(one['collection'])}/{html(one['id'])}{link}</small></li>"
    )


def _who(one: dict[str, Any]) -> str:
    return str(one["person"] or f"{one['collection']}/{one['id']}")


def _named(part: dict[str, Any], number: int) -> str:
    """A cycle by its number and what happened in it."""
    title = next((one["title"] or one["name"] for one in part["cycles"] if one["number"] == number), "")
    return f"cycle {number} ({title})" if title else f"cycle {number}"


def _summary(part: dict[str, Any]) -> str:
    cycles = part["cycles"]
    counts = {name: sum(one[name] for one in cycles) for name in COUNTS}
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    caught = next((f", in quarantine after cycle {one['number']}" for one in cycles if one["quarantine"]), "")
    return (
        f"{part['dialect']}: {_number(len(cycles), 'cycle')}, {_number(counts['requests'], 'request')}{failed}, "
        f"{_number(len(part['differences']), 'difference')}{caught}"
    )


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _dialect(part: dict[str, Any]) -> str:
    rows = "".join(_cycle(one) for one in part["cycles"])
    name = part["dialect"]
    speed = (
        load.details(part["throughput"], f"throughput-{name}", f"Throughput, {name}") if "throughput" in part else ""
    )
    cycles = table(f"Cycles, {name}", ("cycle", "kind", "begins", *COUNTS), rows)
    return f'<div class="cycles"><h3>{html(_summary(part))}</h3>{cycles}{_notifications(part)}{speed}</div>'


def _cycle(one: dict[str, Any]) -> str:
    caught = f"<br>⚠ quarantine: {html(short(one['quarantine'], SHOWN))}" if one["quarantine"] else ""
    cells = "".join(_count(name, one[name]) for name in COUNTS)
    return (
        f'<tr><th scope="row">{one["number"]}. {html(one["title"] or one["name"])}{caught}</th>'
        f'<td class="word">{one["kind"]}</td>'
        f"<td>{html(timeline.moment(one['at']))}</td>{cells}</tr>"
    )


def _count(name: str, number: int) -> str:
    if name in BAD and number:
        return f'<td class="n v-fail">{GLYPHS["FAIL"]} {number}</td>'
    return f'<td class="n{"" if number else " zero"}">{number}</td>'


def _notifications(part: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{html(timeline.moment(mail['at']))}</td><td>{html(mail['to'])}</td><td>{html(mail['subject'])}</td>"
        f"<td>{html(mail['reason'])}</td></tr>"
        for mail in part["notifications"]
    )
    name = f"Notification e-mails, {part['dialect']}"
    return table(name, ("at", "to", "subject", "reason"), rows) if rows else ""
