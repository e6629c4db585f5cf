"""What ``results.json`` holds, as types; ``results.schema.json`` is made of them (see ``model_schema.py``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from conformance.catalogue import SEVERITIES
from conformance.reporting.plain import ABSENT, LATER, Plain, Says
from conformance.verdict import Level, Verdict

FORMAT = "1.0"
"""Of ``results.json``, as ``major.minor``. A new minor format has members more, which readers may pass over; a new
major one means something else by a member that is there, or lacks one. Version 0.1.0 wrote none."""

CONFORMANT, PARTIAL, NOT_CONFORMANT = "conformant", "partial", "not conformant"

Text = Annotated[str, Says(minLength=1)]
Slug = Annotated[str, Says(pattern="^[a-z0-9-]+$")]
"""A word of ours, such as a profile or a check without its dialect."""

Moment = Annotated[str, Says(pattern=r"^\d{4}-\d{2}-\d{2}T")]
LevelName = Annotated[str, Says(enum=[str(level) for level in Level])]
VerdictName = Annotated[str, Says(enum=[str(verdict) for verdict in Verdict])]
Count = Annotated[int, Says(minimum=0)]
Some = Annotated[int, Says(minimum=1)]
Amount = Annotated[float, Says(minimum=0)]
"""Seconds, mostly."""


@dataclass(frozen=True, kw_only=True)
class Evidence(Plain):
    """A request and its answer, as far as a report shows them.

    The headers and bodies of both are None where a check passed, and are not written then.

    Attributes:
        journey: key of the play that sent it.
        step: of that journey.
        status: HTTP status, None where no answer came.
        elapsed: seconds until its answer was whole.
        error: why no answer came, or none that can be judged.
        error_detail: one sentence on it.
        retries: how often it was sent again.
        started: seconds since the run's start.
        truncated: whether the body is cut; the recording has the whole.
    """

    method: str
    url: str
    request_headers: Annotated[dict[str, Any] | None, ABSENT] = None
    request_body: Annotated[Any, LATER] = None
    request_text: Annotated[str | None, LATER] = None
    status: int | None
    headers: Annotated[dict[str, Any] | None, ABSENT] = None
    body: Annotated[str | None, ABSENT] = None
    elapsed: Amount
    error: str | None
    error_detail: Annotated[str, LATER] = ""
    retries: Annotated[Count, LATER] = 0
    started: Amount
    journey: str
    step: str
    truncated: Annotated[bool, LATER] = False

    def to_json(self) -> dict[str, Any]:
        """The members by name, without what was sent where nothing is shown of it."""
        told = super().to_json()
        if self.body is None:
            del told["request_body"], told["request_text"]
        return told


@dataclass(frozen=True, kw_only=True)
class Row(Plain):
    """A check that was judged.

    Attributes:
        id: with its dialect.
        check: without it.
        target: the tenant URL.
        order: the check's place among all.
        expected: in one line; empty where nothing failed.
        got: in one line; of an INFO the fact, of an ERROR, BLOCKED and N/A the reason.
        path: SCIM or JSON path of the difference.
        blocked_at: key of the journey and the step at which it stopped.
        blocked_by: id of the check that says why.
        suite_fault: an ERROR of the suite itself.
    """

    id: Annotated[str, Says(pattern=r"^[a-z0-9-]+(\[[a-z0-9-]+\])?$")]
    check: Slug
    dialect: Annotated[str, Says(pattern="^[a-z0-9-]*$")]
    target: Annotated[str, LATER] = ""
    title: Text
    profile: Slug
    topic: Annotated[str, Says(pattern="^[a-z_0-9]+$")]
    level: LevelName
    spec: Text
    requirements: Annotated[list[str], Says(minItems=1)]
    statement: Text
    consequence: Annotated[str, Says(enum=list(SEVERITIES))]
    order: Count
    verdict: VerdictName
    expected: str
    got: str
    path: str | None
    kind: Annotated[
        str | None,
        Says(
            description="in which way it went wrong, such as status or missing-value; null where nothing did",
            pattern="^[a-z-]+$",
        ),
        LATER,
    ] = None
    subject: Annotated[
        str | None,
        Says(description="what it is about: the status that came, the SCIM path, a header's or a member's name"),
        LATER,
    ] = None
    why: str
    fix: str
    blocked_at: Annotated[list[str] | None, Says(minItems=2, maxItems=2), LATER] = None
    blocked_by: str | None
    suite_fault: bool
    exchanges: list[Evidence]


@dataclass(frozen=True, kw_only=True)
class Held(Plain):
    """Of a level, how many checks were judged, and how many of those passed."""

    held: Count
    judged: Count


@dataclass(frozen=True, kw_only=True)
class Profile(Plain):
    """What a profile came to.

    Attributes:
        decided_by: ids of the checks that failed or could not be judged, the most harmful first.
        counts: checks by verdict.
        not_judged: ids of the checks that it consists of too.
    """

    headline: Annotated[str, Says(enum=[CONFORMANT, PARTIAL, NOT_CONFORMANT])]
    shortfall: Annotated[
        str | None,
        Says(description="why too little was asked for the profile to be judged as a whole", minLength=1),
        ABSENT,
    ] = None
    decided_by: list[str]
    counts: Annotated[dict[str, Count], Says(required=[str(verdict) for verdict in Verdict])]
    levels: dict[str, Held]
    not_judged: list[str]


@dataclass(frozen=True, kw_only=True)
class Suite(Plain):
    """Who judged."""

    name: Annotated[str, Says(const="scim-conformance")] = ""
    version: Text = ""
    catalogue: Annotated[str, Says(pattern=r"^\d{4}-\d{2}$")] = ""


@dataclass(frozen=True, kw_only=True)
class Implementation(Plain):
    """What the endpoint says of itself; a feature is None of which it says nothing."""

    documentation: str = ""
    authentication: list[str] = field(default_factory=list)
    features: dict[str, bool | None] = field(default_factory=dict)
    resource_types: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Taken(Plain):
    """How the bodies of a collection were changed so that the endpoint takes them.

    Attributes:
        left_out: SCIM paths.
        added: SCIM paths.
        words: what the endpoint said of the body that Entra sends by default; empty where it took that.
    """

    left_out: list[str]
    added: list[str]
    words: str


@dataclass(frozen=True, kw_only=True)
class Endpoint(Plain):
    """What was judged, and what the user states of it."""

    url: str
    implementation: Implementation
    assumed: dict[str, Any]
    base: Annotated[
        dict[str, Taken] | None,
        Says(description="by collection, how a create has to look, where that is not as Entra sends it"),
        ABSENT,
    ] = None


@dataclass(frozen=True, kw_only=True)
class RunFacts(Plain):
    """How it was run; see ``RunHeader``, of which it is a part."""

    started: Moment
    seconds: Amount
    requests: Count
    retries: Annotated[Count | None, ABSENT] = None
    unanswered: Annotated[dict[str, Some] | None, ABSENT] = None
    ended: Annotated[
        str | None,
        Says(
            description="why nothing more could come of the run: credentials that ran out, or an endpoint that is gone",
            minLength=1,
        ),
        ABSENT,
    ] = None
    seed: Count
    command: str
    prefix: str
    options: dict[str, Any]
    dialects: Annotated[list[Slug] | None, ABSENT] = None


@dataclass(frozen=True, kw_only=True)
class Remains(Plain):
    """A resource that is or may be left; without an id where none is known."""

    collection: str
    name: str
    id: str | None
    reason: Annotated[str | None, ABSENT] = None


@dataclass(frozen=True, kw_only=True)
class NotPlayed(Plain):
    """A check that was wanted, and whose journeys were not played to their end."""

    id: str
    check: str
    title: str
    profile: Slug
    level: LevelName


@dataclass(frozen=True, kw_only=True)
class Gate(Plain):
    """Whether a release may pass; see ``gate.Decision``."""

    exit: Annotated[int, Says(enum=[0, 1, 2, 3])]
    reasons: list[str]
    tolerated: list[str]


@dataclass(frozen=True, kw_only=True)
class JourneyTime(Plain):
    """What a journey took."""

    journey: str
    requests: Some
    seconds: Amount


@dataclass(frozen=True, kw_only=True)
class SlowRequest(Plain):
    """One of the requests that took longest."""

    journey: str
    step: str
    method: str
    url: str
    status: int | None
    started: Amount
    elapsed: Amount


@dataclass(frozen=True, kw_only=True)
class Timing(Plain):
    """Where the time went."""

    median: Amount = 0.0
    p95: Amount = 0.0
    by_journey: list[JourneyTime] = field(default_factory=list)
    slowest: list[SlowRequest] = field(default_factory=list)
    points: Annotated[
        list[Annotated[list[Amount], Says(minItems=2, maxItems=2)]],
        Says(
            description="of each request: seconds from the run's start to its sending, and until its answer was whole"
        ),
    ] = field(default_factory=list)


OF_A_DIAGNOSIS = [
    "ok", "layer", "cause", "sentence", "portal_code", "portal_message", "who", "fix", "curl", "steps",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Results(Plain):
    """The whole of ``results.json``.

    Attributes:
        diagnosis: what the look at the connection came to.
        cycle: the provisioning service's cycles; a mapping, as the provisioning log is of Microsoft Graph's form.
        load: throughput and latency.
    """

    format: Annotated[
        str,
        Says(description="major.minor of this file's format; version 0.1.0 wrote none", pattern=r"^1\.[0-9]+$"),
        LATER,
    ] = FORMAT
    suite: Suite
    target: Endpoint
    run: RunFacts
    profiles: Annotated[dict[str, Profile], Says(propertyNames={"pattern": "^[a-z0-9-]+$"})]
    checks: list[Row]
    faults: list[str]
    left_behind: list[Remains]
    unconfirmed: Annotated[list[Remains], LATER] = field(default_factory=list)
    timing: Timing
    gate: Gate
    complete: bool
    not_played: Annotated[list[NotPlayed], LATER] = field(default_factory=list)
    cut: Annotated[str | None, ABSENT] = None
    diagnosis: Annotated[dict[str, Any] | None, Says(required=OF_A_DIAGNOSIS), ABSENT] = None
    cycle: Annotated[
        dict[str, Any] | None,
        Says(
            description="the provisioning service's cycles, where they were played",
            required=["dialects"],
            properties={"dialects": {"type": "array", "items": {"$ref": "#/$defs/cycle_dialect"}}},
        ),
        ABSENT,
    ] = None
    load: Annotated[dict[str, Any] | None, Says(ref="#/$defs/load"), ABSENT] = None
    hidden: Annotated[
        dict[str, Count] | None,
        Says(description="only in shared results: how many values of each kind were replaced"),
        ABSENT,
    ] = None
