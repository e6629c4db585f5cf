"""The crew: a master hands the plan to workers over Locust's own connection, notices who is lost, merges the rest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust import runners
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from conformance.load.evidence import Evidence
from conformance.load.figures import Figures
from conformance.load.plan import Plan
from conformance.load.worker import Worker

runners.WORKER_REPORT_INTERVAL = 1.0
"""Seconds between two reports of a worker: what it sent after the last one is not counted where it is lost."""

runners.MASTER_HEARTBEAT_TIMEOUT = 15
"""Seconds without a master after which a worker stops and cleans up."""

CONNECT_PATIENCE = 60.0
"""Seconds to wait for all workers to come."""

ABSENCE = 6.0
"""Seconds for which Locust may not know a worker: it forgets one that stops until it reports as ready again."""

LAST_ANSWERS = 10.0
"""Seconds that what is under way has to be answered where a run is cut short."""

SPAWNING = 100.0
"""Lanes that each worker starts in a second; Locust warns of more."""


class NoCrew(RuntimeError):
    """Too few workers came, or none is left; the message says so."""


@dataclass
class Hand:
    """A worker as the master knows it.

    Attributes:
        name: of the worker.
        prefix: of what it creates.
        journal: its journal file, on its machine.
        prepared: whether it has the people its traffic needs.
        over: whether its clock has run out.
        lost: whether it has died.
        requests: sent, as last reported.
        result: what it found in the end.
    """

    name: str
    prefix: str = ""
    journal: str | None = None
    prepared: bool | None = None
    over: bool = False
    lost: bool = False
    requests: int = 0
    result: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The worker as plain JSON."""
        return vars(self)


