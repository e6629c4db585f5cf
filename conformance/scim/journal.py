"""What a run created, on disk before the next request, so that nothing is left behind."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: then nobody can tell whether a run goes on
    fcntl = None  # type: ignore[assignment]

PATTERN = "journal-*.jsonl"
"""How journal files are named inside the reports folder."""


@dataclass(frozen=True)
class Entry:
    """A resource that a run created, or meant to create.

    Attributes:
        collection: path of the endpoint, such as ``/Users``.
        name: the ``userName`` or ``displayName`` that was sent.
        id: what the endpoint answered; None where the answer never came.
    """

    collection: str
    name: str
    id: str | None

    def to_json(self) -> dict[str, str | None]:
        """The resource as the results name it."""
        return {"collection": self.collection, "name": self.name, "id": self.id}


class JournalBroken(RuntimeError):
    """The journal cannot be written, so that nothing may be created; the message is one sentence for the user."""


class Journal:
    """An append-only file of intentions, creations and deletions; written line by line, past any buffer.

    It is locked while its run goes on; the system lifts the lock where the run is killed.

    Args:
        path: the file, or None to keep everything in memory only.
        url: the tenant URL, written first, so that a later clean-up goes to the right place.

    Attributes:
        broken: why the journal could not be written at some time; empty where it always could.

    Raises:
        JournalBroken: the file cannot be made.
    """

    def __init__(self, path: Path | None, url: str) -> None:
        self.path = path
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
        self._write({"url": url})

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

    def intend(self, collection: str, name: str) -> None:
        """Note that a resource of this name is about to be created.

        Raises:
            JournalBroken: it is not on disk, so that the request must not be sent; nor any other one after it.
        """
        if self.broken:
            raise JournalBroken(self.broken)
        self._write({"intend": collection, "name": name})

    def missed(self, collection: str, name: str) -> None:
        """Note that a resource of this name may be there under another id than was known."""
        with suppress(JournalBroken):  # then the intention, which is there already, tells a little less
            self._write({"intend": collection, "name": name})

    def created(self, collection: str, name: str, identifier: str) -> None:
        """Note that it was created under this id."""
        with suppress(JournalBroken):  # the intention is there, and a clean-up finds the resource by its name
            self._write({"created": collection, "name": name, "id": identifier})

    def gone(self, collection: str, name: str, identifier: str | None) -> None:
        """Note that it is deleted, or was never created."""
        with suppress(JournalBroken):  # a clean-up looks for it in vain
            self._write({"gone": collection, "name": name, "id": identifier})

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
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def read_journal(path: Path) -> tuple[str, list[Entry]]:
    """Read a journal back.

    A torn last line, as a killed run leaves it, is passed over, and so is what no run wrote.

    Returns:
        the tenant URL, and what is still there, in order of creation.

    Raises:
        OSError: the file cannot be read.
    """
    url = ""
    left: dict[tuple[str, str, str | None], Entry] = {}
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not _is_ours(line):
            continue
        if "url" in line:
            url = line["url"]
        elif "intend" in line:
            left[line["intend"], line["name"], None] = Entry(line["intend"], line["name"], None)
        elif "created" in line:
            left.pop((line["created"], line["name"], None), None)
            left[line["created"], line["name"], line["id"]] = Entry(line["created"], line["name"], line["id"])
        elif "gone" in line:
            left.pop((line["gone"], line["name"], line["id"]), None)
    return url, list(left.values())


def _is_ours(line: object) -> bool:
    if not isinstance(line, dict):
        return False
    identifier = line.get("id")
    return (
        all(isinstance(v, str) for k, v in line.items() if k != "id")
        and (isinstance(identifier, str) or identifier is None)
        and ("url" in line or ("name" in line and ("created" not in line or identifier is not None)))
    )
