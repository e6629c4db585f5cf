"""Ways to prove who we are that need no network of their own."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from conformance.scim.secret import Secret


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
