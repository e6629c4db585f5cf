"""The first screen: headlines and what decided them, the rail, what to fix first, and the suite's own faults."""

from __future__ import annotations

from conformance.reporting import cycle, diagnosis, load, rail
from conformance.reporting.causes import Cause, causes
from conformance.reporting.model import PARTIAL, Profile, Remains, Results
from conformance.reporting.results import disconnected, shortfalls, told_one_by_one, unjudged
from conformance.reporting.words import (
    GLYPHS,
    HARM,
    HEADLINE_GLYPHS,
    badge,
    cut_short,
    endured,
    html,
    left,
    short,
    slug,
    taken,
    told,
)

FIRST = 6
"""Causes on the first screen; the rest is folded."""

NAMED = 12
"""Checks that one cause names."""


def screen(results: Results) -> str:
    """All that is to be seen before anything is opened or scrolled."""
    cut = f'<p class="note">⚠ {html(cut_short(results))}</p>' if not results.complete else ""
    if ended := results.run.ended:
        cut += f'<p class="note">⚠ {html(ended)}.</p>'
    cut += "".join(f'<p class="note">! {html(line)}</p>' for line in taken(results))
    bad = diagnosis.bad(results)
    if bad and not results.checks:
        # Nothing was judged: the connection is all there is to tell.
        return _head(results) + bad + cut
    parts = (_headlines, rail.picture, cycle.first, load.first, _fix_these, _faults, _left_behind)
    return _head(results) + bad + cut + "".join(part(results) for part in parts)


def _head(results: Results) -> str:
    run, suite = results.run, results.suite
    trouble = endured(run)
    facts = f"{run.started} · {run.seconds} s · {run.requests} requests{f' ({trouble})' if trouble else ''} · "
    facts += f"{suite.name} {suite.version} · requirements of {suite.catalogue}"
    return (
        f'<header><h1>SCIM conformance of <span class="url">{html(results.target.url)}</span></h1>'
        f"<p><small>{html(facts)}</small></p></header>"
    )


def _headlines(results: Results) -> str:
    known = {row.id for row in results.checks}
    places = {cause.lead.id: place for place, cause in enumerate(causes(results.checks))}
    cards = []
    for name, profile in results.profiles.items():
        headline = profile.headline
        # What is to be fixed first is named first here too.
        decided = sorted(profile.decided_by, key=lambda one: places.get(one, len(places)))
        more = f" (+{len(decided) - 1} more)" if len(decided) > 1 else ""
        if decided:
            first = html(decided[0])
            link = f'<a href="#{first}">{first}</a>' if decided[0] in known else first
            by = f"{'could not be judged:' if headline == PARTIAL else 'decided by'} {link}{more}"
        else:
            by = html(_why(name, profile, results))
        levels = ", ".join(f"{c.held} of {c.judged} {level}" for level, c in profile.levels.items() if c.judged)
        counts = " ".join(f"<li>{badge(v)} {n}</li>" for v, n in profile.counts.items() if n)
        unplayed = sum(row.profile == name for row in results.not_played)
        counts += f" <li>· not played {unplayed}</li>" if unplayed else ""
        cards.append(
            f'<div class="headline h-{slug(headline)}"><h2>{HEADLINE_GLYPHS[headline]} {headline.upper()} '
            f"<small>profile {html(name)}</small></h2><p>{by}{f'; {levels} held' if levels else ''}</p>"
            f'<ul class="counts" aria-label="Checks by verdict">{counts}</ul></div>'
        )
    return f'<div class="headlines">{"".join(cards)}</div>'


def _why(name: str, profile: Profile, results: Results) -> str:
    counts = profile.counts
    if why := shortfalls(results).get(name):
        return why
    if profile.headline == PARTIAL and (found := disconnected(results)) and not counts["BLOCKED"]:
        return f"the connection: {found['sentence']}"
    if profile.headline == PARTIAL:
        return f"{counts['BLOCKED']} blocked, {len(profile.not_judged)} not run"
    return f"{counts['PASS']} checks passed, {counts['WARN']} warnings"


