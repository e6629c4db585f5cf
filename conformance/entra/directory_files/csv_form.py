"""A source directory in a folder of CSV files: users, groups, members and assignments."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from conformance.entra.directory import GROUP, USER, SourceObject
from conformance.entra.directory_files.rows import KNOWN, BadDirectory, Row, make_row, objects

USERS, GROUPS, MEMBERS, ASSIGNMENTS = "users.csv", "groups.csv", "members.csv", "assignments.csv"

FLAGS = {"accountEnabled", "securityEnabled", "mailEnabled", "deleted"}
"""Columns of true and false."""

LISTS = {"proxyAddresses", "otherMails"}
"""Columns with several values, between which stands a vertical bar."""

ROLE = ("id", "value", "name")
"""Columns of assignments.csv beside ``principal``."""

Cells = tuple[str, dict[str, str]]
"""File and line, and the line's cells by column."""


def read_csv(folder: Path, prefix: str | None) -> list[SourceObject]:
    """Read a directory from a folder of CSV files; only users.csv has to be there.

    Columns are named by source attributes; an unknown one is an extension attribute. Excel's forms are read as well: a
    byte order mark, semicolons.

    Args:
        folder: with ``users.csv``, ``groups.csv``, ``members.csv`` (group, member), ``assignments.csv`` (principal, id,
            value, name).
        prefix: of the run, or None.

    Raises:
        BadDirectory: a file cannot be read or used.
    """
    if not (folder / USERS).is_file():
        raise BadDirectory(f"{folder} has no {USERS}; a source directory is a JSON file or a folder with {USERS}.")
    rows = [_row(USER, place, cells) for place, cells in _lines(folder / USERS, ("userPrincipalName",))]
    rows += [_row(GROUP, place, cells) for place, cells in _lines(folder / GROUPS, ("displayName",))]
    known = {key.lower(): row for row in rows for key in (row.name, row.fields.get("objectId")) if key}
    for place, cells in _lines(folder / MEMBERS, ("group", "member")):
        group = _named(known, cells["group"], place, "group")
        _named(known, cells["member"], place, "member")
        _add(group, "members", cells["member"])
    for place, cells in _lines(folder / ASSIGNMENTS, ("principal",)):
        role = {name: cells[name] for name in ROLE if cells.get(name)}
        _add(_named(known, cells["principal"], place, "principal"), "assignments", role)
    return objects(rows, {}, prefix)


def write_csv(found: Iterable[SourceObject], folder: Path) -> None:
    """Write a directory as a folder of CSV files; managers, groups and members by object id.

    Raises:
        BadDirectory: an attribute holds what a cell of its column cannot.
    """
    everyone = list(found)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / USERS, [_cells(each) for each in everyone if each.kind == USER], ["userPrincipalName"])
    _write(folder / GROUPS, [_cells(each) for each in everyone if each.kind == GROUP], ["displayName"])
    members = [{"group": each.id, "member": member} for each in everyone for member in each.members]
    _write(folder / MEMBERS, members, ["group", "member"])
    roles = [{"principal": each.id, **vars(role)} for each in everyone for role in each.assignments]
    _write(folder / ASSIGNMENTS, roles, ["principal", *ROLE])


def _lines(path: Path, needed: tuple[str, ...]) -> Iterator[Cells]:
    if not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadDirectory(f"{path} is not in UTF-8; save it as CSV UTF-8.") from None
    except OSError as problem:
        raise BadDirectory(f"{path} cannot be read: {problem.strerror}.") from None
    header = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ",")
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = [KNOWN.get(name.lower(), name) if path.name in (USERS, GROUPS) else name for name in columns]
    for name in needed:
        if name not in reader.fieldnames:
            raise BadDirectory(f"{path}, line 1: the column {name!r} is missing; there are {', '.join(columns)}.")
    for cells in reader:
        place = f"{path}, line {reader.line_num}"
        if None in cells or None in cells.values():
            raise BadDirectory(f"{place}: there are not as many cells as columns; quote cells that hold a separator.")
        yield place, cells


def _row(kind: str, place: str, cells: dict[str, str]) -> Row:
    return make_row(kind, place, {name: _value(place, name, text) for name, text in cells.items()})


def _value(place: str, name: str, text: str) -> Any:
    if name in LISTS and text:
        return text.split("|")
    if name not in FLAGS or not text:
        return text
    if text.lower() not in ("true", "false"):
        raise BadDirectory(f"{place}: {name} is {text!r}; it must be true or false.")
    return text.lower() == "true"


def _named(known: dict[str, Row], name: str, place: str, what: str) -> Row:
    if name.lower() not in known:
        raise BadDirectory(
            f"{place}: the {what} {name!r} is nobody in {USERS} or {GROUPS}; correct or remove the line."
        )
    return known[name.lower()]


def _add(row: Row, key: str, value: Any) -> None:
    fields = row.fields
    if isinstance(fields, dict):
        fields.setdefault(key, []).append(value)


def _cells(found: SourceObject) -> dict[str, str]:
    cells = {name: _text(found, name, value) for name, value in found.attributes.items()}
    cells["objectId"] = found.id
    if found.manager:
        cells["manager"] = found.manager
    if found.deleted:
        cells["deleted"] = "true"
    return cells


def _text(found: SourceObject, name: str, value: Any) -> str:
    if name in FLAGS and isinstance(value, bool):
        return str(value).lower()
    if name in LISTS and isinstance(value, list):
        return "|".join(value)
    if not isinstance(value, str):
        raise BadDirectory(f"{name} of {found.name!r} is {value!r}, and CSV holds text; save the directory as JSON.")
    return value


def _write(path: Path, rows: list[dict[str, str]], first: list[str]) -> None:
    columns = list(dict.fromkeys([*first, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
