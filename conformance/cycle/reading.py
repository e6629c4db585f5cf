"""A reading of the target after a cycle: what should be there against what is, attribute by attribute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from conformance.cycle.inventory import Inventory
from conformance.cycle.links import Link
from conformance.cycle.provisioning import NAMES, found
from conformance.cycle.references import reference_path
from conformance.cycle.tools import Tools
from conformance.entra.expressions import FailedExpression
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find
from conformance.verdict import show

SHOWN = 120
"""Characters of a value in a sentence."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be.

    Attributes:
        kind: ``lost``, ``twice``, ``back``, ``active``, ``attribute``, ``manager``, ``member``, ``stranger``,
            ``dropped`` or ``unreadable``.
        person: user principal name, or name of the group.
        collection: ``/Users`` or ``/Groups``.
        id: SCIM id.
        attribute: target path, or ``members``; empty where the whole resource is concerned.
        expected: in words.
        got: in words.
        request: the request that did it, as far as that can be known.
        mark: what stays the same of it from one reading to the next where words change; not told.
    """

    kind: str
    person: str
    collection: str
    id: str
    attribute: str
    expected: str
    got: str
    request: str
    mark: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By what a difference is known again in the next reading."""
        return (self.kind, self.id, self.attribute, self.mark or self.got)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        told = asdict(self)
        del told["mark"]
        return told


