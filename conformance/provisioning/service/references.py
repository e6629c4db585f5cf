"""Managers and members: sent after users and groups exist, as SCIM ids of the target (entra.md 2.3, 2.4, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.provisioning.mappings.flow import references
from conformance.provisioning.service.codes import trouble_of
from conformance.provisioning.service.links import Link
from conformance.provisioning.service.log import Entry
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject


def reference_path(tools: Tools, kind: str, source: str) -> str | None:
    """The target path that is mapped from a reference of the source, ``manager`` or ``members``, or None."""
    mapping = tools.job.mapping(kind)
    paths = references(mapping) if mapping is not None else {}
    return next((path for path, name in paths.items() if name == source), None)


def manager_link(tools: Tools, source: SourceObject) -> Link | None:
    """The link of the manager that the target should know; None where there is none or he is out of scope."""
    return tools.state.link(source.manager) if source.manager else None


def resolve_manager(tools: Tools, source: SourceObject, entry: Entry) -> bool:
    """Send a user's manager where it changed.

    Returns:
        whether anything was done that belongs into the log.
    """
    path, link = reference_path(tools, "User", "manager"), tools.state.link(source.id)
    if path is None or link is None or not link.managed:
        return False
    boss = manager_link(tools, source)
    if (boss.source if boss else None) == link.manager:
        return False
    _send_manager(tools, link, boss, path, entry)
    return True


def _send_manager(tools: Tools, link: Link, boss: Link | None, path: str, entry: Entry) -> None:
    entry.action = entry.action if entry.action == "create" else "update"
    entry.target = link.target
    operations = manager_operations(tools, path, boss.target if boss else None, known=link.manager is not None)
    exchange, label = tools.exporter.patch("User", link.target, operations, "update manager")
    entry.change(path, link.manager, boss.target if boss else None)
    if not exchange.ok:
        tools.hold(entry, trouble_of(exchange, label), "referenceResolution")
        return
    told = f"Manager is {boss.name}." if boss else "No manager any more."
    entry.step("referenceResolution", told, request=label)
    link.manager = boss.source if boss else None
    link.writes |= dict.fromkeys(["", path], label)
    tools.state.save(link)


def manager_operations(tools: Tools, path: str, target: str | None, *, known: bool) -> Sequence[dict[str, Any]]:
    """The operation that sets, changes or removes a manager: a bare id as value (entra.md 2.3, "Manager set")."""
    if target is None:
        return tools.job.dialect.removal(path)
    return tools.job.dialect.change({path: target}, op="replace" if known else "add", pathless=False)


def resolve_members(tools: Tools, source: SourceObject, entry: Entry) -> bool:
    """Send the members that a group gained and lost since they were sent last.

    Members that are out of scope are passed over, and so are nested groups, whose members are not provisioned
    (Microsoft Learn, "Known issues for provisioning"). What the target holds is never read back.

    Returns:
        whether anything was done that belongs into the log.
    """
    path, link = reference_path(tools, "Group", "members"), tools.state.link(source.id)
    if path is None or link is None:
        return False
    sent, now = tools.state.members(source.id), set(source.members)
    gained = [one for one in linked_users(tools, source.members) if one.source not in sent]
    lost = linked_users(tools, sorted(sent - now))
    if not gained and not lost:
        return False
    entry.action = entry.action if entry.action == "create" else "update"
    entry.target = link.target
    _send_members(tools, link, gained, entry, add=True)
    _send_members(tools, link, lost, entry, add=False)
    tools.state.save(link)
    return True


def linked_users(tools: Tools, identifiers: Iterable[str]) -> list[Link]:
    """The links of those source objects that are users and are linked."""
    links = (tools.state.link(identifier) for identifier in identifiers)
    return [link for link in links if link is not None and link.kind == "User"]


def _send_members(tools: Tools, link: Link, people: list[Link], entry: Entry, *, add: bool) -> None:
    size = tools.job.members_per_request
    for start in range(0, len(people), size):
        _send_batch(tools, link, people[start : start + size], entry, add=add)


def _send_batch(tools: Tools, link: Link, batch: list[Link], entry: Entry, *, add: bool) -> None:
    form = tools.job.dialect.add_members if add else tools.job.dialect.remove_members
    word = "add" if add else "remove"
    operations = form([one.target for one in batch])
    exchange, label = tools.exporter.patch("Group", link.target, operations, f"{word} members")
    names = [one.name for one in batch]
    entry.change("members", None if add else names, names if add else None)
    if not exchange.ok:
        tools.hold(entry, trouble_of(exchange, label), "referenceResolution")
        return
    entry.step("referenceResolution", f"{len(batch)} members {'added' if add else 'removed'}.", request=label)
    identifiers = [one.source for one in batch]
    if add:
        tools.state.joined(link.source, identifiers, label)
    else:
        tools.state.parted(link.source, identifiers)
    link.writes[""] = label
