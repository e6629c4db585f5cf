"""Values that the admin mapped by ``Redact``: they flow to the target, and stand in no log, record or report.

Source: Microsoft Learn, "Reference for writing expressions for attribute mappings", Redact.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from conformance.provisioning.mappings.targets import parse_target
from conformance.provisioning.service.job import Job
from conformance.provisioning.service.links import KINDS
from conformance.provisioning.service.log import Entry
from conformance.scim.exchange import Exchange, NotJson
from conformance.scim.paths import is_empty
from conformance.scim.target import encode_query

REDACTED = "[Redact]"

SHORTEST = 3
"""Characters from which on a value is looked for in running text; a shorter one would mask ordinary words."""


class Redaction:
    """Knows which target attributes are to be hidden, and the values that they have.

    Args:
        job: with the attribute mappings.
    """

    def __init__(self, job: Job) -> None:
        self._paths = {kind: _redacted(job, kind) for kind in KINDS}
        self._values: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return any(self._paths.values())

    def shown(self, kind: str, path: str, value: Any) -> Any:
        """A value of a target attribute as it may be shown."""
        return REDACTED if path in self._paths[kind] and not is_empty(value) else value

    def kept(self, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by target attribute as they may be kept: without those that are hidden."""
        return {path: value for path, value in values.items() if path not in self._paths[kind]}

    def learn(self, source: str, kind: str, values: Mapping[str, Any]) -> None:
        """Remember an object's values, so that they are known in what an endpoint says.

        Args:
            source: object id.
            kind: of the object.
            values: by target attribute.
        """
        if not self._paths[kind]:
            return
        texts = frozenset(text for path in self._paths[kind] & set(values) for text in _texts(values[path]))
        with self._lock:
            self._values[source] = self._values.get(source, frozenset()) | texts

    def text(self, text: str, source: str | None = None) -> str:
        """A text without the values of an object, or of all.

        Args:
            text: any.
            source: object id; None where it may be about anybody.
        """
        if not self:
            return text
        with self._lock:
            sets = list(self._values.values()) if source is None else [self._values.get(source, frozenset())]
        for value in sorted({value for values in sets for value in values}, key=len, reverse=True):
            for spelled in {value, json.dumps(value)[1:-1], repr(value)[1:-1]}:
                text = text.replace(spelled, REDACTED)
        return text

    def conceal(self, entry: Entry) -> None:
        """Hide an object's values in the sentences of its entry in the log."""
        if not self:
            return
        identifier = entry.source.id
        for step in entry.steps:
            step["description"] = self.text(step["description"], identifier)
        if entry.trouble is not None:
            entry.trouble = replace(entry.trouble, reason=self.text(entry.trouble.reason, identifier))

    def exchange(self, exchange: Exchange) -> Exchange:
        """A request and its answer as they may be recorded."""
        if not self:
            return exchange
        paths = self._paths["Group" if "/Groups" in exchange.path else "User"]
        return replace(
            exchange,
            url=_url(exchange.url, paths),
            request_body=self._covered(exchange.request_body, paths),
            body=self._body(exchange, paths),
            error_detail=self.text(exchange.error_detail),
        )

    def _covered(self, data: Any, paths: Iterable[str]) -> Any:
        """JSON without values; a copy."""
        if data is None:
            return None
        data = json.loads(self.text(json.dumps(data)))
        for path in paths:
            _cover_resource(data, path)
        return data

    def _body(self, exchange: Exchange, paths: Iterable[str]) -> str:
        try:
            return json.dumps(self._covered(exchange.json, paths))
        except NotJson:
            return self.text(exchange.body)


def _redacted(job: Job, kind: str) -> frozenset[str]:
    mapping = job.mapping(kind)
    return frozenset(row.target for row in mapping.attributes if row.expression.redacted) if mapping else frozenset()


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for one in inner for text in _texts(one)]
    return [] if value is None or isinstance(value, bool) or len(str(value)) < SHORTEST else [str(value)]


def _url(url: str, paths: Iterable[str]) -> str:
    """A URL without the value that its filter looks for."""
    base, _, query = url.partition("?")
    parameters = dict(parse_qsl(query))
    for path in paths:
        if parameters.get("filter", "").startswith(f"{path} eq "):
            parameters["filter"] = f'{path} eq "{REDACTED}"'
            return f"{base}?{encode_query(list(parameters.items()))}"
    return url


def _cover_resource(data: Any, path: str) -> None:
    """Hide a target attribute in a resource, in a list of them, or in the operations of a PATCH."""
    if not isinstance(data, dict):
        return
    target = parse_target(path)
    names = [name for name in (target.urn, target.name, target.sub) if name]
    for resource in (data, *_objects(data.get("Resources"))):
        _cover(resource, names)
    for operation in _objects(data.get("Operations")):
        if str(operation.get("path", "")).casefold() == path.casefold():
            operation["value"] = REDACTED
        _cover(operation.get("value"), [path])


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _cover(container: Any, names: Sequence[str]) -> None:
    """Hide what a chain of names leads to, in each element of a list on the way."""
    for one in _objects(container if isinstance(container, list) else [container]):
        for key in [key for key in one if key.casefold() == names[0].casefold()]:
            if len(names) > 1 and isinstance(one[key], dict | list):
                _cover(one[key], names[1:])
            elif not is_empty(one[key]):
                one[key] = REDACTED
