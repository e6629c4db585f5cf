"""Values that obey a schema: every writable attribute filled, from a made-up person where the name is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.schemas.attributes import Attribute

CERTIFICATE = (
    "MIIBfjCCASOgAwIBAgIUcc9c1QJdp4Y3R6tIE8jOALZL5gswCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwIc2NpbWNvbmYwIBcNMjYx"
    "MTIzMDExNjA1WhgPMjEyNjEwMzAwMTE2MDVaMBMxETAPBgNVBAMMCHNjaW1jb25mMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
    "Mr0OMmN8G1jfPGJ3qA0yeVYBW/qqhT9d4mSRmVSz6DiAreoN85DVtPQmOQhtpoINe6qvxIyYOHAmybVhO+iDzKNTMFEwHQYDVR0O"
    "BBYEFBvnR6HA6QqO1ObtGOOiOxW95S3bMB8GA1UdIwQYMBaAFBvnR6HA6QqO1ObtGOOiOxW95S3bMA8GA1UdEwEB/wQFMAMBAf8w"
    "CgYIKoZIzj0EAwIDSQAwRgIhANBqWDLpq0AOEyYnlYOjmtjYegUZKsmsY6N8HlwnNiYmAiEAobDvRuNgAw88qd+Y6zIAbCzpYXen"
    "ncuc5kRz+/91n2w="
)
"""A self-signed certificate (DER, base64) of a key that was thrown away."""

KNOWN: dict[str, tuple[str, str]] = {
    "locale": ("en-US", "de-DE"),
    "preferredlanguage": ("en-US", "de-DE"),
    "timezone": ("America/Los_Angeles", "Europe/Berlin"),
    "country": ("US", "DE"),
    "phonenumbers": ("+1 555 0110", "+1 555 0111"),
    "ims": ("scimconf-one", "scimconf-two"),
    "password": ("One-9f3kQ-conf", "Two-7g2mW-conf"),
}
"""Values with a format of their own (RFC 7643 section 4.1), a first and another."""

SIMPLE: dict[str, tuple[Any, Any]] = {
    "boolean": (True, False),
    "integer": (7, 8),
    "decimal": (1.5, 2.5),
    "datetime": ("2026-01-02T03:04:05Z", "2026-02-03T04:05:06Z"),
    "binary": (CERTIFICATE, CERTIFICATE),
    "reference": ("https://example.com/Scimconf/One", "https://example.com/Scimconf/Two"),
}


REFERRING = frozenset({"members", "manager", "groups"})
"""Attributes that name other resources, whether a schema says so or not (RFC 7643 sections 4.1.2, 4.2 and 4.3)."""


def fill(attributes: tuple[Attribute, ...], known: Mapping[str, Any], *, other: bool = False) -> dict[str, Any]:
    """A value for each writable attribute.

    Attributes that refer to other resources are left out: their values are ids.

    Args:
        attributes: of a schema.
        known: values for attributes by name, such as a unique ``userName``; used for the first value.
        other: give the second value of each, for a change.
    """
    filled = {}
    for attribute in attributes:
        if attribute.type == "complex" and not attribute.subs:
            continue  # nobody knows what it consists of
        if attribute.name in known:
            filled[attribute.name] = known[attribute.name]
        elif attribute.writable and not refers(attribute) and not (other and attribute.mutability == "immutable"):
            filled[attribute.name] = value(attribute, other=other)
    return filled


def refers(attribute: Attribute) -> bool:
    """Whether its values are ids or URIs of other resources of the endpoint, as it says or as SCIM has it."""
    if attribute.name.lower() in REFERRING:
        return True
    names = {name.lower() for sub in (attribute, *attribute.subs) for name in sub.reference_types}
    return bool(names - {"external", "uri"})


def value(attribute: Attribute, *, other: bool = False) -> Any:
    """One legal value; lists hold one element for each canonical type."""
    if attribute.type == "complex":
        kinds = next((sub.canonical_values for sub in attribute.subs if sub.name.lower() == "type"), ()) or (None,)
        elements = [_element(attribute, kind, first=n == 0, other=other) for n, kind in enumerate(kinds[:3])]
        return elements if attribute.multi_valued else elements[0]
    single = _simple(attribute, other=other)
    return [single] if attribute.multi_valued else single


def _element(attribute: Attribute, kind: str | None, *, first: bool, other: bool) -> dict[str, Any]:
    element: dict[str, Any] = {}
    for sub in attribute.subs:
        if not sub.writable or sub.name in {"display", "$ref"}:
            continue  # often derived by the service provider (RFC 7643 section 2.4)
        element[sub.name] = _simple(sub, other=other, of=attribute.name)
        if sub.name.lower() == "value" and isinstance(element[sub.name], str) and kind and sub.type == "string":
            element[sub.name] = _told_apart(element[sub.name], kind)
        if sub.name.lower() == "type" and kind:
            element[sub.name] = kind
        if sub.name.lower() == "primary":
            element[sub.name] = first
    return element


def _told_apart(text: str, kind: str) -> str:
    return text.replace("@", f".{kind}@") if "@" in text else text if text.startswith("+") else f"{text}-{kind}"


def _simple(attribute: Attribute, *, other: bool, of: str = "") -> Any:
    which = int(other)
    if attribute.canonical_values and attribute.type == "string":
        return attribute.canonical_values[min(which, len(attribute.canonical_values) - 1)]
    if attribute.type in SIMPLE:
        return SIMPLE[attribute.type][which]
    for name in (attribute.name, of):
        if name.lower() in KNOWN and (name != of or attribute.name == "value"):
            return KNOWN[name.lower()][which]
    if of.lower() == "emails" and attribute.name == "value":
        return f"scimconf.{('one', 'two')[which]}@example.com"
    return f"{attribute.name} {('one', 'two')[which]}"
