"""What connections of the pool are used for, over real sockets."""

from __future__ import annotations

import errno
import select
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial

import httpx
import pytest

from conformance.scim import pool as wire
from conformance.scim import punctual
from conformance.scim.secret import HIDDEN, Scrubber, Secret
from conformance.scim.target import Target

BODY = b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def pooled(talk):
    """A listener that is given to a function on a thread of its own; yields its URL and a pool of connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=talk, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with wire.open_pool(Target(url), None) as pool:
            yield url, pool


def serve(listener, statuses):
    """Answer one request on each connection, and reset the connection at the second, as if it had been closed."""
    for status in statuses:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(BODY % status)
        connection.settimeout(1)
        try:
            again = connection.recv(65536)
        except TimeoutError:
            again = b""
        if again:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def test_a_connection_is_not_used_again_after_a_server_error():
    """A server may hang up after a 500 (scimmy does); the next request must not be held to fail for that."""
    with pooled(partial(serve, statuses=[b"500 Oops", b"200 OK"])) as (url, pool):
        answers = [wire.receive(pool, "GET", url, {}, None, patience=5, limit=1000) for _ in range(2)]

    assert [answer.get("status") for answer in answers] == [500, 200]


def test_an_answer_that_another_thread_waits_for_is_not_the_end_of_a_connection():
    """httpcore closes an idle connection that can be read; while a request is under way on it, that is the answer."""
    backend = punctual.transport(False, httpx.Limits(), None)._pool._network_backend
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = backend.connect_tcp(*listener.getsockname())
        connection, _ = listener.accept()
        stream.write(b"GET / HTTP/1.1\r\n\r\n")
        connection.sendall(BODY % b"200 OK")
        select.select([stream.get_extra_info("socket")], [], [], 5)
        waiting = stream.get_extra_info("is_readable")
        stream.read(1000)
        connection.close()
        select.select([stream.get_extra_info("socket")], [], [], 5)

        assert not waiting
        assert stream.get_extra_info("is_readable")
        stream.close()


def test_a_connection_closed_by_ourselves_is_no_finding():
    """The pool may hand out a connection while another thread closes it after a 500."""
    closed = OSError(errno.EBADF, "Bad file descriptor")
    problems = [httpx.WriteError("[Errno 9]"), httpx.ReadError("[Errno 104]")]
    problems[0].__cause__ = closed
    answers = iter(problems)

    def handle(request):
        for problem in answers:
            raise problem
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(handle)) as pool:
        first, second = (wire.receive(pool, "POST", "http://a.example", {}, "{}", patience=5, limit=9) for _ in "12")

    assert first["error"] == "reset", "what the server does is told, and only ours is tried again"
    assert second["status"] == 200


def test_a_request_on_a_connection_that_we_closed_meanwhile_is_sent_once_more(monkeypatch):
    """Not a byte of it went out; httpcore goes on to read where it could not write, and the read finds an end."""
    with pooled(partial(serve, statuses=[b"200 OK", b"200 OK"])) as (url, pool):
        wire.receive(pool, "GET", url, {}, None, patience=5, limit=1000)
        stream = pool._transport._pool.connections[0]._connection._network_stream
        # The moment in which the pool has looked at the connection, and not yet sent on it.
        monkeypatch.setattr(punctual._Stream, "get_extra_info", lambda *_: None)
        stream.close()
        answer = wire.receive(pool, "PATCH", url, {}, "{}", patience=5, limit=1000)

    assert answer.get("status") == 200, answer


CUT = b"HTTP/1.1 200 OK\r\n%s\r\n\r\n%s"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b"", "reset"),
        (CUT % (b"Content-Length: 99", b'{"id": "1"'), "reset"),
        (CUT % (b"Content-Length: 99", b""), "reset"),
        (CUT % (b"Transfer-Encoding: chunked", b'9\r\n{"id"'), "reset"),
        (CUT % (b"Content-Length: 99", b'{"id": "1"}'), "unreadable"),
        (CUT % (b"Content-Length: -5", b"{}"), "unreadable"),
        (CUT % (b"Content-Length: 2\r\nContent-Length: 3", b"{}"), "unreadable"),
        (CUT % (b"Transfer-Encoding: chunked", b"xyz\r\n{}"), "unreadable"),
        (CUT % (b"Content-Length: 2\r\nContent-Encoding: gzip", b"{}"), "unreadable"),
        (CUT % (b"X: " + b"y" * 200_000, b"{}"), "unreadable"),
        (CUT % (b"Transfer-Encoding: chunked", b"1\r\n \r\n" * 11_000), "too-large"),
        (b"HTTP/1.1 2OO OK\r\n\r\n", "unreadable"),
        (b"<html>hello</html>", "unreadable"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "unreadable"),
    ],
)
def test_what_was_lost_on_the_way_is_told_from_what_nobody_can_read(sent, kind):
    """A network can end an answer anywhere; what is wrong in it was written by the other side."""

    def once(listener):
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(5)
            connection.recv(65536)

    with pooled(once) as (url, pool):
        answer = wire.receive(pool, "GET", url, {}, None, patience=5, limit=20_000)

    assert answer.get("error") == kind, answer


def test_a_server_that_closes_every_connection_is_no_finding():
    """Connections may end at any time (RFC 9112 section 9.6): reads are sent again, and then none is kept any more."""

    def hang_up(listener):
        while listener.fileno() >= 0:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(BODY % b"200 OK")
                    time.sleep(0.001)

    with pooled(hang_up) as (url, pool):
        methods = ["GET"] * 3 + ["POST"] * 30
        answers = [wire.receive(pool, method, url, {}, None, patience=5, limit=99) for method in methods]

    assert [answer for answer in answers if answer.get("error")] == []


def test_ten_thousand_headers_cost_no_time():
    """Their number is taken note of once, and not once for each of them."""
    many = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + b"".join(b"%x:\r\n" % n for n in range(10_000)) + b"\r\n{}"

    def once(listener):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(many)
            connection.recv(1)

    with pooled(once) as (url, pool):
        begin = time.process_time()
        answer = wire.receive(pool, "GET", url, {}, None, patience=30, limit=99)

    assert len(answer["headers"]) == 10_001
    assert time.process_time() - begin < 5


def test_an_etag_beyond_ascii_goes_back_as_it_came():
    """It is wrong, and no reason for us to break."""
    heard = []

    def talk(listener):
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(65536))
            connection.sendall(BODY % b"200 OK")

    with pooled(talk) as (url, pool):
        answer = wire.receive(pool, "GET", url, {"if-match": 'W/"ä1"'}, None, patience=5, limit=1000)

    assert answer["status"] == 200
    assert b'if-match: W/"\xc3\xa41"\r\n' in heard[0]


def test_a_secret_in_the_name_of_a_header_is_not_recorded():
    """Of an answer only headers that are known are named, and only harmless ones with their values."""
    scrub = Scrubber()
    scrub.add(Secret("canary5d1c7a9e2b4f8063"))
    told = {"ETag": "1", "Server": "canary5d1c7a9e2b4f8063", "X-Canary5D1C7A9E2B4F8063": "1", "X-Mine": "1"}

    assert wire.shown(scrub, told) == {"etag": "1", "server": HIDDEN}
    assert wire.sent(scrub, {"X-Mine": "1", "Accept": "*/*"}) == {"accept": "*/*", "x-mine": HIDDEN}
