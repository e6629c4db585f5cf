"""The tenant URL as it was pasted: what cannot be right about it before anything is sent."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from conformance.doctor.finding import Found

PORTALS = (
    "portal.azure.com", "entra.microsoft.com", "aad.portal.azure.com", "login.microsoftonline.com",
    "graph.microsoft.com", "myapps.microsoft.com", "myapplications.microsoft.com", "scimvalidator.microsoft.com",
    "portal.azure.us", "portal.azure.cn",
)  # fmt: skip
"""Hosts of Microsoft's own pages, which are no tenant URL of an application."""

ENDPOINTS = ("Users", "Groups", "Me", "Bulk", "Schemas", "ResourceTypes", "ServiceProviderConfig", ".search")
"""What Entra adds to a tenant URL; in other letters it may be a part of one."""

PLAIN_SPACE = " \t\r\n"
QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb<>"


def judge(text: str, *, insecure: bool = False) -> None:
    """Find what is wrong with a tenant URL.

    Raises:
        Found: the cause.
    """
    _letters(text)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    if scheme is None:
        raise Found("url-no-scheme", url=text, better=f"https://{text.removeprefix('//')}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as problem:
        bad_port = "port" in str(problem).lower()
        raise Found("url-bad-port" if bad_port else "url-bad-host", url=text) from None
    if parts.scheme not in {"http", "https"}:
        raise Found("url-wrong-scheme", scheme=parts.scheme)
    if port == 0:
        raise Found("url-bad-port", url=text)
    if not host:
        raise Found("url-bad-host", url=text)
    if parts.username is not None or parts.password is not None:
        raise Found("url-credentials", host=host)
    if host in PORTALS or host.endswith(".portal.azure.com"):
        raise Found("url-portal", host=host)
    _path(text)
    if parts.scheme == "http" and not insecure and not _is_this_machine(host):
        raise Found("url-plain-http", host=host)


def _letters(text: str) -> None:
    if not text.strip():
        raise Found("url-empty")
    for position, letter in enumerate(text, 1):
        if letter in PLAIN_SPACE:
            raise Found("url-white-space", position=position)
        if unicodedata.category(letter) in {"Cf", "Cc", "Zs", "Zl", "Zp"}:
            name = unicodedata.name(letter, f"U+{ord(letter):04X}")
            raise Found("url-invisible", position=position, name=name)
    if text[0] in QUOTES or text[-1] in QUOTES:
        raise Found("url-quoted", better=text.strip(QUOTES))
    hole = re.search(r"[{<\[][A-Za-z][\w -]*[}>\]]", text)
    if hole:
        raise Found("url-placeholder", hole=hole.group())


def _path(text: str) -> None:
    parts = urlsplit(text)
    segments = [part for part in parts.path.split("/") if part]
    for position, part in enumerate(segments):
        # The last word, or the one before an id; not a folder of the tenant URL.
        behind = segments[position + 1 :]
        pasted = not behind or (len(behind) == 1 and not re.fullmatch(r"(?i)scim.*|v\d.*", behind[0]))
        if part in ENDPOINTS and pasted:
            kept = "/".join(segments[:position])
            raise Found("url-resource", part=part, better=f"{parts.scheme}://{parts.netloc}/{kept}".rstrip("/"))
    if parts.fragment:
        raise Found("url-fragment", fragment=parts.fragment)
    if re.search(r"(?:^|&)(?:filter|count|startIndex|attributes|excludedAttributes)=", parts.query):
        raise Found("url-query", query=parts.query)


def _is_this_machine(host: str) -> bool:
    return host in {"localhost", "::1"} or host.endswith(".localhost") or host.startswith("127.")
