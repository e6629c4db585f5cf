"""The provisioning log as a timeline: each event of Microsoft Graph's provisioningObjectSummary, with its steps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.reporting.words import html, short

STATUSES = {"success": ("✓", "pass"), "failure": ("✗", "fail"), "warning": ("!", "warn"), "skipped": ("-", "na")}
"""Of an event or a step: its glyph and the class that colours it."""

PORTAL = (
    ("Test connection", ()),
    ("Import {}", ("import",)),
    ("Determine if {} is in scope", ("scoping",)),
    ("Match {} between source and target system", ("matching",)),
    ("Perform action", ("processing", "referenceResolution", "export")),
)
"""The five steps that the portal shows of provisioning on demand, and the types of Graph's steps that each is made of
(Microsoft: On-demand provisioning in Microsoft Entra ID)."""

LABELS = {kind: label for label, kinds in PORTAL for kind in kinds} | {
    "processing": "Prepare the change", "referenceResolution": "Resolve references", "export": "Provision {}",
}  # fmt: skip
"""What the portal calls a step of a type."""

WORST = ("failure", "warning", "skipped", "success")
VALUE, GIST, NAMED = 400, 110, 3
"""Characters of a property's value and of a row's summary, and properties that the summary names."""


def moment(at: str) -> str:
    """A point in virtual time as the page shows it."""
    return at.partition(".")[0].replace("T", " ").removesuffix("Z").removesuffix("+00:00")


def anchor(part: dict[str, Any], number: int, identifier: str) -> str:
    """The id, on the page, of the last event of a cycle about a target object; empty where there is none."""
    found = [
        index
        for index, event in enumerate(part["events"])
        if identifier and event["targetIdentity"]["id"] == identifier and cycle_of(part, event)["number"] == number
    ]
    return f"event-{part['dialect']}-{found[-1]}" if found else ""


def cycle_of(part: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The cycle that an event belongs to: the one of its id, or else the last that had begun."""
    known: list[dict[str, Any]] = part["cycles"]
    named = [one for one in known if one.get("id") == event["cycleId"]]
    begun = [one for one in known if one["at"] <= event["activityDateTime"]]
    return next(iter(named or begun[-1:] or known), {"number": 0, "kind": "", "name": "", "title": ""})


def section(parts: list[dict[str, Any]]) -> str:
    """The log of all dialects, with what filters it."""
    total = sum(len(part["events"]) for part in parts)
    if not total:
        return ""
    cut = "".join(_cut(part) for part in parts)
    listed = "".join(_cycle(part, number, rows) for part in parts for number, rows in _by_cycle(part))
    return (
        f'<details class="part" id="timeline"><summary><h2>Provisioning log</h2> {total} events, as the portal shows '
        f"them</summary>{cut}{_filters(parts)}{listed}</details>"
    )


def _cut(part: dict[str, Any]) -> str:
    shown, total = len(part["events"]), part["events_total"]
    if shown >= total:
        return ""
    return (
        f'<p class="note">{part["dialect"]}: {shown} of {total} events are shown; the file '
        f"<code>{html(part['log'])}</code> has all.</p>"
    )


def _filters(parts: list[dict[str, Any]]) -> str:
    events = [event for part in parts for event in part["events"]]
    cycles = {str(one["number"]): f"{one['number']}: {one['name']}" for part in parts for one in part["cycles"]}
    choices = {
        "action": {event["provisioningAction"]: event["provisioningAction"] for event in events},
        "status": {status: status for status in STATUSES},
        "cycle": cycles,
        "dialect": {part["dialect"]: part["dialect"] for part in parts},
    }
    boxes = "".join(_box(name, values) for name, values in choices.items() if len(values) > 1)
    return (
        '<form class="filter-bar" role="search" aria-label="Filter the provisioning log" data-rows="details.event" '
        f'data-unit="events" hidden>{boxes}<label>text<input type="search" name="event"></label>'
        f'<button type="reset">Clear</button><output aria-live="polite">{len(events)} events</output></form>'
    )


def _box(name: str, values: dict[str, str]) -> str:
    options = "".join(f'<option value="{html(value)}">{html(label)}</option>' for value, label in values.items())
    return f'<label>{name}<select name="{name}"><option value="">all</option>{options}</select></label>'


def _by_cycle(part: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[tuple[int, dict[str, Any]]]]]:
    """Runs of events of the same cycle, each event with its place in the log."""
    rows: list[tuple[int, dict[str, Any]]] = []
    current: dict[str, Any] = {}
    for index, event in enumerate(part["events"]):
        mine = cycle_of(part, event)
        if rows and mine is not current:
            yield current, rows
            rows = []
        current = mine
        rows.append((index, event))
    if rows:
        yield current, rows


def _cycle(part: dict[str, Any], one: dict[str, Any], rows: list[tuple[int, dict[str, Any]]]) -> str:
    head = f"Cycle {one['number']}, {one['kind']}: {one['title'] or one['name']}"
    return (
        f'<div class="log"><h3>{html(head)} <small>{part["dialect"]}</small></h3>'
        f"{''.join(_event(part, one, index, event) for index, event in rows)}</div>"
    )


