"""Results that can be mailed: hosts, tenants, ids and personal values replaced by stable pseudonyms."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from conformance.reporting.pseudonyms import Pseudonyms, hide_url, hide_values, readable
from conformance.reporting.results import Results
from conformance.reporting.share_played import PLAYED, hide_played, show_played

OURS = frozenset({
    "id", "check", "title", "why", "fix", "statement", "spec", "verdict", "level", "profile", "topic", "dialect",
    "order", "consequence", "requirements", "blocked_by", "blocked_at", "path", "kind",
})  # fmt: skip
"""Members of a row that hold our own words, not the endpoint's."""

OURSELVES = ("command", "reports", "baseline", "ca_bundle", "config")
"""Options and facts of a run that name files or people on the machine that ran it."""


def share(results: Results) -> Results:
    """A copy of the results in which nothing names a host, a tenant, a resource or a person.

    The copy's ``hidden`` member says how many values of each kind were replaced.
    """
    shared = copy.deepcopy(results)
    names = Pseudonyms()
    hide_url(shared["target"]["url"], names)
    hide_url(shared["target"].get("implementation", {}).get("documentation", ""), names)
    for row in shared.get("timing", {}).get("slowest", []):
        hide_url(row["url"], names)
    for entry in [*shared.get("left_behind", []), *shared.get("unconfirmed", [])]:
        names.hide(entry.get("id"), "id")
    _hide_ourselves(shared, names)
    for exchange in _exchanges(shared):
        hide_url(exchange["url"], names)
        hide_values(exchange.get("request_body"), names)
        hide_url((exchange.get("headers") or {}).get("location", ""), names)
        if "body" in exchange:
            exchange["body"] = readable(exchange["body"], names)
    hide_played(shared, names)
    rows = [_mapped(row, names) | {name: row[name] for name in OURS & set(row)} for row in shared["checks"]]
    played = {name: show_played(shared[name], names) for name in PLAYED if name in shared}
    shared = {**_mapped({name: shared[name] for name in shared if name not in {"checks", *PLAYED}}, names), **played}
    shared["checks"] = rows
    shared["hidden"] = dict(names.counts)
    return shared


def _hide_ourselves(shared: Results, names: Pseudonyms) -> None:
    """Take out paths and names of the machine that ran the suite, which tracebacks hold too."""
    run = shared.get("run", {})
    for place in (run, run.get("options") or {}):
        for key in OURSELVES:
            if place.get(key):
                names.counts["option"] += 1
                place[key] = "hidden"
    shared["faults"] = [str(fault).strip().rpartition("\n")[2] for fault in shared.get("faults", [])]
    for row in shared["checks"]:
        if row.get("suite_fault"):
            row["got"] = row["got"].strip().rpartition("\n")[2]


def _exchanges(results: Results) -> Iterator[dict[str, Any]]:
    for row in results["checks"]:
        yield from row["exchanges"]


def _mapped(value: Any, names: Pseudonyms) -> Any:
    if isinstance(value, dict):
        return {names(name): _mapped(item, names) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, names) for item in value]
    return names(value) if isinstance(value, str) else value
