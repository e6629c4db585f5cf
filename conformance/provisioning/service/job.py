"""A provisioning job: what an admin sets up in the portal before the first cycle."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from conformance.idp.dialect import Dialect
from conformance.idp.dialects import LEGACY
from conformance.idp.entra.people import NAMESPACE
from conformance.provisioning.mappings.synchronization import ObjectMapping, SynchronizationSchema

ScopeSetting = Literal["assigned", "all"]

MEMBERS_PER_REQUEST = 100
"""Members that one PATCH adds or removes; Microsoft documents no number (entra.md 3), and asks for at least this."""


@dataclass(frozen=True)
class Job:
    """The settings of a provisioning job.

    Attributes:
        schema: attribute mappings, matching and scoping filters, target actions.
        dialect: the form of PATCH requests.
        scope: "sync only assigned users and groups", or "sync all".
        skip_out_of_scope_deletions: send nothing for users that leave the scope
            (Microsoft Learn, "Skip deletion of user accounts that go out of scope").
        deletion_threshold: deletes and disables of one cycle above which they are held back, or None
            (Microsoft Learn, "Enable accidental deletions prevention").
        adopt: whether a match that this run did not create is linked and changed.
        members_per_request: members that one PATCH carries at most.
        name: sets its ids apart.
        shared: whether people whom this run does not know may have the same e-mail addresses and numbers, as where
            the directory is a real one.
    """

    schema: SynchronizationSchema
    dialect: Dialect = LEGACY
    scope: ScopeSetting = "assigned"
    skip_out_of_scope_deletions: bool = False
    deletion_threshold: int | None = None
    adopt: bool = False
    members_per_request: int = MEMBERS_PER_REQUEST
    name: str = "scim-conformance"
    shared: bool = False

    @property
    def id(self) -> str:
        """The job's id, of the form that jobs of custom applications have (entra.md 6.2)."""
        return f"scim.{self.guid('tenant').replace('-', '')}.{self.guid('job')}"

    def guid(self, word: str) -> str:
        """A GUID that is the same in every run of the same job."""
        return str(uuid.uuid5(NAMESPACE, f"{self.name}/{self.dialect}/{word}"))

    def cycle_id(self, number: int) -> str:
        """The id of a cycle in the provisioning log, by its number."""
        return self.guid(f"cycle/{number}")

    def mapping(self, kind: str) -> ObjectMapping | None:
        """The enabled mapping of a kind of source object, or None where it is not provisioned."""
        return self.schema.users if kind == "User" else self.schema.groups