def _event(part: dict[str, Any], one: dict[str, Any], index: int, event: dict[str, Any]) -> str:
    status, action = event["provisioningStatusInfo"]["status"], event["provisioningAction"]
    source, target = event["sourceIdentity"], event["targetIdentity"]
    who = source["displayName"] or target["displayName"] or source["id"]
    return (
        f'<details class="event" id="event-{part["dialect"]}-{index}" data-action="{html(action)}" '
        f'data-status="{html(status)}" data-cycle="{one["number"]}" data-dialect="{part["dialect"]}"><summary>'
        f"<time>{html(moment(event['activityDateTime']))}</time> <b>{html(action)}</b> {_status(status)} "
        f"<b>{html(who)}</b> <code>{html(target['id'])}</code> <span>{html(short(_gist(event), GIST))}</span></summary>"
        f'<div class="scim-detail">{_error(event)}{_steps(event, one["kind"])}{_properties(event)}{_facts(event)}</div>'
        "</details>"
    )


def _status(status: str) -> str:
    glyph, kind = STATUSES.get(status, ("?", "na"))
    return f'<span class="v v-{kind}">{glyph} {html(status)}</span>'


def _gist(event: dict[str, Any]) -> str:
    """What changed, in short: why nothing did, or which properties from what to what."""
    if error := event["provisioningStatusInfo"]["errorInformation"]:
        return f"{error['errorCode']}: {error['reason']}"
    changed = event["modifiedProperties"]
    if event["provisioningAction"] == "create" or len(changed) > NAMED:
        names = ", ".join(one["displayName"] for one in changed[:NAMED])
        return f"{names} and {len(changed) - NAMED} more" if len(changed) > NAMED else names
    told = "; ".join(f"{one['displayName']}: {_text(one['oldValue'])} → {_text(one['newValue'])}" for one in changed)
    return told or next((step["description"] for step in reversed(event["provisioningSteps"])), "")


def _text(value: str | None) -> str:
    return "(none)" if value is None else value


def _error(event: dict[str, Any]) -> str:
    error = event["provisioningStatusInfo"]["errorInformation"]
    if not error:
        return ""
    told = (
        ("Error code", f"<code>{html(error['errorCode'])}</code> ({html(error['errorCategory'])})"),
        ("Reason", html(error["reason"])),
        ("Recommended action", html(error["recommendedAction"] or "")),
        ("Details", html(error["additionalDetails"] or "")),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in told if value)
    return f'<dl class="error">{rows}</dl>'


def _steps(event: dict[str, Any], kind: str) -> str:
    """The numbered steps; the portal's five where it was provisioned on demand."""
    thing = (event["sourceIdentity"]["identityType"] or "object").casefold()
    steps = event["provisioningSteps"]
    if kind == "on-demand":
        items = "".join(_portal(label.format(thing), _of(steps, types), steps) for label, types in PORTAL)
        return f'<h4>The portal\'s five steps</h4><ol class="steps">{items}</ol>'
    items = "".join(_step(LABELS.get(step["provisioningStepType"], "{}").format(thing), [step]) for step in steps)
    return f'<h4>Steps</h4><ol class="steps">{items}</ol>' if items else ""


def _of(steps: Iterable[dict[str, Any]], types: tuple[str, ...]) -> list[dict[str, Any]]:
    """The steps of some types; of none, those that are about the connection."""
    return [
        step
        for step in steps
        if ("connection" in step["name"].casefold() if not types else step["provisioningStepType"] in types)
        and bool(types) == ("connection" not in step["name"].casefold())
    ]


def _portal(label: str, mine: list[dict[str, Any]], steps: list[dict[str, Any]]) -> str:
    if mine:
        return _step(label, mine)
    # The portal tells of the connection only where it failed; what comes after the step that ended a run is not there.
    worked = label == PORTAL[0][0] and bool(steps)
    status = _status("success") if worked else '<span class="v v-na">· not reached</span>'
    return f"<li>{status} <b>{html(label)}</b></li>"


def _step(label: str, steps: list[dict[str, Any]]) -> str:
    worst = min((step["status"] for step in steps), key=lambda s: WORST.index(s) if s in WORST else len(WORST))
    told = "".join(
        f"<br>{html(step['description'])} <small>{html(step['name'])}</small>{_details(step['details'])}"
        for step in steps
    )
    return f"<li>{_status(worst)} <b>{html(label)}</b>{told}</li>"


def _details(details: dict[str, Any]) -> str:
    rows = "".join(
        f"<dt>{html(name)}</dt><dd>{html(short(value if isinstance(value, str) else json.dumps(value), VALUE))}</dd>"
        for name, value in details.items()
    )
    return f"<dl>{rows}</dl>" if rows else ""


def _properties(event: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html(one["displayName"])}</th><td>{html(short(_text(one["oldValue"]), VALUE))}</td>'
        f"<td>{html(short(_text(one['newValue']), VALUE))}</td></tr>"
        for one in event["modifiedProperties"]
    )
    head = '<thead><tr><th scope="col">property</th><th scope="col">old</th><th scope="col">new</th></tr></thead>'
    return f"<table><caption>Modified properties</caption>{head}<tbody>{rows}</tbody></table>" if rows else ""


def _facts(event: dict[str, Any]) -> str:
    source, target = event["sourceIdentity"], event["targetIdentity"]
    told = (
        f"{source['identityType']} {source['id']} of {event['sourceSystem']['displayName']} → "
        f"{target['id'] or '(none)'} in {event['targetSystem']['displayName']} · "
        f"{event['durationInMilliseconds']} ms · change {event['changeId']} · job {event['jobId']} · "
        f"initiated by {event['initiatedBy']['displayName']}"
    )
    return f"<p><small>{html(told)}</small></p>"
