"""What a shared report hides of a provisioning job's cycles and of a load: people, ids, hosts, tenants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.reporting.pseudonyms import Pseudonyms, hide_url, readable

PLAYED = ("cycle", "load")
"""The members of ``results.json`` in question."""

OURS = frozenset({
    "dialect", "kind", "at", "collection", "activityDateTime", "provisioningAction", "status",
    "provisioningStepType", "errorCode", "errorCategory", "identityType", "initiatorType",
})  # fmt: skip
"""Members that hold our own or the protocol's words."""

IDS = frozenset({"id", "tenantId", "jobId", "cycleId", "changeId"})

STATES = frozenset({"present", "absent", "missing", "nothing", "nobody", "none", "null", "twice"})
"""Of an expected or found value: what tells of nobody."""

TELLING = (
    ("value", re.compile(r"[\w.+'%-]+@[\w-]+(?:\.[\w-]+)+")),
    ("id", re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)),
    ("url", re.compile(r"https?://[^\s\"'<>)]+")),
    ("url", re.compile(r"(?<![\w/])/(?:Users|Groups)[/?][^\s\"'<>),]+")),
)
"""What gives somebody away inside a sentence: addresses, ids and URLs."""


def hide_played(results: dict[str, Any], names: Pseudonyms) -> None:
    """Note all that tells of somebody in the cycles and the load; files keep only their names.

    Args:
        results: as JSON, changed in place where a text as a whole cannot be shown.
        names: learns the values.
    """
    for part in results.get("cycle", {}).get("dialects", []):
        part["log"] = re.split(r"[/\\]", part["log"])[-1]
        for event in part["events"]:
            _hide_event(event, names)
        for one in part["differences"]:
            _hide_difference(one, names)
        for mail in part["notifications"]:
            names.hide(mail["to"], "value")
    for found in _loads(results):
        for worker in found.get("workers", []):
            names.hide(worker["name"], "host")
    for name in PLAYED:
        _hide_sentences(results.get(name), names)


def show_played(value: Any, names: Pseudonyms, key: str = "") -> Any:
    """The same with every noted value replaced; our own words, and the names of all members, stay.

    Args:
        value: a member of ``results.json``, or a part of it.
        names: the pseudonyms.
        key: the member that the value is of.
    """
    if isinstance(value, dict):
        return {names(name) if key == "details" else name: show_played(one, names, name) for name, one in value.items()}
    if isinstance(value, list):
        return [show_played(one, names, key) for one in value]
    return names(value) if isinstance(value, str) and key not in OURS else value


def _loads(results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (results[name] for name in ("load",) if name in results)
    parts = results.get("cycle", {}).get("dialects", [])
    yield from (part["throughput"] for part in parts if "throughput" in part)


def _hide_event(event: dict[str, Any], names: Pseudonyms) -> None:
    for name in IDS:
        names.hide(event[name], "id")
    _hide_parties(event, names)
    for holder in (*event["provisioningSteps"], *(event[n] for n in event if n.endswith(("Identity", "System")))):
        _hide_details(holder["details"], names)
    for one in event["modifiedProperties"]:
        _hide_value(one["oldValue"], names)
        _hide_value(one["newValue"], names)
    error = event["provisioningStatusInfo"]["errorInformation"]
    if error and error["additionalDetails"]:
        error["additionalDetails"] = readable(error["additionalDetails"], names)


def _hide_parties(event: dict[str, Any], names: Pseudonyms) -> None:
    """Note who and what took part; that Microsoft's service did tells nothing."""
    for name in ("sourceIdentity", "targetIdentity", "servicePrincipal", "sourceSystem", "targetSystem"):
        names.hide(event[name]["id"], "id")
        shown = event[name]["displayName"]
        if not shown.startswith("Microsoft"):
            names.hide(shown, "host" if name.endswith("System") else "value")
    if event["initiatedBy"]["initiatorType"] == "user":
        names.hide(event["initiatedBy"]["id"], "id")
        names.hide(event["initiatedBy"]["displayName"], "value")


def _hide_details(value: Any, names: Pseudonyms) -> None:
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
        if isinstance(one, dict | list):
            _hide_details(one, names)
        else:
            _hide_value(one, names)


def _hide_difference(one: dict[str, Any], names: Pseudonyms) -> None:
    names.hide(one["person"], "value")
    names.hide(one["id"], "id")
    for value in (one["expected"], one["got"]):
        _hide_value(value, names)


def _hide_value(value: Any, names: Pseudonyms) -> None:
    """Note an attribute's value, unless it is a truth or tells that there is none."""
    if isinstance(value, str) and value.casefold() not in STATES | {"true", "false"}:
        names.hide(value, "value")


def _hide_sentences(value: Any, names: Pseudonyms) -> None:
    """Note addresses, ids and URLs that stand inside any text."""
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        if not isinstance(one, str):
            _hide_sentences(one, names)
            continue
        for kind, pattern in TELLING:
            for found in pattern.findall(one):
                hide_url(found, names) if kind == "url" else names.hide(found, kind)
