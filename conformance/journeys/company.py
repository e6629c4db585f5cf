"""A company's life of provisioning cycles, played by the whole service and not request by request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.journeys import every, journey
from conformance.journeys.actor import Entra, JourneyStopped
from conformance.provisioning.mappings.synchronization import SynchronizationSchema, default_schema
from conformance.provisioning.service.company import Phase, play, script
from conformance.provisioning.service.engine import Service
from conformance.provisioning.service.exporter import Exporter
from conformance.provisioning.service.job import Job
from conformance.provisioning.service.log import Log
from conformance.provisioning.service.metrics import Metrics
from conformance.provisioning.service.quarantine import Quarantine
from conformance.provisioning.service.simulated_time import Clock
from conformance.provisioning.service.state import State
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.changes import ChangeSet
from conformance.provisioning.source.directory import GROUP, USER, Assignment, SourceObject
from conformance.provisioning.source.organisation import organisation
from conformance.provisioning.source.year import year
from conformance.scim.client import Stopped
from conformance.scim.exchange import Exchange

USERS, GROUPS = 10, 4
"""The smallest company in which everything can happen that a year brings."""

EVIDENCE = 8
"""Exchanges that a result carries: those that show what is wrong, and the requests that did it."""

MEMBERS = 3
"""Members that one PATCH carries here, so that a group takes more than one."""

OVERLOADED = 429
BROKEN = 500


@journey(spoken=every, users=USERS + 2, groups=GROUPS, option="cycle")
def cycle(entra: Entra) -> None:
    """An initial cycle, the change sets of a year, restarts; each cycle a step, and its result another."""
    company = small_company(entra)
    state = State()
    state.put(company)
    job = Job(stored_mapping(entra), entra.dialect, members_per_request=MEMBERS)
    player = CompanyPlayer(entra, job, state)
    try:
        for phase in player.phases(script(year(company, prefix=entra.name), restarts=True)):
            if phase.stopped:
                raise JourneyStopped(phase.summary.name)
    finally:
        with suppress(Stopped):  # then the sweep at the end of the run deletes it
            player.clean_up()
        state.close()


@dataclass(frozen=True)
class Manner:
    """How a company's life is played.

    Attributes:
        concurrency: objects that are dealt with at once.
        rate: requests a second at most, or None.
        log: file of the provisioning log, or None.
        wire: whether every exchange is kept as a step, and not only what the checks are judged by.
        reads: whether the target is read after each cycle.
        to: the Notification Email of the job, or empty.
        notify: told of each quarantine when it begins.
        on_progress: told how many of how many objects of a cycle are done.
    """

    concurrency: int = 1
    rate: float | None = None
    log: Path | None = None
    wire: bool = True
    reads: bool = True
    to: str = ""
    notify: Callable[[Quarantine], None] = lambda _quarantine: None
    on_progress: Callable[[int, int], None] = lambda _done, _of: None


class CompanyPlayer:
    """Plays the service for one job, and notes each cycle and its result as steps.

    What came of a cycle is kept in the state as well, so that a run that goes on after it was killed tells all of it.

    Args:
        entra: takes the steps.
        job: what is provisioned and how.
        state: holds the source directory, and all that the service knows.
        manner: concurrency and the like.
    """

    def __init__(self, entra: Entra, job: Job, state: State, manner: Manner | None = None) -> None:
        self.entra = entra
        self.state = state
        self.manner = manner or Manner()
        self.notifications: list[dict[str, str]] = state.fact("notifications", [])
        self._wire: dict[str, Exchange] = {}
        self._last: Exchange | None = None
        self._lock = threading.Lock()
        self._metrics = Metrics("Requests of the cycles", concurrency=self.manner.concurrency, rate=self.manner.rate)
        exporter = Exporter(entra.client, self._observe, rate=self.manner.rate, usual=entra.usual)
        self._log = Log(job, self.manner.log, entra.client.target.shown_url, entra.client.scrub)
        clock = Clock.at(state.fact("clock"))
        tools = Tools(job, state, exporter, self._log, clock, seed=entra.people.seed, domain=entra.people.domain)
        self.service = Service(
            tools, concurrency=self.manner.concurrency, notify=self._notify, on_progress=self.manner.on_progress
        )
        self._cycles: dict[int, dict[str, Any]] = {}
        self._differences: dict[int, list[dict[str, Any]]] = {}
        for name in state.fact("results", []):
            self._restore(name)

    def phases(self, sets: Sequence[ChangeSet]) -> Iterator[Phase]:
        """Play what of a script is not played yet; each phase is noted before it is given."""
        for phase in play(self.service, sets, reads=self.manner.reads):
            self._note(phase)
            yield phase

    def clean_up(self) -> None:
        """Delete what was created and is still there, groups before users."""
        for kind in (GROUP, USER):
            for _ in self.service.each(self._delete, self.state.targets(kind)):
                pass
        self._log.close()

    def close(self) -> None:
        """Close the log."""
        self._log.close()

    # --- inside ----------------------------------------------------------------------------------------

    def _delete(self, target: tuple[str, str]) -> None:
        client = self.entra.client
        if client.owns(*target):
            exchange = client.delete(*target)
            if self.manner.wire or not exchange.ok:
                self.entra.record("clean-up", [self.service.tools.redaction.exchange(exchange)])

    def _note(self, phase: Phase) -> None:
        """Note a phase as two steps: all that was sent, and the result that the checks judge."""
        name = phase.summary.name
        hide = self.service.tools.redaction.exchange
        sent, self._wire = self._wire, {}
        if self.manner.wire:
            self.entra.record(name, [hide(one) for one in sent.values()])
        blamed = [sent[one.request] for one in phase.differences if one.request in sent]
        failed = [exchange for exchange in sent.values() if not exchange.ok and exchange.method != "GET"]
        shown = [*phase.evidence, *blamed, *(failed if phase.summary.failures else [])]
        unique = list({id(exchange): exchange for exchange in shown}.values())[-EVIDENCE:]
        exchanges = [hide(one) for one in unique or (self._last,) if one is not None]
        self.entra.record(f"{name}-result", exchanges, **phase.facts)
        self._count(phase.facts)
        self._keep(name, exchanges, phase.facts)
        self.entra.tell("cycle", self.told)

    def _keep(self, name: str, exchanges: Sequence[Exchange], facts: dict[str, Any]) -> None:
        kept = {"exchanges": [one.to_json() for one in exchanges], "facts": facts}
        self.state.remember(f"result/{name}", kept)
        self.state.remember("results", list(dict.fromkeys([*self.state.fact("results", []), name])))

    def _restore(self, name: str) -> None:
        kept = self.state.fact(f"result/{name}")
        self._count(kept["facts"])
        self.entra.record(f"{name}-result", [Exchange.from_json(one) for one in kept["exchanges"]], **kept["facts"])

    def _count(self, facts: dict[str, Any]) -> None:
        number = facts["summary"]["number"]
        self._cycles[number] = facts["summary"]
        self._differences[number] = [one | {"cycle": number} for one in facts["differences"]]

    @property
    def told(self) -> dict[str, Any]:
        """What the report shows of the cycles, as plain JSON."""
        return {
            "dialect": str(self.entra.dialect),
            "cycles": list(self._cycles.values()),
            "events": self._log.events,
            "events_total": self._log.total,
            "differences": [one for rows in self._differences.values() for one in rows],
            "notifications": self.notifications,
            "log": self.manner.log.name if self.manner.log else "",
            "throughput": self._metrics.to_json(),
        }

    def tell(self) -> None:
        """Tell the report what the log holds, after an on-demand run."""
        summary = self.service.summary.to_json()
        self._cycles[summary["number"]] = summary
        self.entra.tell("cycle", self.told)

    def _notify(self, found: Quarantine) -> None:
        self.manner.notify(found)
        at = self.service.tools.clock.shown
        subject = f"Provisioning is in quarantine ({found.code})"
        self.notifications.append({"at": at, "to": self.manner.to, "subject": subject, "reason": found.reason})
        self.state.remember("notifications", self.notifications)

    def _observe(self, operation: str, label: str, exchange: Exchange) -> None:
        with self._lock:
            self._last = exchange
            if self.manner.wire or exchange.method != "GET":
                self._wire[label] = exchange
            if not self.manner.wire and len(self._wire) > WRITES:
                del self._wire[next(iter(self._wire))]
        failed = exchange.status is None or exchange.status >= BROKEN or exchange.status == OVERLOADED
        self._metrics.add(operation, exchange.elapsed, exchange.status, failed=failed)


WRITES = 500
"""Writes of a cycle that are kept to be shown, where not every exchange is."""


def small_company(entra: Entra) -> list[SourceObject]:
    """People who all have an account, a mail address and the application, two of whom lead the others; and groups."""
    seed, domain = entra.people.seed, entra.people.domain
    made = list(organisation(users=USERS, groups=GROUPS, seed=seed, domain=domain, prefix=entra.name))
    people = [one for one in made if one.kind == USER]
    company = []
    for number, one in enumerate(people):
        known = {"accountEnabled": True, "mail": one.attributes.get("mail") or one.attributes["userPrincipalName"]}
        # One reports to the second leader, so that all others get a new manager where the year gives them that one.
        boss = people[number == len(people) - 1].id if number else None
        company.append(one.changed(attributes=known, manager=boss, deleted=False, assignments=(Assignment(),)))
    groups = [one.changed(deleted=False, assignments=(Assignment(),)) for one in made if one.kind == GROUP]
    return [*company, *groups]


def stored_mapping(entra: Entra, schema: SynchronizationSchema | None = None) -> SynchronizationSchema:
    """A mapping without what the endpoint does not have: an admin would have deleted those rows.

    Args:
        entra: knows what the endpoint says of itself, and what the user states.
        schema: the default mapping if None.
    """
    schema = schema or default_schema()
    features, assumptions = entra.features, entra.client.target.assumptions
    users = schema.users
    if users is not None:
        rows = [r for r in users.attributes if features.lists_user_attribute(r.target) and assumptions.keeps(r.target)]
        users = replace(users, attributes=tuple(row for row in rows if not entra.leaves_out("/Users", row.target)))
    groups = schema.groups if entra.has_groups else None
    if groups is not None:
        taken = (row for row in groups.attributes if not entra.leaves_out("/Groups", row.target))
        groups = replace(groups, attributes=tuple(taken))
    return replace(schema, users=users, groups=groups)
