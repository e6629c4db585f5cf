"""A source directory in one JSON file, as people write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.provisioning.source.directory import DEFAULT_ACCESS, GROUP, USER, Assignment, SourceObject
from conformance.provisioning.source.directory_files.rows import (
    BadDirectory,
    Register,
    Row,
    make_role,
    make_row,
    objects,
)

LISTS = {"users": USER, "groups": GROUP}


def read_json(path: Path, prefix: str | None) -> list[SourceObject]:
    """Read a directory from JSON.

    Args:
        path: of a file with an object of ``users``, ``groups`` and ``roles``; only users has to be there.
        prefix: of the run, or None.

    Raises:
        BadDirectory: the file cannot be read or used.
    """
    data = _load(path)
    if not isinstance(data, dict) or not isinstance(data.get("users"), list):
        raise BadDirectory(f"{path}: a source directory is an object with the lists users, groups and roles.")
    for name, value in data.items():
        if name not in (*LISTS, "roles"):
            raise BadDirectory(f"{path}: {name!r} is unknown; there are users, groups and roles.")
        if not isinstance(value, list):
            raise BadDirectory(f"{path}: {name} is no list; put it into brackets.")
    register = Register(_rows(path, data))
    return objects(register, _roles(path, data.get("roles", [])), prefix)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as problem:
        raise BadDirectory(f"{path}, line {problem.lineno}: this is no JSON: {problem.msg}.") from None
    except UnicodeDecodeError:
        raise BadDirectory(f"{path} is not in UTF-8; save it as UTF-8.") from None
    except (ValueError, RecursionError):
        raise BadDirectory(f"{path}: this is no JSON that can be read: a number or the nesting has no end.") from None
    except OSError as problem:
        raise BadDirectory(f"{path} cannot be read: {problem.strerror}.") from None


def _roles(path: Path, rows: list[Any]) -> dict[str, Assignment]:
    """The application's roles, by value and by name; a name is meant first."""
    roles = [make_role(row, f"{path}: roles[{number}]") for number, row in enumerate(rows)]
    return {role.value: role for role in roles if role.value} | {role.name: role for role in roles if role.name}


def write_json(found: Iterable[SourceObject], path: Path) -> None:
    """Write a directory in the form that people write; managers and members by object id.

    Raises:
        OSError: the file cannot be written.
    """
    roles = {DEFAULT_ACCESS: Assignment()}
    data: dict[str, list[Any]] = {"roles": [], "users": [], "groups": []}
    for each in found:
        data["users" if each.kind == USER else "groups"].append(_friendly(each, roles))
    data["roles"] = [asdict(role) for role in roles.values() if role != Assignment()]
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _rows(path: Path, data: Mapping[str, Any]) -> Iterable[Row]:
    for key, kind in LISTS.items():
        for number, row in enumerate(data.get(key, [])):
            place = f"{path}: {key}[{number}]"
            if not isinstance(row, dict):
                raise BadDirectory(f"{place} is no object; each of the {key} is one, with attributes by name.")
            yield make_row(kind, place, row)


def _friendly(found: SourceObject, roles: dict[str, Assignment]) -> dict[str, Any]:
    row: dict[str, Any] = {**found.attributes, "objectId": found.id}
    if found.manager:
        row["manager"] = found.manager
    if found.members:
        row["members"] = list(found.members)
    if found.assignments:
        # A role is called by its name, unless another one has that name already.
        named = [(role, roles.setdefault(role.name, role)) for role in found.assignments]
        row["assignments"] = [role.name if role.name and role == first else asdict(role) for role, first in named]
    if found.deleted:
        row["deleted"] = True
    return row
