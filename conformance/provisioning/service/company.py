"""A company's life: an initial cycle, one after each change set, restarts, and after each a reading of the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.provisioning.service import inventory
from conformance.provisioning.service.engine import Service
from conformance.provisioning.service.excuses import Excuses
from conformance.provisioning.service.links import Held
from conformance.provisioning.service.reading import Difference, Reading
from conformance.provisioning.service.summary import Summary
from conformance.provisioning.source.changes import ChangeSet, Removed, apply
from conformance.provisioning.source.directory import SourceObject
from conformance.scim.exchange import Exchange

KEPT = 200
"""Differences of one reading that are told one by one; of more only the number is."""

TRIES = 3
"""Cycles that a script waits for a job to leave quarantine, and for objects to leave escrow at the end."""

INITIAL = ChangeSet("initial", "The initial cycle: everybody in scope is matched, created and linked", ())
QUIET = ChangeSet("quiet", "Nothing changed", ())
RESTART = ChangeSet("restart", "The job is restarted; links are kept", ())
RESET = ChangeSet("reset", "The job is restarted with its scope reset: everybody is matched again", ())


@dataclass
class Phase:
    """A cycle, and the reading after it.

    Attributes:
        summary: what the cycle did.
        differences: what is not as it should be afterwards, and was so before; at most ``KEPT``.
        found: how many differences there are that were not there before.
        compared: how many users and groups were compared, by kind.
        writes: the last writes of the cycle.
        operations: how many requests of each kind the cycle sent.
        escrow: who waits for another try, and why; at most ``KEPT``.
        changed: object ids of what happened in the source before the cycle.
        absent: names of those who should be there and were never created; at most ``KEPT``.
        evidence: answers that show the differences.
        stopped: whether the script cannot go on: the job stays in quarantine.
    """

    summary: Summary
    differences: list[Difference] = field(default_factory=list)
    found: int = 0
    compared: dict[str, int] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    operations: dict[str, int] = field(default_factory=dict)
    escrow: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    evidence: list[Exchange] = field(default_factory=list)
    stopped: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """What the checks judge, as plain JSON."""
        summary = self.summary
        return {
            "summary": summary.to_json(),
            "failures": summary.failures[:KEPT],
            "escrow": self.escrow,
            "changed": self.changed,
            "absent": self.absent,
            "differences": [one.to_json() for one in self.differences],
            "found": self.found,
            "compared": self.compared,
            "writes": self.writes,
            "operations": self.operations,
            "stopped": self.stopped,
        }


def script(changes: Sequence[ChangeSet], *, restarts: bool) -> list[ChangeSet]:
    """The change sets of a company's life, with what comes before and after them.

    Args:
        changes: in between; a last one without changes is added where there is none.
        restarts: end with a restart, and one with the scope reset.
    """
    quiet = [] if changes and not changes[-1].changes else [QUIET]
    return [INITIAL, *changes, *quiet, *([RESTART, RESET] if restarts else [])]


def play(service: Service, sets: Sequence[ChangeSet], *, reads: bool = True) -> Iterator[Phase]:
    """Play a company's life from where its state is, one phase at a time.

    Args:
        service: of the job; its state holds the source directory.
        sets: from ``script``; the same as when the state was made.
        reads: compare the target after each cycle.
    """
    position = service.state.fact("position", 0)
    for number, change_set in enumerate(sets):
        if number < position:
            continue
        if not service.state.fact("begun", default=False):
            _begin(service, change_set, number)
        phase = _phase(service, change_set, reads=reads)
        yield phase
        service.state.advance(number + 1)
        if phase.stopped:
            return
    yield from _retried(service, reads=reads)


def _begin(service: Service, change_set: ChangeSet, number: int) -> None:
    """Let what happens in the source happen, once: a run that was killed must not let it happen twice."""
    state = service.state
    if change_set is RESTART or change_set is RESET:
        service.condition.restart(reset_scope=change_set is RESET)
    if number:
        service.tools.clock.at_least(service.condition.next_at)
        state.remember("clock", service.tools.clock.now.isoformat())
    touched: dict[str, SourceObject | Removed] = {}

    def read(identifier: str) -> SourceObject | None:
        newest = touched.get(identifier) or state.source(identifier)
        return newest if isinstance(newest, SourceObject) else None

    for change in change_set.changes:
        touched |= {one.id: one for one in apply(change, read)}
    state.put(
        [one for one in touched.values() if isinstance(one, SourceObject)],
        buried=[one.id for one in touched.values() if isinstance(one, Removed)],
        facts={"begun": True, "changed": sorted(touched)},
    )


def _phase(service: Service, change_set: ChangeSet, *, reads: bool) -> Phase:
    state, exporter = service.state, service.tools.exporter
    cycled = state.fact("cycled")
    if cycled is None:
        summary = _cycle(service, change_set)
        excuses = Excuses(service.tools)
        for one in summary.failures:
            one["excuse"] = excuses.of(one["id"], one["code"], one["action"])
        sent = {"writes": exporter.written, "operations": dict(exporter.operations)}
        state.remember("cycled", {"summary": asdict(summary), **sent})
    else:  # the run was killed while it read the target
        summary = Summary(**cycled["summary"])
        exporter.begin(summary.number, cycled["writes"], cycled["operations"])
    phase = Phase(summary, writes=list(exporter.written), operations=dict(exporter.operations))
    excuses = Excuses(service.tools)
    phase.escrow = [_waiting(service, held, excuses) for held in state.escrow()[:KEPT]]
    phase.changed = state.fact("changed", [])
    phase.stopped = bool(summary.quarantine) and not service.condition.staged
    if reads and not phase.stopped:
        _read(service, phase)
    return phase


def _waiting(service: Service, held: Held, excuses: Excuses) -> dict[str, Any]:
    found = service.state.last_version(held.source)
    return {
        "name": found.name if found else held.source, "id": held.source, "kind": found.kind if found else "",
        "action": excuses.action(held), "code": held.code, "reason": held.reason, "excuse": excuses.of_held(held),
    }  # fmt: skip


def _cycle(service: Service, change_set: ChangeSet) -> Summary:
    """A cycle, and further ones while the job is in quarantine for a reason that may go away."""
    kind = "restart" if change_set in (RESTART, RESET) else ""
    summary = service.cycle(change_set.name, change_set.title, kind=kind)
    for _ in range(TRIES):
        if not summary.quarantine or service.condition.disabled or service.condition.staged:
            break
        service.tools.clock.at_least(service.condition.next_at)
        summary = service.cycle(change_set.name, change_set.title, kind=kind)
    return summary


def _read(service: Service, phase: Phase) -> None:
    """Read the target, and tell what was not wrong before: each cycle answers for its own harm."""
    tools, state = service.tools, service.state
    before = {tuple(row) for row in state.fact("wrong", [])}
    reading = Reading(tools, inventory.take(tools.exporter, state))
    wrong = []
    for one in reading.differences():
        wrong.append(one.key)
        if wrong[-1] in before:
            continue
        phase.found += 1
        if len(phase.differences) < KEPT:
            phase.differences.append(one)
    state.remember("wrong", [*wrong, *reading.unknown])
    phase.compared = dict(reading.compared)
    phase.absent = reading.absent[:KEPT]
    phase.evidence = reading.evidence[:KEPT]
    phase.summary.differences = phase.found


def _retried(service: Service, *, reads: bool) -> Iterator[Phase]:
    """Cycles at the times at which objects in escrow are due again, while there are any and something gets better."""
    for number in range(1, TRIES + 1):
        held = service.state.escrow()
        if not held:
            return
        service.tools.clock.at_least(held[0].due)
        service.state.remember("changed", [])
        retry = ChangeSet(f"retry-{number}", f"{len(held)} objects in escrow are tried again", ())
        yield _phase(service, retry, reads=reads)
        service.state.remember("cycled", None)
