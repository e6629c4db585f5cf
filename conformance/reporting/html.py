"""The HTML report: a first screen that needs no JavaScript, and rows and details for pytest-html's table.

Everything that an endpoint sent is escaped here; nothing of it reaches the page any other way.
"""

from __future__ import annotations

import json
import shlex
from html import escape
from typing import Any

from conformance.reporting.results import Results, Row, fix_first

GLYPHS = {"PASS": "✓", "FAIL": "✗", "WARN": "!", "INFO": "i", "N/A": "-", "BLOCKED": "⊘", "ERROR": "⚠"}
MEANINGS = {
    "FAIL": "breaks a MUST of the profile",
    "WARN": "breaks a SHOULD, or a form whose exact shape is not documented",
    "BLOCKED": "could not be judged, because an earlier step went wrong",
    "ERROR": "the suite or the network failed; not held against the endpoint",
    "INFO": "a fact: which of several right behaviours was seen",
    "N/A": "optional, and not offered by the endpoint",
    "PASS": "every requirement held",
}
HEADLINE_GLYPHS = {"conformant": "✓", "partial": "◐", "not conformant": "✗"}
FIRST = 8
"""Lines of "fix these first" on the first screen; the table has the rest."""


def prefix(results: Results) -> str:
    """The first screen: headlines, what decided them, what to fix first."""
    parts = [_banner(results), _faults(results), _fix_these(results), _counts(results), _left_behind(results)]
    return '<main class="scim">' + "".join([*parts, _legend(), _how(results)]) + "</main>"


def cells(row: Row) -> list[str]:
    """The columns of a check: verdict, id and title, level, requirement."""
    verdict = row["verdict"]
    name = f'<a id="{escape(row["id"])}"></a><code>{escape(row["id"])}</code><br>{escape(row["title"])}'
    return [
        f'<td class="col-verdict"><span class="v v-{_slug(verdict)}">{GLYPHS[verdict]} {verdict}</span></td>',
        f'<td class="col-check">{name}</td>',
        f'<td class="col-level">{escape(row["level"])}</td>',
        f'<td class="col-spec">{escape(row["spec"])}</td>',
    ]


HEADERS = (
    '<th class="sortable" data-column-type="verdict">Verdict</th>',
    '<th class="sortable" data-column-type="check">Check</th>',
    '<th class="sortable" data-column-type="level">Level</th>',
    '<th class="sortable" data-column-type="spec">Requirement</th>',
)


def details(row: Row) -> str:
    """What is behind a row: requirement, expected and got, why, fix, exchanges, and how to see it again."""
    lines = [("Requirement", f"{escape(row['statement'])} ({escape(row['level'])}, {escape(row['spec'])})")]
    if row["expected"]:
        where = f" <small>at {escape(row['path'])}</small>" if row["path"] else ""
        lines += [("Expected", f"<b>{_text(row['expected'])}</b>{where}"), ("Got", f"<b>{_text(row['got'])}</b>")]
    elif row["got"]:
        lines.append(("Reason", f"<pre>{_text(row['got'])}</pre>" if row["suite_fault"] else _text(row["got"])))
    if row["blocked_by"]:
        lines.append(("Blocked by", f'<a href="#{escape(row["blocked_by"])}">{escape(row["blocked_by"])}</a>'))
    lines += [("Why it matters", _text(row["why"])), ("How to fix", _text(row["fix"]))]
    if row["verdict"] not in {"PASS", "N/A"}:
        rerun = f'scim-conformance run --url "$SCIM_URL" --only {shlex.quote(row["id"])}'
        lines.append(("Run it again", f"<code>{escape(rerun)}</code>"))
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in lines)
    count = len(row["exchanges"])
    exchanges = "".join(_exchange(e, n, count, row.get("target", "")) for n, e in enumerate(row["exchanges"], 1))
    return f'<div class="scim-detail"><dl>{facts}</dl>{exchanges}</div>'


def curl(exchange: dict[str, Any], base: str = "") -> str:
    """A command that sends a request again; URL and token come from the environment."""
    url = exchange["url"].removeprefix(base.partition("?")[0]) if base else exchange["url"]
    target = f'"$SCIM_URL"{shlex.quote(url)}' if base and url != exchange["url"] else shlex.quote(url)
    parts = [f"curl -X {exchange['method']} {target}", '-H "Authorization: Bearer $SCIM_TOKEN"']
    sent = exchange.get("request_headers") or {}
    parts += [f"-H {shlex.quote(f'{n}: {sent[n]}')}" for n in ("accept", "content-type") if n in sent]
    body = exchange.get("request_text") or exchange.get("request_body")
    if body is not None:
        parts.append(f"-d {shlex.quote(body if isinstance(body, str) else json.dumps(body))}")
    return " ".join(parts)


