"""The kill matrix: every fault against every check, and every benign variation against none.

What a report says first of each fault is approved in ``tests/faults/first_causes.json``.

Usage: python -m tests.matrix [--approve] [FAULT …]; exit code 1 where a fault survives, a benign variation is caught,
or the first cause of a fault is not the approved one. With ``--approve`` the first causes are written down as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from conformance.reporting.causes import causes
from conformance.reporting.model import Row
from tests.faults.lab import judge_with
from tests.faults.layer import BENIGN, FAULTS, load
from tests.faults.played import CYCLES

CAUGHT = frozenset({"FAIL", "WARN"})
ALARM = CAUGHT | {"ERROR", "BLOCKED"}


FIRST_CAUSES = Path(__file__).with_name("faults") / "first_causes.json"


def approved() -> dict[str, list[str]]:
    """What a report says first of each fault, as somebody judged it to be right: the leading check, and the title."""
    first: dict[str, list[str]] = json.loads(FIRST_CAUSES.read_text()) if FIRST_CAUSES.exists() else {}
    return first


def play(name: str) -> tuple[str, list[str], list[str]]:
    """Judge the embedded server with one fault, or one benign variation, by all checks.

    Returns:
        the name, the ids of the checks that caught it, and of a fault the first cause: the check that leads, its title.
    """
    load()
    fault = FAULTS.get(name) or BENIGN[name]
    # Some count what a cycle sends, so that other journeys would use it up.
    alone = CYCLES if name in FAULTS and set(fault.catches) <= CYCLES else None
    rows = judge_with(fault.behaviour, alone, **fault.given).values()
    if name in BENIGN:
        caught = {row["check"] for row in rows if row["verdict"] in ALARM} - set(fault.catches)
        return name, sorted(caught), []
    caught = {row["check"] for row in rows if row["verdict"] in CAUGHT}
    found = causes(Row.from_json(row) for row in rows)
    return name, sorted(caught), [found[0].lead.id, found[0].title] if found else []


def main() -> int:
    """Print the matrix, a row a fault: whether it was killed, and by which checks.

    Returns:
        0 where every fault is killed by the checks it names and told by the approved cause, and no benign variation by
        any.
    """
    load()
    parser = argparse.ArgumentParser(prog="python -m tests.matrix")
    parser.add_argument("--approve", action="store_true")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    # What only shows under load is proven in tests/load.
    names = given.names or [*sorted(n for n, fault in FAULTS.items() if fault.verb == "run"), *sorted(BENIGN)]
    begin = time.monotonic()
    bad = 0
    first = approved()
    told = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, caught, cause in pool.map(play, names):
            survived = set(FAULTS[name].catches) - set(caught) if name in FAULTS else set()
            # What nobody has approved yet is told, and no change.
            other = name in first and not given.approve and first[name] != cause
            bad += bool(survived) or other or (name in BENIGN and bool(caught))
            told |= {name: cause} if name in FAULTS else {}
            print(_row(name, caught, survived), flush=True)
            if other:
                print(f"{'OTHER CAUSE':12} {name:45} {cause} in place of {first.get(name)}", flush=True)
    if given.approve:
        kept = {name: cause for name, cause in (first | told).items() if name in FAULTS}
        FIRST_CAUSES.write_text(json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n")
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
