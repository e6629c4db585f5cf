"""The frame of the torture tests: what a test notes ends in the table."""

from __future__ import annotations

import pytest

from tests.torture.figures import BEGIN, END, Collector, Figure, put

TESTS = """
import pytest
from tests.torture.conftest import figures

@pytest.mark.torture
def test_one(figures):
    figures("twenty signals", tried=20, survived=19, seconds=1.25, megabytes=61.7)

@pytest.mark.torture
def test_two():
    assert False

@pytest.mark.torture
@pytest.mark.parametrize("half", [1, 2])
def test_three(figures, half):
    figures("in two halves", tried=10, survived=8 + half, seconds=half)

def test_quick(figures):
    figures("not torture", tried=1, survived=1, seconds=0)
"""


def test_the_table_has_what_tests_noted_and_the_page_keeps_its_prose(pytester, tmp_path):
    """A row for each name, one for a test that failed without any, and none of what is not torture."""
    collector = Collector()
    pytester.makepyfile(TESTS)
    pytester.makeini("[pytest]\nmarkers = torture")
    pytester.inline_run("-m", "torture", plugins=[collector])
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    put(page, collector.figures)

    assert page.read_text() == (
        f"before\n{BEGIN}\n| what was tried | tried | survived | seconds | peak MB |\n| --- | --: | --: | --: | --: |\n"
        f"| in two halves | 20 | 19 | 3.0 |  |\n"
        f"| test_two | 1 | 0 | 0.0 |  |\n| twenty signals | 20 | 19 | 1.2 | 62 |\n{END}\nafter\n"
    )


def test_a_page_without_a_place_for_the_table_is_told(tmp_path):
    """Nothing is written where nobody would look for it."""
    page = tmp_path / "page.md"
    page.write_text("prose")

    with pytest.raises(ValueError, match="has no lines"):
        put(page, {})


def test_the_rows_of_a_part_replace_their_own_and_no_others(tmp_path):
    """What was not tried anew keeps what was measured."""
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    put(page, {"a": Figure("a", 2, 1, 3.0, 62.0), "b": Figure("b", 1, 1, 1.0)})

    put(page, {"b": Figure("b", 5, 4, 2.5), "c": Figure("c", 1, 1, 0.1)}, update=True)

    rows = page.read_text().splitlines()[3:6]
    assert rows == ["| a | 2 | 1 | 3.0 | 62 |", "| b | 5 | 4 | 2.5 |  |", "| c | 1 | 1 | 0.1 |  |"]
