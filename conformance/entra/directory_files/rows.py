"""From what a file says about users and groups to the source directory's objects; names become object ids."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.entra.directory import DEFAULT_ACCESS, GROUP, USER, Assignment, SourceObject
from conformance.entra.people import NAMESPACE

NAMED_BY = {USER: "userPrincipalName", GROUP: "displayName"}
"""The attribute by which people call an object."""

PREFIXED = {USER: ("userPrincipalName", "mail", "mailNickname"), GROUP: ("displayName", "mail", "mailNickname")}
"""Attributes that tell whose run an object belongs to."""

KNOWN = {
    name.lower(): name
    for name in (
        *("userPrincipalName", "displayName", "jobTitle", "mail", "preferredLanguage", "givenName", "surname"),
        *("physicalDeliveryOfficeName", "streetAddress", "city", "state", "postalCode", "country", "telephoneNumber"),
        *("mobile", "facsimileTelephoneNumber", "mailNickname", "employeeId", "department", "accountEnabled"),
        *("companyName", "description", "securityEnabled", "mailEnabled", "proxyAddresses", "otherMails", "objectId"),
        *("usageLocation", "userType", "manager", "members", "assignments", "deleted"),
        *(f"extensionAttribute{number}" for number in range(1, 16)),
    )
} | {"id": "objectId"}
"""Entra's spelling of the names that it defines; all other names are extension attributes, as they are spelled."""


class BadDirectory(ValueError):
    """A source directory that cannot be used: one sentence with the file, the place in it, and what to do."""


@dataclass(frozen=True)
class Row:
    """What a file says about one user or group.

    Attributes:
        place: file and line, or file and JSON path, for messages.
        fields: attributes by Entra's names, and ``objectId``, ``manager``, ``members``, ``assignments``, ``deleted``.
    """

    kind: str
    place: str
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The user principal name, or the group's display name."""
        return str(self.fields[NAMED_BY[self.kind]])


def make_row(kind: str, place: str, fields: Mapping[str, Any]) -> Row:
    """A row with Entra's spelling of names, and without nulls.

    Raises:
        BadDirectory: it has no name.
    """
    spelled = {KNOWN.get(name.lower(), name): value for name, value in fields.items() if value not in (None, "")}
    name = spelled.get(NAMED_BY[kind])
    if not isinstance(name, str) or not name.strip():
        raise BadDirectory(f"{place}: this {kind.lower()} has no {NAMED_BY[kind]}; give it one.")
    return Row(kind, place, spelled)


def prefixed(prefix: str | None, value: Any) -> Any:
    """A name with the run's prefix and a hyphen before it; unchanged where it has them, or is no text.

    Args:
        prefix: from ``people.run_prefix``, or None for names as they are.
        value: of one of the ``PREFIXED`` attributes.
    """
    if not prefix or not isinstance(value, str) or value.startswith(f"{prefix}-"):
        return value
    return f"{prefix}-{value}"


def with_prefix(kind: str, attributes: Mapping[str, Any], prefix: str | None) -> dict[str, Any]:
    """Attributes of a user or a group, those that tell whose run it is with the prefix."""
    marked = PREFIXED[kind]
    return {name: prefixed(prefix, value) if name in marked else value for name, value in attributes.items()}


@dataclass
class Register:
    """Who is called what; names are compared without case, as Entra compares them.

    Attributes:
        ids: object ids by name or object id in small letters; None for a name that several objects have.
    """

    ids: dict[str, str | None] = field(default_factory=dict)

    def enter(self, row: Row, identifier: str) -> None:
        """Enter a user or a group.

        Raises:
            BadDirectory: the user principal name or the object id is taken.
        """
        name, key = row.name.lower(), identifier.lower()
        if key in self.ids:
            what = "userPrincipalName" if name in self.ids and row.kind == USER else "objectId"
            raise BadDirectory(f"{row.place}: another object has the {what} of {row.name!r}; each may occur once.")
        if name in self.ids and row.kind == USER:
            raise BadDirectory(f"{row.place}: the userPrincipalName {row.name!r} occurs twice; each may occur once.")
        self.ids[name] = None if name in self.ids else identifier
        self.ids[key] = identifier

    def find(self, name: Any, place: str, what: str) -> str:
        """The object id of whom a file names.

        Raises:
            BadDirectory: nobody, or more than one, is called so.
        """
        found = self.ids.get(str(name).lower(), "")
        if found is None:
            raise BadDirectory(f"{place}: the {what} {name!r} is the name of several groups; give its objectId.")
        if not found:
            raise BadDirectory(f"{place}: the {what} {name!r} is nobody in this directory; correct or remove it.")
        return found


