"""One request and its answer, as recorded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from conformance.parsing import NotJson, Unbearable, parse

__all__ = ["ERROR_KINDS", "Exchange", "Json", "NotJson", "Unbearable"]

Json = Any
"""Any JSON value."""

ERROR_KINDS = (
    "connect", "timeout", "reset", "tls", "protocol", "unreadable", "too-large", "no-room", "rate-limited", "refused",
    "token-refused", "not-sent",
)  # fmt: skip
"""Why no answer came, or none that can be judged; the client gives exactly these.

What is ``unreadable`` came, and is no HTTP or not in the encoding that it says: no network makes that of a good answer.
"""

TOKEN_REFUSED, NOT_SENT, RESET = "token-refused", "not-sent", "reset"

ENDED = frozenset({TOKEN_REFUSED, NOT_SENT})
"""Errors that say no more than that the run is at its end."""

NEVER_SENT = frozenset({"connect", "refused", NOT_SENT})
"""Errors that are met before a request goes out: no connection, no access token, nothing is sent any more."""

LARGE = 64 * 1024
"""Characters of a body from which on what was read of it is not kept with it."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, already redacted.

    Attributes:
        method: HTTP method.
        url: absolute URL as sent, without credentials.
        request_headers: the allow-listed request headers, names in lower case.
        request_body: the JSON sent, or None.
        request_text: the body as text where it is deliberately not JSON, else None.
        status: HTTP status, None where no answer came.
        headers: the allow-listed response headers, names in lower case.
        body: response body as text.
        elapsed: seconds from sending to the last byte.
        error: one of ``ERROR_KINDS``, None where an answer came.
        error_detail: one sentence on the error.
        retries: how often the request was sent again because of 429 or 503.
        started: seconds since the run's start.
    """

    method: str
    url: str
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: Json = None
    request_text: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    elapsed: float = 0.0
    error: str | None = None
    error_detail: str = ""
    retries: int = 0
    started: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the answer's status is 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def never_sent(self) -> bool:
        """Whether not a byte of the request can have reached the endpoint, so that a create has created nothing."""
        return self.error in NEVER_SENT

    @property
    def json(self) -> Json:
        """The body as JSON.

        Raises:
            NotJson: the body is empty, not JSON, or too much to be read.
        """
        value, problem = self._parsed if len(self.body) <= LARGE else _parsed(self.body)
        if problem is not None:
            raise type(problem)(*problem.args)  # a new one: the kept one would gather tracebacks
        return value

    @cached_property
    def _parsed(self) -> tuple[Json, NotJson | None]:
        return _read(self.body)

    @property
    def resource(self) -> dict[str, Json]:
        """The body as a JSON object; an empty object where it is anything else."""
        try:
            return self.json if isinstance(self.json, dict) else {}
        except NotJson:
            return {}

    @property
    def reason(self) -> str:
        """What the answer gives as its reason: the ``detail`` of a SCIM error, or its body."""
        return str(self.resource.get("detail") or self.body)

    @property
    def resource_id(self) -> str | None:
        """The ``id`` in the body where it is a non-empty string."""
        value = self.resource.get("id")
        return value if isinstance(value, str) and value else None

    @property
    def listed(self) -> list[dict[str, Json]]:
        """The resources of a ListResponse; an empty list where there are none."""
        rows = self.resource.get("Resources")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    @property
    def listed_ids(self) -> list[str]:
        """The ids of the listed resources, those that are strings."""
        return [row["id"] for row in self.listed if isinstance(row.get("id"), str)]

    @property
    def path(self) -> str:
        """Path and query of the URL."""
        return "/" + self.url.split("://", 1)[-1].partition("/")[2]

    def to_json(self) -> dict[str, Json]:
        """The exchange as plain JSON, for the recording."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Exchange:
        """Read back what ``to_json`` wrote.

        Raises:
            TypeError: a field is missing or unknown.
        """
        return cls(**data)


def _read(body: str) -> tuple[Json, NotJson | None]:
    try:
        return parse(body), None
    except NotJson as problem:
        return None, problem.with_traceback(None)


_parsed = lru_cache(maxsize=4)(_read)
"""Large bodies, read: the last few only, so that a run's memory does not grow with what it was sent."""
