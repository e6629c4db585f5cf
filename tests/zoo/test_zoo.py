"""A verb against a server with one oddity: nobody else's data is touched, and what is left is told."""

from __future__ import annotations

import json

import pytest

from tests.torture.measured import conformance
from tests.zoo.combination import play_one
from tests.zoo.plan import QUICK, chunks, every
from tests.zoo.server import TOKEN, Zoo
from tests.zoo.town import settle_in
from tests.zoo.wire import open_house

CHUNKS = chunks()


def test_the_server_without_a_quirk_is_conformant(tmp_path):
    """All checks of all profiles pass, so that a quirk is the only odd thing about it."""
    with open_house(Zoo) as zoo:
        settle_in(zoo)
        line = ("run", "--profile", "all", "--url", zoo.url, "--reports", str(tmp_path))
        done = conformance(*line, environment={"SCIM_TOKEN": TOKEN})
    rows = json.loads((tmp_path / "results.json").read_text())["checks"]

    assert zoo.crashes == []
    assert done.code == 0, done.out
    assert [(row["id"], row["got"]) for row in rows if row["verdict"] not in {"PASS", "INFO", "N/A"}] == []


@pytest.mark.parametrize("one", QUICK, ids=lambda one: f"{one.quirk} {one.verb} {one.killed}".strip())
def test_nothing_foreign_is_touched_and_what_is_left_is_told(one):
    """By the server's own books, byte for byte, at once and when all that was put off has happened."""
    outcome = play_one(one.quirk, one.verb, one.seed, killed=one.killed, people=one.people)

    assert outcome.foreign == []
    assert outcome.wrong == []


def test_there_are_enough_of_them():
    """Two hundred combinations, and a hundred seeds on integer ids among ten thousand people; a twentieth is quick."""
    everything = every()

    assert len({(one.quirk, one.verb, one.killed, one.seed, one.people) for one in everything}) == len(everything)
    assert len(everything) >= 200
    assert len([one for one in everything if one.people >= 10_000 and one.verb == "run"]) >= 100
    assert {one.quirk for one in QUICK} <= {one.quirk for one in everything}
    assert len(set(QUICK)) >= len(everything) / 20


@pytest.mark.torture
@pytest.mark.parametrize("name", CHUNKS)
def test_no_quirk_makes_a_verb_touch_others_or_keep_silent(name, figures):
    """Every quirk under every verb, interrupted or not, and a hundred seeds on integer ids."""
    outcomes = [play_one(one.quirk, one.verb, one.seed, killed=one.killed, people=one.people) for one in CHUNKS[name]]
    seconds = sum(outcome.seconds for outcome in outcomes)
    row = CHUNKS[name][0].row
    unharmed = sum(not outcome.foreign for outcome in outcomes)
    exact = sum(not outcome.wrong for outcome in outcomes)
    figures(f"{row}: nobody else's data is changed", tried=len(outcomes), survived=unharmed, seconds=seconds)
    figures(f"{row}: what is left is told", tried=len(outcomes), survived=exact, seconds=seconds)

    assert [outcome.summary for outcome in outcomes if not outcome.good] == []
