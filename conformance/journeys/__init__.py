"""What is played: scripts of requests, each owning the resources it works on. Nothing is judged here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.idp.dialect import Dialect
from conformance.idp.dialects import DIALECTS

if TYPE_CHECKING:
    from conformance.journeys.actor import Entra

Script = Callable[["Entra"], None]


def every(_dialect: Dialect) -> bool:
    """Played in each dialect."""
    return True


def folding(dialect: Dialect) -> bool:
    """Played in the dialects that fold several attributes into one operation without a path."""
    return dialect.folds


@dataclass(frozen=True)
class Journey:
    """A registered script.

    Attributes:
        name: the function's name; a check asks for the journey by it.
        script: what is played.
        spoken: whether it is played in a dialect; None where the dialect changes nothing.
        writes: whether it changes anything on the endpoint; such a journey is not played in a read-only run.
        users: how many users it creates, in each dialect, where nothing goes wrong.
        groups: how many groups.
        option: key of the flag without which the journey is not played, or empty.
        verb: which verb of the command plays it; a run leaves out what is not its own.
        builds: whether its creates are to look as was learned of the endpoint, so that this is learned first.
    """

    name: str
    script: Script
    spoken: Callable[[Dialect], bool] | None = None
    writes: bool = True
    users: int = 0
    groups: int = 0
    option: str = ""
    verb: str = "run"
    builds: bool = False

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The dialects it is played in; empty where the dialect changes nothing."""
        return tuple(d for d in DIALECTS.values() if self.spoken(d)) if self.spoken is not None else ()

    def key(self, dialect: str) -> str:
        """The key of what is played of it in a dialect, which is left out where it changes nothing."""
        return f"{self.name}[{dialect}]" if self.dialects else self.name


JOURNEYS: dict[str, Journey] = {}
"""All registered journeys, by name; filled by ``load``."""


def journey(
    *,
    spoken: Callable[[Dialect], bool] | None = None,
    writes: bool = True,
    users: int = 1,
    groups: int = 0,
    option: str = "",
    verb: str = "run",
    builds: bool = True,
) -> Callable[[Script], Script]:
    """Register a script as a journey; see ``Journey`` for the arguments.

    Raises:
        ValueError: another journey has that name already.
    """

    def register(script: Script) -> Script:
        name = script.__name__
        if name in JOURNEYS:
            raise ValueError(f"two journeys are called {name!r}")
        learns = builds and writes and bool(users or groups)
        JOURNEYS[name] = Journey(name, script, spoken, writes, users if writes else 0, groups, option, verb, learns)
        return script

    return register


def load() -> dict[str, Journey]:
    """Import every module of this package, so that all journeys are registered."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return JOURNEYS
