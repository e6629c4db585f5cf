"""A SCIM endpoint without users on a real socket, and the command run against it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

SECRET = "canary-secret-5d1c77"
TOKENS = "canary-token-"
ID = "client-1"
LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


@dataclass
class House:
    """A SCIM endpoint without users, and a token endpoint, on one port.

    Attributes:
        admits: whether a request's headers open the door.
        knows: whether a token request's headers and form are those of our client.
        lifetime: of the tokens.
        issued: tokens, in order.
        seen: methods and paths of all requests.
    """

    admits: object = None
    knows: object = None
    lifetime: float = 3600
    issued: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    url: str = ""

    def answer(self, method, path, headers, body):
        """Status and JSON."""
        self.seen.append(f"{method} {path}")
        if path == "/token":
            form = dict(parse_qsl(body))
            if not self.knows(headers, form):
                return 401, {"error": "invalid_client", "error_description": f"not {SECRET}"}
            self.issued.append(f"{TOKENS}{len(self.issued)}-0123")
            return 200, {"access_token": self.issued[-1], "token_type": "bearer", "expires_in": self.lifetime}
        return (200, LIST) if self.admits(headers) else (401, {"detail": str(headers.get("authorization"))})

    def newest(self, headers):
        """Only the last token that was issued opens."""
        return bool(self.issued) and headers.get("authorization") == f"Bearer {self.issued[-1]}"


@contextmanager
def serving(house, context=None):
    """The house on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            status, answer = house.answer(self.command, urlsplit(self.path).path, self.headers, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/scim+json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - as http.server asks for

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request, address):
            if context is None:
                super().finish_request(request, address)
                return
            # The handshake belongs to the thread of the connection.
            with suppress(OSError), context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, address)

        def handle_error(self, request, address):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        house.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        yield house
        server.shutdown()


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def run(house, tmp_path, *arguments, canaries=(SECRET, TOKENS), code=0, verb="run", **environment):
    """Run one check by the command; no canary is in what it prints and writes. Returns what it printed."""
    line = [sys.executable, "-m", "conformance", verb, "--url", house.url, "--reports", str(tmp_path / "reports")]
    line += ["--only", "connect-users-answered", *arguments]
    done = subprocess.run(
        line, env=os.environ | environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    output = done.stdout + done.stderr
    files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    texts = [output, *(path.read_text(errors="replace") for path in files)]
    assert done.returncode == code, output
    assert "Traceback" not in output
    assert [canary for canary in canaries for text in texts if canary in text] == []
    return output
