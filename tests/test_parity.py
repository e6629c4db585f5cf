"""docs/parity.md is complete, and names only checks that exist."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.judge.check import load

PAGE = (Path(__file__).parents[1] / "docs" / "parity.md").read_text(encoding="utf-8")


def rows(heading):
    """The rows of the table under a heading: first cell to last cell."""
    section = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| (P?\d+|\w+_\w+) ", line)]
    return {cell[0]: cell[-1] for cell in cells}


def test_every_test_of_the_web_validator_is_mapped():
    """All 25 mandatory and all 7 preview tests have a check."""
    found = rows("Microsoft's web validator")

    assert set(found) == {*(str(n) for n in range(1, 26)), *(f"P{n}" for n in range(1, 8))}
    assert [number for number, checks in found.items() if "`" not in checks] == []


def test_every_field_failure_is_mapped():
    """All 60 rows have a check, or say why a client cannot or should not look."""
    found = rows("Failures in the field")

    assert set(found) == {str(n) for n in range(1, 61)}
    assert [number for number, checks in found.items() if "`" not in checks and "(no check)" not in checks] == []


def test_no_test_of_the_gate_is_called_unplayed_that_a_check_plays():
    """A row of the gallery gate says "no check" only where no check carries the test's name."""
    unplayed = [name for name, cell in rows("Microsoft's gallery gate").items() if "(no check)" in cell]
    titles = [item.title for item in load().values() if item.profile == "gallery"]

    assert unplayed != []
    assert [name for name in unplayed if any(title.startswith(f"{name}:") for title in titles)] == []


def test_only_checks_that_exist_are_named():
    """A renamed check must be renamed here."""
    named = set(re.findall(r"`([a-z0-9-]+)`", PAGE))

    assert named - set(load()) == set()
    assert len(named) > 80
