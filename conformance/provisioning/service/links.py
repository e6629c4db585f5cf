"""What binds source objects to resources of the target, and what waits to be tried again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KINDS = ("User", "Group")
"""Users before groups: who is in a group has to be there before its members are sent."""


@dataclass
class Link:
    """What binds a source object to a resource of the target.

    Attributes:
        source: object id.
        kind: ``User`` or ``Group``.
        target: SCIM id, which the target assigned; kept for ever.
        name: the ``userName`` or ``displayName`` that was sent last.
        adopted: the resource was there before this run.
        active: whether it was last told to be active.
        managed: whether the service still looks after it; not so once it left the scope (entra.md 2.5).
        manager: object id of the manager that was sent last, or None.
        cycle: number of the cycle that dealt with it last.
        deleted: the resource was deleted with its source object; kept to see that it stays away.
        sent: the values that the target should hold, by target path.
        writes: the last request that wrote each path, for the report to blame.
    """

    source: str
    kind: str
    target: str
    name: str
    adopted: bool = False
    active: bool = True
    managed: bool = True
    manager: str | None = None
    cycle: int = 0
    deleted: bool = False
    sent: dict[str, Any] = field(default_factory=dict)
    writes: dict[str, str] = field(default_factory=dict)

    @property
    def collection(self) -> str:
        """Path of its endpoint."""
        return collection_of(self.kind)


@dataclass(frozen=True)
class Held:
    """An object whose export failed, put aside until it is tried again.

    Attributes:
        source: object id.
        code: as the provisioning log has it (entra.md 9).
        reason: one sentence.
        attempts: how often it failed.
        due: when it is tried again.
        step: kind of the step that failed, as the provisioning log has it.
    """

    source: str
    code: str
    reason: str
    attempts: int
    due: datetime
    step: str


def collection_of(kind: str) -> str:
    """Path of the endpoint of a kind of object."""
    return "/Users" if kind == "User" else "/Groups"


def link_of(row: tuple[Any, ...]) -> Link:
    """A link as its row in the state has it."""
    source, kind, target, name, adopted, active, managed, manager, cycle, deleted, sent, writes = row
    return Link(
        source, kind, target, name, bool(adopted), bool(active), bool(managed), manager, cycle, bool(deleted),
        json.loads(sent), json.loads(writes),
    )  # fmt: skip


def held_of(row: tuple[Any, ...]) -> Held:
    """An entry of the escrow as its row in the state has it."""
    source, code, reason, attempts, due, step = row
    return Held(source, code, reason, attempts, datetime.fromisoformat(due), step)
