"""The client: Entra's headers over one httpx connection pool, and the guard in front of every write."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from conformance.scim import bulk, wire
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.bulk import Job
from conformance.scim.exchange import Exchange
from conformance.scim.journal import Entry, Journal
from conformance.scim.ledger import SAFE_METHODS, ForbiddenWrite, Ledger
from conformance.scim.target import Target, encode_query, segment

__all__ = ["Client", "ForbiddenWrite", "Request", "Stopped"]

SCIM_JSON = "application/scim+json"
BODY_TYPE = "application/scim+json; charset=utf-8"
"""What Entra puts on request bodies, parameter included (entra.md 2.0)."""

MAX_BODY = 8 * 1024 * 1024
"""Bytes of an answer that are read; more is an error of kind ``too-large``."""

MAX_WAIT = 30.0
"""Seconds that one Retry-After can hold a request back."""

MAX_RETRIES = 4


class Stopped(RuntimeError):
    """The run was interrupted; nothing but clean-up is sent any more."""


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
        invents: the id in the path was made up by this run, so that nothing can be behind it.
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


class Client:
    """Sends requests to one target and keeps account of what it created.

    Args:
        target: where to.
        journal: where created resources are noted before the next request.
        read_only: refuse every write.
        transport: an httpx transport in place of the network (tests).
    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        read_only: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self.journal = journal
        self.read_only = read_only
        self.scrub = target.scrubber()
        self.requests_sent = 0
        self._lock = threading.Lock()
        self.ledger = Ledger(journal)
        self._halt = threading.Event()
        self._born = time.monotonic()
        self._http = wire.open_pool(target, transport)
        self.credentials = Credentials(target, self.scrub, transport)

    # --- sending ---------------------------------------------------------------------------------------

    def send(self, request: Request) -> Exchange:
        """Send one request, waiting and sending again where the endpoint asks for it.

        Never raises for what the endpoint or the network does: that is in the exchange.

        Raises:
            ForbiddenWrite: the request would write to a resource this run did not create.
            Stopped: the run was interrupted.
        """
        self._guard(request)
        retries = 0
        while True:
            if self._halt.is_set():
                raise Stopped
            exchange = self._once(request, retries)
            pause = asked_to_wait(exchange.status, exchange.headers.get("retry-after"))
            if pause is None or not request.patient:
                return exchange
            if retries == MAX_RETRIES:
                return _as_rate_limited(exchange)
            retries += 1
            self._halt.wait(pause)

    def create(self, collection: str, body: dict[str, Any], name: str, **extra: Any) -> Exchange:
        """POST a new resource; it belongs to this run once the endpoint has answered with its id.

        Args:
            collection: path of the endpoint, such as ``/Users``.
            body: the resource.
            name: what identifies it (``userName``, ``displayName``), for a clean-up when the answer is lost.
            extra: further fields of ``Request``.
        """
        if self.read_only:
            raise ForbiddenWrite(f"read-only run: POST {collection} was not sent")
        self.ledger.intend(collection, name)
        exchange = self.send(Request("POST", collection, body=body, **extra))
        self.ledger.settled(collection, name, exchange.status, exchange.headers, exchange.resource)
        return exchange

    def bulk(
        self,
        operations: Sequence[Mapping[str, Any]] | None,
        *,
        fail_on_errors: int | None = None,
        invented: Collection[str] = (),
    ) -> tuple[Exchange, dict[str, Entry]]:
        """POST a bulk job; what it creates belongs to this run once the endpoint has shown it under its name.

        Args:
            operations: as they are sent, right or wrong on purpose; None leaves ``Operations`` out.
            fail_on_errors: None leaves it out.
            invented: ids in paths that this run made up, so that nothing can be behind them.

        Returns:
            the exchange, and what was created by its bulkId.

        Raises:
            ForbiddenWrite: an operation would write to a resource this run did not create.
        """
        try:
            job = bulk.plan(operations, fail_on_errors, self.owns, invented)
        except bulk.NotOurs as reason:
            raise ForbiddenWrite(str(reason)) from None
        request = Request("POST", bulk.PATH, body=job.body, job=job)
        self._guard(request)
        for creation in job.creations:
            self.ledger.intend(creation.collection, creation.name)
        exchange = self.send(request)
        return replace(exchange, request_body=bulk.abridged(job.body)), self._settle(job, exchange)

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return self.ledger.owns(collection, identifier)

    def own(self, entry: Entry) -> None:
        """Take over a resource from an earlier run's journal, to delete it."""
        self.ledger.own(entry)

    def delete(self, collection: str, identifier: str) -> Exchange:
        """DELETE a resource of this run; 404 counts as gone.

        Raises:
            ForbiddenWrite: the resource is not this run's.
        """
        exchange = self.send(Request("DELETE", f"{collection}/{segment(identifier)}"))
        if exchange.ok or exchange.status in {404, 410}:
            self.ledger.gone(collection, identifier)
        return exchange

    def sweep(self) -> list[Entry]:
        """Delete all that this run still owns, groups before users.

        Returns:
            what could not be deleted.
        """
        self._halt.clear()
        self._find_pending()
        for entry in sorted(self.ledger.owned, key=lambda entry: entry.collection != "/Groups"):
            self.delete(entry.collection, str(entry.id))
        return self.ledger.owned

    def halt(self) -> None:
        """Let no further request out, until ``sweep``."""
        self._halt.set()

    def close(self) -> None:
        """Close all connections and the journal."""
        self._http.close()
        self.credentials.close()
        self.ledger.close()

    # --- inside ----------------------------------------------------------------------------------------

    def _guard(self, request: Request) -> None:
        if request.method in SAFE_METHODS or request.searches:
            return
        if self.read_only:
            raise ForbiddenWrite(f"read-only run: {request.method} {request.path} was not sent")
        if bulk.is_bulk(request.path) and not _is_planned(request):
            raise ForbiddenWrite(f"{request.method} {request.path}: a bulk job is sent by Client.bulk only")
        if not request.invents:
            self.ledger.guard(request.method, request.path)

    def _settle(self, job: Job, exchange: Exchange) -> dict[str, Entry]:
        """Take over what a job created, and forget what it refused to create.

        What it says it deleted stays ours: a DELETE on its own shows that it is gone.
        """
        for creation in bulk.stillborn(job, exchange):
            self.ledger.stillborn(creation.collection, creation.name)
        born = {}
        for birth in bulk.births(job, exchange):
            collection, name = birth.creation.collection, birth.creation.name
            # A location alone could be anybody's; what does not show our name stays pending.
            if birth.named or self._is_called(collection, birth.id, name):
                self.ledger.born(collection, name, birth.id, more=job.refers)
                born[str(birth.creation.bulk_id)] = Entry(collection, name, birth.id)
        return born

    def _is_called(self, collection: str, identifier: str, name: str) -> bool:
        shown = self.send(Request("GET", f"{collection}/{segment(identifier)}")).resource
        return str(shown.get("userName", shown.get("displayName", ""))).casefold() == name.casefold()

    def _find_pending(self) -> None:
        """Look up, by its unique name, what was posted without a usable answer."""
        for collection, name in self.ledger.pending:
            attribute = "displayName" if collection == "/Groups" else "userName"
            query = encode_query([("filter", f'{attribute} eq "{name}"')])
            found = self.send(Request("GET", collection, query))
            if found.status is None or not found.ok:
                continue
            hits = [str(row["id"]) for row in found.listed if row.get(attribute) == name and row.get("id")]
            self.ledger.found(collection, name, hits)

    def _headers(self, request: Request) -> dict[str, str]:
        headers: dict[str, str | None] = {"accept": SCIM_JSON}
        if request.body is not None or request.text is not None:
            headers["content-type"] = BODY_TYPE
        headers |= {name: value.reveal() for name, value in self.target.headers.items()}
        headers |= self.credentials.headers(request.token)
        headers |= {name.lower(): value for name, value in request.headers.items()}
        return {name: value for name, value in headers.items() if value is not None}

    def _once(self, request: Request, retries: int) -> Exchange:
        exchange, outdated = self._attempt(request, retries)
        return self._attempt(request, retries)[0] if outdated else exchange

    def _attempt(self, request: Request, retries: int) -> tuple[Exchange, bool]:
        """The exchange, and whether it should be made again with a new token."""
        url = self.target.url(request.path, request.query)
        try:
            headers = self._headers(request)
        except CredentialsRefused as refusal:
            return Exchange(request.method, self.scrub(url), error="refused", error_detail=str(refusal)), False
        content = request.text
        if request.body is not None:
            content = json.dumps(request.body, ensure_ascii=False)
        with self._lock:
            self.requests_sent += 1
        begin = time.monotonic()
        answer = self._receive(request.method, url, headers, content)
        exchange = Exchange(
            method=request.method,
            url=self.scrub(url),
            request_headers=wire.shown(self.scrub, headers),
            request_body=request.body,
            request_text=request.text,
            elapsed=time.monotonic() - begin,
            started=begin - self._born,
            retries=retries,
            **answer,
        )
        own = request.token == "own"  # noqa: S105
        return exchange, own and self.credentials.settle(headers, exchange.status)

    def _receive(self, method: str, url: str, headers: dict[str, str], content: str | None) -> dict[str, Any]:
        answer = wire.receive(
            self._http, method, url, headers, content, patience=self.target.timeout * 2, limit=MAX_BODY
        )
        for name in ("body", "error_detail"):
            if name in answer:
                answer[name] = self.scrub(answer[name])
        return answer | {"headers": wire.shown(self.scrub, answer.get("headers", {}))}


def _is_planned(request: Request) -> bool:
    """Whether a bulk request is a planned job, or a text that no endpoint can read as one."""
    if request.text is not None:
        return "operations" not in request.text.casefold()
    return request.method == "POST" and request.job is not None and request.body is request.job.body


def asked_to_wait(status: int | None, asked: str | None) -> float | None:
    """Seconds the endpoint asks us to wait; None where its answer can be judged.

    Args:
        status: of the answer.
        asked: its Retry-After header.
    """
    # 503 without Retry-After is an answer like any other server error.
    if status != 429 and not (status == 503 and asked):  # noqa: PLR2004
        return None
    try:
        return min(max(float(asked or 1.0), 0.0), MAX_WAIT)
    except ValueError:  # the date form of RFC 9110 section 10.2.3
        return 1.0


def _as_rate_limited(exchange: Exchange) -> Exchange:
    data = exchange.to_json() | {
        "error": "rate-limited",
        "error_detail": f"still answered {exchange.status} after {MAX_RETRIES} retries",
    }
    return Exchange.from_json(data)
