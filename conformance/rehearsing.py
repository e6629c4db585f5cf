"""The dry run of ``run``: every journey played against an imitation, and its requests printed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from conformance.dry_run import Script, preface, rehearsal, without_credentials
from conformance.entra.people import People, marks_of, run_prefix
from conformance.player import DISCOVERY, Player
from conformance.recording import Recording
from conformance.reporting.terminal import say
from conformance.scim.client import Client
from conformance.scim.journal import Journal
from conformance.selecting import chosen
from conformance.session import plays_of
from conformance.settings import build, collect


def rehearse(given: Mapping[str, Any]) -> int:
    """Print what ``run`` would send, journey by journey; no credentials are read.

    Returns:
        0.

    Raises:
        UserError: an option cannot be used, or no check fits.
    """
    settings = build(without_credentials(collect(given, given.get("config"))), None)
    script = Script(settings.target)
    target, imitation = rehearsal(settings.target, script)
    plays = plays_of(chosen(settings, given.get("k")))
    prefix = run_prefix()
    journal = Journal(None, target.shown_url, marks_of(prefix))
    client = Client(target, journal, read_only=settings.read_only, transport=imitation)
    people = People(settings.seed, prefix, target.assumptions.user_domain)
    player = Player(client, people, Recording(), concurrency=1)
    say(sys.stdout, preface(settings.target))
    for name, dialect in [(DISCOVERY, ""), *(play for play in plays if play[0] != DISCOVERY)]:
        say(sys.stdout, f"{name} ({dialect})" if dialect else name)
        player.wait(name, dialect)
    client.sweep()
    client.close()
    script.end()
    return 0
