"""The header of a run: its facts, as a recording's first line holds them, and as the results are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class RunHeader:
    """A run's facts; plain JSON inside, and no secret. What is None is not known, or was not so.

    Attributes:
        suite: name and version of the suite, and of its catalogue.
        url: the tenant URL as it may be shown.
        prefix: how all names begin that the run made up.
        seed: of the made-up people.
        started: when, in UTC.
        options: as they were given, by key.
        dialects: that were played.
        assumed: what the user states of the endpoint.
        command: the command line, without secrets.
        python: version of the interpreter.
        diagnosis: what the look at the connection came to.
        seconds: that it took.
        requests: that were sent, those of the client's own included.
        retries: requests that were sent again.
        unanswered: requests that were not answered, by kind of error.
        ended: why nothing more could come of the run.
        cut: why it was cut short; empty where it was not. Version 0.1.0 wrote nothing here.
        left_behind: resources that are there at the end.
        unconfirmed: resources that may be there, with the reason why nobody knows.
        faults: the suite's own outside any check, as tracebacks.
        checks: ids of the checks that the run was made for.
        expected: for each profile the ids it consists of, and their levels.
        implementation: what the endpoint says of itself.
        baseline: failures that are known.
        partial: for a profile of which too little was asked, why.
        base: by collection, how the bodies of creates were changed so that the endpoint takes them.
        cycle: the provisioning service's cycles.
        load: throughput and latency.
    """

    suite: dict[str, str] = field(default_factory=dict)
    url: str = ""
    prefix: str = ""
    seed: int | None = None
    started: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    dialects: list[str] | None = None
    assumed: dict[str, Any] = field(default_factory=dict)
    command: str | None = None
    python: str | None = None
    diagnosis: dict[str, Any] | None = None
    seconds: float | None = None
    requests: int | None = None
    retries: int | None = None
    unanswered: dict[str, int] | None = None
    ended: str | None = None
    cut: str | None = None
    left_behind: list[dict[str, Any]] = field(default_factory=list)
    unconfirmed: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    expected: dict[str, dict[str, str]] = field(default_factory=dict)
    implementation: dict[str, Any] = field(default_factory=dict)
    baseline: list[dict[str, Any]] = field(default_factory=list)
    partial: dict[str, str] = field(default_factory=dict)
    base: dict[str, Any] | None = None
    cycle: dict[str, Any] | None = None
    load: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The facts by name, without those that are not known."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunHeader:
        """Read back what ``to_json`` wrote; what a newer version wrote beside it is left out."""
        return cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})

    @property
    def is_connected(self) -> bool:
        """Whether nothing is wrong with the connection, as far as anybody looked."""
        return not self.diagnosis or bool(self.diagnosis["ok"])
