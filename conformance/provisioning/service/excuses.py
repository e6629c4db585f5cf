"""Whose doing it is that an object could not be provisioned: the endpoint's, or that of the data it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from conformance.provisioning.expressions import FailedExpression
from conformance.provisioning.service.links import Held, Link
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject

CLASH, UNKNOWN, ADMIN = "clash", "unknown", "admin"
"""Why a failure is not held against the endpoint: somebody else of the source has the value, as a 409 says rightly;
somebody whom nobody here knows may have it; the admin's mapping gives no value. All others are the endpoint's."""

UNIQUE = frozenset({
    "username", "externalid", "displayname", "nickname", "emails", "phonenumbers", "employeenumber",
})  # fmt: skip
"""Attributes of which an endpoint may demand that no two resources have the same value (RFC 7643 section 7)."""

OF_THE_MAPPING = frozenset({"FailedExpression", "ImportSkipped"})


class Excuses:
    """Tells for one cycle which failures are not the endpoint's.

    Args:
        tools: of the job.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def of_held(self, held: Held) -> str:
        """The excuse for an object in escrow, or an empty text."""
        return self.of(held.source, held.code, self.action(held))

    def action(self, held: Held) -> str:
        """What could not be done with an object in escrow."""
        state = self._tools.state
        link, source = state.link(held.source), state.source(held.source)
        if held.step != "export":
            return held.step
        if link is None:
            return "create"
        if source is None:
            return "delete"
        return "update" if source.enabled and not self._tools.scope_reasons(source) else "disable"

    def of(self, identifier: str, code: str, action: str) -> str:
        """The excuse for a failure, or an empty text where it is the endpoint's.

        Args:
            identifier: object id.
            code: of the provisioning log.
            action: that failed; a conflict is right about a create and an update only: nobody else's value stands in
                the way of a disable, a delete or a membership.
        """
        if code in OF_THE_MAPPING:
            return ADMIN
        source = self._tools.state.source(identifier)
        if code != "Conflict" or action not in {"create", "update"} or source is None:
            return ""
        return self._of_conflict(source)

    def _of_conflict(self, source: SourceObject) -> str:
        try:
            mine = set(self._unique(source.kind, self._tools.values(source, creating=True)))
        except FailedExpression:
            return ADMIN
        if any(self._owners.get((source.kind, *one), set()) - {source.id} for one in mine):
            return CLASH
        # Who gave a value up in this very cycle may have had it still when the request came.
        moved = any(source.kind == kind and other != source.id for kind, other in self._moved)
        return UNKNOWN if moved or self._tools.job.shared else ""

    @cached_property
    def _owners(self) -> dict[tuple[str, str, str], set[str]]:
        """Object ids by kind, attribute and value."""
        found: dict[tuple[str, str, str], set[str]] = {}
        for link in self._tools.state.links():
            for one in self._unique(link.kind, link.sent):
                found.setdefault((link.kind, *one), set()).add(link.source)
        return found

    @cached_property
    def _moved(self) -> set[tuple[str, str]]:
        """Kind and object id of those who got another unique value by a change of this cycle."""
        now = f"(cycle {self._tools.exporter.cycle}, "
        return {(link.kind, link.source) for link in self._tools.state.links() if self._wrote_unique(link, now)}

    @staticmethod
    def _wrote_unique(link: Link, now: str) -> bool:
        return any(
            _name(path) in UNIQUE and label.startswith("PATCH ") and now in label for path, label in link.writes.items()
        )

    def _unique(self, kind: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Attribute and value, without regard to letter case, of all that may have to be unique."""
        mapping = self._tools.job.mapping(kind)
        matching = {row.target for row in mapping.matching} if mapping else set()
        for path, value in values.items():
            if isinstance(value, str) and (path in matching or _name(path) in UNIQUE):
                yield _name(path), value.casefold()


def _name(path: str) -> str:
    """The attribute that a target path is about, without its schema, filter and sub-attribute."""
    return path.partition("[")[0].rpartition(":")[2].partition(".")[0].casefold()
