"""The connection doctor's part of the page: first where the connection is bad, folded where it is good."""

from __future__ import annotations

from typing import Any

from conformance.reporting.model import Results
from conformance.reporting.words import html

PEOPLE = {"admin": "the customer's admin", "vendor": "the vendor", "network": "the network team"}


def bad(results: Results) -> str:
    """The diagnosis of a connection that is bad; empty for a good one."""
    found = results.diagnosis
    if not found or found["ok"]:
        return ""
    code = html(found["portal_code"]) if found["portal_code"] else "no error code is documented"
    told = f"<br>{html(found['portal_message'])}" if found["portal_message"] else ""
    return (
        f'<section class="diagnosis"><h2>✗ The connection: {html(found["sentence"])}</h2><dl>'
        f"<dt>Who has to act</dt><dd>{PEOPLE[found['who']]}</dd><dt>What to do</dt><dd>{html(found['fix'])}</dd>"
        f"<dt>What Entra's portal shows</dt><dd>{code}{told}</dd>"
        f'<dt>See it</dt><dd><pre tabindex="0">{html(found["curl"])}</pre></dd></dl>{_steps(found)}</section>'
    )


def good(results: Results) -> str:
    """A good connection, folded."""
    found = results.diagnosis
    if not found or not found["ok"]:
        return ""
    return (
        f'<details class="part"><summary>The connection</summary><p>{html(found["sentence"])} {html(found["fix"])}</p>'
        f"{_steps(found)}</details>"
    )


def _steps(found: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{'ok' if step['ok'] else '✗'}</td><td>{html(step['layer'])}</td><td>{step['seconds']:.2f} s</td>"
        f"<td>{html(step['tried'])}<br>{html(step['saw'])}</td></tr>"
        for step in found["steps"]
    )
    head = "<tr><th></th><th>Layer</th><th>Time</th><th>What was tried, and what was seen</th></tr>"
    return f"<table>{head}{rows}</table>"
