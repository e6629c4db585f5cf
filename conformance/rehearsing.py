"""The dry run of ``run``: every journey played against an imitation, and its requests printed."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest

from conformance import plugin
from conformance.dry_run import Script, preface, rehearsal, without_credentials
from conformance.entra.people import People, marks_of, run_prefix
from conformance.player import DISCOVERY, Player
from conformance.recording import Recording
from conformance.reporting.terminal import say
from conformance.runner import on_checks
from conformance.scim.client import Client
from conformance.scim.journal import Journal
from conformance.session import plays_of
from conformance.settings import Settings, UserError, build, collect


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
    plays = plays_of(_chosen(settings, given.get("k")))
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


class _Chooser:
    """A pytest plugin that takes the chosen checks and lets nothing run."""

    def __init__(self) -> None:
        self.chosen: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take what was chosen."""
        for item in session.items:
            found = plugin.check_of(item)
            if found is not None:
                self.chosen[found.id].add(plugin.dialect_of(item))


def _chosen(settings: Settings, expression: str | None) -> dict[str, set[str]]:
    """The checks that a run would judge, by pytest's own selection."""
    chooser = _Chooser()
    with redirect_stdout(StringIO()):
        code = on_checks(["--collect-only", "-qq"], expression, [plugin.Run(settings), chooser])
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UserError("No run can be made of these options.")
    if not chooser.chosen:
        raise UserError("No check fits the given --only, -k, --profile, --dialect and --read-only.")
    return chooser.chosen
