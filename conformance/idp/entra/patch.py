"""PATCH requests as Entra forms them, in its legacy and in its compliant dialect (entra.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.idp.entra import PATCH_OP, Dialect


def envelope(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Wrap operations into a PatchOp message (RFC 7644 section 3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": [dict(operation) for operation in operations]}


def change(
    dialect: Dialect, changes: Mapping[str, Any], *, op: str = "replace", pathless: bool | None = None
) -> list[dict[str, Any]]:
    """The operations that set attributes.

    Legacy: one operation an attribute, ``op`` capitalised, booleans as strings.
    Compliant: attributes with a filter in their path stay operations of their own, all others
    fold into one path-less operation with flat dotted and URN keys.

    Args:
        dialect: which of the two.
        changes: SCIM path to new value.
        op: ``replace`` or ``add``.
        pathless: force or forbid the path-less form; by default it is used for two attributes and more,
            and only by the compliant dialect.
    """
    if dialect is Dialect.LEGACY:
        return [{"op": op.capitalize(), "path": path, "value": _as_string(value)} for path, value in changes.items()]
    flat = {path: value for path, value in changes.items() if "[" not in path}
    if pathless is False or (pathless is None and len(flat) < 2):  # noqa: PLR2004
        return [{"op": op, "path": path, "value": value} for path, value in changes.items()]
    filtered = [{"op": op, "path": path, "value": changes[path]} for path in changes if path not in flat]
    return [*filtered, {"op": op, "value": flat}]


def add_members(dialect: Dialect, ids: Sequence[str], *, with_ref: bool = False) -> list[dict[str, Any]]:
    """The operation that adds members, as one value array.

    Args:
        dialect: which of the two.
        ids: SCIM ids of the users.
        with_ref: with the ``"$ref": null`` that the documentation's sample carries.
    """
    values = [{"$ref": None, "value": member} if with_ref else {"value": member} for member in ids]
    return [{"op": _spelled(dialect, "add"), "path": "members", "value": values}]


def remove_members(dialect: Dialect, ids: Sequence[str], *, with_ref: bool = False) -> list[dict[str, Any]]:
    """The operations that remove members: by value array (legacy), one filtered path each (compliant)."""
    if dialect is Dialect.COMPLIANT:
        return [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in ids]
    values = [{"$ref": None, "value": member} if with_ref else {"value": member} for member in ids]
    return [{"op": "Remove", "path": "members", "value": values}]


def removal(dialect: Dialect, path: str) -> list[dict[str, Any]]:
    """The operation that removes a value, such as the manager (entra.md 2.3, "Manager remove")."""
    return [{"op": _spelled(dialect, "remove"), "path": path}]


def _spelled(dialect: Dialect, op: str) -> str:
    return op.capitalize() if dialect is Dialect.LEGACY else op


def _as_string(value: Any) -> Any:
    return str(value) if isinstance(value, bool) else value
