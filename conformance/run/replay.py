"""A recording that is judged again: nothing is sent, and nothing can be left."""

from __future__ import annotations

from typing import Any

from conformance.judge.check import Check
from conformance.recording import Played, Recording
from conformance.run.player import Play
from conformance.run.session import row_of


class Replay:
    """In place of a ``LiveRun``, over a recording.

    Args:
        recording: what to judge.
    """

    problem = ""
    interrupted = False

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def start(self, plays: list[Play]) -> None:
        """All is played."""

    def played(self, name: str, dialect: str) -> Played:
        """What came of a journey.

        Raises:
            KeyError: the recording does not hold it.
        """
        return self.recording.journeys[f"{name}[{dialect}]" if dialect else name]

    def result(self, item: Check, dialect: str) -> dict[str, Any] | None:
        """The row of a check; None where the recording was cut short before its journeys were played to their end."""
        return row_of(item, dialect, self.recording)

    def close(self, *, interrupted: bool = False) -> None:
        """There is nothing to close."""
