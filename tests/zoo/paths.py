"""Paths of attributes, in filters, in PATCH and in ``attributes=``."""

from __future__ import annotations

from dataclasses import dataclass

from tests.zoo.message import Refused
from tests.zoo.schema import Attribute, Kind


@dataclass(frozen=True)
class Path:
    """Where a value stands.

    Attributes:
        urn: of the extension it belongs to, or empty.
        attribute: None for a whole extension.
        sub: sub-attribute, or None.
    """

    urn: str
    attribute: Attribute | None
    sub: Attribute | None = None

    def holder(self, data: dict) -> dict:
        """The object that has the attribute; one that is not stored where there is none."""
        return data.get(self.urn) or {} if self.urn else data

    @property
    def last(self) -> Attribute | None:
        """What a comparison looks at: the sub-attribute, ``value`` of what has one, or the attribute itself."""
        if self.attribute is None or self.sub is not None:
            return self.sub
        return self.attribute.sub.get("value", self.attribute)


def resolve(kind: Kind, text: str, error: str = "invalidPath") -> Path:
    """Find what a path without a filter means.

    Raises:
        Refused: the kind has no such attribute.
    """
    urn, rest = _split(kind, text)
    attributes = kind.extensions[urn] if urn else kind.attributes
    if urn and not rest:
        return Path(urn, None)
    name, _, sub = rest.partition(".")
    attribute = attributes.get(name.lower())
    if attribute is None:
        raise Refused(400, f"no attribute {text!r}", error)
    if sub and sub.lower() not in attribute.sub:
        raise Refused(400, f"no attribute {text!r}", error)
    return Path(urn, attribute, attribute.sub[sub.lower()] if sub else None)


def _split(kind: Kind, text: str) -> tuple[str, str]:
    lower = text.lower()
    if lower.startswith(f"{kind.urn.lower()}:"):
        return "", text[len(kind.urn) + 1 :]
    for urn in kind.extensions:
        if lower == urn.lower():
            return urn, ""
        if lower.startswith(f"{urn.lower()}:"):
            return urn, text[len(urn) + 1 :]
    return "", text
