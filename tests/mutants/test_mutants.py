"""The mutants: what is changed, that it is noticed, and that each that nobody notices has a reason."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from tests.mutants.explained import EXPLAINED
from tests.mutants.mutations import mutations
from tests.mutants.table import ROOT, TABLE

GUARD = ("guard", "ledger")
SHARED = ("claim", "clock", "lookout", "references")
OTHERS = tuple(name for row in TABLE if (name := row.module.rpartition(".")[2]) not in {*GUARD, *SHARED})

SUMMARY = re.compile(r"^(\d+) mutants: (\d+) noticed, (\d+) explained, (\d+) unnoticed$", re.MULTILINE)


def tried(*arguments):
    """What comes of some mutants: exit code, how many were tried, noticed, explained and not noticed, and the text."""
    command = [sys.executable, "-m", "tests.mutants", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = SUMMARY.search(done.stdout)
    assert found, done.stdout + done.stderr
    return done.returncode, *map(int, found.groups()), done.stdout


SOURCE = '''"""A module with 1 docstring."""
LIMIT = 3
NAMES = {"a", "b"}
def judges(one: int = 0) -> bool:
    """Says yes or no."""
    if one in NAMES:
        return True
    for two in range(one):
        if two < LIMIT and not one:
            continue
        note(f"{two} is more than {LIMIT - 1}")
    return bool(one)
'''


def test_each_slip_of_a_pen_is_made_once():
    """Comparisons, words, signs, numbers, lists of things, dropped statements; no docstring, no type, no message."""
    assert [f"{one.line} {one.key}" for one in mutations(SOURCE)] == [
        "2 : LIMIT = 3 → LIMIT = 4",
        "2 : LIMIT = 3 → LIMIT = 2",
        "3 : NAMES = {'a', 'b'} → NAMES = {'b'}",
        "3 : NAMES = {'a', 'b'} → NAMES = {'a'}",
        "4 judges: def judges(one: int=0) -> bool: → def judges(one: int=1) -> bool:",
        "4 judges: def judges(one: int=0) -> bool: → def judges(one: int=-1) -> bool:",
        "6 judges: if one in NAMES: → if one not in NAMES:",
        "7 judges: return True → dropped",
        "7 judges: return True → return False",
        "9 judges: two < LIMIT and (not one) → two < LIMIT or not one",
        "9 judges: two < LIMIT and (not one) → two <= LIMIT and (not one)",
        "9 judges: two < LIMIT and (not one) → two >= LIMIT and (not one)",
        "9 judges: two < LIMIT and (not one) → two < LIMIT and one",
        "10 judges: continue → dropped",
        "11 judges: note(f'{two} is more than {LIMIT - 1}') → dropped",
        "12 judges: return bool(one) → return not bool(one)",
    ]


def test_some_mutants_of_guard_and_ledger_are_noticed():
    """Three of them, so that the tool works whenever it is needed."""
    code, number, _, _, unnoticed, text = tried(*GUARD, "--sample", "3", "--seed", "18")

    assert (code, number, unnoticed) == (0, 3, 0), text


SLIP = "def double(one):\n    return one * 2 if one else 0\n"

NOTICE = """
from slip import double
def test_it():
    assert double(2) == 4
"""

TRY = """
import ast, sys
from functools import partial
from pathlib import Path
from tests.mutants.mutations import mutated, mutations
from tests.mutants.running import Trial, run
here = Path(sys.argv[1])
sys.path.insert(0, sys.argv[1])
source = (here / "slip.py").read_text()
trials = [
    Trial("slip", here / "slip.py", [str(here / "test_slip.py")], partial(mutated, source, one.number), one)
    for one in mutations(source)
]
for trial in run(trials, 1):
    print(f"{trial.subject.change}: {'noticed' if trial.is_noticed else 'unnoticed'}")
"""


def test_a_mutant_that_nobody_notices_is_told(tmp_path):
    """And the file of the module stays as it is."""
    (tmp_path / "slip.py").write_text(SLIP)
    (tmp_path / "test_slip.py").write_text(NOTICE)
    command = [sys.executable, "-c", TRY, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    told = dict(line.rsplit(": ", 1) for line in done.stdout.splitlines())
    assert [change for change, word in told.items() if word == "unnoticed"] == [
        "one * 2 if one else 0 → one * 2 if one else 1",
        "one * 2 if one else 0 → one * 2 if one else -1",
    ]
    assert set(told.values()) == {"unnoticed", "noticed"}
    assert (tmp_path / "slip.py").read_text() == SLIP


@pytest.mark.parametrize("module", EXPLAINED)
def test_each_explanation_is_of_a_mutant_that_can_be_made(module):
    """What is not to be found any more needs no explanation, and a reason is a sentence's worth."""
    row = next(row for row in TABLE if row.module == module)
    possible = {one.key for one in mutations(row.path.read_text(encoding="utf-8"))}

    assert [key for key in EXPLAINED[module] if key not in possible] == []
    assert all(len(why.split()) > 2 for why in EXPLAINED[module].values())


@pytest.mark.torture
@pytest.mark.parametrize(
    ("modules", "told"),
    [
        (GUARD, "mutants of guard and ledger noticed by a test"),
        (SHARED, "mutants of claim, clock, lookout and references noticed by a test"),
        (OTHERS, f"mutants of {len(OTHERS)} more modules, a sample of each, noticed by a test"),
    ],
    ids=["guard and ledger", "what they share", "a sample of the others"],
)
def test_a_mutant_that_breaks_a_promise_is_noticed(modules, told, figures):
    """Those that nobody notices break none, and say why."""
    begin = time.monotonic()
    code, number, noticed, explained, _, text = tried(*modules, "--processes", "1")
    figures(
        f"{told}, {explained} more explained",
        tried=number - explained,
        survived=noticed,
        seconds=time.monotonic() - begin,
    )

    assert code == 0, text
