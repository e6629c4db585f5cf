"""What can be judged of a run that was cut short: whatever was played to its end, and no half of a journey."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from conformance.journeys import JOURNEYS
from conformance.judge.check import Check, load
from conformance.recording import Recording
from conformance.reporting.model import NotPlayed
from conformance.reporting.run_header import RunHeader

DISCOVERY = "discovery"
"""The journey on which every check builds: it tells what the endpoint offers."""


def variants() -> dict[str, tuple[Check, str]]:
    """All checks with the dialect they are judged in, by their ids in a results file."""
    return {identifier: (item, dialect) for item in load().values() for identifier, dialect in item.variants()}


def is_played(item: Check, dialect: str, recording: Recording) -> bool:
    """Whether each journey that a check looks at was played to its end."""
    keys = [JOURNEYS[name].key(dialect) for name in item.journeys]
    known = [*keys, DISCOVERY] if DISCOVERY in recording.journeys else keys
    return all(key in recording.journeys and not recording.journeys[key].cut for key in known)


def selected(header: RunHeader) -> Collection[str]:
    """The ids of the checks that a recording was made for.

    Args:
        header: of the recording. One of version 0.1.0 names those only that had been judged when it was cut short,
            and none at all where that was soon; then all of its profiles are meant.
    """
    if header.checks or header.cut is not None:
        return header.checks
    return [identifier for ids in header.expected.values() for identifier in ids]


def unplayed(wanted: Iterable[str], judged: Collection[str]) -> list[NotPlayed]:
    """The checks that were wanted and not judged, as rows of ``not_played`` in ``results.json``."""
    known = variants()
    rest = sorted(identifier for identifier in set(wanted) - set(judged) if identifier in known)
    return [
        NotPlayed(id=identifier, check=item.id, title=item.title, profile=item.profile, level=str(item.level))
        for identifier, item in ((identifier, known[identifier][0]) for identifier in rest)
    ]
