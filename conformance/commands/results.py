"""The verbs that take a results file: baseline, compare, badge, headline, share and report."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.config.settings import UserError
from conformance.reporting import gate
from conformance.reporting.model import Results
from conformance.reporting.results_file import BadFile, read_results
from conformance.reporting.share import share


def run_baseline(results: Path, write: Path | None) -> int:
    """Make a baseline of what fails in a results file; print it, or write it to a new file.

    Raises:
        UserError: the results cannot be read, or the file exists.
    """
    text = gate.write_baseline(_results(results))
    if write is None:
        print(text)
        return 0
    if write.exists():
        raise UserError(
            f"{str(write)!r} exists; a baseline is not overwritten, because its reasons were written by hand."
        )
    write.write_text(text, encoding="utf-8")
    print(f"{text.count('[[tolerated]]')} known failures written to {write}; say why for each.")
    return 0


def run_compare(old: Path, new: Path) -> int:
    """Print what got worse and what was mended between two runs; 1 where anything got worse.

    Raises:
        UserError: a file cannot be read.
    """
    change = gate.compare(_results(old), _results(new))
    for word, rows in (("worse", change.worse), ("better", change.better)):
        for identifier, was, now in rows:
            print(f"{word:7} {identifier}: {was} -> {now}")
    if change.added:
        print(f"new     {', '.join(change.added)}")
    print(f"{len(change.worse)} worse, {len(change.better)} better, {len(change.added)} new")
    return 1 if change.worse else 0


def run_badge(results: Path) -> int:
    """Print the JSON that shields.io makes a badge of.

    Raises:
        UserError: the results cannot be read.
    """
    json.dump(gate.badge(_results(results)), sys.stdout)
    print()
    return 0


def run_share(results: Path) -> int:
    """Print the results with hosts, tenants, ids and people replaced by pseudonyms.

    Raises:
        UserError: the results cannot be read.
    """
    json.dump(share(_results(results)).to_json(), sys.stdout, indent=1)
    print()
    return 0


def run_headline(results: Path) -> int:
    """Print the headline of each profile in one line.

    Raises:
        UserError: the results cannot be read.
    """
    print("; ".join(f"{name} is {p.headline}" for name, p in _results(results).profiles.items()))
    return 0


def run_report(paths: Sequence[Path], output: Path | None, *, shared: bool) -> int:
    """Make the page of a results file, or of several side by side; print its path.

    Raises:
        UserError: a file cannot be read or written.
    """
    from conformance.reporting import page
    from conformance.reporting.results import write

    found = [share(_results(path)) if shared else _results(path) for path in paths]
    name = "report" if len(paths) == 1 else "comparison"
    output = output or paths[0].parent / f"{name}{'-shared' if shared else ''}.html"
    names = [f"{number}. {path.parent.name or path.stem}" for number, path in enumerate(paths, 1)]
    text = page.render(found[0]) if len(found) == 1 else page.compare(dict(zip(names, found, strict=True)))
    try:
        write(output, text)
    except OSError as problem:
        raise UserError(f"The page {str(output)!r} cannot be written: {problem.strerror}.") from None
    print(output)
    return 0


def _results(path: Path) -> Results:
    try:
        return read_results(path)
    except BadFile as problem:
        raise UserError(str(problem)) from None
