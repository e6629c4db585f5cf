"""Misbehaving endpoints on loopback: raw sockets in threads, each an answer to whatever comes."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket], None]
"""What an endpoint does with one connection."""

EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


class Endpoint:
    """A listening socket whose connections are served by threads.

    Attributes:
        requests: the heads of the requests that came, in order.
    """

    def __init__(self, talk: Talk, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self._talk = talk
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                plug, _ = self._socket.accept()
            except OSError:
                return
            plug.settimeout(8)
            threading.Thread(target=self._one, args=(plug,), daemon=True).start()

    def _one(self, plug: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if self._context is not None:
                plug.getpeername()  # CPython leaks the socket where it is reset by now
                plug = self._context.wrap_socket(plug, server_side=True)
            self._talk(plug)
        with suppress(OSError):
            plug.close()

    def close(self) -> None:
        """Listen no more."""
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(2)


@contextmanager
def serving(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """An endpoint for the time of a block."""
    endpoint = Endpoint(talk, context)
    try:
        yield endpoint
    finally:
        endpoint.close()


class Request:
    """One request as it came."""

    def __init__(self, text: str) -> None:
        head, _, self.body = text.partition("\r\n\r\n")
        line, _, rest = head.partition("\r\n")
        self.method, self.target, _ = (*line.split(" "), "", "")[:3]
        self.path, _, self.query = self.target.partition("?")
        rows = (row.partition(":") for row in rest.split("\r\n") if ":" in row)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in rows}

    @property
    def token(self) -> str:
        """The bearer."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


def read_head(plug: socket.socket) -> str | None:
    """A request's head and, where announced, its body; None at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = plug.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while found and len(body) < int(found[1]):
        body += plug.recv(65536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def http(respond: Callable[[Request], bytes], log: list[Request] | None = None) -> Talk:
    """Speak HTTP: answer each request with the bytes that a function makes; a None answer hangs up."""

    def talk(plug: socket.socket) -> None:
        while (head := read_head(plug)) is not None:
            request = Request(head)
            if log is not None:
                log.append(request)
            answer = respond(request)
            if not answer:
                return
            plug.sendall(answer)
            if b"connection: close" in answer[:500].lower():
                return

    return talk


def reply(status: int, body: object = None, kind: str = "application/scim+json", **headers: str) -> bytes:
    """A whole answer."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(raw)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def error(status: int, detail: str = "refused", **headers: str) -> bytes:
    """A SCIM error."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return reply(status, body, **headers)


def page(status: int, title: str, body: str = "") -> bytes:
    """A web page."""
    text = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return reply(status, text.encode(), "text/html; charset=utf-8")


def raw(*parts: bytes, wait: float = 0.0, read: bool = True, hold: float = 0.0) -> Talk:
    """Read one request (or not), send bytes as they are, with pauses between them, and close."""

    def talk(plug: socket.socket) -> None:
        if read and read_head(plug) is None:
            return
        for part in parts:
            plug.sendall(part)
            time.sleep(wait)
        time.sleep(hold)
        if not hold:
            with suppress(OSError):
                plug.shutdown(socket.SHUT_WR)
                plug.recv(65536)

    return talk


def reset(plug: socket.socket) -> None:
    """Close with a reset."""
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    plug.close()


def reset_at_once(plug: socket.socket) -> None:
    """Reset before anything is said."""
    reset(plug)


def reset_on_request(plug: socket.socket) -> None:
    """Reset once something was said."""
    plug.recv(1)
    reset(plug)


def silent(plug: socket.socket) -> None:
    """Never say anything."""
    with suppress(OSError):
        while plug.recv(65536):
            pass


def endless(plug: socket.socket) -> None:
    """A body without end."""
    read_head(plug)
    plug.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\n\r\n")
    block = b" " * 65536
    while True:
        plug.sendall(block)
