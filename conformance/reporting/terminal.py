"""What the command prints: progress while it plays, and a summary that ends with the report's path."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from conformance.reporting.words import GLYPHS
from conformance.reporting.results import Results, fix_first

SHOWN = 10
"""Failing checks told one by one."""

WIDTH = 160


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

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def say(stream: TextIO, text: str) -> None:
    """Print text of any origin: control characters made visible, and letters the encoding lacks replaced."""
    clean = "".join(c if c == "\n" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    encoding = stream.encoding or "utf-8"
    print(clean.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


def summary(results: Results, report: Path | None, stream: TextIO | None = None) -> None:
    """Print counts, failing ids with one-line reasons, headlines, and last the report's path."""
    stream = stream or sys.stdout
    broken = fix_first(results["checks"])
    for row in broken[:SHOWN]:
        told = f"expected {row['expected']}, got {row['got']}" if row["expected"] else _last_line(row["got"])
        say(stream, _cut(f"{GLYPHS[row['verdict']]} {row['verdict']:5} {row['id']}: {told}"))
    if len(broken) > SHOWN:
        say(stream, f"  and {len(broken) - SHOWN} more")
    for fault in results["faults"]:
        say(stream, f"The suite's own fault: {_last_line(str(fault))}")
    for entry in results["left_behind"]:
        say(stream, f"Could not be deleted: {entry['collection']}/{entry['id']} ({entry['name']})")
    for name, profile in results["profiles"].items():
        counts = ", ".join(f"{number} {verdict}" for verdict, number in profile["counts"].items() if number)
        say(stream, f"{name}: {profile['headline']} ({counts or 'nothing judged'})")
    for reason in results["gate"]["reasons"] if results["gate"]["tolerated"] else []:
        say(stream, _cut(f"gate: {reason}"))
    if not results["complete"]:
        say(stream, "The run was interrupted: the results are not complete.")
    if report is not None:
        say(stream, str(report))


def _last_line(text: str) -> str:
    """The last line of a reason, such as a traceback's; empty for none."""
    return next(iter(text.strip().splitlines()[::-1]), "")


def _cut(text: str) -> str:
    line = " ".join(text.split())  # an endpoint's line breaks must not make lines of their own
    return line if len(line) <= WIDTH else f"{line[:WIDTH]}…"
