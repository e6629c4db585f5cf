"""What a user states of an endpoint is read strictly, applied to what is created, and shown."""

from __future__ import annotations

import pytest

from conformance.scim.assumptions import Assumptions, BadAssumption
from tests.faults.lab import judge_with

COST = "urn:example:2.0:User"


def test_nothing_stated_changes_nothing():
    """Without a [target] table a body is sent as it is."""
    body = {"userName": "a"}

    assert Assumptions().applied("/Users", body) is body
    assert Assumptions().to_json() == {}


def test_extra_attributes_are_added_to_users_only():
    """What every user has to carry goes into users, with its extension listed, and not into groups."""
    stated = Assumptions.parse({"user": {"nickName": "N", "name.middleName": "M", f"{COST}:costCenter": "7"}})

    body = stated.applied("/Users", {"schemas": ["core"], "name": {"givenName": "G"}})

    assert body == {
        "schemas": ["core", COST],
        "nickName": "N",
        "name": {"givenName": "G", "middleName": "M"},
        COST: {"costCenter": "7"},
    }
    assert stated.applied("/Groups", {"displayName": "g"}) == {"displayName": "g"}


def test_an_attribute_that_is_sent_anyway_is_not_overwritten():
    """A stated value fills a gap; it does not hide what Entra sends."""
    assert Assumptions.parse({"user": {"title": "X"}}).applied("/Users", {"title": "Y"}) == {"title": "Y"}


def test_values_that_are_not_allowed_are_replaced():
    """An endpoint with a closed list of values gets one of them."""
    stated = Assumptions.parse({"allowed": {"title": ["Engineer"], "addresses.country": ["DE"]}})

    body = stated.applied("/Users", {"title": "Clown", "addresses": [{"country": "US"}]})

    assert body == {"title": "Engineer", "addresses": [{"country": "DE"}]}


@pytest.mark.parametrize("path", ["roles", 'roles[type eq "x"].value', "ROLES.value"])
def test_what_is_not_stored_is_known_by_any_of_its_paths(path):
    """Sub-attributes and filters belong to the attribute."""
    assert not Assumptions(not_stored=("roles",)).keeps(path)


@pytest.mark.parametrize("path", ["rolesX", "title", None])
def test_what_is_stored_is_judged(path):
    """Only the named attributes are left out."""
    assert Assumptions(not_stored=("roles",)).keeps(path)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"colour": 1}, "Unknown setting 'colour'"),
        ({"user-domain": "a@b"}, "a domain such as"),
        ({"matching": "userName"}, "a list of attribute names"),
        ({"capabilities": {"teleport": True}}, "true or false for any of"),
        ({"capabilities": {"bulk": 1}}, "true or false for any of"),
        ({"allowed": {"title": []}}, "lists of values"),
        ([], "takes a table"),
    ],
)
def test_a_mistake_is_one_clear_sentence(table, complaint):
    """Unknown keys and wrong kinds are refused by name."""
    with pytest.raises(BadAssumption, match=complaint):
        Assumptions.parse(table)


def test_assumptions_survive_the_recording():
    """A recording is judged under the assumptions of its run."""
    stated = Assumptions.parse({"not-stored": ["roles"], "capabilities": {"bulk": False}, "user-domain": "contoso.com"})

    assert Assumptions.from_json(stated.to_json()) == stated


def test_a_capability_that_is_denied_is_not_asked_for():
    """What the user says of the endpoint counts more than what it says of itself."""
    stated = Assumptions.parse({"capabilities": {"sort": False, "etag": False, "patch": False, "filter": False}})

    rows = judge_with(None, ["sort-by", "version-sent", "patch-add-value", "filter-or"], assumptions=stated)

    assert {row["verdict"] for row in rows.values()} == {"N/A"}
    assert "capabilities in [target]" in rows["sort-by"]["got"]
