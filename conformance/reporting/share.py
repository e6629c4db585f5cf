"""Results that can be mailed: hosts, tenants, ids and personal values replaced by stable pseudonyms."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from conformance.reporting.model import Results, Row
from conformance.reporting.plain import Plain
from conformance.reporting.pseudonyms import Pseudonyms, hide_url, hide_values, readable
from conformance.reporting.share_played import PLAYED, hide_played, show_played

OURS = frozenset({
    "id", "check", "title", "why", "fix", "statement", "spec", "verdict", "level", "profile", "topic", "dialect",
    "order", "consequence", "requirements", "blocked_by", "blocked_at", "path", "kind",
})  # fmt: skip
"""Members of a row that hold our own words, not the endpoint's."""

OUR_OWN = ("format", "suite", "profiles", "not_played")
"""Members of the whole that do so."""

OURSELVES = ("command", "reports", "baseline", "ca_bundle", "config")
"""Options and facts of a run that name files or people on the machine that ran it."""


def share(results: Results) -> Results:
    """A copy of the results in which nothing names a host, a tenant, a resource or a person.

    The copy's ``hidden`` member says how many values of each kind were replaced.
    """
    told, names = results.to_json(), Pseudonyms()
    hide_url(told["target"]["url"], names)
    hide_url(told["target"]["implementation"]["documentation"], names)
    for row in told["timing"]["slowest"]:
        hide_url(row["url"], names)
    for entry in [*told["left_behind"], *told["unconfirmed"]]:
        names.hide(entry["id"], "id")
    _hide_ourselves(told, names)
    for exchange in (exchange for row in told["checks"] for exchange in row["exchanges"]):
        _hide_exchange(exchange, names)
    hide_played(told, names)
    known = Results.from_json(told)
    played = {name: show_played(told[name], names) for name in PLAYED if name in told}
    shared: Results = _mapped(replace(known, checks=[], cycle=None, load=None), names)
    rows = [_shown(row, names) for row in known.checks]
    ours = {name: getattr(known, name) for name in OUR_OWN}
    return replace(shared, checks=rows, hidden=dict(names.counts), **ours, **played)


def _hide_exchange(exchange: dict[str, Any], names: Pseudonyms) -> None:
    hide_url(exchange["url"], names)
    hide_values(exchange.get("request_body"), names)
    hide_url((exchange.get("headers") or {}).get("location", ""), names)
    if "body" in exchange:
        exchange["body"] = readable(exchange["body"], names)


def _shown(row: Row, names: Pseudonyms) -> Row:
    """A row in which only our own words are as they were."""
    mapped: Row = _mapped(row, names)
    return replace(mapped, **{name: getattr(row, name) for name in OURS})


def _hide_ourselves(told: dict[str, Any], names: Pseudonyms) -> None:
    """Take out paths and names of the machine that ran the suite, which tracebacks hold too."""
    run = told["run"]
    for place in (run, run["options"]):
        for key in OURSELVES:
            if place.get(key):
                names.counts["option"] += 1
                place[key] = "hidden"
    told["faults"] = [str(fault).strip().rpartition("\n")[2] for fault in told["faults"]]
    for row in told["checks"]:
        if row["suite_fault"]:
            row["got"] = row["got"].strip().rpartition("\n")[2]


def _mapped(value: Any, names: Pseudonyms) -> Any:
    """The same with every noted value replaced, also where it is a name that an endpoint gave; ours stay."""
    if isinstance(value, Plain):
        return replace(value, **{one.name: _mapped(getattr(value, one.name), names) for one in fields(value)})
    if isinstance(value, dict):
        return {names(name): _mapped(item, names) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, names) for item in value]
    return names(value) if isinstance(value, str) else value
