"""The lab's situations: what is wrong, and what the doctor has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "canary-7Hq2vXw9ZpL4/token+x"
"""A token that must never be seen in any output; with letters that URLs and JSON spell differently."""

P = "SystemForCrossDomainIdentityManagement"
CODES = {
    "U": f"{P}CredentialValidationUnavailable",
    "C": f"{P}CredentialValidationFailure",
    "I": f"{P}ServiceIncompatible",
    "F": f"{P}ServiceIncompatibleFiltering",
    "M": f"{P}MultipleEntriesInResponse",
    "T": "TooManyRequests",
    "R": "InsufficientRights",
    "-": None,
}


@dataclass
class Given:
    """What the doctor is called with."""

    url: str
    token: str | None = TOKEN
    options: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    """Host name to address, or to the error that its look-up ends with."""
    environment: dict[str, str] = field(default_factory=dict)


Opening = Callable[[Path], AbstractContextManager[Given]]


@dataclass(frozen=True)
class Situation:
    """One situation.

    Attributes:
        name: of the test.
        cause: expected id.
        layer: expected.
        code: expected error code of the portal, by its letter.
        told: words that the sentence has to hold.
        opening: sets it up in a folder.
    """

    name: str
    cause: str
    layer: str
    code: str
    told: str
    opening: Opening


SITUATIONS: dict[str, Situation] = {}


def situation(name: str, cause: str, layer: str, code: str, told: str, opening: Opening) -> None:  # noqa: PLR0917
    """Add a situation to the lab."""
    assert name not in SITUATIONS, name
    SITUATIONS[name] = Situation(name, cause, layer, CODES[code] or "", told, opening)


def pasted(url: str, token: str | None = TOKEN, **names: Any) -> Opening:
    """Nothing is served: what was pasted is enough."""

    @contextmanager
    def opening(_folder: Path) -> Iterator[Given]:
        yield Given(url, token, names={name.replace("_", "."): value for name, value in names.items()})

    return opening
