"""The attributes of the zoo's resources, from the RFC's own definitions as data, and how values are made of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.zoo.message import Refused

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PLACE = Path(__file__).parents[2] / "conformance" / "schemas" / "definitions"
READ_ONLY, STRING, BOOLEAN, COMPLEX = "readOnly", "string", "boolean", "complex"


def definition(name: str) -> dict[str, Any]:
    """A schema as the RFC has it."""
    return json.loads((PLACE / f"{name}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Attribute:
    """An attribute and its characteristics; ``sub`` has the sub-attributes by lower-case name."""

    name: str
    type: str = STRING
    many: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    exact: bool = False
    required: bool = False
    sub: dict[str, Attribute] = field(default_factory=dict)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Attribute:
        """Read one from a schema."""
        return cls(
            row["name"],
            row["type"],
            row.get("multiValued") or False,
            row.get("mutability") or "readWrite",
            row.get("returned") or "default",
            row.get("caseExact") or False,
            row.get("required") or False,
            table(row.get("subAttributes", [])),
        )


def table(rows: list[dict[str, Any]]) -> dict[str, Attribute]:
    """Attributes by lower-case name."""
    return {row["name"].lower(): Attribute.of(row) for row in rows}


COMMON = {
    "id": Attribute("id", exact=True, mutability=READ_ONLY, returned="always"),
    "externalid": Attribute("externalId", exact=True),
    "schemas": Attribute("schemas", many=True, exact=True, returned="always"),
    "meta": Attribute("meta", COMPLEX, mutability=READ_ONLY, sub={
        "resourcetype": Attribute("resourceType", exact=True), "created": Attribute("created", "dateTime"),
        "lastmodified": Attribute("lastModified", "dateTime"), "location": Attribute("location", exact=True),
        "version": Attribute("version", exact=True),
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A resource type.

    Attributes:
        name: as in ``meta.resourceType``.
        unique: the attribute that is unique.
        attributes: by lower-case name.
        extensions: attributes by lower-case name, of each extension's URN.
    """

    name: str
    unique: str
    attributes: dict[str, Attribute]
    extensions: dict[str, dict[str, Attribute]]

    @property
    def urn(self) -> str:
        """Of the core schema."""
        return f"{CORE}:{self.name}"

    def extension(self, key: str) -> str | None:
        """The URN of an extension in its own spelling."""
        return next((urn for urn in self.extensions if urn.lower() == key.lower()), None)


USER = Kind(
    "User", "userName", COMMON | table(definition("User")["attributes"]),
    {ENTERPRISE: table(definition("EnterpriseUser")["attributes"])},
)  # fmt: skip
GROUP = Kind("Group", "displayName", COMMON | table(definition("Group")["attributes"]), {})
KINDS = {"users": USER, "groups": GROUP}
SEGMENT = {"User": "Users", "Group": "Groups"}


def value_of(attribute: Attribute, value: Any) -> Any:
    """A value as it is stored; None for unassigned.

    Raises:
        Refused: it has another type.
    """
    if value is None or value in ([], {}):
        return None
    if attribute.many:
        rows = value if isinstance(value, list) else [value]
        return _one_primary(attribute, [row for row in (_single(attribute, row) for row in rows) if row is not None])
    return _single(attribute, value)


def _single(attribute: Attribute, value: Any) -> Any:
    if attribute.type == COMPLEX:
        return _complex(attribute, value)
    if attribute.type == BOOLEAN and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    wanted = bool if attribute.type == BOOLEAN else str
    if not isinstance(value, wanted):
        raise Refused(400, f"{attribute.name} cannot be {value!r}", "invalidValue")
    return value


def _complex(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, str) and "value" in attribute.sub and attribute.name == "manager":
        value = {"value": value} if value else None
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused(400, f"{attribute.name} cannot be {value!r}", "invalidValue")
    made = {}
    for key, item in value.items():
        sub = attribute.sub.get(key.lower())
        stored = None if sub is None or sub.mutability == READ_ONLY else value_of(sub, item)
        if stored is not None and sub is not None:
            made[sub.name] = stored
    return None if attribute.name == "manager" and not made.get("value") else made or None


def _one_primary(attribute: Attribute, rows: list[Any]) -> list[Any] | None:
    if sum(isinstance(row, dict) and row.get("primary") is True for row in rows) > 1:
        raise Refused(400, f"{attribute.name} has two primary values", "invalidValue")
    kept = {json.dumps(identity(row), sort_keys=True): row for row in reversed(rows)}
    return list(reversed(kept.values())) or None


def identity(row: Any) -> Any:
    """What tells one value of an attribute from another: value and type."""
    if isinstance(row, dict) and "value" in row:
        kind = str(row.get("type")).lower()  # of a member it follows from the value
        return [str(row["value"]).lower(), "" if kind in {"none", "user", "group"} else kind]
    return row


def data_of(kind: Kind, body: Any) -> dict[str, Any]:
    """What a create or replacement asks to have stored.

    Raises:
        Refused: it is no resource of the kind.
    """
    if not isinstance(body, dict):
        raise Refused(400, "not a resource", "invalidSyntax")
    urns = [str(urn).lower() for urn in body["schemas"]] if isinstance(body.get("schemas"), list) else []
    if kind.urn.lower() not in urns:
        raise Refused(400, f"schemas does not name {kind.urn}", "invalidSyntax")
    data: dict[str, Any] = {}
    for key, value in body.items():
        urn = kind.extension(key)
        if urn is not None:
            data[urn] = _complex(Attribute(urn, COMPLEX, sub=kind.extensions[urn]), value)
            continue
        attribute = kind.attributes.get(key.lower().removeprefix(f"{kind.urn.lower()}:"))
        if attribute is not None and attribute.mutability != READ_ONLY and attribute.name != "schemas":
            data[attribute.name] = value_of(attribute, value)
    data = {key: value for key, value in data.items() if value is not None}
    require(kind, data)
    return data


def require(kind: Kind, data: dict[str, Any]) -> None:
    """See that nothing required is missing or empty.

    Raises:
        Refused: something is.
    """
    for attribute in kind.attributes.values():
        if (attribute.required or attribute.name == kind.unique) and not data.get(attribute.name):
            raise Refused(400, f"{attribute.name} is required", "invalidValue")
