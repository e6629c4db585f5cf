"""Plays one verb against one quirk, and tells what became of other people's data and whether what was told is true.

Usage: python -m tests.zoo QUIRK [--verb VERB] [--kill SIGNAL] [--seed N] [--people N] [--keep FOLDER], or --list.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.zoo.combination import Outcome, play_one
from tests.zoo.quirks import QUIRKS
from tests.zoo.verbs import SIGNALS, VERBS

SHOWN = 12


def main() -> int:
    """Run the command.

    Returns:
        0 where nothing foreign was touched and all that was told is true.
    """
    given = _arguments()
    if given.list or not given.quirk:
        for name, kind in QUIRKS.items():
            print(f"{name:28} {(kind.__doc__ or '').strip()}")
        return 0
    bad = False
    for quirk in QUIRKS if given.quirk == "all" else [given.quirk]:
        outcome = play_one(quirk, given.verb, given.seed, killed=given.kill, people=given.people, folder=given.keep)
        _tell(outcome)
        bad = bad or not outcome.good
    return int(bad)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.zoo", description=__doc__)
    parser.add_argument("quirk", nargs="?", choices=(*QUIRKS, "all"), metavar="QUIRK")
    parser.add_argument("--verb", choices=VERBS, default="run")
    parser.add_argument("--kill", choices=tuple(SIGNALS), default="", help="at a random point; then clean")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="report files go here, and what was said")
    parser.add_argument("--list", action="store_true", help="all quirks, with what they do")
    return parser.parse_args()


def _tell(outcome: Outcome) -> None:
    print(f"{outcome.title}: {outcome.requests} requests, {outcome.seconds:.1f} s", file=sys.stdout)
    _rows("foreign", outcome.foreign)
    _rows("left", outcome.left)
    _rows("WRONG", outcome.wrong)
    print("  good" if outcome.good else "  BAD", flush=True)


def _rows(title: str, rows: list[str]) -> None:
    print(f"  {title}: {len(rows)}")
    for row in rows[:SHOWN]:
        print(f"    {row[:300]}")


if __name__ == "__main__":
    raise SystemExit(main())
