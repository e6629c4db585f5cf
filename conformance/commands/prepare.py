"""What the verbs that play begin with: their settings, and a look at the connection before anything is judged."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from conformance.commands.diagnose import begin
from conformance.config.credentials import KEYS, sign_in, wants_token
from conformance.config.settings import Settings, build, collect, read_token
from conformance.doctor.finding import Diagnosis
from conformance.doctor.report import as_text
from conformance.pytest_plugin.handed import Run
from conformance.reporting import page
from conformance.reporting.results import write
from conformance.reporting.terminal import say
from conformance.run.gate import baseline_of
from conformance.run.header import note
from conformance.run.live import LiveRun
from conformance.run.session import conclude
from conformance.scim.secret import Secret


def settings_of(given: Mapping[str, Any], *, url: str | None = None, token: Secret | None = None) -> Settings:
    """The settings of a run, with its secrets.

    Args:
        given: the command's options by key.
        url: the tenant URL, overruling the options (demo).
        token: the secret token, overruling the options (demo).

    Raises:
        UserError: an option or the baseline cannot be used; told before anything is sent.
    """
    values = collect(given, given.get("config"))
    if url is not None:
        values["url"] = url
    if token is not None:
        values |= dict.fromkeys(KEYS)
    settings = build(values, token or read_token(values["token_file"], prompt=wants_token(values)))
    baseline_of(settings.baseline)
    return settings


def connected(settings: Settings) -> tuple[Run, Diagnosis]:
    """A run at an endpoint to which the way was just looked at; where the way is bad, it is to end there.

    Raises:
        UserError: the credentials cannot be fetched.
    """
    sign_in(settings.target)
    diagnosis = begin(settings)
    return Run(settings, reports=settings.reports, diagnosis=diagnosis.to_json()), diagnosis


def end_at_connection(run: Run, diagnosis: Diagnosis) -> int:
    """End a run whose connection is bad: the diagnosis in place of as many failures as there are checks."""
    assert run.settings is not None
    session = LiveRun(run.settings)
    session.close()
    note(session.recording, diagnosis=run.diagnosis, requests=diagnosis.requests)
    results = conclude(run.settings, session.recording, {}, complete=True, faults=[], reports=run.reports)
    say(sys.stdout, as_text(diagnosis))
    if run.reports is not None:
        write(run.reports / "report.html", page.render(results))
        print(run.reports / "report.html")
    return int(results.gate.exit)
