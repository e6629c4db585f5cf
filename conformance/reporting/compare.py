"""Several results side by side: servers by capability, and the checks in which they differ."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.reporting import rail
from conformance.reporting.causes import causes
from conformance.reporting.facts import by_capability, cell
from conformance.reporting.model import Results
from conformance.reporting.words import HEADLINE_GLYPHS, badge, html, slug, table

CAUSES = 3
"""Of each run, how many causes are told."""


def side_by_side(named: Mapping[str, Results]) -> str:
    """The comparison, without the frame of its page."""
    heads = ("", *named)
    cards = "".join(_card(name, results) for name, results in named.items())
    return (
        f"<header><h1>SCIM conformance of {len(named)} runs</h1></header>{cards}"
        f"{table('Capabilities', heads, _matrix(named))}{table('Checks that differ', heads, _different(named))}"
    )


def _card(name: str, results: Results) -> str:
    words = "".join(
        f'<span class="headline h-{slug(p.headline)}"><b>{HEADLINE_GLYPHS[p.headline]} {p.headline}</b> '
        f"{html(profile)}</span> "
        for profile, p in results.profiles.items()
    )
    found = causes(results.checks)
    first = "".join(f"<li>{badge(one.verdict)} {html(one.told)}</li>" for one in found[:CAUSES])
    more = f"<p>and {len(found) - CAUSES} more</p>" if len(found) > CAUSES else ""
    fix = f"<h3>Fix these first</h3><ol>{first}</ol>{more}" if first else ""
    about = f"{html(name)} <small>{html(results.target.url)} · {html(results.run.started)}</small>"
    # Links of a rail lead to a check of its own page, which is not here.
    return f"<section><h2>{about}</h2><p>{words}</p>{rail.picture(results, linked=False)}{fix}</section>"


def _matrix(named: Mapping[str, Results]) -> str:
    groups = [by_capability(results.checks) for results in named.values()]
    names = list(dict.fromkeys(name for group in groups for name in group))
    return "".join(
        f'<tr><th scope="row">{html(name)}</th>{"".join(cell(group.get(name, [])) for group in groups)}</tr>'
        for name in names
    )


def _different(named: Mapping[str, Results]) -> str:
    verdicts = [{row.id: row.verdict for row in results.checks} for results in named.values()]
    body = ""
    for identifier in sorted({identifier for mine in verdicts for identifier in mine}):
        mine = [found.get(identifier) for found in verdicts]
        if len(set(mine)) > 1:
            cells = "".join(f"<td>{badge(v) if v else 'not judged'}</td>" for v in mine)
            body += f'<tr><th scope="row"><code>{html(identifier)}</code></th>{cells}</tr>'
    return body or f'<tr><td colspan="{len(named) + 1}">none</td></tr>'
