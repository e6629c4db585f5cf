"""The figures of docs/reliability.md: what a torture test tried, what survived, what it cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

PROPERTY = "figures"
BEGIN = "<!-- figures: made by `make torture` -->"
END = "<!-- /figures -->"
HEADINGS = ("what was tried", "tried", "survived", "seconds", "peak MB")


@dataclass(frozen=True)
class Figure:
    """A row of the table.

    Attributes:
        name: what was tried, in a few words.
        tried: how many of it.
        survived: how many of them ended as promised.
        seconds: of all of them together.
        megabytes: highest resident memory of the process under test; None where it was not measured.
    """

    name: str
    tried: int
    survived: int
    seconds: float
    megabytes: float | None = None

    def plus(self, other: Figure) -> Figure:
        """The same row with what another test noted under its name."""
        peaks = [peak for peak in (self.megabytes, other.megabytes) if peak is not None]
        return Figure(
            self.name,
            self.tried + other.tried,
            self.survived + other.survived,
            self.seconds + other.seconds,
            max(peaks, default=None),
        )

    def cells(self) -> list[str]:
        """The row as text."""
        peak = "" if self.megabytes is None else f"{self.megabytes:.0f}"
        return [self.name, str(self.tried), str(self.survived), f"{self.seconds:.1f}", peak]


class Figures:
    """What a test notes its rows with: ``figures("SIGKILL", tried=20, survived=20, seconds=31.5)``."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def __call__(self, name: str, *, tried: int, survived: int, seconds: float, megabytes: float | None = None) -> None:
        """Note a row; it travels with the test's report, so also from a worker of pytest-xdist."""
        self._properties.append((PROPERTY, asdict(Figure(name, tried, survived, seconds, megabytes))))


class Collector:
    """A pytest plugin that gathers the rows of all tests, and of a test that failed without any at least its name.

    What several tests noted under one name is added up.
    """

    def __init__(self) -> None:
        self.figures: dict[str, Figure] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the rows off a report; that of the teardown has them a second time."""
        rows: list[Any] = [value for name, value in report.user_properties if name == PROPERTY]
        for figure in (Figure(**row) for row in rows if report.when == "call"):
            before = self.figures.get(figure.name)
            self.figures[figure.name] = before.plus(figure) if before else figure
        if report.failed and not rows:
            name = report.nodeid.rpartition("::")[2]
            self.figures[name] = Figure(name, 1, 0, report.duration)


def table(figures: dict[str, Figure]) -> str:
    """The rows as a table of Markdown, by name: two workers come to their ends in any order."""
    rows = sorted((figure.cells() for figure in figures.values()), key=lambda cells: cells[0].casefold())
    lines = [HEADINGS, ("---", "--:", "--:", "--:", "--:"), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def put(page: Path, figures: dict[str, Figure], *, update: bool = False) -> None:
    """Put the table in place of the one on the page; the prose around it stays.

    Args:
        page: the file.
        figures: rows by name.
        update: whether rows of the page stay that are not among them.

    Raises:
        ValueError: the page has no place for it.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    shown, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {BEGIN!r} and {END!r}")
    if update:
        figures = _read(shown) | figures
    page.write_text(f"{before}{BEGIN}\n{table(figures)}\n{END}{after}", encoding="utf-8")


def _read(shown: str) -> dict[str, Figure]:
    """The rows of a table."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in shown.strip().splitlines()[2:]]
    return {
        name: Figure(name, int(tried), int(survived), float(seconds), float(peak) if peak else None)
        for name, tried, survived, seconds, peak in rows
    }
