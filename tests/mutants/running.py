"""Runs tests against a mutant: each in a process of its own, in which the import of one module brings the mutant."""

from __future__ import annotations

import ast
import importlib.util
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from tests.mutants.table import ROOT

PASSED, FAILED, INTERRUPTED, OURS = 0, 1, 2, (3, 4, 5)
"""What pytest's exit codes mean here: nobody noticed; a test did; a module could not be imported; no test was run."""

HANGS = 90.0
"""Seconds after which tests are stopped: a mutant that hangs is noticed by whoever waits for it."""

QUICK = ("-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line")

PRELOADED = ("pytest", "httpx", "jsonschema", "_pytest.pytester", "email.utils", "http.server", "ssl")
"""What every child needs and nobody mutates: imported once, before they are forked."""


class Mutant(SourceFileLoader):
    """Loads a module from a tree in place of its file, and leaves no trace of it in any cache."""

    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        """The code of the mutant."""
        return compile(self.tree, self.path, "exec", dont_inherit=True)


class Finder(MetaPathFinder):
    """Finds one module, and leaves all others to others."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self._module = module
        self._loader = Mutant(module, str(path))
        self._loader.tree = tree

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> ModuleSpec | None:
        """The module's own place, with the other loader."""
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._loader.path, loader=self._loader)


@dataclass
class Trial:
    """Tests that are run against a mutant, or against the module as it is.

    Attributes:
        module: full name of it.
        path: its file.
        tests: paths of the tests.
        tree: makes the tree of the mutant; called in the child.
        subject: what it is about, for whoever asked.
        code: pytest's exit code; None until it has ended, or where it had to be stopped.
        output: what pytest said.
        seconds: it took.
    """

    module: str
    path: Path
    tests: Sequence[str]
    tree: Callable[[], ast.Module]
    subject: Any = None
    code: int | None = None
    output: str = ""
    seconds: float = 0.0

    @property
    def is_noticed(self) -> bool:
        """Whether a test failed, or nothing could be imported, or the tests did not come to an end."""
        return self.code not in {PASSED, *OURS}

    @property
    def is_void(self) -> bool:
        """Whether no test was run at all, so that nothing is known."""
        return self.code in OURS


def run(trials: Iterable[Trial], processes: int) -> Iterator[Trial]:
    """Run trials, so many at a time; each is told when it has ended."""
    for name in PRELOADED:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.partition(".")[0] == "conformance"], "it would not be mutated"
    running: dict[int, tuple[Trial, float]] = {}
    waiting = iter(trials)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        while True:
            while len(running) < processes and (trial := next(waiting, None)) is not None:
                running[_start(trial, Path(folder))] = (trial, time.monotonic())
            if not running:
                return
            yield from _ended(running, Path(folder))


def _start(trial: Trial, folder: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = OURS[0]
    try:
        code = _try(trial, folder / str(os.getpid()))
    finally:
        os._exit(code)


def _try(trial: Trial, folder: Path) -> int:
    """Run the tests here and now, in a process that has nothing else to do."""
    import pytest

    os.setpgid(0, 0)
    output = os.open(f"{folder}.txt", os.O_CREAT | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.meta_path.insert(0, Finder(trial.module, trial.path, trial.tree()))
    return int(pytest.main([*QUICK, f"--basetemp={folder}", *trial.tests]))


def _ended(running: dict[int, tuple[Trial, float]], folder: Path) -> Iterator[Trial]:
    """Wait a moment, and take out what has ended, or has to."""
    time.sleep(0.02)
    for child, (trial, began) in list(running.items()):
        trial.seconds = time.monotonic() - began
        done, status = os.waitpid(child, os.WNOHANG)
        if not done and trial.seconds < HANGS:
            continue
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # whatever the tests have started, too
        if done:
            trial.code = os.waitstatus_to_exitcode(status)
        else:
            os.waitpid(child, 0)
        output = folder / f"{child}.txt"
        trial.output = output.read_text(errors="replace") if output.exists() else ""
        del running[child]
        yield trial
