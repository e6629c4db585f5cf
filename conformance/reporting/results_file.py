"""Reading a ``results.json``: of this format, of a newer one that this version can read, or of version 0.1.0."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.reporting.model import FORMAT, Results
from conformance.reporting.results import schema

_FORMAT = re.compile(r"(\d{1,9})(\.\d{1,9})?")


class BadFile(ValueError):
    """A baseline or results file cannot be used; the message is one clear sentence."""


def read_results(path: Path) -> Results:
    """Read a ``results.json``.

    Members that this version does not know are passed over: a newer minor format may have them.

    Raises:
        BadFile: missing, not JSON, of another major format, or not of the schema that ships with the package.
    """
    from jsonschema import ValidationError, validate

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        _refuse_another_format(data, path)
        validate(data, schema())
        return Results.from_json(data)
    except OSError as problem:
        raise BadFile(f"The results {str(path)!r} cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError, ValidationError) as problem:
        if isinstance(problem, BadFile):
            raise
        raise BadFile(f"{str(path)!r} is not a results.json of scim-conformance.") from None


def _refuse_another_format(data: Any, path: Path) -> None:
    """Version 0.1.0 wrote no format; it is read as the first one.

    Raises:
        BadFile: the file is of a format with other meanings.
    """
    stated = data.get("format", FORMAT) if isinstance(data, dict) else FORMAT
    found = _FORMAT.fullmatch(str(stated))
    if found is None or found[1] == FORMAT.partition(".")[0]:
        return
    raise BadFile(
        f"{str(path)!r} is of results format {found[0]}, and this version ({__version__}) reads format "
        f"{FORMAT.partition('.')[0]}: use the version of scim-conformance that wrote it{_writer(data)}."
    )


def _writer(data: dict[str, Any]) -> str:
    suite = data.get("suite")
    version = suite.get("version") if isinstance(suite, dict) else None
    return f" ({version})" if isinstance(version, str) and re.fullmatch(r"[\w.+-]{1,40}", version) else ""
