"""What happens in a source directory between two cycles: people are hired, renamed, moved, blocked, deleted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.idp.entra.people import NAMESPACE
from conformance.provisioning.source.directory import DEFAULT_ACCESS, USER, Assignment, SourceObject
from conformance.provisioning.source.directory_files.rows import KNOWN, NAMED_BY, wanted_value, with_prefix

Read = Callable[[str], SourceObject | None]
"""Gives the newest version of a source object by its id, or None where it was deleted for good."""


class BadChange(ValueError):
    """A change script that cannot be used: one sentence with the place in it, and what to do."""


@dataclass(frozen=True)
class Removed:
    """A source object that was deleted for good.

    Attributes:
        id: object id.
    """

    id: str


@dataclass(frozen=True)
class Change:
    """One thing that happens to one object.

    Attributes:
        do: one of ``OPERATIONS``.
        who: object id.
        fields: what the operation needs: ``object``, ``attributes``, ``manager``, ``role`` or ``group``.
    """

    do: str
    who: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangeSet:
    """What happens between two cycles.

    Attributes:
        name: kebab-case, of the cycle that follows.
        title: the same in words.
        changes: in order.
    """

    name: str
    title: str
    changes: tuple[Change, ...] = ()


def apply(change: Change, read: Read) -> list[SourceObject | Removed]:
    """The new versions of the objects that a change touches.

    Raises:
        BadChange: the object was deleted for good.
    """
    if change.do == "add":
        return [change.fields["object"]]
    found = read(change.who)
    if found is None:
        raise BadChange(f"{change.do} {change.who}: this object was deleted for good by an earlier change.")
    return OPERATIONS[change.do](found, change.fields, read)


def rehearse(sets: Iterable[ChangeSet], company: Iterable[SourceObject]) -> None:
    """Apply a whole script to a copy, so that what cannot happen shows before anything happens.

    Raises:
        BadChange: somebody is changed who was deleted for good.
    """
    newest: dict[str, SourceObject | None] = {one.id: one for one in company}
    names = {identifier: one.name for identifier, one in newest.items() if one is not None}
    for one in sets:
        for change in one.changes:
            try:
                touched = apply(change, newest.get)
            except BadChange as problem:
                told = str(problem).replace(change.who, names.get(change.who, change.who))
                raise BadChange(f"The change set {one.name!r} cannot happen: {told}") from None
            newest |= {each.id: each if isinstance(each, SourceObject) else None for each in touched}


def _set(found: SourceObject, fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    return [found.changed(attributes=fields["attributes"])]


def _manager(found: SourceObject, fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    return [found.changed(manager=fields["manager"])]


def _bin(found: SourceObject, _fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    return [found.changed(deleted=True)]


def _restore(found: SourceObject, _fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    return [found.changed(deleted=False)]


def _remove(found: SourceObject, _fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    return [Removed(found.id)]


def _assign(found: SourceObject, fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    role: Assignment = fields["role"]
    return [found.changed(assignments=tuple(dict.fromkeys([*found.assignments, role])))]


def _unassign(found: SourceObject, _fields: Mapping[str, Any], _read: Read) -> list[SourceObject | Removed]:
    return [found.changed(assignments=())]


def _join(found: SourceObject, fields: Mapping[str, Any], read: Read) -> list[SourceObject | Removed]:
    group = _group(fields["group"], read)
    return [group.changed(members=tuple(dict.fromkeys([*group.members, found.id])))]


def _leave(found: SourceObject, fields: Mapping[str, Any], read: Read) -> list[SourceObject | Removed]:
    group = _group(fields["group"], read)
    return [group.changed(members=tuple(one for one in group.members if one != found.id))]


def _group(identifier: str, read: Read) -> SourceObject:
    group = read(identifier)
    if group is None:
        raise BadChange(f"the group {identifier} was deleted for good by an earlier change.")
    return group


OPERATIONS: dict[str, Callable[[SourceObject, Mapping[str, Any], Read], list[SourceObject | Removed]]] = {
    "set": _set,
    "manager": _manager,
    "soft-delete": _bin,
    "restore": _restore,
    "hard-delete": _remove,
    "assign": _assign,
    "unassign": _unassign,
    "join": _join,
    "leave": _leave,
}
"""What can happen to an object that is there; ``add`` makes one."""


def load_changes(path: Path, company: Iterable[SourceObject], *, prefix: str | None) -> list[ChangeSet]:
    """Read a script from a JSON file; see ``parse_changes``.

    Raises:
        BadChange: the file cannot be read or used.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise BadChange(f"The change script {path} cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError) as problem:
        raise BadChange(f"The change script {path} is no JSON: {problem}.") from None
    return parse_changes(data, company, prefix=prefix, place=str(path))


def parse_changes(
    data: Any, company: Iterable[SourceObject], *, prefix: str | None, place: str = "script"
) -> list[ChangeSet]:
    """Make change sets of a script in which people and groups are named as people name them.

    Args:
        data: an object with ``sets``, each with ``name``, ``title`` and ``changes``.
        company: the directory before the first change.
        prefix: of the run, or None; names in the script may stand with or without it.
        place: where the script is from, for messages.

    Raises:
        BadChange: somebody is unknown, an operation is, or something is missing; the sentence names the place.
    """
    rows = data.get("sets") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("name") for row in rows):
        raise BadChange(f"{place}: a change script is an object with a list 'sets', each with a name and changes.")
    reader = _Script(company, prefix)
    sets = []
    for number, row in enumerate(rows):
        where = f"{place}: sets[{number}] ({row['name']})"
        rows_of_set = row.get("changes", [])
        if not isinstance(rows_of_set, list):
            raise BadChange(f"{where}: 'changes' is {rows_of_set!r}; it takes a list.")
        changes = [reader.change(one, f"{where}.changes[{n}]") for n, one in enumerate(rows_of_set)]
        sets.append(ChangeSet(str(row["name"]), str(row.get("title") or row["name"]), tuple(changes)))
    return sets


