"""The connections of a load worker: geventhttpclient in place of httpx, with the same limits of time and memory."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import gevent
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError

from conformance.load.answer import Answer
from conformance.scim import pool
from conformance.scim.endurance import MAX_BODY
from conformance.scim.target import Target

BLOCK = 16 * 1024
"""Bytes that are read at once."""

RESOLUTION = 0.25
"""Seconds between two looks for answers that are late."""

BROKEN = (OSError, HTTPConnectionClosed, HTTPParseError, gevent.Timeout, ValueError, RuntimeError)
"""What the network and whoever is at its other end can do; a RuntimeError is a proxy's refusal."""


class Connections:
    """A pool of connections to one target.

    Args:
        target: where to.
        size: how many requests can be under way at once.
    """

    def __init__(self, target: Target, size: int) -> None:
        self._target = target
        self._size = size
        self._pool = _open(target, size)
        self._under_way: dict[Any, float] = {}
        # One timer for all: those of gevent's own, two for each request, cost a worker a tenth of its throughput.
        self._timer = gevent.get_hub().loop.timer(RESOLUTION, RESOLUTION, ref=False)
        self._timer.start(self._end_the_late)

    def reopen(self) -> None:
        """Begin with new connections: Locust ends its users in the middle of a request, and those keep theirs."""
        self._pool.close()
        self._pool = _open(self._target, self._size)

    def receive(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send one request and read its answer; nothing of it is scrubbed yet.

        Args:
            method: HTTP method.
            url: absolute, below the target's.
            content: the body.
            headers: all of them.
        """
        me = gevent.getcurrent()
        self._under_way[me] = time.monotonic() + self._target.timeout
        try:
            response = self._pool.request(method, _below(url), content, headers)
            body = bytearray()
            while len(body) <= MAX_BODY and (block := response.read(BLOCK)):
                body += block
        except BROKEN as problem:
            return Answer(error=_kind(problem), detail=f"{type(problem).__name__}: {problem}")
        finally:
            del self._under_way[me]
        if len(body) > MAX_BODY:
            response.release()
            return Answer(error="too-large", detail=f"the answer's body is larger than {MAX_BODY // 1024} KiB")
        return Answer(response.status_code, cast("Mapping[str, str]", response.info()), bytes(body))

    def close(self) -> None:
        """Close all of them."""
        self._timer.stop()
        self._timer.close()
        self._pool.close()

    def _end_the_late(self) -> None:
        """Let those who wait too long know: the answer has to end in time, however slowly it drips."""
        now = time.monotonic()
        for greenlet, until in list(self._under_way.items()):
            if until < now:
                greenlet.throw(gevent.Timeout(self._target.timeout))


def _below(url: str) -> str:
    """Path and query of a URL, as they stand in the request line."""
    return "/" + url.split("://", 1)[1].partition("/")[2]


def _kind(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError | gevent.Timeout):
        return "timeout"
    if isinstance(problem, ConnectionRefusedError | RuntimeError):
        return "connect"
    if "ssl" in type(problem).__name__.lower():
        return "tls"
    return "protocol" if isinstance(problem, HTTPParseError | ValueError) else "reset"


def _open(target: Target, size: int) -> HTTPClient:
    """A pool with the target's TLS and proxy settings."""
    parts = urlsplit(target.base)
    secure = parts.scheme == "https"
    context = pool.trust(target) if secure else None
    made = HTTPClient(
        parts.hostname or "",
        parts.port or (443 if secure else 80),
        ssl=secure,
        # It has to take a cafile, or the library adds its own roots to those that the user trusts.
        ssl_context_factory=(lambda cafile=None: context) if context is not None else None,  # noqa: ARG005
        insecure=target.insecure,
        concurrency=size,
        connection_timeout=target.timeout,
        network_timeout=cast("float", None),  # ours is of the whole answer
        block_size=BLOCK,
        **_proxy(target),
    )
    # Entra can come without a User-Agent (entra.md 2.0); what blocks that must show.
    made.default_headers.pop("user-agent", None)
    return made


def _proxy(target: Target) -> dict[str, Any]:
    parts = urlsplit(target.proxy or pool.environment_proxy(target) or "")
    if not parts.hostname:
        return {}
    who = {"proxy_user": unquote(parts.username or ""), "proxy_password": unquote(parts.password or "")}
    return {"proxy_host": parts.hostname, "proxy_port": parts.port or 80, **(who if parts.username else {})}
