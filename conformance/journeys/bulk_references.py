"""Bulk jobs whose operations refer to each other by bulkId (RFC 7644 sections 3.7.1 and 3.7.2)."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, USERS, Entra, NotOffered, Owned
from conformance.journeys.bulk import change, job, post_user
from conformance.journeys.groups import needs_groups


@journey(users=3)
def bulk_users(entra: Entra) -> None:
    """A new user changed in the same job, one with a new manager, and two who manage each other."""
    entra.require("bulk")
    operations = [post_user(entra, "new"), change(f"{USERS}/bulkId:new", "displayName", "By reference")]
    _read(entra, job(entra, operations, step="path"), "new", step="read-path")
    if not entra.features.lists_user_attribute(f"{ENTERPRISE_USER}:manager"):
        raise NotOffered("the endpoint's schemas list no manager")
    operations = [post_user(entra, "boss"), post_user(entra, "report", **_managed_by("boss"))]
    _read(entra, job(entra, operations, step="manager"), "report", step="read-manager")
    operations = [post_user(entra, "one", **_managed_by("two")), post_user(entra, "two", **_managed_by("one"))]
    _read(entra, job(entra, operations, step="circle"), "two", step="read-circle")


@journey(groups=1)
def bulk_groups(entra: Entra) -> None:
    """A new group with a new member, one with nobody's bulkId, and two that are members of each other."""
    entra.require("bulk")
    needs_groups(entra)
    operations = [post_user(entra, "user"), _post_group(entra, "group", "user")]
    _read(entra, job(entra, operations, step="members"), "group", step="read-members")
    _read(entra, job(entra, [_post_group(entra, "group", "nowhere")], step="unknown"), "group", step="read-unknown")
    operations = [_post_group(entra, "one", "two"), _post_group(entra, "two", "one")]
    _read(entra, job(entra, operations, step="circle"), "two", step="read-circle")


def _read(entra: Entra, made: dict[str, Owned], bulk_id: str, *, step: str) -> None:
    """Read one of those that a job created; the ids that it may refer to are a fact of the step."""
    if bulk_id in made:
        entra.read(made[bulk_id], step=step, ids={key: owned.id for key, owned in made.items()})


def _managed_by(bulk_id: str) -> dict[str, Any]:
    return {"schemas": [CORE_USER, ENTERPRISE_USER], ENTERPRISE_USER: {"manager": {"value": f"bulkId:{bulk_id}"}}}


def _post_group(entra: Entra, bulk_id: str, member: str) -> dict[str, Any]:
    data = entra.group_body() | {"members": [{"value": f"bulkId:{member}"}]}
    return {"method": "POST", "path": GROUPS, "bulkId": bulk_id, "data": data}
