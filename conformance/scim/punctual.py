"""Connections with a clock: no answer takes longer than its time, however slowly the other side drips."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_UNTIL: ContextVar[tuple[float, float] | None] = ContextVar("_UNTIL", default=None)
"""When the request that this thread is sending has to be answered, and the seconds that it was given."""

STALE = "Server disconnected between two requests."
"""What is said of a connection that was kept and has ended before it brought another answer (RFC 9112 section 9.6)."""

AT_ONCE = 1.0
"""Seconds: a server that closes a kept connection sooner does not keep connections, whatever it says."""

HTTP = b"HTTP/"
SHOWN = 40
"""Bytes of what is no HTTP that are told."""


class _Unlogged(logging.Filter):
    """Keeps our own exchanges out of the logs of httpx and httpcore, which tell of all headers, the URL and the reason.

    A team's own requests in the same process are logged as ever.
    """

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - whatever it says
        return _UNTIL.get() is None


for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(_Unlogged())


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever the block sends has to be answered, body included, within so many seconds."""
    token = _UNTIL.set((time.monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _UNTIL.reset(token)


def transport(verify: ssl.SSLContext | bool, limits: httpx.Limits, proxy: str | None) -> httpx.HTTPTransport:
    """A transport of httpx's whose connections keep to the time of ``within``.

    A timeout of httpx's is one of each read, so that an endpoint that sends a byte a second, or one 1xx answer after
    another, is never late by it.
    """
    made = httpx.HTTPTransport(verify=verify, limits=limits, proxy=proxy, trust_env=False)
    # httpcore takes a network backend and httpx does not hand one on; tests/test_wire.py shows that this still works.
    made._pool._network_backend = _Backend(made._pool._network_backend)  # noqa: SLF001
    return made


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    until = _UNTIL.get()
    if until is None:
        return timeout
    left = until[0] - time.monotonic()
    if left <= 0:
        raise late(f"the answer did not end within {until[1]:.3g} s")
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner
        self.hangs_up = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, backend: _Backend) -> None:
        self._inner = inner
        self._backend = backend
        self._begin = b""
        self._kept = False
        self._asked = False
        self._read = 0.0

    @property
    def hangs_up(self) -> bool:
        """Whether the other side closes connections as soon as it has answered, and does not say so before."""
        return self._backend.hangs_up

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data = self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))
        except httpcore.ReadError as problem:
            self._judge_the_end(problem)
            raise
        if not data:
            self._judge_the_end()
        self._asked = False
        self._begin = self._begin or data[:SHOWN]
        self._read = time.monotonic()
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._kept, self._begin, self._asked = self._kept or bool(self._begin), b"", True
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        told = self._inner.get_extra_info(info)
        # httpcore looks at a connection that it takes for idle; another thread may have sent a request on it meanwhile,
        # and what can be read is the answer. Closing it would lose that.
        if info == "is_readable" and self._asked:
            return False
        # What can be read from a connection that waits for its next request is its end.
        if info == "is_readable" and told:
            self._note_the_end()
        return told

    def _note_the_end(self) -> None:
        if time.monotonic() - self._read < AT_ONCE:
            self._backend.hangs_up = True

    def _judge_the_end(self, cause: Exception | None = None) -> None:
        """Tell a connection that ends apart from one that was ended before it was used again, and from no HTTP.

        Args:
            cause: why it cannot be read, which may be that we closed it ourselves.

        Raises:
            httpcore.RemoteProtocolError: the connection was kept and nothing came, or what came is no HTTP.
        """
        if self._begin and not self._begin.startswith(HTTP[: len(self._begin)]):
            # httpcore waits for the end of a head that never was one, and then says that nothing came.
            raise httpcore.RemoteProtocolError(f"the answer is no HTTP: it begins with {self._begin!r}")
        if self._kept and not self._begin:
            self._note_the_end()
            raise httpcore.RemoteProtocolError(STALE) from cause
