"""Situations of names, connections and proxies."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.diagnose.endpoints import Request, Talk, error, http, raw, read_head, reply, reset_at_once, serving
from tests.diagnose.healthy import healthy
from tests.diagnose.situations import Given, Opening, pasted, situation

HOST = "idm.example.com"
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
AGAIN = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def _slowly() -> str:
    time.sleep(1.5)
    return "127.0.0.1"


def named(host: str, place: Any) -> Opening:
    """A host that resolves to a place, or not."""

    @contextmanager
    def opening(_folder: Path) -> Iterator[Given]:
        yield Given(f"https://{host}/scim/v2", names={host: place})

    return opening


situation("name-unknown", "name-unknown", "name", "U", HOST, named(HOST, NO_NAME))
situation("name-internal", "name-internal", "name", "U", "internal network", named("idm.corp", NO_NAME))
situation("name-lookup-failed", "name-lookup-failed", "name", "U", "just now", named(HOST, AGAIN))
situation("name-timeout", "name-timeout", "name", "U", "within 1 seconds", named(HOST, _slowly))
situation("name-invalid", "name-invalid", "name", "-", "no host name", pasted("https://idm..example.com/scim"))
situation("name-blackholed", "name-blackholed", "name", "U", "0.0.0.0", named(HOST, "0.0.0.0"))  # noqa: S104


@contextmanager
def refused(_folder: Path) -> Iterator[Given]:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield Given(f"http://127.0.0.1:{port}/scim")


@contextmanager
def filtered(_folder: Path) -> Iterator[Given]:
    """A full backlog: the kernel drops further connections, as a firewall does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    plugs = []
    for _ in range(4):
        plug = socket.socket()
        plug.setblocking(False)
        with suppress(OSError):
            plug.connect(listener.getsockname())
        plugs.append(plug)
    time.sleep(0.05)
    try:
        yield Given(f"http://127.0.0.1:{listener.getsockname()[1]}/scim")
    finally:
        for plug in [*plugs, listener]:
            plug.close()


def talking(talk: Talk, scheme: str = "http", **options: Any) -> Opening:
    """An endpoint that treats connections in one way."""

    @contextmanager
    def opening(_folder: Path) -> Iterator[Given]:
        with serving(talk) as endpoint:
            yield Given(f"{scheme}://127.0.0.1:{endpoint.port}/scim", options=options)

    return opening


