"""The page: our own frame around the parts, or the parts for pytest-html's frame."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from conformance.reporting import checks, cycle, diagnosis, facts, first, load, timing
from conformance.reporting.compare import side_by_side
from conformance.reporting.model import Results
from conformance.reporting.words import GLYPHS, MEANINGS, html, slug

HEAD = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
)

UNMADE = "<p>The page could not be made: this suite is at fault, not the endpoint. results.json says why.</p>"
"""In place of a page that could not be made."""


def render(results: Results) -> str:
    """A page of one run."""
    return frame(body(results))


def compare(named: Mapping[str, Results]) -> str:
    """A page of several runs side by side, by a name for each."""
    return frame(f'<main class="scim">{side_by_side(named)}{_legend()}</main>')


def body(results: Results) -> str:
    """All that a page shows of one run."""
    skip = '<a class="skip" href="#checks">Skip to the checks</a>'
    played = cycle.section(results) + load.section(results)
    if not results.checks:
        return (
            f'<main class="scim">{first.screen(results)}{played}<section class="parts">{_how(results)}</section></main>'
        )
    parts = [diagnosis.good(results), facts.capabilities(results), facts.coverage(results), timing.section(results)]
    return (
        f'<main class="scim">{skip}{first.screen(results)}{played}{checks.section(results)}{checks.unplayed(results)}'
        f'<section class="parts">{"".join(parts)}{_legend()}{_how(results)}</section></main>'
    )


def adopted(page: str) -> str:
    """pytest-html's page around our parts, with what its frame lacks: a language, a viewport, our script."""
    head, end = '<html lang="en">', page.rfind("</body>")
    page = f"{page[:end]}<script>{asset('report.js')}</script>\n  {page[end:]}"
    return page.replace("<html>", head, 1).replace("<head>", f"<head>{HEAD}", 1)


@cache
def asset(name: str) -> str:
    """A file that ships beside this module."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def frame(content: str) -> str:
    """Our own page around some content, with a policy by which nothing but our own script runs."""
    script = asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Nothing but our own script runs, and nothing is fetched, whatever an endpoint managed to get into the page.
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{HEAD}'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>SCIM conformance</title>'
        f"<style>{asset('report.css')}</style></head><body>{content}<script>{script}</script></body></html>\n"
    )


def _legend() -> str:
    rows = "".join(f'<dt class="v v-{slug(v)}">{GLYPHS[v]} {v}</dt><dd>{m}</dd>' for v, m in MEANINGS.items())
    return f'<details class="part"><summary>What the words mean</summary><dl>{rows}</dl></details>'


def _how(results: Results) -> str:
    run = results.run
    shown = {"command": run.command, "options": run.options, "seed": run.seed, "assumed": results.target.assumed}
    return (
        '<details class="part"><summary>How this was run, and what is hidden</summary>'
        f'<pre tabindex="0">{html(json.dumps(shown, indent=1))}</pre>'
        "<p>The token and every header that is not on a short list are hidden; bodies are cut after 4096 characters. "
        f"recording.jsonl beside results.json holds the whole.</p></details>{_hidden(results)}"
    )


def _hidden(results: Results) -> str:
    """What a shared page does not show."""
    if results.hidden is None:
        return ""
    told = ", ".join(f"{number} of kind {kind}" for kind, number in results.hidden.items()) or "nothing"
    return (
        f'<p class="note" id="hidden">This page can be shared: replaced by pseudonyms or hidden were {html(told)}. '
        "The same value has the same pseudonym everywhere.</p>"
    )
