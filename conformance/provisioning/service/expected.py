"""What the target should hold of somebody after a cycle, whether the requests that say so were accepted or not."""

from __future__ import annotations

from typing import Any

from conformance.provisioning.expressions import FailedExpression
from conformance.provisioning.service import leaving
from conformance.provisioning.service.excuses import Excuses
from conformance.provisioning.service.links import Held, Link
from conformance.provisioning.service.references import linked_users, manager_link
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject


class Expected:
    """Reckons what should be there from the source, and from what was sent where the source does not say.

    Args:
        tools: of the job.
    """

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.state = tools.state
        self.excuses = Excuses(tools)
        self._held = {held.source: held for held in self.state.escrow()}
        self._staged = set(self.state.fact("staged", []))

    @property
    def waiting(self) -> list[Held]:
        """All that is in escrow."""
        return list(self._held.values())

    def refusal(self, link: Link) -> Held | None:
        """The entry in escrow of somebody whose export the endpoint is to blame for, or None."""
        held = self._held.get(link.source)
        return None if held is None or self.excuses.of_held(held) else held

    def values(self, link: Link) -> dict[str, Any]:
        """The values that a resource should have: of the source where it is in scope, else as they were sent last.

        The latter also where nothing was written: the target action Update is off, a disable was held back, because
        there were more than the admin allows, or a change was refused that clashes with somebody else's value.
        """
        source = self.state.source(link.source)
        mapping = self.tools.job.mapping(link.kind)
        off = mapping is None or "Update" not in mapping.flow_types
        if source is None or off or link.source in self._staged:
            return link.sent
        try:
            return link.sent | self._changes(source, link)
        except FailedExpression:
            return link.sent

    def _changes(self, source: SourceObject, link: Link) -> dict[str, Any]:
        inside = source.enabled and not self.tools.scope_reasons(source)
        if self.refusal(link) is not None:
            return self.tools.values(source) if inside else self._farewell(source, link)
        if link.source in self._held or not link.active or self.tools.scope_reasons(source):
            return {}
        # What is mapped on creation only keeps the value it was created with.
        return self.tools.values(source)

    def _farewell(self, source: SourceObject, link: Link) -> dict[str, Any]:
        """What was to be told of somebody who leaves."""
        out = bool(self.tools.scope_reasons(source))
        path = self.tools.active_path(link.kind)
        if path is None or not link.managed or (out and self.tools.job.skip_out_of_scope_deletions):
            return {}
        return leaving.values(self.tools, source, path, out=out)

    def leaves(self, link: Link) -> bool:
        """Whether somebody should be inactive."""
        source = self.state.source(link.source)
        return source is None or not source.enabled or bool(self.tools.scope_reasons(source))

    def is_to_be_gone(self, link: Link) -> bool:
        """Whether a resource should have been deleted, and the endpoint refused that."""
        return self.state.gone(link.source) and self.refusal(link) is not None

    def manager(self, link: Link) -> tuple[bool, Link | None]:
        """Whether anything is known of somebody's manager, and who that should be."""
        source = self.state.source(link.source)
        if source is not None and self._unresolved(link):
            return True, manager_link(self.tools, source)
        boss = self.state.link(link.manager) if link.manager else None
        # A manager who was deleted: whether the reference goes with him is the target's choice.
        return not (link.manager and boss is None), boss

    def members(self, link: Link) -> dict[str, Link]:
        """The members that a group should have, by SCIM id: those of the source where their change was refused."""
        source = self.state.source(link.source)
        if source is not None and self._unresolved(link):
            return {one.target: one for one in linked_users(self.tools, source.members)}
        links = (self.state.link(member) for member in self.state.members(link.source))
        return {one.target: one for one in links if one is not None}

    def _unresolved(self, link: Link) -> bool:
        held = self._held.get(link.source)
        return held is not None and held.step == "referenceResolution"
