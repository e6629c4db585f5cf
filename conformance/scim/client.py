"""The client: Entra's headers over one httpx connection pool, and the guard in front of every write."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from conformance.scim import bulk, guard, wire
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.bulk import Job
from conformance.scim.endurance import AMPLE_BODY, Endurance, is_refused_for_now
from conformance.scim.exchange import Exchange
from conformance.scim.journal import Entry, Journal, JournalBroken
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.target import Target, encode_query, segment

SCIM_JSON = "application/scim+json"
BODY_TYPE = "application/scim+json; charset=utf-8"
"""What Entra puts on request bodies, parameter included (entra.md 2.0)."""

GROUPS = "/Groups"
GONE = frozenset({404, 410})
DOUBTFUL = frozenset({202, 404})
"""Answers to a DELETE that do not show that it was done: "Accepted" is no "done" (RFC 9110 section 15.3.3), and an
endpoint without DELETE may answer 404 to any."""

FINAL = frozenset({200, 204, 400, 401, 403, 405, 409, 410, 412, 501})
"""Answers to a DELETE or a look-up that are the same a moment later."""

ROUNDS = (0.0, 1.0, 4.0)
"""Seconds to wait before each attempt at the end to delete what is left."""

LOST = frozenset({"timeout", "reset"})
"""Errors that may be the network's, and gone a moment later."""

LOOKS = 3
"""How often a look-up of our own is sent where it is lost."""

UNANSWERED = 3
"""So many requests in a row without an answer end an attempt: nobody is there."""


