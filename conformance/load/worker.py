"""A load worker: makes operations due by the clock, lets lanes send them, looks at the data afterwards, cleans up."""

from __future__ import annotations

import gc
import math
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gevent
from gevent.pool import Pool
from gevent.queue import Empty, Queue

from conformance.idp.dialects import DIALECTS
from conformance.idp.entra.people import People, marks_of, run_prefix
from conformance.load import evidence as kinds
from conformance.load.aftermath import Aftermath
from conformance.load.answer import Answer
from conformance.load.evidence import Evidence
from conformance.load.figures import Figures, bucket_of
from conformance.load.mixes import MIXES, InitialCycle
from conformance.load.operations import Operation, Operations
from conformance.load.plan import GALLERY_RATE, SETTLED, Plan
from conformance.load.population import Directory
from conformance.load.sending import Sender
from conformance.scim.endurance import TOO_MANY
from conformance.scim.exchange import ENDED
from conformance.scim.journal import Journal
from conformance.scim.ledger import Ledger
from conformance.scim.target import Target

NEIGHBOURS = 8
"""Requests under way at once outside the measured part."""

SELDOM = (20_000, 20, 20)
"""When the garbage collector looks: what comes of a request is gone without it, and what stays is no garbage."""

PATIENCE = 20
"""Operations for each person after which a set-up is given up."""


class Due(NamedTuple):
    """An operation and the moment by the monotonic clock from which its latency counts."""

    operation: Operation
    moment: float
    stage: int


