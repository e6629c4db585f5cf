"""Quirks of the way to the server: tokens that end, gateways, full disks, restarts, other tenants."""

from __future__ import annotations

import time
from typing import Any

from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import Kind
from tests.zoo.server import TOKEN, Zoo

QUICK = ("--timeout", "2")
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class _Sometime(Zoo):
    """Something happens at a random request."""

    at = 0

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.at = self.dice.randrange(40, 180)

    @property
    def over(self) -> bool:
        """Whether it has happened."""
        return 0 < self.at <= self.count


class TokenExpires(_Sometime):
    """From a random request on, the token is expired: 401 with invalid_token."""

    unlistable = True

    def admit(self, request: Request) -> None:
        super().admit(request)
        if self.over:
            raise Refused(401, "invalid_token: expired")

    def recover(self) -> bool:
        was, self.at = self.over, 0
        return was


class _Gateway(Zoo):
    """One write in five is answered by somebody on the way."""

    lossy = True
    options = QUICK

    def lost(self) -> Answer:
        """What is answered in its place."""
        return Answer(504, headers={"Content-Type": "text/html"})

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        search = request.parts[-1:] == (".search",)
        return self.lost() if request.method in WRITES and not search and self.count % 5 == 0 else answer


class GatewayTimeouts(_Gateway):
    """One write in five takes effect and is answered 504."""


class LostAnswers(_Gateway):
    """One write in five takes effect and its connection is closed without an answer."""

    def lost(self) -> Answer:
        return Answer(200, drop=True)


class LateAnswers(_Gateway):
    """One create in seven takes effect and is answered after the client has given up."""

    options = ("--timeout", "0.5")

    def answer(self, request: Request) -> Answer:
        answer = Zoo.answer(self, request)
        late = request.method == "POST" and answer.status == 201 and self.count % 7 == 0
        return Answer(answer.status, answer.body, answer.headers, wait=1.2) if late else answer


class GatewayRefuses(Zoo):
    """One write in five is answered 504 and never reaches the server."""

    lossy = True
    options = QUICK

    def route(self, request: Request) -> Answer:
        if request.method in WRITES and request.parts[-1:] != (".search",) and self.count % 5 == 0:
            return Answer(504)
        return super().route(request)


class DiskFull(_Sometime):
    """From a random request on, POST, PUT and PATCH are answered 507."""

    tidy = True

    def route(self, request: Request) -> Answer:
        if self.over and request.method in WRITES - {"DELETE"} and request.parts[-1:] != (".search",):
            raise Refused(507, "no space left on device")
        return super().route(request)


class Restarts(_Sometime):
    """At a random request the server restarts: connections are closed without an answer for 2 s."""

    lossy = True
    options = QUICK
    until = 0.0

    def answer(self, request: Request) -> Answer:
        if self.count == self.at:
            self.until = time.monotonic() + 2.0
        if time.monotonic() < self.until:
            return Answer(503, drop=True)
        return super().answer(request)


class Throttles(_Sometime):
    """From a random request on, everything is answered 429 for 4 s."""

    until = 0.0

    def route(self, request: Request) -> Answer:
        if self.count == self.at:
            self.until = time.monotonic() + 4.0
        if time.monotonic() < self.until:
            return Answer(429, headers={"Retry-After": "1"})
        return super().route(request)


class _Mistaken(Zoo):
    """Between a killed run and the clean-up after it something is set wrong; then it is put right."""

    mistaken = False

    def meanwhile(self) -> None:
        self.mistaken = True

    def recover(self) -> bool:
        was, self.mistaken = self.mistaken, False
        return was


class OtherTenantByToken(_Mistaken):
    """The token says which tenant is meant; the clean-up is given that of another, in which nobody is."""

    other = "zoo-token-of-the-other-tenant-9876"

    def meanwhile(self) -> None:
        super().meanwhile()
        self.token = self.other

    def recover(self) -> bool:
        self.token = TOKEN
        return super().recover()

    def admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.other}":
            super().admit(request)

    def resource(self, kind: Kind, request: Request) -> Answer:
        if self.mistaken:
            raise Refused(404, "nobody in this tenant")
        return super().resource(kind, request)

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        return super().search(kinds, {**query, "filter": 'id eq "none"'} if self.mistaken else query)


class OtherTenantByHeader(OtherTenantByToken):
    """A header says which tenant is meant; the clean-up is called without it."""

    options = ("--header", "X-Tenant: ours")
    other = TOKEN

    def meanwhile(self) -> None:
        super().meanwhile()
        self.options = ()

    def recover(self) -> bool:
        self.options = type(self).options
        return super().recover()


class IngressAway(_Mistaken):
    """While the clean-up goes on, everything is a 404 of the ingress."""

    def answer(self, request: Request) -> Answer:
        return Answer(404) if self.mistaken else super().answer(request)


class WrongToken(_Mistaken):
    """The clean-up is given a wrong token."""

    def admit(self, request: Request) -> None:
        if self.mistaken:
            raise Refused(401, "wrong token")
        super().admit(request)
