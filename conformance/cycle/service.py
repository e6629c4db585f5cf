"""The service: test the connection, run a cycle, restart, and what becomes of a job that fails too much."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from conformance.cycle import leaving, quarantine, references
from conformance.cycle.clock import INTERVAL
from conformance.cycle.codes import Trouble, trouble_of_probe
from conformance.cycle.log import Entry
from conformance.cycle.provisioning import arrive
from conformance.cycle.quarantine import Quarantine
from conformance.cycle.state import Link
from conformance.cycle.tools import Tools
from conformance.entra.directory import SourceObject

T = TypeVar("T")

WINDOW = 256
"""Objects that are under way at once, so that memory stays bounded whatever the size of the directory."""

KINDS = ("User", "Group")
"""Users before groups: who is in a group has to be there before its members are sent."""


@dataclass
class Summary:
    """What a cycle did.

    Attributes:
        number: of the cycle.
        id: the cycle's id in the provisioning log.
        kind: ``initial``, ``incremental``, ``restart`` or ``on-demand``.
        name: of the change set before it, kebab-case.
        title: the same in words.
        at: virtual time.
        quarantine: why the job is in quarantine after it, or empty.
        failures: name, code and reason of each object that failed.
        others: as counted in the provisioning log.
    """

    number: int
    id: str
    kind: str
    name: str
    title: str
    at: str
    requests: int = 0
    writes: int = 0
    created: int = 0
    updated: int = 0
    disabled: int = 0
    deleted: int = 0
    failed: int = 0
    skipped: int = 0
    escrowed: int = 0
    tried: int = 0
    references_failed: int = 0
    left_alone: int = 0
    quarantine: str = ""
    differences: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)

    def count(self, entry: Entry) -> None:
        """Take an entry of the log into the numbers."""
        if entry.status == "failure":
            self.failed += 1
            self.references_failed += entry.steps[-1]["provisioningStepType"] == "referenceResolution"
            assert entry.trouble is not None
            told = {"name": entry.source.name, "id": entry.source.id, "code": entry.trouble.code}
            self.failures.append(told | {"reason": entry.trouble.reason})
        elif entry.status == "skipped":
            self.skipped += 1
            self.left_alone += entry.trouble is not None and entry.trouble.code == "AdoptionNotAllowed"
        else:
            counted = {"create": "created", "update": "updated", "disable": "disabled", "delete": "deleted"}
            name = counted.get(entry.action)
            if name is not None:
                setattr(self, name, getattr(self, name) + 1)

    def to_json(self) -> dict[str, Any]:
        """The numbers for ``results.json``."""
        inner = ("tried", "references_failed", "failures", "left_alone")
        return {key: value for key, value in asdict(self).items() if key not in inner}


class Service:
    """Runs the cycles of one job.

    Args:
        tools: of the job.
        concurrency: objects that are dealt with at once.
        notify: told of each quarantine when it begins.
        on_progress: told how many of how many objects are done.

    Attributes:
        summary: of the cycle that runs or ran last.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        concurrency: int = 1,
        notify: Callable[[Quarantine], None] = lambda _quarantine: None,
        on_progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> None:
        self.tools = tools
        self.state = tools.state
        self.concurrency = concurrency
        self._notify = notify
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self.summary = Summary(0, "", "", "", "", "")

    # --- the job's condition ---------------------------------------------------------------------------

    @property
    def quarantine(self) -> Quarantine | None:
        """The quarantine that the job is in, or None."""
        found = self.state.fact("quarantine")
        return Quarantine.from_json(found) if found else None

    @property
    def disabled(self) -> bool:
        """Whether the job was in quarantine for so long that it is switched off."""
        found = self.quarantine
        return found is not None and found.over(self.tools.clock.now)

    @property
    def next_at(self) -> datetime:
        """When the next cycle begins: after the interval, or at the next try in quarantine."""
        found = self.quarantine
        return self.tools.clock.now + (found.gap if found else INTERVAL)

    def restart(self, *, reset_scope: bool = False) -> None:
        """Let the next cycle be an initial one.

        Escrow, quarantine and watermark are cleared, and memberships are sent again; links are kept unless the scope
        is reset (``resetScope: Full``; Microsoft Learn, "How Application Provisioning works").
        """
        self.state.release()
        self.state.remember("quarantine", None)
        self.state.remember("watermark", 0)
        self.state.remember("staged", [])
        self.state.forget_members()
        if reset_scope:
            self.state.unlink_all()

    def allow_deletes(self) -> None:
        """Let the deletions through that were held back, as the button of that name does."""
        self.state.remember("allow_deletes", True)
        self.state.remember("quarantine", None)

    # --- test connection -------------------------------------------------------------------------------

    def test_connection(self) -> Trouble | None:
        """Look up somebody who cannot exist, by the attribute with matching precedence (entra.md 1.1).

        A look-up of a group that is answered 404 only switches groups off: whether Entra minds is not documented.

        Returns:
            what is wrong with the connection, or None.
        """
        nobody = self.tools.job.guid(f"nobody/{self.tools.exporter.cycle}")
        for kind in KINDS:
            mapping = self.tools.job.mapping(kind)
            if mapping is None:
                continue
            exchange, _ = self.tools.exporter.match(kind, mapping.matching[0].target, nobody)
            if kind == "Group" and exchange.status in {404, 501}:
                self.state.remember("no_groups", True)
                continue
            trouble = trouble_of_probe(exchange)
            if trouble is not None:
                return trouble
        return None

    # --- a cycle ---------------------------------------------------------------------------------------

    def cycle(self, name: str, title: str, *, kind: str = "") -> Summary:
        """Run one cycle; one that was cut short by the end of its process is taken up again.

        Args:
            name: of the change set that came before, kebab-case.
            title: the same in words.
            kind: as ``Summary.kind``; by the watermark if empty.
        """
        opened = self._open(name, title, kind)
        exporter = self.tools.exporter
        sent, writes = exporter.sent, exporter.writes
        trouble = self.test_connection()
        if trouble is None:
            self._work(opened["watermark"])
            self.state.remember("watermark", opened["tick"])
            self._settle(None)
        else:
            self._settle(quarantine.of_connection(trouble, self.tools.clock.now), trouble)
        self.state.remember("open", None)
        self.summary.requests = exporter.sent - sent
        self.summary.writes = exporter.writes - writes
        self.summary.escrowed = len(self.state.escrow())
        return self.summary

    def _open(self, name: str, title: str, kind: str) -> dict[str, Any]:
        opened = self.state.fact("open")
        if opened is None:
            watermark = self.state.fact("watermark", 0)
            number = self.state.fact("cycles", 0) + 1
            kind = kind or ("incremental" if watermark else "initial")
            opened = {"number": number, "kind": kind, "watermark": watermark, "tick": self.state.tick}
            self.state.remember("open", opened)
            self.state.remember("cycles", number)
        self.tools.exporter.begin(opened["number"])
        cycle = self.tools.job.cycle_id(opened["number"])
        self.summary = Summary(opened["number"], cycle, opened["kind"], name, title, self.tools.clock.shown)
        return dict(opened)

    def _work(self, watermark: int) -> None:
        """Import, scope, match, create and update; references; then who leaves (entra.md 5, "Cycles")."""
        due = [held.source for held in self.state.escrow() if held.due <= self.tools.clock.now]
        again = [*due, *self.state.fact("staged", [])]
        candidates = {kind: self._candidates(kind, watermark, again) for kind in KINDS}
        total = sum(len(found) for found in candidates.values())
        done = 0
        for kind in KINDS:
            if self._off(kind):
                continue
            for _ in self.each(self._arrive, candidates[kind]):
                done += 1
                self._on_progress(done, total)
        for kind in KINDS:
            if not self._off(kind):
                list(self.each(self._refer, candidates[kind]))
        self._leave([identifier for kind in KINDS if not self._off(kind) for identifier in candidates[kind]])

    def _off(self, kind: str) -> bool:
        missing = kind == "Group" and self.state.fact("no_groups", default=False)
        return self.tools.job.mapping(kind) is None or missing

    def _candidates(self, kind: str, watermark: int, again: Sequence[str]) -> list[str]:
        """Ids of what a cycle looks at: what changed, what is due again, and whom a changed group brings or drops."""
        found = dict.fromkeys(self.state.changed_since(watermark, kind))
        if kind == "User" and watermark:
            for group in self.state.changed_since(watermark, "Group"):
                version = self.state.last_version(group)
                members = [*(version.members if version else ()), *sorted(self.state.members(group))]
                found |= dict.fromkeys(one for one in members if self._crossed(one))
        for identifier in again:
            version = self.state.last_version(identifier)
            if version is not None and version.kind == kind:
                found[identifier] = None
        return [one for one in found if (version := self.state.last_version(one)) and version.kind == kind]

    def _crossed(self, identifier: str) -> bool:
        """Whether a change of a group brings a user into scope or takes the user out of it."""
        source, link = self.state.source(identifier), self.state.link(identifier)
        if source is None or source.kind != "User":
            return False
        inside = source.enabled and not self.tools.scope_reasons(source)
        return inside is not (link is not None and link.active and link.managed)

    def on_demand(self, identifier: str) -> tuple[Summary, Trouble | None]:
        """Provision one object now, as "Provision on demand" does (Microsoft Learn, the page of that name).

        Args:
            identifier: object id of a user, or of a group with few members.

        Returns:
            what it did, and what is wrong with the connection, or None. The steps are in the log.
        """
        self._open("on-demand", "Provision on demand", "on-demand")
        exporter = self.tools.exporter
        sent, writes = exporter.sent, exporter.writes
        trouble = self.test_connection()
        if trouble is None:
            self._arrive(identifier)
            self._refer(identifier)
            leaver = self._leaver(identifier)
            if leaver is not None:
                self._send_away(*leaver, gone=self.state.gone(identifier))
        self.state.remember("open", None)
        self.summary.requests, self.summary.writes = exporter.sent - sent, exporter.writes - writes
        return self.summary, trouble

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> Iterator[None]:
        """Deal with many things, so many at once as the job may; comes back after each.

        Args:
            work: deals with one.
            items: to deal with, in order.
        """
        if self.concurrency == 1:
            for item in items:
                work(item)
                yield
            return
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="cycle") as pool:
            waiting = iter(items)
            try:
                while window := list(islice(waiting, WINDOW)):
                    yield from pool.map(work, window)
            except BaseException:
                # Nothing more goes out, so that an interrupted run ends at once.
                self.tools.exporter.client.halt()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    # --- one object ------------------------------------------------------------------------------------

    def _arrive(self, identifier: str) -> None:
        source = self.state.source(identifier)
        if source is None:
            return
        link = self.state.link(identifier)
        if link is not None and link.cycle == self.tools.exporter.cycle:
            return  # done before this cycle was cut short
        reasons = self.tools.scope_reasons(source)
        if (reasons or not source.enabled) and link is not None:
            return  # leaves, later in the cycle
        begin, entry = time.monotonic(), _imported(source)
        if reasons:
            entry.skip(" ".join(reasons))
        elif not source.enabled:
            entry.skip("Disabled or deleted before it was ever provisioned: it is not created.")
        else:
            entry.step("scoping", "In scope.")
            arrive(self.tools, source, entry)
        self._write(entry, begin)

    def _refer(self, identifier: str) -> None:
        source = self.state.source(identifier)
        if source is None:
            return
        begin, entry = time.monotonic(), _imported(source)
        resolve = references.resolve_manager if source.kind == "User" else references.resolve_members
        if resolve(self.tools, source, entry):
            self._write(entry, begin)

    def _leave(self, identifiers: Iterable[str]) -> None:
        planned = [found for identifier in identifiers if (found := self._leaver(identifier)) is not None]
        threshold = self.tools.job.deletion_threshold
        if threshold is not None and len(planned) > threshold and not self.state.fact("allow_deletes"):
            self._stage(planned, threshold)
            return
        self.state.remember("staged", [])
        self.state.remember("allow_deletes", None)
        for gone in (False, True):
            for source, link in planned:
                if self.state.gone(source.id) is gone:
                    self._send_away(source, link, gone=gone)

    def _leaver(self, identifier: str) -> tuple[SourceObject, Link] | None:
        source, link = self.state.last_version(identifier), self.state.link(identifier)
        if source is None or link is None:
            return None
        if self.state.gone(identifier):
            return source, link
        reasons = self.tools.scope_reasons(source)
        if not reasons and source.enabled:
            return None
        # Who left the scope was told so, and is not looked after any more.
        return (source, link) if link.managed and (link.active or not reasons) else None

    def _send_away(self, source: SourceObject, link: Link, *, gone: bool) -> None:
        begin, entry = time.monotonic(), _imported(source)
        if gone:
            entry.step("scoping", "Deleted from the source for good.")
            leaving.delete(self.tools, source, link, entry)
        else:
            reasons = self.tools.scope_reasons(source)
            told = " ".join(reasons) or ("In the recycle bin." if source.deleted else "The account is disabled.")
            entry.step("scoping", told)
            leaving.disable(self.tools, source, link, entry, out_of_scope=bool(reasons))
        self._write(entry, begin)

    def _stage(self, planned: Sequence[tuple[SourceObject, Link]], threshold: int) -> None:
        """Hold back all deletes and disables of a cycle, because there are more than the admin allows."""
        for source, link in planned:
            begin, entry = time.monotonic(), _imported(source)
            entry.action, entry.target = "stagedDelete", link.target
            entry.skip(f"Held back: {len(planned)} deletions, the threshold is {threshold}.", kind="export")
            self._write(entry, begin)
        self.state.remember("staged", [source.id for source, _ in planned])
        self._begin_quarantine(quarantine.of_deletions(len(planned), threshold, self.tools.clock.now))

    def _write(self, entry: Entry, begin: float) -> None:
        self.tools.redaction.conceal(entry)
        self.tools.log.write(
            entry,
            cycle=self.tools.exporter.cycle,
            at=self.tools.clock.shown,
            seconds=time.monotonic() - begin,
        )
        self.tools.on_entry(entry)
        with self._lock:
            self.summary.tried += 1
            self.summary.count(entry)

    # --- quarantine ------------------------------------------------------------------------------------

    def _settle(self, found: Quarantine | None, trouble: Trouble | None = None) -> None:
        """Put the job into quarantine, keep it there, or let it out where the criteria no longer hold."""
        summary, before = self.summary, self.quarantine
        if trouble is None:
            failed = summary.failed - summary.references_failed
            now = self.tools.clock.now
            found = quarantine.of_failures(failed, summary.references_failed, summary.tried, now)
            if self.state.fact("staged", []):
                return
        if found is None:
            self.state.remember("quarantine", None)
        elif before is not None and before.code == found.code:
            self.state.remember("quarantine", before.tried_again().to_json())
            summary.quarantine = before.reason
        else:
            self._begin_quarantine(found)

    def _begin_quarantine(self, found: Quarantine) -> None:
        before = self.quarantine
        self.state.remember("quarantine", found.to_json())
        self.summary.quarantine = found.reason
        if before is None or before.code != found.code:
            self._notify(found)  # one e-mail for each reason


def _imported(source: SourceObject) -> Entry:
    entry = Entry(source)
    entry.step("import", f"Read the {source.kind.lower()} {source.name} from the source.")
    return entry
