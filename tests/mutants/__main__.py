"""Mutates modules that keep promises, and tells which mutants no test notices.

Usage: python -m tests.mutants [MODULE …] [--sample N] [--seed S] [--processes N] [--verbose]
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
from collections.abc import Iterator
from functools import partial

from tests.mutants.explained import EXPLAINED
from tests.mutants.mutations import Mutation, mutated, mutations
from tests.mutants.running import Trial, run
from tests.mutants.table import SAMPLE, Row, rows


def main(arguments: list[str]) -> int:
    """Try the mutants of some modules.

    Returns:
        0 where each was noticed or is explained, 1 where one was not, 2 where the tests fail without any mutation.
    """
    asked = _arguments(arguments)
    chosen = rows(asked.module)
    for trial in run(list(map(_unchanged, chosen)), asked.processes):
        if trial.code != 0:
            print(f"{trial.output}\n{trial.module}: its tests fail as it stands, or none was run.")
            return 2
    drawn = _drawn(chosen, asked.sample, asked.seed)
    counts = {"noticed": 0, "explained": 0, "unnoticed": 0}
    for trial in run(map(_trial, drawn), asked.processes):
        row, mutation = trial.subject
        word = _word(trial, row, mutation)
        counts[word] += 1
        if word == "unnoticed" or asked.verbose:
            print(f"{word} ({trial.seconds:.1f} s) {row.path}:{mutation.line}: {mutation.key}", flush=True)
            killer = [line for line in trial.output.splitlines() if line.startswith(("FAILED", "ERROR"))]
            print(*killer[:1], sep="\n", end="\n" * bool(killer)) if asked.verbose else None
    print(f"{len(drawn)} mutants: " + ", ".join(f"{number} {word}" for word, number in counts.items()))
    return 1 if counts["unnoticed"] else 0


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("module", nargs="*", help="as guard or conformance.scim.guard; all of the table if none")
    parser.add_argument("--sample", type=int, help="mutants of all modules together; else as the table has it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="tell also what was noticed, and by which test")
    return parser.parse_args(arguments)


def _drawn(chosen: list[Row], sample: int | None, seed: int) -> list[tuple[Row, Mutation]]:
    """The mutations that are tried: as many as were asked for, or as the table has them."""
    drawn: list[tuple[Row, Mutation]] = []
    for row in chosen:
        draw = random.Random(seed)  # noqa: S311 - no secret; of a module the same, whichever are chosen beside it
        found = [(row, one) for one in _possible(row)]
        some = len(found) if row.every or sample is not None else min(SAMPLE, len(found))
        drawn += sorted(draw.sample(found, some), key=lambda pair: pair[1].number)
    return drawn if sample is None else random.Random(seed).sample(drawn, min(sample, len(drawn)))  # noqa: S311


def _possible(row: Row) -> Iterator[Mutation]:
    for mutation in mutations(row.path.read_text(encoding="utf-8")):
        if not row.functions or mutation.function.startswith(row.functions):
            yield mutation


def _unchanged(row: Row) -> Trial:
    source = row.path.read_text(encoding="utf-8")
    return Trial(row.module, row.path, row.tests, partial(ast.parse, source))


def _trial(pair: tuple[Row, Mutation]) -> Trial:
    row, mutation = pair
    source = row.path.read_text(encoding="utf-8")
    return Trial(row.module, row.path, row.tests, partial(mutated, source, mutation.number), pair)


def _word(trial: Trial, row: Row, mutation: Mutation) -> str:
    if trial.is_void:
        raise RuntimeError(f"no test was run against {mutation.key}:\n{trial.output}")
    if trial.is_noticed:
        return "noticed"
    return "explained" if mutation.key in EXPLAINED.get(row.module, {}) else "unnoticed"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
