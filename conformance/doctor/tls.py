"""The TLS handshake, and what its failure means."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import warnings
from typing import Any

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.raw_http import Opener, Watch

SECOND_LOOK = 2.0
"""Seconds to wait for an answer in plain HTTP."""

VERIFY = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-private-root",
    20: "tls-unknown-issuer",
    21: "tls-unknown-issuer",
    62: "tls-wrong-host",
    64: "tls-wrong-host",
    66: "tls-weak-key",
    67: "tls-weak-key",
    68: "tls-weak-signature",
}
"""OpenSSL's verification errors (x509_vfy.h) and the causes they stand for."""

REASONS = {
    "UNSUPPORTED_PROTOCOL": "tls-old-version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls-old-version",
    "WRONG_SSL_VERSION": "tls-old-version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls-no-common-cipher",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "tls-no-common-cipher",
    "WRONG_CIPHER_RETURNED": "tls-no-common-cipher",
    "DH_KEY_TOO_SMALL": "tls-no-common-cipher",
    "TLSV1_UNRECOGNIZED_NAME": "tls-unknown-name",
    "UNEXPECTED_EOF_WHILE_READING": "tls-closed",
    "EE_KEY_TOO_SMALL": "tls-weak-key",
    "CA_MD_TOO_WEAK": "tls-weak-signature",
}
"""OpenSSL's reasons and the causes they stand for."""


def context(case: Case, *, verify: bool = True) -> ssl.SSLContext:
    """TLS 1.2 or later, as Entra speaks it, with the target's roots and client certificate."""
    bundle = case.target.ca_bundle
    made = ssl.create_default_context(cafile=str(bundle) if bundle else None)
    if case.target.client_cert is not None:
        # An empty password: OpenSSL would ask for one on the terminal.
        made.load_cert_chain(case.target.client_cert, case.target.client_key, password="")
    made.set_alpn_protocols(["http/1.1"])
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def handshake(case: Case, opener: Opener, plug: socket.socket) -> ssl.SSLSocket:
    """Start TLS on a connection.

    Args:
        case: under examination.
        opener: gives another plain connection, for a second look.
        plug: the connection.

    Raises:
        Found: why it does not come about.
    """
    with case.step("tls", f"TLS handshake with {case.host}") as step:
        try:
            secure = wrap(case, plug, verify=not case.target.insecure)
        except (OSError, ValueError) as problem:
            raise explain(case, opener, problem) from None
        cipher = secure.cipher()
        step.saw = f"{secure.version()}, {cipher[0] if cipher else 'no cipher'}, certificate accepted"
        if case.target.insecure:
            step.saw = f"{secure.version()}; the certificate is not looked at (--insecure)"
            case.note("fine-insecure")
        elif case.target.ca_bundle:
            case.note("fine-own-root", bundle=case.target.ca_bundle.name)
        return secure


def wrap(case: Case, plug: socket.socket, *, verify: bool) -> ssl.SSLSocket:
    """TLS over a connection.

    Raises:
        OSError: the handshake fails; the connection is closed.
    """
    made = context(case, verify=verify)

    def watch(_link: Any, _way: str, _version: Any, _content: Any, message: Any, _data: bytes) -> None:
        if getattr(message, "name", "") == "CERTIFICATE_REQUEST":
            case.certificate_requested = True

    # Only OpenSSL's message callback tells that a certificate was asked for; TLS 1.3 complains of none much later.
    made._msg_callback = watch  # type: ignore[attr-defined]  # noqa: SLF001
    clock = Watch(plug, case.patience.connect)
    try:
        # CPython leaks the socket where it is found reset only while it is wrapped.
        plug.getpeername()
        secure = made.wrap_socket(plug, server_hostname=case.host)
    except (OSError, ValueError):
        plug.close()
        if clock.stop():
            raise TimeoutError from None
        raise
    clock.stop()
    return secure


def explain(case: Case, opener: Opener, problem: Exception) -> Found:
    """The cause behind a failed handshake."""
    host, port, seconds = case.host, case.port, case.patience.connect
    facts: dict[str, Any] = {"host": host, "port": port, "seconds": seconds}
    if isinstance(problem, ssl.SSLCertVerificationError):
        return _certificate(case, opener, problem, facts)
    reason = str(getattr(problem, "reason", "") or "")
    ended = isinstance(problem, ConnectionResetError | BrokenPipeError)
    kinds = {
        "tls-client-certificate": "CERTIFICATE_REQUIRED" in reason
        or (case.certificate_requested and isinstance(problem, OSError) and not isinstance(problem, TimeoutError)),
        REASONS.get(reason, ""): reason in REASONS,
        "tls-reset": ended or getattr(problem, "errno", 0) == errno.ENOTCONN,
    }
    cause = next((kind for kind, fits in kinds.items() if fits), "")
    if not cause and _speaks_plain_http(opener, host, min(seconds, SECOND_LOOK)):
        cause = "tls-plain-http-port"
    if not cause:
        cause = "tls-timeout" if isinstance(problem, TimeoutError) else "tls-failed"
    return Found(cause, reason=reason.replace("_", " ").lower() or type(problem).__name__, **facts)


def _speaks_plain_http(opener: Opener, host: str, seconds: float) -> bool:
    try:
        plug = opener()
    except (OSError, Found):
        return False
    link = http.client.HTTPConnection(host)
    link.sock = plug
    clock = Watch(plug, seconds)
    try:
        link.request("GET", "/")
        link.getresponse()
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        clock.stop()
        plug.close()
    return True


def _certificate(case: Case, opener: Opener, problem: ssl.SSLCertVerificationError, facts: dict[str, Any]) -> Found:
    cause = VERIFY.get(problem.verify_code, "tls-certificate-other")
    reason = problem.verify_message
    try:
        chain = fetch_chain(case, opener)
    except (OSError, ValueError, Found):
        chain = []
    from conformance.doctor.certificate import describe, lacks_intermediate

    seen = describe(chain)
    if cause == "tls-unknown-issuer" and lacks_intermediate(chain):
        cause = "tls-missing-intermediate"
    return Found(cause, reason=reason, **facts, **seen)


def fetch_chain(case: Case, opener: Opener) -> list[bytes]:
    """The certificates that the endpoint sends, in DER, from a second handshake that verifies nothing.

    Raises:
        OSError: that handshake fails as well.
    """
    plug = opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        secure = wrap(case, plug, verify=False)
    with secure:
        leaf = secure.getpeercert(binary_form=True)
        # Public from Python 3.13 on; there since 3.10 below the surface.
        inner = getattr(secure, "get_unverified_chain", None) or secure._sslobj.get_unverified_chain  # type: ignore[attr-defined]  # noqa: SLF001
        rows = [row if isinstance(row, bytes) else row.public_bytes(ssl._ssl.ENCODING_DER) for row in inner() or ()]  # type: ignore[attr-defined]  # noqa: SLF001
    return rows or ([leaf] if leaf else [])
