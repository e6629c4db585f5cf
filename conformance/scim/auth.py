"""Who we are: the headers by which each request proves it."""

from __future__ import annotations

from dataclasses import replace

import httpx

from conformance.scim import pool
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.exchange import Exchange
from conformance.scim.secret import Scrubber
from conformance.scim.target import Target


class Credentials:
    """A target's credentials on behalf of one client.

    Args:
        target: knows them.
        scrub: learns each token that is fetched.
        transport: an httpx transport in place of the network (tests).
    """

    def __init__(self, target: Target, scrub: Scrubber, transport: httpx.BaseTransport | None = None) -> None:
        self._target = target
        self._scrub = scrub
        self._oauth = target.oauth
        self._http: httpx.Client | None = None
        if self._oauth is not None:
            # The token endpoint is another place: whether it needs TLS and a proxy is its own matter.
            self._http = pool.open_pool(replace(target, base=self._oauth.token_url), transport)

    @property
    def exchange(self) -> Exchange | None:
        """The request by which the last token was fetched, without secrets."""
        return self._oauth.exchange if self._oauth is not None else None

    def headers(self, choice: str | None) -> dict[str, str]:
        """The headers of one request.

        Args:
            choice: ``"own"`` for the target's credentials, None for none, or another token.

        Raises:
            CredentialsRefused: no token can be had.
        """
        if choice is None:
            return {}
        header = self._target.api_key_header
        if choice == "own":
            if self._target.basic is not None:
                return {"authorization": f"Basic {self._target.basic.encoded.reveal()}"}
            token = self._token()
            if not token:
                return {}
        else:
            token = choice
        return {header.lower(): token} if header else {"authorization": f"Bearer {token}"}

    def sign_in(self) -> None:
        """Fetch a token now, where one has to be.

        Raises:
            CredentialsRefused: none can be had.
        """
        self._token()

    def settle(self, headers: dict[str, str], status: int | None) -> bool:
        """Learn from an answer whether our token is good.

        Args:
            headers: the request's.
            status: the answer's.

        Returns:
            whether the request should be sent again, with a new token.
        """
        used = headers.get("authorization", "").removeprefix("Bearer ")
        return self._oauth is not None and self._oauth.settle(used, status)

    def close(self) -> None:
        """Close the connections to the token endpoint."""
        if self._http is not None:
            self._http.close()

    def _token(self) -> str:
        if self._oauth is None or self._http is None:
            return self._target.token.reveal() if self._target.token else ""
        try:
            token = self._oauth.token(self._http, self._scrub, self._target.timeout)
        except CredentialsRefused:
            raise
        except Exception as problem:  # noqa: BLE001 - what it is must not be told in its own words
            raise self._scrub.crash(problem) from None
        # Another client of the same target may have fetched it.
        self._scrub.add(token)
        return token.reveal()
