"""The plan of a load run: what is sent, how fast and for how long; plain JSON, so that a master can hand it out."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

GALLERY_RATE = 25.0
"""Requests a second that Microsoft's gallery demands for each tenant."""

GALLERY_SECONDS = 30.0
"""How long that rate is to be asked for at least, so that anything can be said of it."""

CAP = 200.0
"""Requests a second that are not exceeded unless the user raises it."""

MIXES = ("initial", "incremental")

POINTS = 600
"""Points that a plot over time has at most; the seconds of a long run are counted together."""

SETTLED = 1.0
"""Seconds after the end in which an answer still counts."""


class BadPlan(ValueError):
    """The plan cannot be played; the message says why and what to do."""


@dataclass(frozen=True)
class Stage:
    """One step of the ramp.

    Attributes:
        rate: requests a second that are due, or None for as fast as it goes.
        seconds: how long.
    """

    rate: float | None
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What a run sends.

    Attributes:
        url: tenant URL; a worker sends to the one it was given itself, and only where the two agree.
        mix: one of ``MIXES``.
        stages: one after the other.
        dialects: names of the dialects that membership and changes are sent in, in turn.
        users: people in the directory, or None for as many as the mix comes to.
        connections: how many requests can be under way at once, all workers together.
        seed: of the made-up people.
        top_rate: requests a second that set-up, verification and clean-up keep to, or None for no limit.
    """

    url: str
    mix: str
    stages: tuple[Stage, ...]
    dialects: tuple[str, ...]
    users: int | None
    connections: int
    seed: int
    top_rate: float | None

    @property
    def seconds(self) -> float:
        """How long the measured part takes."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def grain(self) -> int:
        """Seconds that are counted together, so that a run of days takes no more memory than one of minutes."""
        return max(1, math.ceil(self.seconds / POINTS))

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Plan:
        """Read back what ``to_json`` wrote.

        Raises:
            TypeError, KeyError: the data is not of that form.
        """
        stages = tuple(Stage(**stage) for stage in data["stages"])
        return cls(**data | {"stages": stages, "dialects": tuple(data["dialects"])})


def check_target(url: str, *, loopback: bool, agreed: str | None) -> None:
    """Let a load run go to this machine, or to where the user has said twice that it shall go.

    Args:
        url: tenant URL.
        loopback: whether it is this machine.
        agreed: the URL given with ``--yes-load``, or None.

    Raises:
        BadPlan: the user has not agreed, or to another URL.
    """
    if loopback or (agreed or "").rstrip("/") == url.rstrip("/"):
        return
    if agreed is None:
        raise BadPlan(f"{url} is another machine: a load run can harm it; say --yes-load {url} if it may be loaded.")
    raise BadPlan(f"--yes-load is {agreed!r} and the tenant URL {url!r}; give the same URL twice.")


def check_rate(stages: tuple[Stage, ...], cap: float) -> None:
    """No stage is faster than the cap.

    Raises:
        BadPlan: one is.
    """
    top = max((stage.rate or 0.0 for stage in stages), default=0.0)
    if top > cap:
        raise BadPlan(f"{top:g} requests a second are more than the cap of {cap:g}; raise it with --max-rate {top:g}.")
