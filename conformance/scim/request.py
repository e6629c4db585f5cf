"""One request, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.scim.bulk import Job


@dataclass(frozen=True)
class Request:
    """One request below the tenant URL.

    Attributes:
        method: HTTP method.
        path: starts with a slash, percent-encoded; see ``target.segment``.
        query: encoded; see ``target.encode_query``.
        body: JSON to send, or None.
        text: raw body, for requests that are wrong on purpose; excludes ``body``.
        headers: set on top of the default ones; a None value removes a default one.
        token: ``"own"`` for the configured credentials, None for none, anything else is sent as the bearer.
        searches: this POST only reads (``/.search``).
        patient: wait and send again where the endpoint asks for it.
        invents: the id in the path is one that nobody has; it is looked at before it is written to.
        job: where ``body`` comes from in a bulk request; see ``Client.bulk``.
    """

    method: str
    path: str
    query: str = ""
    body: Any = None
    text: str | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    token: str | None = "own"  # noqa: S105 - not a secret, a choice
    searches: bool = False
    patient: bool = True
    invents: bool = False
    job: Job | None = None
