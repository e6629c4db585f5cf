"""Functions for ``[appRoleAssignments]``, and the one that hides a value in the log.

Source: Microsoft Learn, "Customize user provisioning attribute-mappings for SaaS applications in Microsoft Entra ID",
section "Provisioning a role to a SCIM app".
"""

from __future__ import annotations

from typing import Any

from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.values import FailedExpression, Value, as_list, shown

ROLE_TYPE = "WindowsAzureActiveDirectoryRole"
"""``type`` of every role that Entra sends."""


def _assignments(value: Value) -> list[dict[str, Any]]:
    """The assignments, each with ``id``, ``value`` and ``displayName``."""
    found = [row for row in as_list(value) if isinstance(row, dict)]
    if len(found) != len(as_list(value)):
        raise FailedExpression(f"[appRoleAssignments] is needed, but there is {shown(value)}.")
    return found


@function("SingleAppRoleAssignment", "[appRoleAssignments]", least=1, most=1)
def single_role(assignments: Value) -> Value:
    """The display name of one role; with several, which is unsupported, that of the first. Null without any."""
    rows = _assignments(assignments)
    return str(rows[0].get("displayName") or rows[0].get("value") or "") if rows else None


def _roles(assignments: Value, label: str) -> Value:
    """The roles as Microsoft's sample of a POST has them; null without any."""
    return [
        {"primary": False, "type": ROLE_TYPE, label: row.get("displayName") or "", "value": row.get("value") or ""}
        for row in _assignments(assignments)
    ] or None


@function("AppRoleAssignmentsComplex", "[appRoleAssignments]", least=1, most=1)
def complex_roles(assignments: Value) -> Value:
    """All roles, named in ``displayName``; a PATCH only adds them."""
    return _roles(assignments, "displayName")


@function("AssertiveAppRoleAssignmentsComplex", "[appRoleAssignments]", least=1, most=1)
def assertive_roles(assignments: Value) -> Value:
    """All roles, named in ``display``; a PATCH replaces what the target has."""
    return _roles(assignments, "display")


@function("Redact", "attribute/value", least=1, most=1)
def redact(value: Value) -> Value:
    """The value itself; ``Expression.redacted`` tells the log to hide it."""
    return value
