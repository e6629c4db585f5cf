"""A hostile server: the embedded one, behind a socket that misbehaves in one way at chosen moments."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.demo.server import build_app
from tests.faults.layer import ROOT, Answer, Call, _inner

TOKEN = "hostile-token-0123456789"
OURS = "scimconf"
"""In the names of what a run creates; the doctor's look-ups are for a random name."""

Trick = Callable[["Plug", Call, Answer], None]
Moment = Callable[[Call], bool]


@dataclass
class Plug:
    """The server's end of a connection.

    Attributes:
        handler: http.server's own.
        over: set when the server is stopped.
    """

    handler: BaseHTTPRequestHandler
    over: threading.Event

    def send(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        for part in parts:
            self.handler.connection.sendall(part)

    def answer(self, raw: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> None:
        """Send a whole answer, with a length that may be wrong."""
        size = len(raw) if length is None else length
        self.head(f"Content-Length: {size}", *headers, status=status)
        self.send(raw)

    def head(self, *headers: str, status: str = "200 OK", kind: str = "application/scim+json") -> None:
        """Send a status line and headers."""
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers]
        self.send("\r\n".join(lines).encode("latin-1", "replace"), b"\r\n\r\n")

    def drip(self, raw: bytes, pause: float) -> None:
        """Send a byte, wait, send the next."""
        for number in range(len(raw)):
            self.send(raw[number : number + 1])
            if self.over.wait(pause):
                return

    def for_ever(self, part: bytes) -> None:
        """Send the same bytes until the other side hangs up."""
        while not self.over.is_set():
            self.send(part)


def anything(_call: Call) -> bool:
    """Every request."""
    return True


def is_look_up(call: Call) -> bool:
    """The doctor's probe: whoever spoils it is told of by the doctor, and the run ends there."""
    return call.method == "GET" and "filter" in call.query and OURS not in call.query["filter"]


def answers(call: Call) -> bool:
    """All that comes after the doctor's probe."""
    return not is_look_up(call)


def lists(call: Call) -> bool:
    """Lists of users and groups."""
    return call.method == "GET" and call.path in {"/Users", "/Groups"} and answers(call)


def creates(call: Call) -> bool:
    """POSTs of users and groups."""
    return call.method == "POST" and call.path in {"/Users", "/Groups"}


def discovery(call: Call) -> bool:
    """The three documents by which an endpoint describes itself."""
    return call.path.startswith(("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"))


@dataclass
class Hostile:
    """What a server does wrong and when; ``met`` counts how often it did. It wants to see a token."""

    trick: Trick
    when: Moment = answers
    token: str = TOKEN
    url: str = ""
    met: int = 0
    over: threading.Event = field(default_factory=threading.Event)


def plain(plug: Plug, answer: Answer, *, times: int = 1) -> None:
    """Send an answer as it should be, each of its own headers so many times."""
    raw = answer.raw if answer.raw is not None else b"" if answer.body is None else json.dumps(answer.body).encode()
    dropped = {"content-length", "content-type"}
    headers = [f"{name}: {value}" for name, value in answer.headers.items() if name.lower() not in dropped] * times
    kind = next((v for k, v in answer.headers.items() if k.lower() == "content-type"), "application/scim+json")
    plug.head(f"Content-Length: {len(raw)}", *headers, status=f"{answer.status} X", kind=kind)
    plug.send(raw)


@contextmanager
def serving(hostile: Hostile) -> Iterator[str]:
    """Serve on 127.0.0.1 until the block ends; yields the tenant URL."""
    app, memory = build_app(hostile.token), {}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 30

        def handle_one(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            call = _call(self, raw, memory)
            plug = Plug(self, hostile.over)
            with lock:  # the embedded server's memory is not made for threads of ours
                answer = _inner(app, call)
            if not hostile.when(call):
                plain(plug, answer)
                return
            hostile.met += 1
            self.close_connection = True
            with suppress(OSError):
                hostile.trick(plug, call, answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - as http.server asks for

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            pass  # the other side hung up, as it should

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        hostile.url = f"http://127.0.0.1:{server.server_port}{ROOT}"
        try:
            yield hostile.url
        finally:
            hostile.over.set()
            server.shutdown()
            thread.join()


def _call(handler: BaseHTTPRequestHandler, raw: bytes, memory: dict[str, Any]) -> Call:
    parts = urlsplit(handler.path)
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    headers = {name.lower(): value for name, value in handler.headers.items()}
    from urllib.parse import unquote

    path = unquote(parts.path).removeprefix(ROOT)
    return Call(handler.command, path, query, headers, body, raw, memory)
