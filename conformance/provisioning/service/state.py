"""What a job knows between two requests, in SQLite, so that a killed run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from conformance.provisioning.service.links import KINDS, Held, Link, collection_of, held_of, link_of
from conformance.provisioning.service.store import BadState, Store
from conformance.provisioning.source.directory import Assignment, SourceObject

BATCH = 256
"""Links that are read at once."""

LINKS = "SELECT rowid, * FROM links WHERE kind = ? AND deleted = ? AND rowid > ? ORDER BY rowid LIMIT ?"


class State(Store):
    """What one job knows: the source directory, links, memberships, escrow.

    Args:
        path: the file, readable by its owner only; None keeps everything in memory.

    Raises:
        BadState: the file cannot be opened or is no state.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self._roles: dict[str, tuple[Assignment, ...]] = {}

    # --- the source directory --------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The number of the last change of the directory; a watermark is one of these."""
        return int(self.one("SELECT COALESCE(MAX(tick), 0) FROM source")[0])

    def put(
        self, objects: Iterable[SourceObject], *, buried: Iterable[str] = (), facts: Mapping[str, Any] | None = None
    ) -> None:
        """Store what changed in the source directory, all of it or nothing.

        Args:
            objects: new versions; each replaces the one with its id.
            buried: ids of objects that were deleted for good; their last versions stay for the log.
            facts: to remember with it.
        """
        with self.transaction():
            self._roles.clear()
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

    def forget_directory(self) -> None:
        """Forget the directory, because a process that was to store it ended before it was whole."""
        with self._lock:
            self._db.executescript("DELETE FROM source; DELETE FROM containers")

    def source(self, identifier: str) -> SourceObject | None:
        """A source object by its id, unless it was deleted for good."""
        row = self.one("SELECT object FROM source WHERE id = ? AND gone = 0", identifier)
        return None if row is None else SourceObject.from_json(json.loads(row[0]))

    def last_version(self, identifier: str) -> SourceObject | None:
        """A source object by its id, also one that was deleted."""
        row = self.one("SELECT object FROM source WHERE id = ?", identifier)
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
        return self.one("SELECT 1 FROM source WHERE id = ? AND gone = 1", identifier) is not None

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
        row = self.one("SELECT * FROM links WHERE source = ? AND deleted = 0", source)
        return None if row is None else link_of(row)

    def linked_to(self, kind: str, target: str) -> Link | None:
        """The link to a resource of the target."""
        row = self.one("SELECT * FROM links WHERE kind = ? AND target = ? AND deleted = 0", kind, target)
        return None if row is None else link_of(row)

    def links(self, *, deleted: bool = False) -> Iterator[Link]:
        """All links, or all of which the resource was deleted, users first; a few of them in memory at once."""
        for kind in KINDS:
            last = 0
            while rows := self.many(LINKS, kind, int(deleted), last, BATCH):
                yield from (link_of(row[1:]) for row in rows)
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
        self.run("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)

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
        self.run("DELETE FROM links WHERE deleted = 0")

    # --- memberships that were sent --------------------------------------------------------------------

    def members(self, group: str) -> set[str]:
        """Object ids of the members that the target was told of."""
        return set(self.ids("SELECT member FROM members WHERE grp = ?", group))

    def added_by(self, group: str, member: str) -> str | None:
        """The request that added a member, or None where none did."""
        row = self.one("SELECT request FROM members WHERE grp = ? AND member = ?", group, member)
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
        row = self.one("SELECT * FROM escrow WHERE source = ?", source)
        return None if row is None else held_of(row)

    def escrow(self) -> list[Held]:
        """All entries, the first that is due first."""
        with self._lock:
            return [held_of(row) for row in self._db.execute("SELECT * FROM escrow ORDER BY due, source")]

    def hold(self, entry: Held) -> None:
        """Put an object into escrow."""
        values = (entry.source, entry.code, entry.reason, entry.attempts, entry.due.isoformat(), entry.step)
        self.run("INSERT OR REPLACE INTO escrow VALUES (?, ?, ?, ?, ?, ?)", *values)

    def release(self, source: str | None = None) -> None:
        """Take an object out of escrow, or all."""
        if source is None:
            self.run("DELETE FROM escrow")
        else:
            self.run("DELETE FROM escrow WHERE source = ?", source)


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