class SomebodyElse(ForbiddenWrite):
    """An id that the endpoint gave to a resource of ours turned out to be somebody else's."""

    @classmethod
    def behind(cls, collection: str, identifier: str) -> SomebodyElse:
        """What is said where a read has shown it."""
        return cls(f"{collection}/{identifier} was answered to our create, and is somebody else's")


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
        time_limit: seconds after which nothing but clean-up is sent, or None.
        keeps: whether the answers stay in memory, so that all of them together have to fit.
        transport: an httpx transport in place of the network (tests).
    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        read_only: bool = False,
        time_limit: float | None = None,
        keeps: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self.journal = journal
        self.read_only = read_only
        self.scrub = target.scrubber()
        self.requests_sent = self.retries = 0
        self.unanswered: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.ledger = Ledger(journal)
        self._halt = threading.Event()
        self._endurance = Endurance(time_limit, keeps=keeps, target=target)
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
            exchange = self._endurance.weigh(request, exchange, lambda asked: self._once(asked, 0), self._halt.wait)
            if request.method == "GET":
                self.ledger.read(*guard.place(request.path), exchange.resource)
            pause = self._endurance.pause(exchange, retries) if request.patient else None
            if pause is None:
                if request.patient and is_refused_for_now(exchange):
                    exchange = _as_rate_limited(exchange)
                self._endurance.note(exchange)
                self._count(exchange)
                return exchange
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
        if not name:
            raise ForbiddenWrite(f"POST {collection}: a creation without a name could not be found again")
        self._intend(collection, name)
        exchange = self.send(Request("POST", collection, body=body, **extra))
        adopted = self.ledger.settled(collection, name, exchange.status, exchange.headers, exchange.resource)
        identifier = guard.lead(exchange.headers, exchange.resource)
        if adopted is None and exchange.ok and identifier and self._is_called(collection, identifier, name):
            self.ledger.born(collection, name, identifier)
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
            places = [guard.place(str(operation.get("path") or "")) for operation in operations or ()]
            told = SomebodyElse if any(self.ledger.is_lost(*place) for place in places) else ForbiddenWrite
            raise told(str(reason)) from None
        request = Request("POST", bulk.PATH, body=job.body, job=job)
        self._guard(request)
        for collection, identifier in bulk.touched(job):
            self._look_first(collection, identifier)
        for creation in job.creations:
            self._intend(creation.collection, creation.name)
        exchange = self.send(request)
        return replace(exchange, request_body=bulk.abridged(job.body)), self._settle(job, exchange)

    @property
    def ended(self) -> str:
        """Why nothing more can come of this run, in one sentence: its credentials ran out, or the endpoint is gone."""
        return self._endurance.ending.sentence

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return self.ledger.owns(collection, identifier)

    def own(self, entry: Entry, *, seen: bool = False) -> None:
        """Take over a resource of an earlier run, to delete it; with ``seen`` a read has shown that it is ours."""
        self.ledger.own(entry)
        if seen and entry.id is not None:
            self.ledger.see(entry.collection, entry.id)

    def claim(self, collection: str, name: str, identifier: str) -> bool:
        """Take over a resource that was found under a name whose create was sent and not answered.

        Returns:
            whether there was such a create; only then the resource is ours.
        """
        return self.ledger.claim(collection, name, identifier)

    def adopt(self, collection: str, identifier: str) -> None:
        """Let a resource of somebody else be patched, because the user said so; it is never replaced or deleted."""
        self.ledger.adopt(collection, identifier)

    def rename(self, collection: str, identifier: str, name: str) -> None:
        """Note that a resource of this run has a new name, by which a clean-up will know it."""
        self.ledger.rename(collection, identifier, name)

    def delete(self, collection: str, identifier: str) -> Exchange:
        """DELETE a resource of this run; 404 and 202 count as gone where it cannot be read any more.

        Raises:
            ForbiddenWrite: the resource is not this run's.
        """
        exchange = self.send(Request("DELETE", f"{collection}/{segment(identifier)}"))
        if exchange.status in DOUBTFUL:
            gone = self._read(collection, identifier).status in GONE
        else:
            gone = exchange.ok or exchange.status in GONE
        if gone:
            self.ledger.gone(collection, identifier)
        return exchange

    def sweep(self) -> list[Entry]:
        """Delete all that this run still owns, groups before users; look up what was posted without a usable answer.

        Returns:
            what could not be deleted; without an id where it could not be looked up.
        """
        self._halt.clear()
        self._endurance.begin_cleaning()
        for pause in ROUNDS:
            self._halt.wait(pause)
            if not self._sweep_once():
                break
        return self.ledger.left

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
        why = guard.objection(request, self.ledger)
        if why is not None:
            if self.ledger.is_lost(*guard.place(request.path)):
                raise SomebodyElse(f"{request.method} {request.path}: the endpoint gave that id more than once")
            raise ForbiddenWrite(f"{request.method} {request.path}: {why}")
        if request.method in guard.SAFE_METHODS or request.searches:
            return
        if self.read_only:
            raise ForbiddenWrite(f"read-only run: {request.method} {request.path} was not sent")
        self._look_first(*guard.place(request.path))

    def _intend(self, collection: str, name: str) -> None:
        """Note a creation before it is sent; where that cannot be done, the run is over.

        Raises:
            Stopped: the journal cannot be written.
        """
        try:
            self.ledger.intend(collection, name)
        except JournalBroken:
            self.halt()
            raise Stopped from None

    def _look_first(self, collection: str, identifier: str) -> None:
        """Before the first write to an id: read it, so that an id given to somebody else is found out.

        Raises:
            ForbiddenWrite: somebody else is behind it.
        """
        key, held = (collection, identifier), self.ledger
        name = held.name_of(*key)
        if name is None or held.is_seen(*key):
            return
        shown = self._read(*key)
        if shown.ok and guard.contradicts(shown.resource, *key, name):
            held.give_back(*key)
            raise SomebodyElse.behind(*key)
        held.see(*key)

    def _read(self, collection: str, identifier: str) -> Exchange:
        return self._look(Request("GET", f"{collection}/{segment(identifier)}"))

    def _look(self, request: Request) -> Exchange:
        """Read for an account of our own, of which no check knows; what is lost on the way is asked for again."""
        for _ in range(LOOKS - 1):
            exchange = self.send(request)
            if exchange.error not in LOST:
                return exchange
        return self.send(request)

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
            plain = birth.named and guard.is_plain(birth.id)
            if plain or self._is_called(collection, birth.id, name):
                self.ledger.born(collection, name, birth.id, more=job.refers)
                born[str(birth.creation.bulk_id)] = Entry(collection, name, birth.id)
        return born

    def _is_called(self, collection: str, identifier: str, name: str) -> bool:
        return guard.shows(self._read(collection, identifier).resource, collection, identifier, name)

    def _sweep_once(self) -> bool:
        """Try once to delete everything; whether another attempt could come to more."""
        answers: list[Exchange] = []
        for collection, name in self.ledger.pending:
            answers += self._find(collection, name)
            if _nobody_there(answers):
                return True
        for entry in sorted(self.ledger.owned, key=lambda entry: entry.collection != GROUPS):
            with suppress(ForbiddenWrite):  # somebody else's, as it turned out
                answers.append(self.delete(entry.collection, str(entry.id)))
            if _nobody_there(answers):
                return True
        return not self.ledger.is_empty and any(answer.status not in FINAL for answer in answers)

    def _find(self, collection: str, name: str) -> list[Exchange]:
        """Look up, by its unique name, what was posted without a usable answer."""
        answers: list[Exchange] = []
        for attribute in guard.NAMES[collection == GROUPS :]:
            query = encode_query([("filter", f'{attribute} eq "{name}"')])
            answers.append(self._look(Request("GET", collection, query)))
            hits = guard.hits(answers[-1].listed, name)
            if hits:
                self.ledger.found(collection, name, hits)
            if hits or answers[-1].status is None:
                return answers
        if any(answer.ok for answer in answers):
            self.ledger.found(collection, name, [])
        return answers

    def _count(self, exchange: Exchange) -> None:
        with self._lock:
            self.retries += exchange.retries
            if exchange.error is not None:
                self.unanswered[exchange.error] += 1

    def _headers(self, request: Request) -> dict[str, str]:
        headers: dict[str, str | None] = {"accept": SCIM_JSON}
        if request.body is not None or request.text is not None:
            headers["content-type"] = BODY_TYPE
        headers |= {name: value.reveal() for name, value in self.target.headers.items()}
        headers |= self.credentials.headers(request.token)
        headers |= {name.lower(): value for name, value in request.headers.items()}
        return {name: value for name, value in headers.items() if value is not None}

    def _once(self, request: Request, retries: int) -> Exchange:
        try:
            exchange, outdated = self._attempt(request, retries)
            return self._attempt(request, retries)[0] if outdated else exchange
        except Exception as problem:  # noqa: BLE001 - what it is must not be told in its own words
            raise self.scrub.crash(problem) from None

    def _attempt(self, request: Request, retries: int) -> tuple[Exchange, bool]:
        """The exchange, and whether it should be made again with a new token."""
        url = self.target.url(request.path, request.query)
        spent = self._endurance.spent()
        if spent is not None:
            return Exchange(request.method, self.scrub(url), error="not-sent", error_detail=spent), False
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
        limit = self._endurance.largest
        answer = wire.receive(self._http, method, url, headers, content, patience=self.target.timeout * 2, limit=limit)
        if answer.get("error") == "too-large" and limit < AMPLE_BODY:
            answer["error"] = "no-room"
        for name in ("body", "error_detail"):
            if name in answer:
                answer[name] = self.scrub(answer[name])
        return answer | {"headers": wire.shown(self.scrub, answer.get("headers", {}))}


def _nobody_there(answers: Sequence[Exchange]) -> bool:
    return len(answers) >= UNANSWERED and all(answer.status is None for answer in answers[-UNANSWERED:])


def _as_rate_limited(exchange: Exchange) -> Exchange:
    data = exchange.to_json() | {
        "error": "rate-limited",
        "error_detail": f"still answered {exchange.status} after {exchange.retries} retries",
    }
    return Exchange.from_json(data)
