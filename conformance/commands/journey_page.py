"""Every journey with its steps, as a page: what each sends, what was known of it, and which checks look at it."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from urllib.parse import parse_qsl

from conformance.commands.dry_run import rehearsal
from conformance.idp.dialects import COMPLIANT
from conformance.idp.entra.people import People, marks_of
from conformance.journeys import JOURNEYS, Journey, load
from conformance.judge.check import load as load_checks
from conformance.recording import Recording, Step
from conformance.run.player import DISCOVERY, Player
from conformance.scim.client import Client
from conformance.scim.journal import Journal
from conformance.scim.target import Target

PREFIX = "scimconf-aaaaaa"
ROOT = "/scim"

INTRODUCTION = """\
# Journeys and their steps

Made by `make docs`, by playing every journey against an imitation of a good endpoint; not edited by hand.

A check names journeys as its parameters and looks at their steps: `disable["read-disabled"]`. *Facts* are what the
journey knew when it sent the request, for the check to compare the answer with: `step.facts["members"]`. A journey with
dialects is played once in each; here it is played in the compliant one. More is in
[Writing checks](writing-checks.md).
"""


def page() -> str:
    """The whole page as Markdown."""
    load()
    looked: dict[str, list[str]] = defaultdict(list)
    for item in load_checks().values():
        for name in item.journeys:
            looked[name].append(item.id)
    recording = _played()
    own = [journey for journey in JOURNEYS.values() if journey.verb == "run"]
    parts = [_part(journey, recording, looked[journey.name]) for journey in sorted(own, key=lambda one: one.name)]
    return "\n".join([INTRODUCTION, *parts])


def _played() -> Recording:
    """Every journey, against an imitation; nothing is sent."""
    target, imitation = rehearsal(Target(f"http://127.0.0.1{ROOT}", burst=True), lambda _sent: None)
    client = Client(target, Journal(None, target.shown_url, marks_of(PREFIX)), transport=imitation)
    recording = Recording()
    player = Player(client, People(1, PREFIX), recording, concurrency=1)
    names = [name for name, journey in JOURNEYS.items() if journey.verb == "run"]
    for name in [DISCOVERY, *(name for name in names if name != DISCOVERY)]:
        player.wait(name, COMPLIANT.name if JOURNEYS[name].dialects else "")
    client.sweep()
    client.close()
    return recording


def _part(journey: Journey, recording: Recording, checks: list[str]) -> str:
    played = recording.journeys[journey.key(COMPLIANT.name)]
    about = inspect.getdoc(journey.script) or ""
    spoken = f" Dialects: {', '.join(map(str, journey.dialects))}." if journey.dialects else ""
    option = f" Played with `--{journey.option}` only." if journey.option else ""
    rows = ["| step | sends | facts |", "|---|---|---|"]
    rows += [f"| `{step.name}` | {_sent(step)} | {_facts(step)} |" for step in played.steps.values()]
    looking = f"Looked at by {', '.join(f'`{name}`' for name in checks)}." if checks else "No check looks at it."
    return f"## {journey.name}\n\n{' '.join(about.split())}{spoken}{option}\n\n" + "\n".join(rows) + f"\n\n{looking}\n"


def _sent(step: Step) -> str:
    """Method and path of the last request, ids left out; empty where the step is a fact alone."""
    if not step.exchanges:
        return ""
    path, _, query = step.exchange.path.removeprefix(ROOT).partition("?")
    path = re.sub(r"(?<=^/)(Users|Groups)/.+", r"\1/{id}", path)
    names = list(dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True)))
    path += f"?{'&'.join(names)}" if names else ""
    more = f" ({len(step.exchanges)} requests)" if len(step.exchanges) > 1 else ""
    return f"`{step.exchange.method} {path}`{more}"


def _facts(step: Step) -> str:
    return ", ".join(f"`{name}`" for name in step.facts)
