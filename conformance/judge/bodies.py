"""Which message each recorded answer is, and what is wrong with it by its JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from conformance import schemas
from conformance.recording import Played, Step
from conformance.scim.exchange import Exchange

_PLACE = re.compile(r"/(Users|Groups|ServiceProviderConfig|ResourceTypes|Schemas)(/[^/?]+)?(/\.search)?/?(\?.*)?$")
_ONE = {"Users": "User", "Groups": "Group", "ResourceTypes": "ResourceType", "Schemas": "Schema"}
PARTIAL = ("attributes=", "excludedAttributes=")


def kind(exchange: Exchange) -> str | None:
    """The message that an answer should be, by request and status; None where it has no body, or none we know.

    Returns:
        ``Error``, ``ListResponse``, or the name of a standard resource.
    """
    place = _PLACE.search(exchange.path)
    if not exchange.body or exchange.status is None:
        return None
    if exchange.status >= 400:  # noqa: PLR2004
        return "Error"
    if not exchange.ok or place is None:
        return None
    name, identifier = place[1], place[2]
    if name == "ServiceProviderConfig":
        return name
    listed = place[3] or (not identifier and exchange.method == "GET")
    return "ListResponse" if listed else _ONE[name]


def differences(journeys: list[Played], wanted: str) -> Iterator[tuple[Played, Step, str]]:
    """What is wrong with every answer of a kind, and where it was recorded.

    Args:
        journeys: to look through.
        wanted: ``Error``, ``ListResponse`` or the name of a resource, which is looked for in lists too.
    """
    for played in journeys:
        for step in played.steps.values():
            for exchange in step.exchanges:
                for text in _wrong(exchange, wanted):
                    yield played, step, text


def shows(journeys: list[Played], wanted: str) -> bool:
    """Whether any answer in these journeys is of a kind, or lists resources of it."""
    exchanges = (e for played in journeys for step in played.steps.values() for e in step.exchanges)
    return any(kind(e) == wanted or (e.listed and _lists(e, wanted)) for e in exchanges)


def _lists(exchange: Exchange, wanted: str) -> bool:
    place = _PLACE.search(exchange.path)
    return kind(exchange) == "ListResponse" and place is not None and _ONE.get(place[1]) == wanted


def _wrong(exchange: Exchange, wanted: str) -> Iterator[str]:
    found = kind(exchange)
    partial = any(parameter in exchange.path for parameter in PARTIAL)
    if found == wanted:
        try:
            problems = schemas.problems(wanted, exchange.body, partial=partial)
        except (ValueError, RecursionError):
            yield "the body is not JSON"
            return
        yield from map(str, problems)
    if _lists(exchange, wanted):
        for number, row in enumerate(exchange.listed):
            for problem in schemas.problems(wanted, json.dumps(row), partial=partial):
                yield f"Resources[{number}].{problem}"