def _exchange(exchange: dict[str, Any], number: int, count: int, base: str) -> str:
    status = exchange["status"] if exchange["status"] is not None else exchange["error"]
    label = f"Exchange {number} of {count}: {exchange['step']}: {exchange['method']} {exchange['url']} → {status}"
    label += f" · {exchange['elapsed'] * 1000:.0f} ms"
    if "body" not in exchange:
        return f"<p class='lean'>{_text(label)}</p>"
    sent = "\n".join(f"&gt; {_text(f'{n}: {v}')}" for n, v in exchange["request_headers"].items())
    body = exchange["request_text"] or (
        json.dumps(exchange["request_body"], indent=1, ensure_ascii=False)
        if exchange["request_body"] is not None
        else ""
    )
    got = "\n".join(f"&lt; {_text(f'{n}: {v}')}" for n, v in exchange["headers"].items())
    cut = "\n… cut; the recording has the whole" if exchange["truncated"] else ""
    return (
        f"<details><summary>{_text(label)}</summary><pre>{sent}\n{_text(body)}</pre>"
        f"<pre>{got}\n{_text(_pretty(exchange['body']))}{cut}</pre><pre>{_text(curl(exchange, base))}</pre></details>"
    )


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def _banner(results: Results) -> str:
    rows = []
    for name, profile in results["profiles"].items():
        headline = profile["headline"]
        decided = profile["decided_by"]
        more = f" (+{len(decided) - 1} more)" if len(decided) > 1 else ""
        by = (
            f"decided by <a href='#{escape(decided[0])}'>{escape(decided[0])}</a>{more}"
            if decided
            else _why_partial(profile)
        )
        rows.append(
            f'<p class="headline h-{_slug(headline)}"><b>{HEADLINE_GLYPHS[headline]} {headline.upper()}</b> '
            f"profile {escape(name)} <span>{by}</span></p>"
        )
    run, suite = results["run"], results["suite"]
    cut = "" if results["complete"] else "<p class='note'>This run was interrupted: the results are not complete.</p>"
    facts = f"{suite.get('name')} {suite.get('version')}, catalogue {suite.get('catalogue')} · {run['started']}"
    facts += f" · {run['seconds']} s · {run['requests']} requests"
    return (
        f"{''.join(rows)}{cut}<p>Endpoint <b>{_text(results['target']['url'])}</b><br><small>{_text(facts)}</small></p>"
    )


def _why_partial(profile: dict[str, Any]) -> str:
    counts = profile["counts"]
    if profile["headline"] != "partial":
        return f"{counts['PASS']} checks passed, {counts['WARN']} warnings"
    return f"{counts['BLOCKED']} blocked, {len(profile['not_judged'])} not run"


def _faults(results: Results) -> str:
    own = [row["id"] for row in results["checks"] if row["suite_fault"]]
    told = [*results["faults"], *own]
    if not told:
        return ""
    items = "".join(f"<li><pre>{_text(str(fault)[-1500:])}</pre></li>" for fault in told[:FIRST])
    title = f"⚠ {len(told)} checks could not judge: the suite is at fault"
    return f'<section class="suite"><h2>{title}</h2><ul>{items}</ul></section>'


def _fix_these(results: Results) -> str:
    broken = [row for row in fix_first(results["checks"]) if not row["suite_fault"]]
    if not broken:
        return "<h2>Nothing to fix</h2>"
    # One line for a check, whether it went wrong in one dialect or in both.
    broken = list({row["check"]: row for row in reversed(broken)}.values())[::-1]
    items = []
    for row in broken[:FIRST]:
        verdict = row["verdict"]
        told = f"expected {row['expected']}, got {row['got']}" if row["expected"] else row["got"]
        items.append(
            f'<li><span class="v v-{_slug(verdict)}">{GLYPHS[verdict]} {verdict}</span> '
            f"<b>{_text(_short(row['title'], 160))}</b>"
            f'<br>{_text(_short(told, 220))} <small><a href="#{escape(row["id"])}">{escape(row["id"])}</a> · '
            f"{escape(row['level'])} · {escape(row['spec'])}</small></li>"
        )
    more = f"<p>and {len(broken) - FIRST} more in the table below</p>" if len(broken) > FIRST else ""
    return f"<h2>Fix these first</h2><ol>{''.join(items)}</ol>{more}"


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def _counts(results: Results) -> str:
    head = "".join(f"<th>{GLYPHS[v]} {v}</th>" for v in GLYPHS)
    body = ""
    for name, profile in results["profiles"].items():
        levels = " ".join(f"{n} {c['held']}/{c['judged']}" for n, c in profile["levels"].items())
        numbers = "".join(f"<td>{profile['counts'][v]}</td>" for v in GLYPHS)
        body += f"<tr><th>{escape(name)}</th>{numbers}<td>{levels}</td></tr>"
    return f'<table class="counts"><tr><th>Profile</th>{head}<th>held/judged</th></tr>{body}</table>'


def _left_behind(results: Results) -> str:
    if not results["left_behind"]:
        return ""
    items = "".join(f"<li>{_text(json.dumps(entry))}</li>" for entry in results["left_behind"])
    return f"<h2>Could not be deleted</h2><ul>{items}</ul><p>Run <code>scim-conformance clean</code>.</p>"


def _legend() -> str:
    rows = "".join(f'<dt class="v v-{_slug(v)}">{GLYPHS[v]} {v}</dt><dd>{m}</dd>' for v, m in MEANINGS.items())
    return f"<details><summary>What the words mean</summary><dl>{rows}</dl></details>"


def _how(results: Results) -> str:
    shown = {"command": results["run"]["command"], "options": results["run"]["options"], "seed": results["run"]["seed"]}
    shown |= {"assumed": results["target"]["assumed"]}
    return (
        "<details><summary>How this was run, and what is hidden</summary>"
        f"<pre>{_text(json.dumps(shown, indent=1))}</pre>"
        "<p>The token and every header that is not on a short list are hidden; bodies are cut after 4096 characters. "
        "recording.jsonl beside this page holds the whole.</p></details>"
    )


def _text(text: str) -> str:
    """Text of any origin, escaped, with control characters made visible."""
    visible = "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in str(text))
    return escape(visible)


def _slug(word: str) -> str:
    return word.lower().replace("/", "").replace(" ", "-")
