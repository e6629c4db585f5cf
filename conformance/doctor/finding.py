"""What the doctor finds: a cause from the table, with facts for its sentence; and the diagnosis that comes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

LAYERS = ("url", "name", "tcp", "tls", "http", "credentials", "scim", "none")
MEMBERS = ("ok", "layer", "cause", "sentence", "portal_code", "portal_message", "who", "fix", "curl", "steps")
"""Members of the JSON contract, in this order."""


@dataclass(frozen=True)
class Cause:
    """One row of ``causes.json``.

    Attributes:
        id: stable, in kebab case.
        layer: which layer is at fault; ``none`` where the connection is good.
        sentence: template of the one sentence that names the cause.
        who: has to act: admin, vendor or network.
        fix: template of what they do.
        code: error code that the portal shows, or None where Microsoft documents none.
        message: what the portal says with it, or None.
        stops: whether a run cannot go on with it.
    """

    id: str
    layer: str
    sentence: str
    who: str
    fix: str
    code: str | None = None
    message: str | None = None
    stops: bool = True


@dataclass
class Step:
    """One thing that was tried.

    Attributes:
        layer: it belongs to.
        tried: what was done.
        saw: what came of it.
        seconds: it took.
        ok: whether it went well.
    """

    layer: str
    tried: str
    saw: str = ""
    seconds: float = 0.0
    ok: bool = True

    def to_json(self) -> dict[str, Any]:
        """As a member of ``steps``."""
        return {
            "layer": self.layer,
            "tried": self.tried,
            "saw": self.saw,
            "seconds": round(self.seconds, 3),
            "ok": self.ok,
        }


UNKNOWN = "(not known)"


class _Facts(dict[str, Any]):
    """A fact that nobody knows must not turn a diagnosis into a crash."""

    def __missing__(self, name: str) -> str:
        return UNKNOWN


class Found(Exception):
    """A layer is at fault; ends the examination.

    Args:
        cause: id in ``causes.json``.
        facts: for the templates.
    """

    def __init__(self, cause: str, **facts: Any) -> None:
        super().__init__(cause)
        self.cause = causes()[cause]
        self.facts = facts

    @property
    def sentence(self) -> str:
        """The cause in one sentence."""
        return self.fill(self.cause.sentence)

    def fill(self, template: str) -> str:
        """A template with this finding's facts."""
        return template.format_map(_Facts(self.facts))


@dataclass
class Diagnosis:
    """The verdict, and how it was reached.

    Attributes:
        cause: from the table.
        sentence: the cause in one sentence.
        fix: what has to be done.
        curl: a command that shows it.
        steps: what was tried.
        requests: how many HTTP requests were sent.
    """

    cause: Cause
    sentence: str
    fix: str
    curl: str
    steps: list[Step] = field(default_factory=list)
    requests: int = 0

    @property
    def ok(self) -> bool:
        """Whether the connection is good."""
        return self.cause.layer == "none"

    @property
    def stops(self) -> bool:
        """Whether a run cannot go on."""
        return not self.ok and self.cause.stops

    def to_json(self) -> dict[str, Any]:
        """The contract of ``diagnose --json``."""
        values = (
            self.ok,
            self.cause.layer,
            self.cause.id,
            self.sentence,
            self.cause.code,
            self.cause.message,
            self.cause.who,
            self.fix,
            self.curl,
            [step.to_json() for step in self.steps],
        )
        return dict(zip(MEMBERS, values, strict=True))


@cache
def causes() -> dict[str, Cause]:
    """The table of causes by id."""
    data = json.loads((files(__package__) / "causes.json").read_text(encoding="utf-8"))
    portal = data["portal"]
    table = {}
    for row in data["causes"]:
        code = row.pop("portal", None)
        table[row["id"]] = Cause(**({} if code is None else portal[code]), **row)
    return table