def object_id(row: Row) -> str:
    """The object id that a row gives, or one made from its name, equal each time the file is read.

    Raises:
        BadDirectory: what it gives is no GUID.
    """
    given = row.fields.get("objectId")
    if given is None:
        return str(uuid.uuid5(NAMESPACE, f"directory/{row.kind}/{row.name.lower()}"))
    try:
        return str(uuid.UUID(str(given)))
    except ValueError:
        raise BadDirectory(f"{row.place}: the objectId {given!r} is no GUID; correct it or leave it out.") from None


def objects(rows: Iterable[Row], roles: Mapping[str, Assignment], prefix: str | None) -> list[SourceObject]:
    """The directory that rows describe; users, then groups, as in the files.

    Args:
        rows: of the files.
        roles: the application's roles by name and by value.
        prefix: of the run, or None.

    Raises:
        BadDirectory: a name is unknown or taken, somebody is their own manager, a value has the wrong type.
    """
    register, entered = Register(), []
    for row in rows:
        identifier = object_id(row)
        register.enter(row, identifier)
        entered.append((row, identifier))
    return [make_object(row, identifier, register, roles, prefix) for row, identifier in entered]


def make_object(
    row: Row, identifier: str, register: Register, roles: Mapping[str, Assignment], prefix: str | None
) -> SourceObject:
    """One object of the directory.

    Raises:
        BadDirectory: as ``objects``.
    """
    fields = dict(row.fields) | {"objectId": identifier}
    manager = fields.pop("manager", None)
    if manager is not None:
        manager = register.find(manager, row.place, "manager")
    if manager == identifier:
        raise BadDirectory(f"{row.place}: {row.name!r} is their own manager; name another, or nobody.")
    found = (register.find(name, row.place, "member") for name in _list(row, fields.pop("members", [])))
    members = tuple(dict.fromkeys(found))
    if identifier in members:
        raise BadDirectory(f"{row.place}: the group {row.name!r} is its own member; take it out.")
    assignments = tuple(assignment(role, row.place, roles) for role in _list(row, fields.pop("assignments", [])))
    deleted = _flag(row, "deleted", fields.pop("deleted", False))
    if row.kind == USER:
        fields["accountEnabled"] = _flag(row, "accountEnabled", fields.get("accountEnabled", True))
    attributes = with_prefix(row.kind, fields, prefix)
    return SourceObject(row.kind, identifier, attributes, manager, members, assignments, deleted)


def assignment(role: Any, place: str, roles: Mapping[str, Assignment]) -> Assignment:
    """An app-role assignment, from the role's name or value, or from an object with id, value and name.

    Raises:
        BadDirectory: no such role.
    """
    try:
        found = Assignment(**role) if isinstance(role, dict) else roles.get(str(role), None)
    except TypeError:
        raise BadDirectory(f"{place}: the role {role!r} may have id, value and name only.") from None
    if role == DEFAULT_ACCESS:
        return Assignment()
    if found is None:
        known = ", ".join(sorted({DEFAULT_ACCESS, *(each.name for each in roles.values())}))
        raise BadDirectory(f"{place}: the role {role!r} is not defined; there are {known}.")
    return found


def _list(row: Row, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadDirectory(f"{row.place}: members and assignments of {row.name!r} must be lists.")
    return value


def _flag(row: Row, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadDirectory(f"{row.place}: {name} of {row.name!r} is {value!r}; it must be true or false.")
    return value
