"""Whoever is lost, doubled or resurrected is named, with the attribute and the request that did it."""

from __future__ import annotations

import re

import pytest

from tests.faults.lab import judge_with
from tests.faults.layer import FAULTS, load

load()

WRITE = r"(POST|PATCH|DELETE) /(Users|Groups)\S* \(cycle \d+, request \d+\)"

TOLD = {
    "cycle-create-forgets-title": ("cycle-initial-users", r"title: expected .*, by POST /Users"),
    "cycle-member-lost": ("cycle-initial-groups", r"members: expected \S+ is a member, got is none, by PATCH /Groups/"),
    "cycle-hire-overwrites": ("cycle-hire", r"title: expected .*got \"Intern\""),
    "cycle-rename-drops-surname": ("cycle-rename", r"name.familyName: expected \"Nakamura\".*by PATCH /Users/"),
    "cycle-move-wrong-manager": ("cycle-move", r"User:manager: expected scimconf-.*by PATCH /Users/"),
    "cycle-leaver-stays": ("cycle-leaver", r"active: expected false, got true, by PATCH /Users/"),
    "cycle-group-rename-empties": ("cycle-groups", r"is a member, got is none"),
    "cycle-delete-takes-another": ("cycle-deletions", r"expected is there, got HTTP 404, by .*DELETE /Users/"),
    "cycle-hire-twice": ("cycle-nobody-twice", r"userName: expected one resource .* got 2 of them"),
    "cycle-deleted-comes-back": ("cycle-nobody-back", r"gone since it was deleted, got is read again, by DELETE"),
    "cycle-members-doubled": ("cycle-restart", r"members: expected each member once, got scimconf-\S+ \(\S+\) twice"),
}


@pytest.mark.parametrize("name", TOLD)
def test_the_report_names_person_attribute_and_request(name):
    """One sentence says who, what, and which request of which cycle."""
    check, wanted = TOLD[name]
    rows = judge_with(FAULTS[name].behaviour, [check], cycle=True)
    told = [row["got"] for row in rows.values() if row["verdict"] in {"FAIL", "WARN"}]

    assert told, {key: row["verdict"] for key, row in rows.items()}
    for sentence in told:
        assert re.search(wanted, sentence), sentence
        assert re.search(r"scimconf-\w{6}-", sentence), sentence
        assert re.search(WRITE, sentence), sentence


def test_the_exchanges_that_show_it_are_the_evidence():
    """The read that shows the loss, and the request that did it."""
    rows = judge_with(FAULTS["cycle-rename-drops-surname"].behaviour, ["cycle-rename"], cycle=True)
    for row in rows.values():
        methods = [exchange["method"] for exchange in row["exchanges"]]
        assert "PATCH" in methods
        assert "GET" in methods


def test_a_harm_is_told_by_the_cycle_that_did_it_and_not_again():
    """What was wrong before is not held against the following cycles."""
    fault = FAULTS["cycle-create-forgets-title"].behaviour
    rows = judge_with(fault, ["cycle-initial-users", "cycle-move", "cycle-return"], cycle=True)

    verdicts = {row["check"]: row["verdict"] for row in rows.values()}
    assert verdicts == {"cycle-initial-users": "FAIL", "cycle-move": "PASS", "cycle-return": "PASS"}
