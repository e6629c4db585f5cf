"""The wire: one httpx connection pool, what is read from it, and what of it may be told."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from conformance.parsing import parse
from conformance.scim import guard
from conformance.scim.decoding import BadEncoding, Swollen, as_text, decoded
from conformance.scim.punctual import STALE, within
from conformance.scim.punctual import transport as punctual
from conformance.scim.secret import HIDDEN
from conformance.scim.target import Target

SHOWN_HEADERS = frozenset({
    "accept", "allow", "cache-control", "content-encoding", "content-length", "content-location",
    "content-type", "etag", "if-match", "if-none-match", "last-modified", "location", "retry-after",
    "user-agent", "vary", "www-authenticate",
})  # fmt: skip
"""Headers that are recorded with their values (OCI's deny-list taught us)."""

NAMED_HEADERS = SHOWN_HEADERS | {
    "alt-svc", "authorization", "connection", "content-language", "content-security-policy", "date", "expires",
    "keep-alive", "pragma", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "referrer-policy",
    "request-id", "server", "set-cookie", "strict-transport-security", "trailer", "transfer-encoding", "upgrade", "via",
    "x-content-type-options", "x-correlation-id", "x-frame-options", "x-powered-by", "x-request-id",
}  # fmt: skip
"""Headers of answers that are recorded; an endpoint may say a secret in a name too, so that all others are left out."""

LONGEST_VALUE = 16 * 1024
"""Characters of a header that are recorded."""

MOST_CRUMBS = 10_000
"""Chunks of next to nothing that are taken apart: each costs as much time as one of many kilobytes."""

MOST_NAMES = 100
"""Headers of an answer that are recorded, the shown ones first."""

HUNG_UP = re.compile(r"disconnected|closed connection")
"""What h11 and httpcore say of a connection that ended early, which may be the network's doing; all else that they say
of an answer is about what stands in it. tests/test_wire.py shows that they still say so."""


class BadCertificate(ValueError):
    """Our own certificate or its key cannot be used; the message says why."""


class _LastBody(httpx.SyncByteStream):
    """The body of the last answer on its connection, which is closed before it can carry another request."""

    def __init__(self, stream: httpx.SyncByteStream, connection: Any) -> None:
        self._stream = stream
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._connection.close()
        self._stream.close()


class _TooLarge(httpx.HTTPError):
    """The body does not fit."""


class _Misframed(httpx.HTTPError):
    """The body ends elsewhere than its headers or chunks say."""


NOTHING = httpx.ByteStream(b"")

KINDS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((_TooLarge,), "too-large"),
    ((_Misframed, httpx.DecodingError, httpx.RemoteProtocolError), "unreadable"),
    ((httpx.TimeoutException,), "timeout"),
    ((httpx.ConnectError,), "connect"),
    ((httpx.NetworkError, OSError), "reset"),
)
"""What a problem is called; the first that fits."""


def receive(
    pool: httpx.Client,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: str | None,
    *,
    patience: float,
    limit: int,
    again: int = 3,
) -> dict[str, Any]:
    """Send one request and read its answer: ``status``, ``headers`` and ``body``, or ``error`` and ``error_detail``.

    Nothing of it is scrubbed yet.

    Args:
        pool: the connections.
        method: HTTP method.
        url: absolute.
        headers: all of them.
        content: the body, or None.
        patience: seconds until the body has to have ended.
        limit: bytes of the body that are read, and that it may swell to; more is an error of kind ``too-large``.
        again: how often a read is sent again that met a kept connection which had ended meanwhile, as it may.
    """
    try:
        # A lone surrogate that the endpoint sent has no UTF-8; it goes back as it came, as an escape of JSON.
        data = content.encode("utf-8", "backslashreplace") if content is not None else None
        # As bytes: an ETag that the endpoint sent may hold more than ASCII, and goes back as it came.
        sent = {name.encode(): value.encode() for name, value in headers.items()}
        with within(patience), pool.stream(method, url, headers=sent, content=data) as response:
            connection = response.extensions.get("network_stream")
            if connection is not None and (response.is_server_error or getattr(connection, "hangs_up", False)):
                # A server in trouble may hang up without a word, and some always do: the next must not meet that.
                response.stream = _LastBody(cast("httpx.SyncByteStream", response.stream), connection)
            try:
                text = _read(response, limit)
                return {"status": response.status_code, "headers": dict(response.headers.items()), "body": text}
            finally:
                response.close()
                # It and its stream hold each other, with all the headers, until the garbage is collected.
                response.stream = NOTHING
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError, OSError) as problem:
        if not _unsent(problem) and not (again and STALE in str(problem) and method in guard.SAFE_METHODS):
            return {"error": _kind(problem), "error_detail": _sentence(problem)}
    # Behind the block, so that a problem of the second time has not the first one for its context.
    return receive(pool, method, url, headers, content, patience=patience, limit=limit, again=again - 1)


