"""Journeys' steps and exchanges: kept while playing, saved as JSON Lines, looked up by checks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.scim.endurance import TIME_LIMIT
from conformance.scim.exchange import Exchange

FORMAT = 1
"""Version of the file format; raised when an older reader would misjudge a newer file."""


INTERRUPTED = "the run was interrupted"
"""Why a journey offers no more steps that was under way when the run was cut short."""
FIRST = " (first play)"
"""How the key of a journey's first play ends where the journey was played again."""


class BadRecording(ValueError):
    """The file is no recording, or not one that this version can judge; the message says why."""


@dataclass(frozen=True)
class Step:
    """One named thing a journey did: a request, or several of the same kind.

    Attributes:
        name: unique within its journey.
        exchanges: what went over the wire, in order.
        facts: what the journey meant by it (values expected later), plain JSON.
    """

    name: str
    exchanges: list[Exchange]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def exchange(self) -> Exchange:
        """The last exchange, which is the answer a step is judged by."""
        return self.exchanges[-1]


@dataclass
class Played:
    """What came of one journey in one dialect.

    Attributes:
        journey: its name.
        dialect: ``legacy``, ``compliant``, or empty where the journey has none.
        steps: by name, in the order they were played.
        stopped_at: the step after which it could not go on.
        not_offered: why the endpoint cannot be asked for the steps that are missing.
        crash: the suite's own fault that ended it.
        trouble: the 5xx, timeout or reset that was met beside other journeys, and was not met alone.
        trouble_steps: the steps it was met at.
        told: what the report shows of the journey beside its checks, by name; plain JSON.
        ended: why the run was at its end before the journey was: what it lacks was never asked for.
        skipped: steps that the endpoint cannot be asked for, by name, and why; the journey went on without them.
        first: the play beside other journeys, where it met trouble and this is the play alone; judged as well. Its own
            ``trouble`` is what it met, whatever came of it alone.
    """

    journey: str
    dialect: str = ""
    steps: dict[str, Step] = field(default_factory=dict)
    stopped_at: str | None = None
    not_offered: str | None = None
    crash: str | None = None
    trouble: str | None = None
    trouble_steps: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    ended: str | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    first: Played | None = None

    @property
    def key(self) -> str:
        """``journey`` or ``journey[dialect]``."""
        return f"{self.journey}[{self.dialect}]" if self.dialect else self.journey

    @property
    def answers(self) -> dict[str, Exchange]:
        """The exchange each step is judged by, by step name."""
        return {name: step.exchange for name, step in self.steps.items()}

    @property
    def cut(self) -> str:
        """Why the run ended before the journey did, so that half of it is here; empty where it did not."""
        if self.not_offered == INTERRUPTED:
            return INTERRUPTED
        unsent = (
            str(e.error_detail or "") for step in self.steps.values() for e in step.exchanges if e.error == "not-sent"
        )
        return next((why.removeprefix("not sent: ") for why in unsent if why.startswith(TIME_LIMIT)), "")

    def to_json(self) -> dict[str, Any]:
        """The journey as one line of the file."""
        steps = [
            {"name": s.name, "facts": s.facts, "exchanges": [e.to_json() for e in s.exchanges]}
            for s in self.steps.values()
        ]
        line = {
            "journey": self.journey, "dialect": self.dialect, "steps": steps, "stopped_at": self.stopped_at,
            "not_offered": self.not_offered, "crash": self.crash, "trouble": self.trouble,
            "trouble_steps": self.trouble_steps, "told": self.told,
        }  # fmt: skip
        # Only where there are any, so that an earlier version reads what it can.
        line |= {"ended": self.ended} if self.ended is not None else {}
        line |= {"skipped": self.skipped} if self.skipped else {}
        return line if self.first is None else line | {"first": self.first.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Played:
        """Read back what ``to_json`` wrote.

        Raises:
            KeyError, TypeError: the line is not of that form.
        """
        steps = {
            s["name"]: Step(s["name"], [Exchange.from_json(e) for e in s["exchanges"]], s["facts"])
            for s in data["steps"]
        }
        first = cls.from_json(data["first"]) if data.get("first") is not None else None
        return cls(**(data | {"steps": steps, "first": first}))


@dataclass
class Recording:
    """All journeys of a run.

    Attributes:
        header: the run's facts: suite, target, seed, options; no secrets.
        journeys: by ``Played.key``.
    """

    header: dict[str, Any] = field(default_factory=dict)
    journeys: dict[str, Played] = field(default_factory=dict)

    def add(self, played: Played) -> None:
        """Take a journey in."""
        self.journeys[played.key] = played

    @property
    def cut(self) -> str:
        """Why the run ended before all was played, as far as its journeys tell; empty where none does."""
        return next((why for played in list(self.journeys.values()) if (why := played.cut)), "")

    @property
    def plays(self) -> dict[str, Played]:
        """All that was played by its key; the first play of a journey that was played again has a key of its own."""
        known = dict(self.journeys)  # other threads still play
        return known | {key + FIRST: played.first for key, played in known.items() if played.first is not None}

    @property
    def exchanges(self) -> Iterator[tuple[str, str, Exchange]]:
        """All that went over the wire, each with the key of its play and the name of its step."""
        for key, played in self.plays.items():
            for step in played.steps.values():
                yield from ((key, step.name, exchange) for exchange in step.exchanges)

    @property
    def before(self) -> Recording:
        """The same with the first play of each journey that was played again in place of the second."""
        return Recording(self.header, {key: played.first or played for key, played in dict(self.journeys).items()})

    @property
    def requests(self) -> int:
        """How many requests were sent, those that had to be sent again included."""
        return sum(1 + exchange.retries for _, _, exchange in self.exchanges)

    def save(self, path: Path) -> None:
        """Write the recording as JSON Lines, readable by its owner only.

        Raises:
            OSError: the file cannot be written.
        """
        lines = [{"recording": FORMAT, **self.header}, *(j.to_json() for _, j in sorted(self.journeys.items()))]
        path.touch(mode=0o600)
        path.chmod(0o600)  # one that is there already may be open to others
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)


def load_recording(path: Path) -> Recording:
    """Read a recording.

    Raises:
        BadRecording: the file is missing, torn, no recording, or of another format version.
    """
    try:
        lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines() if text.strip()]
        header = lines[0]
        if header["recording"] != FORMAT:
            raise BadRecording(f"{path} is of recording format {header['recording']}, this version reads {FORMAT}.")
        journeys = [Played.from_json(line) for line in lines[1:]]
    except OSError as problem:
        raise BadRecording(f"The recording {path} cannot be read: {problem.strerror}.") from problem
    except (ValueError, LookupError, TypeError, RecursionError) as problem:
        if isinstance(problem, BadRecording):
            raise
        raise BadRecording(f"{path} is not a recording of scim-conformance.") from problem
    del header["recording"]
    return Recording(header, {played.key: played for played in journeys})
