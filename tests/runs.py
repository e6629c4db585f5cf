"""Whole runs in this process: the command's own path, with the embedded server behind an httpx transport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from conformance.commands import run as runner
from conformance.config.settings import build, collect
from conformance.demo.server import build_app
from conformance.pytest_plugin.handed import Run
from conformance.scim.secret import Secret
from tests.faults.lab import TOKEN, URL
from tests.faults.layer import Behaviour, wrap
from tests.hurried import hurry


def run_files(reports: Path, behaviour: Behaviour | None = None, **given: Any) -> int:
    """Run checks against the (faulted) embedded server and write all report files.

    Args:
        reports: folder for the files.
        behaviour: a fault, or None.
        given: settings by option key, as they come from the command line.

    Returns:
        the exit code.
    """
    app = build_app(TOKEN)
    transport = httpx.WSGITransport(app=wrap(app, behaviour) if behaviour else app, raise_app_exceptions=False)
    values = collect({"url": URL, "reports": str(reports), "seed": "1"} | given)
    settings = build(values, Secret(TOKEN))
    with hurry():
        return runner.execute(Run(settings, reports=reports, transport=transport), None)
