"""The ``cycle`` verb: a company is provisioned in cycles, and what became of everybody is judged and reported."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance import plugin
from conformance.check import CHECKS, load
from conformance.cleaning import is_ours
from conformance.credentials import sign_in, wants_token
from conformance.cycle import arguments
from conformance.cycle.company import RESET, RESTART, Phase, script
from conformance.cycle.job import MEMBERS_PER_REQUEST, Job
from conformance.cycle.notification import Deliver, MailFailed, by_smtp, compose, into
from conformance.cycle.quarantine import Quarantine
from conformance.cycle.state import State
from conformance.cycle.store import BadState
from conformance.diagnosing import begin
from conformance.entra import Dialect
from conformance.entra.changes import BadChange, ChangeSet, load_changes
from conformance.entra.directory import SourceObject
from conformance.entra.directory_files import BadDirectory, load_directory
from conformance.entra.organisation import organisation
from conformance.entra.people import PREFIX, run_prefix
from conformance.entra.synchronization import BadSchema, SynchronizationSchema, default_schema, load_schema
from conformance.entra.year import year
from conformance.gatekeeper import baseline_of
from conformance.journeys.actor import Entra
from conformance.journeys.company import CompanyPlayer, Manner, stored_mapping
from conformance.recording import Played, Recording
from conformance.reporting.terminal import Progress, say
from conformance.runner import end_at_connection, execute
from conformance.scim.journal import read_journal
from conformance.session import Session, endured
from conformance.settings import Settings, UserError, build, collect, read_token

BATCH = 500
"""Source objects that are stored at once."""

SAMPLE = {"User": 200, "Group": 10}
"""How many of a directory's people and groups the scripted year chooses from."""

SAMPLE_PREFIX = f"{PREFIX}-sample"
"""Stands for the run's prefix while the arguments are looked at."""

INTERRUPTED = 130
INTERRUPTION = "scim-conformance: interrupted; the same command goes on from here, `clean` removes what is there"


def run_cycles(given: Mapping[str, Any]) -> int:
    """Provision a company in cycles, in each dialect, and judge what came of it.

    Returns:
        the exit code, as of ``run``.

    Raises:
        UserError: an argument cannot be used.
    """
    values = collect(given, given["config"])
    settings = build(values, read_token(values["token_file"], prompt=wants_token(values)))
    plan = Plan(settings, given)
    plan.check()
    sign_in(settings.target)
    diagnosis = begin(settings)
    run = plugin.Run(settings, reports=settings.reports, diagnosis=diagnosis.to_json())
    if diagnosis.stops:
        return end_at_connection(run, diagnosis)
    load()
    if given["on_demand"]:
        from conformance.demanding import on_demand

        return on_demand(JobRun(plan, Dialect.LEGACY), given["on_demand"])
    runs = []
    for dialect in settings.dialects:
        runs.append(JobRun(plan, Dialect(dialect)))
        code = _play(runs[-1])
        if code:
            return code
    return _judge(settings, runs, diagnosis.to_json())


