"""Which check judges which requirement, as a page: ``python -m conformance.coverage docs/requirements.md``."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from conformance import catalogue
from conformance.catalogue import Requirement
from conformance.check import load

INTRODUCTION = """\
# Requirements and the checks that judge them

Made by `make docs` from the catalogue and the checks; not edited by hand.

*Level* is the source's own, or the one given to text without a keyword; what a source does not state at all is MAY.
*Entra* is what breaking the requirement does to Entra's provisioning. A requirement without a check says why.
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
        cells = (f"{row.id} ({where})", row.level, row.statement, row.consequence)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in (*cells, judged)) + " |")
    return "\n".join(lines) + "\n"


def main(path: str) -> None:
    """Write the page."""
    Path(path).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
