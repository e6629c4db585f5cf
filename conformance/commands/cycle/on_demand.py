"""Provision on demand: one object now, told in the five steps that the portal shows."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

from conformance.commands.cycle.jobrun import JobRun, unwritten
from conformance.commands.cycle.plan import find
from conformance.config.settings import UserError
from conformance.provisioning.service.codes import Trouble
from conformance.provisioning.service.links import KINDS
from conformance.recording import Recording
from conformance.reporting import page
from conformance.reporting.results import Exit, write
from conformance.reporting.terminal import Progress, say
from conformance.reporting.timeline import PORTAL, STATUSES
from conformance.run.header import to_be_judged
from conformance.run.session import conclude
from conformance.scim.client import Stopped
from conformance.scim.ending import Ended


def on_demand(run: JobRun, name: str) -> int:
    """Provision one user or group, in the legacy dialect: the flag does not work on demand.

    Returns:
        0 where the endpoint did what was asked, else 1.

    Raises:
        UserError: nobody is called so, or the group has too many members.
    """
    player = None
    try:
        source = find((one for kind in KINDS for one in run.state.sources(kind)), name, run.prefix)
        player = run.player(Progress(sys.stdout))
        _, trouble = player.service.on_demand(source.id)
        player.tell()
    except (Ended, Stopped, sqlite3.Error) as problem:
        if player is not None:
            player.close()
        run.session.close(keep=True)
        run.state.close()
        raise UserError(f"{problem}." if isinstance(problem, Ended) else unwritten(problem)) from None
    except UserError:
        run.session.close(keep=True)
        run.state.close(remove=not run.known)
        raise
    events = player.told["events"]
    for line in told(trouble, events):
        say(sys.stdout, line)
    # Whoever asks for one person does not ask that all others of a kept job go.
    keep = bool(run.plan.given["keep"]) or run.known
    if not keep:
        player.clean_up()
    player.close()
    run.session.close(keep=keep)
    run.state.close(remove=not keep)
    _report(run)
    failed = trouble is not None or any(e["provisioningStatusInfo"]["status"] == "failure" for e in events)
    return int(Exit.ENDPOINT_FAILS if failed else Exit.CONFORMANT)


def told(trouble: Trouble | None, events: Sequence[dict[str, Any]]) -> list[str]:
    """The five steps as lines of text.

    Args:
        trouble: what is wrong with the connection, or None.
        events: of the provisioning log, all about the one object; none where the connection was bad.
    """
    lines = []
    noted = _noted(events)
    for number, (title, kinds) in enumerate(PORTAL, 1):
        steps = [step for step in noted if step["provisioningStepType"] in kinds]
        if not kinds:
            steps = [_connection(trouble)]
        state = next((s["status"] for s in steps if s["status"] != "success"), "success") if steps else "skipped"
        lines.append(f"{STATUSES[state][0]} {number}. {title.format('user')}: {state}")
        lines += [f"     {step['description']}" for step in steps]
    for change in (change for event in events for change in event["modifiedProperties"]):
        lines.append(
            f"     {change['displayName']}: {change['oldValue'] or '(empty)'} -> {change['newValue'] or '(empty)'}"
        )
    return lines


def _noted(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of all events, each once: a manager or members make an event of their own, with the import again."""
    steps: list[dict[str, Any]] = []
    for step in (step for event in events for step in event["provisioningSteps"]):
        if step not in steps:
            steps.append(step)
    return steps


def _connection(trouble: Trouble | None) -> dict[str, str]:
    if trouble is None:
        return {"status": "success", "description": "The endpoint answers a look-up of nobody with an empty list."}
    return {"status": "failure", "description": f"{trouble.code}: {trouble.reason} {trouble.remedy}"}


def _report(run: JobRun) -> None:
    """The page of the one event; nothing is judged."""
    recording = Recording(dict(run.session.recording.header))
    recording.journeys |= run.session.recording.journeys
    recording.add(run.played)
    to_be_judged(recording, {})
    results = conclude(None, recording, {}, complete=True, faults=[], reports=run.settings.reports)
    path = run.settings.reports / "report.html"
    write(path, page.render(results))
    print(path)
