"""Entra's probe: a look-up of a name that nobody has, sent over the connection that the lower layers made."""

from __future__ import annotations

import ssl
import uuid
from dataclasses import dataclass, field
from functools import cached_property

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.http import broken, excerpt
from conformance.doctor.proxy import WANTS_CREDENTIALS, Proxy
from conformance.doctor.raw_http import Answer, Line, Opener
from conformance.doctor.tls import explain
from conformance.scim.auth import Credentials
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.client import SCIM_JSON
from conformance.scim.target import encode_query

OWN = "own"
WRONG = "scim-conformance-wrong-token"
"""Sent once in place of the token, to see whether the endpoint looks at it."""


@dataclass
class Probe:
    """Sends look-ups and records them.

    Attributes:
        case: under examination.
        line: to send them over.
        plain: gives a connection without TLS, for a second look at a handshake that failed late.
        proxy: that takes the requests themselves, as it does without TLS.
        guid: the name that nobody has.
    """

    case: Case
    line: Line
    plain: Opener
    proxy: Proxy | None = None
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))

    @cached_property
    def credentials(self) -> Credentials:
        """Whoever knows how the target wants to be asked."""
        return Credentials(self.case.target, self.case.scrub)

    def close(self) -> None:
        """Close all connections."""
        self.line.close()
        if "credentials" in self.__dict__:
            self.credentials.close()

    def look_up(self, collection: str, attribute: str, *, percent: bool = False, **options: object) -> Answer:
        """Entra's probe: find the one resource with a random value."""
        parameters = [("filter", f'{attribute} eq "{self.guid}"')]
        if collection == "/Groups":
            parameters.insert(0, ("excludedAttributes", "members"))
        return self.get(collection, encode_query(parameters, percent=percent), **options)  # type: ignore[arg-type]

    def get(
        self,
        path: str,
        query: str = "",
        *,
        token: str | None = OWN,
        layer: str = "scim",
        base: str = "",
        agent: str = "",
        about: str = "",
    ) -> Answer:
        """Send one GET.

        Args:
            path: below the tenant URL, or below ``base``.
            query: encoded.
            token: the target's own, None for none, or another.
            layer: that the step belongs to.
            base: another tenant URL of the same origin, without credentials.
            agent: a User-Agent; none by default, as Entra may come without.
            about: added to what the step says was tried.

        Raises:
            Found: the answer cannot be read.
        """
        case = self.case
        url = f"{base}{path}" if base else case.target.url(path, query)
        if token == OWN and not base:
            case.shown = url
        origin = f"{case.url.scheme}://{case.url.netloc}"
        tried = f"GET {url.removeprefix(origin)}" + (f" ({about})" if about else "")
        with case.step(layer, tried) as step:
            headers = self._headers(token, agent)
            case.requests += 1
            answer = self.line.get(url, headers)
            if answer.wire is not None and not answer.status:
                raise self._late(answer.wire)
            if answer.error:
                raise self._cause(answer)
            if self.proxy and answer.status == WANTS_CREDENTIALS:
                raise self.proxy.refusal(answer.status, case.host)
            step.saw = f"HTTP {answer.status} {answer.kind or 'without a content type'}, {len(answer.body)} bytes"
            if answer.status >= 400:  # noqa: PLR2004
                step.saw += f": {excerpt(case, answer.text)}" if answer.body else ""
                step.ok = token != OWN
        return answer

    def _headers(self, token: str | None, agent: str) -> dict[str, str]:
        headers = {"accept": SCIM_JSON} | (self.proxy.headers if self.proxy else {})
        headers |= {"user-agent": agent} if agent else {}
        if token == OWN:
            headers |= {name.lower(): value.reveal() for name, value in self.case.target.headers.items()}
        try:
            return headers | self.credentials.headers(token)
        except CredentialsRefused as refusal:
            raise Found("oauth-no-token", reason=str(refusal).rstrip(".")) from None

    def _late(self, problem: ssl.SSLError) -> Found:
        """A TLS 1.3 endpoint refuses a missing client certificate only after the handshake."""
        self.case.requests -= 1
        for step in reversed(self.case.steps):
            if step.layer == "tls":
                step.ok = False
        return explain(self.case, self.plain, problem)

    def _cause(self, answer: Answer) -> Found:
        if answer.error in {"closed", "reset"} and self.case.certificate_requested:
            return Found("tls-client-certificate", host=self.case.host, port=self.case.port)
        if answer.error == "not-http" and answer.detail.startswith(("\\x15\\x03", "\x15\x03", "'\\x15\\x03")):
            return Found("http-to-tls-port", host=self.case.host, port=self.case.port)
        return broken(self.case, answer)
