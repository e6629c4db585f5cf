"""What the endpoint offers and what of it works, and how much of the requirements was judged."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from conformance import catalogue
from conformance.reporting.model import Results, Row
from conformance.reporting.words import GLYPHS, badge, html, table

CAPABILITIES = {
    "Connection and credentials": ("", ("connect", "auth", "transport", "bodies")),
    "Discovery": ("", ("discovery", "schema_driven")),
    "Users: create, read, replace, delete": ("", ("user_create", "user_names", "user_read", "crud")),
    "Users: matching": ("", ("match",)),
    "Users: disable, restore, leave": ("", ("disable", "deprovision")),
    "Users: manager": ("", ("user_manager",)),
    "Groups and members": ("", ("group",)),
    "PATCH": ("patch", ("user_patch", "patch")),
    "Filters": ("filter", ("filter",)),
    "Paging by index": ("", ("paging",)),
    "Paging by cursor": ("cursor", ("cursor",)),
    "Sorting": ("sort", ("sort",)),
    "Choice of attributes": ("", ("projection",)),
    "POST to .search": ("", ("search",)),
    "Versions (ETag)": ("etag", ("versions",)),
    "Bulk": ("bulk", ("bulk",)),
    "Errors": ("", ("errors",)),
    "Microsoft's gallery gate": ("", ("gallery",)),
}
"""What an endpoint can do: the feature of its ServiceProviderConfig that says so, and how its checks' topics begin."""

WORST = ("FAIL", "ERROR", "WARN", "BLOCKED", "PASS", "INFO", "N/A")


def capability_of(topic: str) -> str:
    """The capability that a topic belongs to."""
    fitting = [(len(p), name) for name, (_, parts) in CAPABILITIES.items() for p in parts if topic.startswith(p)]
    return max(fitting)[1] if fitting else topic.replace("_", " ").capitalize()


def by_capability(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Checks by capability, in the order of the table above."""
    found: dict[str, list[Row]] = {name: [] for name in CAPABILITIES}
    for row in rows:
        found.setdefault(capability_of(row.topic), []).append(row)
    return {name: mine for name, mine in found.items() if mine}


def cell(rows: list[Row]) -> str:
    """What several checks came to: the worst verdict, and how many of them."""
    if not rows:
        return "<td></td>"
    counts = Counter(row.verdict for row in rows)
    worst = next(verdict for verdict in WORST if counts[verdict])
    number = f"{counts[worst]} of {len(rows)}" if worst != "PASS" else str(counts[worst])
    return f"<td>{badge(worst)} {number}</td>"


def capabilities(results: Results) -> str:
    """What the endpoint offers, and what works in which dialect."""
    features = results.target.implementation.features
    dialects = results.run.dialects or sorted({r.dialect for r in results.checks} - {""}, reverse=True)
    body = ""
    for name, rows in by_capability(results.checks).items():
        feature = CAPABILITIES.get(name, ("", ()))[0]
        said = {True: "yes", False: "no", None: "not said"}[features.get(feature)] if feature else ""
        cells = "".join(cell([r for r in rows if r.dialect == d]) for d in ("", *dialects))
        body += f'<tr><th scope="row">{html(name)}</th><td>{said}</td>{cells}</tr>'
    heads = ("", "offered", "either dialect", *dialects)
    return (
        '<details class="part" id="capabilities"><summary><h2>Capabilities</h2> what is offered, and what works'
        f"</summary>{table('What works', heads, body)}</details>"
    )


def coverage(results: Results) -> str:
    """How many requirements of each section were judged, and how many held."""
    known = catalogue.requirements()
    verdicts: dict[str, set[str]] = defaultdict(set)
    for row in results.checks:
        for identifier in row.requirements:
            verdicts[identifier].add(row.verdict)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for identifier, requirement in known.items():
        groups[_section(requirement)].append(identifier)
    body, judged_all = "", 0
    for (source, section), ids in sorted(groups.items(), key=lambda item: _order(item[0])):
        judged = [i for i in ids if verdicts[i] & {"PASS", "FAIL", "WARN", "INFO"}]
        if not judged:
            continue
        judged_all += len(judged)
        broken = sum(bool(verdicts[i] & {"FAIL", "WARN"}) for i in judged)
        said = f"{GLYPHS['FAIL']} {broken}" if broken else ""
        body += (
            f'<tr><th scope="row">{html(source)} {html(section)}</th><td>{len(ids)}</td><td>{len(judged)}</td>'
            f'<td>{len(judged) - broken}</td><td class="v-fail">{said}</td></tr>'
        )
    names = ("section", "requirements", "judged", "held", "broken")
    return (
        f'<details class="part" id="coverage"><summary><h2>Requirements</h2> {judged_all} judged, by section</summary>'
        f"{table('Requirements by section', names, body)}</details>"
    )


def _section(requirement: catalogue.Requirement) -> tuple[str, str]:
    if requirement.id.startswith("RFC"):
        return requirement.source, "§" + ".".join(requirement.section.split(".")[:2])
    return ("Field reports" if requirement.id.startswith("FIELD") else "Microsoft"), requirement.subject


def _order(key: tuple[str, str]) -> tuple[bool, str, list[int], str]:
    source, section = key
    return source != "Microsoft", source, [int(n) for n in re.findall(r"\d+", section)], section
