"""What a run created, on disk before the next request, so that nothing is left behind."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.scim.claim import Claim, Marks

try:
    import fcntl
except ImportError:  # Windows: then nobody can tell whether a run goes on
    fcntl = None  # type: ignore[assignment]

PATTERN = "journal-*.jsonl"
"""How journal files are named inside the reports folder."""

NO_MARKS = Marks()
"""Of a client that makes up nothing."""


@dataclass(frozen=True)
class Entry:
    """A resource that a run created, or meant to create.

    Attributes:
        collection: path of the endpoint, such as ``/Users``.
        name: the ``userName`` or ``displayName`` that was sent.
        id: what the endpoint answered; None where the answer never came.
        reason: why nobody knows whether it is there, as a clause; empty where it is known to be.
    """

    collection: str
    name: str
    id: str | None
    reason: str = ""

    def to_json(self) -> dict[str, str | None]:
        """The resource as the results name it."""
        told = {"collection": self.collection, "name": self.name, "id": self.id}
        return told | ({"reason": self.reason} if self.reason else {})


@dataclass
class Account:
    """What the end of a run comes to.

    Attributes:
        left: what is there and is ours, each with its id.
        unconfirmed: what may be there, with the reason why nobody knows.
    """

    left: list[Entry] = field(default_factory=list)
    unconfirmed: list[Entry] = field(default_factory=list)

    def to_json(self) -> dict[str, list[dict[str, str | None]]]:
        """As the results name it."""
        told = {"left_behind": self.left, "unconfirmed": self.unconfirmed}
        return {name: [entry.to_json() for entry in entries] for name, entries in told.items()}


@dataclass
class Notes:
    """What a journal holds.

    Attributes:
        url: the tenant URL of the run.
        marks: what everything carries that the run made up.
        owned: ids of what is not known to be gone, with the create that made each.
        open: creates of which nobody knows what came of them.
        landmarks: resources of the tenant that are not the run's, by collection and id.
        collections: in which anything was created, or was about to be.
    """

    url: str = ""
    marks: Marks = field(default_factory=Marks)
    owned: dict[tuple[str, str], Claim] = field(default_factory=dict)
    open: list[Claim] = field(default_factory=list)
    landmarks: list[tuple[str, str]] = field(default_factory=list)
    collections: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to delete or to look for."""
        return not self.owned and not self.open


class JournalBroken(RuntimeError):
    """The journal cannot be written, so that nothing may be created; the message is one sentence for the user."""


class Journal:
    """An append-only file of intentions, creations and deletions; written line by line, past any buffer.

    It is locked while its run goes on; the system lifts the lock where the run is killed.

    Args:
        path: the file, or None to keep everything in memory only.
        url: the tenant URL, written first, so that a later clean-up goes to the right place.
        marks: what everything carries that the run makes up.

    Attributes:
        broken: why the journal could not be written at some time; empty where it always could.

    Raises:
        JournalBroken: the file cannot be made.
    """

    def __init__(self, path: Path | None, url: str, marks: Marks = NO_MARKS) -> None:
        self.path = path
        self.marks = marks
        self.broken = ""
        self._lock = threading.Lock()
        self._file: int | None = None
        self._torn = False
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            except OSError as problem:
                raise JournalBroken(self._complaint(problem)) from None
            _lock(self._file)
        self._write({"url": url, "prefix": marks.prefix, "family": marks.family})

    def _write(self, line: dict[str, object]) -> None:
        with self._lock:
            if self._file is None:
                return
            # A line that a full disk cut off must not swallow the one after it.
            left = ("\n" * self._torn + json.dumps(line) + "\n").encode()
            try:
                while left:
                    left = left[os.write(self._file, left) :]
            except OSError as problem:
                self._torn = True
                self.broken = self._complaint(problem)
                raise JournalBroken(self.broken) from None
            self._torn = False

    def _complaint(self, problem: OSError) -> str:
        return (
            f"The journal {str(self.path)!r} cannot be written: {problem.strerror}. Nothing is created that is not "
            "noted there first; make room, or name another folder with --reports."
        )

    def intend(self, claim: Claim) -> None:
        """Note that a resource is about to be created.

        Raises:
            JournalBroken: it is not on disk, so that the request must not be sent; nor any other one after it.
        """
        if self.broken:
            raise JournalBroken(self.broken)
        self._write(_line_of(claim))

    def missed(self, claim: Claim) -> None:
        """Note that a resource may be there under another id than was known."""
        with suppress(JournalBroken):  # then the intention, which is there already, tells a little less
            self._write(_line_of(claim))

    def led(self, claim: Claim, identifier: str) -> None:
        """Note the id that the answer to a create led to, whosever it is."""
        with suppress(JournalBroken):  # the intention is there, and a clean-up looks by its name
            self._write({"led": claim.collection, "name": claim.name, "id": identifier})

    def created(self, claim: Claim, identifier: str) -> None:
        """Note that it was created under this id."""
        with suppress(JournalBroken):  # the intention is there, and a clean-up finds the resource by its name
            self._write({"created": claim.collection, "name": claim.name, "id": identifier})

    def gone(self, claim: Claim, identifier: str | None) -> None:
        """Note that it is deleted, or was never created."""
        with suppress(JournalBroken):  # a clean-up looks for it in vain
            self._write({"gone": claim.collection, "name": claim.name, "id": identifier})

    def landmark(self, collection: str, identifier: str) -> None:
        """Note a resource of somebody else's, by which a clean-up knows that it is shown the same tenant."""
        with suppress(JournalBroken):  # a clean-up is then less sure of where it is
            self._write({"landmark": collection, "id": identifier})

    def close(self, *, empty: bool) -> None:
        """Close the file, and remove it where nothing is left to clean up."""
        with self._lock:
            file, self._file = self._file, None
        if file is None:
            return
        os.close(file)
        if empty and self.path is not None:
            self.path.unlink(missing_ok=True)


