"""Every way in which the hostile server misbehaves, by name: on the wire, in the text of a body, in what it says."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.faults.layer import Answer, Call
from tests.torture.hostile import Moment, Plug, Trick, answers, anything, creates, discovery, lists, plain

MIB = 1024 * 1024
MARK = "hostile()"
EVIL = (
    f"</script><script>{MARK}</script><img src=x onerror={MARK}>\x1b[31m\x1b]0;{MARK}\x07\r\n::error::{MARK}"
    f"\x00\u202e]]>&{MARK};javascript:{MARK}"
)
"""HTML, JavaScript, ANSI, a workflow command of GitHub's and XML in one string."""


@dataclass(frozen=True)
class Kind:
    """One kind of hostility.

    Attributes:
        name: as it stands in docs/reliability.md.
        trick: what is done.
        moments: when; each is a run of its own.
        quick: one of those that the normal suite tries.
    """

    name: str
    trick: Trick
    moments: tuple[Moment, ...] = (answers,)
    quick: bool = False


KINDS: dict[str, Kind] = {}


def kind(name: str, *moments: Moment, quick: bool = False) -> Callable[[Trick], Trick]:
    """Register a trick."""

    def register(trick: Trick) -> Trick:
        KINDS[name] = Kind(name, trick, moments or (answers,), quick)
        return trick

    return register


def _register(name: str, trick: Trick, *moments: Moment, quick: bool = False) -> None:
    kind(name, *moments, quick=quick)(trick)


# --- bodies without measure ----------------------------------------------------------------------------


