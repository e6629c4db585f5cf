"""A foreign server on a socket: as the zoo's, and away for a while where it says so."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.zoo import wire
from tests.zoo.foreign.base import Foreign

POLL = 0.05
"""Seconds between two looks at whether it is to close."""


class _Closed(Exception):
    """Nobody listens any more."""


class _Server(wire._Server):
    def __init__(self, port: int, handler: type[wire._Handler], over: threading.Event) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.over = over
        self.open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a connection, and remember it."""
        connection, address = super().get_request()
        self.open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """End a connection; where the process ended with it, everything else is closed before the client can know."""
        if self.closing:
            self.cut_off(self.socket, *(self.open - {request}))
        super().shutdown_request(request)

    def close_request(self, request: Any) -> None:
        """Close a connection."""
        self.open.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        """Close the port and all connections, as a process that ends does."""
        self.cut_off(self.socket, *self.open)
        super().server_close()

    def cut_off(self, *ends: socket.socket) -> None:
        """Close sockets, whoever waits at them."""
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def service_actions(self) -> None:
        """End serving where it is time to; called after each request, and when none came for a while.

        Raises:
            _Closed: it is.
        """
        if self.closing:
            raise _Closed

    @property
    def closing(self) -> bool:
        """Whether nobody is to listen any more."""
        return self.over.is_set() or bool(_absence(self.RequestHandlerClass.zoo))  # type: ignore[attr-defined]


def _absence(zoo: Foreign) -> float:
    """Seconds for which it is still away."""
    return max(0.0, zoo.away_until - time.monotonic())


@contextmanager
def open_house(kind: type[Foreign]) -> Iterator[Foreign]:
    """Serve a foreign server, still empty, on a port of its own until the block ends."""
    handler = type("Handler", (wire._Handler,), {})
    over = threading.Event()
    begun = _Server(0, handler, over)
    port = begun.server_port
    zoo = handler.zoo = kind(f"http://127.0.0.1:{port}{wire.ROOT}")  # type: ignore[attr-defined]

    def live(server: _Server) -> None:
        while True:
            with server, suppress(_Closed):
                server.serve_forever(poll_interval=POLL)
            if over.wait(_absence(zoo)):
                return
            server = _Server(port, handler, over)

    thread = threading.Thread(target=live, args=[begun], daemon=True)
    thread.start()
    try:
        yield zoo
    finally:
        over.set()
        thread.join(timeout=5)
