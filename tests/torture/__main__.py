"""Runs all torture tests and writes their figures into docs/reliability.md.

Usage: python -m tests.torture [--update] [PYTEST_ARGUMENT …]. With arguments (such as ``-k hostile``) only the tests
that they choose are run, and the table is printed and not written; with ``--update`` their rows are written, and all
others stay. Two run at a time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.torture.figures import Collector, put, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"


def main(arguments: list[str]) -> int:
    """Run the tests that are marked ``torture``.

    Returns:
        pytest's exit code.
    """
    collector = Collector()
    update = "--update" in arguments
    chosen = [argument for argument in arguments if argument != "--update"]
    code = pytest.main([str(ROOT / "tests"), "-m", "torture", "-n", "2", "-q", *chosen], plugins=[collector])
    if chosen and not update:
        print(table(collector.figures))
    else:
        put(PAGE, collector.figures, update=update)
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