class Reading:
    """Compares the target with what the source directory asks for.

    A value counts as different only where a GET of the resource itself shows it.

    Args:
        tools: of the job.
        inventory: what lists of the target hold, for a large directory; empty where each resource is read.
    """

    def __init__(self, tools: Tools, inventory: Inventory | None = None) -> None:
        self.tools = tools
        self.state = tools.state
        self.inventory = inventory or Inventory()
        self.evidence: list[Exchange] = []
        self.compared: Counter[str] = Counter()
        self._names = {(link.kind, link.name.casefold()) for link in self.state.links()}
        self._staged = set(self.state.fact("staged", []))
        self._deleted = {link.target for link in self.state.links(deleted=True)}

    def differences(self) -> Iterator[Difference]:
        """All that is not as it should be, in the order of the links."""
        for link in self.state.links():
            self.compared[link.kind] += 1
            yield from self._of(link)
        for link in self.state.links(deleted=True):
            self.compared[link.kind] += 1
            yield from self._of_deleted(link)

    # --- one resource ----------------------------------------------------------------------------------

    def _of(self, link: Link) -> Iterator[Difference]:
        row = self.inventory.row(link)
        told = list(self._compared(link, row, None)) if row is not None else None
        if told is None or told:
            exchange, _ = self.tools.exporter.read(link.kind, link.target, members=True)
            told = list(self._shown(link, exchange))
        yield from told
        if not any(one.kind in {"lost", "unreadable"} for one in told):
            yield from self._found_once(link)

    def _shown(self, link: Link, exchange: Exchange) -> Iterator[Difference]:
        if exchange.status in {404, 410}:
            self.evidence.append(exchange)
            yield self._difference("lost", link, "", "is there", f"HTTP {exchange.status}")
        elif not exchange.ok or not exchange.resource:
            self.evidence.append(exchange)
            got = exchange.error_detail or f"HTTP {exchange.status}"
            yield self._difference("unreadable", link, "", "can be read", got)
        else:
            yield from self._compared(link, exchange.resource, exchange)

    def _compared(self, link: Link, row: Mapping[str, Any], shown: Exchange | None) -> Iterator[Difference]:
        held = self.state.held(link.source)
        if held is not None and held.step != "referenceResolution":
            return  # its export failed: what is there now is not known, and the failure is told
        told = list(self._values(link, row))
        if held is None:
            told += (self._manager if link.kind == "User" else self._members)(link, row)
        if told and shown is not None:
            self.evidence.append(shown)
        yield from told

    def expected(self, link: Link) -> dict[str, Any]:
        """The values that a resource should have: of the source where it is in scope, else as they were sent last.

        The latter also where nothing was written: the target action Update is off, or a disable was held back, because
        there were more than the admin allows.
        """
        source = self.state.source(link.source)
        mapping = self.tools.job.mapping(link.kind)
        held_back = link.source in self._staged or mapping is None or "Update" not in mapping.flow_types
        if source is None or not link.active or held_back or self.tools.scope_reasons(source):
            return link.sent
        try:
            # What is mapped on creation only keeps the value it was created with.
            return link.sent | self.tools.values(source)
        except FailedExpression:
            return link.sent

    def _values(self, link: Link, row: Mapping[str, Any]) -> Iterator[Difference]:
        change = self.tools.difference(link.kind, row, self.expected(link))
        for path, value in {**change.replace, **change.add}.items():
            kind = "active" if path == self.tools.active_path(link.kind) else "attribute"
            shown = [self.tools.shown(link.kind, path, one) for one in (value, find(dict(row), path) or None)]
            yield self._difference(kind, link, path, _text(shown[0]), _text(shown[1]))

    def _manager(self, link: Link, row: Mapping[str, Any]) -> Iterator[Difference]:
        path = reference_path(self.tools, "User", "manager")
        if path is None or not link.managed:
            return
        if link.manager is None and path not in link.writes:
            return  # nothing was ever said of it, not since a reset of the scope at least
        boss = self.state.link(link.manager) if link.manager else None
        if link.manager and boss is None:
            return  # deleted: whether the reference goes with him is the target's choice
        got = find(dict(row), f"{path}.value") or None
        if got != (boss.target if boss else None):
            expected = f"{boss.name} ({boss.target})" if boss else "no manager"
            yield self._difference("manager", link, path, expected, self._who(got) if got else "no manager")

    def _members(self, link: Link, row: Mapping[str, Any]) -> Iterator[Difference]:
        if reference_path(self.tools, "Group", "members") is None:
            return
        rows = find(dict(row), "members") or []
        got = [str(one.get("value")) for one in rows if isinstance(one, dict)]
        wanted = {one.target: one for m in self.state.members(link.source) if (one := self.state.link(m)) is not None}
        for target, member in sorted(wanted.items()):
            if target not in got:
                kind = "dropped" if self._was_disabled(member) else "member"
                request = self.state.added_by(link.source, member.source) or ""
                yield self._difference(kind, link, "members", f"{member.name} is a member", "is none", request=request)
        for target in sorted(set(got) - set(wanted) - self._deleted - self.state.former_members(link.target)):
            told = self._difference("stranger", link, "members", "nobody else is a member", self._who(target))
            yield replace(told, mark=target)
        for target in sorted({one for one in got if got.count(one) > 1}):
            told = self._difference("stranger", link, "members", "each member once", f"{self._who(target)} twice")
            yield replace(told, mark=f"{target} twice")

    def _found_once(self, link: Link) -> Iterator[Difference]:
        mapping = self.tools.job.mapping(link.kind)
        number = self.inventory.named(link)
        if number is None and mapping is not None:
            exchange, _ = self.tools.exporter.match(link.kind, NAMES[link.kind], link.name)
            rows = found(exchange)
            number = len(rows) if rows is not None else None
            if number != 1:
                self.evidence.append(exchange)
        path = NAMES[link.kind]
        if number == 0:
            yield self._difference("lost", link, path, f"found by {path} eq {link.name!r}", "found nowhere")
        elif number is not None and number > 1:
            yield self._difference("twice", link, path, f"one resource with {path} {link.name!r}", f"{number} of them")

    def _of_deleted(self, link: Link) -> Iterator[Difference]:
        exchange, _ = self.tools.exporter.read(link.kind, link.target)
        if exchange.ok:
            self.evidence.append(exchange)
            yield self._difference("back", link, "", "gone since it was deleted", "is read again")
            return
        if (link.kind, link.name.casefold()) in self._names:
            return  # somebody else has the name now
        exchange, _ = self.tools.exporter.match(link.kind, NAMES[link.kind], link.name)
        if found(exchange):
            self.evidence.append(exchange)
            yield self._difference("back", link, "", "found by no filter since it was deleted", "is found again")

    # --- words -----------------------------------------------------------------------------------------

    def _was_disabled(self, link: Link) -> bool:
        """Whether somebody is inactive or was so: a target may let go of memberships then (entra.md 2.5)."""
        path = self.tools.active_path("User") or ""
        return not link.active or link.writes.get(path, "").startswith("PATCH ")

    def _who(self, target: Any) -> str:
        link = self.state.linked_to("User", str(target))
        return f"{link.name} ({target})" if link else str(target)

    def _difference(
        self, kind: str, link: Link, attribute: str, expected: str, got: str, *, request: str = ""
    ) -> Difference:
        culprit = self._blame(link, attribute, request)
        return Difference(kind, link.name, link.collection, link.target, attribute, expected, got, culprit)

    def _blame(self, link: Link, attribute: str, request: str) -> str:
        """The request that did it: one of this cycle, since after the last one all was well.

        First the one that wrote the attribute, then any that wrote to the resource, then what else was written.
        """
        now = f"(cycle {self.tools.exporter.cycle}, "
        last = request or link.writes.get(attribute) or link.writes.get("", "")
        for label in (request, link.writes.get(attribute, ""), link.writes.get("", "")):
            if now in label:
                return label
        others = self.tools.exporter.written
        if not others:
            return f"no write of this cycle; last written by {last}"
        return (
            f"{others[0]}, which was not about {link.name}" if len(others) == 1 else f"one of {', '.join(others[:3])}"
        )


def _text(value: Any) -> str:
    return "no value" if value is None else show(value, SHOWN)
