"""What a load worker keeps for each user: prints bytes in memory and in the journal; nothing is sent."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import SimpleNamespace

from conformance.idp.dialects import COMPLIANT, LEGACY
from conformance.idp.entra.people import People, run_prefix
from conformance.load.mixes import InitialCycle
from conformance.load.operations import Operation, Operations
from conformance.load.population import Directory
from conformance.scim.assumptions import Assumptions
from conformance.scim.journal import Journal
from conformance.scim.ledger import Ledger

FIRST, LAST = 10_000, 60_000
"""Users after which memory is read; what a process needs anyhow is no part of the difference."""


def answered(operation: Operation, ledger: Ledger, number: int) -> None:
    """What a create and a look at it leave in the ledger and in the directory."""
    adopted = None
    if operation.creates:
        adopted = f"{number:08x}-2819-4c22-9d51-0123456789ab"
        ledger.intend(operation.request.path, operation.creates)
        ledger.born(operation.request.path, operation.creates, adopted)
        ledger.see(operation.request.path, adopted)
    operation.settle(SimpleNamespace(ok=True, resource={}, adopted=adopted))


def resident() -> int:
    """Bytes of memory of this process."""
    found = re.search(r"VmRSS:\s*(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1]) * 1024


def main() -> None:
    """Let a directory grow."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        ledger = Ledger(Journal(path, "http://127.0.0.1:9"))
        cycle = InitialCycle(Operations(Directory(), People(1, run_prefix()), (LEGACY, COMPLIANT), Assumptions()), None)
        users, number, begin = cycle.directory.users, 0, 0
        while len(users) < LAST:
            for operation in cycle.volley():
                number += 1
                answered(operation, ledger, number)
            begin = begin or (resident() if len(users) >= FIRST else 0)
        print((resident() - begin) / (LAST - FIRST), path.stat().st_size / LAST)


if __name__ == "__main__":
    main()
