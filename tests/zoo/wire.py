"""The zoo's server on a socket of 127.0.0.1."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.zoo.message import Answer, Request
from tests.zoo.server import Zoo

ROOT = "/scim/v2"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    zoo: Zoo

    def _handle(self) -> None:
        raw = self._body()
        answer = self.zoo.serve(self._request(raw))
        if answer.wait:
            time.sleep(answer.wait)
        if answer.drop:
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815 - http.server's

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _request(self, raw: bytes) -> Request:
        split = urlsplit(self.path)
        below = split.path.removeprefix(ROOT).strip("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {name.lower(): value for name, value in parse_qsl(split.query, keep_blank_values=True)}
        body, broken = None, False
        if raw:
            try:
                body = json.loads(raw)
            except ValueError:
                broken = True
        elif self.command in {"POST", "PUT", "PATCH"}:
            broken = True
        parts = tuple(unquote(part) for part in below.split("/")) if below else ()
        return Request(self.command, parts, query, headers, body, broken, len(raw))

    def _send(self, answer: Answer) -> None:
        data = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response_only(answer.status)
        for name, value in ({"Date": self.zoo.date()} | dict(answer.headers)).items():
            self.send_header(name, value)
        if data:
            self.send_header("Content-Type", self.zoo.media_type)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """A fault of the zoo's own is told with the outcome; a client that was killed is none."""
        if not isinstance(sys.exception(), OSError):
            self.RequestHandlerClass.zoo.crashes.append(traceback.format_exc(limit=-6))  # type: ignore[attr-defined]


@contextmanager
def open_house(kind: type[Zoo]) -> Iterator[Zoo]:
    """Serve a zoo, still empty, on a port of its own until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        zoo = kind(f"http://127.0.0.1:{server.server_port}{ROOT}")
        handler.zoo = zoo  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield zoo
        finally:
            server.shutdown()
            thread.join(timeout=5)
