"""Servers that want something of every user, or refuse what they do not know."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.zoo.foreign.base import Foreign, changed, without
from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import ENTERPRISE, USER, Attribute, Kind
from tests.zoo.store import Record

STAFF = "urn:example:params:scim:schemas:extension:staff:2.0:User"
"""An extension of a server's own."""

USUAL = {"type", "primary", "display", "value", "$ref"}
"""What every attribute with several values may have, declared or not (RFC 7643 section 2.4)."""

DEMANDING = changed(changed(USER, "displayName", required=True), "emails", required=True)
NAMED = changed(USER, "name", required=True)
FULLY_NAMED = changed(
    NAMED, "name", sub=USER.attributes["name"].sub | {"familyname": Attribute("familyName", required=True)}
)
WITH_STAFF = replace(
    USER,
    extensions=USER.extensions | {STAFF: {"badge": Attribute("badge", required=True), "floor": Attribute("floor")}},
)
SLIM = replace(
    without(USER, "nickName", "title", "profileUrl", "userType", "ims", "photos", "entitlements", "x509Certificates"),
    extensions={},
)


class DisplayNameAndEmailsRequired(Foreign):
    """A user has to have displayName and emails, and /Schemas says so."""

    users = DEMANDING


class DisplayNameAndEmailsRequiredUnsaid(DisplayNameAndEmailsRequired):
    """A user has to have displayName and emails, and /Schemas says that it need not."""

    legal = False
    defect = "displayName and emails are required, and /Schemas says that they are not"
    told = USER


class FamilyNameRequired(Foreign):
    """A user has to have name.familyName, and /Schemas says so."""

    users = FULLY_NAMED

    def allow(self, kind: Kind, data: dict[str, Any]) -> None:
        if kind is self.users and not data.get("name", {}).get("familyName"):
            raise Refused(400, "name.familyName is required", "invalidValue")


class BadgeRequired(Foreign):
    """A user has to have an attribute of the server's own extension; /Schemas and /ResourceTypes say so."""

    users = WITH_STAFF
    required = (STAFF,)

    def allow(self, kind: Kind, data: dict[str, Any]) -> None:
        if kind is self.users and not data.get(STAFF, {}).get("badge"):
            raise Refused(400, f"{STAFF}:badge is required", "invalidValue")


class FewerAttributes(Foreign):
    """A user has neither nickName nor title: not declared, passed over in bodies, and invalidPath in a PATCH."""

    users = without(USER, "nickName", "title")


class _Strict(Foreign):
    """A create or replacement with an attribute that the server does not know is refused, and all of them are named.

    Attributes:
        unwelcome: lower-case names that it refuses, too.
    """

    unwelcome: frozenset[str] = frozenset()

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        self.inspect(kind, body)
        return super().create(kind, body, request)

    def replace(self, record: Record, request: Request) -> Answer:
        self.inspect(record.kind, request.body)
        return super().replace(record, request)

    def inspect(self, kind: Kind, body: Any) -> None:
        """See that a body has nothing unknown in it.

        Raises:
            Refused: it has.
        """
        unknown = self.unknown(kind, body) if isinstance(body, dict) else []
        if unknown:
            raise Refused(400, f"unknown attributes: {', '.join(unknown)}", "invalidSyntax")

    def unknown(self, kind: Kind, body: Mapping[str, Any]) -> list[str]:
        """The paths in a body that the server does not know."""
        found: list[str] = []
        for key, value in body.items():
            urn = kind.extension(key)
            if urn is None:
                name = key.lower().removeprefix(f"{kind.urn.lower()}:")
                found += _unknown(key, kind.attributes.get(name), value) if name not in self.unwelcome else [key]
            elif isinstance(value, dict):
                paths = [(f"{urn}:{name}", name.lower(), item) for name, item in value.items()]
                found += [
                    path for text, name, item in paths for path in _unknown(text, kind.extensions[urn].get(name), item)
                ]
        return found


def _unknown(path: str, attribute: Attribute | None, value: Any) -> list[str]:
    """The path where there is no such attribute, else those of its sub-attributes of which that is so."""
    if attribute is None:
        return [path]
    if not attribute.sub:
        return []
    known = attribute.sub.keys() | (USUAL if attribute.many else set())
    rows = [row for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]
    return [f"{path}.{name}" for name in dict.fromkeys(key for row in rows for key in row) if name.lower() not in known]


class UnknownRefused(_Strict):
    """A body with meta, externalId, title or anything undeclared is refused with 400, and the detail names all."""

    legal = False
    defect = "a create with meta is refused"
    users = without(USER, "externalId", "title", "nickName")
    unwelcome = frozenset({"meta", "externalid"})


class UndeclaredRefused(_Strict):
    """A body with an attribute that the short /Schemas does not declare is refused with 400; the detail names it."""

    users = SLIM


class EnterpriseRefused(_Strict):
    """The enterprise extension is not declared, and a body that has it is refused with 400."""

    users = replace(USER, extensions={})

    def unknown(self, kind: Kind, body: Mapping[str, Any]) -> list[str]:
        return [key for key in body if key.lower() == ENTERPRISE.lower()]