class _Script:
    """Knows who is called what while a script is read: a renamed person may be called by the new name afterwards."""

    def __init__(self, company: Iterable[SourceObject], prefix: str | None) -> None:
        self._prefix = prefix
        self._ids: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._roles = {DEFAULT_ACCESS: Assignment()}
        for one in company:
            self._enter(one)

    def _enter(self, one: SourceObject) -> None:
        self._kinds[one.id] = one.kind
        self._roles |= {role.name: role for role in one.assignments}
        for name in (one.id, one.name):
            self._ids[name.casefold()] = one.id

    def change(self, row: Any, place: str) -> Change:
        """One change of the script.

        Raises:
            BadChange: it cannot be used.
        """
        if not isinstance(row, dict) or row.get("do") not in ["add", *OPERATIONS]:
            known = ", ".join(["add", *OPERATIONS])
            raise BadChange(f"{place}: 'do' is {row.get('do') if isinstance(row, dict) else row!r}; it takes {known}.")
        if row["do"] == "add":
            return self._added(row, place)
        who, fields = self._who(row.get("who"), place), dict(row)
        if "manager" in row and row["manager"] is not None:
            fields["manager"] = self._who(row["manager"], place)
        if "group" in row:
            fields["group"] = self._who(row["group"], place)
        self._complete(row, fields, place)
        if row["do"] == "set":
            fields["attributes"] = self._spelled(self._kinds[who], fields["attributes"], place)
            renamed = fields["attributes"].get(NAMED_BY[self._kinds[who]])
            if renamed:
                self._ids[str(renamed).casefold()] = who
        if row["do"] == "assign":
            fields["role"] = self._role(row.get("role", DEFAULT_ACCESS), place)
        return Change(row["do"], who, {key: value for key, value in fields.items() if key not in {"do", "who"}})

    @staticmethod
    def _complete(row: Mapping[str, Any], fields: Mapping[str, Any], place: str) -> None:
        needs = {"set": "attributes", "manager": "manager", "join": "group", "leave": "group"}.get(row["do"])
        if needs is not None and (needs not in fields or (needs == "attributes" and not isinstance(row[needs], dict))):
            raise BadChange(f"{place}: '{row['do']}' needs '{needs}'; add it.")

    def _who(self, name: Any, place: str) -> str:
        for candidate in (str(name), f"{self._prefix}-{name}"):
            if candidate.casefold() in self._ids:
                return self._ids[candidate.casefold()]
        raise BadChange(f"{place}: {name!r} is nobody in the directory at that time; correct the name.")

    def _role(self, name: Any, place: str) -> Assignment:
        if not isinstance(name, str) or name not in self._roles:
            raise BadChange(f"{place}: the role {name!r} is not defined; there are {', '.join(sorted(self._roles))}.")
        return self._roles[name]

    def _spelled(self, kind: str, attributes: Mapping[str, Any], place: str) -> dict[str, Any]:
        spelled = {KNOWN.get(name.lower(), name): value for name, value in attributes.items()}
        for name, value in spelled.items():
            wanted = wanted_value(name, value) if value is not None else ""
            if wanted:
                raise BadChange(f"{place}: {name} is {value!r}; it must be {wanted}.")
        return with_prefix(kind, spelled, self._prefix)

    def _added(self, row: Mapping[str, Any], place: str) -> Change:
        kind = row.get("kind", USER)
        inner = {"do", "kind", "manager", "members", "assignments"}
        named_by = NAMED_BY.get(kind) if isinstance(kind, str) else None
        if named_by is None or not row.get(named_by):
            raise BadChange(f"{place}: 'add' needs a kind (User or Group) and its {named_by or 'name'}.")
        for name in ("members", "assignments"):
            if not isinstance(row.get(name, []), list):
                raise BadChange(f"{place}: {name} is {row[name]!r}; it takes a list of names.")
        attributes = self._spelled(kind, {k: v for k, v in row.items() if k not in inner}, place)
        identifier = str(attributes.get("objectId") or uuid.uuid5(NAMESPACE, f"added/{row[named_by]}"))
        if kind == USER:
            attributes.setdefault("accountEnabled", True)
        made = SourceObject(
            kind=kind,
            id=identifier,
            attributes=attributes | {"objectId": identifier},
            manager=self._who(row["manager"], place) if row.get("manager") else None,
            members=tuple(self._who(name, place) for name in row.get("members", ())),
            assignments=tuple(self._role(name, place) for name in row.get("assignments", ())),
        )
        self._enter(made)
        return Change("add", identifier, {"object": made})