def is_going_on(path: Path) -> bool:
    """Whether the run that writes a journal is still alive.

    Raises:
        OSError: the file cannot be read.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        return not _lock(file)
    finally:
        os.close(file)


def _lock(file: int) -> bool:
    """Lock a file for this process; False where another one has it. A disk without locks counts as free."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        return not isinstance(problem, BlockingIOError)
    return True


def read_journal(path: Path) -> Notes:
    """Read a journal back.

    A torn last line, as a killed run leaves it, is passed over, and so is what no run wrote.

    Returns:
        what is still there, in order of creation.

    Raises:
        OSError: the file cannot be read.
    """
    notes = Notes()
    known: dict[tuple[str, str], Claim] = {}
    left: dict[tuple[str, str, str | None], Claim] = {}
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not _is_ours(line):
            continue
        if "url" in line:
            notes.url, notes.marks = line["url"], Marks(line.get("prefix", ""), line.get("family", ""))
        elif "landmark" in line:
            notes.landmarks.append((line["landmark"], line["id"]))
        else:
            _follow(line, known, left)
    notes.collections = {place for place, _ in known}
    notes.owned = {(place, identifier): c for (place, _, identifier), c in left.items() if identifier is not None}
    notes.open = [claim for (_, _, identifier), claim in left.items() if identifier is None]
    return notes


def _follow(
    line: dict[str, Any], known: dict[tuple[str, str], Claim], left: dict[tuple[str, str, str | None], Claim]
) -> None:
    """Take over one line on a resource."""
    word = next(word for word in ("intend", "led", "created", "gone") if word in line)
    place, name = line[word], line["name"]
    if word == "intend":
        left[place, name, None] = known[place, name] = _claim_of(line)
    elif word == "created":
        claim = known.get((place, name)) or Claim(place, name, marked=False)
        left.pop((place, name, None), None)
        left[place, name, line["id"]] = claim
    elif word == "led":
        if (place, name) in known:
            known[place, name].led.append(line["id"])
    else:
        left.pop((place, name, line["id"]), None)


def _line_of(claim: Claim) -> dict[str, Any]:
    """An intention as the journal holds it."""
    told: dict[str, Any] = {"intend": claim.collection, "name": claim.name, "asked": claim.asked}
    told |= {"marked": claim.marked, "named": claim.named}
    told |= {"external": claim.external} if claim.external else {}
    return told | ({"before": sorted(claim.before)} if claim.before else {})


def _claim_of(line: dict[str, Any]) -> Claim:
    """An intention read back; of an older journal, which has a name only, nothing is proven by more than that."""
    return Claim(
        line["intend"],
        line["name"],
        line.get("external", ""),
        marked=line.get("marked", False),
        named=line.get("named", True),
        before=frozenset(line.get("before", ())),
        asked=line.get("asked", 0.0),
    )


SHAPES: dict[str, tuple[type, ...]] = {
    "asked": (int, float), "marked": (bool,), "named": (bool,), "before": (list,), "id": (str, type(None))
}  # fmt: skip
"""Types of a line's members; all others are text."""


def _is_ours(line: object) -> bool:
    """Whether a line is one that a run wrote."""
    if not isinstance(line, dict) or not all(isinstance(v, SHAPES.get(k, (str,))) for k, v in line.items()):
        return False
    if not all(isinstance(one, str) for one in line.get("before", ())):
        return False
    if "url" in line:
        return True
    identifier = line.get("id")
    if "landmark" in line:
        return isinstance(identifier, str)
    told = "intend" in line or "gone" in line
    told = told or (("created" in line or "led" in line) and isinstance(identifier, str))
    return "name" in line and told