@contextmanager
def unreachable(_folder: Path) -> Iterator[Given]:
    """An address to which there is no route."""
    before = socket.socket.connect

    def connect(plug: socket.socket, address: Any) -> None:
        if address[0] == "203.0.113.9":
            raise OSError(errno.EHOSTUNREACH, "No route to host")
        before(plug, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    try:
        yield Given(f"https://{HOST}/scim", names={HOST: "203.0.113.9"})
    finally:
        socket.socket.connect = before  # type: ignore[method-assign]


situation("tcp-refused", "tcp-refused", "tcp", "U", "nothing listens", refused)
situation("tcp-timeout", "tcp-timeout", "tcp", "U", "firewall drops", filtered)
situation("tcp-reset", "tcp-reset", "tcp", "U", "ends it at once", talking(reset_at_once))
situation("tcp-reset-tls", "tcp-reset", "tcp", "U", "ends it at once", talking(reset_at_once, "https"))
situation("tcp-closed-at-once", "tcp-reset", "tcp", "U", "ends it at once", talking(lambda _plug: None))
situation("tcp-unreachable", "tcp-unreachable", "tcp", "U", "no route", unreachable)


# --- proxies -------------------------------------------------------------------------------------------


def forward(secret: str | None = None) -> Talk:
    """A forward proxy: tunnels and plain requests, behind credentials or not."""

    def talk(plug: socket.socket) -> None:
        head = read_head(plug)
        if head is None:
            return
        request = Request(head)
        if secret is not None and secret not in request.headers.get("proxy-authorization", ""):
            plug.sendall(reply(407, proxy_authenticate="Basic realm=x"))
            return
        host, _, port = request.target.rpartition(":")
        try:
            goal = socket.create_connection((host.replace("idm.example.com", "127.0.0.1"), int(port)), 1)
        except OSError:
            plug.sendall(reply(502))
            return
        plug.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        other = threading.Thread(target=_pump, args=(goal, plug), daemon=True)
        other.start()
        _pump(plug, goal)
        other.join(2)
        goal.close()

    return talk


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def proxied(talk: Talk, *, user: str = "", scheme: str = "https") -> Opening:
    """A good endpoint behind a proxy."""

    @contextmanager
    def opening(folder: Path) -> Iterator[Given]:
        from tests.diagnose.on_tls import good_context

        context, bundle = good_context(folder, "idm.example.com")
        with serving(http(healthy()), context) as endpoint, serving(talk) as proxy:
            options = {"proxy": f"http://{user}127.0.0.1:{proxy.port}", "ca-bundle": bundle}
            yield Given(f"{scheme}://idm.example.com:{endpoint.port}/scim", options=options)

    return opening


@contextmanager
def rerouted(address: str) -> Iterator[None]:
    """For the time of a block, this machine answers at another address too."""
    before = socket.socket.connect

    def connect(plug: socket.socket, place: Any) -> None:
        before(plug, ("127.0.0.1", *place[1:]) if place[0] == address else place)

    socket.socket.connect = connect  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = before  # type: ignore[method-assign]


def at(address: str, *, trusted: bool) -> Opening:
    """A healthy TLS endpoint at an address that is not this machine's."""

    @contextmanager
    def opening(folder: Path) -> Iterator[Given]:
        from tests.diagnose.on_tls import good_context

        context, bundle = good_context(folder, HOST)
        given = Given("", names={HOST: address})
        given.environment["SSL_CERT_FILE"] = str(bundle) if trusted else ""
        with serving(http(healthy()), context) as endpoint, rerouted(address):
            given.url = f"https://{HOST}:{endpoint.port}/scim"
            yield given

    return opening


situation("fine", "fine", "none", "-", "fine from here", at("20.190.128.1", trusted=True))
situation("private-address", "fine-private", "none", "-", "10.1.2.3", at("10.1.2.3", trusted=True))


@contextmanager
def plain_http(_folder: Path) -> Iterator[Given]:
    """Plain http to another name, which was asked for."""
    with serving(http(healthy())) as endpoint:
        yield Given(f"http://{HOST}:{endpoint.port}/scim", options={"insecure": True}, names={HOST: "127.0.0.1"})


situation("plain-http", "fine-plain-http", "none", "-", "plain http", plain_http)


@contextmanager
def no_proxy_there(_folder: Path) -> Iterator[Given]:
    """A proxy that is switched off."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield Given(f"https://{HOST}/scim", options={"proxy": f"http://127.0.0.1:{port}"})


@contextmanager
def no_proxy_name(_folder: Path) -> Iterator[Given]:
    """A proxy whose name nobody knows."""
    yield Given(f"https://{HOST}/scim", options={"proxy": "http://proxy.example.com:3128"})


ALLOWED = "Basic amFuOmNhbmFyeS03SHEydlh3OVpwTDQ="
situation("proxy-good", "fine-own-root", "none", "-", "from here", proxied(forward()))
situation(
    "proxy-with-password", "fine-own-root", "none", "-", "from here",
    proxied(forward(ALLOWED), user="jan:canary-7Hq2vXw9ZpL4@"),
)  # fmt: skip
situation("proxy-credentials", "proxy-credentials", "tcp", "-", "407", proxied(forward(ALLOWED)))
situation("proxy-denied", "proxy-denied", "tcp", "-", "denies", proxied(raw(error(403))))
situation("proxy-bad-gateway", "proxy-bad-gateway", "tcp", "-", "cannot reach", proxied(raw(reply(502))))
situation("proxy-no-proxy", "proxy-no-proxy", "tcp", "-", "not answer as one", proxied(raw(b"SSH-2.0-x\r\n")))
situation("proxy-unreachable", "proxy-unreachable", "tcp", "-", "takes no connection", no_proxy_there)
situation("proxy-name-unknown", "proxy-name-unknown", "name", "-", "proxy.example.com", no_proxy_name)
