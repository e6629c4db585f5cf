"""The kill matrix: every fault against every check, and every benign variation against none.

Usage: python -m tests.matrix [FAULT …]; exit code 1 where a fault survives or a benign variation is caught.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.faults.lab import judge_with
from tests.faults.layer import BENIGN, FAULTS, load
from tests.faults.played import CYCLES

CAUGHT = frozenset({"FAIL", "WARN"})
ALARM = CAUGHT | {"ERROR", "BLOCKED"}


def play(name: str) -> tuple[str, list[str]]:
    """Judge the embedded server with one fault, or one benign variation, by all checks.

    Returns:
        the name, and the ids of the checks that caught it.
    """
    load()
    fault = FAULTS.get(name) or BENIGN[name]
    # Some count what a cycle sends, so that other journeys would use it up.
    alone = CYCLES if name in FAULTS and set(fault.catches) <= CYCLES else None
    rows = judge_with(fault.behaviour, alone, **fault.given).values()
    if name in FAULTS:
        caught = {row["check"] for row in rows if row["verdict"] in CAUGHT}
    else:
        caught = {row["check"] for row in rows if row["verdict"] in ALARM} - set(fault.catches)
    return name, sorted(caught)


def main() -> int:
    """Print the matrix, a row a fault: whether it was killed, and by which checks.

    Returns:
        0 where every fault is killed by the checks it names and no benign variation by any.
    """
    load()
    # What only shows under load is proven in tests/load.
    names = sys.argv[1:] or [*sorted(n for n, fault in FAULTS.items() if fault.verb == "run"), *sorted(BENIGN)]
    begin = time.monotonic()
    bad = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, caught in pool.map(play, names):
            survived = set(FAULTS[name].catches) - set(caught) if name in FAULTS else set()
            wrong = bool(survived) or (name in BENIGN and bool(caught))
            bad += wrong
            print(_row(name, caught, survived), flush=True)
    faults = sum(name in FAULTS for name in names)
    print(f"{faults} faults, {len(names) - faults} benign variations, {bad} wrong, {time.monotonic() - begin:.0f} s")
    return 1 if bad else 0


def _row(name: str, caught: list[str], survived: set[str]) -> str:
    if name in BENIGN:
        return f"{'FALSE ALARM' if caught else 'benign':12} {name:45} {' '.join(caught)}"
    word = "SURVIVED" if survived else "killed"
    missed = f"   missed by: {' '.join(sorted(survived))}" if survived else ""
    return (
        f"{word:12} {name:45} {len(caught):3} checks: {' '.join(caught[:6])}{' …' if len(caught) > 6 else ''}{missed}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
