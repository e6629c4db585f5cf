"""From what a file says about users and groups to the source directory's objects; names become object ids."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.idp.entra.people import NAMESPACE
from conformance.provisioning.source.directory import DEFAULT_ACCESS, GROUP, USER, Assignment, SourceObject

NAMED_BY = {USER: "userPrincipalName", GROUP: "displayName"}
"""The attribute by which people call an object."""

PREFIXED = {USER: ("userPrincipalName", "mail", "mailNickname"), GROUP: ("displayName", "mail", "mailNickname")}
"""Attributes that tell whose run an object belongs to."""

FLAGS = ("accountEnabled", "securityEnabled", "mailEnabled", "deleted")
"""What is true or false."""

LISTS = ("proxyAddresses", "otherMails", "members", "assignments")
"""What has several values."""

KNOWN = {
    name.lower(): name
    for name in (
        *("userPrincipalName", "displayName", "jobTitle", "mail", "preferredLanguage", "givenName", "surname"),
        *("physicalDeliveryOfficeName", "streetAddress", "city", "state", "postalCode", "country", "telephoneNumber"),
        *("mobile", "facsimileTelephoneNumber", "mailNickname", "employeeId", "department", "companyName"),
        *("description", "usageLocation", "userType", "objectId", "manager"),
        *FLAGS,
        *LISTS,
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
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """The user principal name, or the group's display name."""
        return str(self.fields[NAMED_BY[self.kind]])


def make_row(kind: str, place: str, fields: Mapping[str, Any]) -> Row:
    """A row with Entra's spelling of names, and without nulls.

    Raises:
        BadDirectory: it has no name, or an attribute is not of its type.
    """
    spelled = {KNOWN.get(name.lower(), name): value for name, value in fields.items() if value not in (None, "")}
    name = spelled.get(NAMED_BY[kind])
    if not isinstance(name, str) or not name.strip():
        raise BadDirectory(f"{place}: this {kind.lower()} has no {NAMED_BY[kind]}; give it one.")
    for attribute, value in spelled.items():
        wanted = wanted_value(attribute, value)
        if wanted:
            raise BadDirectory(f"{place}: {attribute} of {name!r} is {value!r}; it must be {wanted}.")
    return Row(kind, place, spelled)


def wanted_value(attribute: str, value: Any) -> str:
    """What an attribute's value has to be and is not; empty where all is well.

    A directory extension may be an integer as well (Microsoft Graph, "extensionProperty resource type").
    """
    if attribute in FLAGS:
        return "" if isinstance(value, bool) else "true or false"
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if attribute in LISTS:
        return "" if texts or (attribute == "assignments" and isinstance(value, list)) else "a list of texts"
    if attribute.lower() in KNOWN:
        return "" if isinstance(value, str) else "text, in quotation marks"
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return (
        "" if texts or isinstance(value, str | bool | int) else "text, a whole number, true, false or a list of texts"
    )


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


