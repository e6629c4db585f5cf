"""The provisioning log: JSON lines with the field names of Microsoft Graph's provisioningObjectSummary."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from conformance.provisioning.service.codes import Trouble
from conformance.provisioning.service.job import Job
from conformance.provisioning.source.directory import SourceObject

KEPT = 2000
"""Events that the report shows; the file has them all."""


@dataclass
class Entry:
    """What is noted of one object while a cycle deals with it.

    Attributes:
        source: the object.
        action: ``create``, ``update``, ``delete``, ``disable``, ``stagedDelete`` or ``other``.
        steps: name, type, status and description of each step, in order.
        modified: target path, old value and new value of what was changed.
        target: SCIM id, where it is known.
        status: ``success``, ``failure``, ``skipped`` or ``warning``.
        trouble: why it failed or was skipped, or None.
        attempts: how often the object has failed without going well between, where it failed.
    """

    source: SourceObject
    action: str = "other"
    steps: list[dict[str, Any]] = field(default_factory=list)
    modified: list[dict[str, str]] = field(default_factory=list)
    target: str | None = None
    status: str = "success"
    trouble: Trouble | None = None
    attempts: int = 0

    def step(self, kind: str, description: str, *, status: str = "success", **details: Any) -> None:
        """Note a step: ``import``, ``scoping``, ``matching``, ``processing``, ``referenceResolution`` or ``export``."""
        name = f"Entry{kind[0].upper()}{kind[1:]}"
        self.steps.append({
            "name": name, "provisioningStepType": kind, "status": status, "description": description,
            "details": {key: _text(value) for key, value in details.items()},
        })  # fmt: skip

    def change(self, path: str, old: Any, new: Any) -> None:
        """Note a modified property."""
        self.modified.append({"displayName": path, "oldValue": _text(old), "newValue": _text(new)})

    def fail(self, trouble: Trouble, kind: str) -> None:
        """Note what went wrong, at which step."""
        self.status, self.trouble = "failure", trouble
        self.step(kind, trouble.reason, status="failure", errorCode=trouble.code)

    def skip(self, reason: str, kind: str = "scoping", code: str = "EntrySynchronizationSkipped") -> None:
        """Note that nothing is done, and why."""
        self.status, self.trouble = "skipped", Trouble(code, reason)
        self.step(kind, reason, status="skipped")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Log:
    """Writes events, and keeps the last ones for the report.

    Args:
        job: whose log it is.
        path: of the JSON Lines file, or None to keep events in memory only.
        target: name of the target system.
        scrub: hides secrets in a text.
    """

    def __init__(
        self, job: Job, path: Path | None, target: str, scrub: Callable[[str], str] = lambda text: text
    ) -> None:
        self.job = job
        self.path = path
        self.events: list[dict[str, Any]] = []
        self.total = 0
        self._target = target
        self._scrub = scrub
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "a", encoding="utf-8")

    def write(self, entry: Entry, *, cycle: int, at: str, seconds: float) -> dict[str, Any]:
        """Add an event.

        Args:
            entry: what was done.
            cycle: number of the cycle.
            at: virtual time, ISO 8601.
            seconds: that it took.
        """
        event = self._event(entry, cycle, at, seconds)
        line = self._scrub(json.dumps(event, ensure_ascii=True))
        with self._lock:
            self.total += 1
            self._keep(entry, line)
            if self._file is not None:
                self._file.write(line + "\n")
                self._file.flush()
        return event

    def _keep(self, entry: Entry, line: str) -> None:
        if len(self.events) >= KEPT:
            if entry.status != "failure":
                return
            # What failed is worth more to the reader than what went well.
            kinds = (event["provisioningStatusInfo"]["status"] != "failure" for event in self.events)
            oldest = next((number for number, well in enumerate(kinds) if well), None)
            if oldest is None:
                return
            del self.events[oldest]
        self.events.append(json.loads(line))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _event(self, entry: Entry, cycle: int, at: str, seconds: float) -> dict[str, Any]:
        job, source = self.job, entry.source
        return {
            "id": job.guid(f"event/{cycle}/{source.id}/{entry.action}/{self.total}"),
            "activityDateTime": at,
            "tenantId": job.guid("tenant"),
            "jobId": job.id,
            "cycleId": job.cycle_id(cycle),
            "changeId": job.guid(f"change/{cycle}/{source.id}"),
            "provisioningAction": entry.action,
            "durationInMilliseconds": round(seconds * 1000),
            "provisioningStatusInfo": {"status": entry.status, "errorInformation": _error(entry.trouble)},
            "provisioningSteps": entry.steps,
            "modifiedProperties": entry.modified,
            "sourceIdentity": _identity(source.id, source.name, source.kind),
            "targetIdentity": _identity(entry.target or "", source.name, source.kind),
            "sourceSystem": {"id": job.guid("source"), "displayName": "Microsoft Entra ID", "details": {}},
            "targetSystem": {"id": job.guid("target"), "displayName": self._target, "details": {}},
            "initiatedBy": {
                "id": job.guid("service"), "displayName": "scim-conformance", "initiatorType": "system",
            },
            "servicePrincipal": {"id": job.guid("principal"), "displayName": job.name},
        }  # fmt: skip


def _identity(identifier: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": identifier, "displayName": name, "identityType": kind, "details": {}}


def _error(trouble: Trouble | None) -> dict[str, Any] | None:
    if trouble is None:
        return None
    return {
        "errorCode": trouble.code,
        "errorCategory": "failure" if not trouble.transient else "nonServiceFailure",
        "reason": trouble.reason,
        "recommendedAction": trouble.remedy,
        "additionalDetails": None,
    }