def _unsent(problem: BaseException | None) -> bool:
    """Whether the pool handed out a connection in the moment in which we closed it: not a byte was sent.

    httpcore takes the causes off what it raises, and leaves the contexts.
    """
    while problem is not None:
        if isinstance(problem, OSError) and problem.errno == errno.EBADF:
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def shown(scrub: Callable[[str], str], headers: Mapping[str, str]) -> dict[str, str]:
    """An answer's headers as they are recorded."""
    return {name: value for name, value in sent(scrub, headers).items() if name in NAMED_HEADERS}


def sent(scrub: Callable[[str], str], headers: Mapping[str, str]) -> dict[str, str]:
    """A request's headers as they are recorded; their names are ours, or the user's."""
    told = {name.lower(): value for name, value in headers.items()}
    names = sorted(told, key=lambda name: name not in SHOWN_HEADERS)[:MOST_NAMES]
    return {name: scrub(told[name])[:LONGEST_VALUE] if name in SHOWN_HEADERS else HIDDEN for name in names}


def _read(response: httpx.Response, limit: int) -> str:
    parts: list[bytes] = []
    size = 0
    try:
        # As it is on the wire: httpx's own decoders know no limit.
        for chunk in cast("httpx.SyncByteStream", response.stream):
            parts.append(chunk)
            size += len(chunk)
            if size > limit:
                raise _TooLarge(f"the answer's body is larger than {limit // 1024} KiB")
            if len(parts) > MOST_CRUMBS and size < 3 * len(parts):
                raise _TooLarge(f"the answer's body comes in more than {MOST_CRUMBS} chunks of a byte or two")
    except httpx.RemoteProtocolError as problem:
        if _is_whole(parts):
            raise _Misframed(f"the body is whole, and its framing announces more: {problem}") from None
        raise
    raw = b"".join(parts)
    del parts
    try:
        body = decoded(raw, response.headers.get("content-encoding", ""), limit)
    except Swollen:
        told = f"the answer's body of {size} bytes swells to more than {limit // 1024} KiB"
        raise _TooLarge(told) from None
    except BadEncoding as problem:
        raise httpx.DecodingError(f"the body is not what its Content-Encoding says: {problem}") from None
    return as_text(body, response.charset_encoding)


def _is_whole(parts: list[bytes]) -> bool:
    """Whether what came before the other side hung up is a JSON object to its end: nothing was lost on the way."""
    try:
        return isinstance(parse(b"".join(parts).decode()), dict)
    except ValueError:
        return False


def open_pool(target: Target, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A pool of connections with the target's TLS and proxy settings.

    Raises:
        BadCertificate: our own certificate or its key cannot be used.
    """
    secure = target.base.startswith("https")
    verify = trust(target) if secure else False
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    pool = httpx.Client(
        timeout=httpx.Timeout(target.timeout),
        transport=transport or punctual(verify, limits, target.proxy or environment_proxy(target)),
        # The environment's .netrc would add credentials nobody asked for.
        trust_env=False,
        follow_redirects=False,
    )
    # Entra can come without a User-Agent (entra.md 2.0); what blocks that must show.
    del pool.headers["user-agent"]
    # Each request brings its own Accept, or none at all.
    del pool.headers["accept"]
    # httpx would add what else is installed, and we undo these only.
    pool.headers["accept-encoding"] = "gzip, deflate"
    return pool


def environment_proxy(target: Target) -> str | None:
    """URL of the proxy that the environment names for the target, or None."""
    parts = urlsplit(target.base)
    if target.is_loopback or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def trust(target: Target) -> ssl.SSLContext:
    """The target's TLS settings.

    Raises:
        BadCertificate: our own certificate or its key cannot be used.
    """
    context = ssl.create_default_context(cafile=str(target.ca_bundle) if target.ca_bundle else None)
    if target.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if target.client_cert is not None:
        try:
            # An empty password: OpenSSL would ask for one on the terminal.
            context.load_cert_chain(target.client_cert, target.client_key, password="")
        except (OSError, ValueError) as problem:
            raise BadCertificate(
                f"The client certificate {str(target.client_cert)!r} and its key cannot be used: {_reason(problem)}."
            ) from None
    return context


def _reason(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLError) and "MISMATCH" in str(problem):
        return "the key belongs to another certificate"
    if isinstance(problem, ssl.SSLError):
        return "they are not PEM, one of the two is missing, or the key is encrypted"
    return getattr(problem, "strerror", None) or str(problem)


def _kind(problem: Exception) -> str:
    causes = [problem, problem.__cause__, problem.__context__]
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "CERTIFICATE_VERIFY" in str(problem):
        return "tls"
    if isinstance(problem, httpx.RemoteProtocolError) and HUNG_UP.search(str(problem)):
        return "reset"
    return next((name for kinds, name in KINDS if isinstance(problem, kinds)), "protocol")


def _sentence(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
