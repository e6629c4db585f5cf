"""The words, glyphs and spellings that all renderings share."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from conformance.catalogue.defects import harms
from conformance.reporting.model import Remains, Results, Row, RunFacts
from conformance.verdict import Kind

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
HARM = {harm.key: harm.words for harm in harms()}
"""What breaking a requirement does to Entra's provisioning, as its administrator would say it."""


def visible(text: Any) -> str:
    """Text of any origin with control characters made visible."""
    line = str(text)
    if line.isprintable():
        return line
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in line)


def html(text: Any) -> str:
    """Text of any origin for a page; the one way in which an endpoint's words get there."""
    return escape(visible(text))


def slug(word: str) -> str:
    """A verdict or headline as a name of a CSS class."""
    return word.lower().replace("/", "").replace(" ", "-")


def short(text: str, limit: int) -> str:
    """Text cut where it is long."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def badge(verdict: str) -> str:
    """A verdict as glyph and word, so that its colour tells nothing that they do not."""
    return f'<span class="v v-{slug(verdict)}">{GLYPHS[verdict]} {verdict}</span>'


_AROUND = "expected , got "


def middle(text: str, limit: int) -> str:
    """Text of which the middle is cut where it is long, as what differs stands at its beginning or its end."""
    if len(text) <= limit:
        return text
    begin = 2 * limit // 3
    return f"{text[:begin]}…{text[len(text) - (limit - begin - 1) :]}"


def told(row: Row, limit: int = 0) -> str:
    """What was seen, in one line.

    Args:
        row: a check.
        limit: characters, of which both sides of a difference get their share; 0 for all of it.
    """
    if not row.expected:
        line = next(iter(str(row.got).strip().splitlines()[::-1]), "")
        return middle(line, limit) if limit else line
    expected, got = row.expected, row.got
    if limit and len(expected) + len(got) > limit - len(_AROUND):
        half = (limit - len(_AROUND)) // 2
        expected, got = (
            middle(expected, max(half, 2 * half - len(got))),
            middle(got, max(half, 2 * half - len(expected))),
        )
    return f"expected {expected}, got {got}"


def endured(run: RunFacts) -> str:
    """How often requests had to be sent again, and how many were not answered; empty where all went well."""
    again, lost = run.retries or 0, run.unanswered or {}
    kinds = ", ".join(f"{kind} {number}" for kind, number in lost.items())
    parts = [f"{again} sent again after 429 or 503"] if again else []
    parts += [f"{sum(lost.values())} not answered ({kinds})"] if lost else []
    return "; ".join(parts)


def cut_short(results: Results) -> str:
    """Why the results are not complete, and how many checks were not played; empty where they are complete."""
    if results.complete:
        return ""
    number, judged = len(results.not_played), len(results.checks)
    why = str(results.cut or "the run was interrupted")
    what = f"{number} of {number + judged} checks were not played" if number else "what was played is judged"
    return f"{why[:1].upper()}{why[1:]}: the results are not complete, {what}."


COLLECTIONS = {"/Users": "Users", "/Groups": "Groups"}


def taken(results: Results) -> list[str]:
    """How users and groups had to be created here, where not as Entra does by default: a sentence each."""
    unasked = sum(row.kind == Kind.LEFT_OUT for row in results.checks)
    sentences = []
    for path, base in (results.target.base or {}).items():
        without = f"without {', '.join(base.left_out)}" if base.left_out else ""
        added = f"with {', '.join(base.added)} in addition" if base.added else ""
        how = " and ".join(part for part in (without, added) if part)
        why = f": the endpoint refuses Entra's default body ({base.words})" if base.words else ""
        sentences.append(f"{COLLECTIONS.get(path, path)} are created {how}{why}.")
    if sentences and unasked:
        sentences[-1] += f" {unasked} {'checks are' if unasked > 1 else 'check is'} N/A for that."
    return sentences


def left(entry: Remains) -> str:
    """A resource that is or may be left, in a few words, with the reason where there is one.

    Args:
        entry: of ``left_behind`` or ``unconfirmed``; without an id where none is known.
    """
    why = f": {entry.reason}" if entry.reason else ""
    return f"{entry.collection}/{entry.id or '?'} ({entry.name or 'without a name'}){why}"


def table(caption: str, heads: Iterable[str], body: str) -> str:
    """A table that scrolls by itself where the page is narrow, also by keyboard."""
    columns = "".join(f'<th scope="col">{html(head)}</th>' if head else "<td></td>" for head in heads)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )
