"""The client: Entra's headers over one httpx connection pool, and the guard in front of every write."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import httpx

from conformance.scim import bulk, guard, pool
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.bulk import Job
from conformance.scim.claim import CREATED, Claim, identifier_of, unique
from conformance.scim.endurance import AMPLE_BODY, Endurance, is_refused_for_now
from conformance.scim.exchange import NEVER_SENT, Exchange
from conformance.scim.journal import Account, Entry, Journal, JournalBroken
from conformance.scim.ledger import Event, ForbiddenWrite, Ledger
from conformance.scim.lookout import GONE, Lookout, SomebodyElse
from conformance.scim.paths import member
from conformance.scim.reckoning import Reckoning
from conformance.scim.references import references
from conformance.scim.request import Request
from conformance.scim.target import Target, encode_query, quoted, segment

SCIM_JSON = "application/scim+json"
BODY_TYPE = "application/scim+json; charset=utf-8"
"""What Entra puts on request bodies, parameter included (entra.md 2.0)."""

LOST = frozenset({"timeout", "reset"})
"""Errors that may be the network's, and gone a moment later."""

UNSENT = NEVER_SENT | {"tls"}
"""Errors before anything of the request was sent, so that nothing can have come of it."""

LOOKS = 3
"""How often a look-up of our own is sent where it is lost."""

PATIENCE = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds to wait again and again for what was created, and cannot be read yet."""

SURVEY = encode_query([("startIndex", "1"), ("count", "3")])
"""Asks for a few of those who are there."""

BROKEN = 500
"""The first status of an endpoint's own failures."""

MOST_EVIDENCE = 20
"""Exchanges that are kept to show what the endpoint did wrong."""

LAST_ANSWERS = 10.0
"""Seconds at most that the end of a run waits for creates of other threads, to know what came of them."""

LATELY = 30.0
"""Seconds after its create for which a resource that cannot be read may be on its way."""


class Stopped(RuntimeError):
    """The run was interrupted; nothing but clean-up is sent any more.

    Attributes:
        status: of the answers to the request by then; None where it was never sent.
    """

    def __init__(self, status: int | None = None) -> None:
        super().__init__("the run was interrupted")
        self.status = status