class Register:
    """Who is called what; names are compared without case, as Entra compares them.

    Attributes:
        rows: by object id, in the order of the files.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        """Enter everybody.

        Raises:
            BadDirectory: a user principal name or an object id is taken, or an object id is no GUID.
        """
        self.rows: dict[str, Row] = {}
        self._named: dict[str, list[str]] = {}
        for row in rows:
            self._enter(row, object_id(row))

    def _enter(self, row: Row, identifier: str) -> None:
        namesakes = self._named.setdefault(row.name.lower(), [])
        if row.kind == USER and any(self.rows[one].kind == USER for one in namesakes):
            raise BadDirectory(
                f"{row.place}: the userPrincipalName {row.name!r} occurs twice; give each user their own."
            )
        if identifier in self.rows:
            what = f"objectId {identifier!r}" if "objectId" in row.fields else f"displayName {row.name!r}"
            raise BadDirectory(f"{row.place}: the {what} occurs twice; give each object an objectId of its own.")
        namesakes.append(identifier)
        self.rows[identifier] = row

    def find(self, name: Any, place: str, what: str, kind: str | None = None) -> str:
        """The object id of whom a file names.

        Args:
            name: a name or an object id.
            place: of the mention, for messages.
            what: it should be there, such as ``manager``.
            kind: ``User`` or ``Group`` where only such a one will do.

        Raises:
            BadDirectory: nobody, or more than one, is called so.
        """
        key = str(name).lower()
        candidates = [key] if key in self.rows else self._named.get(key, [])
        found = [one for one in candidates if kind in (None, self.rows[one].kind)]
        if len(found) > 1:
            raise BadDirectory(f"{place}: the {what} {name!r} is the name of several objects; give an objectId.")
        if not found:
            nobody = f"no {kind.lower()}" if kind else "nobody"
            raise BadDirectory(f"{place}: the {what} {name!r} is {nobody} in this directory; correct or remove it.")
        return found[0]


def object_id(row: Row) -> str:
    """The object id that a row gives, or one made from its name, equal each time the file is read.

    Raises:
        BadDirectory: what it gives is no GUID.
    """
    given = row.fields.get("objectId")
    if given is None:
        return str(uuid.uuid5(NAMESPACE, f"directory/{row.kind}/{row.name.lower()}"))
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise BadDirectory(f"{row.place}: the objectId {given!r} is no GUID; correct it or leave it out.") from None


def objects(register: Register, roles: Mapping[str, Assignment], prefix: str | None) -> list[SourceObject]:
    """The directory that rows describe, in the order of the files.

    Args:
        register: of the rows.
        roles: the application's roles by name and by value, without Default Access.
        prefix: of the run, or None.

    Raises:
        BadDirectory: a name is unknown, or somebody is their own manager or member.
    """
    known = {DEFAULT_ACCESS: Assignment(), **roles}
    return [_object(row, identifier, register, known, prefix) for identifier, row in register.rows.items()]


def _object(
    row: Row, identifier: str, register: Register, roles: Mapping[str, Assignment], prefix: str | None
) -> SourceObject:
    fields = {"accountEnabled": True, **row.fields} if row.kind == USER else dict(row.fields)
    named = {name: fields.pop(name, []) for name in ("manager", "members", "assignments")}
    deleted = fields.pop("deleted", False)
    fields["objectId"] = identifier
    return SourceObject(
        kind=row.kind,
        id=identifier,
        attributes=with_prefix(row.kind, fields, prefix),
        manager=_manager(row, identifier, register, named["manager"] or None),
        members=_members(row, identifier, register, named["members"]),
        assignments=tuple(_assignment(role, row.place, roles) for role in named["assignments"]),
        deleted=deleted,
    )


def _manager(row: Row, identifier: str, register: Register, name: str | None) -> str | None:
    if name is None:
        return None
    manager = register.find(name, row.place, "manager", USER)
    if manager == identifier:
        raise BadDirectory(f"{row.place}: {row.name!r} is their own manager; name another, or nobody.")
    return manager


def _members(row: Row, identifier: str, register: Register, names: list[Any]) -> tuple[str, ...]:
    if names and row.kind == USER:
        raise BadDirectory(f"{row.place}: {row.name!r} is a user, and only groups have members; take them out.")
    members = dict.fromkeys(register.find(name, row.place, "member") for name in names)
    if identifier in members:
        raise BadDirectory(f"{row.place}: the group {row.name!r} is its own member; take it out.")
    return tuple(members)


def _assignment(role: Any, place: str, roles: Mapping[str, Assignment]) -> Assignment:
    if isinstance(role, dict):
        return make_role(role, place)
    if not isinstance(role, str) or role not in roles:
        known = ", ".join(sorted({each.name for each in roles.values()}))
        raise BadDirectory(f"{place}: the role {role!r} is not defined; there are {known}.")
    return roles[role]


def make_role(data: Any, place: str) -> Assignment:
    """A role, from an object with ``id``, ``value`` and ``name``.

    Raises:
        BadDirectory: it is no such object.
    """
    known = isinstance(data, dict) and not set(data) - {"id", "value", "name"}
    if not known or not data or not all(isinstance(value, str) for value in data.values()):
        raise BadDirectory(
            f"{place}: the role {data!r} is not understood; it has id, value and name, all of them text."
        )
    return Assignment(**({"name": data["value"]} if data.get("value") else {}) | data)