class Worker:
    """One of the processes that share a load run, or the only one.

    Args:
        plan: of the whole run.
        target: where to; its URL is the plan's.
        reports: folder for the journal, or None.
        told: called with operation, answer and seconds of latency after each measured request.
    """

    def __init__(
        self,
        plan: Plan,
        target: Target,
        reports: Path | None,
        told: Callable[[Operation, Answer, float], None] = lambda _operation, _answer, _latency: None,
    ) -> None:
        self.plan = plan
        self.prefix = run_prefix()
        self.journal = None if reports is None else reports / f"journal-{self.prefix}.jsonl"
        self.figures = Figures()
        self.evidence = Evidence()
        self.directory = Directory()
        self.sender = Sender(
            target, Ledger(Journal(self.journal, target.shown_url, marks_of(self.prefix))), plan.connections
        )
        people = People(plan.seed, self.prefix, target.assumptions.user_domain)
        dialects = tuple(DIALECTS[name] for name in plan.dialects)
        operations = Operations(self.directory, people, dialects, target.assumptions)
        self.mix = MIXES[plan.mix](operations, None)
        self.halted = False
        self.over = False
        self.crash = ""
        self._told = told
        self._part = 1.0
        self._grain = plan.grain
        self._queue: Any = Queue()
        self._ready: list[Operation] = []
        self._flat: int | None = None
        self._begin = self._end = 0.0
        self._under_way = 0
        self._seen: Counter[str] = Counter()
        self._pace = self.sender.pace
        self.share(1)

    def share(self, parts: int) -> None:
        """Take an equal part of rate and people, one of so many."""
        self._part = 1.0 / parts
        self.mix.quota = None if self.plan.users is None else math.ceil(self.plan.users * self._part)
        self._pace.rate = None if self.plan.top_rate is None else self.plan.top_rate * self._part

    # --- set-up ----------------------------------------------------------------------------------------

    def prepare(self) -> bool:
        """Create the people and groups that an incremental cycle changes.

        Returns:
            whether all of them are there.
        """
        self.mix.operations.meet()
        if self.plan.mix == "initial":
            return True
        cycle = InitialCycle(self.mix.operations, self.mix.quota)
        pool = Pool(NEIGHBOURS)
        for _ in range(PATIENCE * ((self.mix.quota or 0) + NEIGHBOURS)):
            if cycle.complete or self.halted:
                break
            if self.sender.endurance.spent():
                break
            for operation in cycle.volley():
                pool.spawn(self._safely, self._set_up, operation)
        pool.join()
        # What was never looked at is not written to, and the measured part shall not wait for that.
        for user in self.directory.users:
            pool.spawn(self._safely, self._set_up, self.mix.operations.read_user(user))
        pool.join()
        return cycle.complete

    def _set_up(self, operation: Operation) -> None:
        answer = self.sender.perform(operation, patient=True)
        self._look_at_create(operation, answer)
        if not answer.ok:
            self.evidence.note(kinds.SET_UP, lambda: self.sender.exchange(operation.request, answer))

    # --- the measured part -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the clock."""
        # What is there by now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SELDOM)
        self._begin = time.monotonic()
        self._end = self._begin + self.plan.seconds + SETTLED
        gevent.spawn(self._safely, self._conduct)

    def wait(self) -> None:
        """Wait until the clock has run out and what is under way has had its time to settle."""
        while not self.over:
            gevent.sleep(0.05)
        settled = time.monotonic() + self.sender.target.timeout
        while self._under_way and time.monotonic() < settled:
            gevent.sleep(0.02)

    def _safely(self, action: Callable[..., Any], *arguments: Any) -> None:
        """Do something; a crash is the suite's own fault, ends the measured part and is told in the results."""
        try:
            action(*arguments)
        except Exception:  # noqa: BLE001 - whatever it is, it must not be taken for an answer of the endpoint
            self.crash = self.crash or self.sender.scrub(traceback.format_exc(limit=-4))
            self.over = self.halted = True

    def _conduct(self) -> None:
        end = self._begin
        for number, stage in enumerate(self.plan.stages):
            begin, end = end, end + stage.seconds
            if stage.rate is None:
                self._flat = number
                self._sleep(end)
                self._flat = None
            else:
                self._make_due(number, stage.rate, begin, end)
        while not self._queue.empty() and time.monotonic() < end + SETTLED and not self.halted:
            gevent.sleep(0.01)
        self.over = True
        while not self._queue.empty():
            self.figures.unsent[self._queue.get().stage] += 1

    def _make_due(self, number: int, rate: float, moment: float, end: float) -> None:
        """Let operations fall due evenly, whether the earlier ones are answered or not (an open model)."""
        while moment < end and not self.halted:
            self._sleep(moment)
            # Nothing here waits for the endpoint: lateness is this machine's own.
            self.figures.lag[bucket_of(time.monotonic() - moment)] += 1
            volley = self.mix.volley()
            for operation in volley:
                self._queue.put(Due(operation, moment, number))
            self.figures.due[number] += len(volley)
            moment += len(volley) / (rate * self._part)

    def _sleep(self, until: float) -> None:
        while not self.halted and (left := until - time.monotonic()) > 0:
            gevent.sleep(min(left, 0.2))

    def play(self) -> None:
        """Send what is due next; a lane calls this again and again."""
        self._safely(self._play)

    def _play(self) -> None:
        due = self._next()
        if due is None or self.over:
            return
        self._under_way += 1
        try:
            answer = self.sender.perform(due.operation)
        finally:
            self._under_way -= 1
        self._count(due, answer)

    def _next(self) -> Due | None:
        if self._flat is None:
            try:
                due: Due = self._queue.get(timeout=0.1)
            except Empty:
                return None
            return due
        if not self._ready:
            self._ready = self.mix.volley()
        operation = self._ready.pop(0)
        self._pace.wait()
        return Due(operation, time.monotonic(), self._flat if self._flat is not None else len(self.plan.stages) - 1)

    @property
    def ended(self) -> str:
        """Why nothing more can come of the run: its credentials ran out. Empty while they are good."""
        return self.sender.endurance.ending.sentence

    def _count(self, due: Due, answer: Answer) -> None:
        if self.ended and answer.error in ENDED:
            self.figures.unsent[due.stage] += 1
            self.over = self.halted = True
            return
        now = time.monotonic()
        name, latency = due.operation.name, now - due.moment
        timely = now <= self._end
        second = int(now - self._begin) // self._grain * self._grain
        self.figures.add((name, due.stage, second), latency, answer.told, ok=answer.ok, timely=timely)
        self._look_at_create(due.operation, answer)
        if not answer.ok or name not in self._seen:
            self._note(due, answer)
        self._told(due.operation, answer, latency)

    def _look_at_create(self, operation: Operation, answer: Answer) -> None:
        """Count a create that was answered by 2xx, and note one whose answer does not show what was to be created."""
        if operation.creates and answer.ok:
            self.evidence.note(kinds.CREATED, lambda: self.sender.exchange(operation.request, answer), limit=1)
            if answer.foreign:
                self.evidence.note(kinds.FOREIGN, lambda: self.sender.exchange(operation.request, answer))

    def _note(self, due: Due, answer: Answer) -> None:
        def exchange() -> Any:
            return self.sender.exchange(due.operation.request, answer)

        if answer.ok:
            self._seen[due.operation.name] += 1
            self.evidence.note(kinds.SAMPLE, exchange, limit=20)
        elif answer.status == TOO_MANY:
            self.evidence.note(kinds.THROTTLED if answer.retry_after else kinds.BARE, exchange)
            if (self.plan.stages[due.stage].rate or math.inf) <= GALLERY_RATE:
                self.evidence.note(kinds.SLOW, exchange)
        else:
            reason = self.sender.scrub(answer.reason)
            self.evidence.fail(due.operation.name, answer.told, reason, exchange)

    # --- afterwards ------------------------------------------------------------------------------------

    def finish(self, *, verify: bool) -> dict[str, Any]:
        """Look at the data, unless the run was cut short, and delete what this worker created.

        Returns:
            what the master, or the only process, puts into the results; plain JSON.
        """
        self.sender.reopen()
        pool = Pool(NEIGHBOURS)

        def spawn(action: Callable[..., Any], *arguments: Any) -> None:
            pool.spawn(self._safely, action, *arguments)

        aftermath = Aftermath(self.sender, self.directory, self.evidence, spawn, pool.join)
        found = aftermath.verify() if verify else {}
        account = aftermath.clean_up()
        self.sender.close()
        return {
            "found": found,
            **account.to_json(),
            "evidence": self.evidence.kept,
            "counts": self.evidence.counts,
            "reasons": self.evidence.reasons,
            "crash": self.crash,
            "ended": self.ended,
        }
