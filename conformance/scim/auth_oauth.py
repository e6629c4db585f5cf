"""OAuth 2.0 client credentials: a token is fetched once, shared, and renewed (RFC 6749 section 4.4, RFC 7523)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from conformance.scim import pool
from conformance.scim.exchange import Exchange
from conformance.scim.secret import HIDDEN, Scrubber, Secret

FORM = "application/x-www-form-urlencoded"
MAX_ANSWER = 256 * 1024
"""Bytes of the token endpoint's answer that are read."""

MARGIN = 60.0
"""Seconds before its end at which a token is renewed; a tenth of its life where that is less."""

STUBBORN = 30.0
"""Seconds for which a refusal stands: the other requests of the run do not knock again."""

TOLD = frozenset({"token_type", "expires_in", "scope", "error", "error_description", "error_uri", "error_codes"})
"""Members of the token endpoint's answer that are recorded; of all others only the name is."""

ASKED = frozenset({"grant_type", "scope", "audience", "client_id", "client_assertion_type"})


ADVICE = {
    "invalid_client": "check the client id and its secret or key",
    "unauthorized_client": "allow the client the grant type client_credentials",
    "unsupported_grant_type": "allow the client the grant type client_credentials",
    "invalid_scope": "check --scope",
    "invalid_target": "check --audience",
}
"""What to do, by the error code of RFC 6749 section 5.2."""


class CredentialsRefused(Exception):
    """No access token can be had; the message is one clear sentence without secrets."""


