"""A dialect: the form in which an identity provider spells the PATCH requests that all of them mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Dialect(NamedTuple):  # no dataclass: `--help` would take half as long again
    """The form of an identity provider's PATCH requests. Nobody else compares names: what differs is asked here.

    Attributes:
        name: as users and results files have it; all of a house begin with different letters.
        about: what it is, in a line.
        capitalised: whether ``op`` begins with a capital letter.
        text_booleans: whether booleans are sent as strings.
        folds: whether attributes without a filter in their path go into one operation without a path.
        filtered_members: whether each member is removed by a filter in the path; else all of them by a value array.
        labelled_roles: whether a role is added as a JSON text in its value; else it replaces all, as an object.
    """

    name: str
    about: str
    capitalised: bool = False
    text_booleans: bool = False
    folds: bool = False
    filtered_members: bool = False
    labelled_roles: bool = False

    def __str__(self) -> str:
        return self.name

    def spelled(self, op: str) -> str:
        """``add``, ``replace`` or ``remove`` as this dialect writes it."""
        return op.capitalize() if self.capitalised else op

    def boolean(self, value: Any) -> Any:
        """A value as this dialect sends it; only booleans differ."""
        return str(value) if self.text_booleans and isinstance(value, bool) else value

    def change(
        self, changes: Mapping[str, Any], *, op: str = "replace", pathless: bool | None = None
    ) -> list[dict[str, Any]]:
        """The operations that set attributes.

        A dialect that folds writes attributes with a filter in their path as operations of their own, and all others as
        one path-less operation with flat dotted and URN keys; every other writes an operation an attribute.

        Args:
            changes: SCIM path to new value.
            op: ``replace`` or ``add``.
            pathless: force or forbid the path-less form; by default it is used for two attributes and more. A dialect
                that does not fold never uses it.
        """
        sent = {path: self.boolean(value) for path, value in changes.items()}
        flat = {path: value for path, value in sent.items() if "[" not in path}
        folded = self.folds and (len(flat) > 1 if pathless is None else pathless)
        alone = {path: value for path, value in sent.items() if path not in flat} if folded else sent
        operations = [{"op": self.spelled(op), "path": path, "value": value} for path, value in alone.items()]
        return [*operations, {"op": self.spelled(op), "value": flat}] if folded else operations

    def add_members(self, ids: Sequence[str], *, with_ref: bool = False) -> list[dict[str, Any]]:
        """The operation that adds members, as one value array.

        Args:
            ids: SCIM ids of the users.
            with_ref: with the ``"$ref": null`` that the documentation's sample carries.
        """
        return [{"op": self.spelled("add"), "path": "members", "value": _members(ids, with_ref=with_ref)}]

    def remove_members(self, ids: Sequence[str], *, with_ref: bool = False) -> list[dict[str, Any]]:
        """The operations that remove members: one filtered path each, or all of them by a value array.

        Args:
            ids: SCIM ids of the users.
            with_ref: with ``"$ref": null`` in the array.
        """
        if self.filtered_members:
            return [{"op": self.spelled("remove"), "path": f'members[value eq "{member}"]'} for member in ids]
        return [{"op": self.spelled("remove"), "path": "members", "value": _members(ids, with_ref=with_ref)}]

    def removal(self, path: str) -> list[dict[str, Any]]:
        """The operation that removes a value, such as the manager (entra.md 2.3, "Manager remove")."""
        return [{"op": self.spelled("remove"), "path": path}]

    def role(self, label: str, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The operation that assigns a role (entra.md 2.3).

        Args:
            label: the role as a JSON text, for a dialect that sends such.
            plain: the role as an object.
        """
        value = {"value": label} if self.labelled_roles else dict(plain)
        op = "add" if self.labelled_roles else "replace"
        return {"op": self.spelled(op), "path": "roles", "value": [value]}


def _members(ids: Sequence[str], *, with_ref: bool) -> list[dict[str, Any]]:
    return [{"$ref": None, "value": member} if with_ref else {"value": member} for member in ids]
