"""What a certificate says of itself, read with ``cryptography``; imported only when TLS went wrong."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

UNKNOWN = {
    "names": "unknown names", "issuer": "an unknown issuer", "until": "unknown", "since": "unknown", "key": "unknown",
    "signature": "unknown",
}  # fmt: skip
SHOWN = 4
"""Host names of a certificate that are told."""


def describe(chain: list[bytes]) -> dict[str, str]:
    """Facts of the endpoint's own certificate, for the sentences."""
    leaf = _load(chain)
    if leaf is None:
        return UNKNOWN
    return {
        "names": _names(leaf),
        "issuer": _called(leaf.issuer),
        "until": f"{leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
        "since": f"{leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
        "key": _key(leaf),
        "signature": leaf.signature_hash_algorithm.name.upper() if leaf.signature_hash_algorithm else "unknown",
    }


def lacks_intermediate(chain: list[bytes]) -> bool:
    """Whether the endpoint sent its own certificate only, which says where its issuer's can be fetched."""
    leaf = _load(chain)
    if leaf is None or len(chain) != 1:
        return False
    try:
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return any(entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS for entry in access)


def _load(chain: list[bytes]) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(chain[0]) if chain else None
    except ValueError:
        return None


def _names(leaf: x509.Certificate) -> str:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return _called(leaf.subject)
    shown = [str(name.value) for name in names][:SHOWN]
    return ", ".join(shown) + (" …" if len(list(names)) > SHOWN else "")


def _called(name: x509.Name) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return name.rfc4514_string() or "nobody"


def _key(leaf: x509.Certificate) -> str:
    key: Any = leaf.public_key()
    kind = "RSA" if isinstance(key, rsa.RSAPublicKey) else "DSA" if isinstance(key, dsa.DSAPublicKey) else "EC"
    return f"{kind} {getattr(key, 'key_size', '')}".strip()
