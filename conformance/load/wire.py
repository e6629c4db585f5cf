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
from conformance.scim import guard, wire
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.client import BODY_TYPE, DOUBTFUL, FINAL, GONE, SCIM_JSON, Request, SomebodyElse
from conformance.scim.endurance import Endurance, is_refused_for_now
from conformance.scim.exchange import Exchange
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.target import Target, encode_query, segment

ENCODE = json.JSONEncoder(ensure_ascii=False).encode
"""``json.dumps`` makes an encoder of its own for each call that is not in the default form."""


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
        self.endurance = Endurance(keeps=False)
        self.pace = Pace(None)
        self._born = time.monotonic()
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
        self.ledger.guard(request.method, request.path)
        if request.method not in guard.SAFE_METHODS:
            self._look_first(*guard.place(request.path))
        begin = time.monotonic()
        try:
            headers = self._headers(request)
        except CredentialsRefused as refusal:
            return Answer(error="refused", detail=str(refusal))
        answer = self._receive(request, headers)
        if self.credentials.settle(headers, answer.status):
            answer = self._receive(request, self._headers(request))
        answer.seconds = time.monotonic() - begin
        if request.method == "GET" and answer.ok and request.path not in guard.UNIQUE:
            self._learn(*guard.place(request.path), answer)
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

    # --- clean-up --------------------------------------------------------------------------------------

    def delete(self, collection: str, identifier: str) -> bool:
        """DELETE a resource of ours; 404 and 202 count as gone where it cannot be read any more.

        Returns:
            whether nothing would come of another attempt.
        """
        request = Request("DELETE", f"{collection}/{segment(identifier)}")
        try:
            answer = self.patiently(request)
        except ForbiddenWrite:  # somebody else's, as it turned out
            return True
        gone = answer.ok or answer.status in GONE
        if answer.status in DOUBTFUL:
            gone = self.patiently(Request("GET", request.path)).status in GONE
        if gone:
            self.ledger.gone(collection, identifier)
        return gone or answer.status in FINAL

    def look_for(self, collection: str, name: str) -> None:
        """Look up, by its unique name, what was posted without a usable answer."""
        query = encode_query([("filter", f'{guard.UNIQUE[collection]} eq "{name}"')])
        answer = self.patiently(Request("GET", collection, query))
        if answer.ok:
            self.ledger.found(collection, name, guard.hits(answer.listed, name))

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
        collection, name = operation.request.path, str(operation.creates)
        self.ledger.intend(collection, name)
        answer = self._one(operation, patient)
        answer.adopted = self.ledger.settled(collection, name, answer.status, answer.place, answer.resource)
        identifier = guard.lead(answer.place, answer.resource)
        if answer.adopted is not None or not answer.ok:
            return answer
        answer.foreign = not identifier or guard.contradicts(answer.resource, collection, identifier, name)
        if guard.is_plain(identifier):
            read = self.send(Request("GET", f"{collection}/{segment(identifier)}"))
            if guard.shows(read.resource, collection, identifier, name):
                self.ledger.born(collection, name, identifier)
                answer.adopted = identifier
            # Where the read was refused or lost, nobody knows whose it is.
            answer.foreign = answer.foreign or (read.ok and answer.adopted is None)
        return answer

    def _look_first(self, collection: str, identifier: str) -> None:
        """Before the first write to an id: read it, so that an id given to somebody else is found out.

        Raises:
            SomebodyElse: somebody else is behind it.
        """
        key = (collection, identifier)
        name = self.ledger.name_of(*key)
        if name is None or self.ledger.is_seen(*key):
            return
        self.pace.wait()
        self.send(Request("GET", f"{collection}/{segment(identifier)}"))
        if not self.ledger.owns(*key):
            raise SomebodyElse.behind(*key)
        self.ledger.see(*key)

    def _learn(self, collection: str, identifier: str, answer: Answer) -> None:
        """Take note of what a read shows behind an id: nothing against it, or somebody else."""
        name = self.ledger.name_of(collection, identifier)
        if name is not None and guard.contradicts(answer.resource, collection, identifier, name):
            self.ledger.give_back(collection, identifier)
        else:
            self.ledger.see(collection, identifier)

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
