"""An object of the source leaves: disabled, or deleted, or left alone (entra.md 2.5)."""

from __future__ import annotations

from typing import Any

from conformance.provisioning.expressions import FailedExpression
from conformance.provisioning.service.codes import Trouble, trouble_of
from conformance.provisioning.service.links import Link
from conformance.provisioning.service.log import Entry
from conformance.provisioning.service.provisioning import export
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject


def disable(tools: Tools, source: SourceObject, link: Link, entry: Entry, *, out_of_scope: bool) -> None:
    """Tell the target that somebody is no longer active.

    Whoever left the scope is not managed any more once that is told; whoever is blocked or in the recycle bin is, and
    other changes of a blocked user still flow.
    """
    entry.action, entry.target = "disable", link.target
    if out_of_scope and tools.job.skip_out_of_scope_deletions:
        entry.skip("Out of scope, and SkipOutOfScopeDeletions is on: nothing is sent.")
        return
    path = tools.active_path(source.kind)
    if path is None:
        entry.skip("No attribute is mapped from IsSoftDeleted: nothing is sent.", kind="processing")
        link.managed = link.managed and not out_of_scope
        tools.state.save(link)
        return
    try:
        told = values(tools, source, path, out=out_of_scope)
        current = _current(tools, link, entry)
        if current is None:
            return
        _disable(tools, source, link, entry, current=current, told=told, out_of_scope=out_of_scope)
    except FailedExpression as problem:
        tools.hold(entry, Trouble("FailedExpression", str(problem)), "processing")


def values(tools: Tools, source: SourceObject, path: str, *, out: bool) -> dict[str, Any]:
    """What is told of somebody who leaves: only that, where other changes do not flow any more.

    Raises:
        FailedExpression: an expression cannot be evaluated for this object.
    """
    found = tools.values(source, out=out)
    return {path: found[path]} if out or source.deleted else found


def _current(tools: Tools, link: Link, entry: Entry) -> dict[str, Any] | None:
    exchange, label = tools.exporter.read(link.kind, link.target)
    if exchange.ok and exchange.resource:
        return exchange.resource
    trouble = trouble_of(exchange, label)
    if exchange.status == 404:  # noqa: PLR2004
        trouble = Trouble("InvalidAnchor", f"{label}: the resource {link.target} is gone from the target.")
    tools.hold(entry, trouble, "processing")
    return None


def _disable(
    tools: Tools,
    source: SourceObject,
    link: Link,
    entry: Entry,
    *,
    current: dict[str, Any],
    told: dict[str, Any],
    out_of_scope: bool,
) -> None:
    change = tools.difference(link.kind, current, told)
    if change.add or change.replace:
        if not export(tools, link, current, told, entry):
            return
    else:
        entry.step("processing", "The target says so already; nothing to send.", status="skipped")
        entry.status = "skipped"
    link.sent |= tools.redaction.kept(link.kind, told)
    link.active, link.managed, link.cycle = False, not out_of_scope, tools.exporter.cycle
    tools.state.save(link)
    tools.state.release(source.id)


def delete(tools: Tools, source: SourceObject, link: Link, entry: Entry) -> None:
    """Delete the resource of an object that was deleted for good.

    One that left the scope before is not managed any more: nothing is sent for it.
    """
    entry.action, entry.target = "delete", link.target
    mapping = tools.job.mapping(link.kind)
    if not link.managed:
        entry.skip("Left the scope before it was deleted: it is not managed any more, and nothing is sent.")
        return
    if mapping is None or "Delete" not in mapping.flow_types:
        entry.skip("The target action Delete is switched off.", kind="processing")
        return
    if tools.exporter.client.owns(link.collection, link.target):
        exchange, label = tools.exporter.delete(link.kind, link.target)
    else:
        exchange, label = tools.exporter.read(link.kind, link.target)  # deleted by a run that did not see the answer?
        if exchange.ok:
            entry.skip("This run did not create the resource, and deletes none of somebody else.", kind="processing")
            return
    if not exchange.ok and exchange.status not in {404, 410}:
        tools.hold(entry, trouble_of(exchange, label), "export")
        return
    entry.step("export", f"Deleted {link.target}.", request=label)
    link.deleted, link.active, link.cycle = True, False, tools.exporter.cycle
    link.writes[""] = label
    tools.state.save(link)
    tools.state.parted(None, [source.id])
    tools.state.release(source.id)
