"""The source directory: the objects that a provisioning job reads, as Entra knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

USER = "User"
GROUP = "Group"

DEFAULT_ACCESS = "Default Access"
"""Name of the role that an assignment has where the application defines none; treated like any other (entra.md 5)."""


@dataclass(frozen=True)
class Assignment:
    """An app-role assignment: who may use the application, and as what.

    Attributes:
        id: of the role.
        value: the role's value, empty for Default Access.
        name: the role's display name.
    """

    id: str = "00000000-0000-0000-0000-000000000000"
    value: str = ""
    name: str = DEFAULT_ACCESS


@dataclass(frozen=True)
class SourceObject:
    """A user or a group of the directory.

    Attributes:
        kind: ``User`` or ``Group``.
        id: the object id, a GUID; never the SCIM id.
        attributes: by Entra's source names (``userPrincipalName``, ``mail``, ``givenName``, ``accountEnabled``,
            ``extensionAttribute1``, …); strings, booleans or lists. A missing one is null.
        manager: object id of the manager, or None.
        members: object ids of a group's direct members, users and groups.
        assignments: the roles this object has in the application; empty where it is not assigned.
        deleted: whether it lies in the recycle bin.
    """

    kind: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    manager: str | None = None
    members: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    deleted: bool = False

    @property
    def name(self) -> str:
        """What people call it: the user principal name, or the group's display name."""
        key = "userPrincipalName" if self.kind == USER else "displayName"
        return str(self.attributes.get(key) or self.id)

    @property
    def enabled(self) -> bool:
        """Whether the account may sign in and is not deleted."""
        return not self.deleted and self.attributes.get("accountEnabled") is not False

    def changed(self, **fields: Any) -> SourceObject:
        """The object with other fields; ``attributes`` are merged, and a None removes one."""
        merged = {**self.attributes, **fields.pop("attributes", {})}
        kept = {name: value for name, value in merged.items() if value is not None}
        return replace(self, attributes=kept, **fields)

    def to_json(self) -> dict[str, Any]:
        """The object as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SourceObject:
        """Read back what ``to_json`` wrote.

        Raises:
            KeyError, TypeError: a field is missing or unknown.
        """
        fields = dict(data)
        fields["members"] = tuple(fields.get("members", ()))
        fields["assignments"] = tuple(Assignment(**row) for row in fields.get("assignments", ()))
        return cls(**fields)
