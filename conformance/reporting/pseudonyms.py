"""Stable pseudonyms for what must not be shown: hosts, tenants, ids and personal values."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from conformance.parsing import NotJson, parse

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

KEPT = "surrogatepass"
"""What is to become of a lone surrogate in an endpoint's word when that is encoded."""

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
        for spelled in (
            value,
            quote(value, safe="", errors=KEPT),
            quote_plus(value, errors=KEPT),
            json.dumps(value)[1:-1],
        ):
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


def hide_url(url: str, names: Pseudonyms) -> None:
    """Note what of a URL tells of a host, a tenant, a resource or a person."""
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


def hide_values(value: Any, names: Pseudonyms, key: str = "") -> None:
    """Note every value of a resource that is not the protocol's own word."""
    if isinstance(value, dict):
        for name, item in value.items():
            hide_values(item, names, name.casefold().rpartition(":")[2].rpartition(".")[2] or name)
    elif isinstance(value, list):
        for item in value:
            hide_values(item, names, key)
    elif key in IDS:
        names.hide(value, "id")
    elif key not in WORDS:
        names.hide(value, "value")


def readable(body: str, names: Pseudonyms) -> str:
    """The body, where it can be read and so be cleaned; else how much of it was hidden."""
    if not body:
        return body
    try:
        hide_values(parse(body), names)
    except NotJson:
        names.counts["body"] += 1
        return f"({len(body)} characters that are not whole JSON, hidden)"
    return body
