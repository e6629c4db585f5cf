"""Runs the checks through pytest on behalf of the command, and prints what came of it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.prepare import connected, end_at_connection, settings_of
from conformance.config.settings import UserError
from conformance.idp.entra.people import PREFIX
from conformance.journeys import JOURNEYS
from conformance.pytest_plugin.files import unwritten
from conformance.pytest_plugin.handed import Run
from conformance.pytest_plugin.selection import NONE_FITS, chosen, on_checks
from conformance.recording import BadRecording, load_recording
from conformance.reporting.github import announce
from conformance.reporting.model import Remains
from conformance.reporting.results import Exit, write
from conformance.reporting.run_header import RunHeader
from conformance.reporting.terminal import Progress, summary, undeleted, unknown
from conformance.run.earlier import MADE, remove, remove_of
from conformance.run.header import header_of
from conformance.scim.secret import Secret

INTERRUPTED = 130
"""Exit code of a run that was cut short, as shells have it for SIGINT."""


def run_live(given: Mapping[str, Any], *, url: str | None = None, token: Secret | None = None) -> int:
    """Judge an endpoint.

    Args:
        given: the command's options by key.
        url: the tenant URL, overruling the options (demo).
        token: the secret token, overruling the options (demo).

    Raises:
        UserError: an option cannot be used.
    """
    remove_of(given)
    settings = settings_of(given, url=url, token=token)
    if given.get("k") or settings.only:
        chosen(settings, given.get("k"))
    run, diagnosis = connected(settings)
    if diagnosis.stops:
        return end_at_connection(run, diagnosis)
    return execute(run, given.get("k"))


def run_judge(recording: Path, reports: Path) -> int:
    """Judge a recording again, without any network.

    Raises:
        UserError: the file is no recording.
    """
    remove(reports, MADE)  # no recording: it may be the one that is judged
    try:
        loaded = load_recording(recording)
    except BadRecording as problem:
        raise UserError(str(problem)) from None
    return execute(Run(recording=loaded, reports=reports), None)


def execute(run: Run, expression: str | None) -> int:
    """Have pytest judge a run, and print what came of it."""
    if run.reports is not None:
        run.page = run.reports / "report.html"
        try:
            write(run.page, "")  # what cannot be written is told before anything is sent
        except OSError as problem:
            raise UserError(unwritten(run, problem)) from None
    arguments = ["-qq", "--no-header", "--no-summary", "--tb=no", "-s"]
    # pytest's own output is of no use to the command's reader, unless pytest itself goes wrong.
    output = io.StringIO()
    progress = Progress(sys.stdout)
    run.on_start = lambda plays, checks: progress.start(len(plays), _announcement(run, plays, checks))
    run.on_played = progress.played
    try:
        with redirect_stdout(output):
            code = on_checks(arguments, expression, [run])
    finally:
        progress.stop()
    if run.problem:
        header = header_of(run.session.recording) if run.session is not None else RunHeader()
        tell_what_is_left(header.left_behind, header.unconfirmed)
        raise UserError(run.problem)
    return _conclude(run, code, output.getvalue())


def tell_what_is_left(left_behind: Iterable[Mapping[str, Any]], unconfirmed: Iterable[Mapping[str, Any]]) -> None:
    """Print what a run of which there are no results has left behind, and what nobody knows of.

    Args:
        left_behind: what is there, as the results would name it.
        unconfirmed: what may be there.
    """
    for entry in left_behind:
        print(undeleted(Remains.from_json(entry)))
    for entry in unconfirmed:
        print(unknown(Remains.from_json(entry)))


def _announcement(run: Run, plays: Sequence[tuple[str, str]], checks: int) -> str:
    """What is about to happen, and where."""
    if run.settings is None:
        return f"Judging {checks} checks from a recording; nothing is sent."
    url = run.settings.target.shown_url
    if run.settings.read_only:
        return f"Reading only: {checks} checks, {len(plays)} journeys at {url}."
    users, groups = (sum(getattr(JOURNEYS[name], kind) for name, _ in plays) for kind in ("users", "groups"))
    return (
        f"Creates about {users} users and {groups} groups named {PREFIX}-… at {url}\nand deletes them again; "
        f"nothing else is written to. {checks} checks, {len(plays)} journeys, seed {run.settings.seed}."
    )


def _conclude(run: Run, code: int, output: str) -> int:
    if run.fault:
        print(run.fault, file=sys.stderr)
        return Exit.SUITE_FAULT
    if run.results is None:
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise UserError(NONE_FITS)
        if code == pytest.ExitCode.USAGE_ERROR:
            return Exit.USER_ERROR
        print(output, file=sys.stderr)
        return Exit.SUITE_FAULT
    if run.results.faults:
        print(output, file=sys.stderr)
    for line in announce(run.results):
        print(line)
    summary(run.results, run.reports / "report.html" if run.reports else None)
    exit_code = int(run.results.gate.exit)
    return INTERRUPTED if run.interrupted and exit_code != Exit.SUITE_FAULT else exit_code
