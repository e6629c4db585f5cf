"""Servers that refuse by rules of their own, are slow on purpose, or go away."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from tests.zoo.foreign.base import Foreign
from tests.zoo.message import Answer, Refused, Request
from tests.zoo.patching import OPS
from tests.zoo.schema import USER, Kind
from tests.zoo.store import SUITE, Record

UNAUTHORIZED = 401


class DomainNotVerified(Foreign):
    """User names and e-mail addresses of example.com are refused with 400: the domain is not verified."""

    def allow(self, kind: Kind, data: dict[str, Any]) -> None:
        addresses = [data.get("userName"), *(row.get("value") for row in data.get("emails", []))]
        if kind is USER and any(str(address).lower().endswith("@example.com") for address in addresses):
            raise Refused(400, "domain example.com is not verified", "invalidValue")


class LicenceSeats(Foreign):
    """There are never more than five users: a create beyond that is refused with 403."""

    seats = 5

    def insert(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        if kind is USER and len(list(self.store.rows(USER))) >= self.seats:
            raise Refused(403, "no licence seats left")
        return super().insert(kind, data, origin)


class TokenBrake(Foreign):
    """A wrong token is answered after two seconds only."""

    brake = 2.0

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        return replace(answer, wait=self.brake) if answer.status == UNAUTHORIZED else answer


class DiesOfUnknownOp(Foreign):
    """A PATCH with an unknown op ends the process: no answer, and for two seconds nobody listens."""

    legal = False
    defect = "the endpoint dies of a PATCH with an unknown op"
    restart = 2.0

    def answer(self, request: Request) -> Answer:
        if self.deadly(request):
            self.away_until = time.monotonic() + self.restart
        if time.monotonic() < self.away_until:
            return Answer(503, drop=True)
        return super().answer(request)

    def deadly(self, request: Request) -> bool:
        """Whether a request ends the process."""
        rows = request.body.get("Operations") if request.method == "PATCH" and isinstance(request.body, dict) else None
        ops = [row.get("op") for row in rows or [] if isinstance(row, dict)]
        return any(str(op).lower() not in OPS for op in ops)
