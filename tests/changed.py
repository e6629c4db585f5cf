"""Runs the tests of what is changed here, the closest first, for as long as a short wait lasts.

Usage: python -m tests.changed [SECONDS]. What is changed is what differs from the last commit, or of the last commit
where nothing does. A test is close to a module that it imports, or whose name its file bears; a changed check is played
against the good server and its faults. What there was no time for is told: `make test` runs all.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SECONDS = 40.0
"""How long tests are begun, by default."""

SLOW = frozenset({"torture", "mutants", "zoo", "browser", "bench"})
"""Folders whose tests take longer than anybody waits for; they are run where they are changed themselves."""


class Patience:
    """A pytest plugin that begins no test any more when the time is over.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.left_out = 0

    def pytest_runtest_setup(self) -> None:
        """Leave a test out where it is too late."""
        if time.monotonic() > self.end:
            self.left_out += 1
            pytest.skip("there was no time for it")


def changed() -> list[Path]:
    """The files that differ from the last commit; those of the last commit where none does."""
    for command in (["status", "--porcelain", "-uall", "--no-renames"], ["show", "--name-only", "--format=", "HEAD"]):
        line = [shutil.which("git") or "git", *command]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
        names = [line[3:] if command[0] == "status" else line for line in done.stdout.splitlines() if line]
        if names:
            return [ROOT / name for name in names if (ROOT / name).is_file()]
    return []


def module_of(path: Path) -> str:
    """The full name of a Python file of this repository."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """The full names of all that a file imports, and of what it may import from there."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def tests_of(files: Iterable[Path]) -> list[str]:
    """What pytest is to run for changed files, the closest first.

    Args:
        files: of this repository.
    """
    python = [path for path in files if path.suffix == ".py"]
    tests = [path for path in python if path.is_relative_to(ROOT / "tests") and path.name.startswith("test_")]
    named: dict[Path, None] = dict.fromkeys(tests)
    modules = {module_of(path) for path in python} - {module_of(path) for path in tests}
    every = [p for p in sorted((ROOT / "tests").rglob("test_*.py")) if not SLOW & set(p.relative_to(ROOT).parts)]
    stems = {module.rpartition(".")[2] for module in modules}
    named |= dict.fromkeys(path for path in every if path.stem.removeprefix("test_") in stems)
    named |= dict.fromkeys(path for path in every if imported(path) & modules)
    chosen = [str(path.relative_to(ROOT)) for path in named if "checks" not in path.parts]
    return [*chosen, *_of_pages(files)]


def topics_of(files: Iterable[Path]) -> str:
    """An expression of pytest's for the faults of changed checks and journeys; empty for none."""
    rooms = {ROOT / "conformance" / "checks", ROOT / "conformance" / "journeys", ROOT / "tests" / "faults"}
    stems = {path.stem.removeprefix("test_").replace("_", "-") for path in files if path.parent in rooms}
    return " or ".join(sorted(stems - {"--init--", "conftest", "actor", "lab", "layer"}))


def _of_pages(files: Iterable[Path]) -> list[str]:
    pages = any(path.suffix == ".md" for path in files)
    return ["tests/test_docs.py", "tests/test_knowledge.py"] if pages else []


def main(arguments: Sequence[str]) -> int:
    """Run them, and tell what there was no time for.

    Returns:
        pytest's exit code.
    """
    patience = Patience(float(arguments[0]) if arguments else SECONDS)
    files = changed()
    chosen, topics = tests_of(files), topics_of(files)
    code = pytest.main(["-q", "-x", *chosen], plugins=[patience]) if chosen else 0
    if not code and topics:
        code = pytest.main(["-q", "-x", "tests/test_faults.py", "-k", f"good_server or {topics}"], plugins=[patience])
        code = 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code
    if patience.left_out:
        print(f"There was no time for {patience.left_out} tests of what is changed; `make test` runs all.")
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
