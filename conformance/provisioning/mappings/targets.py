"""Names of target attributes: the SCIM paths that an attribute mapping may write to (entra.md 4.1 and 4.4).

A path is ``name``, ``name.sub`` or ``name[key eq "value"].sub``, with the URN of an extension before it or none.
Source: Microsoft Learn, "Customize user provisioning attribute-mappings for SaaS applications".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

CORE: Final = ":schemas:core:2.0:"
"""Within a URN: the attribute belongs to the resource itself, not to an extension."""

_NAME = r"[A-Za-z$_][\w$-]*"
_PATH = re.compile(
    rf"""(?P<name>{_NAME})
        (?:(?:\[\s*(?P<key>{_NAME})\s+eq\s+(?P<value>"(?:[^"\\]|\\.)*"|true|false)\s*\])?\.(?P<sub>{_NAME}))?""",
    re.VERBOSE | re.IGNORECASE,
)


class BadTarget(ValueError):
    """A name of a target attribute that is no SCIM path, or one of three levels and more."""


@dataclass(frozen=True)
class Target:
    """A target attribute's path in its parts.

    Attributes:
        urn: of the extension, empty for an attribute of the resource itself.
        name: of the attribute.
        key: the sub-attribute by which an element of a multi-valued attribute is picked; empty without a filter.
        wanted: its value there; ``"True"`` is the boolean, as Microsoft writes ``roles[primary eq "True"]``.
        sub: the sub-attribute, or empty.
    """

    urn: str
    name: str
    key: str = ""
    wanted: Any = None
    sub: str = ""


@cache
def parse_target(path: str) -> Target:
    """Take a target attribute's name apart; the dots of a URN separate nothing.

    Raises:
        BadTarget: it has another form.
    """
    urn, rest = _without_urn(path)
    match = _PATH.fullmatch(rest)
    if match is None or (path.lower().startswith("urn:") and not urn):
        raise BadTarget(
            f'{path!r} is no target attribute; use a form such as name.givenName or emails[type eq "work"].value.'
        )
    urn = "" if CORE in f"{urn.lower()}:" else urn
    return Target(urn, match["name"], match["key"] or "", _literal(match["value"], match["key"]), match["sub"] or "")


def _without_urn(path: str) -> tuple[str, str]:
    if not path.lower().startswith("urn:"):
        return "", path
    head, bracket, tail = path.partition("[")
    urn, _, attribute = head.rpartition(":")
    return urn, attribute + bracket + tail


def _literal(text: str | None, key: str | None) -> Any:
    if text is None:
        return None
    bare = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text.lower()
    boolean = not text.startswith('"') or (key or "").lower() == "primary"
    return bare.lower() == "true" if boolean and bare.lower() in {"true", "false"} else bare
