"""Ways to prove who we are: one that needs no network of its own, and what is known of one that fetches tokens."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conformance.scim.exchange import Exchange
from conformance.scim.secret import Scrubber, Secret

if TYPE_CHECKING:
    import httpx


class Tokens(Protocol):
    """Where access tokens come from.

    Attributes:
        token_url: the token endpoint.
        secret: by which it knows us, or None.
        exchange: with it, the last one.
    """

    token_url: str
    secret: Secret | None
    exchange: Exchange | None

    @property
    def secrets(self) -> list[Secret]:
        """All that must never be shown."""

    def token(self, http: httpx.Client, scrub: Scrubber, timeout: float) -> Secret:
        """An access token; raises ``CredentialsRefused`` where none can be had."""

    def settle(self, used: str, status: int | None) -> bool:
        """Take note of how a token was answered; whether another one should be tried."""


@dataclass(frozen=True)
class Basic:
    """HTTP Basic (RFC 7617).

    Attributes:
        username: who we are; no secret.
        password: proves it.
    """

    username: str
    password: Secret

    @property
    def encoded(self) -> Secret:
        """What follows ``Basic`` in the header."""
        pair = f"{self.username}:{self.password.reveal()}"
        return Secret(base64.b64encode(pair.encode()).decode())