@kind("endless body in chunks", answers, lists)
def _endless_chunks(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.head("Transfer-Encoding: chunked")
    plug.for_ever(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


@kind("endless body in chunks of one byte", lists)
def _endless_small_chunks(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.head("Transfer-Encoding: chunked")
    plug.for_ever(b"1\r\n \r\n" * 4000)


@kind("endless body without length", creates, lists)
def _endless(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.head()
    plug.for_ever(b" " * 0x10000)


@kind("body of 1 GB", answers)
def _gigabyte(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.head(f"Content-Length: {1024 * MIB}")
    plug.for_ever(b" " * 0x10000)


@cache
def _bomb(*, framed: bool = True, again: bool = False) -> bytes:
    """A gigabyte of zeros, deflated: what a flush has ended can be repeated."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = engine.compress(b"\0" * MIB) + engine.flush(zlib.Z_FULL_FLUSH)
    raw = (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" if framed else b"") + piece * 1024
    return gzip.compress(raw) if again else raw


_register(
    "gzip bomb (1 MB to 1 GB)", lambda plug, _c, _a: plug.answer(_bomb(), "Content-Encoding: gzip"), answers, lists
)
_register(
    "gzip bomb in gzip (few kB to 1 GB)",
    lambda plug, _c, _a: plug.answer(_bomb(again=True), "Content-Encoding: gzip, gzip"),
    creates, answers, quick=True,
)  # fmt: skip
_register("deflate bomb", lambda plug, _c, _a: plug.answer(_bomb(framed=False), "Content-Encoding: deflate"))
_register(
    "brotli nobody asked for",
    lambda plug, _c, _a: plug.answer(b"\xcf\xff\xff\x7f\xf8'\x00\xe2\xb1", "Content-Encoding: br"),
)
_register("gzip that is none", lambda plug, _c, _a: plug.answer(b"{}", "Content-Encoding: gzip"))


def _text(name: str, make: Callable[[], bytes], *moments: Moment, quick: bool = False) -> None:
    """A body of these bytes in place of the right one."""
    once = cache(make)
    _register(name, lambda plug, _c, _a: plug.answer(once(), status="200 OK"), *moments, quick=quick)


def _many_users() -> bytes:
    row = {"id": "x", "userName": "somebody", "emails": [{"value": "a@example.com", "type": "work"}] * 3}
    urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    return json.dumps({"schemas": [urn], "totalResults": 5000, "Resources": [row] * 5000}).encode()


_text("JSON nested 100,000 deep", lambda: b"[" * 100_000 + b"]" * 100_000, answers, lists, discovery, quick=True)
_text("JSON nested 900 deep", lambda: b'{"a":' * 900 + b"1" + b"}" * 900, answers, discovery)
_text("a string of 10 MB", lambda: b'{"id":"' + b"A" * 10 * MIB + b'"}', answers, creates)
_text("a string of 7 MB", lambda: b'{"id":"' + b"A" * 7 * MIB + b'","userName":"' + b"B" * 1000 + b'"}', answers)
_text("a string of 2 MB of emoji", ('{"id":"' + "🌷" * 500_000 + '"}').encode, answers)
_text("8 MB of empty lists", lambda: b'{"Resources":[' + b"[]," * 2_500_000 + b"[]]}", lists, discovery)
_text("a list of 5,000 users", _many_users, lists)
_text("a whole number of a million digits", lambda: b'{"totalResults":' + b"9" * 1_000_000 + b"}", lists, creates)
_text("not a number", lambda: b'{"totalResults":NaN,"itemsPerPage":Infinity,"startIndex":-Infinity}', lists, creates)
_text("invalid UTF-8", lambda: b'{"id":"\xff\xfe\xc0\x80\xed\xa0\x80","userName":"\x80"}', answers)
_text("nothing at all", lambda: b"", answers)


def _dressed(name: str, dress: Callable[[bytes], bytes], *moments: Moment, headers: tuple[str, ...] = ()) -> None:
    """The right answer in other bytes."""

    def trick(plug: Plug, _call: Call, answer: Answer) -> None:
        raw = dress(json.dumps(answer.body).encode()) if answer.body is not None else b""
        plug.answer(raw, *headers, status=f"{answer.status} X")

    _register(name, trick, *moments)


_dressed("byte order mark", lambda raw: b"\xef\xbb\xbf" + raw)
_dressed("UTF-16", lambda raw: raw.decode().encode("utf-16"))
_dressed(
    "a charset that takes for ever",
    lambda raw: b"a" * 200_000 + b"-" + raw * 20,
    headers=("Content-Type: application/scim+json; charset=punycode",),
)
_dressed("every member twice", lambda raw: b"{" + raw[1:-1] + b"," + raw[1:] if raw.startswith(b"{") else raw)

# --- headers and framing -------------------------------------------------------------------------------


@kind("a million headers", answers, creates)
def _many_headers(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        plug.send(b"".join(b"X-%d-%d: y\r\n" % (number, other) for other in range(1000)))


_register("10,000 short headers", lambda plug, _c, _a: plug.answer(b"{}", *(f"{n:x}:" for n in range(10_000))))


def _with(*headers: str) -> Trick:
    """The right answer with further headers."""

    def trick(plug: Plug, _call: Call, answer: Answer) -> None:
        answer.headers |= {name: value for name, _, value in (header.partition(": ") for header in headers)}
        plain(plug, answer)

    return trick


_register("2,000 headers in a right answer", _with(*(f"{n:x}" for n in range(2_000))), lists)
_register("every header twice", lambda plug, _c, a: plain(plug, a, times=2), answers)
_register("a header of 10 MB", lambda plug, _c, _a: plug.send(b"HTTP/1.1 200 OK\r\nX-Long: ", *[b"y" * MIB] * 10))
_register(
    "a Location of 90 kB", lambda plug, _c, a: plug.answer(json.dumps(a.body).encode(), f"Location: {'y' * 90_000}")
)


@kind("header injection", answers)
def _injected(plug: Plug, _call: Call, answer: Answer) -> None:
    answer.headers |= {"Location": "/v2/Users/1\r\nSet-Cookie: a=b\r\nX-Evil: <script>", "ETag": 'W/"\x00\x7f"'}
    plain(plug, answer)


@kind("a storm of 1xx", lists)
def _informational(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.for_ever(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)


@kind("headers a byte at a time", lists, answers)
def _dripping_headers(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000, 0.2)


@kind("a body a byte at a time", lists, creates, answers)
def _dripping_body(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.head("Content-Length: 10000")
    plug.drip(b" " * 10_000, 0.2)


@kind("no answer", lists, answers)
def _silence(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.over.wait(30)


def _goes_to(place: str) -> Trick:
    return lambda plug, _c, _a: plug.answer(b"", f"Location: {place}", status="302 Found")


_register("endless redirects", lambda plug, c, _a: plug.answer(b"", f"Location: /v2{c.path}", status="307 T"), answers)
_register("redirects to a file", _goes_to("file:///etc/passwd"))
_register("redirects to another host", _goes_to("http://127.0.0.2:1/steal"))

_register(
    "Content-Length too short", lambda plug, _c, a: plug.answer(json.dumps(a.body).encode(), length=7), answers, lists
)
_register(
    "Content-Length too long", lambda plug, _c, a: plug.answer(json.dumps(a.body).encode(), length=99_999), answers
)
_register("Content-Length of -5", lambda plug, _c, _a: plug.answer(b"{}", length=-5))
_register("two lengths", lambda plug, _c, _a: plug.answer(b"{}", "Content-Length: 9"))
_register(
    "a chunk size that lies",
    lambda plug, _c, _a: plug.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n{}\r\n0\r\n\r\n"),
)
_register(
    "a chunk size that is none",
    lambda plug, _c, _a: plug.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n"),
)
_register("a status that is none", lambda plug, _c, _a: plug.answer(b"{}", status="2OO OK"))
_register("status 999", lambda plug, _c, _a: plug.answer(b"{}", status="999 Odd"))
_register("no HTTP at all", lambda plug, _c, _a: plug.send(b"SSH-2.0-OpenSSH_9.6\r\n" + bytes(range(256))))
_register("HTTP/0.9", lambda plug, _c, _a: plug.send(b"<html>hello</html>"))


@kind("half-closed sockets", answers)
def _half_closed(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.head("Content-Length: 100")
    plug.handler.connection.shutdown(socket.SHUT_WR)
    plug.over.wait(3)


@kind("reset in the middle of a body", answers)
def _reset(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.answer(b'{"id":', length=100)
    plug.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


_register(
    "connections closed after every answer, unannounced", lambda plug, _c, a: plain(plug, a), anything, quick=True
)
_register("connections closed after every answer, announced", _with("Connection: close"), anything)


@kind("answers that take their time", lists)
def _slow(plug: Plug, _call: Call, answer: Answer) -> None:
    plug.over.wait(0.2)
    plain(plug, answer)


# --- what is said --------------------------------------------------------------------------------------


def each(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """A copy of a body with every value that is no object or list changed."""
    if isinstance(value, dict):
        return {key: each(item, change, key) for key, item in value.items()}
    if isinstance(value, list):
        return [each(item, change, name) for item in value]
    return change(name, value)


def said(name: str, change: Callable[[str, Any], Any], *moments: Moment, quick: bool = False) -> None:
    """The right answer with other values."""

    def trick(plug: Plug, _call: Call, answer: Answer) -> None:
        body = each(answer.body, change)
        raw = b"" if body is None else json.dumps(body).encode()
        plug.answer(raw, status=f"{answer.status} X")

    _register(name, trick, *moments, quick=quick)


def _strings(change: Callable[[str], str], *kept: str) -> Callable[[str, Any], Any]:
    return lambda name, value: change(value) if isinstance(value, str) and name not in kept else value


def _only(wanted: str, made: Any) -> Callable[[str, Any], Any]:
    return lambda name, value: made if name == wanted else value


said("HTML, JavaScript and ANSI in every string", _strings(lambda _t: EVIL, "id", "schemas"), answers, quick=True)
said("HTML, JavaScript and ANSI behind every string", _strings(lambda t: t + EVIL, "schemas"), discovery, answers)
said("lone surrogates in every string", _strings(lambda t: f"{t}\ud800", "schemas"), answers, creates)
said("lone surrogates in ids", lambda n, v: f"{v}\udfff" if n in {"id", "value", "$ref"} else v, answers)
said("ids with control characters", lambda n, v: f"{v}\x00\x1b[2J\r\n\t\x7f" if n == "id" else v, answers)
said("ids with slashes and dots", lambda n, v: "../../Users/.." if n == "id" else v, answers)
said("ids of 10 kB", lambda n, v: str(v) + "x" * 10_000 if n == "id" else v, answers)
said("the same id for everything", _only("id", "1"), answers)
said("totalResults of 10^12", _only("totalResults", 10**12), answers, lists)
said("totalResults below zero", _only("totalResults", -1), lists)
said("totalResults in words", _only("totalResults", "many"), lists)
said(
    "Location and $ref to other hosts", lambda n, v: "http://127.0.0.2:1/x" if n in {"location", "$ref"} else v, answers
)
said("Location and $ref to files", lambda n, v: "file:///etc/passwd" if n in {"location", "$ref"} else v, answers)
said("numbers for strings", lambda n, v: 7 if isinstance(v, str) and n != "id" else v, answers)
said("null for everything", lambda _n, _v: None, answers, discovery)
said("empty strings", _strings(lambda _t: ""), discovery, creates)


@kind("numbers like 1e999999", lists, answers)
def _huge_numbers(plug: Plug, _call: Call, answer: Answer) -> None:
    body = each(answer.body, lambda _n, v: "@@" if isinstance(v, int) else v)
    plug.answer(json.dumps(body).replace('"@@"', "1e999999").encode(), status=f"{answer.status} X")


_register("Location header to other hosts", _with("Location: http://127.0.0.2:1/v2/Users/1"), creates)
_register("Location header to files", _with("Location: file:///etc/passwd"), creates)


@kind("cursors that never end", lists)
def _cursors(plug: Plug, call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict):
        call.memory["cursor"] = call.memory.get("cursor", 0) + 1
        answer.body |= {"nextCursor": f"c{call.memory['cursor']}", "previousCursor": "p"}
    plain(plug, answer)


@kind("cursors of 1 MB", lists)
def _long_cursors(plug: Plug, _call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict):
        answer.body |= {"nextCursor": "c" * MIB, "previousCursor": "p" * MIB}
    plain(plug, answer)


@kind("pages that repeat for ever", lists)
def _repeating(plug: Plug, call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict) and answer.body.get("Resources"):
        page = call.memory.setdefault("page", answer.body["Resources"][:5])
        answer.body |= {"Resources": page, "totalResults": 10**9, "itemsPerPage": 5, "startIndex": 1}
    plain(plug, answer)


def _schemas(name: str, attributes: Callable[[], list[dict[str, Any]]]) -> None:
    """Schemas with these attributes beside their own."""

    def trick(plug: Plug, call: Call, answer: Answer) -> None:
        rows = answer.body.get("Resources", []) if isinstance(answer.body, dict) else []
        for row in rows if call.path == "/Schemas" else []:
            if str(row.get("id", "")).endswith(":User"):
                row["attributes"] = [*row["attributes"], *attributes()]
        plain(plug, answer)

    _register(name, trick, discovery)


def _nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"name": "leaf", "type": "string"}
    for _ in range(levels):
        inner = {"name": "loop", "type": "complex", "subAttributes": [inner]}
    return inner


_schemas("a schema of a million attributes", lambda: [{"name": f"a{n}"} for n in range(1_000_000)])
_schemas("a schema of 20,000 attributes", lambda: [{"name": f"a{n}", "type": "string"} for n in range(20_000)])
_schemas("sub-attributes in sub-attributes", lambda: [_nested(40)])
_schemas("names like regular expressions", lambda: [{"name": "(a+)+$" * 50}, {"name": "[" * 500}, {"name": "." * 999}])
_schemas("attributes called like Python's", lambda: [{"name": n} for n in ("__class__", "__init__", "$ref", "", "a.b")])


@kind("a hostile ServiceProviderConfig", discovery)
def _config(plug: Plug, call: Call, answer: Answer) -> None:
    if call.path == "/ServiceProviderConfig" and isinstance(answer.body, dict):
        answer.body |= {
            "bulk": {"supported": True, "maxOperations": 10**15, "maxPayloadSize": -(10**15)},
            "filter": {"supported": True, "maxResults": 10**18},
            "pagination": {"cursor": True, "index": False, "maxPageSize": 0, "defaultPageSize": 10**12},
            "documentationUri": f"javascript:{MARK}",
            "authenticationSchemes": [{"type": EVIL}] * 1000,
        }
    plain(plug, answer)
