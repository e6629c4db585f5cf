"""What every step of a cycle works with, and what of it depends on one source object."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from conformance.provisioning.expressions import Context
from conformance.provisioning.mappings.flow import Difference, difference, wanted
from conformance.provisioning.service.codes import Trouble
from conformance.provisioning.service.exporter import Exporter
from conformance.provisioning.service.job import Job
from conformance.provisioning.service.links import Held
from conformance.provisioning.service.log import Entry, Log
from conformance.provisioning.service.redaction import Redaction
from conformance.provisioning.service.simulated_time import INTERVAL, Clock
from conformance.provisioning.service.state import State
from conformance.provisioning.source.directory import SourceObject

LONGEST_GAP = timedelta(hours=24)
"""The widest gap between two tries of an object in escrow; Microsoft says that gaps widen, and not how (entra.md 5)."""


@dataclass
class Tools:
    """A job with its state, its connection, its log and its clock.

    Attributes:
        job: the admin's settings.
        state: what is known.
        exporter: sends requests.
        log: the provisioning log.
        clock: virtual.
        seed: of ``RandomString`` and ``Guid`` in expressions.
        domain: what ``DefaultDomain`` gives.
        on_entry: told each entry when it is written.
        redaction: hides what the admin mapped by ``Redact``.
    """

    job: Job
    state: State
    exporter: Exporter
    log: Log
    clock: Clock
    seed: int = 0
    domain: str = "example.com"
    on_entry: Callable[[Entry], None] = field(default=lambda _entry: None)

    def __post_init__(self) -> None:
        """Learn from the job what the log must not show."""
        self.redaction = Redaction(self.job)

    def scope_reasons(self, source: SourceObject) -> list[str]:
        """Why an object is out of scope; empty where it is in scope.

        In scope is what is assigned, directly or as a direct member of an assigned group, or everything; and of that
        what the scoping filter admits (Microsoft Learn, "Scoping users or groups to be provisioned").
        """
        mapping = self.job.mapping(source.kind)
        if mapping is None:
            return [f"The mapping of {source.kind.lower()}s is switched off."]
        if self.job.scope == "assigned" and not self._assigned(source):
            return ["Not assigned to the application, and in no group that is."]
        return mapping.scope.explain(self.attributes(source))

    def _assigned(self, source: SourceObject) -> bool:
        if source.assignments:
            return True
        # Members of nested groups are not provisioned: only direct membership counts.
        return source.kind == "User" and bool(self.state.roles_by_groups(source.id))

    def attributes(self, source: SourceObject, *, out: bool = False) -> dict[str, Any]:
        """What expressions and filters read of an object; ``out`` counts as soft-deleted (entra.md 2.5)."""
        roles = list(source.assignments)
        if source.kind == "User" and not roles:
            roles = self.state.roles_by_groups(source.id)
        return {
            **source.attributes,
            "objectId": source.id,
            "IsSoftDeleted": str(out or not source.enabled),
            "appRoleAssignments": [{"id": r.id, "value": r.value, "displayName": r.name} for r in roles],
        }

    def values(self, source: SourceObject, *, creating: bool = False, out: bool = False) -> dict[str, Any]:
        """What the target should hold of an object, by target path; references are not among it.

        Raises:
            FailedExpression: an expression cannot be evaluated for this object.
        """
        mapping = self.job.mapping(source.kind)
        assert mapping is not None
        values = wanted(mapping, self.attributes(source, out=out), self.context(source), creating=creating)
        self.redaction.learn(source.id, source.kind, values)
        return values

    def context(self, source: SourceObject) -> Context:
        """What expressions know beside the object; the same in each cycle, so that a second one changes nothing."""
        dice = random.Random(f"{self.seed}/{source.id}")  # noqa: S311 - made-up values, no secrets
        return Context(
            now=self.clock.now,
            guid=lambda: self.job.guid(f"expression/{source.id}"),
            random=dice,
            default_domain=self.domain,
        )

    def difference(self, kind: str, current: Mapping[str, Any], values: Mapping[str, Any]) -> Difference:
        """What of some values has to be written to a resource, as the mapping of its kind lets them flow."""
        return difference(current, values, self.job.mapping(kind))

    def shown(self, kind: str, path: str, value: Any) -> Any:
        """A value as the log and the report may show it: hidden where the admin mapped it by ``Redact``."""
        return self.redaction.shown(kind, path, value)

    def active_path(self, kind: str) -> str | None:
        """The target path that says whether somebody is active: the one mapped from ``IsSoftDeleted``, or None."""
        mapping = self.job.mapping(kind)
        for row in mapping.attributes if mapping else ():
            if any(name.lower() == "issoftdeleted" for name in row.expression.attributes):
                return row.target
        return None

    def hold(self, entry: Entry, trouble: Trouble, kind: str) -> None:
        """Note a failure in the log, and put the object into escrow until it is due again.

        The first retry comes with the next cycle, the following ones after gaps that double (entra.md 5, "Per-object
        failure").
        """
        trouble = replace(trouble, reason=self.redaction.text(trouble.reason, entry.source.id))
        before = self.state.held(entry.source.id)
        # Several requests for one object that fail in one cycle, as for a large group, are one attempt.
        attempts = entry.attempts = entry.attempts or (before.attempts + 1 if before else 1)
        due = self.clock.now + min(INTERVAL * 2 ** min(attempts - 1, 10), LONGEST_GAP)
        reason = (
            f"{trouble.reason} This operation was retried {attempts - 1} times. "
            f"It will be retried again after this date: {due:%Y-%m-%dT%H:%MZ}."
        )
        entry.fail(Trouble(trouble.code, reason, transient=trouble.transient), kind)
        self.state.hold(Held(entry.source.id, trouble.code, trouble.reason, attempts, due, kind))
