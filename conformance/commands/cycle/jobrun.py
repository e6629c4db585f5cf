"""A job in one dialect, from where its state is: new, cut short, or kept from an earlier run."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance.commands.clean import take_over
from conformance.commands.cycle.plan import SAMPLE, Plan
from conformance.config.settings import UserError
from conformance.idp.dialect import Dialect
from conformance.idp.entra.people import run_prefix
from conformance.journeys.actor import Entra
from conformance.journeys.company import CompanyPlayer, Manner, stored_mapping
from conformance.provisioning.service.company import RESET, RESTART
from conformance.provisioning.service.job import MEMBERS_PER_REQUEST, Job
from conformance.provisioning.service.links import KINDS
from conformance.provisioning.service.notification import MailFailed, compose
from conformance.provisioning.service.quarantine import Quarantine
from conformance.provisioning.source.changes import ChangeSet
from conformance.provisioning.source.directory import SourceObject
from conformance.recording import Played
from conformance.reporting.terminal import Progress, say
from conformance.run.live import LiveRun
from conformance.scim.journal import JournalBroken, read_journal

BATCH = 500
"""Source objects that are stored at once."""


class JobRun:
    """A job in one dialect: new, or taken up where an earlier process ended, or kept from an earlier run.

    Args:
        plan: what was asked for.
        dialect: of the PATCH requests.
        transport: an httpx transport in place of the network, for a dry run.

    Raises:
        UserError: the state file cannot be used or belongs to another job, or the journal cannot be written.
    """

    def __init__(self, plan: Plan, dialect: Dialect, *, transport: Any = None) -> None:
        self.dialect = dialect
        self.state = plan.open(dialect)
        self.known = self.state.fact("prefix") is not None
        self.prefix: str = self.state.fact("prefix") or run_prefix()
        seed = self.state.fact("seed", plan.settings.seed)
        self.plan = replace(plan, settings=replace(plan.settings, seed=seed))
        self.settings = self.plan.settings
        try:
            self.session = LiveRun(self.settings, prefix=self.prefix, keeps=False, transport=transport)
        except JournalBroken as problem:
            self.state.close(remove=not self.known)
            raise UserError(str(problem)) from None
        self.client = self.session.client
        if self.known:
            self._take_over()
        else:
            self._begin()
        self.played = Played("cycle", str(dialect), not_offered="the script of this run has no such change set")
        discovered = self.session.player.wait("discovery")
        self.entra = Entra(self.client, self.session.player.people, self.played, discovered=discovered)

    @property
    def complete(self) -> bool:
        """Whether an earlier run came to its end and was kept."""
        return bool(self.state.fact("complete", default=False))

    def _begin(self) -> None:
        """Store the source directory, and remember whom the year can be about."""
        self.state.forget_directory()
        sample: list[SourceObject] = []
        room = dict(SAMPLE)
        batch: list[SourceObject] = []
        for one in self.plan.people(self.prefix):
            batch.append(one)
            if room[one.kind]:
                sample.append(one)
                room[one.kind] -= 1
            if len(batch) == BATCH:
                self.state.put(batch)
                batch = []
        facts = {
            "url": self.settings.target.shown_url, "prefix": self.prefix, "seed": self.settings.seed,
            "identity": self.plan.identity(self.dialect), "sample": [one.to_json() for one in sample],
        }  # fmt: skip
        self.state.put(batch, facts=facts)

    def _take_over(self) -> None:
        """Own again what the earlier process created; where it was killed, that is found by its name."""
        with suppress(OSError):
            notes = read_journal(self.settings.reports / f"journal-{self.prefix}.jsonl")
            for (_, identifier), claim in notes.owned.items():
                if take_over(self.client, claim, identifier):
                    self.client.ledger.own(claim, identifier)  # read again before the first write to it
            for claim in notes.open:
                self.client.ledger.own(claim, None)

    def player(self, progress: Progress, *, dialect: Dialect | None = None) -> CompanyPlayer:
        """The service for the job."""
        given, plan = self.plan.given, self.plan
        job = Job(
            plan.schema if given["mapping"] else stored_mapping(self.entra, plan.schema),
            dialect or self.dialect,
            scope=given["sync"],
            skip_out_of_scope_deletions=given["skip_out_of_scope_deletions"],
            deletion_threshold=given["deletion_threshold"],
            adopt=given["adopt"],
            members_per_request=given["members_per_request"] or MEMBERS_PER_REQUEST,
            shared=bool(given["directory"]),
        )
        log = None
        if self.settings.reports is not None:
            log = self.settings.reports / f"provisioning-log-{self.dialect}.jsonl"
            if not self.known:
                log.unlink(missing_ok=True)
        manner = Manner(
            concurrency=self.settings.concurrency,
            rate=given["rate"],
            log=log,
            to=given["notify"] or "",
            wire=False,
            notify=lambda found: self._notify(job, found),
            on_progress=progress.cycled,
        )
        return CompanyPlayer(self.entra, job, self.state, manner)

    def _notify(self, job: Job, found: Quarantine) -> None:
        deliver, to = self.plan.deliver, self.plan.given["notify"]
        if deliver is None:
            return
        mail = compose(job, found, to, self.settings.target.shown_url, found.since.isoformat())
        try:
            deliver(mail)
        except MailFailed as problem:
            say(sys.stderr, f"scim-conformance: {problem}")

    def sets(self) -> list[ChangeSet]:
        """What happens: the whole script, or of a kept job only what it was asked for now.

        Raises:
            UserError: the script cannot be used, or is another than the one that was cut short.
        """
        if self.complete and not self.state.fact("judged", default=False):
            return []  # killed after the last cycle: what came of them is judged now
        if self.complete:
            self.state.remember("judged", value=False)
            found = self._next()
            for name, value in (("position", 0), ("begun", False), ("results", []), ("complete", False)):
                self.state.remember(name, value)
        else:
            sample = [SourceObject.from_json(one) for one in self.state.fact("sample")]
            company = self.plan.company(self.prefix) if self.plan.given["changes"] else sample
            found = (self.state.fact("next") and self._next()) or self.plan.sets(company, self.prefix)
        names = [one.name for one in found]
        if self.state.fact("position", 0) and self.state.fact("script", names) != names:
            raise UserError(
                f"The run that was cut short had the change sets {', '.join(self.state.fact('script'))}: "
                "give the same script, or remove what it left with `clean`."
            )
        self.state.remember("script", names)
        return found

    def _next(self) -> list[ChangeSet]:
        """What a job that was kept is asked for: a restart, further changes, or just one more cycle."""
        given = self.plan.given
        self.state.remember("next", True)
        if given["restart"] or given["reset_scope"]:
            return [RESET if given["reset_scope"] else RESTART]
        if given["changes"]:
            company = [one for kind in KINDS for one in self.state.sources(kind)]
            return self.plan.changes(company, self.prefix)
        return [ChangeSet("incremental", "One more incremental cycle")]


def unwritten(problem: BaseException) -> str:
    """Why a run ended of which journal or state cannot be written any more, for the user."""
    what = f"state ({problem})" if isinstance(problem, sqlite3.Error) else "journal"
    return (
        f"The {what} cannot be written any more, and nothing is sent that is not noted first: make room; "
        "then the same command goes on from here, and `clean` removes what is there."
    )
