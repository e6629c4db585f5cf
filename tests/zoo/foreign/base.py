"""What the foreign servers have in common: a good server whose resource types and documents can be others."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.zoo import discovery
from tests.zoo.listing import Query
from tests.zoo.message import Answer, Refused, Request, listed
from tests.zoo.rows import people_of
from tests.zoo.schema import ENTERPRISE, GROUP, USER, Attribute, Kind
from tests.zoo.server import Zoo
from tests.zoo.store import SUITE, Record

LISTS = {"schemas", "resourcetypes"}
SCHEMA = f"{discovery.CORE}:Schema"


class Foreign(Zoo):
    """A good server. A foreign one is a class of its own that differs in one way.

    Attributes:
        legal: the RFCs and Microsoft's documentation allow the difference, so that nothing may FAIL.
        defect: where they do not, the one cause that has to be named, in a few words.
        users: resource type of users, as it is.
        groups: resource type of groups, as it is; None for none.
        told: resource type of users, as the documents tell it; None for as it is.
        required: URNs of the extensions that every user has to have.
        features: members of the ServiceProviderConfig that are others.
        away_until: until then (``time.monotonic``) nobody listens on the port.
    """

    legal = True
    defect = ""
    users: Kind = USER
    groups: Kind | None = GROUP
    told: Kind | None = None
    required: tuple[str, ...] = ()
    features: Mapping[str, Any] = {}
    away_until = 0.0

    # --- resource types --------------------------------------------------------------------------------

    def own(self, kind: Kind) -> Kind:
        """This server's version of a resource type.

        Raises:
            Refused: it has none.
        """
        found = self.users if kind.name == USER.name else self.groups
        if found is None:
            raise Refused(404, "nothing here")
        return found

    def _kind(self, head: str) -> Kind:
        return self.own(super()._kind(head))

    def search(self, kinds: list[Kind], query: Query) -> Answer:
        there = [kind for kind in kinds if kind.name == USER.name or self.groups is not None]
        return super().search([self.own(kind) for kind in there], query)

    def insert(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        self.allow(kind, data)
        return super().insert(kind, data, origin)

    def update(self, record: Record, data: dict[str, Any]) -> None:
        self.allow(record.kind, data)
        super().update(record, data)

    def allow(self, kind: Kind, data: dict[str, Any]) -> None:
        """See that a row may have this data.

        Raises:
            Refused: it may not.
        """

    # The good server tells its two resource types by identity: these two methods do for others what it does for those.

    def refer(self, kind: Kind, data: dict[str, Any]) -> None:
        super().refer(USER if kind.name == USER.name else GROUP, data)

    def save(self, record: Record, data: dict[str, Any], created: str) -> None:
        before = people_of(record.data)
        super().save(record, data, created)
        if record.kind.name == GROUP.name and record.kind is not GROUP:
            for identifier in before | people_of(data):
                self.belong(record, identifier)

    # --- documents -------------------------------------------------------------------------------------

    def route(self, request: Request) -> Answer:
        head = request.parts[0].lower() if request.parts else ""
        if head not in LISTS or request.method != "GET" or "filter" in request.query:
            answer = super().route(request)
            return answer if head != "serviceproviderconfig" else replace(answer, body=answer.body | self.features)
        given = super().route(replace(request, parts=request.parts[:1])).body["Resources"]
        rows = self.documents(head, copy.deepcopy(given))
        if len(request.parts) == 1:
            return Answer(200, listed(rows, len(rows)))
        for row in rows:
            if row["id"] == request.parts[1]:
                return Answer(200, row)
        raise Refused(404, "nothing here")

    def documents(self, head: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All schemas or resource types, made of those of the good server."""
        users, groups = self.told or self.users, self.groups
        if head == "resourcetypes":
            extensions = [{"schema": urn, "required": urn in self.required} for urn in users.extensions]
            types = [row | {"schemaExtensions": extensions} if row["id"] == USER.name else row for row in rows]
            return [row for row in types if row["id"] == USER.name or groups]
        given = {row["id"]: row for row in rows}
        there = [(USER.urn, "User", users.attributes)]
        there += [(GROUP.urn, "Group", groups.attributes)] if groups else []
        there += [(urn, "EnterpriseUser" if urn == ENTERPRISE else "Staff", a) for urn, a in users.extensions.items()]
        return [given.get(urn, {}) | self.schema(urn, name, given.get(urn), of) for urn, name, of in there]

    def schema(
        self, urn: str, name: str, given: dict[str, Any] | None, attributes: Mapping[str, Attribute]
    ) -> dict[str, Any]:
        """A schema that has these attributes, in the words of the good server's where it knows them."""
        meta = {"resourceType": "Schema", "location": f"{self.url}/Schemas/{urn}"}
        rows = given["attributes"] if given else [_bare(attribute) for attribute in attributes.values()]
        told = [_told(attributes[row["name"].lower()], row) for row in rows if row["name"].lower() in attributes]
        return {"schemas": [SCHEMA], "id": urn, "name": name, "attributes": told, "meta": meta}


def _bare(attribute: Attribute) -> dict[str, Any]:
    """An attribute that the good server does not know, before it is told what it is like."""
    return {"name": attribute.name, "type": attribute.type, "multiValued": attribute.many, "uniqueness": "none"}


def _told(attribute: Attribute, row: dict[str, Any]) -> dict[str, Any]:
    """An attribute as a schema has it: what the good server says of it, as far as it is so."""
    shown: dict[str, Any] = {
        "type": attribute.type, "multiValued": attribute.many, "required": attribute.required,
        "caseExact": attribute.exact, "mutability": attribute.mutability, "returned": attribute.returned,
    }  # fmt: skip
    default = {
        "multiValued": False, "required": False, "caseExact": False, "mutability": "readWrite", "returned": "default",
    }  # fmt: skip
    differs = {key: value for key, value in shown.items() if value != (row.get(key) or default.get(key))}
    subs = [_told(attribute.sub[sub["name"].lower()], sub) for sub in row.get("subAttributes", [])]
    return row | differs | ({"subAttributes": subs} if subs else {})


def without(kind: Kind, *names: str) -> Kind:
    """A resource type that lacks some attributes."""
    gone = {name.lower() for name in names}
    return replace(kind, attributes={key: one for key, one in kind.attributes.items() if key not in gone})


def changed(kind: Kind, name: str, **characteristics: Any) -> Kind:
    """A resource type one of whose attributes has other characteristics."""
    key = name.lower()
    return replace(kind, attributes=kind.attributes | {key: replace(kind.attributes[key], **characteristics)})
