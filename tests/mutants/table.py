"""Which modules are mutated, how many of their mutations, and which tests have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

SAMPLE = 40
"""Mutations of a module of which not all are tried."""

CLIENT = (
    "tests/test_clock.py", "tests/test_claim.py", "tests/test_lookout.py", "tests/test_references.py",
    "tests/test_ledger.py", "tests/test_guard_rules.py", "tests/test_reckoning.py",
    "tests/test_client.py", "tests/test_guard.py",
)  # fmt: skip
"""Tests of a client over an endpoint in memory, the quickest first."""

READING = (
    "tests/cycle/test_excuses.py", "tests/cycle/test_reading.py", "tests/cycle/test_reading_refused.py",
    "tests/cycle/test_blame.py",
)  # fmt: skip

WIRE = ("tests/load/test_sending.py", "tests/load/test_wire.py", "tests/load/test_safety.py")

LOAD = ("tests/load/test_figures.py", "tests/load/test_judging.py", *WIRE)


@dataclass(frozen=True)
class Row:
    """A module that is mutated.

    Attributes:
        module: its full name.
        tests: that prove what it promises; the likeliest to fail first.
        every: whether all of its mutations are tried, or a sample only.
        functions: beginnings of the names of the functions of which mutations are drawn; all for none.
    """

    module: str
    tests: tuple[str, ...]
    every: bool = False
    functions: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The module's file."""
        return ROOT / f"{self.module.replace('.', '/')}.py"


def _first(*tests: str, then: tuple[str, ...] = CLIENT) -> tuple[str, ...]:
    return (*tests, *(one for one in then if one not in tests))


TABLE = (
    Row("conformance.scim.guard", _first("tests/test_guard.py"), every=True),
    Row("conformance.scim.ledger", (*_first("tests/test_ledger.py", "tests/test_reckoning.py"), *WIRE), every=True),
    Row("conformance.scim.claim", _first("tests/test_claim.py"), every=True),
    Row("conformance.scim.clock", _first("tests/test_clock.py"), every=True),
    Row("conformance.scim.lookout", _first("tests/test_lookout.py"), every=True),
    Row("conformance.scim.references", _first("tests/test_references.py"), every=True),
    Row("conformance.scim.journal", _first("tests/test_journal.py")),
    Row("conformance.scim.sight", _first("tests/test_sight.py", "tests/test_reckoning.py")),
    Row("conformance.scim.reckoning", _first("tests/test_reckoning_rules.py", "tests/test_reckoning.py")),
    Row("conformance.scim.bulk", _first("tests/test_bulk_jobs.py", "tests/test_client.py", "tests/test_guard.py")),
    Row("conformance.scim.client", _first("tests/test_client_rules.py", "tests/test_client.py", "tests/test_guard.py")),
    Row("conformance.commands.clean", ("tests/test_tidying.py", "tests/test_cleaning.py")),
    Row("conformance.provisioning.service.reading", READING),
    Row("conformance.provisioning.service.expected", READING),
    Row("conformance.provisioning.service.excuses", READING),
    Row("conformance.load.figures", LOAD),
    Row("conformance.load.sending", WIRE),
)


def rows(names: list[str]) -> list[Row]:
    """The rows of modules, by the last part of their names or by all of it; all for none.

    Raises:
        ValueError: there is no such module in the table.
    """
    found = [row for row in TABLE if row.module in names or row.module.rpartition(".")[2] in names]
    if names and len(found) < len(set(names)):
        known = ", ".join(row.module.rpartition(".")[2] for row in TABLE)
        raise ValueError(f"no such module is mutated: {' '.join(names)}; there are {known}")
    return found or list(TABLE)
