"""What the command prints: progress while it plays, and a summary that ends with the report's path."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any, TextIO

from conformance.reporting import cycle, load, rail
from conformance.reporting.causes import Cause, causes
from conformance.reporting.model import Remains, Results
from conformance.reporting.results import Exit, disconnected, told_one_by_one
from conformance.reporting.words import GLYPHS, HEADLINE_GLYPHS, cut_short, endured, left, taken, told, visible

SHOWN = 10
"""Causes, or differences of cycles, told one by one."""

OBJECTS = 1000
"""Users and groups after which a line is printed where there is no terminal."""

NARROWEST = 40
LINES = 2
"""Of a failing check's reason, at most."""

WHOLE = 8
"""Lines for what is of our own words, which are never that long."""

PLAIN = str.maketrans({
    "✓": "+", "✗": "x", "⊘": "o", "⚠": "!", "◐": "~", "─": "-", "·": ".", "…": "...", "→": ">",
})  # fmt: skip
"""For an encoding that lacks our glyphs, such as cp1252."""

COLOURS = {"FAIL": "31", "ERROR": "31", "WARN": "33", "bad": "31", "warn": "33", "ok": "32", "off": "2"}
"""ANSI codes by verdict and by a stage's class."""


def undeleted(entry: Remains) -> str:
    """A line about a resource that is there at the end."""
    return f"Left behind: {left(entry)}"


def unknown(entry: Remains) -> str:
    """A line about a resource of which nobody knows whether it is there."""
    return f"Not confirmed: {left(entry)}"


