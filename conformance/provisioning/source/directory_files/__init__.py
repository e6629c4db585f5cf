"""Source directories in files: one JSON file, or a folder of CSV files as a spreadsheet writes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.provisioning.source.directory import SourceObject
from conformance.provisioning.source.directory_files.csv_form import read_csv, write_csv
from conformance.provisioning.source.directory_files.json_form import read_json, write_json
from conformance.provisioning.source.directory_files.rows import BadDirectory


def load_directory(path: Path, *, prefix: str | None) -> list[SourceObject]:
    """Read a source directory.

    Args:
        path: a JSON file, or a folder with ``users.csv``.
        prefix: what ``userPrincipalName``, ``mail``, ``mailNickname`` and the groups' ``displayName`` get before
            them, with a hyphen; None leaves them as they are.

    Raises:
        BadDirectory: one sentence with the file and the place in it.
    """
    if path.suffix.lower() == ".csv" and not path.is_dir():
        raise BadDirectory(f"{path} is one of several CSV files; give the folder that holds users.csv.")
    return read_csv(path, prefix) if path.is_dir() else read_json(path, prefix)


def save_directory(objects: Iterable[SourceObject], path: Path) -> None:
    """Write a source directory: one JSON file where the path ends in ``.json``, otherwise a folder of CSV files.

    Raises:
        BadDirectory: an attribute holds what CSV cannot, or nothing can be written there.
    """
    try:
        (write_json if path.suffix == ".json" else write_csv)(objects, path)
    except OSError as problem:
        raise BadDirectory(f"{path} cannot be written: {problem.strerror}; name another place.") from None


__all__ = ["BadDirectory", "load_directory", "save_directory"]
