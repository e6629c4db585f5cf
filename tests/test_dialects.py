"""Dialects and profiles are a table each: one made up here is played, judged, told and read again."""

from __future__ import annotations

import json

import pytest

from conformance.commands import main as cli
from conformance.config.options import BY_KEY
from conformance.idp.dialect import Dialect
from conformance.idp.dialects import DIALECTS
from conformance.judge.check import CHECKS, load
from conformance.profiles import PROFILES, provisions, rank
from conformance.reporting.results_file import read_results
from tests.runs import run_files

MIXED = Dialect("mixed", "capital letters, true booleans, folded, members by an array", capitalised=True, folds=True)


@pytest.fixture
def mixed(monkeypatch):
    """A third dialect in the table."""
    monkeypatch.setitem(DIALECTS, MIXED.name, MIXED)


@pytest.mark.usefixtures("mixed")
def test_a_third_dialect_is_played_judged_told_and_read_again(tmp_path, capsys):
    """Nothing else of the suite knows its name."""
    code = run_files(tmp_path, dialect="mixed")
    results = read_results(tmp_path / "results.json")
    pages = [
        cli.main(["report", str(tmp_path / "results.json"), "--output", str(tmp_path / "again.html")]),
        cli.main(["report", str(tmp_path / "results.json"), "--share", "--output", str(tmp_path / "shared.html")]),
        cli.main(["judge", str(tmp_path / "recording.jsonl"), "--reports", str(tmp_path / "judged")]),
    ]
    capsys.readouterr()
    rows = {row.id: row.verdict for row in results.checks}
    judged = {row.id: row.verdict for row in read_results(tmp_path / "judged" / "results.json").checks}

    assert (code, pages) == (0, [0, 0, 0])
    assert results.profiles["entra"].headline == "conformant"
    assert {row.dialect for row in results.checks} == {"", "mixed"}
    assert rows["user-disable-accepted[mixed]"] == "PASS"
    assert judged == rows
    assert ">mixed</th>" in (tmp_path / "again.html").read_text()
    assert "legacy" not in json.dumps(results.run.to_json())


@pytest.mark.usefixtures("mixed")
def test_a_third_dialect_s_requests_are_in_its_form(tmp_path):
    """Capital letters, booleans that are none of text, attributes folded, members removed by an array."""
    run_files(
        tmp_path, dialect="mixed", only=["user-disable-accepted", "user-patch-pathless-add", "group-remove-member"]
    )
    lines = [json.loads(line) for line in (tmp_path / "recording.jsonl").read_text().splitlines()]
    bodies = [
        exchange["request_body"]
        for played in lines
        if played.get("dialect") == "mixed"
        for step in played["steps"]
        for exchange in step["exchanges"]
        if exchange["method"] == "PATCH"
    ]
    operations = [operation for body in bodies for operation in body["Operations"]]

    assert {"op": "Replace", "path": "active", "value": False} in operations
    assert any(operation["op"] == "Add" and "path" not in operation for operation in operations)
    assert any((one["op"], one.get("path"), "value" in one) == ("Remove", "members", True) for one in operations)


@pytest.mark.usefixtures("mixed")
def test_both_is_every_dialect_of_the_table(tmp_path):
    """Whichever there are; ids that were there before stay as they were."""
    run_files(tmp_path, only=["user-disable-accepted", "user-patch-pathless-add"])
    results = read_results(tmp_path / "results.json")

    assert [row.id for row in results.checks] == [
        "user-disable-accepted[compliant]", "user-disable-accepted[legacy]", "user-disable-accepted[mixed]",
        "user-patch-pathless-add", "user-patch-pathless-add[mixed]",
    ]  # fmt: skip
    assert results.run.dialects == ["legacy", "compliant", "mixed"]


def test_an_option_takes_what_its_table_has():
    """And the word for all of it."""
    assert [BY_KEY["dialect"].parse(name) for name in (*DIALECTS, "both")] == [*DIALECTS, "both"]
    assert [BY_KEY["profile"].parse(name) for name in (*PROFILES, "all")] == [*PROFILES, "all"]
    for key, wanted in (("dialect", "legacy, compliant, both"), ("profile", "entra, gallery, rfc, all")):
        with pytest.raises(ValueError, match=wanted):
            BY_KEY[key].parse("other")


def test_dialects_begin_with_different_letters():
    """A letter of each is in the names that a journey makes up."""
    assert len({name[0] for name in DIALECTS}) == len(DIALECTS)


def test_every_check_has_a_profile_of_the_table():
    """A profile that a later version knows comes last, and follows no provisioning."""
    assert {item.profile for item in load().values()} <= set(PROFILES)
    assert {item.profile for item in CHECKS.values() if provisions(item.profile)} == {"entra", "gallery"}
    assert ([rank(name) for name in (*PROFILES, "okta")], provisions("okta")) == ([0, 1, 2, 3], False)
