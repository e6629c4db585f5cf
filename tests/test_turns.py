"""Several processes at one endpoint: many beside each other, or one alone."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

VISIT = """
import sys
from pathlib import Path
from conformance.run.turns import Turns
turns = Turns(Path(sys.argv[1]))
with turns.alone() if sys.argv[2] == "alone" else turns.beside():
    Path(sys.argv[3]).touch()
    sys.stdin.readline()
"""
SOON = 20
"""Seconds within which a process is there."""


class Visitor:
    """A process that enters, and stays until it is told to leave."""

    def __init__(self, folder, number, how):
        self.mark = folder / f"in-{number}"
        command = [sys.executable, "-c", VISIT, str(folder), how, str(self.mark)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def enters(self):
        """Whether it is in before long."""
        end = time.monotonic() + SOON
        while not self.mark.exists() and time.monotonic() < end:
            time.sleep(0.02)
        return self.mark.exists()

    def leaves(self):
        """Let it go."""
        self.process.communicate(b"\n", timeout=SOON)


@pytest.fixture
def visit(tmp_path):
    """Starts visitors, and ends those that are still there."""
    started = []

    def start(how):
        started.append(Visitor(tmp_path, len(started), how))
        return started[-1]

    yield start
    for visitor in started:
        visitor.process.kill()
        visitor.process.communicate(timeout=SOON)


def test_others_play_beside_each_other(visit):
    """Two that do not ask to be alone are in at the same time."""
    both = [visit("beside"), visit("beside")]

    assert [visitor.enters() for visitor in both] == [True, True]


def test_who_wants_to_be_alone_waits_and_is_waited_for(visit):
    """It enters when the others have left, and before those that come after it."""
    first = visit("beside")
    assert first.enters()
    alone = visit("alone")
    time.sleep(1)
    late = visit("beside")
    time.sleep(1)
    assert not alone.mark.exists()
    assert not late.mark.exists()

    first.leaves()
    assert alone.enters()
    assert not late.mark.exists()

    alone.leaves()
    assert late.enters()


def test_a_turn_ends_with_its_process(visit):
    """A worker that is killed keeps nobody waiting."""
    killed = visit("alone")
    assert killed.enters()
    killed.process.kill()

    assert visit("alone").enters()
