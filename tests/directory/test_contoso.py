"""fixtures/contoso: a company in two forms, and what happens to it in a year."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.provisioning.source.directory import DEFAULT_ACCESS, GROUP, USER
from conformance.provisioning.source.directory_files import load_directory, save_directory

CONTOSO = Path(__file__).parents[2] / "fixtures" / "contoso"
NAMES = ["hire", "rename", "move", "leaver", "return", "scope", "scope-back", "groups", "deletions", "quiet"]
NEEDS = {
    "add": {"kind"},
    "set": {"who", "attributes"},
    "manager": {"who", "manager"},
    "soft-delete": {"who"},
    "restore": {"who"},
    "hard-delete": {"who"},
    "assign": {"who", "role"},
    "unassign": {"who"},
    "join": {"who", "group"},
    "leave": {"who", "group"},
}


@pytest.fixture(scope="module")
def company():
    """The company, by name."""
    return {one.name: one for one in load_directory(CONTOSO / "contoso.json", prefix=None)}


@pytest.fixture(scope="module")
def year():
    """The change sets, by name."""
    sets = json.loads((CONTOSO / "year.json").read_text(encoding="utf-8"))["sets"]
    return {one["name"]: one["changes"] for one in sets}


@pytest.fixture(scope="module")
def changes(year):
    """All changes, in order."""
    return [change for one in year.values() for change in one]


@pytest.mark.parametrize("prefix", [None, "scimconf-abc123"])
def test_both_forms_say_the_same(prefix):
    """The JSON file and the folder of CSV files hold one company."""
    assert load_directory(CONTOSO / "contoso.json", prefix=prefix) == load_directory(CONTOSO / "csv", prefix=prefix)


@pytest.mark.parametrize("name", ["again.json", "again"])
def test_it_is_written_and_read_again(name, company, tmp_path):
    """As every directory is."""
    save_directory(company.values(), tmp_path / name)

    assert load_directory(tmp_path / name, prefix=None) == list(company.values())


def test_it_holds_what_a_company_has(company):
    """People and groups, a group in a group, managers, roles, an account that is blocked and one in the recycle bin."""
    users = [one for one in company.values() if one.kind == USER]
    groups = {one.id: one for one in company.values() if one.kind == GROUP}

    assert (len(users), len(groups)) == (25, 7)
    assert sum(not one.attributes["accountEnabled"] for one in users) == sum(one.deleted for one in users) == 1
    assert sum(member in groups for group in groups.values() for member in group.members) == 1
    assert {role.name for one in users for role in one.assignments} == {DEFAULT_ACCESS, "Editor", "Administrator"}
    assert {one.name for one in users if not one.manager} == {
        "helena.marsh@contoso.example",
        "frontdesk@contoso.example",
    }
    assert any(name.lower().startswith("extension") for one in users for name in one.attributes)


def test_nobody_real_can_be_reached(company):
    """Domains and telephone numbers are those that are kept for examples and fiction."""
    values = [value for one in company.values() for value in one.attributes.values() if isinstance(value, str)]

    assert all(value.endswith("@contoso.example") for value in values if "@" in value)
    assert all(" 555 01" in value for value in values if value.startswith("+"))


def test_a_year_has_its_change_sets_in_order(year):
    """The last one is empty: a cycle after it has nothing to send."""
    assert list(year) == NAMES
    assert [name for name, changes in year.items() if not changes] == ["quiet"]


def test_each_change_has_what_it_needs(changes):
    """And everything that can happen happens."""
    assert {change["do"] for change in changes} == set(NEEDS)
    assert [change for change in changes if change["do"] != "add" and {"do", *NEEDS[change["do"]]} != set(change)] == []


def test_each_change_is_about_somebody_who_is_there(company, changes):
    """People and groups are called by the name that they have at that time."""
    there = set(company)
    for change in changes:
        name = change.get("userPrincipalName", change.get("displayName")) if change["do"] == "add" else change["who"]
        mentioned = {change.get("manager"), change.get("group"), *change.get("members", ())} - {None}
        assert mentioned <= there
        assert (name in there) != (change["do"] == "add")
        new = change.get("attributes", {})
        there.add(new.get("userPrincipalName", new.get("displayName" if "@" not in name else "", name)))
        there -= {name} if change["do"] == "hard-delete" else set()


def test_somebody_is_hired_with_an_address_that_is_taken(company, year):
    """The clash is there for one cycle, and gone in the next."""
    taken = {one.attributes.get("mail") for one in company.values()}
    (clashing,) = [one for one in year["hire"] if one.get("mail", "") in taken]
    (mended,) = [one for one in year["rename"] if one["who"] == clashing["userPrincipalName"]]

    assert mended["attributes"]["mail"] not in taken


def test_who_leaves_the_scope_is_in_no_group_that_gives_access(company, year):
    """Otherwise the person would still be assigned by the group, and nothing would happen."""
    (leaving,) = [one["who"] for one in year["scope"] if one["do"] == "unassign"]
    left = {one["group"] for one in year["scope"] if one["do"] == "leave" and one["who"] == leaving}
    giving = {one.name for one in company.values() if company[leaving].id in one.members and one.assignments}

    assert giving
    assert giving == left


def test_who_is_deleted_for_good_was_in_the_recycle_bin_before(changes):
    """Entra deletes a user for good from the recycle bin only."""
    binned = [change["who"] for change in changes if change["do"] == "soft-delete"]
    gone = [change["who"] for change in changes if change["do"] == "hard-delete" and "@" in change["who"]]

    assert gone == binned
