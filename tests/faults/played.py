"""The cycle journey with a fault, played once for all tests of a session."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.judge.check import CHECKS
from conformance.judge.check import load as load_checks
from tests.faults.lab import judge_with
from tests.faults.layer import FAULTS, load
from tests.once import Once

load()
load_checks()
CYCLES = frozenset(name for name, item in CHECKS.items() if item.journeys == ("cycle",))
"""The checks that look at nothing but a cycle."""


def cycles(once: Once, name: str, dialects: Iterable[str] = ("legacy", "compliant")) -> dict[str, dict[str, Any]]:
    """What all checks of a cycle say of a fault.

    Args:
        once: what the session shares.
        name: of the fault.
        dialects: their names.

    Returns:
        the rows by variant id.
    """
    found: dict[str, dict[str, Any]] = {}
    for dialect in dialects:

        def make(folder: Path, dialect: str = dialect) -> None:
            rows = judge_with(FAULTS[name].behaviour, CYCLES, dialects={dialect}, cycle=True)
            (folder / "rows.json").write_text(json.dumps(rows))

        found |= json.loads((once.made(f"{name}-{dialect}", make) / "rows.json").read_text())
    return found
