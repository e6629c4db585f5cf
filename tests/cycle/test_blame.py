"""Whoever is lost, doubled or resurrected is named, with the attribute and the request that did it."""

from __future__ import annotations

import re

import pytest

from tests.faults.played import cycles

BOTH = ("legacy", "compliant")

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
def test_the_report_names_person_attribute_and_request(once, name):
    """One sentence says who, what, and which request of which cycle."""
    check, wanted = TOLD[name]
    rows = cycles(once, name)
    told = [r["got"] for r in rows.values() if r["check"] == check and r["verdict"] in {"FAIL", "WARN"}]

    assert told, {key: row["verdict"] for key, row in rows.items()}
    for sentence in told:
        assert re.search(wanted, sentence), sentence
        assert re.search(r"scimconf-\w{6}-", sentence), sentence
        assert re.search(WRITE, sentence), sentence


def test_the_exchanges_that_show_it_are_the_evidence(once):
    """The read that shows the loss, and the request that did it."""
    rows = cycles(once, "cycle-rename-drops-surname")
    for row in (rows["cycle-rename[legacy]"], rows["cycle-rename[compliant]"]):
        methods = [exchange["method"] for exchange in row["exchanges"]]
        assert "PATCH" in methods
        assert "GET" in methods


def test_a_harm_is_told_by_the_cycle_that_did_it_and_not_again(once):
    """What was wrong before is not held against the following cycles."""
    rows = cycles(once, "cycle-create-forgets-title")

    for dialect in BOTH:
        told = [rows[f"cycle-{event}[{dialect}]"]["verdict"] for event in ("initial-users", "move", "return")]
        assert told == ["FAIL", "PASS", "PASS"]
