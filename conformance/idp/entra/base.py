"""What a body of ours has to look like so that an endpoint takes it: what is left out of it, and what is put in."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.idp.entra import CORE_GROUP, CORE_USER
from conformance.scim.assumptions import complete
from conformance.scim.claim import UNIQUE
from conformance.scim.exchange import Exchange
from conformance.scim.features import Features
from conformance.scim.paths import find, is_empty, is_within, member, objects

CORE = {"/Users": CORE_USER, "/Groups": CORE_GROUP}
_NEVER = frozenset({"schemas", "id"})


@dataclass(frozen=True)
class Base:
    """How the bodies of a collection are changed before they are sent.

    Attributes:
        left_out: SCIM paths of top-level attributes, URNs of extensions, and attributes of these.
        added: what every body has to have, by SCIM path; texts may be templates (see ``scim.template``).
        words: what the endpoint said of the body that Entra sends by default; empty where it took that.
    """

    left_out: tuple[str, ...] = ()
    added: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""

    def applied(self, collection: str, body: dict[str, Any], kept: Collection[str] = ()) -> dict[str, Any]:
        """A body as the endpoint takes it.

        Args:
            collection: path of its endpoint.
            body: a resource; left as it is.
            kept: SCIM paths that the request is about: they are neither left out nor put in.
        """
        if not self.left_out and not self.added:
            return body
        changed = copy.deepcopy(body)
        for path in self.left_out:
            if path not in kept:
                _drop(changed, path)
        added = {path: value for path, value in self.added.items() if path not in kept}
        complete(changed, added, str(changed.get(UNIQUE[collection], "")))
        return changed

    def leaves_out(self, path: str) -> bool:
        """Whether the attribute at a SCIM path, or what it is part of, is left out."""
        return is_within(path, self.left_out)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, for the recording and ``results.json``."""
        return {"left_out": list(self.left_out), "added": dict(self.added), "words": self.words}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Base:
        """Read back what ``to_json`` wrote."""
        return cls(tuple(data["left_out"]), data["added"], data["words"])


def _drop(body: dict[str, Any], path: str) -> None:
    for key in list(body):
        low = key.casefold()
        if low == path.casefold():
            del body[key]
            if low.startswith("urn:"):
                body["schemas"] = [urn for urn in body.get("schemas", []) if urn.casefold() != low]
        elif low.startswith("urn:") and path.casefold().startswith(f"{low}:") and isinstance(body[key], dict):
            _drop(body[key], path[len(key) + 1 :])


# --- what the schemas say ----------------------------------------------------------------------------------


def undeclared(body: Mapping[str, Any], collection: str, features: Features) -> tuple[str, ...]:
    """What a body holds that the endpoint's own schemas do not list; nothing where it publishes none."""
    if features.schema(CORE[collection]) is None:
        return ()
    found = []
    for name in body:
        if name.lower().startswith("urn:"):
            known = features.schema(name) is not None
        else:
            known = name in {"schemas", "externalId", "meta"} or features.attribute(CORE[collection], name) is not None
        found += [] if known else [name]
    return tuple(found)


def required(collection: str, features: Features) -> dict[str, dict[str, Any]]:
    """The attributes that the endpoint's own schemas mark ``required``, by SCIM path (RFC 7643 section 7)."""
    kind = "User" if collection == "/Users" else "Group"
    extensions = [
        str(row.get("schema"))
        for row in objects((features.resource_type(kind) or {}).get("schemaExtensions"))
        if row.get("required") is True
    ]
    found: dict[str, dict[str, Any]] = {}
    for urn in (CORE[collection], *extensions):
        prefix = "" if urn == CORE[collection] else f"{urn}:"
        for row in objects((features.schema(urn) or {}).get("attributes")):
            name = str(row.get("name", ""))
            settled = name in _NEVER or name == UNIQUE[collection] or row.get("mutability") == "readOnly"
            if row.get("required") is True and name and not settled:
                found[f"{prefix}{name}"] = row
    return found


def needed(collection: str, features: Features, base: Base) -> set[str]:
    """The attributes that every resource has to have: those that the schemas require, and those that were learned."""
    return {*required(collection, features), *base.added}


def value_for(path: str, row: Mapping[str, Any], model: Mapping[str, Any]) -> Any:
    """A value for an attribute that has to be there, as a template.

    Args:
        path: of the attribute.
        row: its definition, empty where nobody gave one.
        model: a body of Entra's default mapping, as a template, from which a value is taken where it holds one.
    """
    known = find(dict(model), path)
    if known:
        return known
    if row.get("type") == "complex":
        parts = objects(row.get("subAttributes"))
        wanted = [part for part in parts if part.get("required") is True] or [
            part for part in parts if part.get("name") == "value"
        ]
        made = {str(part["name"]): value_for(f"{path}.{part['name']}", part, {}) for part in wanted}
        return [made] if row.get("multiValued") is True else made
    made = _simple(path, row)
    return [made] if row.get("multiValued") is True else made


_OF_TYPE: dict[str, Any] = {"boolean": True, "integer": 1, "decimal": 1.5, "datetime": "2026-01-01T00:00:00Z"}


def _simple(path: str, row: Mapping[str, Any]) -> Any:
    canonical = row.get("canonicalValues")
    if isinstance(canonical, list) and canonical:
        return canonical[0]
    kind = str(row.get("type", "string")).lower()
    if kind == "reference":
        return "https://example.com/{n}"
    if "mail" in path.lower():
        return "{userName}"
    return _OF_TYPE.get(kind, "scimconf {n}")


# --- what a refusal says -----------------------------------------------------------------------------------

REFUSED = frozenset({400, 403, 422, 500})
"""Statuses by which a body may have been refused for what it holds, or lacks."""

_LACKS = re.compile(
    r"required|missing|mandatory|must (?:have|contain|include|be (?:set|given|provided))|blank|empty", re.IGNORECASE
)
_WORD = re.compile(r"urn:[\w:.\-]+|[A-Za-z$][\w$\-]*")


def named(exchange: Exchange, body: Mapping[str, Any], known: Iterable[str]) -> tuple[list[str], list[str]]:
    """The attributes that a refusal names: those that it does not want, and those that it wants.

    Args:
        exchange: the refused create.
        body: as it was sent.
        known: names of attributes that a body can have, beside those that it has.
    """
    words = {word.casefold().rstrip(".:") for word in _WORD.findall(exchange.body)}
    has = [name for name in body if name.casefold() in words and name not in _NEVER]
    lacks = [name for name in known if name.casefold() in words and is_empty(member(dict(body), name))]
    return ([], lacks) if _LACKS.search(exchange.body) else (has, [])
