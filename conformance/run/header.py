"""Where the header of a run is put together: as it begins, as it ends, and as it is to be judged."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import __version__, catalogue
from conformance.config.settings import Settings
from conformance.recording import Played, Recording
from conformance.reporting.gate import Tolerated
from conformance.reporting.run_header import RunHeader
from conformance.scim.features import Features

SUITE = {"name": "scim-conformance", "version": __version__, "catalogue": catalogue.VERSION}

Expected = Mapping[str, Mapping[str, str]]
"""For each profile the ids it consists of, and their levels."""


def begun(settings: Settings, prefix: str) -> RunHeader:
    """What is known before anything is sent; no secrets.

    Args:
        settings: of the run.
        prefix: how all names begin that it makes up.
    """
    return RunHeader(
        suite=SUITE,
        url=settings.target.shown_url,
        prefix=prefix,
        seed=settings.seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        options={key: str(v) if isinstance(v, Path) else v for key, v in settings.given.items() if key != "url"},
        dialects=list(settings.dialects),
        assumed=settings.target.assumptions.to_json(),
        command=settings.target.scrubber()(shlex.join(["scim-conformance", *sys.argv[1:]])),
        python=sys.version.split()[0],
    )


def header_of(recording: Recording) -> RunHeader:
    """The header that a recording holds."""
    return RunHeader.from_json(recording.header)


def note(recording: Recording, **facts: Any) -> RunHeader:
    """Set facts in the header of a recording.

    Args:
        recording: whose header is to hold them.
        facts: members of ``RunHeader``.
    """
    header = replace(header_of(recording), **facts)
    recording.header = header.to_json()
    return header


def to_be_judged(
    recording: Recording,
    expected: Expected,
    baseline: Iterable[Tolerated] = (),
    *,
    checks: Iterable[str] | None = None,
    **facts: Any,
) -> RunHeader:
    """Note in a recording by what it is to be judged.

    Args:
        recording: with all that was played.
        expected: see above.
        baseline: failures that are known.
        checks: ids of those that the run was made for; all that are expected where nothing is given.
        facts: further members of ``RunHeader``.
    """
    chosen = {identifier for ids in expected.values() for identifier in ids} if checks is None else set(checks)
    return note(
        recording,
        checks=sorted(chosen),
        expected={profile: dict(ids) for profile, ids in expected.items()},
        implementation=implementation_of(recording),
        baseline=[entry.to_json() for entry in baseline],
        **facts,
    )


def implementation_of(recording: Recording) -> dict[str, Any]:
    """What the endpoint says of itself, for the report; SCIM has no field for a product's name."""
    features = Features.of(recording.journeys.get("discovery", Played("discovery")).answers)
    offered = ("patch", "bulk", "filter", "changePassword", "sort", "etag", "cursor")
    schemes = features.config.get("authenticationSchemes")
    return {
        "documentation": str(features.config.get("documentationUri") or ""),
        "authentication": [str(s.get("type")) for s in schemes if isinstance(s, dict)]
        if isinstance(schemes, list)
        else [],
        "features": {name: features.offers(name) for name in offered},
        "resource_types": [str(kind.get("name")) for kind in features.types],
    }


def endured(recording: Recording) -> dict[str, Any]:
    """How often requests were sent again, and how many were not answered, by the kind of error: what the steps tell."""
    exchanges = [exchange for _, _, exchange in recording.exchanges]
    return {
        "retries": sum(exchange.retries for exchange in exchanges),
        "unanswered": dict(sorted(Counter(exchange.error for exchange in exchanges if exchange.error).items())),
    }


def gathered(headers: Sequence[RunHeader]) -> dict[str, Any]:
    """What each of several clients left behind, and what went wrong with it."""
    names = ("left_behind", "unconfirmed", "faults")
    return {name: [one for header in headers for one in getattr(header, name)] for name in names}


def merged(headers: Sequence[RunHeader]) -> RunHeader:
    """The header of a run of which each of several clients played a part at the same time."""
    lost = sum((Counter(header.unanswered or {}) for header in headers), Counter[str]())
    return replace(
        headers[0],
        **gathered(headers),
        ended=next((header.ended for header in headers if header.ended), None),
        requests=sum(header.requests or 0 for header in headers),
        retries=sum(header.retries or 0 for header in headers),
        unanswered=dict(sorted(lost.items())),
        seconds=max(header.seconds or 0 for header in headers),
    )
