"""The SQLite file of a job's state: its tables, its facts, and who may open it."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FORMAT = 1
"""Version of the tables; raised when an older reader would misread a newer file."""

PATIENCE = 2.0
"""Seconds to wait for another process to close the file."""

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


class Store:
    """The tables of one job; one process at a time has them.

    Args:
        path: the file, readable by its owner only; None keeps everything in memory.

    Raises:
        BadState: the file cannot be opened, is no state, or another process has it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.RLock()
        if path is not None:
            _prepare(path)
        self._db = sqlite3.connect(path or ":memory:", PATIENCE, check_same_thread=False, isolation_level=None)
        try:
            self._open()
        except sqlite3.Error as problem:
            self._db.close()
            told = "another process uses it" if "locked" in str(problem) else str(problem)
            raise BadState(f"The state file {str(path)!r} cannot be used: {told}; name another with --state.") from None
        except BadState:
            self._db.close()
            raise

    def _open(self) -> None:
        # Two processes would create everybody twice.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        tables = set(self.ids("SELECT name FROM sqlite_master WHERE type = 'table'"))
        if tables and not tables >= {"facts", "source", "links"}:
            raise BadState(
                f"The state file {str(self.path)!r} is a database of something else; name another with --state."
            )
        # A killed process loses nothing this way; only a power cut could, and a run does not outlive one.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(TABLES)
        found = self.fact("format", FORMAT)
        if found != FORMAT:
            raise BadState(
                f"The state file {str(self.path)!r} is of format {found}, this version reads {FORMAT}; "
                "name another with --state."
            )
        self.remember("format", FORMAT)

    def close(self, *, remove: bool = False) -> None:
        """Close the file, and remove it where its job is done."""
        with self._lock:
            self._db.close()
        if remove and self.path is not None:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self.path.with_name(self.path.name + suffix).unlink()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block is kept, or nothing of it."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # --- facts -----------------------------------------------------------------------------------------

    def fact(self, name: str, default: Any = None) -> Any:
        """A fact of the job, as plain JSON."""
        row = self.one("SELECT value FROM facts WHERE name = ?", name)
        return default if row is None else json.loads(row[0])

    def remember(self, name: str, value: Any) -> None:
        """Note a fact."""
        self.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, json.dumps(value))

    def advance(self, position: int) -> None:
        """Note that a phase of the script is played and told, and which one is next."""
        with self.transaction():
            for name, value in (("begun", False), ("cycled", None), ("position", position)):
                self.remember(name, value)

    # --- queries ---------------------------------------------------------------------------------------

    def ids(self, query: str, *values: Any) -> list[str]:
        """The first column of all rows of a query on these tables."""
        with self._lock:
            return [row[0] for row in self._db.execute(query, values)]

    def many(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        """The first row of a query, or None."""
        with self._lock:
            return self._db.execute(query, values).fetchone()

    def run(self, query: str, *values: Any) -> None:
        """Execute a statement."""
        with self._lock:
            self._db.execute(query, values)


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        raise BadState(
            f"The state file {str(path)!r} cannot be written: {problem.strerror}; name another with --state."
        ) from None
