"""Whether what a command did and told is true: by the server's own books, at once and a minute later."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.zoo.server import Zoo
from tests.zoo.store import Record
from tests.zoo.verbs import Done

CODES = {0, 1, 130}
CLEAN_CODES = {0, 1, 2}
EMPTY = "nothing could be judged"
CLEAN, LOAD = "clean", "load"
"""Verbs that may end with 2: there is nothing to clean up, or the load was too short to be judged."""

TIDY = {"run", "run-all", "cycle", "cycle-as-is", "load"}
NOTHING = "Nothing"
"""How `clean` begins the line by which it says that nothing is left."""


@dataclass
class Truth:
    """What is there of the command's own.

    Attributes:
        must: by path, what is there after a minute: all of it has to be told.
        may: paths of what may be told, because it is or was there, or went into a row of somebody else's.
    """

    must: dict[str, Record]
    may: set[str]

    @classmethod
    def of(cls, zoo: Zoo) -> Truth:
        """Look at once, and again when all that was put off has happened."""
        now = set(zoo.books.ours()) | zoo.books.merged
        zoo.settle()
        later = zoo.books.ours()
        return cls(later, now | set(later))


@dataclass
class Witness:
    """Looks at each thing that a command told.

    Attributes:
        zoo: the server.
        folder: of the report files.
        foreign: what was done to what is foreign.
        wrong: what was told and is not so.
        left: how many were left in truth, told and not confirmed, by command.
    """

    zoo: Zoo
    folder: Path
    foreign: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def hear(self, name: str, done: Done) -> None:
        """Compare what a command told with what is so."""
        self._look()
        truth = Truth.of(self.zoo)
        self._look()
        codes = CLEAN_CODES if name.startswith(CLEAN) else CODES
        codes = codes | {2} if name.startswith(LOAD) or EMPTY in done.said else codes
        found = [f"exit code {done.code}: {done.said[-600:]}"] if done.code not in codes else []
        found += ["a traceback was said"] if "Traceback" in done.said else []
        found += [f"took from a run that goes on: {', '.join(done.stolen)}"] if done.stolen else []
        if self.zoo.tidy and truth.must and name in {CLEAN, *TIDY}:
            found.append(f"left, though it can be deleted: {', '.join(map(_shown, truth.must.values()))}")
        if name == CLEAN:
            found += self._cleaned(done, truth)
        elif not name.startswith(CLEAN):
            found += self._told(done, truth)
        self.wrong += [f"{name}: {one}" for one in found]

    def _look(self) -> None:
        self.foreign += [row for row in self.zoo.books.changed() if row not in self.foreign]

    def _told(self, done: Done, truth: Truth) -> list[str]:
        """What is wrong with the results of a run."""
        file = self.folder / "results.json"
        results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        if results is None:
            self.left.append(f"truth {len(truth.must)}, no results")
            return [f"neither told nor said: {_shown(row)}" for row in _unsaid(done, truth)]
        file.unlink()
        left, open_ends = results["left_behind"], results.get("unconfirmed", [])
        self.left.append(f"truth {len(truth.must)}, told {len(left)}, not confirmed {len(open_ends)}")
        return _compared(left, open_ends, truth, doubtful=self.zoo.lossy or self.zoo.unlistable)

    def _cleaned(self, done: Done, truth: Truth) -> list[str]:
        """What is wrong with what `clean` says, its exit code, and the journals that it keeps."""
        journals = list(self.folder.glob("journal-*"))
        self.left.append(f"truth {len(truth.must)}, clean ended with {done.code} and {len(journals)} journals")
        shown = ", ".join(_shown(row) for row in truth.must.values())
        found = []
        if truth.must and done.code == 0:
            found.append(f"exit code 0, but there is: {shown}")
        if truth.must and any(line.startswith(NOTHING) for line in done.said.splitlines()):
            found.append(f"says that nothing is left, but there is: {shown}")
        if truth.must and not journals:
            found.append(f"no journal, but there is: {shown}")
        if not truth.must and done.code == 0 and journals:
            found.append("nothing is left, and a journal stays")
        if done.code == 1:
            found += [f"not said: {_shown(row)}" for row in _unsaid(done, truth)]
        return found


def _shown(row: Record) -> str:
    return f"{row.path} ({row.name})"


def _unsaid(done: Done, truth: Truth) -> list[Record]:
    text = done.said.casefold()
    return [row for row in truth.must.values() if not _mentions(text, row)]


def _mentions(text: str, row: Record) -> bool:
    return row.path.casefold() in text or any(name.casefold() in text for name in row.names)


def _compared(
    left: list[dict[str, Any]], open_ends: list[dict[str, Any]], truth: Truth, *, doubtful: bool
) -> list[str]:
    """What is wrong with ``left_behind`` and ``unconfirmed``."""
    told = {f"{row['collection']}/{row['id']}" for row in left}
    open_ids = {f"{row['collection']}/{row['id']}" for row in open_ends}
    open_names = {(row["collection"], str(row["name"]).casefold()) for row in open_ends}
    found = [f"told as left, and is not there: {path}" for path in sorted(told - truth.may)]
    for path, row in truth.must.items():
        collection = path.rpartition("/")[0]
        by_name = any((collection, name.casefold()) in open_names for name in row.names)
        if path not in told | open_ids and not by_name:
            found.append(f"left and not told: {_shown(row)}")
    if open_ends and not doubtful:
        found.append(f"not confirmed, though it could be: {open_ends}")
    return found
