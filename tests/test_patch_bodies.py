"""PATCH bodies: Entra's two dialects, as Microsoft documents them (entra.md 2.3)."""

from __future__ import annotations

import pytest

from conformance.idp.dialects import COMPLIANT, LEGACY
from conformance.idp.entra import ENTERPRISE_USER, PATCH_OP, patch

EMAIL = 'emails[type eq "work"].value'
NUMBER = f"{ENTERPRISE_USER}:employeeNumber"


def test_operations_travel_in_a_patch_op():
    """RFC 7644 section 3.5.2."""
    assert patch.envelope([{"op": "remove", "path": "title"}]) == {
        "schemas": [PATCH_OP],
        "Operations": [{"op": "remove", "path": "title"}],
    }


@pytest.mark.parametrize(
    ("dialect", "changes", "options", "operations"),
    [
        (LEGACY, {"active": False}, {}, [{"op": "Replace", "path": "active", "value": "False"}]),
        (COMPLIANT, {"active": False}, {}, [{"op": "replace", "path": "active", "value": False}]),
        (LEGACY, {"nickName": "Babs"}, {"op": "add"}, [{"op": "Add", "path": "nickName", "value": "Babs"}]),
        (COMPLIANT, {"nickName": "Babs"}, {"op": "add"}, [{"op": "add", "path": "nickName", "value": "Babs"}]),
        (
            LEGACY,
            {"displayName": "B", EMAIL: "b@example.com"},
            {},
            [
                {"op": "Replace", "path": "displayName", "value": "B"},
                {"op": "Replace", "path": EMAIL, "value": "b@example.com"},
            ],
        ),
        (
            COMPLIANT,
            {"displayName": "B", EMAIL: "b@example.com", "name.givenName": "K", NUMBER: "7"},
            {},
            [
                {"op": "replace", "path": EMAIL, "value": "b@example.com"},
                {"op": "replace", "value": {"displayName": "B", "name.givenName": "K", NUMBER: "7"}},
            ],
        ),
        (COMPLIANT, {"userName": "n"}, {"pathless": True}, [{"op": "replace", "value": {"userName": "n"}}]),
    ],
)
def test_a_change_is_written_in_the_dialect(dialect, changes, options, operations):
    """Legacy: an operation each, strings; compliant: what has no filter folds into one without path."""
    assert dialect.change(changes, **options) == operations


def test_members_are_added_in_one_array():
    """Both dialects; the documentation's sample carries a null $ref."""
    assert COMPLIANT.add_members(["1", "2"]) == [
        {"op": "add", "path": "members", "value": [{"value": "1"}, {"value": "2"}]}
    ]
    assert LEGACY.add_members(["1"], with_ref=True) == [
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "1"}]}
    ]


def test_members_are_removed_by_array_or_by_filter():
    """The one form that the RFC leaves undefined, and the one it defines."""
    assert LEGACY.remove_members(["1", "2"]) == [
        {"op": "Remove", "path": "members", "value": [{"value": "1"}, {"value": "2"}]}
    ]
    assert COMPLIANT.remove_members(["1", "2"]) == [
        {"op": "remove", "path": 'members[value eq "1"]'},
        {"op": "remove", "path": 'members[value eq "2"]'},
    ]
