"""A run against a live endpoint, from its first request to the account of what is left."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from conformance.config.settings import Settings
from conformance.idp.entra.people import People, marks_of, run_prefix
from conformance.judge.check import Check
from conformance.recording import Played, Recording
from conformance.run.header import begun, note
from conformance.run.player import Play, Player
from conformance.run.session import row_of
from conformance.run.turns import Turns
from conformance.scim.client import Client
from conformance.scim.journal import Account, Entry, Journal


class LiveRun:
    """A run against a live endpoint: its client, its player and what they record.

    Args:
        settings: of the run.
        turns: where this process is one of several workers of pytest-xdist, or None.
        transport: an httpx transport in place of the network (tests).
        prefix: what everything that it creates begins with; a new one if None.
        keeps: whether the answers stay in memory, so that all of them together have to fit.
        on_played: told the key of each finished journey.
        halt: what the client waits with, in place of an event of its own (tests).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        turns: Turns | None = None,
        transport: Any = None,
        prefix: str | None = None,
        keeps: bool = True,
        on_played: Callable[[str], None] = lambda _key: None,
        halt: threading.Event | None = None,
    ) -> None:
        self.recording = Recording()
        self.left: list[Entry] = []
        self.interrupted = False
        self._begin = time.monotonic()
        prefix = prefix or run_prefix()
        self.recording.header = begun(settings, prefix).to_json()
        journal = None
        if settings.reports is not None and not settings.read_only:
            journal = settings.reports / f"journal-{prefix}.jsonl"
        self.client = Client(
            settings.target,
            Journal(journal, settings.target.shown_url, marks_of(prefix)),
            read_only=settings.read_only,
            time_limit=settings.time_limit,
            keeps=keeps,
            transport=transport,
            halt=halt,
        )
        self.player = Player(
            self.client,
            People(settings.seed, prefix, settings.target.assumptions.user_domain),
            self.recording,
            concurrency=settings.concurrency,
            turns=turns,
            on_played=on_played,
            max_users=settings.max_users,
        )

    def start(self, plays: list[Play]) -> None:
        """Begin to play the journeys that the selected checks need."""
        self.player.start(plays)

    def played(self, name: str, dialect: str) -> Played:
        """What came of a journey; waits for it."""
        return self.player.wait(name, dialect)

    def result(self, item: Check, dialect: str) -> dict[str, Any] | None:
        """The row of a check; None where the run was cut short before its journeys were played to their end."""
        return row_of(item, dialect, self.recording)

    @property
    def problem(self) -> str:
        """Why the run had to stop: its journal could not be written. Empty where it could."""
        return self.client.journal.broken

    def close(self, *, interrupted: bool = False, keep: bool = False) -> None:
        """Stop playing, delete what is left unless it is to be kept, close connections. Call it exactly once."""
        self.interrupted = interrupted
        self._end_playing(self.player)
        kept = self.client.ledger.as_it_stands if self.client.ended else Account()
        account = kept if keep else self._sweep(self.client)
        self.client.close()
        self.left = account.left
        note(
            self.recording,
            **account.to_json(),
            seconds=round(time.monotonic() - self._begin, 3),
            ended=self.client.ended or None,
            # Also what no step shows: look-ups of the client's own, and journeys that were played again.
            requests=self.client.requests_sent,
            retries=self.client.retries,
            unanswered=dict(sorted(self.client.unanswered.items())),
        )

    def _end_playing(self, player: Player) -> None:
        """Wait for what is under way; where the run is interrupted, now or before, nothing more is begun."""
        try:
            if not self.interrupted:
                player.finish()
        except KeyboardInterrupt:
            self.interrupted = True
        if self.interrupted:
            player.stop()

    def _sweep(self, client: Client) -> Account:
        """Delete what is left; a second interruption leaves the rest to ``clean``."""
        try:
            return client.sweep()
        except KeyboardInterrupt:
            again, self.interrupted = not self.interrupted, True
            return self._sweep(client) if again else client.ledger.as_it_stands
        except Exception:  # noqa: BLE001 - a fault of ours must not take with it what was found, and what has to be listed
            note(self.recording, faults=[client.scrub(traceback.format_exc(limit=-4))])
            return client.ledger.as_it_stands