def _faults(results: Results) -> str:
    own = [row.id for row in results.checks if row.suite_fault]
    named = [f'<a href="#{html(identifier)}">{html(identifier)}</a>' for identifier in own]
    shown = [f'<pre tabindex="0">{html(str(fault)[-1500:])}</pre>' for fault in results.faults]
    if not named and not shown:
        return ""
    items = "".join(f"<li>{item}</li>" for item in (named + shown)[:FIRST])
    title = f"⚠ {len(named) + len(shown)} could not be judged: this suite is at fault, not the endpoint"
    return f'<section class="suite" aria-label="Faults of the suite"><h2>{title}</h2><ul>{items}</ul></section>'


def _fix_these(results: Results) -> str:
    found = causes(told_one_by_one(results))
    if not found:
        if disconnected(results):
            return "<h2>Fix the connection first</h2>"
        if unjudged(results):
            return "<h2>Nothing could be judged</h2>"
        whole = results.complete and not results.run.ended
        return f"<h2>Nothing to fix{'' if whole else ' in what was played'}</h2>"
    first = "".join(_cause(cause, results) for cause in found[:FIRST])
    rest = "".join(_cause(cause, results) for cause in found[FIRST:])
    more = (
        f'<details><summary>and {len(found) - FIRST} more</summary><ol start="{FIRST + 1}">{rest}</ol></details>'
        if rest
        else ""
    )
    lost = all(cause.verdict == "ERROR" for cause in found)
    title = "What could not be judged, as no answer came" if lost else "Fix these first"
    return f'<section class="fix"><h2>{title}</h2><ol>{first}</ol>{more}</section>'


def _cause(cause: Cause, results: Results) -> str:
    row = cause.lead
    tolerated = set(results.gate.tolerated)
    known = " · tolerated by the baseline" if row.id in tolerated else ""
    harm = "" if cause.verdict == "ERROR" else HARM[cause.consequence]
    return (
        f"<li>{badge(cause.verdict)} <b>{html(short(cause.title, 160))}</b> "
        f"<small>{html(harm)}</small>"
        f'<br><span class="told">{html(told(row, 220))}</span> <small><a href="#{html(row.id)}">'
        f"{html(row.id)}</a> · {html(row.level)} · {html(row.spec)}{known}</small>{_fix(cause)}{_same(cause)}</li>"
    )


def _fix(cause: Cause) -> str:
    return "" if cause.verdict == "ERROR" else f'<br><span class="fix-line">Fix: {html(cause.fix)}</span>'


def _same(cause: Cause) -> str:
    others = [row for row in cause.rows if row.check != cause.lead.check]
    parts = []
    for word, rows in (("same cause", others), ("could not be judged because of it", cause.blocked)):
        unique = list({row.check: row for row in rows}.values())
        if unique:
            links = ", ".join(f'<a href="#{html(r.id)}">{html(r.check)}</a>' for r in unique[:NAMED])
            links += f" and {len(unique) - NAMED} more" if len(unique) > NAMED else ""
            parts.append(f"<details><summary>{len(unique)} more: {word}</summary><p>{links}</p></details>")
    return "".join(parts)


def _left_behind(results: Results) -> str:
    """What is there at the end, and what may be there and nobody knows."""
    there = _remains(
        results.left_behind,
        "left behind",
        "Once the endpoint answers again, run <code>scim-conformance clean</code>; what it leaves alone is not proven "
        "to be ours: look at it yourself.",
    )
    unknown = _remains(
        results.unconfirmed,
        "not confirmed",
        "Nobody knows whether they are there. <code>scim-conformance clean</code> looks again.",
    )
    return there + unknown


def _remains(entries: list[Remains], what: str, note: str) -> str:
    if not entries:
        return ""
    items = [f"<li>{html(left(entry))}</li>" for entry in entries]
    more = f"<details><summary>{len(items) - FIRST} more</summary><ul>{''.join(items[FIRST:])}</ul></details>"
    return (
        f'<section class="suite"><h2>{GLYPHS["WARN"]} {len(items)} {what}</h2>'
        f"<ul>{''.join(items[:FIRST])}</ul>{more if len(items) > FIRST else ''}<p>{note}</p></section>"
    )
