"""A token that sings: wherever a piece of it is found, in whatever spelling, a secret has leaked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.torture.measured import Measured, conformance
from tests.verbs import VERBS

CANARY = "canary+5d1c7a9e/2b4f8063="
"""Has all the characters of a token that URLs, HTML and JSON may escape."""
ENVIRONMENT = {"SCIM_TOKEN": CANARY}
Call = Callable[..., Measured]

_RAW = CANARY.encode()
PIECES = (
    "canary+", "5d1c7a9e", "2b4f8063",
    _RAW.hex()[4:-4],
    *(base64.b64encode(b"x" * shift + _RAW).decode()[8:-8] for shift in range(3)),
)  # fmt: skip
"""What is left of it when its edges are escaped, cut off or encoded together with their neighbours."""


def sings(text: str) -> bool:
    """Whether there is a piece of the canary in a text."""
    lower = text.lower()
    return any(piece.lower() in lower for piece in PIECES)


def leaks(folder: Path, said: Iterable[str] = ()) -> list[str]:
    """Where the canary sings: in the files of a folder, of any kind, and in what was said on the way.

    Files that others than their owner may read are told of as well.
    """
    found = [f"it said: {_around(text)}" for text in said if sings(text)]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            mode, text = path.stat().st_mode & 0o777, path.read_bytes().decode("latin-1")
        except FileNotFoundError:  # the workers of a load that was killed still clean up, and remove their journals
            continue
        found += [f"{path.name}: {_around(text)}"] if sings(text) else []
        found += [f"{path.name} has mode {mode:o}"] if mode != 0o600 else []
    return found


def told(verb: str, url: str, reports: Path, *more: str, call: Call = conformance) -> list[str]:
    """Call a verb on an endpoint that admits the canary, and look for it in all that comes of that.

    Args:
        verb: one of ``tests.verbs``.
        url: of the endpoint.
        reports: folder for the files.
        more: options.
        call: runs the command; by default in a process of its own.

    Returns:
        where it was found.
    """
    line = [*VERBS[verb].arguments, "--url", url, "--reports", str(reports), "--timeout", "1", *more]
    summary = reports / "step-summary.md"  # GitHub makes it, and we only write to it
    summary.touch(mode=0o600)
    job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = call(*line, environment=ENVIRONMENT | job)
    assert done.code in {0, 1, 2}, done.err
    return leaks(reports, (done.out, done.err))


def _around(text: str) -> str:
    lower = text.lower()
    at = min(place for piece in PIECES if (place := lower.find(piece.lower())) >= 0)
    return text[max(0, at - 120) : at + 60]
