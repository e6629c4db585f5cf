"""The exchanges behind a verdict: a waterfall of requests and answers, and a curl line for each."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence

from conformance.parsing import NotJson, parse
from conformance.reporting.model import Evidence, Row
from conformance.reporting.words import html

_KEY = re.compile(r'^( *)"((?:[^"\\]|\\.)*)": ')


def exchanges(row: Row) -> str:
    """All exchanges of a check, each with its place in time."""
    rows = row.exchanges
    if not rows:
        return ""
    begin = min(exchange.started for exchange in rows)
    span = max(exchange.started + exchange.elapsed for exchange in rows) - begin or 1
    target = row.target
    lines = []
    for number, exchange in enumerate(rows, 1):
        left = 100 * (exchange.started - begin) / span
        width = max(1.0, 100 * exchange.elapsed / span)
        bar = f'<i class="bar" style="margin-left:{min(left, 99):.0f}%;width:{width:.0f}%"></i>'
        lines.append(_exchange(exchange, number, row.path, target, bar, last=number == len(rows)))
    return f'<div class="waterfall"><h3>Exchanges</h3>{"".join(lines)}</div>'


def curl(exchange: Evidence, base: str = "") -> str:
    """A command that sends a request again; URL and token come from the environment."""
    url = exchange.url.removeprefix(base.partition("?")[0]) if base else exchange.url
    target = f'"$SCIM_URL"{shlex.quote(url)}' if base and url != exchange.url else shlex.quote(url)
    parts = [f"curl -X {exchange.method} {target}", '-H "Authorization: Bearer $SCIM_TOKEN"']
    sent = exchange.request_headers or {}
    parts += [f"-H {shlex.quote(f'{n}: {sent[n]}')}" for n in ("accept", "content-type") if n in sent]
    body = exchange.request_text or exchange.request_body
    if body is not None:
        parts.append(f"-d {shlex.quote(body if isinstance(body, str) else json.dumps(body))}")
    return " ".join(parts)


def _exchange(exchange: Evidence, number: int, path: str | None, base: str, bar: str, *, last: bool) -> str:
    status = exchange.status if exchange.status is not None else exchange.error
    play = "first play, " if exchange.journey.endswith("(first play)") else ""
    label = (
        f"{number}. {play}{html(exchange.step)}: "
        f"<b>{html(exchange.method)}</b> {html(_below(exchange.url, base))} "
        f"→ <b>{html(status)}</b> · {exchange.elapsed * 1000:.0f} ms"
    )
    again = f" · sent again {exchange.retries} times" if exchange.retries else ""
    if exchange.body is None:
        return f'<p class="lean">{label}{again}{bar}</p>'
    sent = _headers(exchange.request_headers or {})
    body = exchange.request_text or exchange.request_body
    asked = html(body if isinstance(body, str) else json.dumps(body, indent=1, ensure_ascii=False)) if body else ""
    cut = "\n… cut; the recording has the whole" if exchange.truncated else ""
    answer = f"{_headers(exchange.headers or {})}\n{marked(_pretty(exchange.body), path if last else None)}{cut}"
    failed = html(exchange.error_detail or "") if exchange.error else answer
    return (
        f"<details{' open' if last else ''}><summary>{label}{again}{bar}</summary>"
        f'<div class="pair"><figure><figcaption>Request</figcaption><pre tabindex="0">{sent}\n{asked}</pre></figure>'
        f'<figure><figcaption>Answer</figcaption><pre tabindex="0">{failed}</pre></figure></div>'
        f'<pre class="copy" tabindex="0" data-name="curl">{html(curl(exchange, base))}</pre></details>'
    )


def _below(url: str, base: str) -> str:
    """What of a URL is below the tenant URL, which the page's head shows."""
    return url.removeprefix(base.partition("?")[0]) if base else url


def _headers(headers: dict[str, str]) -> str:
    return "\n".join(f"{html(name)}: {html(value)}" for name, value in headers.items())


def _pretty(body: str) -> str:
    try:
        return json.dumps(parse(body), indent=1, ensure_ascii=False)
    except NotJson:
        return body


def marked(body: str, path: str | None) -> str:
    """A body for the page; the lines at a SCIM path are marked."""
    wanted = _names(path or "")
    if not wanted:
        return html(body)
    stack: list[str] = []
    lines = []
    for line in body.split("\n"):
        key = _KEY.match(line)
        if key is not None:
            depth = len(key[1])
            # Indentation by one: a member of an array's item is two deeper than the array's own name.
            stack = [*stack[:depth], *[""] * (depth - len(stack)), key[2]]
        at = [part.casefold() for name in stack if name for part in _names(name)]
        hit = key is not None and _ends(at, wanted)
        lines.append(f"<mark>{html(line)}</mark>" if hit else html(line))
    return "\n".join(lines)


def _names(path: str) -> list[str]:
    """The names along a path in lower case, without filters and the URN before them."""
    bare = re.sub(r"\[[^\]]*\]", "", path)
    bare = re.sub(r"^urn:.*:(?=[^:]*$)", "", bare)
    return [name.casefold() for name in bare.split(".") if name]


def _ends(at: Sequence[str], wanted: Sequence[str]) -> bool:
    return list(at[-len(wanted) :]) == list(wanted)
