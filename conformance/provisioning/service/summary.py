"""What a cycle did, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.provisioning.service.log import Entry


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
        failures: of each object that failed: its name, id and kind, the action, code and reason, whether it had failed
            before, and by ``excuses`` why it is not held against the endpoint.
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
    failures: list[dict[str, Any]] = field(default_factory=list)

    def count(self, entry: Entry) -> None:
        """Take an entry of the log into the numbers."""
        if entry.status == "failure":
            self.failed += 1
            self.references_failed += entry.steps[-1]["provisioningStepType"] == "referenceResolution"
            assert entry.trouble is not None
            self.failures.append({
                "name": entry.source.name, "id": entry.source.id, "kind": entry.source.kind,
                "action": action_of(entry), "code": entry.trouble.code, "reason": entry.trouble.reason,
                "again": entry.attempts > 1, "excuse": "",
            })  # fmt: skip
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


def action_of(entry: Entry) -> str:
    """What could not be done with an object that failed: the action of its export, or the step that came before."""
    kind = str(entry.steps[-1]["provisioningStepType"])
    return entry.action if kind == "export" else kind
