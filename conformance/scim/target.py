"""The endpoint under test: tenant URL, credentials, TLS settings and limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, urlsplit, urlunsplit

from conformance.scim.assumptions import Assumptions
from conformance.scim.secret import Scrubber, Secret

if TYPE_CHECKING:  # httpx is not loaded before a run begins
    from conformance.scim.auth_kinds import Basic, Tokens


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
        api_key_header: header that carries the token in place of ``Authorization: Bearer``, or None.
        basic: user and password for HTTP Basic, or None.
        oauth: where tokens come from, or None.
        client_cert: file of our own certificate for mutual TLS, or None.
        client_key: file of its key; None where ``client_cert`` holds it.
        burst: whether many requests may be sent at once, to see whether the endpoint bears it.
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
    api_key_header: str | None = None
    basic: Basic | None = None
    oauth: Tokens | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    burst: bool = False
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
    def has_credentials(self) -> bool:
        """Whether a request can be sent without what proves who we are; a certificate belongs to the connection."""
        return bool(self.token or self.basic or self.oauth)

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback(self.base)

    def scrubber(self) -> Scrubber:
        """A scrubber that knows this target's secrets."""
        scrub = Scrubber((self.base,))
        scrub.add(self.token)
        for value in self.headers.values():
            scrub.add(value)
        if self.basic is not None:
            scrub.add(self.basic.password)
            scrub.add(self.basic.encoded)
        if self.oauth is not None:
            for secret in self.oauth.secrets:
                scrub.add(secret)
        proxy = urlsplit(self.proxy or "")
        if proxy.password:
            name, password = unquote(proxy.username or ""), unquote(proxy.password)
            for text in (proxy.password, password, f"{name}:{password}"):
                scrub.add(Secret(text))
        return scrub


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_tenant_url(text: str) -> tuple[str, str]:
    """Split a tenant URL into its base and its query.

    A trailing slash is dropped; a query such as ``?aadOptscim062020`` is kept apart.

    Raises:
        BadTarget: no http or https URL, no host, or credentials inside the URL.
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError:  # an opening bracket without an IPv6 address
        raise BadTarget(f"The tenant URL {text!r} has no usable host and port.") from None
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


LONGEST_ID = 16 * 1024
"""Characters of an id that may fit into a URL; a longer one takes hundreds of times its memory to be encoded."""


def segment(value: str) -> str:
    """A resource id as one path segment, percent-encoded (RFC 3986 section 3.3).

    Of an id that no request can be sent for, enough is left to be nobody's and too long for any URL.
    """
    value = value[: LONGEST_ID + 1]
    # "." and ".." would be resolved away by every HTTP stack on the way.
    return quote(value, safe="", errors="surrogatepass") if value.strip(".") else value.replace(".", "%2E")


def unsegment(text: str) -> str:
    """The id behind a path segment that ``segment`` made."""
    try:
        return unquote(text, errors="surrogatepass")
    except UnicodeDecodeError:
        return unquote(text)


def encode_query(parameters: list[tuple[str, str]], *, percent: bool = False) -> str:
    """Encode query parameters as Entra does: spaces as ``+``, quotes as ``%22``, names as they are.

    Args:
        parameters: names and values, in the order they are sent.
        percent: use ``%20`` for spaces instead, the form of Microsoft's Logic App validator.
    """
    encode = quote if percent else quote_plus
    return "&".join(f"{quote(name)}={encode(value, safe='', errors='surrogatepass')}" for name, value in parameters)


def quoted(value: str) -> str:
    """A string as a filter value (RFC 7644 section 3.4.2.2: a JSON string)."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
