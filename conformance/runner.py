"""Runs the checks through pytest on behalf of the command, and prints what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import plugin
from conformance.gatekeeper import baseline_of
from conformance.recording import BadRecording, load_recording
from conformance.reporting import results as model
from conformance.reporting.results import Exit, Results
from conformance.scim.secret import Secret
from conformance.settings import UserError, build, collect, read_token


def run_live(given: Mapping[str, Any], *, url: str | None = None, token: Secret | None = None) -> int:
    """Judge an endpoint.

    Args:
        given: the command's options by key.
        url: the tenant URL, overruling the options (demo).
        token: the secret token, overruling the options (demo).

    Raises:
        UserError: an option cannot be used.
    """
    values = collect(given, given.get("config"))
    if url is not None:
        values["url"] = url
    settings = build(values, token or read_token(values["token_file"], prompt=True))
    baseline_of(settings.baseline)  # a baseline that cannot be used is told before anything is sent
    run = plugin.Run(settings, reports=settings.reports)
    return execute(run, given.get("k"))


def run_judge(recording: Path, reports: Path) -> int:
    """Judge a recording again, without any network.

    Raises:
        UserError: the file is no recording.
    """
    try:
        loaded = load_recording(recording)
    except BadRecording as problem:
        raise UserError(str(problem)) from None
    return execute(plugin.Run(recording=loaded, reports=reports), None)


def execute(run: plugin.Run, expression: str | None) -> int:
    """Start pytest on the shipped checks, untouched by the configuration of the folder it is called in."""
    checks = Path(__file__).parent / "checks"
    arguments = [str(checks), "-c", str(checks.parent / "pytest.ini"), f"--rootdir={checks.parent}"]
    arguments += ["--disable-plugin-autoload", "-p", "conformance.plugin"]
    arguments += ["-p", "no:cacheprovider", "-qq", "--no-header", "--no-summary", "--tb=no"]
    if expression:
        arguments += ["-k", expression]
    # What the environment adds to pytest's options is meant for the caller's own tests.
    environment = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    try:
        code = pytest.main(arguments, plugins=[run])
    finally:
        os.environ.update(environment)
    return _conclude(run, code)


def _conclude(run: plugin.Run, code: int) -> int:
    if run.results is None:
        if code == pytest.ExitCode.USAGE_ERROR:
            return Exit.USER_ERROR
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise UserError("No check fits the given --only, -k, --profile, --dialect and --read-only.")
        return Exit.SUITE_FAULT
    _print_summary(run.results)
    return int(run.results["gate"]["exit"])


def _print_summary(results: Results) -> None:
    for name, profile in results["profiles"].items():
        print(name, profile["headline"], profile["counts"])
    for row in model.fix_first(results["checks"]):
        print(row["verdict"], row["id"], row["expected"], "|", row["got"], file=sys.stdout)
