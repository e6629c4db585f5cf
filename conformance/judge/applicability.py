"""Whether a requirement binds an endpoint, by the condition that the catalogue states for it.

Three answers: yes, no, and unknown where the endpoint does not say. Only a clear no takes a check out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.idp.entra import ENTERPRISE_USER
from conformance.judge.check import Check
from conformance.recording import Recording
from conformance.scim.features import Features, documents, is_catch_all
from conformance.scim.paths import MISSING, find, is_empty

DISCOVERY = {"spc": "service-provider-config", "resourcetypes": "resource-types", "schemas": "schemas"}
"""The steps of the discovery journey, by the condition's name for the document."""


class Described:
    """What a recording knows of the endpoint.

    Args:
        recording: with the discovery journey, where it was played.
        stated: capabilities as the user states them.
    """

    def __init__(self, recording: Recording, stated: Mapping[str, bool]) -> None:
        played = recording.journeys.get("discovery")
        self.answers = played.answers if played is not None else {}
        self.features = Features.of(self.answers, stated)

    def meets(self, condition: str) -> bool | None:
        """Whether a condition such as ``spc.patch and attr.title`` is met; None where nobody can tell.

        Raises:
            KeyError: the condition is of no known kind.
        """
        met = [self._holds(key) for key in condition.split(" and ")]
        if False in met:
            return False
        return None if None in met else True

    def unsaid(self, item: Check) -> str:
        """The optional feature of which the endpoint says nothing at all, and which a check is about; empty for none.

        What nobody offers may be tried, and is held against nobody (RFC 7644 section 3.4.2.3 of sorting, and so on).
        """
        told = {_feature(requirement.applies_when) for requirement in item.requirements}
        if len(told) != 1 or "" in told:
            return ""
        [feature] = told
        return feature if self.features.offers(feature) is None else ""

    def _holds(self, key: str) -> bool | None:
        kind, _, name = key.partition(".")
        return KINDS[kind](self, name)

    def document(self, name: str) -> bool | None:
        """Whether a discovery document is served."""
        answer = self.answers.get(DISCOVERY[name])
        if answer is not None and is_catch_all(self.answers.get(DISCOVERY["spc"])) and not documents(answer):
            return False
        return None if answer is None or answer.status is None else answer.ok

    def resource_type(self, name: str) -> bool | None:
        """Whether resources of a type are offered."""
        if name == "Group" and self.features.stated.get("groups") is False:
            return False
        return self.features.resource_type(name) is not None if self.features.types else None

    def extension(self, name: str) -> bool | None:
        """Whether an extension is offered; the catalogue knows the enterprise user only."""
        urn = {"enterprise": ENTERPRISE_USER}[name]
        return self.features.schema(urn) is not None if self.features.schemas else None

    def attribute(self, name: str) -> bool | None:
        """Whether users can have an attribute."""
        return self.features.lists_user_attribute(name) if self.features.schemas else None

    def pagination(self, name: str) -> bool | None:
        """Whether the endpoint says something about its pages: a method, or any member (RFC 9865 section 4)."""
        if name == "cursor" and "cursor" in self.features.stated:
            return self.features.stated["cursor"]
        told: Any = find(self.features.config, "pagination" if name == "present" else f"pagination.{name}")
        if isinstance(told, bool):
            return told
        if name == "index" or not self.features.config:
            return None
        return told is not MISSING

    def events(self, name: str) -> bool | None:
        """Whether the endpoint sends security events (RFC 9967 section 2.4)."""
        if not self.features.config:
            return None
        told = find(self.features.config, "securityEvents" if name == "present" else f"securityEvents.{name}")
        return not is_empty(told)

    @staticmethod
    def unknown(_name: str) -> bool | None:
        """What only a request can tell."""
        return None


def _feature(condition: str) -> str:
    """The optional feature that a condition names; empty where it names none."""
    keys = (key.partition(".") for key in condition.split(" and "))
    return next((name for kind, _, name in keys if kind == "spc" and name in OPTIONAL), "")


OPTIONAL = frozenset({"sort", "bulk", "etag", "changePassword"})
"""Features of which Entra needs none."""

KINDS: dict[str, Callable[[Described, str], bool | None]] = {
    "always": lambda _described, _name: True,
    "spc": lambda described, name: described.features.offers(name),
    "disc": Described.document,
    "rt": Described.resource_type,
    "ext": Described.extension,
    "attr": Described.attribute,
    "pagination": Described.pagination,
    "events": Described.events,
    "opt": lambda described, name: described.unknown(name),
    "auth": lambda described, name: described.unknown(name),
}
"""How the first part of a key is looked up."""
