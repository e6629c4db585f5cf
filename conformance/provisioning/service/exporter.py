"""What a cycle sends: each request numbered, paced and told to whoever keeps the record."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.idp.entra import patch
from conformance.provisioning.service.links import collection_of
from conformance.scim.client import Client
from conformance.scim.ending import Ended
from conformance.scim.exchange import Exchange
from conformance.scim.lookout import SomebodyElse
from conformance.scim.request import Request
from conformance.scim.target import encode_query, quoted, segment

WITHOUT_MEMBERS = [("excludedAttributes", "members")]

REMEMBERED = 8
"""Labels of writes that are kept, to blame where no request was about whoever was harmed."""

Usual = Callable[[str, dict[str, Any]], dict[str, Any]]
Observer = Callable[[str, str, Exchange], None]
"""Told the operation (``create user``), the label of the request, and the exchange."""


class Pace:
    """Lets requests out at no more than a rate.

    Args:
        rate: requests a second, or None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Come back when the next request may go."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - now))


class Exporter:
    """Sends a cycle's requests through the guarded client.

    Attributes:
        cycle: number of the cycle, for the labels of requests.
        written: labels of the last writes of the cycle.
        operations: how many requests of each kind the cycle sent.
        sent: how many requests were sent.
        writes: how many of them wrote.

    Args:
        client: sends them.
        observe: told of each exchange.
        rate: requests a second at most, or None.
        usual: makes of a collection's path and a body one that the endpoint takes; by what the user states if None.
    """

    def __init__(
        self, client: Client, observe: Observer, *, rate: float | None = None, usual: Usual | None = None
    ) -> None:
        self.client = client
        self._usual = usual or client.target.assumptions.applied
        self.observe = observe
        self.cycle = 0
        self.written: list[str] = []
        self.operations: Counter[str] = Counter()
        self.sent = 0
        self.writes = 0
        self._pace = Pace(rate)
        self._lock = threading.Lock()

    def begin(self, cycle: int, written: Sequence[str] = (), operations: Mapping[str, int] | None = None) -> None:
        """Begin a cycle, or go on with one of which it is known what was sent."""
        self.cycle, self.written, self.operations = cycle, list(written), Counter(operations or {})

    def match(self, kind: str, attribute: str, value: str) -> tuple[Exchange, str]:
        """Ask for the resources with a value, as Entra does before it creates (entra.md 2.1, 3)."""
        parameters = [("filter", f"{attribute} eq {quoted(value)}")]
        if kind == "Group":
            parameters = WITHOUT_MEMBERS + parameters
        request = Request("GET", collection_of(kind), encode_query(parameters))
        return self._send(f"match {kind.lower()}", request)

    def read(self, kind: str, target: str, *, members: bool = False) -> tuple[Exchange, str]:
        """Read a resource by its id, a group without its members unless they are asked for."""
        query = encode_query(WITHOUT_MEMBERS) if kind == "Group" and not members else ""
        return self._send(f"read {kind.lower()}", Request("GET", self.path(kind, target), query))

    def page(self, kind: str, start: int, count: int) -> tuple[Exchange, str]:
        """Read one page of all resources."""
        query = encode_query([("startIndex", str(start)), ("count", str(count))])
        return self._send(f"list {kind.lower()}s", Request("GET", collection_of(kind), query))

    def create(self, kind: str, body: dict[str, Any], name: str) -> tuple[Exchange, str]:
        """Create a resource; it is journalled before, and belongs to this run once the answer shows its id."""
        collection = collection_of(kind)
        body = self._usual(collection, body)
        return self._note(
            f"create {kind.lower()}", f"POST {collection}", lambda: self.client.create(collection, body, name)
        )

    def patch(
        self, kind: str, target: str, operations: Sequence[Mapping[str, Any]], operation: str
    ) -> tuple[Exchange, str]:
        """Change a resource."""
        return self._send(operation, Request("PATCH", self.path(kind, target), body=patch.envelope(operations)))

    def delete(self, kind: str, target: str) -> tuple[Exchange, str]:
        """Delete a resource of this run."""
        collection = collection_of(kind)
        return self._note(
            f"delete {kind.lower()}",
            f"DELETE {self.path(kind, target)}",
            lambda: self.client.delete(collection, target),
        )

    @staticmethod
    def path(kind: str, target: str) -> str:
        """Path of a resource."""
        return f"{collection_of(kind)}/{segment(target)}"

    def _send(self, operation: str, request: Request) -> tuple[Exchange, str]:
        return self._note(operation, f"{request.method} {request.path}", lambda: self.client.send(request))

    def _note(self, operation: str, words: str, send: Callable[[], Exchange]) -> tuple[Exchange, str]:
        self._pace.wait()
        with self._lock:
            self.sent += 1
            self.operations[operation] += 1
            label = f"{words} (cycle {self.cycle}, request {self.sent})"
            if not words.startswith("GET "):
                self.writes += 1
                self.written = [*self.written[-REMEMBERED:], label]
        try:
            exchange = send()
        except SomebodyElse as problem:
            method, _, path = words.partition(" ")
            exchange = Exchange(method, f"{self.client.target.base}{path}", error="refused", error_detail=str(problem))
        ended = self.client.ended
        if ended and ended in exchange.error_detail:
            raise Ended(ended)  # what is left of the cycle would only fail, and the state would take it for true
        self.observe(operation, label, exchange)
        return exchange, label
