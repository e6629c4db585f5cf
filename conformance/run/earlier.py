"""Files of an earlier run: they go when the next one begins, so that they never pass for its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from conformance.config.settings import UserError, reports_of

MADE = ("results.json", "junit.xml", "report.html")
"""What is made of every recording."""

FILES = (*MADE, "recording.jsonl")
"""What a run writes. Journals and the states of cycles are no results: what is in them has still to be done."""

MARKS = (b"scim-conformance", b"SCIM conformance")
HEAD = 256 * 1024
"""Bytes of a file at whose beginning it says whose it is."""


def remove_of(given: Mapping[str, Any]) -> None:
    """Remove the files of an earlier run from the folder that a command's options name.

    The rest of the options may be refused later: then too nothing must be there that a run could have written.

    Args:
        given: the command's options by key.
    """
    with suppress(UserError):  # which is told when all the options are looked at
        remove(reports_of(given))


def remove(folder: Path, names: Collection[str] = FILES) -> None:
    """Remove files of ours from a folder; one of the same name that we did not write is left alone.

    Args:
        folder: for the reports; it need not be there.
        names: of the files.
    """
    for path in (folder / name for name in names):
        with suppress(OSError):  # whoever has to write it tells why it cannot be
            if _is_ours(path):
                path.unlink()


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(HEAD)
    return any(mark in head for mark in MARKS)
