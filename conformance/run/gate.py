"""The gate of a run: open or shut, by its options, its results and its baseline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from conformance.config.settings import UserError
from conformance.judge.check import load
from conformance.reporting import gate
from conformance.reporting.model import Results
from conformance.reporting.results import Exit
from conformance.reporting.results_file import BadFile
from conformance.reporting.run_header import RunHeader

UNREACHED = frozenset({"url", "name", "tcp"})
"""Layers of the connection doctor at which no endpoint has answered yet."""


def decide(results: Results, header: RunHeader) -> gate.Decision:
    """Open or shut the gate of a run, by what its recording says of the options it was given."""
    options = header.options
    diagnosis = results.diagnosis
    if diagnosis is not None and not diagnosis["ok"] and not results.checks:
        # What was never reached is not held at fault.
        reached = diagnosis["layer"] not in UNREACHED
        return gate.Decision(Exit.ENDPOINT_FAILS if reached else Exit.USER_ERROR, [diagnosis["sentence"]])
    return gate.decide(
        results,
        fail_on="should" if options["strict"] else options["fail_on"],
        require=options["require"],
        baseline=[gate.Tolerated.from_json(entry) for entry in header.baseline],
        today=datetime.now(UTC).date(),
    )


def baseline_of(path: Path | None) -> list[gate.Tolerated]:
    """Read the baseline, if there is one.

    Raises:
        UserError: it cannot be used.
    """
    if path is None:
        return []
    known = {name for item in load().values() for name in (item.id, *(variant for variant, _ in item.variants()))}
    try:
        return gate.read_baseline(path, known)
    except BadFile as problem:
        raise UserError(str(problem)) from None
