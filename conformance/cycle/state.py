"""What a job knows between two requests, in SQLite, so that a killed run goes on where it was."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.entra.directory import Assignment, SourceObject

FORMAT = 1
"""Version of the tables; raised when an older reader would misread a newer file."""

BATCH = 256
"""Links that are read at once."""

LINKS = "SELECT rowid, * FROM links WHERE kind = ? AND deleted = ? AND rowid > ? ORDER BY rowid LIMIT ?"
TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS source (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, object TEXT NOT NULL, tick INTEGER NOT NULL, gone INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS source_tick ON source (tick);
CREATE TABLE IF NOT EXISTS links (
  source TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL, adopted INTEGER NOT NULL,
  active INTEGER NOT NULL, managed INTEGER NOT NULL, manager TEXT, cycle INTEGER NOT NULL, deleted INTEGER NOT NULL,
  sent TEXT NOT NULL, writes TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS links_target ON links (kind, target);
CREATE TABLE IF NOT EXISTS members (
  grp TEXT NOT NULL, member TEXT NOT NULL, request TEXT NOT NULL, PRIMARY KEY (grp, member));
CREATE TABLE IF NOT EXISTS former (grp TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (grp, target));
CREATE TABLE IF NOT EXISTS containers (member TEXT NOT NULL, grp TEXT NOT NULL, PRIMARY KEY (member, grp));
CREATE TABLE IF NOT EXISTS escrow (
  source TEXT PRIMARY KEY, code TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL, due TEXT NOT NULL,
  step TEXT NOT NULL);
"""


class BadState(ValueError):
    """The file is no state of this tool, or belongs to another job; the message says what to do."""


@dataclass
class Link:
    """What binds a source object to a resource of the target.

    Attributes:
        source: object id.
        kind: ``User`` or ``Group``.
        target: SCIM id, which the target assigned; kept for ever.
        name: the ``userName`` or ``displayName`` that was sent last.
        adopted: the resource was there before this run.
        active: whether it was last told to be active.
        managed: whether the service still looks after it; not so once it left the scope (entra.md 2.5).
        manager: object id of the manager that was sent last, or None.
        cycle: number of the cycle that dealt with it last.
        deleted: the resource was deleted with its source object; kept to see that it stays away.
        sent: the values that the target should hold, by target path.
        writes: the last request that wrote each path, for the report to blame.
    """

    source: str
    kind: str
    target: str
    name: str
    adopted: bool = False
    active: bool = True
    managed: bool = True
    manager: str | None = None
    cycle: int = 0
    deleted: bool = False
    sent: dict[str, Any] = field(default_factory=dict)
    writes: dict[str, str] = field(default_factory=dict)

    @property
    def collection(self) -> str:
        """Path of its endpoint."""
        return collection_of(self.kind)


@dataclass(frozen=True)
class Held:
    """An object whose export failed, put aside until it is tried again.

    Attributes:
        source: object id.
        code: as the provisioning log has it (entra.md 9).
        reason: one sentence.
        attempts: how often it failed.
        due: when it is tried again.
        step: kind of the step that failed, as the provisioning log has it.
    """

    source: str
    code: str
    reason: str
    attempts: int
    due: datetime
    step: str


def collection_of(kind: str) -> str:
    """Path of the endpoint of a kind of object."""
    return "/Users" if kind == "User" else "/Groups"


