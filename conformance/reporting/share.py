"""Results that can be mailed: hosts, tenants, ids and personal values replaced by stable pseudonyms."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from conformance.reporting.results import Results

IDS = frozenset({"id", "externalid", "$ref", "location", "bulkid"})
WORDS = frozenset({
    "schemas", "type", "resourcetype", "created", "lastmodified", "version", "status", "scimtype", "detail", "op",
    "path", "name", "description", "mutability", "returned", "uniqueness", "canonicalvalues", "referencetypes",
    "endpoint",
    "schema", "method",
})  # fmt: skip
"""Members whose values are the protocol's or the schema's own words, by name in lower case; all others may tell of
a person or a tenant."""

PROTOCOL = re.compile(
    r"urn:ietf:|application/|(work|home|other|mobile|fax|User|Group|true|false|[A-Z]{2}|[a-z]{2}-[A-Z]{2})$"
)
"""Values that are the protocol's own words and tell nothing."""

OURS = frozenset({
    "id", "check", "title", "why", "fix", "statement", "spec", "verdict", "level", "profile", "topic", "dialect",
    "order", "consequence", "requirements", "blocked_by", "path",
})  # fmt: skip
"""Members of a row that hold our own words, not the endpoint's."""

OURSELVES = ("command", "reports", "baseline", "ca_bundle", "config")
"""Options and facts of a run that name files or people on the machine that ran it."""

SHORTEST = 3
"""Characters; a shorter value would tear other text apart when it is replaced."""


class Pseudonyms:
    """Gives each value a name of its own, the same one wherever it stands.

    Attributes:
        names: value to pseudonym.
        counts: how many values of each kind were hidden.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self._spellings: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def hide(self, value: Any, kind: str) -> None:
        """Note a value that must not be shown."""
        if not isinstance(value, str) or len(value) < SHORTEST or value in self.names or PROTOCOL.match(value):
            return
        self.counts[kind] += 1
        self.names[value] = f"{kind}-{self.counts[kind]}"
        for spelled in (value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]):
            self._spellings[spelled] = self.names[value]
        self._pattern = None

    def __call__(self, text: str) -> str:
        """The text with every noted value replaced, in each spelling it can have inside a URL or JSON."""
        if not self._spellings:
            return text
        if self._pattern is None:
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._pattern.sub(lambda found: self._spellings[found[0]], text)


def share(results: Results) -> Results:
    """A copy of the results in which nothing names a host, a tenant, a resource or a person.

    The copy's ``hidden`` member says how many values of each kind were replaced.
    """
    shared = copy.deepcopy(results)
    names = Pseudonyms()
    _hide_url(shared["target"]["url"], names)
    _hide_url(shared["target"].get("implementation", {}).get("documentation", ""), names)
    for row in shared.get("timing", {}).get("slowest", []):
        _hide_url(row["url"], names)
    for entry in shared.get("left_behind", []):
        names.hide(entry.get("id"), "id")
    _hide_ourselves(shared, names)
    for exchange in _exchanges(shared):
        _hide_url(exchange["url"], names)
        _hide_values(exchange.get("request_body"), names)
        _hide_url((exchange.get("headers") or {}).get("location", ""), names)
        if "body" in exchange:
            exchange["body"] = _readable(exchange["body"], names)
    rows = [_mapped(row, names) | {name: row[name] for name in OURS & set(row)} for row in shared["checks"]]
    shared = {**_mapped(shared | {"checks": []}, names), "checks": rows}
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


def _hide_url(url: str, names: Pseudonyms) -> None:
    parts = urlsplit(url)
    names.hide(parts.netloc, "host")
    names.hide(parts.hostname or "", "host")
    for segment in parts.path.split("/"):
        # A version or an endpoint's name tells nothing; all else can be a tenant or an id.
        if not re.fullmatch(
            r"v\d+|scim\d*|api|Users|Groups|Schemas|ResourceTypes|\.search|Me|Bulk|\w+Config|urn:.*", segment
        ):
            names.hide(unquote(segment), "path")
    for name, value in parse_qsl(parts.query):
        for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', value) if name == "filter" else []:
            names.hide(literal, "value")


def _hide_values(value: Any, names: Pseudonyms, key: str = "") -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _hide_values(item, names, name.casefold().rpartition(":")[2].rpartition(".")[2] or name)
    elif isinstance(value, list):
        for item in value:
            _hide_values(item, names, key)
    elif key in IDS:
        names.hide(value, "id")
    elif key not in WORDS:
        names.hide(value, "value")


def _readable(body: str, names: Pseudonyms) -> str:
    """The body, where it can be read and so be cleaned; else how much of it was hidden."""
    if not body:
        return body
    try:
        _hide_values(json.loads(body), names)
    except (ValueError, RecursionError):
        names.counts["body"] += 1
        return f"({len(body)} characters that are not whole JSON, hidden)"
    return body


def _mapped(value: Any, names: Pseudonyms) -> Any:
    if isinstance(value, dict):
        return {names(name): _mapped(item, names) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, names) for item in value]
    return names(value) if isinstance(value, str) else value
