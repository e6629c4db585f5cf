"""One HTTP request over a connection of our own, so that each way in which an answer can be broken has a name."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from conformance.scim.decoding import ENCODINGS, BadEncoding, Swollen, inflated
from conformance.scim.endurance import MAX_BODY
from conformance.scim.pool import SHOWN_HEADERS

CHUNK = 64 * 1024
SAFE = "%/:=&?~#+!$,;'@()*[]"
Opener = Callable[[], socket.socket]


@dataclass
class Answer:
    """What came back.

    Attributes:
        status: HTTP status; 0 where none came.
        headers: those that may be told, by lower-case name; the first of each.
        body: decoded content, capped.
        error: how the answer was broken, empty where it was whole: timeout, closed, reset, tls, not-http, headers,
            body-timeout, incomplete, chunk, encoding, gzip, bomb, too-large, endless.
        detail: what the break looked like.
        wire: a TLS problem, kept for the TLS layer to explain.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""
    detail: str = ""
    wire: ssl.SSLError | None = None

    @property
    def kind(self) -> str:
        """The media type, in lower case and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people."""
        start = self.text[:200].lstrip().lower()
        return self.kind in {"text/html", "application/xhtml+xml"} or start.startswith(("<!doctype html", "<html"))


class _Broken(Exception):
    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(error)
        self.answer = Answer(error=error, detail=detail)


class Line:
    """Sends requests over one connection while it lasts, and opens another when it does not.

    Args:
        opener: gives a connection, TLS included.
        seconds: for one answer, its body included.
        via_proxy: the request line names the whole URL.
    """

    def __init__(self, opener: Opener, seconds: float, *, via_proxy: bool = False) -> None:
        self._open = opener
        self._seconds = seconds
        self._via_proxy = via_proxy
        self._plug: socket.socket | None = None

    def adopt(self, plug: socket.socket) -> None:
        """Use a connection that is open already."""
        self._plug = plug

    def close(self) -> None:
        """Close the connection."""
        if self._plug is not None:
            self._plug.close()
            self._plug = None

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Send a GET and read the answer, within the time given."""
        kept = self._plug is not None
        answer = self._get(url, headers)
        if kept and answer.error in {"closed", "reset"}:
            # A kept connection may have been closed meanwhile, which is no fault.
            answer = self._get(url, headers)
        return answer

    def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        answer = Answer()
        try:
            plug = self._plug or self._open()
        except OSError as problem:
            answer.error, answer.detail = _kind(problem, answer), str(problem)
            answer.wire = problem if isinstance(problem, ssl.SSLError) else None
            return answer
        self._plug = None
        watch = Watch(plug, self._seconds)
        keep = False
        try:
            keep = _exchange(plug, url, headers, answer, via_proxy=self._via_proxy)
        except _Broken as broken:
            answer.error, answer.detail = broken.answer.error, broken.answer.detail
        except (http.client.HTTPException, OSError, ValueError) as problem:
            answer.error, answer.detail = _kind(problem, answer), str(problem)
            answer.wire = problem if isinstance(problem, ssl.SSLError) else None
        if watch.stop():
            answer.error = "body-timeout" if answer.status else "timeout"
        if keep and not answer.error:
            self._plug = plug
        else:
            plug.close()
        return answer


class Watch:
    """Cuts a connection when its time is up, however slowly the other side drips."""

    def __init__(self, plug: socket.socket, seconds: float) -> None:
        self._late = False
        self._plug = plug
        plug.settimeout(seconds + 1)
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self._late = True
        try:
            # Of the socket underneath: TLS would want to say good-bye first.
            socket.socket.shutdown(self._plug, socket.SHUT_RDWR)
        except OSError:
            return

    def stop(self) -> bool:
        """Stop watching; whether the time was up."""
        self._timer.cancel()
        return self._late


def _exchange(plug: socket.socket, url: str, headers: Mapping[str, str], answer: Answer, *, via_proxy: bool) -> bool:
    """Send and receive; returns whether the connection can be used again."""
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    link.default_port = 443 if parts.scheme == "https" else 80
    link.sock = plug
    selector = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if via_proxy:
        selector = f"{parts.scheme}://{parts.netloc}{selector}"
    link.putrequest("GET", quote(selector, safe=SAFE), skip_accept_encoding=True)
    for name, value in headers.items():
        link.putheader(name, value)
    link.putheader("accept-encoding", "gzip, deflate")
    link.endheaders()
    response = link.getresponse()
    answer.status = response.status
    for name, value in response.getheaders():
        if name.lower() in SHOWN_HEADERS:
            answer.headers.setdefault(name.lower(), value)
    answer.body = _decoded(_read(response), answer.headers.get("content-encoding", ""))
    return not response.will_close


def _read(response: http.client.HTTPResponse) -> bytes:
    """The raw body; a declared size above the cap is not read at all."""
    declared = response.length
    if declared is not None and declared > MAX_BODY:
        raise _Broken("too-large", f"{declared} bytes")
    parts, size = [], 0
    while chunk := response.read1(CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise _Broken("endless", f"more than {MAX_BODY // 1024**2} MiB")
    if declared is not None and size < declared:
        raise _Broken("incomplete", f"{size} of {declared} bytes")
    return b"".join(parts)


def _decoded(raw: bytes, encoding: str) -> bytes:
    """Undo gzip and deflate; decompressed bytes count for the cap."""
    name = encoding.strip().lower()
    if name in {"", "identity"} or not raw:
        return raw
    if name not in ENCODINGS:
        raise _Broken("encoding", name)
    try:
        return inflated(raw, name, MAX_BODY)
    except Swollen:
        raise _Broken("bomb", f"{len(raw)} bytes") from None
    except BadEncoding as problem:
        raise _Broken("gzip", str(problem)) from None


KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (http.client.RemoteDisconnected, "closed", "closed"),
    (http.client.BadStatusLine, "not-http", "not-http"),
    (http.client.IncompleteRead, "chunk", "chunk"),
    (http.client.HTTPException, "headers", "headers"),
    (TimeoutError, "timeout", "body-timeout"),
    (ssl.SSLError, "tls", "tls"),
    (OSError, "reset", "incomplete"),
    (Exception, "not-http", "incomplete"),
)
"""What a problem is called before a status was seen, and after; the first that fits."""


def _kind(problem: Exception, answer: Answer) -> str:
    before, after = next(names for kind, *names in KINDS if isinstance(problem, kind))
    return after if answer.status else before