class Client:
    """Sends requests to one target and keeps account of what it created.

    Args:
        target: where to.
        journal: where created resources are noted before the next request.
        read_only: refuse every write.
        time_limit: seconds after which nothing but clean-up is sent, or None.
        keeps: whether the answers stay in memory, so that all of them together have to fit.
        transport: an httpx transport in place of the network (tests).
        halt: set while nothing may be sent; all waiting is waiting for it, so that a test can hand in one that hurries.

    Attributes:
        surveyed: for each collection whether a list could be read before the first create.
        evidence: exchanges that show what the endpoint did with a create that no good one does.
        nobodies: for each collection, an id of this run's that is deleted and stays nobody's.
        burial: held while such an id is made.
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
        halt: threading.Event | None = None,
    ) -> None:
        self.target = target
        self.journal = journal
        self.read_only = read_only
        self.scrub = target.scrubber()
        self.requests_sent = self.retries = 0
        self.unanswered: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.ledger = Ledger(journal)
        self.reckoning = Reckoning(self.ledger, self)
        self._lookout = Lookout(self.ledger, self._read)
        self._blind = False
        self.surveyed: dict[str, bool] = {}
        self._known: dict[tuple[str, str], list[str] | None] = {}
        self.evidence: list[Exchange] = []
        self.burial = threading.Lock()
        self._trials = threading.RLock()
        self.nobodies: dict[str, str] = {}
        self._halt = halt or threading.Event()
        self._idle = threading.Condition()
        self._flying = 0
        self._endurance = Endurance(time_limit, keeps=keeps, target=target)
        self._born = time.monotonic()
        self._http = pool.open_pool(target, transport)
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
        exchange = self._delivered(request)
        if request.method == "POST" and not request.searches:
            self._note_stray(request, exchange)
        return exchange

    def create(self, collection: str, body: dict[str, Any], name: str, **extra: Any) -> Exchange:
        """POST a new resource; it belongs to this run once the endpoint's 201 proves to be about it.

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
        claim = self._claim(collection, body, name)
        self._survey(collection)
        with self._under_way():
            self._intend(claim)
            exchange = self._post(Request("POST", collection, body=body, **extra), [claim])
            known = len(self.ledger.events)
            self._settle(claim, exchange.status, exchange.headers, exchange.resource, exchange.error)
        if len(self.ledger.events) > known and len(self.evidence) < MOST_EVIDENCE:
            self.evidence.append(exchange)
        return exchange

    def is_taken(self, collection: str, name: str) -> bool:
        """Whether somebody has a name that is not of our making: then a create could change who has it."""
        if self.ledger.marks.on(name):
            return False
        self._known[collection, name] = found = self._having(collection, unique(collection), name)
        return bool(found)

    def recover(self, collection: str, name: str) -> str | None:
        """Look for what a create of this run left that was not answered as it should have been.

        Returns:
            the id under which it proves to be ours, or None.
        """
        claim = next((one for one in self.ledger.open if (one.collection, one.name) == (collection, name)), None)
        if claim is None or not claim.marked or claim.refused:
            return None
        for row in self.reckoning.sight.named(collection, unique(collection), name) or []:
            identifier = identifier_of(row)
            if identifier and self.ledger.trace(claim, identifier, row):
                return identifier
        return None

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
        self._guard(request)  # before anything is noted
        self._look_at(job, invented)
        claims = [self._claim(one.collection, one.data, one.name) for one in job.creations]
        with self._under_way():
            for claim in claims:
                claim.bulk = True
                self._intend(claim)
            for place in bulk.touched(job, "DELETE"):
                self.ledger.strike(*place)
            exchange = self._post(request, claims)
            self._note_stray(request, exchange)
            born = self._settle_job(job, claims, exchange)
        return replace(exchange, request_body=bulk.abridged(job.body)), born

    @property
    def ended(self) -> str:
        """Why nothing more can come of this run, in one sentence: its credentials ran out, or the endpoint is gone."""
        return self._endurance.ending.sentence

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""
        return self.ledger.owns(collection, identifier)

    def claim(self, collection: str, name: str, identifier: str, resource: Mapping[str, Any]) -> bool:
        """Take over a resource that was found under a name whose create was sent and not answered.

        Returns:
            whether it proves to be what that create made; only then it is ours.
        """
        return self.ledger.claim(collection, name, identifier, resource)

    def adopt(self, collection: str, identifier: str) -> None:
        """Let a resource of somebody else be patched, because the user said so; it is never replaced or deleted."""
        self.ledger.adopt(collection, identifier)

    def rename(self, collection: str, identifier: str, name: str) -> None:
        """Note that a resource of this run has a new name, by which a clean-up will know it."""
        self.ledger.rename(collection, identifier, name)

    def delete(self, collection: str, identifier: str) -> Exchange:
        """DELETE a resource of this run; where the answer does not show that it was done, a read has to.

        What no read has ever shown is not gone because it cannot be read: it may be on its way.

        Raises:
            ForbiddenWrite: the resource is not this run's.
        """
        # The first deletes of all come one after the other: what they show of the endpoint saves all others a read.
        with self._trials if self.ledger.tries(collection) else nullcontext():
            return self._delete(collection, identifier)

    def _delete(self, collection: str, identifier: str) -> Exchange:
        if self.owns(collection, identifier):
            self.reckoning.sight.prove(collection, identifier)
        self._lookout.behind(collection, identifier)
        exchange = self.send(Request("DELETE", f"{collection}/{segment(identifier)}"))
        if exchange.error not in UNSENT and self.ledger.doubts(collection, identifier, exchange.status):
            shown = self.send(Request("GET", f"{collection}/{segment(identifier)}"))
            self.ledger.checked(collection, identifier, exchange.status, shown.status, shown.resource)
        return exchange

    def sweep(self) -> Account:
        """Delete all that this run still owns, groups before users; look for all that it may have created.

        Returns:
            what is left, and what nobody knows of.
        """
        with self._idle:  # after an interruption other threads may be in the midst of a create
            self._idle.wait_for(lambda: not self._flying, timeout=min(self.target.timeout, LAST_ANSWERS))
        self._halt.clear()
        self._endurance.begin_cleaning()
        return self.reckoning.settle()

    # --- what the reckoning needs ----------------------------------------------------------------------

    def look(self, request: Request) -> Exchange:
        """Read for an account of our own, of which no check knows; what is lost on the way is asked for again."""
        for _ in range(LOOKS - 1):
            exchange = self.send(request)
            if exchange.error not in LOST:
                return exchange
        return self.send(request)

    def erase(self, collection: str, identifier: str) -> Exchange:
        """DELETE a resource of this run, as ``delete`` does."""
        return self.delete(collection, identifier)

    def wait(self, seconds: float) -> None:
        """Wait, until the run is interrupted at the longest."""
        self._halt.wait(seconds)

    @staticmethod
    def each(action: Callable[[Any], None], items: Iterable[Any]) -> None:
        """Do something with many things, one after the other."""
        for item in items:
            action(item)

    # --- end -------------------------------------------------------------------------------------------

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
        if request.job is None:
            self._lookout.before(request)

    def _delivered(self, request: Request) -> Exchange:
        """Send a request that the guard has let pass, and take note of what its answer shows."""
        exchange = self._patiently(request)
        place = guard.place(request.path)
        if request.method == "GET":
            exchange = self._note_read(request, place, exchange)
        elif request.method in {"PUT", "PATCH"} and exchange.ok and self.owns(*place):
            told = identifier_of(exchange.resource)
            if told and told.casefold() != place[1].casefold():
                self.ledger.moved(*place, told, exchange.resource)
        return exchange

    def _post(self, request: Request, claims: Sequence[Claim]) -> Exchange:
        """Send what creates; where it is not sent after all, nothing can have come of it."""
        try:
            self._guard(request)
            return self._delivered(request)
        except (ForbiddenWrite, Stopped) as reason:
            for claim in claims:
                claim.status = reason.status if isinstance(reason, Stopped) else None
                if claim.status is None:
                    self.ledger.forget(claim)
            raise

    def _patiently(self, request: Request) -> Exchange:
        """Send a request, waiting and sending again where the endpoint asks for it."""
        retries, status = 0, None
        while True:
            if self._halt.is_set():
                raise Stopped(status)
            exchange = self._once(request, retries)
            exchange = self._endurance.weigh(request, exchange, lambda asked: self._once(asked, 0), self._halt.wait)
            pause = self._endurance.pause(exchange, retries) if request.patient else None
            if pause is None:
                if request.patient and is_refused_for_now(exchange):
                    exchange = _as_rate_limited(exchange)
                self._endurance.note(exchange)
                self._count(exchange)
                return exchange
            retries, status = retries + 1, exchange.status
            self._halt.wait(pause)

    def _note_read(self, request: Request, place: tuple[str, str], exchange: Exchange) -> Exchange:
        if request.path in guard.COLLECTIONS:
            self.ledger.meet(request.path, exchange.listed)
            return exchange
        if request.token != "own":  # noqa: S105 - a choice, no secret
            return exchange
        if exchange.status in GONE and self.owns(*place) and not self.ledger.is_seen(*place):
            exchange = self._await(request, place, exchange)
        # A part of a resource need not show what speaks against it, such as when it was created.
        self.ledger.read(*place, exchange.status, exchange.resource, whole=not request.query)
        return exchange

    def _await(self, request: Request, place: tuple[str, str], exchange: Exchange) -> Exchange:
        """Read again and again what was created a moment ago, and cannot be read yet.

        Where that did not help once, it is not tried again: what cannot be read is the endpoint's fault then.
        """
        claim = self.ledger.claim_of(*place)
        if claim is None or self._blind or self.ledger.clock.now() - claim.sent > LATELY:
            return exchange
        for pause in PATIENCE:
            self._halt.wait(pause)
            exchange = self._patiently(request)
            if exchange.status not in GONE:
                self.ledger.lag = max(self.ledger.lag, self.ledger.clock.now() - claim.sent)
                return exchange
        self._blind = True
        return exchange

    def _claim(self, collection: str, body: Mapping[str, Any], name: str) -> Claim:
        """What is known of a create before it is sent: of a name that could be anybody's, also who has it by now."""
        external = member(dict(body), "externalId")
        external = external if isinstance(external, str) else ""
        called = member(dict(body), unique(collection))
        named = isinstance(called, str) and called.casefold() == name.casefold()
        if self.ledger.marks.on(name):
            return Claim(collection, name, external, named=named)
        known = self._known.pop((collection, name), None)
        found = [self._having(collection, unique(collection), name) if known is None else known]
        found += [self._having(collection, "externalId", external)] if external else []
        # Where it cannot be found out who was there before, nothing that is found later proves to be ours.
        proof = "" if None in found else external
        before = frozenset(identifier for ids in found for identifier in ids or ())
        return Claim(collection, name, proof, marked=False, named=named, before=before)

    def _survey(self, collection: str) -> None:
        """Before the first create in a collection: see who is there, so that a clean-up knows the tenant again."""
        with self._lock:
            if collection in self.surveyed or collection not in guard.COLLECTIONS:
                return
            self.surveyed[collection] = False
        self.surveyed[collection] = self.look(Request("GET", collection, SURVEY)).ok

    def reckon(self) -> list[Event]:
        """Look for what became of each create, and delete nothing.

        Returns:
            what the endpoint did that no good one does, by then.
        """
        self.reckoning.look()
        for collection, was_fine in self.surveyed.items():
            answer = self.look(Request("GET", collection, SURVEY))
            if was_fine and answer.status is not None and answer.status >= BROKEN:
                self.evidence.append(answer)
                claim = Claim(collection, "", status=answer.status)
                self.ledger.note("broken", claim, "", self._suspects(collection, answer.status))
        return list(self.ledger.events)

    def _suspects(self, collection: str, status: int) -> str:
        """Since when a list cannot be read, as far as can be told: one of the last creates that were refused."""
        refused = [c.name for c in self.ledger.claims(collection) if c.status is not None and not c.is_promised]
        after = f"; refused in between were creates of {', '.join(refused[-3:])}" if refused else ""
        return f"GET {collection} was answered 200 before the first create, and {status} at the end{after}"

    def _having(self, collection: str, attribute: str, value: str) -> list[str] | None:
        """The ids of those who have a value, empty for one that shows none; None where the endpoint does not say."""
        answer = self.look(Request("GET", collection, encode_query([("filter", f"{attribute} eq {quoted(value)}")])))
        if not answer.ok or not isinstance(answer.resource.get("totalResults"), int):
            return None
        return [identifier_of(row) for row in answer.listed]

    def _intend(self, claim: Claim) -> None:
        """Note a creation before it is sent; where that cannot be done, the run is over.

        Raises:
            Stopped: the journal cannot be written.
        """
        try:
            self.ledger.intend(claim)
        except JournalBroken:
            self.halt()
            raise Stopped from None

    def _read(self, collection: str, identifier: str) -> Exchange:
        return self.look(Request("GET", f"{collection}/{segment(identifier)}"))

    def _settle(
        self,
        claim: Claim,
        status: int | None,
        headers: Mapping[str, str],
        resource: Mapping[str, Any],
        error: str | None = None,
    ) -> str | None:
        """Take over what the answer to a create proves to be ours; read it where the answer does not show it."""
        if error in UNSENT:
            self.ledger.forget(claim)
            return None
        adopted = self.ledger.settled(claim, status, headers, resource)
        identifier = guard.lead(headers, resource)
        if adopted is None and status == CREATED and identifier and not claim.refused:
            shown = self._read(claim.collection, identifier)
            if shown.ok and self.ledger.prove(claim, identifier, shown.resource):
                adopted = identifier
        if adopted is not None and self.ledger.lag:
            self._read(claim.collection, adopted)  # comes back when it can be read
        return adopted

    def _settle_job(self, job: Job, claims: Sequence[Claim], exchange: Exchange) -> dict[str, Entry]:
        """Take over what a job created.

        What it says it deleted stays ours: a DELETE on its own shows that it is gone.
        """
        born = {}
        rows = [bulk.result(creation, exchange) for creation in job.creations]
        for row, claim in zip(rows, claims, strict=True):  # all of them before the first read, which may be interrupted
            claim.status = bulk.code(row) if row else exchange.status
        for row, creation, claim in zip(rows, job.creations, claims, strict=True):
            response = row.get("response")
            shown = response if isinstance(response, dict) else {}
            # A location in another collection is none of what was to be created.
            location = {"location": str(row["location"])} if bulk.place(row)[0] == claim.collection else {}
            identifier = self._settle(claim, claim.status, location, shown, exchange.error)
            if identifier is not None:
                born[str(creation.bulk_id)] = Entry(claim.collection, claim.name, identifier)
        return born

    def _look_at(self, job: Job, invented: Collection[str]) -> None:
        """Look at all that a job could change, as before a single request."""
        for collection, identifier in bulk.touched(job):
            self._lookout.behind(collection, identifier, invents=identifier in invented)
        if bulk.refers(job):
            self._lookout.unresolved(f"{bulk.REFERENCE}nowhere")
        if bulk.nests(job):
            self._lookout.nesting()
        for path, data in bulk.bodies(job):
            found = [(kind, value) for kind, value in references(data) if not value.startswith(bulk.REFERENCE)]
            self._lookout.named(found, path)

    def _note_stray(self, request: Request, exchange: Exchange) -> None:
        """Take note of what a POST led to that should not have created anything."""
        identifier = guard.lead(exchange.headers, exchange.resource) if exchange.ok else ""
        if not identifier or not guard.is_plain(identifier) or isinstance(exchange.resource.get("Operations"), list):
            return
        place = request.path if request.path in guard.COLLECTIONS else guard.COLLECTIONS[0]
        why = f"{request.method} {request.path} should have created nothing, and was answered {exchange.status}"
        if not self.owns(place, identifier):
            self.ledger.stray(place, identifier, why)

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
            request_headers=pool.sent(self.scrub, headers),
            request_body=request.body,
            request_text=request.text,
            elapsed=time.monotonic() - begin,
            started=begin - self._born,
            retries=retries,
            **answer,
        )
        own = request.token == "own"  # noqa: S105
        return exchange, own and self.credentials.settle(headers, exchange.status)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """From the note in the journal until it is known what came of it; the end of a run waits for that."""
        with self._idle:
            self._flying += 1
        try:
            yield
        finally:
            with self._idle:
                self._flying -= 1
                self._idle.notify_all()

    def _receive(self, method: str, url: str, headers: dict[str, str], content: str | None) -> dict[str, Any]:
        limit = self._endurance.largest
        answer = pool.receive(self._http, method, url, headers, content, patience=self.target.timeout * 2, limit=limit)
        self.ledger.clock.note(answer.get("headers", {}))
        if answer.get("error") == "too-large" and limit < AMPLE_BODY:
            answer["error"] = "no-room"
        for name in ("body", "error_detail"):
            if name in answer:
                answer[name] = self.scrub(answer[name])
        return answer | {"headers": pool.shown(self.scrub, answer.get("headers", {}))}


def _as_rate_limited(exchange: Exchange) -> Exchange:
    data = exchange.to_json() | {
        "error": "rate-limited",
        "error_detail": f"still answered {exchange.status} after {exchange.retries} retries",
    }
    return Exchange.from_json(data)
