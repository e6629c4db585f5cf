"""A trivial SCIM stub that is never the limit: it stores nothing and answers at once, or after a latency.

Usage: python -m tests.bench.stub SECONDS  (prints the tenant URL; serves until standard input ends)
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
NOBODY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}
NUMBERS = itertools.count()


def answer(method: bytes, body: bytes) -> bytes:
    """Nobody is found, everything is created, every change and deletion is accepted."""
    if method == b"POST":
        return _response(b"201 Created", json.dumps(json.loads(body) | {"id": f"id-{next(NUMBERS)}"}).encode())
    return _response(b"200 OK", EMPTY) if method == b"GET" else NO_CONTENT


def _response(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return head + body


EMPTY = json.dumps(NOBODY).encode()
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Stub(asyncio.Protocol):
    """One connection."""

    latency = 0.0

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._data, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._data) < whole:
                return
            reply = answer(self._data.partition(b" ")[0], self._data[end + 4 : whole])
            self._data = self._data[whole:]
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self._transport.write, reply)
            else:
                self._transport.write(reply)


async def main() -> None:
    """Serve until standard input ends."""
    Stub.latency = float(sys.argv[1])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v2", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
