"""Checks: how one is declared, what is known of it, and how it is judged.

A check is a function of recorded journeys. It gets each journey it names as a parameter, looks at steps, and
raises a finding (see ``verdict.py``) or returns. Nothing here knows pytest.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from conformance import catalogue
from conformance.idp.dialect import Dialect
from conformance.idp.dialects import DIALECTS
from conformance.journeys import JOURNEYS
from conformance.profiles import PROFILES
from conformance.verdict import (
    Level,
)

FunctionT = TypeVar("FunctionT", bound=Callable[..., None])


@dataclass(frozen=True)
class Check:
    """What is known of a check before it is judged.

    Attributes:
        id: permanent, kebab-case; not the pytest node id.
        function: judges; its parameters name journeys.
        covers: ids of the requirements it judges, the most telling one first.
        profile: one of ``profiles.PROFILES``.
    """

    id: str
    function: Callable[..., None]
    covers: tuple[str, ...]
    profile: str

    @cached_property
    def journeys(self) -> tuple[str, ...]:
        """Names of the journeys it looks at."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The dialects it is judged in; empty where it is judged once."""
        return next((JOURNEYS[name].dialects for name in self.journeys if JOURNEYS[name].dialects), ())

    @property
    def writes(self) -> bool:
        """Whether one of its journeys changes anything on the endpoint."""
        return any(JOURNEYS[name].writes for name in self.journeys)

    @property
    def options(self) -> set[str]:
        """Keys of the flags without which it is not judged, because one of its journeys is not played."""
        return {JOURNEYS[name].option for name in self.journeys} - {""}

    @property
    def verb(self) -> str:
        """The verb of the command that plays its journeys."""
        return next((JOURNEYS[name].verb for name in self.journeys if JOURNEYS[name].verb != "run"), "run")

    @cached_property
    def requirements(self) -> list[catalogue.Requirement]:
        """What it covers.

        Raises:
            KeyError: the catalogue has no such requirement.
        """
        return [catalogue.requirements()[identifier] for identifier in self.covers]

    @property
    def level(self) -> Level:
        """The strongest level of what it covers."""
        levels = {requirement.level for requirement in self.requirements}
        return next(level for level in Level if level in levels)

    @cached_property
    def _doc(self) -> list[str]:
        return [part for part in re.split(r"\n\s*\n", inspect.getdoc(self.function) or "") if part.strip()]

    @property
    def title(self) -> str:
        """What a good endpoint does, in one sentence: the docstring's first paragraph."""
        return " ".join(self._doc[0].split())

    @property
    def why(self) -> str:
        """Why it matters: the docstring between title and fix."""
        return " ".join(" ".join(p for p in self._doc[1:] if not p.startswith("Fix:")).split())

    @property
    def fix(self) -> str:
        """What to change on the endpoint: the docstring's paragraph after ``Fix:``."""
        fixes = [part for part in self._doc[1:] if part.startswith("Fix:")]
        return " ".join(" ".join(fixes).removeprefix("Fix:").split())

    def variants(self, dialects: Iterable[Dialect] | None = None) -> list[tuple[str, str]]:
        """Its ids in a results file, each with the dialect: ``id[legacy]``, ``id[compliant]``, or just ``id``.

        Args:
            dialects: those that are of interest; all of them by default.
        """
        if not self.dialects:
            return [(self.id, "")]
        chosen = [d for d in self.dialects if dialects is None or d in set(dialects)]
        # A check that only some dialects concern has its bare id in the first of them, whichever are added later.
        bare = self.dialects[0] if self.dialects[0] is not next(iter(DIALECTS.values())) else None
        return [(self.id if d is bare else f"{self.id}[{d}]", str(d)) for d in chosen]


CHECKS: dict[str, Check] = {}
"""All registered checks, by id, in the order of their files; filled by ``load``."""


def check(identifier: str, *, covers: Iterable[str], profile: str) -> Callable[[FunctionT], FunctionT]:
    """Register a function as a check.

    Args:
        identifier: permanent id.
        covers: requirement ids, the most telling one first.
        profile: one of ``profiles.PROFILES``.

    Raises:
        ValueError: the id is taken, or the profile unknown.
    """

    def register(function: FunctionT) -> FunctionT:
        if identifier in CHECKS or profile not in PROFILES:
            raise ValueError(f"check {identifier!r}: the id is taken or the profile {profile!r} unknown")
        CHECKS[identifier] = Check(identifier, function, tuple(covers), profile)
        function.scim_check = CHECKS[identifier]  # type: ignore[attr-defined]
        return function

    return register


def load() -> dict[str, Check]:
    """Import every module of checks and journeys, so that all are registered."""
    from conformance import checks, journeys

    journeys.load()
    for module in sorted(m.name for m in pkgutil.iter_modules(checks.__path__, "conformance.checks.")):
        importlib.import_module(module)
    return CHECKS
