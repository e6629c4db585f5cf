"""The dry run of ``cycle``: a company provisioned into an imitation, and the requests printed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from typing import Any

from conformance.commands.cycle.arguments import LATER, option, read
from conformance.commands.cycle.jobrun import JobRun
from conformance.commands.cycle.plan import Plan
from conformance.commands.cycle.verb import announcement
from conformance.commands.dry_run import Script, preface, rehearsal, without_credentials
from conformance.config.settings import UserError, build, collect
from conformance.judge.check import load
from conformance.reporting.terminal import Progress, say


def rehearse_cycles(given: Mapping[str, Any]) -> int:
    """Print what ``cycle`` would send, cycle by cycle, where it begins anew; no credentials are read.

    Returns:
        0.

    Raises:
        UserError: an argument cannot be used.
    """
    for key in ("on_demand", *LATER):
        if given[key]:
            raise UserError(f"{option(key)} has no dry run, which begins anew; leave --dry-run out.")
    settings = build(without_credentials(collect(given, given["config"])), None)
    script = Script(settings.target)
    target, imitation = rehearsal(settings.target, script)
    dry = replace(settings, target=target, given={**settings.given, "reports": None, "concurrency": 1})
    plan = Plan(dry, read({**given, "notify": None, "smtp": None}))
    plan.check()
    load()
    say(sys.stdout, preface(settings.target))
    for dialect in plan.dialects:
        say(sys.stdout, f"connection ({dialect})")
        _rehearse(JobRun(plan, dialect, transport=imitation))
    script.end()
    return 0


def _rehearse(run: JobRun) -> None:
    """Play the script in one dialect; what was created is deleted at the end, unless it would be kept."""
    sets = run.sets()
    say(sys.stdout, announcement(run, sets))
    player = run.player(Progress(StringIO()))
    phases = player.phases(sets)
    for change_set in sets:
        say(sys.stdout, f"{change_set.name}: {change_set.title}")
        next(phases)
    say(sys.stdout, "retries and clean-up")
    for _ in phases:
        pass
    if not run.plan.given["keep"]:
        player.clean_up()
    player.close()
    run.session.close(keep=bool(run.plan.given["keep"]))
    run.state.close()
