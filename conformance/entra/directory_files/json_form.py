"""A source directory in one JSON file: in the form that people write, or as ``SourceObject.to_json`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.entra.directory import DEFAULT_ACCESS, GROUP, USER, Assignment, SourceObject
from conformance.entra.directory_files.rows import BadDirectory, Row, make_row, objects, with_prefix

LISTS = {"users": USER, "groups": GROUP}


def read_json(path: Path, prefix: str | None) -> list[SourceObject]:
    """Read a directory from JSON.

    Args:
        path: of a file with an object of ``users``, ``groups`` and ``roles``, or with a list of plain objects.
        prefix: of the run, or None.

    Raises:
        BadDirectory: the file cannot be read or used.
    """
    data = load_json(path)
    if isinstance(data, list):
        return [_plain(row, f"{path}: [{number}]", prefix) for number, row in enumerate(data)]
    if not isinstance(data, dict) or not isinstance(data.get("users"), list):
        raise BadDirectory(f"{path}: a source directory is an object with the lists users and groups.")
    unknown = sorted(set(data) - {*LISTS, "roles"})
    if unknown:
        raise BadDirectory(f"{path}: {unknown[0]!r} is unknown; there are users, groups and roles.")
    return objects(list(_rows(path, data)), read_roles(data.get("roles", []), str(path)), prefix)


def load_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        BadDirectory: it cannot be read, or is no JSON; with the line.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as problem:
        raise BadDirectory(f"{path}, line {problem.lineno}: this is no JSON: {problem.msg}.") from None
    except UnicodeDecodeError:
        raise BadDirectory(f"{path} is not in UTF-8; save it as UTF-8.") from None
    except OSError as problem:
        raise BadDirectory(f"{path} cannot be read: {problem.strerror}.") from None


def read_roles(rows: Any, place: str) -> dict[str, Assignment]:
    """The application's roles, by name and by value.

    Raises:
        BadDirectory: a role has other members than id, value and name.
    """
    try:
        roles = [Assignment(**row) for row in rows]
    except TypeError:
        raise BadDirectory(f"{place}: roles is a list of objects with id, value and name.") from None
    return {key: role for role in roles for key in (role.value, role.name) if key}


def write_json(found: Iterable[SourceObject], path: Path) -> None:
    """Write a directory in the form that people write; managers and members by object id."""
    data: dict[str, list[Any]] = {"roles": [], "users": [], "groups": []}
    for each in found:
        data["users" if each.kind == USER else "groups"].append(_friendly(each))
        new = [asdict(role) for role in each.assignments if role.name != DEFAULT_ACCESS]
        data["roles"] += [role for role in new if role not in data["roles"]]
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _rows(path: Path, data: Mapping[str, Any]) -> Iterable[Row]:
    for key, kind in LISTS.items():
        for number, row in enumerate(data.get(key, [])):
            place = f"{path}: {key}[{number}]"
            if not isinstance(row, dict):
                raise BadDirectory(f"{place} is no object; each of the {key} is one, with attributes by name.")
            yield make_row(kind, place, row)


def _plain(row: Any, place: str, prefix: str | None) -> SourceObject:
    try:
        found = SourceObject.from_json(row)
    except (KeyError, TypeError, ValueError):
        raise BadDirectory(
            f"{place} is no plain object: it has kind, id, attributes and what else to_json writes."
        ) from None
    if found.kind not in LISTS.values():
        raise BadDirectory(f"{place}: the kind {found.kind!r} is unknown; there are User and Group.")
    return found.changed(attributes=with_prefix(found.kind, found.attributes, prefix))


def _friendly(found: SourceObject) -> dict[str, Any]:
    row: dict[str, Any] = {**found.attributes, "objectId": found.id}
    if found.manager:
        row["manager"] = found.manager
    if found.members:
        row["members"] = list(found.members)
    if found.assignments:
        row["assignments"] = [role.name for role in found.assignments]
    if found.deleted:
        row["deleted"] = True
    return row
