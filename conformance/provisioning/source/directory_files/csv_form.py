"""A source directory in a folder of CSV files: users, groups, members and assignments."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from conformance.provisioning.source.directory import DEFAULT_ACCESS, GROUP, USER, SourceObject
from conformance.provisioning.source.directory_files.rows import (
    FLAGS,
    KNOWN,
    LISTS,
    BadDirectory,
    Register,
    Row,
    make_row,
    objects,
)

USERS, GROUPS, MEMBERS, ASSIGNMENTS = "users.csv", "groups.csv", "members.csv", "assignments.csv"

IN_FILES = {"members": MEMBERS, "assignments": ASSIGNMENTS}
"""What has a file of its own, and no column."""

BETWEEN = "|"
"""What stands between several values in one cell."""

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
    register = Register(rows)
    for place, cells in _lines(folder / MEMBERS, ("group", "member")):
        group = register.rows[register.find(cells["group"], place, "group", GROUP)]
        group.fields.setdefault("members", []).append(register.find(cells["member"], place, "member"))
    for place, cells in _lines(folder / ASSIGNMENTS, ("principal",)):
        principal = register.rows[register.find(cells["principal"], place, "principal")]
        role = {name: cells[name] for name in ROLE if cells.get(name)}
        principal.fields.setdefault("assignments", []).append(role or DEFAULT_ACCESS)
    return objects(register, {}, prefix)


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
    """The lines of a file that need not be there, without those whose cells are all empty."""
    if not path.is_file():
        return
    text = _read(path)
    first = text.partition("\n")[0]
    # Where the comma is the decimal sign, a spreadsheet separates by semicolons.
    separator = ";" if first.count(";") > first.count(",") else ","
    # Strict: otherwise a quotation mark that is never closed swallows the rest of the file.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        reader.fieldnames = _columns(path, reader.fieldnames or (), needed)
        for cells in reader:
            place = f"{path}, line {reader.line_num}"
            if not any(cells.values()):
                continue
            if None in cells or None in cells.values():
                raise BadDirectory(
                    f"{place}: there are not as many cells as columns; quote cells that hold a separator."
                )
            yield place, cells
    except csv.Error as problem:
        raise BadDirectory(f"{path}, line {reader.line_num}: this is no CSV: {problem}; correct the line.") from None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadDirectory(f"{path} is not in UTF-8; save it as CSV UTF-8.") from None
    except OSError as problem:
        raise BadDirectory(f"{path} cannot be read: {problem.strerror}.") from None


def _columns(path: Path, names: Sequence[str], needed: tuple[str, ...]) -> list[str]:
    """The columns' names as Entra spells them."""
    place, stripped = f"{path}, line 1", [name.strip() for name in names]
    people = path.name in (USERS, GROUPS)
    columns = [KNOWN.get(name.lower(), name) for name in stripped] if people else stripped
    for name in needed:
        if name not in columns:
            there = ", ".join(filter(None, columns)) or "none"
            raise BadDirectory(f"{place}: the column {name!r} is missing; those that are there: {there}.")
    for name in filter(None, columns):
        if columns.count(name) > 1:
            raise BadDirectory(f"{place}: the column {name!r} occurs twice; take one of them out.")
        if people and name in IN_FILES:
            raise BadDirectory(f"{place}: {name!r} is no column here; put {name} into {IN_FILES[name]}.")
    return columns


def _row(kind: str, place: str, cells: dict[str, str]) -> Row:
    return make_row(kind, place, {name: _value(name, text) for name, text in cells.items()})


def _value(name: str, text: str) -> Any:
    """What a cell says; one of true and false that says neither stays text, and is refused with the row."""
    if name in LISTS and text:
        return text.split(BETWEEN)
    if name in FLAGS:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    return text


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
    if name in LISTS and isinstance(value, list) and not any(BETWEEN in one for one in value):
        return BETWEEN.join(value)
    if not isinstance(value, str):
        raise BadDirectory(
            f"{name} of {found.name!r} is {value!r}, which a CSV file cannot hold; save the directory as JSON."
        )
    return value


def _write(path: Path, rows: list[dict[str, str]], first: list[str]) -> None:
    columns = list(dict.fromkeys([*first, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
