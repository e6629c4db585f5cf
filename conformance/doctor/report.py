"""The diagnosis on a terminal: the verdict first, then who does what, then what was tried."""

from __future__ import annotations

import json
import shlex
import textwrap

from conformance.doctor.finding import Diagnosis, Step

WIDTH = 100
PEOPLE = {"admin": "the customer's admin", "vendor": "the vendor", "network": "the network team"}
NAMES = {
    "url": "URL", "name": "name", "tcp": "TCP", "tls": "TLS", "http": "HTTP", "credentials": "credentials",
    "scim": "SCIM",
}  # fmt: skip


def as_json(diagnosis: Diagnosis) -> str:
    """The contract for machines."""
    return json.dumps(diagnosis.to_json(), indent=1)


def as_text(diagnosis: Diagnosis) -> str:
    """Lines of at most 100 columns, but for a URL that is longer."""
    cause = diagnosis.cause
    lines = [*wrap(f"{_mark(diagnosis)} ", diagnosis.sentence), ""]
    lines += wrap("  who     ", PEOPLE[cause.who])
    lines += wrap("  do      ", diagnosis.fix)
    if not diagnosis.ok:
        lines += wrap("  portal  ", cause.code or "no error code is documented for this")
        lines += wrap("          ", cause.message) if cause.message else []
    lines += _command("  see it  ", diagnosis.curl)
    lines += [f"  cause   {cause.id}", ""]
    for step in diagnosis.steps:
        lines += _step(step)
    return "\n".join(_visible(line) for line in lines)


def _mark(diagnosis: Diagnosis) -> str:
    return "✓ Good." if diagnosis.ok else f"✗ {NAMES[diagnosis.cause.layer]}:"


def wrap(start: str, text: str) -> list[str]:
    """A text in narrow lines below each other, the first behind its label."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [start.rstrip()]


def _command(start: str, command: str) -> list[str]:
    """A command broken between its words, so that it can still be pasted."""
    lines, line = [], start
    for word in _words(command):
        if line.strip() and line != start and len(line) + len(word) > WIDTH - 2:
            lines.append(f"{line.rstrip()} \\")
            line = " " * len(start)
        line += f"{word} "
    return [*lines, line.rstrip()]


def _words(command: str) -> list[str]:
    # Words as they are written, quotes included.
    lexer = shlex.shlex(command, posix=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:
        return [command]


def _step(step: Step) -> list[str]:
    start = f"  {'ok' if step.ok else '✗ '}  {NAMES[step.layer]:<11} {step.seconds:5.2f} s  "
    lines = wrap(start, step.tried)
    return lines + wrap(" " * len(start) + "→ ", step.saw) if step.saw else lines


def _visible(line: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)
