"""The wire of a load worker: geventhttpclient in place of httpx, behind the same guard and the same journal."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import gevent
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError

from conformance.load.operations import Operation
from conformance.scim import wire
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.client import BODY_TYPE, SCIM_JSON, Request
from conformance.scim.endurance import MAX_BODY, MAX_RETRIES, MAX_WAIT, TOO_MANY, UNAVAILABLE, asked_to_wait
from conformance.scim.exchange import Exchange
from conformance.scim.ledger import Ledger
from conformance.scim.target import Target, encode_query, segment

ATTRIBUTES = {"/Users": "userName", "/Groups": "displayName"}
"""What a collection's resources are named by."""

ENCODE = json.JSONEncoder(ensure_ascii=False).encode
"""``json.dumps`` makes an encoder of its own for each call that is not in the default form."""


@dataclass
class Answer:
    """What came of one request.

    Attributes:
        status: HTTP status, or None where no answer came.
        headers: of the answer, names in lower case where they are looked up.
        body: its bytes.
        error: one of ``ERROR_KINDS``, or None.
        detail: one sentence on the error.
        seconds: from sending to the last byte.
        adopted: the id under which a create gave us something.
    """

    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    error: str | None = None
    detail: str = ""
    seconds: float = 0.0
    adopted: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def told(self) -> str:
        """The status, or the kind of error."""
        return str(self.status) if self.status is not None else self.error or "none"

    @property
    def retry_after(self) -> str | None:
        """The header of that name."""
        return self.headers.get("retry-after") if self.headers is not None else None

    @cached_property
    def resource(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Sender:
    """Sends requests to one target.

    Args:
        target: where to.
        ledger: keeps account of what is created; whatever it does not know is never written to.
        connections: how many requests can be under way at once.
    """

    def __init__(self, target: Target, ledger: Ledger, connections: int) -> None:
        self.target = target
        self.ledger = ledger
        self.scrub = target.scrubber()
        self.credentials = Credentials(target, self.scrub)
        self._born = time.monotonic()
        self._fixed = {name.lower(): value.reveal() for name, value in target.headers.items()}
        self._connections = connections
        self._http = _pool(target, connections)

    def reopen(self) -> None:
        """Begin with new connections: Locust ends its users in the middle of a request, and those keep theirs."""
        self._http.close()
        self._http = _pool(self.target, self._connections)

    def perform(self, operation: Operation) -> Answer:
        """Send an operation's request and let the operation know the answer, whatever happens.

        Raises:
            ForbiddenWrite: it would write to a resource this worker did not create.
        """
        answer = Answer()
        try:
            answer = self._create(operation) if operation.creates else self.send(operation.request)
        finally:
            operation.settle(answer)
        return answer

    def send(self, request: Request) -> Answer:
        """Send one request once.

        Raises:
            ForbiddenWrite: it would write to a resource this worker did not create.
        """
        self.ledger.guard(request.method, request.path)
        begin = time.monotonic()
        try:
            headers = self._headers(request)
        except CredentialsRefused as refusal:
            return Answer(error="refused", detail=str(refusal))
        answer = self._receive(request, headers)
        if self.credentials.settle(headers, answer.status):
            answer = self._receive(request, self._headers(request))
        answer.seconds = time.monotonic() - begin
        return answer

    def patiently(self, request: Request) -> Answer:
        """Send a request, waiting and sending again where the endpoint asks for it, as outside the measured part.

        Raises:
            ForbiddenWrite: see ``send``.
        """
        for _ in range(MAX_RETRIES):
            answer = self.send(request)
            pause = _pause(answer)
            if pause is None:
                return answer
            gevent.sleep(pause)
        return self.send(request)

    def delete(self, collection: str, identifier: str) -> bool:
        """DELETE a resource of ours; 404 counts as gone.

        Returns:
            whether it is gone.

        Raises:
            ForbiddenWrite: it is not ours.
        """
        answer = self.patiently(Request("DELETE", f"{collection}/{segment(identifier)}"))
        if not answer.ok and answer.status not in {404, 410}:
            return False
        self.ledger.gone(collection, identifier)
        return True

    def look_for(self, collection: str, name: str) -> None:
        """Look up, by its unique name, what was posted without a usable answer."""
        attribute = ATTRIBUTES[collection]
        query = encode_query([("filter", f'{attribute} eq "{name}"')])
        answer = self.patiently(Request("GET", collection, query))
        if not answer.ok:
            return
        rows = answer.resource.get("Resources")
        listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        hits = [str(row["id"]) for row in listed if row.get(attribute) == name and row.get("id")]
        self.ledger.found(collection, name, hits)

    def exchange(self, request: Request, answer: Answer) -> Exchange:
        """A request and its answer as they are recorded, without secrets."""
        now = time.monotonic()
        return Exchange(
            method=request.method,
            url=self.scrub(self.target.url(request.path, request.query)),
            request_headers=wire.shown(self.scrub, self._static(request)),
            request_body=request.body,
            status=answer.status,
            headers=wire.shown(self.scrub, {name: str(value) for name, value in (answer.headers or {}).items()}),
            body=self.scrub(answer.body.decode("utf-8", "replace")),
            elapsed=answer.seconds,
            error=answer.error,
            error_detail=self.scrub(answer.detail),
            started=now - answer.seconds - self._born,
        )

    def close(self) -> None:
        """Close all connections and the journal; its file goes where nothing is left."""
        self._http.close()
        self.credentials.close()
        self.ledger.close()

    # --- inside ----------------------------------------------------------------------------------------

    def _create(self, operation: Operation) -> Answer:
        collection, name = operation.request.path, str(operation.creates)
        self.ledger.intend(collection, name)
        answer = self.send(operation.request)
        location = {"location": answer.headers.get("location") or ""} if answer.headers is not None else {}
        answer.adopted = self.ledger.settled(collection, name, answer.status, location, answer.resource)
        return answer

    def _static(self, request: Request) -> dict[str, str]:
        headers = {"accept": SCIM_JSON}
        if request.body is not None:
            headers["content-type"] = BODY_TYPE
        return headers | self._fixed

    def _headers(self, request: Request) -> dict[str, str]:
        return self._static(request) | self.credentials.headers("own")

    def _receive(self, request: Request, headers: dict[str, str]) -> Answer:
        url = self.target.url(request.path, request.query)
        content = b"" if request.body is None else ENCODE(request.body).encode()
        try:
            response = self._http.request(request.method, _below(url), content, headers)
            body = response.read(MAX_BODY + 1)
            if len(body) > MAX_BODY:
                response.release()
                return Answer(error="too-large", detail="the answer's body is larger than 8 MiB")
        except (OSError, HTTPConnectionClosed, HTTPParseError, gevent.Timeout, ValueError) as problem:
            return Answer(error=_kind(problem), detail=f"{type(problem).__name__}: {problem}")
        return Answer(response.status_code, cast("Mapping[str, str]", response.info()), bytes(body))


def _pause(answer: Answer) -> float | None:
    """Seconds that the endpoint asks us to wait; None where its answer can be judged."""
    # 503 without Retry-After is an answer like any other server error.
    if answer.status != TOO_MANY and not (answer.status == UNAVAILABLE and answer.retry_after):
        return None
    asked = asked_to_wait(answer.retry_after or "")
    return 1.0 if asked is None else min(max(asked, 0.0), MAX_WAIT)


def _below(url: str) -> str:
    """Path and query of a URL, as they stand in the request line."""
    return "/" + url.split("://", 1)[1].partition("/")[2]


def _kind(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError | gevent.Timeout):
        return "timeout"
    if isinstance(problem, ConnectionRefusedError):
        return "connect"
    if "ssl" in type(problem).__name__.lower():
        return "tls"
    return "protocol" if isinstance(problem, HTTPParseError | ValueError) else "reset"


def _pool(target: Target, connections: int) -> HTTPClient:
    """A pool of connections with the target's TLS and proxy settings."""
    parts = urlsplit(target.base)
    secure = parts.scheme == "https"
    context = wire.trust(target) if secure else None
    return HTTPClient(
        parts.hostname or "",
        parts.port or (443 if secure else 80),
        ssl=secure,
        ssl_context_factory=(lambda: context) if context is not None else None,
        concurrency=connections,
        connection_timeout=target.timeout,
        network_timeout=target.timeout,
        block_size=16 * 1024,
        **_proxy(target),
    )


def _proxy(target: Target) -> dict[str, Any]:
    parts = urlsplit(target.proxy or wire.environment_proxy(target) or "")
    if not parts.hostname:
        return {}
    who = {"proxy_user": unquote(parts.username or ""), "proxy_password": unquote(parts.password or "")}
    return {"proxy_host": parts.hostname, "proxy_port": parts.port or 80, **(who if parts.username else {})}
