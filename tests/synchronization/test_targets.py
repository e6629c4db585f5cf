"""Names of target attributes, taken apart."""

from __future__ import annotations

import pytest

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER
from conformance.provisioning.mappings.targets import BadTarget, Target, parse_target
from tests.synchronization.exports import OWN

PATHS = [
    ("userName", Target("", "userName")),
    ("name.givenName", Target("", "name", sub="givenName")),
    ('emails[type eq "work"].value', Target("", "emails", "type", "work", "value")),
    ('x[ type EQ "y z" ].sub', Target("", "x", "type", "y z", "sub")),
    ('roles[primary eq "True"].value', Target("", "roles", "primary", True, "value")),
    ("emails[primary eq true].value", Target("", "emails", "primary", True, "value")),
    ('emails[type eq "True"].value', Target("", "emails", "type", "True", "value")),
    (f"{ENTERPRISE_USER}:department", Target(ENTERPRISE_USER, "department")),
    (f"{ENTERPRISE_USER}:manager.value", Target(ENTERPRISE_USER, "manager", sub="value")),
    (f"{CORE_USER}:nickName", Target("", "nickName")),
    (f'{OWN}:User:tags[type eq "a:b.c"].value', Target(f"{OWN}:User", "tags", "type", "a:b.c", "value")),
]


@pytest.mark.parametrize("path, expected", PATHS, ids=[path for path, _ in PATHS])
def test_a_target_attribute_is_taken_apart(path, expected):
    """URN, name, filter and sub-attribute; the dots within a URN separate nothing."""
    assert parse_target(path) == expected


@pytest.mark.parametrize(
    "path", ["", "a.b.c", "a[b]", 'a[b eq "c"]', 'a[b co "c"]', "a b", 'a[b eq "c"', "urn:", "a.", "urn:x:"]
)
def test_another_path_is_refused(path):
    """What no attribute mapping can write to is refused by name."""
    with pytest.raises(BadTarget, match="is no target attribute"):
        parse_target(path)
