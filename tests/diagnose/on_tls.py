"""Situations of TLS: versions, ciphers, certificates."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.diagnose.certificates import Identity, issue, server_context, with_sha1
from tests.diagnose.endpoints import Request, http, raw, reply, reset, serving, silent
from tests.diagnose.healthy import healthy
from tests.diagnose.on_network import HOST, talking
from tests.diagnose.situations import Given, Opening, situation

ROOT = issue("Lab Root", authority=True)


def good_context(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A context with a good certificate, and the bundle that trusts it."""
    return server_context(folder, issue(host, issuer=ROOT)), bundle(folder)


def bundle(folder: Path, root: Identity = ROOT) -> Path:
    """A file with a root certificate."""
    path = folder / "root.pem"
    path.write_bytes(root.pem)
    return path


def certified(
    make: Callable[[], Identity],
    *more: Identity,
    root: Identity | None = ROOT,
    change: Callable[[ssl.SSLContext, Path], None] = lambda _context, _folder: None,
    host: str = HOST,
    respond: Callable[[Request], bytes] | None = None,
    **options: Any,
) -> Opening:
    """A healthy endpoint with a certificate.

    Args:
        make: the certificate; made late, because making is slow.
        more: what is sent after it.
        root: that the client trusts, or None for the system's.
        change: the server's TLS settings.
        host: in the tenant URL.
        respond: how requests are answered; healthy by default.
        options: further ones for the command.
    """

    @contextmanager
    def opening(folder: Path) -> Iterator[Given]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context = server_context(folder, make(), *more)
            change(context, folder)
        given = dict(options)
        if root is not None:
            given["ca-bundle"] = bundle(folder, root)
        with serving(http(respond or healthy()), context) as endpoint:
            yield Given(f"https://{host}:{endpoint.port}/scim", options=given, names={HOST: "127.0.0.1"})

    return opening


def good() -> Identity:
    """A certificate as it should be."""
    return issue(HOST, issuer=ROOT)


MIDDLE = issue("Lab Intermediate", issuer=ROOT, authority=True)
OTHER = issue("Another Private Root", authority=True)
WEAK = issue("Old Root", authority=True, bits=2048)


def _self_signed() -> Identity:
    return issue(HOST)


situation("tls-good", "fine-own-root", "none", "-", "root.pem", certified(good))
situation(
    "redirect-to-http", "redirect-to-http", "http", "-", "plain http",
    certified(good, respond=lambda _: reply(301, location=f"http://{HOST}/scim/Users")),
)  # fmt: skip
situation(
    "tls-expired", "tls-expired", "tls", "U", "expired on", certified(lambda: issue(HOST, issuer=ROOT, days=(-30, -1)))
)
situation(
    "tls-not-yet-valid", "tls-not-yet-valid", "tls", "U", "not valid before",
    certified(lambda: issue(HOST, issuer=ROOT, days=(2, 30))),
)  # fmt: skip
situation(
    "tls-wrong-host", "tls-wrong-host", "tls", "U", "other.example.com",
    certified(lambda: issue("other.example.com", issuer=ROOT)),
)  # fmt: skip
situation("tls-wrong-address", "tls-wrong-host", "tls", "U", "not for 127.0.0.1", certified(good, host="127.0.0.1"))
situation("tls-self-signed", "tls-self-signed", "tls", "U", "self-signed", certified(_self_signed))
situation(
    "tls-private-root", "tls-private-root", "tls", "U", "Another Private Root",
    certified(lambda: issue(HOST, issuer=OTHER), OTHER),
)  # fmt: skip
situation(
    "tls-unknown-issuer", "tls-unknown-issuer", "tls", "U", "is not trusted",
    certified(lambda: issue(HOST, issuer=OTHER)),
)  # fmt: skip
situation(
    "tls-missing-intermediate", "tls-missing-intermediate", "tls", "U", "Lab Intermediate",
    certified(lambda: issue(HOST, issuer=MIDDLE, fetchable=True)),
)  # fmt: skip
situation(
    "tls-weak-key", "tls-weak-key", "tls", "U", "RSA 1024", certified(lambda: issue(HOST, issuer=ROOT, bits=1024)),
)  # fmt: skip
situation("tls-insecure", "fine-insecure", "none", "-", "--insecure", certified(_self_signed, root=None, insecure=True))


situation(
    "tls-weak-signature", "tls-weak-signature", "tls", "U", "SHA1",
    certified(lambda: with_sha1(issue(HOST, issuer=WEAK), WEAK), root=WEAK),
)  # fmt: skip


def _client_certificate(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext, Path], None]:
    def change(context: ssl.SSLContext, folder: Path) -> None:
        context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(bundle(folder))

    return change


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    situation(
        f"tls-client-certificate-{version.name}", "tls-client-certificate", "tls", "U", "client certificate",
        certified(good, change=_client_certificate(version)),
    )  # fmt: skip


@contextmanager
def both_certified(folder: Path) -> Iterator[Given]:
    """Mutual TLS, and a client certificate that fits."""
    own = issue("lab-client", issuer=ROOT)
    path = folder / "client.pem"
    path.write_bytes(own.pem + own.secret_pem)
    opening = certified(good, change=_client_certificate(ssl.TLSVersion.TLSv1_3))
    with opening(folder) as given:
        given.options |= {"client-cert": path}
        yield given


situation("tls-client-certificate-given", "fine-own-root", "none", "-", "root.pem", both_certified)


def _old(context: ssl.SSLContext, _folder: Path) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1


def _anonymous(context: ssl.SSLContext, _folder: Path) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ADH-AES128-SHA256:@SECLEVEL=0")


situation("tls-old-version", "tls-old-version", "tls", "U", "older than 1.2", certified(good, change=_old))
situation("tls-no-common-cipher", "tls-no-common-cipher", "tls", "U", "cipher", certified(good, change=_anonymous))


def _alert(number: int, version: bytes = b"\x03\x03") -> bytes:
    return b"\x15" + version + b"\x00\x02\x02" + bytes([number])


def _after_hello(answer: bytes) -> Callable[[socket.socket], None]:
    def talk(plug: socket.socket) -> None:
        plug.recv(65536)
        plug.sendall(answer)

    return talk


def _reset_after_hello(plug: socket.socket) -> None:
    plug.recv(65536)
    reset(plug)


situation(
    "tls-alert-version", "tls-old-version", "tls", "U", "older", talking(_after_hello(_alert(70, b"\x03\x01")), "https")
)
situation(
    "tls-alert-handshake", "tls-no-common-cipher", "tls", "U", "in common", talking(_after_hello(_alert(40)), "https")
)
situation("tls-unknown-name", "tls-unknown-name", "tls", "U", "SNI", talking(_after_hello(_alert(112)), "https"))
situation("tls-plain-http-port", "tls-plain-http-port", "tls", "U", "plain HTTP", talking(http(healthy()), "https"))
situation(
    "tls-plain-http-400", "tls-plain-http-port", "tls", "U", "plain HTTP", talking(_after_hello(reply(400)), "https")
)
situation("tls-timeout", "tls-timeout", "tls", "U", "not answer the TLS", talking(silent, "https"))
situation("tls-closed", "tls-closed", "tls", "U", "closes", talking(_after_hello(b""), "https"))
situation("tls-reset", "tls-reset", "tls", "U", "is reset", talking(_reset_after_hello, "https"))
situation(
    "http-to-tls-port", "http-to-tls-port", "http", "U", "speaks TLS", talking(raw(_alert(70, b"\x03\x01"))),
)  # fmt: skip
