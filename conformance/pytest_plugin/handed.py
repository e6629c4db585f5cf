"""What the command hands to a pytest run, and what pytest hands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.config.settings import Settings
    from conformance.recording import Recording
    from conformance.reporting.model import Results
    from conformance.run.live import LiveRun
    from conformance.run.replay import Replay


@dataclass(eq=False)  # pytest keeps plugins in a set
class Run:
    """A pytest run that judges an endpoint: what the command hands over, and what comes of it.

    Attributes:
        settings: of the run; None where a recording is judged.
        recording: to judge, or None.
        on_start: told the journeys with their dialects, and the number of checks.
        on_played: told the key of each finished journey.
        transport: an httpx transport in place of the network (tests).
        reports: folder for the report files, or None for none.
        page: where our own page goes, or None; under plain pytest pytest-html writes one.
        diagnosis: what the look at the connection came to, or None where there was none.
        wanted: ids of the checks that were selected, once they are collected.
        session: the run itself, once checks are collected.
        results: set at the end.
        interrupted: whether a signal ended it.
        problem: why the run could not go on or its files could not be written; one sentence, empty for neither.
        fault: the suite's own that left no results, as a traceback; empty for none.
    """

    settings: Settings | None = None
    recording: Recording | None = None
    on_start: Callable[[Sequence[tuple[str, str]], int], None] = lambda _plays, _checks: None
    on_played: Callable[[str], None] = lambda _key: None
    transport: Any = None
    reports: Path | None = None
    page: Path | None = None
    diagnosis: dict[str, Any] | None = None
    wanted: list[str] = field(default_factory=list)
    session: LiveRun | Replay | None = None
    results: Results | None = None
    interrupted: bool = False
    problem: str = ""
    fault: str = ""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Registered by the command: make the run known to the hooks of the plugin."""
        config.stash[RUN] = self


RUN: pytest.StashKey[Run] = pytest.StashKey()
