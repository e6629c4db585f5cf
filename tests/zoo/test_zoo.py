"""A verb against a server with one oddity: nobody else's data is touched, and what is left is told."""

from __future__ import annotations

import json

import pytest

from tests.torture.measured import conformance
from tests.zoo.combination import play_one
from tests.zoo.server import TOKEN, Zoo
from tests.zoo.town import settle_in
from tests.zoo.wire import open_house


def test_the_server_without_a_quirk_is_conformant(tmp_path):
    """All checks of all profiles pass, so that a quirk is the only odd thing about it."""
    with open_house(Zoo) as zoo:
        settle_in(zoo)
        line = ("run", "--profile", "all", "--url", zoo.url, "--reports", str(tmp_path))
        done = conformance(*line, environment={"SCIM_TOKEN": TOKEN})
    rows = json.loads((tmp_path / "results.json").read_text())["checks"]

    assert done.code == 0, done.out
    assert {row["verdict"] for row in rows} <= {"PASS", "INFO", "N/A"}
    assert zoo.crashes == []


@pytest.mark.parametrize(("quirk", "verb"), [("good", "run"), ("good", "cycle-as-is"), ("good", "clean")])
def test_nothing_foreign_is_touched_and_what_is_left_is_told(quirk, verb):
    """By the server's own books, byte for byte, at once and when all that was put off has happened."""
    outcome = play_one(quirk, verb, 1)

    assert outcome.foreign == []
    assert outcome.wrong == []