class State:
    """The tables of one job.

    Args:
        path: the file, readable by its owner only; None keeps everything in memory.

    Raises:
        BadState: the file cannot be opened or is no state.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._roles: dict[str, tuple[Assignment, ...]] = {}
        if path is not None:
            _prepare(path)
        try:
            self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
            # A killed process loses nothing this way; only a power cut could, and a run does not outlive one.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.executescript(TABLES)
            found = self.fact("format", FORMAT)
        except sqlite3.Error as problem:
            raise BadState(
                f"The state file {str(path)!r} cannot be used: {problem}; name another with --state."
            ) from None
        if found != FORMAT:
            raise BadState(f"The state file {str(path)!r} is of format {found}, this version reads {FORMAT}.")
        self.remember("format", FORMAT)

    def close(self, *, remove: bool = False) -> None:
        """Close the file, and remove it where its job is done."""
        with self._lock:
            self._db.close()
        if remove and self.path is not None:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self.path.with_name(self.path.name + suffix).unlink()

    # --- facts -----------------------------------------------------------------------------------------

    def fact(self, name: str, default: Any = None) -> Any:
        """A fact of the job, as plain JSON."""
        row = self._one("SELECT value FROM facts WHERE name = ?", name)
        return default if row is None else json.loads(row[0])

    def remember(self, name: str, value: Any) -> None:
        """Note a fact."""
        self._run("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, json.dumps(value))

    def advance(self, position: int) -> None:
        """Note that a phase of the script is played and told, and which one is next."""
        with self._lock:
            self._db.execute("BEGIN")
            for name, value in (("begun", False), ("cycled", None), ("position", position)):
                self.remember(name, value)
            self._db.execute("COMMIT")

    # --- the source directory --------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The number of the last change of the directory; a watermark is one of these."""
        return int(self._one("SELECT COALESCE(MAX(tick), 0) FROM source")[0])

    def put(
        self, objects: Iterable[SourceObject], *, buried: Iterable[str] = (), facts: Mapping[str, Any] | None = None
    ) -> None:
        """Store what changed in the source directory, all of it or nothing.

        Args:
            objects: new versions; each replaces the one with its id.
            buried: ids of objects that were deleted for good; their last versions stay for the log.
            facts: to remember with it.
        """
        with self._lock:
            self._roles.clear()
            self._db.execute("BEGIN")
            tick = self.tick + 1
            for found in objects:
                row = (found.id, found.kind, json.dumps(found.to_json(), ensure_ascii=False), tick)
                self._db.execute("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, 0)", row)
                self._db.execute("DELETE FROM containers WHERE grp = ?", (found.id,))
                rows = ((member, found.id) for member in found.members)
                self._db.executemany("INSERT OR IGNORE INTO containers VALUES (?, ?)", rows)
            for identifier in buried:
                self._db.execute("UPDATE source SET gone = 1, tick = ? WHERE id = ?", (tick, identifier))
                self._db.execute("DELETE FROM containers WHERE grp = ? OR member = ?", (identifier, identifier))
            for name, value in (facts or {}).items():
                self.remember(name, value)
            self._db.execute("COMMIT")

    def source(self, identifier: str) -> SourceObject | None:
        """A source object by its id, unless it was deleted for good."""
        row = self._one("SELECT object FROM source WHERE id = ? AND gone = 0", identifier)
        return None if row is None else SourceObject.from_json(json.loads(row[0]))

    def last_version(self, identifier: str) -> SourceObject | None:
        """A source object by its id, also one that was deleted."""
        row = self._one("SELECT object FROM source WHERE id = ?", identifier)
        return None if row is None else SourceObject.from_json(json.loads(row[0]))

    def sources(self, kind: str) -> Iterator[SourceObject]:
        """All objects of a kind that are not deleted for good, in order of their ids."""
        for identifier in self.ids("SELECT id FROM source WHERE kind = ? AND gone = 0 ORDER BY id", kind):
            found = self.source(identifier)
            if found is not None:
                yield found

    def changed_since(self, watermark: int, kind: str) -> list[str]:
        """Ids of the objects of a kind that were changed or deleted after a watermark, in order."""
        return self.ids("SELECT id FROM source WHERE tick > ? AND kind = ? ORDER BY tick, rowid", watermark, kind)

    def gone(self, identifier: str) -> bool:
        """Whether a source object was deleted for good."""
        return self._one("SELECT 1 FROM source WHERE id = ? AND gone = 1", identifier) is not None

    def roles_by_groups(self, identifier: str) -> list[Assignment]:
        """The roles that a user has by the groups that have the user as a direct member, none of deleted ones."""
        groups = self.ids("SELECT grp FROM containers WHERE member = ?", identifier)
        return [role for group in groups for role in self._roles_of(group)]

    def _roles_of(self, group: str) -> tuple[Assignment, ...]:
        """Roles of a group; kept, because a group is large and is asked for once for each of its members."""
        with self._lock:
            if group not in self._roles:
                found = self.source(group)
                self._roles[group] = found.assignments if found is not None and not found.deleted else ()
            return self._roles[group]

    # --- links -----------------------------------------------------------------------------------------

    def link(self, source: str) -> Link | None:
        """The link of a source object; one whose resource was deleted is none."""
        row = self._one("SELECT * FROM links WHERE source = ? AND deleted = 0", source)
        return None if row is None else _link(row)

    def linked_to(self, kind: str, target: str) -> Link | None:
        """The link to a resource of the target."""
        row = self._one("SELECT * FROM links WHERE kind = ? AND target = ? AND deleted = 0", kind, target)
        return None if row is None else _link(row)

    def links(self, *, deleted: bool = False) -> Iterator[Link]:
        """All links, or all of which the resource was deleted, users first; a few of them in memory at once."""
        for kind in ("User", "Group"):
            last = 0
            while rows := self._many(LINKS, kind, int(deleted), last, BATCH):
                yield from (_link(row[1:]) for row in rows)
                last = rows[-1][0]

    def targets(self, kind: str) -> list[tuple[str, str]]:
        """Collection and SCIM id of each linked resource of a kind, in order."""
        rows = self.ids("SELECT target FROM links WHERE kind = ? AND deleted = 0 ORDER BY rowid", kind)
        return [(collection_of(kind), target) for target in rows]

    def save(self, link: Link) -> None:
        """Store a link."""
        values = (
            link.source, link.kind, link.target, link.name, int(link.adopted), int(link.active), int(link.managed),
            link.manager, link.cycle, int(link.deleted), json.dumps(link.sent), json.dumps(link.writes),
        )  # fmt: skip
        self._run("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)

    def forget_members(self) -> None:
        """Forget which memberships were sent, so that a restart sends them again; who is a member by now may stay."""
        with self._lock:
            self._db.execute(
                "INSERT OR IGNORE INTO former SELECT g.target, u.target FROM members m "
                "JOIN links g ON g.source = m.grp JOIN links u ON u.source = m.member"
            )
            self._db.execute("DELETE FROM members")

    def former_members(self, group: str) -> set[str]:
        """SCIM ids of the members that a group, by its SCIM id, had before the last restart."""
        return set(self.ids("SELECT target FROM former WHERE grp = ?", group))

    def unlink_all(self) -> None:
        """Forget all links, as a restart with the scope reset does."""
        self._run("DELETE FROM links WHERE deleted = 0")

    # --- memberships that were sent --------------------------------------------------------------------

    def members(self, group: str) -> set[str]:
        """Object ids of the members that the target was told of."""
        return set(self.ids("SELECT member FROM members WHERE grp = ?", group))

    def added_by(self, group: str, member: str) -> str | None:
        """The request that added a member, or None where none did."""
        row = self._one("SELECT request FROM members WHERE grp = ? AND member = ?", group, member)
        return None if row is None else str(row[0])

    def joined(self, group: str, members: Iterable[str], request: str) -> None:
        """Note members that were added, and by which request."""
        rows = ((group, member, request) for member in members)
        with self._lock:
            self._db.executemany("INSERT OR REPLACE INTO members VALUES (?, ?, ?)", rows)

    def parted(self, group: str | None, members: Iterable[str]) -> None:
        """Note members that were removed, from one group or from all."""
        with self._lock:
            for member in members:
                if group is None:
                    self._db.execute("DELETE FROM members WHERE member = ?", (member,))
                else:
                    self._db.execute("DELETE FROM members WHERE grp = ? AND member = ?", (group, member))

    # --- escrow ----------------------------------------------------------------------------------------

    def held(self, source: str) -> Held | None:
        """The entry of an object in escrow."""
        row = self._one("SELECT * FROM escrow WHERE source = ?", source)
        return None if row is None else _held(row)

    def escrow(self) -> list[Held]:
        """All entries, the first that is due first."""
        with self._lock:
            return [_held(row) for row in self._db.execute("SELECT * FROM escrow ORDER BY due, source")]

    def hold(self, entry: Held) -> None:
        """Put an object into escrow."""
        values = (entry.source, entry.code, entry.reason, entry.attempts, entry.due.isoformat(), entry.step)
        self._run("INSERT OR REPLACE INTO escrow VALUES (?, ?, ?, ?, ?, ?)", *values)

    def release(self, source: str | None = None) -> None:
        """Take an object out of escrow, or all."""
        if source is None:
            self._run("DELETE FROM escrow")
        else:
            self._run("DELETE FROM escrow WHERE source = ?", source)

    # --- inside ----------------------------------------------------------------------------------------

    def ids(self, query: str, *values: Any) -> list[str]:
        """The first column of all rows of a query on these tables."""
        with self._lock:
            return [row[0] for row in self._db.execute(query, values)]

    def _many(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _one(self, query: str, *values: Any) -> Any:
        with self._lock:
            return self._db.execute(query, values).fetchone()

    def _run(self, query: str, *values: Any) -> None:
        with self._lock:
            self._db.execute(query, values)


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        raise BadState(f"The state file {str(path)!r} cannot be written: {problem.strerror}.") from None


def _link(row: tuple[Any, ...]) -> Link:
    source, kind, target, name, adopted, active, managed, manager, cycle, deleted, sent, writes = row
    return Link(
        source, kind, target, name, bool(adopted), bool(active), bool(managed), manager, cycle, bool(deleted),
        json.loads(sent), json.loads(writes),
    )  # fmt: skip


def _held(row: tuple[Any, ...]) -> Held:
    source, code, reason, attempts, due, step = row
    return Held(source, code, reason, attempts, datetime.fromisoformat(due), step)


def remove_states(folder: Path, url: str) -> int:
    """Remove the state files of jobs at a tenant URL, because nothing is left there that they know of.

    Returns:
        how many there were.
    """
    removed = 0
    for path in folder.glob("*.sqlite"):
        with suppress(BadState):
            state = State(path)
            ours = state.fact("url") == url
            state.close(remove=ours)
            removed += ours
    return removed
