"""PATCH (RFC 7644 section 3.5.2) as Entra sends it: any letter case, strings for booleans, values without a path."""

from __future__ import annotations

import copy
import re
from typing import Any

from tests.zoo.filters import parse_values
from tests.zoo.message import Refused
from tests.zoo.paths import Path, resolve
from tests.zoo.schema import COMPLEX, READ_ONLY, Attribute, Kind, identity, require, value_of

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FILTERED = re.compile(r"([^\[\]]+)\[(.+)\](?:\.([\w$-]+))?", re.DOTALL)
OPS = {"add", "replace", "remove"}


def patched(kind: Kind, data: dict[str, Any], body: Any) -> dict[str, Any]:
    """A resource's data with all operations applied.

    Raises:
        Refused: one of them cannot be, so that none is.
    """
    if not isinstance(body, dict) or PATCH_OP not in (body.get("schemas") or []):
        raise Refused(400, "not a PatchOp", "invalidSyntax")
    operations = body.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise Refused(400, "no Operations", "invalidSyntax")
    made = copy.deepcopy(data)
    for operation in operations:
        _one(kind, made, operation)
    made = {key: value for key, value in made.items() if value not in (None, {}, [])}
    require(kind, made)
    return made


def _one(kind: Kind, data: dict[str, Any], operation: Any) -> None:
    op = str(operation.get("op")).lower() if isinstance(operation, dict) else ""
    if op not in OPS:
        raise Refused(400, f"no op {op!r}", "invalidSyntax")
    if op == "add" and "value" not in operation:
        raise Refused(400, "add wants a value", "invalidValue")
    path = operation.get("path")
    if path:
        if not isinstance(path, str):
            raise Refused(400, "path is a string", "invalidPath")
        _at(kind, data, op, path, operation.get("value"))
        return
    if op == "remove":
        raise Refused(400, "remove wants a path", "noTarget")
    if not isinstance(operation.get("value"), dict):
        raise Refused(400, "value is to be an object", "invalidValue")
    for key, value in operation["value"].items():
        _member(kind, data, op, key, value)


def _member(kind: Kind, data: dict[str, Any], op: str, key: str, value: Any) -> None:
    """A member of a value without a path: a name, a dotted name, a URN, or what has it all inside."""
    urn = kind.extension(key)
    if urn is not None and isinstance(value, dict):
        for name, item in value.items():
            _at(kind, data, op, f"{urn}:{name}", item)
    elif key.lower() not in {"schemas", "id", "meta"}:
        _at(kind, data, op, key, value)


def _at(kind: Kind, data: dict[str, Any], op: str, text: str, value: Any) -> None:
    found = FILTERED.fullmatch(text)
    path = resolve(kind, found[1] if found else text)
    if path.attribute is None:
        return _extension(kind, data, op, path.urn, value)
    if path.attribute.name == "schemas":
        return None
    if READ_ONLY in {path.attribute.mutability, path.sub.mutability if path.sub else ""}:
        raise Refused(400, f"{text} is read-only", "mutability")
    holder = data.setdefault(path.urn, {}) if path.urn else data
    if found:
        return _filtered(holder, path.attribute, (found[2], found[3]), op, value)
    return _plain(holder, path, op, value)


def _extension(kind: Kind, data: dict[str, Any], op: str, urn: str, value: Any) -> None:
    if op == "remove":
        data.pop(urn, None)
        return
    if not isinstance(value, dict):
        raise Refused(400, f"{urn} is an object", "invalidValue")
    _member(kind, data, op, urn, value)


def _plain(holder: dict[str, Any], path: Path, op: str, value: Any) -> None:
    attribute, sub = path.attribute, path.sub
    assert attribute is not None
    if sub is not None:
        _sub(holder, attribute, sub, op, value)
    elif op == "remove":
        _remove(holder, attribute, value)
    elif attribute.many and op == "add":
        _add(holder, attribute, value)
    elif attribute.type == COMPLEX and not attribute.many:
        made = value_of(attribute, value)
        holder[attribute.name] = (holder.get(attribute.name) or {}) | made if made else None
    else:
        holder[attribute.name] = value_of(attribute, value)


