"""The ``cycle`` verb: a company is provisioned in cycles, and what became of everybody is judged and reported."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.commands.cycle.arguments import read
from conformance.commands.cycle.jobrun import JobRun, unwritten
from conformance.commands.cycle.plan import Plan
from conformance.commands.prepare import connected, end_at_connection, settings_of
from conformance.commands.run import INTERRUPTED, execute
from conformance.config.settings import Settings, UserError
from conformance.idp.dialects import DIALECTS, LEGACY
from conformance.journeys.company import CompanyPlayer
from conformance.judge.check import CHECKS, load
from conformance.provisioning.service.company import Phase
from conformance.provisioning.service.links import KINDS
from conformance.provisioning.source.changes import ChangeSet
from conformance.pytest_plugin.handed import Run
from conformance.recording import Played, Recording
from conformance.reporting.terminal import Progress, say
from conformance.run.earlier import remove_of
from conformance.run.gate import baseline_of
from conformance.run.header import endured, gathered, header_of, to_be_judged
from conformance.scim.client import Stopped
from conformance.scim.ending import Ended

SHOWN = 3
"""Failures of a cycle that are printed; the log has them all."""

INTERRUPTION = "scim-conformance: interrupted; the same command goes on from here, `clean` removes what is there"


END = "scim-conformance: the same command goes on from here once the endpoint lets it in again"


def run_cycles(given: Mapping[str, Any]) -> int:
    """Provision a company in cycles, in each dialect, and judge what came of it.

    Returns:
        the exit code, as of ``run``.

    Raises:
        UserError: an argument cannot be used.
    """
    remove_of(given)
    settings = settings_of(given)
    plan = Plan(settings, read(given))
    plan.check()
    run, diagnosis = connected(settings)
    if diagnosis.stops:
        return end_at_connection(run, diagnosis)
    load()
    if given["on_demand"]:
        from conformance.commands.cycle.on_demand import on_demand

        return on_demand(JobRun(plan, LEGACY), given["on_demand"])
    runs = []
    for dialect in settings.dialects:
        runs.append(JobRun(plan, DIALECTS[dialect]))
        code = _play(runs[-1])
        if code:
            return code
        if runs[-1].client.ended:
            break
    return _judge(settings, runs, diagnosis.to_json())


def _play(run: JobRun) -> int:
    """Play a job's script; what was created goes at the end, unless it is to be kept.

    Returns:
        0, also where the credentials ran out or the endpoint is gone, or 130 where the run was interrupted: then the
        state stays, and the same command goes on from it.

    Raises:
        UserError: the journal or the state cannot be written any more.
    """
    progress = Progress(sys.stdout)
    keep, sets = bool(run.plan.given["keep"]), run.sets()
    progress.start(0, announcement(run, sets))
    player = run.player(progress)
    if run.plan.given["allow_deletes"]:
        player.service.condition.allow_deletes()
    try:
        for phase in player.phases(sets):
            for line in _lines(phase):
                say(sys.stdout, line)
            if phase.stopped:
                run.played.stopped_at = phase.summary.name + "-result"
        run.state.remember("complete", value=True)
        if not keep:
            player.clean_up()
    except Ended as reason:
        run.played.ended = str(reason)
        _end(run, player, keep=True)
        say(sys.stderr, END)
        return 0
    except (KeyboardInterrupt, Stopped, sqlite3.Error) as problem:
        run.client.halt()
        _end(run, player, keep=True)
        run.state.close()
        if not isinstance(problem, KeyboardInterrupt):
            raise UserError(unwritten(problem)) from None
        say(sys.stderr, INTERRUPTION)
        return INTERRUPTED
    _end(run, player, keep=keep)
    if run.session.interrupted:
        raise KeyboardInterrupt
    return 0


def _end(run: JobRun, player: CompanyPlayer, *, keep: bool) -> None:
    player.close()
    run.session.close(keep=keep)


def announcement(run: JobRun, sets: Sequence[ChangeSet]) -> str:
    """What is about to happen, and where."""
    if run.known:
        done = run.state.fact("position", 0)
        return f"Goes on with {run.prefix} ({run.dialect}): {done} of {len(sets)} cycles are done."
    users, groups = (len(run.state.changed_since(0, kind)) for kind in KINDS)
    named = "named as in the directory" if run.plan.given["as_is"] else f"named {run.prefix}-…"
    adopts = "what is there already is adopted" if run.plan.given["adopt"] else "nothing else is written to"
    return (
        f"Provisions {users} users and {groups} groups, {named},\nto {run.settings.target.shown_url} "
        f"({run.dialect}) in {len(sets)} cycle{'s' * (len(sets) > 1)}; {adopts}. Seed {run.settings.seed}."
    )


def _lines(phase: Phase) -> list[str]:
    """A cycle in one line, and the first of its failures in a line each."""
    one = phase.summary
    words = ("created", "updated", "disabled", "deleted", "failed", "escrowed", "left_alone", "differences")
    told = ", ".join(f"{getattr(one, w)} {w.replace('_', ' ')}" for w in words if getattr(one, w)) or "nothing to do"
    quarantine = f"; in quarantine: {one.quarantine}" if one.quarantine else ""
    failures = [f"  {failed['name']}: {failed['code']}: {failed['reason']}" for failed in one.failures[:SHOWN]]
    return [f"cycle {one.number} {one.name}: {one.requests} requests, {told}{quarantine}", *failures]


def _judge(settings: Settings, runs: Sequence[JobRun], diagnosis: dict[str, Any]) -> int:
    """Judge what the cycles came to, and write the report files."""
    recording = Recording(dict(runs[0].session.recording.header))
    for run in runs:
        recording.journeys |= run.session.recording.journeys
        recording.add(run.played)
    ended = next((run.client.ended for run in runs if run.client.ended), "")
    for dialect in settings.dialects[len(runs) :]:
        recording.add(Played("cycle", dialect, ended=ended))
    chosen = [item for item in CHECKS.values() if item.journeys == ("cycle",)]
    dialects = [DIALECTS[name] for name in settings.dialects]
    levels = {identifier: str(item.level) for item in chosen for identifier, _ in item.variants(dialects)}
    headers = [header_of(run.session.recording) for run in runs]
    to_be_judged(
        recording,
        {"entra": levels},
        baseline_of(settings.baseline),
        diagnosis=diagnosis,
        **gathered(headers),
        **endured(recording),
        requests=sum(run.client.requests_sent for run in runs),
        seconds=round(sum(header.seconds or 0 for header in headers), 3),
        ended=ended or None,
    )
    recording.save(settings.reports / "recording.jsonl")
    code = execute(Run(recording=recording, reports=settings.reports), None)
    for run in runs:
        run.state.remember("judged", value=True)
        run.state.close(remove=not run.plan.given["keep"] and not run.session.left)
    return code
