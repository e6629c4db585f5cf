"""A company's year of provisioning cycles, played by the whole service and not request by request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.cycle.clock import Clock
from conformance.cycle.company import Phase, play, script
from conformance.cycle.exporter import Exporter
from conformance.cycle.job import Job
from conformance.cycle.log import Log
from conformance.cycle.metrics import Metrics
from conformance.cycle.service import Service
from conformance.cycle.state import State
from conformance.cycle.tools import Tools
from conformance.entra import BOTH
from conformance.entra.directory import GROUP, USER, Assignment, SourceObject
from conformance.entra.organisation import organisation
from conformance.entra.synchronization import ObjectMapping, SynchronizationSchema, default_schema
from conformance.entra.year import year
from conformance.journeys import journey
from conformance.journeys.actor import Entra, JourneyStopped
from conformance.journeys.groups import has_groups
from conformance.scim.exchange import Exchange

USERS, GROUPS = 10, 4
"""The smallest company in which everything can happen that a year brings."""

EVIDENCE = 8
"""Exchanges that a result carries: those that show what is wrong, and the requests that did it."""

MEMBERS = 3
"""Members that one PATCH carries here, so that a group takes more than one."""


@journey(dialects=BOTH, users=USERS + 2, groups=GROUPS, option="cycle")
def cycle(entra: Entra) -> None:
    """An initial cycle, the change sets of a year, restarts; each cycle a step, and its result another."""
    player = _Player(entra)
    for phase in player.phases():
        player.note(phase)
        if phase.stopped:
            raise JourneyStopped(phase.summary.name)


class _Player:
    """The service in one journey: its job, its company, and what went over the wire since the last result."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self._wire: dict[str, Exchange] = {}
        self._metrics = Metrics("Requests of a company's year", concurrency=1)
        exporter = Exporter(entra.client, self._observe)
        self._state = State()
        company = _company(entra)
        self._state.put(company)
        job = Job(_stored(entra), entra.dialect, members_per_request=MEMBERS)
        self._log = Log(job, None, entra.client.target.shown_url, entra.client.scrub)
        tools = Tools(
            job, self._state, exporter, self._log, Clock(), seed=entra.people.seed, domain=entra.people.domain
        )
        self._service = Service(tools)
        self._sets = script(year(company, prefix=entra.name), restarts=True)
        self._cycles: list[dict[str, Any]] = []
        self._differences: list[dict[str, Any]] = []

    def phases(self) -> Iterator[Phase]:
        """The phases, one after the other; what is created is deleted at the end, whatever happens."""
        try:
            yield from play(self._service, self._sets)
        finally:
            for link in sorted(self._state.links(), key=lambda link: link.kind != GROUP):
                if self.entra.client.owns(link.collection, link.target):
                    self.entra.record("clean-up", [self.entra.client.delete(link.collection, link.target)])
            self._state.close()

    def note(self, phase: Phase) -> None:
        """Note a phase as two steps: all that was sent, and the result that the checks judge."""
        name = phase.summary.name
        sent, self._wire = self._wire, {}
        self.entra.record(name, list(sent.values()))
        blamed = [sent[one.request] for one in phase.differences if one.request in sent]
        failed = [exchange for exchange in sent.values() if not exchange.ok and exchange.method != "GET"]
        shown = [*phase.evidence, *blamed, *(failed if phase.summary.failures else [])]
        unique = list({id(exchange): exchange for exchange in shown}.values())[-EVIDENCE:]
        self.entra.record(f"{name}-result", unique or list(sent.values())[-1:], **phase.facts)
        self._cycles.append(phase.summary.to_json())
        number = phase.summary.number
        self._differences += [one.to_json() | {"cycle": number} for one in phase.differences]
        self.entra.tell("cycle", self._told())

    def _told(self) -> dict[str, Any]:
        return {
            "dialect": str(self.entra.dialect),
            "cycles": self._cycles,
            "events": self._log.events,
            "events_total": self._log.total,
            "differences": self._differences,
            "notifications": [],
            "log": "",
            "throughput": self._metrics.to_json(),
        }

    def _observe(self, operation: str, label: str, exchange: Exchange) -> None:
        self._wire[label] = exchange
        failed = exchange.status is None or exchange.status >= 500 or exchange.status == 429  # noqa: PLR2004
        self._metrics.add(operation, exchange.elapsed, exchange.status, failed=failed)


def _company(entra: Entra) -> list[SourceObject]:
    """People who all have an account and use the application, and groups that do."""
    made = list(
        organisation(users=USERS, groups=GROUPS, seed=entra.people.seed, domain=entra.people.domain, prefix=entra.name)
    )
    return [
        one.changed(
            attributes={"accountEnabled": True} if one.kind == USER else {}, deleted=False, assignments=(Assignment(),)
        )
        for one in made
    ]


def _stored(entra: Entra) -> SynchronizationSchema:
    """The default mapping without what the endpoint does not have: an admin would have deleted those rows."""
    schema = default_schema()
    features, assumptions = entra.features, entra.client.target.assumptions
    kept: ObjectMapping | None = schema.users
    if kept is not None:
        rows = [r for r in kept.attributes if features.lists_user_attribute(r.target) and assumptions.keeps(r.target)]
        kept = replace(kept, attributes=tuple(rows))
    return replace(schema, users=kept, groups=schema.groups if has_groups(entra) else None)