class Progress:
    """Tells how far the journeys are: a bar on a terminal, a line now and then elsewhere.

    Args:
        stream: where to print; the standard output of the command, not pytest's.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._total = self._done = 0
        self._bar: Any = None

    def start(self, journeys: int, announcement: str) -> None:
        """Say what is about to happen, before it does."""
        say(self._stream, announcement)
        self._total = journeys
        if self._stream.isatty() and journeys:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(file=self._stream), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("playing", total=journeys)

    def played(self, key: str) -> None:
        """Take note of a finished journey; called from the journeys' threads."""
        with self._lock:
            self._done += 1
            if self._bar is not None:
                self._bar.update(self._task, advance=1, description=key[:30])
                if self._done == self._total:
                    self._bar.stop()
            elif self._done == self._total or self._done % 20 == 0:
                say(self._stream, f"played {self._done} of {self._total} journeys")

    def cycled(self, done: int, total: int) -> None:
        """Take note of how many objects of a cycle are done; a line now and then where there is no terminal."""
        with self._lock:
            if self._stream.isatty():
                self._show(done, total)
            elif done % OBJECTS == 0 and done < total:
                say(self._stream, f"{done} of {total} users and groups")

    def _show(self, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar

        if self._bar is None:
            self._bar = Bar(console=Console(file=self._stream), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("provisioning", total=total)
        self._bar.update(self._task, completed=done, total=total)
        if done == total:
            self._bar.stop()
            self._bar = None

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def say(stream: TextIO, text: str, colour: str = "") -> None:
    """Print text of any origin: control characters made visible, and letters the encoding lacks replaced.

    Args:
        stream: where to.
        text: one or several lines.
        colour: an ANSI code, used on a terminal that wants colours.
    """
    clean = fitting(stream, visible(text).replace("\t", " "))
    print(f"\x1b[{colour}m{clean}\x1b[0m" if colour and _coloured(stream) else clean, file=stream, flush=True)


def fitting(stream: TextIO, text: str) -> str:
    """The text in letters that the stream's encoding has."""
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def _coloured(stream: TextIO) -> bool:
    """Whether colours are welcome (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    """Columns of the terminal: COLUMNS, what the terminal says, or 80."""
    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)


def summary(results: Results, report: Path | None, stream: TextIO | None = None) -> None:
    """Print what is to be fixed, by cause, the rail, counts, headlines, and last the report's path."""
    stream = stream or sys.stdout
    found = causes(told_one_by_one(results))
    for cause in found[:SHOWN]:
        _cause(cause, stream)
    if len(found) > SHOWN:
        say(stream, f"  and {len(found) - SHOWN} more")
    for row in (row for row in results.checks if row.suite_fault):
        say(stream, _cut(f"{GLYPHS['ERROR']} ERROR {row.id}: {told(row)}", "        "), COLOURS["ERROR"])
    for fault in results.faults:
        say(stream, f"The suite's own fault: {next(iter(str(fault).strip().splitlines()[::-1]), '')}")
    for line in [*map(undeleted, results.left_behind), *map(unknown, results.unconfirmed)]:
        say(stream, line)
    _played(results, stream)
    if diagnosis := disconnected(results):
        say(stream, _cut(f"{GLYPHS['FAIL']} The connection: {diagnosis['sentence']}", "        "), COLOURS["FAIL"])
    _rail(results, stream)
    _headlines(results, stream)
    if found and found[0].verdict != "ERROR":
        cause = found[0]
        first = f"Fix first: {GLYPHS[cause.verdict]} {cause.verdict} {cause.title} {cause.fix}"
        say(stream, _cut(first, "  ", lines=WHOLE), COLOURS[cause.verdict])
    if trouble := endured(results.run):
        say(stream, f"Of {results.run.requests} requests: {trouble}.", COLOURS["WARN"])
    _how_it_ended(results, stream)
    if report is not None:
        say(stream, str(report))


def _cause(cause: Cause, stream: TextIO) -> None:
    """A cause: what is wrong and where it was seen, what was expected there, and what to change."""
    head = f"{GLYPHS[cause.verdict]} {cause.verdict:5} {cause.lead.id}: "
    say(stream, _cut(head + cause.told, "        ", lines=WHOLE), COLOURS[cause.verdict])
    say(stream, _cut(told(cause.lead, LINES * (_width() - 12)), "        ", "        "))
    if cause.verdict != "ERROR":
        say(stream, _cut(f"Fix: {cause.fix}", "        ", "        ", lines=WHOLE))


def _how_it_ended(results: Results, stream: TextIO) -> None:
    """Why the run ended before its time, where it did."""
    if cut := cut_short(results):
        say(stream, cut)
    if ended := results.run.ended:
        say(stream, f"{GLYPHS['ERROR']} {ended}.", COLOURS["ERROR"])


def _headlines(results: Results, stream: TextIO) -> None:
    """Each profile's headline, and what the gate has to say where that is more than the failures."""
    for name, profile in results.profiles.items():
        unplayed = sum(row.profile == name for row in results.not_played)
        numbers = {**profile.counts, "not played": unplayed}
        counts = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
        headline = profile.headline
        colour = {"✓": "1;32", "◐": "1;33", "✗": "1;31"}[HEADLINE_GLYPHS[headline]]
        say(stream, f"{name}: {headline} ({counts or 'nothing judged'})", colour)
    empty = results.gate.exit == Exit.USER_ERROR
    for reason in results.gate.reasons if results.gate.tolerated or empty else []:
        say(stream, _cut(f"gate: {reason}", "  "))


def _played(results: Results, stream: TextIO) -> None:
    """How creates had to look, where not as Entra sends them, and cycles and load, where they were played."""
    for line in taken(results):
        say(stream, _cut(f"{GLYPHS['WARN']} {line}", "        ", lines=WHOLE), COLOURS["WARN"])
    wrong = cycle.sentences(results)
    for one in wrong[:SHOWN]:
        say(stream, _cut(f"{GLYPHS['FAIL']} {one}", "        "), COLOURS["FAIL"])
    if len(wrong) > SHOWN:
        say(stream, f"  and {len(wrong) - SHOWN} more differences")
    for one in cycle.summaries(results):
        say(stream, _cut(f"cycles, {one}", "        "))
    if results.load is not None:
        say(stream, _cut(f"load: {load.sentence(results.load)}", "        "))


def _rail(results: Results, stream: TextIO) -> None:
    """How far Entra gets, in as many lines as it takes."""
    parts = [f"{stage.glyph} {stage.name}" for stage in rail.stages(results)]
    lines, line = [], ""
    for part in parts:
        longer = f"{line} ─ {part}" if line else part
        if len(longer) > _width():
            lines.append(line)
            longer = f"  ─ {part}"
        line = longer
    for text in [*lines, line] if parts else []:
        say(stream, text)


def _cut(text: str, indent: str, begin: str = "", lines: int = LINES) -> str:
    """A few lines as wide as the terminal; an endpoint's line breaks must not make lines of their own."""
    wrapped = textwrap.wrap(
        " ".join(text.split()),
        _width(),
        initial_indent=begin,
        subsequent_indent=indent,
        max_lines=lines,
        placeholder="…",
        break_on_hyphens=False,
    )
    return "\n".join(wrapped)