class OAuth:
    """Fetches access tokens and keeps the last one; used by many threads.

    Args:
        token_url: the token endpoint.
        client_id: who we are there.
        secret: the client secret, or None.
        private_key: signs a JWT in place of the secret (PEM), or None.
        scope: what to ask for.
        audience: for whom to ask.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        *,
        secret: Secret | None = None,
        private_key: Secret | None = None,
        scope: str | None = None,
        audience: str | None = None,
    ) -> None:
        self.token_url = token_url
        self.client_id = client_id
        self.secret = secret
        self.private_key = private_key
        self.exchange: Exchange | None = None
        extra = {"scope": scope, "audience": audience}
        self._form = {"grant_type": "client_credentials"} | {k: v for k, v in extra.items() if v}
        self._lock = threading.Lock()
        self._token: Secret | None = None
        self._renew_at = float("inf")
        self._proven = False
        self._refusal: tuple[float, str] | None = None
        self._method: Any = None

    @property
    def secrets(self) -> list[Secret]:
        """All that must never be shown; the last token among it."""
        known = [secret for secret in (self.secret, self.private_key, self._token) if secret is not None]
        if self.secret is not None:
            known.append(Secret(f"{self.client_id}:{self.secret.reveal()}"))
        return known

    def token(self, http: httpx.Client, scrub: Scrubber, timeout: float) -> Secret:
        """A token that is good for now.

        Raises:
            CredentialsRefused: none can be had.
        """
        with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at:
                self._fetch(http, scrub, timeout)
            assert self._token is not None
            return self._token

    def settle(self, used: str, status: int | None) -> bool:
        """Forget a token that was good once and is refused now.

        Returns:
            whether a request that was answered so should be sent again.
        """
        with self._lock:
            current = self._token is not None and self._token.reveal() == used
            if status != 401:  # noqa: PLR2004
                self._proven = self._proven or (current and status is not None)
                return False
            if not current:
                return bool(used)  # another thread has renewed it meanwhile
            if not self._proven:
                return False  # a fresh one is refused: the next would be as well
            self._token, self._proven = None, False
            return True

    # --- inside ----------------------------------------------------------------------------------------

    def _fetch(self, http: httpx.Client, scrub: Scrubber, timeout: float) -> None:
        if self._refusal is not None and time.monotonic() < self._refusal[0]:
            raise CredentialsRefused(self._refusal[1])
        try:
            token, lifetime = self._ask(http, scrub, timeout)
        except CredentialsRefused as refusal:
            self._refusal = (time.monotonic() + STUBBORN, str(refusal))
            raise
        scrub.add(token)
        self._token, self._refusal, self._proven = token, None, False
        now = time.monotonic()
        self._renew_at = now + lifetime - min(MARGIN, lifetime / 10) if lifetime else float("inf")

    def _ask(self, http: httpx.Client, scrub: Scrubber, timeout: float) -> tuple[Secret, float | None]:
        begin = time.monotonic()
        for method in [self._method] if self._method else self._methods():
            answer, exchange = self._post(http, scrub, timeout, method)
            self.exchange = exchange
            if exchange.ok or exchange.status not in {400, 401}:
                break
        if exchange.ok:
            self._method = method
        body = _object(answer.get("body", ""))
        token = body.get("access_token")
        if not exchange.ok or not isinstance(token, str) or not token:
            raise CredentialsRefused(self._sentence(exchange, scrub(json.dumps(body, ensure_ascii=False))))
        if not token.isascii() or not token.isprintable() or str(body.get("token_type", "bearer")).lower() != "bearer":
            kind = scrub(str(body.get("token_type")))
            raise CredentialsRefused(f"The token endpoint {self._shown} gave a token of type {kind}, not Bearer.")
        lifetime = seconds(body.get("expires_in"))
        return Secret(token), None if lifetime is None else lifetime - (time.monotonic() - begin)

    def _methods(self) -> list[Any]:
        """The ways to prove who we are, in the order in which they are tried."""
        try:
            from authlib.oauth2.auth import ClientAuth
            from authlib.oauth2.rfc7523 import PrivateKeyJWT
        except ModuleNotFoundError as missing:
            raise CredentialsRefused(f"OAuth needs {missing.name!r}: pip install 'scim-conformance[oauth]'.") from None
        if self.private_key is None:
            secret = self.secret.reveal() if self.secret else ""
            kinds = ("client_secret_basic", "client_secret_post")
            return [ClientAuth(self.client_id, secret, kind) for kind in kinds]
        key, algorithm = _key(self.private_key)
        return [ClientAuth(self.client_id, key, PrivateKeyJWT(self.token_url, alg=algorithm))]

    def _post(
        self, http: httpx.Client, scrub: Scrubber, timeout: float, method: Any
    ) -> tuple[dict[str, Any], Exchange]:
        plain = {"accept": "application/json", "content-type": FORM}
        form = self._form | ({"client_id": self.client_id} if self.private_key is not None else {})
        url, headers, content = method.prepare("POST", self.token_url, dict(plain), urlencode(form))
        sent = {name.lower(): value for name, value in headers.items()}
        begin = time.monotonic()
        answer = pool.receive(http, "POST", url, sent, content, patience=timeout * 2, limit=MAX_ANSWER)
        fields = parse_qsl(content, keep_blank_values=True)
        return answer, Exchange(
            method="POST",
            url=scrub(self._shown),
            request_headers=pool.sent(scrub, sent),
            request_text=scrub("&".join(f"{name}={value if name in ASKED else HIDDEN}" for name, value in fields)),
            status=answer.get("status"),
            headers=pool.shown(scrub, answer.get("headers", {})),
            body=_redacted(answer.get("body", ""), scrub),
            elapsed=time.monotonic() - begin,
            error=answer.get("error"),
            error_detail=scrub(answer.get("error_detail", "")),
        )

    @property
    def _shown(self) -> str:
        return urlsplit(self.token_url)._replace(query="", fragment="").geturl()

    def _sentence(self, exchange: Exchange, body: str) -> str:
        """Why no token came, and what to do."""
        if exchange.error:
            return f"The token endpoint {self._shown} did not answer: {exchange.error_detail}."
        said = _object(body)
        words = ": ".join(str(said[name]) for name in ("error", "error_description") if said.get(name))
        told = f" ({' '.join(words.split())[:300]})" if words else ""
        answers = f"The token endpoint {self._shown} answers HTTP {exchange.status}"
        if exchange.ok:
            return f"{answers} without an access_token; check --token-url."
        if exchange.status not in {400, 401, 403}:
            return f"{answers}{told}; check --token-url."
        advice = ADVICE.get(str(said.get("error")), "check client id, secret or key, --scope and --audience")
        return f"The token endpoint {self._shown} refuses the credentials: HTTP {exchange.status}{told}; {advice}."


def seconds(value: object) -> float | None:
    """The ``expires_in`` of an answer, a number or digits in a string; None where it is neither."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _redacted(text: str, scrub: Callable[[str], str]) -> str:
    """The members that hold no secret; text that is no JSON object could hold anything."""
    body = _object(text)
    if not body:
        return HIDDEN if text else ""
    return scrub(json.dumps({k: v if k in TOLD else HIDDEN for k, v in body.items()}, ensure_ascii=False))


def _key(private: Secret) -> tuple[Any, str]:
    """The private key, and the algorithm that fits it.

    Raises:
        CredentialsRefused: it is none that can sign.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    curves = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(private.reveal())
        except (ValueError, TypeError, JoseError):
            continue
        if not key.is_private:
            break
        return key, curves.get(str(key.as_dict().get("crv")), "RS256")
    raise CredentialsRefused("The private key is not a PEM file of an RSA or EC private key without a passphrase.")
