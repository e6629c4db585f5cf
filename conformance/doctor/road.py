"""The way to the endpoint: name, TCP, proxy and TLS, and the connections that are made on it."""

from __future__ import annotations

import socket
from functools import cached_property

from conformance.doctor import name, tcp, tls
from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.probe import Probe
from conformance.doctor.proxy import Proxy
from conformance.doctor.raw_http import Line

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
        self._proxy = Proxy.of(case.target)
        if self._proxy is not None:
            self._proxy.hide(case.scrub)
        self.line = Line(self._ready, case.patience.answer, via_proxy=self._proxy is not None and not case.secure)

    @cached_property
    def probe(self) -> Probe:
        """Sends look-ups on this road."""
        return Probe(self._case, self.line, self._plain, self._proxy if not self._case.secure else None)

    def travel(self) -> None:
        """Look up, connect and start TLS, each told as a step; the connection serves the first request.

        Raises:
            Found: which layer is at fault.
        """
        case = self._case
        proxy = self._proxy
        host, port = (proxy.host, proxy.port) if proxy else (case.host, case.port)
        self._addresses = name.resolve(case, host, port, proxy=proxy is not None)
        plug = tcp.connect(case, self._addresses, host, port, proxy=proxy is not None)
        # From now on only the address that answered.
        self._addresses = [(plug.family, plug.getpeername())]
        if proxy and case.secure:
            with case.step("tcp", f"ask the proxy {host} for a tunnel to {case.host}:{case.port}") as step:
                step.saw = proxy.tunnel(plug, case.host, case.port)
        self.line.adopt(tls.handshake(case, self._plain, plug) if case.secure else plug)

    def or_reset(self, found: Found) -> Found:
        """The TCP layer's fault where a connection ends although nothing was said on it."""
        if self._proxy is None and found.cause.id in ENDED and tcp.reset_in_silence(self._plain, SILENCE):
            return Found("tcp-reset", host=self._case.host, port=self._case.port)
        return found

    def close(self) -> None:
        """Close what is open."""
        self.probe.close()

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
        if self._proxy is not None and self._case.secure:
            self._proxy.tunnel(plug, self._case.host, self._case.port)
        return plug

    def _ready(self) -> socket.socket:
        plug = self._plain()
        return tls.wrap(self._case, plug, verify=not self._case.target.insecure) if self._case.secure else plug
