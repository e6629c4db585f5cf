"""The way to the endpoint: name, TCP, proxy and TLS, and the connections that are made on it."""

from __future__ import annotations

import socket
from functools import cached_property

from conformance.diagnose import name, tcp, tls
from conformance.diagnose.case import Case
from conformance.diagnose.finding import Found
from conformance.diagnose.probe import Probe
from conformance.diagnose.wire import Line

SILENCE = 0.3
"""Seconds within which a connection that nobody uses has to be left alone."""

ENDED = frozenset({"tls-closed", "tls-reset", "http-closed", "http-reset"})


class Road:
    """Makes connections to the endpoint.

    Args:
        case: under examination.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._addresses: list[name.Address] = []
        self.line = Line(self._ready, case.patience.answer)

    @cached_property
    def probe(self) -> Probe:
        """Sends look-ups on this road."""
        return Probe(self._case, self.line, self._plain)

    def travel(self) -> None:
        """Look up, connect and start TLS, each told as a step; the connection serves the first request.

        Raises:
            Found: which layer is at fault.
        """
        case = self._case
        self._addresses = name.resolve(case, case.host, case.port)
        plug = tcp.connect(case, self._addresses, case.host, case.port)
        self.line.adopt(tls.handshake(case, self._plain, plug) if case.secure else plug)

    def or_reset(self, found: Found) -> Found:
        """The TCP layer's fault where a connection ends although nothing was said on it."""
        if found.cause.id in ENDED and tcp.reset_in_silence(self._plain, SILENCE):
            return Found("tcp-reset", host=self._case.host, port=self._case.port)
        return found

    def close(self) -> None:
        """Close what is open."""
        self.line.close()

    def _plain(self) -> socket.socket:
        family, address = self._addresses[0]
        plug = socket.socket(family, socket.SOCK_STREAM)
        plug.settimeout(self._case.patience.connect)
        try:
            plug.connect(address)
        except OSError:
            plug.close()
            raise
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plug

    def _ready(self) -> socket.socket:
        plug = self._plain()
        return tls.wrap(self._case, plug, verify=not self._case.target.insecure) if self._case.secure else plug
