"""The wire of a load worker: what it sends, behind the same guard, ledger and journal as every other client."""

from __future__ import annotations

import json
import time
from typing import Any

import gevent

from conformance.load.answer import Answer
from conformance.load.connections import Connections
from conformance.load.operations import Operation
from conformance.load.pace import Pace
from conformance.scim import guard, pool
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.claim import CREATED, UNIQUE, Claim
from conformance.scim.client import BODY_TYPE, SCIM_JSON, SURVEY, UNSENT
from conformance.scim.ending import UNAUTHORIZED
from conformance.scim.endurance import Endurance, is_refused_for_now
from conformance.scim.exchange import NOT_SENT, Exchange
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.lookout import SomebodyElse
from conformance.scim.references import references
from conformance.scim.request import Request
from conformance.scim.target import Target, segment

ENCODE = json.JSONEncoder(ensure_ascii=False).encode
"""``json.dumps`` makes an encoder of its own for each call that is not in the default form."""


WELL = Exchange("GET", "", status=200)
"""Stands for any good answer, of which only that it is one is of interest."""


class Sender:
    """Sends requests to one target.

    Args:
        target: where to.
        ledger: keeps account of what is created; whatever it does not know is never written to.
        connections: how many requests can be under way at once.

    Attributes:
        pace: of what is sent outside the measured part.
    """

    def __init__(self, target: Target, ledger: Ledger, connections: int) -> None:
        self.target = target
        self.ledger = ledger
        self.scrub = target.scrubber()
        self.credentials = Credentials(target, self.scrub)
        self.connections = Connections(target, connections)
        self.endurance = Endurance(keeps=False, target=target)
        self.pace = Pace(None)
        self._born = time.monotonic()
        self._looked: set[tuple[str, str]] = set()
        self._surveyed: set[str] = set()
        self._fixed = {name.lower(): value.reveal() for name, value in target.headers.items()}

    # --- sending ---------------------------------------------------------------------------------------

    def perform(self, operation: Operation, *, patient: bool = False) -> Answer:
        """Send an operation's request and let the operation know the answer, whatever happens.

        Args:
            operation: what to do.
            patient: wait and send again where the endpoint asks for it.

        Returns:
            the answer; of kind ``not-sent`` where the resource has turned out to be somebody else's.
        """
        answer = Answer()
        try:
            answer = self._create(operation, patient=patient) if operation.creates else self._one(operation, patient)
        except ForbiddenWrite as problem:
            answer = Answer(error="not-sent", detail=str(problem))
        finally:
            operation.settle(answer)
        return answer

    def send(self, request: Request) -> Answer:
        """Send one request once.

        Raises:
            ForbiddenWrite: it would write to a resource this worker did not create.
            SomebodyElse: somebody else is behind an id that the endpoint gave us.
        """
        self.ledger.guard(request.method, request.path, request.body)
        if self.endurance.ending.closed:
            return Answer(error=NOT_SENT, detail=f"not sent: {self.endurance.ending.sentence}")
        if request.method not in guard.SAFE_METHODS:
            self._look_at_all(request)
        begin = time.monotonic()
        try:
            headers = self._headers(request)
        except CredentialsRefused as refusal:
            return Answer(error="refused", detail=str(refusal))
        answer = self._receive(request, headers)
        if self.credentials.settle(headers, answer.status):
            answer = self._receive(request, self._headers(request))
        answer.seconds = time.monotonic() - begin
        answer = self._weighed(request, answer)
        if request.method == "GET" and request.path not in UNIQUE:
            self._learn(request, answer)
        return answer

    def patiently(self, request: Request) -> Answer:
        """Send a request, waiting and sending again where the endpoint asks for it, as outside the measured part.

        Raises:
            ForbiddenWrite: see ``send``.
        """
        retries = 0
        while (spent := self.endurance.spent()) is None:
            self.pace.wait()
            answer = self.send(request)
            asked = {"retry-after": answer.retry_after} if answer.retry_after else {}
            told = Exchange(request.method, "", status=answer.status, headers=asked, error=answer.error)
            pause = self.endurance.pause(told, retries)
            if pause is None:
                self._bear(told)
                return answer
            retries += 1
            gevent.sleep(pause)
        return Answer(error="not-sent", detail=spent)

    def exchange(self, request: Request, answer: Answer) -> Exchange:
        """A request and its answer as they are recorded, without secrets."""
        now = time.monotonic()
        return Exchange(
            method=request.method,
            url=self.scrub(self.target.url(request.path, request.query)),
            request_headers=pool.sent(self.scrub, self._static(request)),
            request_body=request.body,
            status=answer.status,
            headers=pool.shown(self.scrub, {name: str(value) for name, value in (answer.headers or {}).items()}),
            body=self.scrub(answer.body.decode("utf-8", "replace")),
            elapsed=answer.seconds,
            error=answer.error,
            error_detail=self.scrub(answer.detail),
            started=now - answer.seconds - self._born,
        )

    # --- clean-up --------------------------------------------------------------------------------------

    def erase(self, collection: str, identifier: str) -> Answer:
        """DELETE a resource of ours; where the answer does not show that it was done, a read has to.

        Raises:
            ForbiddenWrite: it is not ours.
        """
        request = Request("DELETE", f"{collection}/{segment(identifier)}")
        if self.ledger.was_tried(collection, identifier):
            self._looked.discard((collection, identifier))
            self.ledger.unsee(collection, identifier)
        answer = self.patiently(request)
        if answer.error not in UNSENT and self.ledger.doubts(collection, identifier, answer.status):
            shown = self.patiently(Request("GET", request.path))
            self.ledger.checked(collection, identifier, answer.status, shown.status, shown.resource)
        return answer

    def reopen(self) -> None:
        """Begin with new connections and new patience, for what comes after the measured part."""
        self.connections.reopen()
        self.endurance.begin_cleaning()

    def close(self) -> None:
        """Close all connections and the journal; its file goes where nothing is left."""
        self.connections.close()
        self.credentials.close()
        self.ledger.close()

    # --- inside ----------------------------------------------------------------------------------------

    def _one(self, operation: Operation, patient: bool) -> Answer:
        return self.patiently(operation.request) if patient else self.send(operation.request)

    def _create(self, operation: Operation, *, patient: bool) -> Answer:
        claim = Claim(
            operation.request.path, str(operation.creates), str(operation.request.body.get("externalId") or "")
        )
        self._survey(claim.collection)
        self.ledger.intend(claim)
        answer = self._one(operation, patient)
        if answer.error in UNSENT:
            self.ledger.forget(claim)
            return answer
        self.ledger.clock.note(answer.date)
        answer.adopted = self.ledger.settled(claim, answer.status, answer.place, answer.resource)
        identifier = guard.lead(answer.place, answer.resource)
        if answer.adopted is not None:
            return self._confirmed(claim.collection, answer)
        if not answer.ok:
            return answer
        answer.foreign = bool(claim.refused) or not identifier
        if answer.status == CREATED and guard.is_plain(identifier) and not claim.refused:
            read = self.send(Request("GET", f"{claim.collection}/{segment(identifier)}"))
            if read.ok and self.ledger.prove(claim, identifier, read.resource):
                answer.adopted = identifier
            # Where the read was refused or lost, nobody knows whose it is.
            answer.foreign = answer.foreign or (read.ok and answer.adopted is None)
        return answer

    def _survey(self, collection: str) -> None:
        """Before the first create in a collection: see who is there, so that a clean-up knows the tenant again."""
        if collection not in self._surveyed and self.ledger.journal.path is not None:
            self._surveyed.add(collection)
            self.ledger.meet(collection, self.send(Request("GET", collection, SURVEY)).listed)

    def _confirmed(self, collection: str, answer: Answer) -> Answer:
        """The answer to a create, once a read of its id has shown nobody else: memberships need not wait for that."""
        try:
            self._look_first(collection, str(answer.adopted))
        except SomebodyElse:
            answer.adopted, answer.foreign = None, True
        return answer

    def _look_at_all(self, request: Request) -> None:
        """Before a write: look at what it changes, and at whom its body names, which the endpoint may take for others.

        Raises:
            SomebodyElse: somebody else is behind an id.
        """
        self._look_first(*guard.place(request.path))
        for _, identifier in references(request.body):
            for collection in guard.COLLECTIONS:
                self._look_first(collection, identifier)

    def _look_first(self, collection: str, identifier: str) -> None:
        """Before the first write that has to do with an id: read it, so that one given to somebody else is found out.

        Raises:
            SomebodyElse: somebody else is behind it.
        """
        key = (collection, identifier)
        if not self.ledger.owns(*key) or self.ledger.is_seen(*key) or key in self._looked:
            return
        self.pace.wait()
        self.send(Request("GET", f"{collection}/{segment(identifier)}"))
        self._looked.add(key)
        if not self.ledger.owns(*key):
            raise SomebodyElse.behind(*key)

    def _learn(self, request: Request, answer: Answer) -> None:
        """Take note of what a read shows behind an id: nothing against it, nobody, or somebody else."""
        collection, identifier = guard.place(request.path)
        claim = self.ledger.claim_of(collection, identifier)
        against = self.ledger.objection(claim, identifier, answer.resource) if claim is not None and answer.ok else ""
        if against and claim is not None:
            self.ledger.give_back(collection, identifier)
            self.ledger.note("foreign", claim, identifier, against)
        else:
            self.ledger.read(collection, identifier, answer.status, answer.resource, whole=not request.query)

    def _weighed(self, request: Request, answer: Answer) -> Answer:
        """The answer, or an error where our credentials ran out: that is no verdict on the endpoint."""
        if answer.ok:
            self.endurance.weigh(request, WELL, self._ask, gevent.sleep)
        if answer.status != UNAUTHORIZED:
            return answer
        found = self.endurance.weigh(request, self.exchange(request, answer), self._ask, gevent.sleep)
        if found.error is None:
            return answer
        return Answer(error=found.error, detail=found.error_detail, seconds=answer.seconds)

    def _ask(self, request: Request) -> Exchange:
        """What a request comes to now, as far as it tells whether our credentials are good."""
        try:
            answer = self._receive(request, self._headers(request))
        except CredentialsRefused as refusal:
            answer = Answer(error="refused", detail=str(refusal))
        return Exchange(request.method, "", status=answer.status, error=answer.error)

    def _bear(self, told: Exchange) -> None:
        if is_refused_for_now(told):
            told = Exchange(told.method, told.url, error="rate-limited")
        self.endurance.note(told)

    def _static(self, request: Request) -> dict[str, str]:
        headers = {"accept": SCIM_JSON}
        if request.body is not None:
            headers["content-type"] = BODY_TYPE
        return headers | self._fixed

    def _headers(self, request: Request) -> dict[str, str]:
        return self._static(request) | self.credentials.headers("own")

    def _receive(self, request: Request, headers: dict[str, Any]) -> Answer:
        url = self.target.url(request.path, request.query)
        # A lone surrogate that the endpoint sent has no UTF-8; it goes back as it came, as an escape of JSON.
        content = b"" if request.body is None else ENCODE(request.body).encode("utf-8", "backslashreplace")
        return self.connections.receive(request.method, url, content, headers)
