"""Pages that are made of the code: requirements, ambiguities and journeys; ``make docs`` writes them."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from conformance import catalogue
from conformance.catalogue import Requirement
from conformance.catalogue.ambiguities import Ambiguity, ambiguities
from conformance.commands import journey_page
from conformance.judge.check import load

INTRODUCTION = """\
# Requirements and the checks that judge them

Made by `make docs` from the catalogue and the checks; not edited by hand.

*Level* is the source's own, or the one given to text without a keyword; what a source does not state at all is MAY.
*Entra* is what breaking the requirement does to Entra's provisioning. A requirement without a check says why.
A key such as [A27](ambiguities.md#a27) marks a point where the texts leave room; it leads to what is made of that.
"""

OPEN_POINTS = """\
# Where the texts leave room

Made by `make docs` from `conformance/catalogue/ambiguities.json`; not edited by hand.

An endpoint is not failed for a reading that the texts allow. Each point says what they leave open or contradict, how it
can be read, and what the suite makes of what it sees. Verdicts are those of profile `rfc` where no profile is named;
*unjudged* is what gets none. [Requirements](requirements.md) has the whole list.
"""


def checks_by_requirement() -> dict[str, list[str]]:
    """Ids of the checks that judge each requirement."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in load().values():
        for identifier in item.covers:
            found[identifier].append(item.id)
    return found


def page() -> str:
    """The whole page as Markdown."""
    checks = checks_by_requirement()
    groups: dict[tuple[str, str], list[Requirement]] = defaultdict(list)
    for requirement in catalogue.requirements().values():
        groups[_family(requirement), requirement.subject].append(requirement)
    parts = [INTRODUCTION, _summary(groups, checks)]
    for family in sorted({family for family, _ in groups}, key=_rank):
        parts.append(f"## {family}\n")
        for (owner, subject), rows in sorted(groups.items()):
            if owner == family:
                parts.append(f"### {family}: {subject}\n\n{_table(rows, checks)}")
    return "\n".join(parts)


def _family(requirement: Requirement) -> str:
    if requirement.id.startswith("RFC"):
        return requirement.source
    return "Field reports" if requirement.id.startswith("FIELD") else "Microsoft"


def _rank(family: str) -> tuple[bool, str]:
    """Microsoft's requirements come first: they decide whether provisioning works."""
    return family != "Microsoft", family


def _summary(groups: dict[tuple[str, str], list[Requirement]], checks: dict[str, list[str]]) -> str:
    totals: dict[str, list[Requirement]] = defaultdict(list)
    for (family, _), rows in groups.items():
        totals[family] += rows
    lines = ["| source | requirements | judged | with a reason | open |", "|---|---|---|---|---|"]
    for source in sorted(totals, key=_rank):
        rows = totals[source]
        judged = sum(row.id in checks for row in rows)
        reasons = sum(bool(row.unchecked) and row.id not in checks for row in rows)
        lines.append(f"| {source} | {len(rows)} | {judged} | {reasons} | {len(rows) - judged - reasons} |")
    return "\n".join(lines) + "\n"


def _table(rows: Iterable[Requirement], checks: dict[str, list[str]]) -> str:
    lines = ["| requirement | level | statement | Entra | judged by |", "|---|---|---|---|---|"]
    for row in rows:
        judged = ", ".join(f"`{name}`" for name in checks.get(row.id, ())) or f"not judged: {row.unchecked or 'open'}"
        where = f"§{row.section}" if row.section else row.source
        room = f" ([{row.ambiguity}](ambiguities.md#{row.ambiguity.lower()}))" if row.ambiguity else ""
        lines.append(_row(f"{row.id} ({where})", row.level, row.statement + room, row.consequence, judged))
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def ambiguity_page() -> str:
    """What the texts leave open, as Markdown: an index, then each point."""
    index = ["| key | about |", "|---|---|"]
    index += [_row(f"[{one.key}](#{one.key.lower()})", one.title) for one in ambiguities().values()]
    return "\n".join([OPEN_POINTS, *index, "", *map(_point, ambiguities().values())])


def _point(one: Ambiguity) -> str:
    verdicts = ["| verdict | what is seen |", "|---|---|", *(_row(*seen) for seen in one.suite.items())]
    parts = [f"## {one.key}", f"**{one.title}.** {one.open}", f"Readings: {'; '.join(one.readings)}."]
    parts += ["\n".join(verdicts), "\n".join(_carriers(one.key)), f"Sources: {'; '.join(one.sources)}."]
    if one.also:
        parts.insert(-1, f"See also: {', '.join(f'`{name}`' for name in one.also)}.")
    return "\n\n".join(parts) + "\n"


def _carriers(key: str) -> list[str]:
    """A line for each requirement that carries a key."""
    checks = checks_by_requirement()
    lines = []
    for row in catalogue.requirements().values():
        if row.ambiguity == key:
            judged = ", ".join(f"`{name}`" for name in checks.get(row.id, ())) or "not judged"
            lines.append(f"- {row.id}: {row.statement} ({judged})")
    return lines


PAGES = {"requirements.md": page, "ambiguities.md": ambiguity_page, "journeys.md": journey_page.page}
"""What is written, and how each is made."""


def main(folder: str) -> None:
    """Write the pages into a folder."""
    for name, make in PAGES.items():
        (Path(folder) / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
