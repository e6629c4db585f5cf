"""What a run created, on disk before the next request, so that nothing is left behind."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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


class Journal:
    """An append-only file of intentions, creations and deletions; flushed line by line.

    Args:
        path: the file, or None to keep everything in memory only.
        url: the tenant URL, written first, so that a later clean-up goes to the right place.
    """

    def __init__(self, path: Path | None, url: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._write({"url": url})

    def _write(self, line: dict[str, object]) -> None:
        if self._file is None:
            return
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def intend(self, collection: str, name: str) -> None:
        """Note that a resource of this name is about to be created."""
        self._write({"intend": collection, "name": name})

    def created(self, collection: str, name: str, identifier: str) -> None:
        """Note that it was created under this id."""
        self._write({"created": collection, "name": name, "id": identifier})

    def gone(self, collection: str, name: str, identifier: str | None) -> None:
        """Note that it is deleted, or was never created."""
        self._write({"gone": collection, "name": name, "id": identifier})

    def close(self, *, empty: bool) -> None:
        """Close the file, and remove it where nothing is left to clean up."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        if empty and self.path is not None:
            self.path.unlink(missing_ok=True)


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