@dataclass
class Outcome:
    """What the whole run came to; plain JSON inside.

    Attributes:
        figures: of all workers.
        evidence: likewise.
        hands: the workers.
        seconds: from start to end of the measured part.
        prepared: whether every worker had its people.
        interrupted: whether the run was cut short.
    """

    figures: Figures = field(default_factory=Figures)
    evidence: Evidence = field(default_factory=Evidence)
    hands: list[Hand] = field(default_factory=list)
    seconds: float = 0.0
    prepared: bool = True
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain JSON."""
        return {
            "figures": self.figures.to_json(),
            "evidence": self.evidence.kept,
            "counts": self.evidence.counts,
            "reasons": self.evidence.reasons,
            "hands": [hand.to_json() for hand in self.hands],
            "seconds": self.seconds,
            "prepared": self.prepared,
            "interrupted": self.interrupted,
        }


class Master:
    """Leads the workers through set-up, the measured part, verification and clean-up.

    Args:
        environment: Locust's, with a master runner.
        plan: of the run.
        children: worker processes of this machine that the master has started, by name.
        say: tells the user one line.
    """

    def __init__(
        self,
        environment: Environment,
        plan: Plan,
        children: dict[str, subprocess.Popen[str]],
        say: Callable[[str], None],
    ) -> None:
        assert isinstance(environment.runner, MasterRunner)
        self.runner = environment.runner
        self.plan = plan
        self.children = children
        self.outcome = Outcome()
        self.halted = False
        self._say = say
        self._hands: dict[str, Hand] = {}
        self._seen: dict[str, float] = {}
        self.runner.register_message("scim-hello", self._hello)
        self.runner.register_message("scim-ready", self._ready)
        self.runner.register_message("scim-over", self._over)
        self.runner.register_message("scim-done", self._done)
        environment.events.worker_report.add_listener(self._report)  # type: ignore[no-untyped-call]

    def run(self, workers: int) -> Outcome:
        """Play the plan with so many workers.

        Raises:
            NoCrew: too few came, or none is left.
        """
        self._wait(lambda: len(self._hands) >= workers, CONNECT_PATIENCE)
        if len(self._hands) < workers and not self.halted:
            raise NoCrew(f"{len(self._hands)} of {workers} workers came within {CONNECT_PATIENCE:.0f} seconds.")
        self.outcome.hands = list(self._hands.values())
        self._send("scim-plan", {"plan": self.plan.to_json(), "parts": len(self._hands)})
        self._wait(lambda: all(hand.prepared is not None for hand in self._alive))
        self._leave_off(lambda: all(hand.prepared is not None for hand in self._alive))
        self.outcome.prepared = all(hand.prepared for hand in self._alive)
        if self.outcome.prepared and not self.halted:
            self._measure()
        self._send("scim-finish", {"verify": self.outcome.prepared and not self.halted})
        self._wait(lambda: all(hand.result is not None for hand in self._alive), always=True)
        self.outcome.interrupted = self.halted
        self.runner.quit()
        return self.outcome

    def _measure(self) -> None:
        self.runner.start(self.plan.connections, spawn_rate=SPAWNING * len(self._alive))
        begin = time.monotonic()
        self._send("scim-begin", {})
        self._wait(lambda: all(hand.over for hand in self._alive))
        self._leave_off(lambda: all(hand.over for hand in self._alive))
        self.outcome.seconds = time.monotonic() - begin
        self.runner.stop()

    def _leave_off(self, answered: Callable[[], bool]) -> None:
        """Where the run is cut short: let workers begin nothing more, and wait for what is under way.

        Else nobody would know what came of a create that was not answered yet.
        """
        if self.halted:
            self._send("scim-halt", {})
            self._wait(answered, LAST_ANSWERS, always=True)

    # --- who is there ----------------------------------------------------------------------------------

    @property
    def _alive(self) -> list[Hand]:
        return [hand for hand in self._hands.values() if not hand.lost]

    def _wait(self, come: Callable[[], bool], patience: float = float("inf"), *, always: bool = False) -> None:
        """Wait for something to come, and notice meanwhile who is lost.

        Raises:
            NoCrew: nobody is left.
        """
        end = time.monotonic() + patience
        while not come() and time.monotonic() < end and (always or not self.halted):
            gevent.sleep(0.1)
            self._look_for_the_lost()
            if self._hands and not self._alive:
                raise NoCrew("All workers are lost; what they created is named in their journals.")

    def _look_for_the_lost(self) -> None:
        for identifier, hand in self._hands.items():
            if hand.lost or not self._is_lost(identifier, hand):
                continue
            hand.lost = True
            self._say(f"{hand.name} is lost; the others take over its part of the rate.")
            self._send("scim-share", {"parts": max(1, len(self._alive))})

    def _is_lost(self, identifier: str, hand: Hand) -> bool:
        """Whether a worker's process has ended, or its heartbeat has stopped."""
        child = self.children.get(hand.name)
        known = self.runner.clients.get(identifier)
        if known is not None and known.state != runners.STATE_MISSING:
            self._seen[identifier] = time.monotonic()
        absent = known is None and time.monotonic() - self._seen.get(identifier, 0.0) > ABSENCE
        missing = known is not None and known.state == runners.STATE_MISSING
        return absent or missing or (child is not None and child.poll() is not None)

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        for identifier, hand in self._hands.items():
            if not hand.lost:
                self.runner.send_message(kind, data, client_id=identifier)

    # --- what workers say ------------------------------------------------------------------------------

    def _hello(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002 - Locust's signature
        self._hands[msg.node_id] = Hand(msg.data["name"])
        self._seen[msg.node_id] = time.monotonic()

    def _ready(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        hand = self._hands[msg.node_id]
        hand.prefix, hand.journal, hand.prepared = (msg.data[key] for key in ("prefix", "journal", "prepared"))

    def _over(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        self._hands[msg.node_id].over = True

    def _done(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        result = msg.data
        self._hands[msg.node_id].result = result
        self.outcome.evidence.merge(result["evidence"], result["counts"], result["reasons"])

    def _report(self, client_id: str, data: dict[str, Any]) -> None:
        figures = data.get("scim")
        if figures is not None and client_id in self._hands:
            part = Figures.from_json(figures)
            self._hands[client_id].requests += part.total.requests
            self.outcome.figures.merge(part)


class Member:
    """A worker's end of the connection to the master.

    Args:
        environment: Locust's, with a worker runner.
        name: of the worker.
        make: makes the worker of a plan.
    """

    def __init__(self, environment: Environment, name: str, make: Callable[[Plan], Worker]) -> None:
        assert isinstance(environment.runner, WorkerRunner)
        self.runner = environment.runner
        self.worker: Worker | None = None
        self.done = False
        self.refused = ""
        self._make = make
        self.runner.register_message("scim-plan", self._plan, concurrent=True)
        self.runner.register_message("scim-begin", self._begin, concurrent=True)
        self.runner.register_message("scim-share", self._share)
        self.runner.register_message("scim-halt", lambda **_told: self.halt())
        self.runner.register_message("scim-finish", self._finish, concurrent=True)
        environment.events.report_to_master.add_listener(self._report)  # type: ignore[no-untyped-call]
        self.runner.send_message("scim-hello", {"name": name})

    def halt(self) -> None:
        """Send nothing more; the master notices that we are over before the time."""
        if self.worker is not None:
            self.worker.halted = True

    def _plan(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        try:
            self.worker = self._make(Plan.from_json(msg.data["plan"]))
        except Exception as problem:  # noqa: BLE001 - told to the user by whoever waits for us
            self.refused = str(problem)
            return
        self.worker.share(msg.data["parts"])
        journal = str(self.worker.journal) if self.worker.journal is not None else None
        prepared = self.worker.prepare()
        self.runner.send_message("scim-ready", {"prefix": self.worker.prefix, "journal": journal, "prepared": prepared})

    def _begin(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        assert self.worker is not None
        self.worker.begin()
        self.worker.wait()
        self.runner._send_stats()  # noqa: SLF001 - the master must have all figures before it hears that we are over
        self.runner.send_message("scim-over", {})

    def _share(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        if self.worker is not None:
            self.worker.share(msg.data["parts"])

    def _finish(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002
        if self.worker is not None:
            self.worker.halted = self.worker.halted or not msg.data["verify"]
            result = self.worker.finish(verify=msg.data["verify"])
            self.runner.send_message("scim-done", result)
        self.done = True

    def _report(self, client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002
        if self.worker is not None:
            figures, self.worker.figures = self.worker.figures, Figures()
            data["scim"] = figures.to_json()


def start_child(job: str) -> subprocess.Popen[str]:
    """Start a worker process on this machine; its job, as JSON, goes in by standard input."""
    child = subprocess.Popen([sys.executable, "-m", "conformance.load"], stdin=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(job)
    child.stdin.close()
    return child
