"""One object of the source comes to the target: matched, then linked and updated, or created (entra.md 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.provisioning.expressions import FailedExpression
from conformance.provisioning.mappings.flow import body, matching_filters
from conformance.provisioning.service.codes import FILTERING, INCOMPATIBLE, Trouble, trouble_of
from conformance.provisioning.service.links import Link, collection_of
from conformance.provisioning.service.log import Entry
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import SourceObject
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find, text_at, value_at

NAMES = {"User": "userName", "Group": "displayName"}
"""What identifies a resource in the journal, and in the target."""


def arrive(tools: Tools, source: SourceObject, entry: Entry) -> None:
    """See to it that the target holds an object that is in scope and enabled.

    What goes wrong is in the entry and in escrow; nothing is raised for what the endpoint does.
    """
    link = tools.state.link(source.id)
    try:
        if link is None:
            values = tools.values(source, creating=True)
            _match_or_create(tools, source, values, entry)
        else:
            _read_and_update(tools, source, link, entry)
    except FailedExpression as problem:
        tools.hold(entry, Trouble("FailedExpression", str(problem)), "processing")


def _match_or_create(tools: Tools, source: SourceObject, values: dict[str, Any], entry: Entry) -> None:
    mapping = tools.job.mapping(source.kind)
    assert mapping is not None
    filters = matching_filters(mapping, values)
    if not filters:
        tools.hold(entry, Trouble("ImportSkipped", "No matching attribute has a value."), "matching")
        return
    for attribute, value in filters:
        exchange, label = tools.exporter.match(source.kind, attribute, value)
        rows = found(exchange)
        if rows is None:
            tools.hold(entry, _no_list(exchange, label), "matching")
            return
        if len(rows) > 1:
            told = f"{label}: {len(rows)} resources have {attribute} {tools.shown(source.kind, attribute, value)!r}."
            tools.hold(entry, Trouble("DuplicateTargetEntries", told), "matching")
            return
        if rows:
            entry.step(
                "matching", f"Found one resource by {attribute} eq {tools.shown(source.kind, attribute, value)!r}."
            )
            _adopt(tools, source, rows[0], values, entry)
            return
    entry.step("matching", f"No resource has {' or '.join(attribute for attribute, _ in filters)} of this object.")
    _create(tools, source, values, entry)


def found(exchange: Exchange) -> list[dict[str, Any]] | None:
    """The rows of the answer to a match, or None where it is no list at all."""
    total = find(exchange.resource, "totalResults")
    if exchange.status != 200 or not isinstance(total, int):  # noqa: PLR2004
        return None
    return exchange.listed


def _no_list(exchange: Exchange, label: str) -> Trouble:
    if exchange.status == 400:  # noqa: PLR2004
        return Trouble(FILTERING, trouble_of(exchange, label).reason)
    if exchange.ok:
        return Trouble(INCOMPATIBLE, f"{label}: the answer is no ListResponse.")
    return trouble_of(exchange, label)


def _adopt(tools: Tools, source: SourceObject, row: dict[str, Any], values: dict[str, Any], entry: Entry) -> None:
    """Link a resource that is there already, where it is ours to change, and bring it up to date."""
    target, collection = row.get("id"), collection_of(source.kind)
    shown = text_at(row, NAMES[source.kind])
    if not isinstance(target, str) or not target:
        tools.hold(entry, Trouble(INCOMPATIBLE, "The resource that was found has no id."), "matching")
        return
    other = tools.state.linked_to(source.kind, target)
    if other is not None and other.source != source.id:
        told = f"{shown or target} is linked to another object of the source ({other.name})."
        tools.hold(entry, Trouble("DuplicateSourceEntries", told), "matching")
        return
    client = tools.exporter.client
    adopted = not (client.owns(collection, target) or client.claim(collection, shown, target, row))
    entry.target = target
    if adopted and not tools.job.adopt:
        entry.skip(
            f"{shown or target} was there before this run: it is left as it is. --adopt links and changes it.",
            kind="matching",
            code="AdoptionNotAllowed",
        )
        tools.state.release(source.id)
        return
    if adopted:
        client.adopt(collection, target)
    link = Link(source.id, source.kind, target, shown, adopted=adopted, cycle=tools.exporter.cycle)
    tools.state.save(link)
    _update(tools, link, entry, current=row, values=values)


def _create(tools: Tools, source: SourceObject, values: dict[str, Any], entry: Entry) -> None:
    mapping = tools.job.mapping(source.kind)
    assert mapping is not None
    entry.action = "create"
    if "Add" not in mapping.flow_types:
        entry.skip("The target action Create is switched off.", kind="processing")
        return
    resource = body(mapping, values)
    name = text_at(resource, NAMES[source.kind])
    if tools.exporter.client.is_taken(collection_of(source.kind), name):
        entry.skip(
            f"{name} is the name of somebody who was there before this run, and a create could change who that is: "
            "nothing is sent.",
            kind="export",
            code="AdoptionNotAllowed",
        )
        tools.state.release(source.id)
        return
    exchange, label = tools.exporter.create(source.kind, resource, name)
    target = exchange.resource_id
    if not exchange.ok or target is None or not tools.exporter.client.owns(collection_of(source.kind), target):
        trouble = trouble_of(exchange, label)
        if exchange.ok:
            trouble = Trouble(INCOMPATIBLE, f"{label}: the answer does not show the resource with an id and its name.")
        tools.hold(entry, trouble, "export")
        return
    entry.target = target
    for path, value in values.items():
        entry.change(path, None, tools.shown(source.kind, path, value))
    entry.step("export", f"Created {name} as {target}.", request=label)
    link = Link(source.id, source.kind, target, name, cycle=tools.exporter.cycle)
    link.sent = tools.redaction.kept(link.kind, values)
    link.writes = dict.fromkeys(["", *values], label)
    tools.state.save(link)
    tools.state.release(source.id)


def _read_and_update(tools: Tools, source: SourceObject, link: Link, entry: Entry) -> None:
    """Compare a linked resource with the source; one that is gone is not matched again (entra.md 2.1, 3)."""
    entry.target = link.target
    entry.step("matching", f"Linked to {link.target}.")
    exchange, label = tools.exporter.read(source.kind, link.target)
    if exchange.status == 404:  # noqa: PLR2004
        told = f"{label}: the resource {link.target} is gone from the target."
        tools.hold(entry, Trouble("InvalidAnchor", told), "processing")
        return
    if not exchange.ok or not exchange.resource:
        trouble = trouble_of(exchange, label)
        if exchange.ok:
            trouble = Trouble(INCOMPATIBLE, f"{label}: the answer is no resource.")
        tools.hold(entry, trouble, "processing")
        return
    _update(tools, link, entry, current=exchange.resource, values=tools.values(source))


def _update(tools: Tools, link: Link, entry: Entry, *, current: dict[str, Any], values: dict[str, Any]) -> None:
    """Send what differs, and note what the target should hold from now on."""
    link.managed, link.cycle = True, tools.exporter.cycle
    change = tools.difference(link.kind, current, values)
    if (change.add or change.replace) and not export(tools, link, current, values, entry):
        tools.state.save(link)
        return
    if not (change.add or change.replace):
        entry.step("processing", "The target holds what the source has; nothing to send.", status="skipped")
        entry.status = "skipped"
    # The new name may have arrived with a request whose answer a killed run did not see.
    called(tools, link, values)
    link.sent = link.sent | tools.redaction.kept(link.kind, values)
    link.active = True
    tools.state.save(link)
    tools.state.release(link.source)


def export(tools: Tools, link: Link, current: Mapping[str, Any], values: Mapping[str, Any], entry: Entry) -> bool:
    """PATCH a resource so that it holds some values; says whether that worked.

    Additions and replacements go in one request, in the job's dialect (entra.md 2.3).
    """
    mapping = tools.job.mapping(link.kind)
    assert mapping is not None
    if entry.action == "other":
        entry.action = "update"
    if "Update" not in mapping.flow_types:
        entry.skip("The target action Update is switched off.", kind="processing")
        return False
    change = tools.difference(link.kind, current, values)
    operations = [
        *(tools.job.dialect.change(change.replace, op="replace") if change.replace else ()),
        *(tools.job.dialect.change(change.add, op="add") if change.add else ()),
    ]
    operation = f"{'disable' if entry.action == 'disable' else 'update'} {link.kind.lower()}"
    exchange, label = tools.exporter.patch(link.kind, link.target, operations, operation)
    changed = {**change.replace, **change.add}
    for path, value in changed.items():
        old = value_at(dict(current), path)
        entry.change(path, tools.shown(link.kind, path, old), tools.shown(link.kind, path, value))
    if not exchange.ok:
        tools.hold(entry, trouble_of(exchange, label), "export")
        return False
    entry.step("export", f"Changed {', '.join(changed)}.", request=label)
    link.writes |= dict.fromkeys(["", *changed], label)
    called(tools, link, changed)
    return True


def called(tools: Tools, link: Link, values: Mapping[str, Any]) -> None:
    """Note the name that a resource has now, where the values hold one."""
    name = values.get(NAMES[link.kind])
    if name is not None and name != link.name:
        link.name = str(name)
        tools.exporter.client.rename(link.collection, link.target, link.name)
