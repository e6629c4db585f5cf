"""Attribute definitions as a SCIM schema gives them, with the defaults of RFC 7643 section 2.2 filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CASE_EXACT_TYPES = frozenset({"reference", "binary"})
"""Types that are case-exact whatever a schema says (RFC 7643 sections 2.3.6 and 2.3.7)."""


@dataclass(frozen=True)
class Attribute:
    """One attribute or sub-attribute.

    Attributes:
        name: as the schema spells it.
        path: SCIM path, such as ``name.givenName`` or ``urn:…:User:manager.value``.
        type: lower case: ``string``, ``boolean``, ``decimal``, ``integer``, ``datetime``, ``binary``, ``reference``
            or ``complex``.
        subs: sub-attributes.
        raw: the definition as it came.
        others: the characteristics of RFC 7643 section 7.
    """

    name: str
    path: str
    type: str
    multi_valued: bool
    required: bool
    case_exact: bool
    mutability: str
    returned: str
    uniqueness: str
    canonical_values: tuple[str, ...]
    reference_types: tuple[str, ...]
    subs: tuple[Attribute, ...]
    raw: Mapping[str, Any]

    @property
    def writable(self) -> bool:
        """Whether a client can give it a value."""
        return self.mutability != "readOnly"


def attributes_of(schema: Mapping[str, Any], *, prefix: str = "") -> tuple[Attribute, ...]:
    """The attributes of a schema.

    Args:
        schema: a Schema resource; what is not a definition in it is passed over.
        prefix: stands before each path, such as the URN of an extension and a colon.
    """
    return tuple(_read(row, prefix) for row in rows(schema, "attributes"))


def walk(attributes: tuple[Attribute, ...]) -> Iterator[Attribute]:
    """All attributes and sub-attributes, each parent before its children."""
    for attribute in attributes:
        yield attribute
        yield from walk(attribute.subs)


def describe(kind: Mapping[str, Any], schemas: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Attribute, ...]]:
    """The attributes of a resource type by URN of its extensions, those of the base schema under an empty one.

    Args:
        kind: a ResourceType resource.
        schemas: all Schema resources.
    """
    by_id = {str(schema.get("id")).lower(): schema for schema in schemas}
    base = by_id.get(str(kind.get("schema")).lower())
    found = {"": attributes_of(base)} if base else {}
    for entry in _objects(kind.get("schemaExtensions")):
        urn = str(entry.get("schema"))
        if urn.lower() in by_id:
            found[urn] = attributes_of(by_id[urn.lower()], prefix=f"{urn}:")
    return found


def rows(container: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The definitions listed under a member, which is ``attributes`` or ``subAttributes``."""
    return [row for row in _objects(container.get(name)) if row.get("name")]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _read(raw: dict[str, Any], prefix: str) -> Attribute:
    path = f"{prefix}{raw['name']}"
    kind = str(raw.get("type") or "string").lower()
    return Attribute(
        name=str(raw["name"]),
        path=path,
        type=kind,
        multi_valued=raw.get("multiValued") is True,
        required=raw.get("required") is True,
        case_exact=kind in CASE_EXACT_TYPES or raw.get("caseExact") is True,
        mutability=str(raw.get("mutability") or "readWrite"),
        returned=str(raw.get("returned") or "default"),
        uniqueness=str(raw.get("uniqueness") or "none"),
        canonical_values=_strings(raw.get("canonicalValues")),
        reference_types=_strings(raw.get("referenceTypes")),
        subs=tuple(_read(row, f"{path}.") for row in rows(raw, "subAttributes")),
        raw=raw,
    )


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
