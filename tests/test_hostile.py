"""A hostile server, in a moment: the long form is tests/torture/test_hostile.py."""

from __future__ import annotations

import pytest

from tests.torture.blame import HARMLESS, LOST, TOLD
from tests.torture.test_hostile import run
from tests.torture.tricks import KINDS


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.quick])
def test_a_run_survives_and_blames_the_right_party(name, tmp_path):
    """It ends in time and in memory, with a valid report, and says whose fault it was."""
    kind = KINDS[name]
    _, wrong = run(kind, kind.moments[0], tmp_path, "--profile", "entra")

    assert wrong == []


def test_somebody_is_to_blame_for_tricks_that_there_are():
    """A trick that was renamed would lose its words, and be held to less."""
    assert {*HARMLESS, *LOST, *TOLD} <= set(KINDS)
    assert not HARMLESS & {*LOST, *TOLD}
    assert not set(LOST) & set(TOLD)
