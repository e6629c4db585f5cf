"""The endpoint under test: tenant URL, credentials, TLS settings and limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from conformance.scim.assumptions import Assumptions
from conformance.scim.secret import Scrubber, Secret


class BadTarget(ValueError):
    """The tenant URL cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Target:
    """Where requests go and how.

    Attributes:
        base: tenant URL without trailing slash, query and fragment.
        query: the tenant URL's own query, sent with every request.
        token: bearer token, or None to send none.
        headers: additional request headers; their values count as secrets.
        timeout: seconds to wait for a connection, and for each answer.
        ca_bundle: file of trusted root certificates, or None for the system's.
        insecure: accept any certificate and plain http to other machines.
        proxy: URL of an HTTP proxy, or None.
        assumptions: what the user states of the endpoint.
    """

    base: str
    query: str = ""
    token: Secret | None = None
    headers: dict[str, Secret] = field(default_factory=dict)
    timeout: float = 30.0
    ca_bundle: Path | None = None
    insecure: bool = False
    proxy: str | None = None
    assumptions: Assumptions = field(default_factory=Assumptions)

    def url(self, path: str, query: str = "") -> str:
        """The absolute URL of a path below the tenant URL.

        Args:
            path: starts with a slash, already percent-encoded.
            query: already encoded; the tenant URL's own query follows it.
        """
        joined = "&".join(part for part in (query, self.query) if part)
        return f"{self.base}{path}?{joined}" if joined else f"{self.base}{path}"

    @property
    def shown_url(self) -> str:
        """The tenant URL as the user gave it."""
        return f"{self.base}?{self.query}" if self.query else self.base

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        host = urlsplit(self.base).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def scrubber(self) -> Scrubber:
        """A scrubber that knows this target's secrets."""
        scrub = Scrubber()
        scrub.add(self.token)
        for value in self.headers.values():
            scrub.add(value)
        password = urlsplit(self.proxy or "").password
        scrub.add(Secret(password) if password else None)
        return scrub


def parse_tenant_url(text: str) -> tuple[str, str]:
    """Split a tenant URL into its base and its query.

    A trailing slash is dropped; a query such as ``?aadOptscim062020`` is kept apart.

    Raises:
        BadTarget: no http or https URL, no host, or credentials inside the URL.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"}:
        raise BadTarget(f"The tenant URL {text!r} does not start with https:// (or http://).")
    try:
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok = False
    if not parts.hostname or not port_ok:
        raise BadTarget(f"The tenant URL {text!r} has no usable host and port.")
    if parts.username or parts.password:
        raise BadTarget("The tenant URL contains a user name or password; give credentials as a token instead.")
    base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return base, parts.query


def segment(value: str) -> str:
    """A resource id as one path segment, percent-encoded (RFC 3986 section 3.3)."""
    # "." and ".." would be resolved away by every HTTP stack on the way.
    return quote(value, safe="") if value.strip(".") else value.replace(".", "%2E")


def encode_query(parameters: list[tuple[str, str]], *, percent: bool = False) -> str:
    """Encode query parameters as Entra does: spaces as ``+``, quotes as ``%22``, names as they are.

    Args:
        parameters: names and values, in the order they are sent.
        percent: use ``%20`` for spaces instead, the form of Microsoft's Logic App validator.
    """
    encode = quote if percent else quote_plus
    return "&".join(f"{quote(name)}={encode(value, safe='')}" for name, value in parameters)
