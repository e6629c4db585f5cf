"""Certificates, right and wrong, made for the lab with ``cryptography``."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

PEM = serialization.Encoding.PEM


@dataclass
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(PEM)

    @property
    def secret_pem(self) -> bytes:
        """The key."""
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def issue(
    name: str,
    *,
    issuer: Identity | None = None,
    days: tuple[int, int] = (-2, 30),
    bits: int = 0,
    algorithm: Any = None,
    fetchable: bool = False,
    authority: bool = False,
) -> Identity:
    """Make a certificate.

    Args:
        name: host name, address, or an authority's name.
        issuer: who signs it; itself by default.
        days: from when to when, counted from today.
        bits: of an RSA key; an EC key by default.
        algorithm: hash of the signature; SHA-256 by default.
        fetchable: it says where its issuer's certificate is.
        authority: it can sign others.
    """
    key: Any = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(name)]), critical=False)
    if fetchable:
        place = x509.UniformResourceIdentifier("http://ca.example.com/issuer.crt")
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Identity(builder.sign(issuer.key if issuer else key, algorithm or hashes.SHA256()), key)


def with_sha1(identity: Identity, issuer: Identity) -> Identity:
    """The same certificate signed with SHA-1, which ``cryptography`` refuses to make.

    Args:
        identity: signed by an RSA key with SHA-256.
        issuer: whose key that is.
    """
    # sha256WithRSAEncryption and sha1WithRSAEncryption differ in the last byte (RFC 8017 appendix A.2.4).
    old, new = (bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "05"))
    content = identity.certificate.tbs_certificate_bytes.replace(old, new)
    signature = issuer.key.sign(content, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    algorithm = b"\x30\x0d\x06\x09" + new + b"\x05\x00"
    whole = content + algorithm + _der(0x03, b"\x00" + signature)
    return Identity(x509.load_der_x509_certificate(_der(0x30, whole)), identity.key)


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, *([length] if length < 128 else [0x80 | len(size), *size])]) + content


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def server_context(folder: Path, identity: Identity, *more: Identity) -> ssl.SSLContext:
    """A server's TLS settings with a certificate and what is sent after it."""
    chain = folder / f"{identity.certificate.serial_number}.pem"
    chain.write_bytes(identity.secret_pem + identity.pem + b"".join(other.pem for other in more))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The server may be as weak as it likes; it is the client that has to mind.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(chain)
    return context