@dataclass(frozen=True)
class Plan:
    """What was asked for: a source directory, a job, and what happens.

    Attributes:
        settings: of the run.
        given: the verb's arguments.
    """

    settings: Settings
    given: Mapping[str, Any]

    def check(self) -> None:
        """See that everything can be used, before anything is sent.

        Raises:
            UserError: something cannot.
        """
        if self.settings.read_only:
            raise UserError("A cycle creates users and groups: leave --read-only out, or use `run --read-only`.")
        if self.given["directory"] and (self.given["users"] or self.given["groups"]):
            raise UserError("--directory names the people; leave --users and --groups out.")
        for name in ("users", "groups", "members_per_request", "rate"):
            if self.given[name] is not None and self.given[name] <= 0:
                raise UserError(f"--{name.replace('_', '-')} is {self.given[name]}; it takes a number above 0.")
        _ = self.schema, self.deliver
        if self.given["directory"] or (self.given["users"] or 0) <= SAMPLE["User"]:
            company = self.company(SAMPLE_PREFIX)
            if not self.given["on_demand"]:
                self.sets(company, SAMPLE_PREFIX)

    @cached_property
    def schema(self) -> SynchronizationSchema:
        """The attribute mappings.

        Raises:
            UserError: the exported schema cannot be used.
        """
        try:
            return load_schema(self.given["mapping"]) if self.given["mapping"] else default_schema()
        except BadSchema as problem:
            raise UserError(str(problem)) from None

    def company(self, prefix: str) -> list[SourceObject]:
        """The source directory, held whole; only where it is given as a file or small enough to be looked at.

        Raises:
            UserError: it cannot be read.
        """
        return list(self.people(prefix))

    def people(self, prefix: str) -> Iterable[SourceObject]:
        """The source directory, one object after the other.

        Raises:
            UserError: it cannot be read.
        """
        if self.given["directory"]:
            try:
                return load_directory(self.given["directory"], prefix=None if self.given["as_is"] else prefix)
            except BadDirectory as problem:
                raise UserError(str(problem)) from None
        users, groups = self.given["users"] or arguments.USERS, self.given["groups"]
        groups = arguments.GROUPS if groups is None else groups
        domain = self.given["domain"] or self.settings.target.assumptions.user_domain
        return organisation(users=users, groups=groups, seed=self.settings.seed, domain=domain, prefix=prefix)

    def sets(self, company: Sequence[SourceObject], prefix: str) -> list[ChangeSet]:
        """What happens, from the initial cycle to the last.

        Raises:
            UserError: the script cannot be used.
        """
        named = None if self.given["as_is"] else prefix
        try:
            if self.given["initial_only"]:
                return script([], restarts=False)[:1]
            if self.given["changes"]:
                return script(load_changes(self.given["changes"], company, prefix=named), restarts=True)
            return script(year(company, prefix=named), restarts=True)
        except BadChange as problem:
            raise UserError(str(problem)) from None

    @cached_property
    def deliver(self) -> Deliver | None:
        """Where notifications go, or None.

        Raises:
            UserError: the mail server is not of the form HOST:PORT, or nobody is to be notified by it.
        """
        if not self.given["notify"]:
            if self.given["smtp"]:
                raise UserError("--smtp needs --notify ADDRESS: nobody would get a notification.")
            return None
        if not self.given["smtp"]:
            return into(self.settings.reports)
        host, _, port = self.given["smtp"].rpartition(":")
        if not host or not port.isdigit():
            raise UserError(f"--smtp is {self.given['smtp']!r}; it takes HOST:PORT.")
        return by_smtp(host, int(port))

    def state_path(self, dialect: Dialect) -> Path:
        """The state file of a dialect; each has one of its own."""
        path: Path = self.given["state"] or self.settings.reports / "cycle.sqlite"
        return path.with_name(f"{path.stem}-{dialect}{path.suffix}")

    def identity(self, dialect: Dialect) -> str:
        """What tells this job from another: a state of one is of no use to the other."""
        parts = [
            self.settings.target.shown_url, str(dialect), json.dumps(self.schema.raw, sort_keys=True),
            str(self.given["directory"]), str(self.given["users"]), str(self.given["groups"]), self.given["sync"],
            str(self.given["as_is"]),
        ]  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class JobRun:
    """A job in one dialect: new, or taken up where an earlier process ended, or kept from an earlier run.

    Args:
        plan: what was asked for.
        dialect: of the PATCH requests.

    Raises:
        UserError: the state file cannot be used, or belongs to another job.
    """

    def __init__(self, plan: Plan, dialect: Dialect) -> None:
        self.dialect = dialect
        self.state = _open(plan, dialect)
        self.known = self.state.fact("prefix") is not None
        self.prefix: str = self.state.fact("prefix") or run_prefix()
        seed = self.state.fact("seed", plan.settings.seed)
        self.plan = replace(plan, settings=replace(plan.settings, seed=seed))
        self.settings = self.plan.settings
        self.session = Session(self.settings, prefix=self.prefix, keeps=False)
        assert self.session.client is not None
        assert self.session.player is not None
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
        sample: list[SourceObject] = []
        batch: list[SourceObject] = []
        for one in self.plan.people(self.prefix):
            batch.append(one)
            if len([other for other in sample if other.kind == one.kind]) < SAMPLE[one.kind]:
                sample.append(one)
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
            for entry in read_journal(self.settings.reports / f"journal-{self.prefix}.jsonl")[1]:
                if entry.id is None or is_ours(self.client, entry):
                    self.client.own(entry)

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
        )
        log = self.settings.reports / f"provisioning-log-{self.dialect}.jsonl"
        if not self.known:
            log.unlink(missing_ok=True)
        manner = Manner(
            concurrency=self.settings.concurrency,
            rate=given["rate"],
            log=log,
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
            company = [one for kind in ("User", "Group") for one in self.state.sources(kind)]
            named = None if given["as_is"] else self.prefix
            try:
                return load_changes(given["changes"], company, prefix=named)
            except BadChange as problem:
                raise UserError(str(problem)) from None
        return [ChangeSet("incremental", "One more incremental cycle")]


def _open(plan: Plan, dialect: Dialect) -> State:
    path = plan.state_path(dialect)
    try:
        state = State(path)
    except BadState as problem:
        raise UserError(str(problem)) from None
    known = state.fact("identity")
    if known is not None and known != plan.identity(dialect):
        state.close()
        raise UserError(
            f"The state file {str(path)!r} belongs to a job with other settings: repeat them, name another file with "
            "--state, or remove the file and what its run left with `clean`."
        )
    return state


def _play(run: JobRun) -> int:
    """Play a job's script; what was created goes at the end, unless it is to be kept.

    Returns:
        0, or 130 where the run was interrupted: the state stays, and the same command goes on from it.
    """
    progress = Progress(sys.stdout)
    keep, sets = bool(run.plan.given["keep"]), run.sets()
    progress.start(0, _announcement(run, sets))
    player = run.player(progress)
    if run.plan.given["allow_deletes"]:
        player.service.condition.allow_deletes()
    try:
        for phase in player.phases(sets):
            say(sys.stdout, _line(phase))
            if phase.stopped:
                run.played.stopped_at = phase.summary.name + "-result"
        run.state.remember("complete", value=True)
        if not keep:
            player.clean_up()
    except KeyboardInterrupt:
        run.client.halt()
        _end(run, player, keep=True)
        run.state.close()
        say(sys.stderr, INTERRUPTION)
        return INTERRUPTED
    _end(run, player, keep=keep)
    return 0


def _end(run: JobRun, player: CompanyPlayer, *, keep: bool) -> None:
    player.close()
    run.session.close(keep=keep)


def _announcement(run: JobRun, sets: Sequence[ChangeSet]) -> str:
    if run.known:
        done = run.state.fact("position", 0)
        return f"Goes on with {run.prefix} ({run.dialect}): {done} of {len(sets)} cycles are done."
    users, groups = (len(run.state.changed_since(0, kind)) for kind in ("User", "Group"))
    named = "named as in the directory" if run.plan.given["as_is"] else f"named {run.prefix}-…"
    adopts = "what is there already is adopted" if run.plan.given["adopt"] else "nothing else is written to"
    return (
        f"Provisions {users} users and {groups} groups, {named},\nto {run.settings.target.shown_url} "
        f"({run.dialect}) in {len(sets)} cycles; {adopts}. Seed {run.settings.seed}."
    )


def _line(phase: Phase) -> str:
    one = phase.summary
    words = ("created", "updated", "disabled", "deleted", "failed", "escrowed", "left_alone", "differences")
    told = ", ".join(f"{getattr(one, w)} {w.replace('_', ' ')}" for w in words if getattr(one, w)) or "nothing to do"
    quarantine = f"; in quarantine: {one.quarantine}" if one.quarantine else ""
    return f"cycle {one.number} {one.name}: {one.requests} requests, {told}{quarantine}"


def _judge(settings: Settings, runs: Sequence[JobRun], diagnosis: Mapping[str, Any]) -> int:
    """Judge what the cycles came to, and write the report files."""
    recording = Recording(dict(runs[0].session.recording.header))
    for run in runs:
        recording.journeys |= run.session.recording.journeys
        recording.add(run.played)
    chosen = [item for item in CHECKS.values() if item.journeys == ("cycle",)]
    dialects = [run.dialect for run in runs]
    levels = {identifier: str(item.level) for item in chosen for identifier, _ in item.variants(dialects)}
    recording.header |= {
        "diagnosis": diagnosis,
        "checks": sorted(levels),
        "expected": {"entra": levels},
        "implementation": {},
        "baseline": [entry.to_json() for entry in baseline_of(settings.baseline)],
        "left_behind": [entry.to_json() for run in runs for entry in run.session.left],
        "requests": sum(run.client.requests_sent for run in runs),
        "seconds": round(sum(run.session.recording.header.get("seconds", 0) for run in runs), 3),
        **endured(recording),
    }
    recording.save(settings.reports / "recording.jsonl")
    code = execute(plugin.Run(recording=recording, reports=settings.reports), None)
    for run in runs:
        run.state.remember("judged", value=True)
        run.state.close(remove=not run.plan.given["keep"] and not run.session.left)
    return code
