"""A reading of the target after a cycle: what should be there against what is, attribute by attribute."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from conformance.provisioning.service.excuses import ADMIN, CLASH
from conformance.provisioning.service.expected import Expected
from conformance.provisioning.service.inventory import Inventory
from conformance.provisioning.service.links import Held, Link, collection_of
from conformance.provisioning.service.provisioning import NAMES, found
from conformance.provisioning.service.references import reference_path
from conformance.provisioning.service.tools import Tools
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find, objects, value_at
from conformance.verdict import show

SHOWN = 120
"""Characters of a value in a sentence."""

LABELLED = re.compile(r"([A-Z]+ \S+ \(cycle \d+, request \d+\)): (.*)", re.DOTALL)
"""A reason in escrow that begins with the request that was refused."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be.

    Attributes:
        kind: ``lost``, ``absent`` (never created), ``twice``, ``back``, ``stays`` (should be inactive or gone),
            ``active``, ``attribute``, ``manager``, ``member``, ``stranger``, ``dropped`` or ``unreadable``.
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

    A value counts as different only where a GET of the resource itself shows it. Whoever is in escrow is compared like
    everybody else: a change that was refused has not arrived.

    Args:
        tools: of the job.
        inventory: what lists of the target hold, for a large directory; empty where each resource is read.

    Attributes:
        evidence: answers that show a difference.
        compared: how many users and groups were compared, and under ``kept`` how many memberships of people who were
            disabled.
        absent: names of those who should be there and were never created, because the endpoint refused it.
        unknown: keys of differences that are not told, as somebody unknown may be to blame: no later cycle did them.
    """

    def __init__(self, tools: Tools, inventory: Inventory | None = None) -> None:
        self.tools = tools
        self.state = tools.state
        self.inventory = inventory or Inventory()
        self.evidence: list[Exchange] = []
        self.compared: Counter[str] = Counter()
        self.absent: list[str] = []
        self.unknown: list[tuple[str, str, str, str]] = []
        self.expected = Expected(tools)
        self._names = {(link.kind, link.name.casefold()) for link in self.state.links()}
        self._deleted = {link.target for link in self.state.links(deleted=True)}

    def differences(self) -> Iterator[Difference]:
        """All that is not as it should be, in the order of the links."""
        for link in self.state.links():
            self.compared[link.kind] += 1
            yield from self._undeleted(link) if self.expected.is_to_be_gone(link) else self._of(link)
        for held in self.expected.waiting:
            yield from self._absent(held)
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

    def _undeleted(self, link: Link) -> Iterator[Difference]:
        """Somebody whose deletion was refused: gone all the same, or still there."""
        exchange, _ = self.tools.exporter.read(link.kind, link.target)
        if exchange.status not in {404, 410}:
            self.evidence.append(exchange)
            got = "is still there" if exchange.ok else f"HTTP {exchange.status}"
            yield self._difference("stays", link, "", "gone since it was deleted", got)

    def _absent(self, held: Held) -> Iterator[Difference]:
        """Somebody in scope for whom there is no resource, because the endpoint refused to create or to match one."""
        source, excuse = self.state.source(held.source), self.expected.excuses.of_held(held)
        if source is None or self.state.link(held.source) is not None or excuse in {CLASH, ADMIN}:
            return
        if not source.enabled or self.tools.scope_reasons(source):
            return
        self.compared[source.kind] += 1
        label, told = told_of(held)
        got, collection = f"never created ({told})", collection_of(source.kind)
        one = Difference("absent", source.name, collection, "", "", "is there", got, label, source.id)
        if excuse:
            self.unknown.append(one.key)
            return
        self.absent.append(source.name)
        yield one

    def _compared(self, link: Link, row: Mapping[str, Any], shown: Exchange | None) -> Iterator[Difference]:
        told = list(self._values(link, row))
        told += (self._manager if link.kind == "User" else self._members)(link, row)
        if told and shown is not None:
            self.evidence.append(shown)
        yield from told

    def _values(self, link: Link, row: Mapping[str, Any]) -> Iterator[Difference]:
        change = self.tools.difference(link.kind, row, self.expected.values(link))
        for path, value in {**change.replace, **change.add}.items():
            kind = "attribute"
            if path == self.tools.active_path(link.kind):
                kind = "stays" if self.expected.leaves(link) else "active"
            shown = [self.tools.shown(link.kind, path, one) for one in (value, value_at(dict(row), path))]
            yield self._difference(kind, link, path, _text(shown[0]), _text(shown[1]))

    def _manager(self, link: Link, row: Mapping[str, Any]) -> Iterator[Difference]:
        path = reference_path(self.tools, "User", "manager")
        if path is None or not link.managed:
            return
        known, boss = self.expected.manager(link)
        if not known or (boss is None and path not in link.writes):
            return  # nothing was ever said of it, not since a reset of the scope at least
        got = value_at(dict(row), f"{path}.value")
        if got == "":
            got = None  # as Microsoft's own gate takes it (entra.md 2.3, "Manager remove")
        if got != (boss.target if boss else None):
            expected = f"{boss.name} ({boss.target})" if boss else "no manager"
            yield self._difference("manager", link, path, expected, "no manager" if got is None else self._who(got))

    def _members(self, link: Link, row: Mapping[str, Any]) -> Iterator[Difference]:
        if reference_path(self.tools, "Group", "members") is None:
            return
        got = [str(one.get("value")) for one in objects(find(dict(row), "members"))]
        wanted = self.expected.members(link)
        for target, member in sorted(wanted.items()):
            request = self.state.added_by(link.source, member.source) or ""
            disabled = bool(request) and self._was_disabled(member)
            self.compared["kept"] += disabled
            if target not in got:
                kind, wanted_so = "dropped" if disabled else "member", f"{member.name} is a member"
                told = self._difference(kind, link, "members", wanted_so, "is none", request=request)
                yield replace(told, mark=target)
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
        """A difference with the request that did it; where an export was refused, that one and why."""
        held = self.expected.refusal(link)
        if held is None:
            culprit = self._blame(link, attribute, request)
            return Difference(kind, link.name, link.collection, link.target, attribute, expected, got, culprit)
        label, told = told_of(held)
        got, mark = f"{got} (refused: {told})", got
        return Difference(kind, link.name, link.collection, link.target, attribute, expected, got, label, mark)

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


def told_of(held: Held) -> tuple[str, str]:
    """The request that was refused, and what was answered; the request is empty where the reason names none."""
    match = LABELLED.match(held.reason)
    return (match[1], match[2]) if match else ("", show(held.reason, SHOWN).strip('"'))


def _text(value: Any) -> str:
    return "no value" if value is None else show(value, SHOWN)