def _sub(holder: dict[str, Any], attribute: Attribute, sub: Attribute, op: str, value: Any) -> None:
    rows = holder.get(attribute.name)
    if not attribute.many:
        rows = [holder.setdefault(attribute.name, {})]
    for row in rows or []:
        _put(row, sub, None if op == "remove" else value)


def _put(row: dict[str, Any], sub: Attribute, value: Any) -> None:
    made = value_of(sub, value)
    if made is None:
        row.pop(sub.name, None)
    else:
        row[sub.name] = made


def _add(holder: dict[str, Any], attribute: Attribute, value: Any) -> None:
    new = value_of(attribute, value) or []
    have = holder.get(attribute.name) or []
    fresh = [identity(row) for row in new]
    kept = [row for row in have if identity(row) not in fresh]
    holder[attribute.name] = _yielding(kept, new) + new


def _yielding(rows: list[Any], new: list[Any]) -> list[Any]:
    """Values that give up being primary where a new one is."""
    if any(isinstance(row, dict) and row.get("primary") is True for row in new):
        return [row | {"primary": False} if row.get("primary") is True else row for row in rows]
    return rows


def _remove(holder: dict[str, Any], attribute: Attribute, value: Any) -> None:
    if not attribute.many or not value:
        holder.pop(attribute.name, None)
        return
    wanted = value if isinstance(value, list) else [value]
    ids = {str(row.get("value") if isinstance(row, dict) else row).lower() for row in wanted}
    have = holder.get(attribute.name) or []
    holder[attribute.name] = [row for row in have if str(row.get("value")).lower() not in ids]


def _filtered(holder: dict[str, Any], attribute: Attribute, place: tuple[str, str | None], op: str, value: Any) -> None:
    text, name = place
    sub = attribute.sub.get(name.lower()) if name else None
    if not attribute.many or (name and sub is None):
        raise Refused(400, f"no such path in {attribute.name}", "invalidPath")
    try:
        chosen = parse_values(attribute, text)
    except Refused as problem:
        raise Refused(400, str(problem), "invalidPath" if "no attribute" in str(problem) else "invalidFilter") from None
    rows: list[dict[str, Any]] = holder.get(attribute.name) or []
    hits = [row for row in rows if chosen.test(row)]
    if op == "remove":
        _drop(holder, attribute, hits, sub)
        return
    if not hits:
        if not chosen.equals:
            raise Refused(400, f"nothing fits {text}", "noTarget")
        hits = [value_of(Attribute("", COMPLEX, sub=attribute.sub), dict(chosen.equals)) or {}]
        rows = [*rows, *hits]
    for row in hits:
        _change(attribute, row, sub, op, value)
    others = [row for row in rows if not any(row is hit for hit in hits)]
    yielded = iter(_yielding(others, hits))
    holder[attribute.name] = [row if any(row is hit for hit in hits) else next(yielded) for row in rows]


def _change(attribute: Attribute, row: dict[str, Any], sub: Attribute | None, op: str, value: Any) -> None:
    if sub is not None:
        if sub.mutability == "immutable" and row.get(sub.name) not in {None, value}:
            raise Refused(400, f"{attribute.name}.{sub.name} cannot be changed", "mutability")
        _put(row, sub, value)
        return
    made = value_of(Attribute(attribute.name, COMPLEX, sub=attribute.sub), value) or {}
    row.update(made)


def _drop(holder: dict[str, Any], attribute: Attribute, hits: list[dict[str, Any]], sub: Attribute | None) -> None:
    if sub is not None:
        for row in hits:
            row.pop(sub.name, None)
        return
    rows = holder.get(attribute.name) or []
    holder[attribute.name] = [row for row in rows if not any(row is hit for hit in hits)]
