"""Whom a cycle looks at: what changed, what is due again, whom a group brings, who leaves (entra.md 5, "Cycles")."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.provisioning.service.links import Link
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject


def switched_off(tools: Tools, kind: str) -> bool:
    """Whether a kind of object is not provisioned: no mapping is enabled, or the target has no such endpoint."""
    missing = kind == "Group" and tools.state.fact("no_groups", default=False)
    return tools.job.mapping(kind) is None or missing


def candidates(tools: Tools, kind: str, watermark: int, again: Sequence[str]) -> list[str]:
    """Object ids of what a cycle looks at: what changed, what is due again, and whom a changed group brings or drops.

    Args:
        tools: of the job.
        kind: ``User`` or ``Group``.
        watermark: of the last cycle; 0 for all.
        again: object ids of what is looked at whether it changed or not.
    """
    state = tools.state
    found = dict.fromkeys(state.changed_since(watermark, kind))
    if kind == "User" and watermark:
        for group in state.changed_since(watermark, "Group"):
            version = state.last_version(group)
            members = [*(version.members if version else ()), *sorted(state.members(group))]
            found |= dict.fromkeys(one for one in members if _crossed(tools, one))
    found |= dict.fromkeys(again)
    return [one for one in found if (version := state.last_version(one)) and version.kind == kind]


def _crossed(tools: Tools, identifier: str) -> bool:
    """Whether a change of a group brings a user into scope or takes the user out of it."""
    source, link = tools.state.source(identifier), tools.state.link(identifier)
    if source is None or source.kind != "User":
        return False
    inside = source.enabled and not tools.scope_reasons(source)
    return inside is not (link is not None and link.active and link.managed)


def leaver(tools: Tools, identifier: str) -> tuple[SourceObject, Link] | None:
    """An object that the target has to be told to disable or delete, with its link; None where it stays."""
    source, link = tools.state.last_version(identifier), tools.state.link(identifier)
    if source is None or link is None:
        return None
    if tools.state.gone(identifier):
        return source, link
    reasons = tools.scope_reasons(source)
    if not reasons and source.enabled:
        return None
    # Who left the scope was told so, and is not looked after any more.
    return (source, link) if link.managed and (link.active or not reasons) else None
