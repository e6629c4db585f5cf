"""Situations of HTTP: answers that are broken, and answers that are none of SCIM's."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable

from tests.diagnose.endpoints import (
    Request,
    Talk,
    endless,
    error,
    http,
    page,
    raw,
    read_head,
    reply,
    reset_on_request,
    silent,
)
from tests.diagnose.healthy import spoilt
from tests.diagnose.on_network import talking
from tests.diagnose.situations import TOKEN, Opening, situation

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\n"
BOMB = gzip.compress(b" " * (40 * 1024**2))


def broken(cause: str, told: str, talk: Talk, name: str = "") -> None:
    """Add an answer that cannot be read."""
    situation(name or cause, cause, "http", "U", told, talking(talk))


def whole(*parts: bytes) -> bytes:
    """A head and what follows it."""
    return b"\r\n".join([HEAD.rstrip(), *parts])


def dripping(plug: socket.socket) -> None:
    """A byte now and then, for ever."""
    read_head(plug)
    plug.sendall(whole(b"content-length: 9999", b"", b""))
    while True:
        plug.sendall(b" ")
        time.sleep(0.2)


def dripping_head(plug: socket.socket) -> None:
    """A letter of the head now and then."""
    read_head(plug)
    for letter in b"HTTP/1.1 200 OK\r\nx-header: " + b"a" * 999:
        plug.sendall(bytes([letter]))
        time.sleep(0.1)


broken("http-timeout", "does not answer within 1 seconds", silent)
broken("http-timeout", "does not answer", dripping_head, "http-dripping-head")
broken("http-body-timeout", "does not end it", dripping)
broken("http-body-timeout", "HTTP 200", raw(whole(b"content-length: 50", b"", b'{"a'), hold=1.6), "http-hanging-body")
broken("http-closed", "without an answer", lambda plug: read_head(plug) and None)
broken("http-reset", "resets", reset_on_request)
broken("http-not-http", "SSH-2.0", raw(b"SSH-2.0-OpenSSH_9.6\r\n"))
broken("http-headers", "headers", raw(HEAD + b"".join(b"x-%d: y\r\n" % n for n in range(150)) + b"\r\n{}"))
broken("http-headers", "longer", raw(HEAD + b"x: " + b"y" * 70000 + b"\r\n\r\n{}"), "http-long-header")
broken("http-incomplete", "2 of 500 bytes", raw(whole(b"content-length: 500", b"", b"{}")))
broken("http-chunk", "chunked", raw(whole(b"transfer-encoding: chunked", b"", b"zz\r\n{}\r\n0\r\n\r\n")))
broken("http-chunk", "chunked", raw(whole(b"transfer-encoding: chunked", b"", b"50\r\n{}")), "http-chunk-cut")
broken("http-encoding", "compresses with br", raw(reply(200, b"\x0b\x00\x80{}\x03", content_encoding="br")))
broken("http-gzip", "cannot be decompressed", raw(reply(200, b'{"totalResults": 0}', content_encoding="gzip")))
broken(
    "http-gzip",
    "ends too early",
    raw(reply(200, gzip.compress(b"{}" * 99)[:-9], content_encoding="gzip")),
    "http-gzip-cut",
)
broken("http-bomb", "swells", raw(reply(200, BOMB, content_encoding="gzip")))
broken("http-too-large", "announces a body", raw(whole(b"content-length: 999999999", b"", b"[")))
broken("http-endless", "does not end", endless)


def answering(respond: Callable[[Request], bytes | None]) -> Opening:
    """An endpoint that is healthy where the function gives no answer."""
    return talking(http(spoilt(respond)))


def always(answer: bytes) -> Opening:
    """The same answer to everything."""
    return talking(http(lambda _request: answer))


def knowing(answer: Callable[[Request], bytes]) -> Opening:
    """An answer to everything that brings the token."""
    return answering(lambda request: answer(request) if request.token == TOKEN else None)


def moved(place: str, status: int = 302) -> Opening:
    """A redirect."""
    return talking(
        http(lambda request: reply(status, location=place.format(path=request.path, host=request.headers["host"])))
    )


for name, place, told in [
    ("redirect-login", "https://sso.example.com/login?next=x", "login page"),
    ("redirect-to-https", "https://127.0.0.1{path}", "from http to https"),
    ("redirect-other-host", "http://idm.example.org{path}", "another host"),
    ("redirect-slash", "{path}/", "slash at its end"),
    ("redirect-path", "/api{path}", "another path"),
    ("redirect-loop", "{path}", "to itself"),
]:
    situation(name, name, "http", "-", told, moved(place))
situation("redirect-nowhere", "redirect-nowhere", "http", "-", "does not say", always(reply(302)))

LOGIN = page(200, "Sign in", '<form action="/login"><input type="password"></form>')
situation("http-login-page", "http-login-page", "http", "I", "Sign in", always(LOGIN))
situation("http-page", "http-page", "http", "I", "My App", always(page(200, "My App", "<div id=app></div>")))
BLOCKED = page(403, "Request blocked", "Attention")
situation("waf-blocked", "waf-blocked", "http", "C", "page of its own", always(BLOCKED))
situation(
    "waf-user-agent", "waf-user-agent", "http", "C", "User-Agent",
    answering(lambda request: None if "user-agent" in request.headers else BLOCKED),
)  # fmt: skip
situation("path-not-found", "path-not-found", "http", "I", "no SCIM endpoint", always(page(404, "Not Found")))


def _elsewhere(request: Request) -> bytes | None:
    return None if request.path.startswith("/scim/v2/") else error(404, "no route")


situation(
    "path-other-prefix", "path-other-prefix", "http", "I", "/scim/v2", talking(http(spoilt(_elsewhere, "/scim/v2"))),
)  # fmt: skip
for status, code, told in [
    (405, "-", "not allowed"), (406, "-", "does not want to answer"), (415, "-", "media type"),
    (429, "T", "one too many"), (500, "U", "internal error"), (501, "U", "not implemented"),
    (502, "U", "no usable answer"), (503, "U", "out of service"), (504, "U", "waits in vain"),
]:  # fmt: skip
    situation(f"http-{status}", f"http-{status}", "http", code, told, always(error(status, f"echo {TOKEN}")))
situation("http-bad-request", "http-bad-request", "http", "I", "filter or not", always(error(400)))
situation("http-odd-status", "http-odd-status", "http", "-", "599", always(error(599)))
situation("http-odd-client-error", "http-odd-client-error", "http", "-", "418", always(error(418)))
