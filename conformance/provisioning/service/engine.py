"""The service: test the connection, run a cycle, restart, and what becomes of a job that fails too much."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar

from conformance.provisioning.service import leaving, references
from conformance.provisioning.service.candidates import candidates, leaver, switched_off
from conformance.provisioning.service.codes import Trouble
from conformance.provisioning.service.condition import Condition
from conformance.provisioning.service.connection import test_connection
from conformance.provisioning.service.links import KINDS, Link
from conformance.provisioning.service.log import Entry
from conformance.provisioning.service.provisioning import arrive
from conformance.provisioning.service.quarantine import Quarantine
from conformance.provisioning.service.summary import Summary
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject

T = TypeVar("T")

WINDOW = 256
"""Objects that are under way at once, so that memory stays bounded whatever the size of the directory."""


class Service:
    """Runs the cycles of one job.

    Args:
        tools: of the job.
        concurrency: objects that are dealt with at once.
        notify: told of each quarantine when it begins.
        on_progress: told how many of how many objects are done.

    Attributes:
        summary: of the cycle that runs or ran last.
        condition: of the job.
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
        self.condition = Condition(tools.state, tools.clock, notify)
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self.summary = Summary(0, "", "", "", "", "")

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
        trouble = test_connection(self.tools)
        if trouble is None:
            self._work(opened["watermark"])
            self.state.remember("watermark", opened["tick"])
        self.condition.settle(self.summary, trouble)
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
        again = [*due, *self.condition.staged]
        kinds = [kind for kind in KINDS if not switched_off(self.tools, kind)]
        found = {kind: candidates(self.tools, kind, watermark, again) for kind in kinds}
        total = sum(map(len, found.values()))
        done = 0
        for kind in kinds:
            for _ in self.each(self._arrive, found[kind]):
                done += 1
                self._on_progress(done, total)
        for kind in kinds:
            for _ in self.each(self._refer, found[kind]):
                pass
        self._leave([identifier for kind in kinds for identifier in found[kind]])

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
        trouble = test_connection(self.tools)
        if trouble is None:
            self._arrive(identifier)
            self._refer(identifier)
            leaves = leaver(self.tools, identifier)
            if leaves is not None:
                self._send_away(*leaves, gone=self.state.gone(identifier))
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
        planned = [found for identifier in identifiers if (found := leaver(self.tools, identifier)) is not None]
        threshold = self.tools.job.deletion_threshold
        if self.condition.hold_back([source.id for source, _ in planned], threshold):
            assert threshold is not None
            self._stage(planned, threshold)
            return
        for gone in (False, True):
            for source, link in planned:
                if self.state.gone(source.id) is gone:
                    self._send_away(source, link, gone=gone)

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
        self.condition.too_many(self.summary, len(planned), threshold)

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


def _imported(source: SourceObject) -> Entry:
    entry = Entry(source)
    entry.step("import", f"Read the {source.kind.lower()} {source.name} from the source.")
    return entry
