"""What proves that a resource is what we created, and not somebody else's that looks like it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.scim.clock import Clock
from conformance.scim.paths import member

CREATED, ACCEPTED = 201, 202

NAMES = ("userName", "displayName", "externalId")
"""What shows whose a resource is, the surest first; a resource of ours carries its name in one of them."""

UNIQUE = {"/Users": "userName", "/Groups": "displayName"}
"""What the resources of a collection are looked up by."""


def unique(collection: str) -> str:
    """The attribute by which the resources of a collection are looked up."""
    return UNIQUE.get(collection, "displayName")


@dataclass(frozen=True)
class Marks:
    """What everything carries that one run makes up, and nothing that is anybody else's.

    Attributes:
        prefix: how its names begin, such as ``scimconf-k3x9ab``; empty for a client that creates nothing.
        family: how its externalIds begin.
    """

    prefix: str = ""
    family: str = ""

    def on(self, text: str) -> bool:
        """Whether a name or an externalId was made up by the run, in any letter case."""
        folded = text.casefold()
        return any(mark and mark.casefold() in folded for mark in (self.prefix, self.family))

    def is_kin(self, names: Collection[str]) -> bool:
        """Whether a name begins as those of every run do."""
        word = self.prefix.partition("-")[0].casefold()
        return bool(word) and any(name.startswith(f"{word}-") for name in names)


@dataclass
class Claim:
    """A create that was sent, or is about to be: what we know of it, whatever the answer.

    Attributes:
        collection: path of the endpoint, such as ``/Users``.
        name: the ``userName`` or ``displayName`` that was sent.
        external: the ``externalId`` that was sent; empty for none.
        marked: whether the name is made up by the run; otherwise it can be somebody's.
        named: whether it was sent as what resources of the collection are looked up by; otherwise the endpoint made
            up something in its place.
        before: ids that were found under name or externalId before the create was sent.
        asked: when it was sent, by the endpoint's clock, in seconds since 1970.
        sent: the same by our own clock.
        status: of the answer; None where none came.
        led: ids to which the answers led.
        absent: moments of our own clock at which the endpoint said that it is not there.
        born: whether something proved to be what it made, at some time.
        refused: why what the answer shows is not ours, so that it is never written to; empty where it can be.
        bulk: whether it was part of a bulk job.
    """

    collection: str
    name: str
    external: str = ""
    marked: bool = True
    named: bool = True
    before: frozenset[str] = frozenset()
    asked: float = 0.0
    sent: float = 0.0
    status: int | None = None
    led: list[str] = field(default_factory=list)
    absent: list[float] = field(default_factory=list)
    born: bool = False
    refused: str = ""
    bulk: bool = False

    def moment(self, clock: Clock) -> float:
        """When it was sent, by the endpoint's clock; that of an earlier run as its journal says."""
        return clock.at(self.sent) if self.sent else self.asked

    @property
    def names(self) -> set[str]:
        """What a resource is known by that it made, in lower case."""
        return {self.name.casefold(), self.external.casefold()} - {""}

    @property
    def is_lost(self) -> bool:
        """Whether nobody can tell from the answer what became of it: none came, or it is a gateway's."""
        return self.status is None or self.status in {502, 503, 504}

    @property
    def is_promised(self) -> bool:
        """Whether the endpoint says that it did or will do it, and has not shown it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


def shown(resource: Mapping[str, Any]) -> list[str]:
    """The names that a resource carries, in lower case."""
    values = (member(dict(resource), attribute) for attribute in NAMES)
    return [value.casefold() for value in values if isinstance(value, str)]


def identifier_of(resource: Mapping[str, Any]) -> str:
    """The id of a resource, also where it is a number and no string; empty where it shows none."""
    found = resource.get("id")
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def contradiction(resource: Mapping[str, Any], claim: Claim, identifier: str, marks: Marks, clock: Clock) -> str:
    """Why what is shown behind an id is not what we created; empty where nothing speaks against it.

    A resource that shows neither id, nor names, nor a date contradicts nothing.
    """
    told = identifier_of(resource)
    if told and told.casefold() != identifier.casefold():
        return f"it is shown with another id, {told!r}"
    if identifier in claim.before:
        return "it was there before we asked for it"
    if clock.is_older(resource, claim.moment(clock)):
        return "it was created before we asked for it"
    name = member(dict(resource), unique(claim.collection))
    if isinstance(name, str) and not _carries(resource, claim, marks, clock) and not (marks.on(name) and claim.marked):
        return "it has somebody else's name"
    return ""


def _carries(resource: Mapping[str, Any], claim: Claim, marks: Marks, clock: Clock) -> bool:
    """Whether a resource has the very name, or the very externalId of our making, that we sent.

    Some endpoints make the name of something else that was sent. Under such a name, what we sent elsewhere (an e-mail
    address begins like the name, a displayName carries the run's mark) is enough where the endpoint says that the
    resource was made when we asked for it.
    """
    names = shown(resource)
    if marks.on(claim.external) and claim.external.casefold() in names:
        return True
    called = member(dict(resource), unique(claim.collection))
    if not claim.named or not isinstance(called, str) or called.casefold() == claim.name.casefold():
        return claim.name.casefold() in names
    told = claim.name.casefold() in {text.casefold() for text in _texts(resource)} or any(map(marks.on, names))
    return claim.marked and told and clock.is_of_then(resource, claim.moment(clock))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a resource, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def proves(resource: Mapping[str, Any], claim: Claim, identifier: str, marks: Marks, clock: Clock) -> bool:
    """Whether what is shown behind an id that our own 201 gave us proves that it is what we created."""
    return _carries(resource, claim, marks, clock) and not contradiction(resource, claim, identifier, marks, clock)


def is_traced(resource: Mapping[str, Any], claim: Claim, identifier: str, marks: Marks, clock: Clock) -> bool:
    """Whether a resource that a look-up found is what a create left that has no usable answer.

    A name that the run made up is nobody else's. Any other name proves nothing: the resource has to carry our
    externalId, and to have been created when we asked for it.
    """
    if not proves(resource, claim, identifier, marks, clock):
        return False
    if claim.marked:
        return True
    external = member(dict(resource), "externalId")
    return bool(claim.external) and external == claim.external and clock.is_of_then(resource, claim.moment(clock))
