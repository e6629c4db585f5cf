"""A dry run prints what would be sent, and sends nothing."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from conformance.scim.patched import patched
from tests.hurried import called
from tests.torture.measured import ROOT
from tests.torture.tenant import hurried, leave, tenant
from tests.verbs import VERBS

EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ALSO = {
    "run with a bulk job": ("run", "--profile", "rfc", "-k", "bulk"),
    "cycle of Contoso": ("cycle", "--directory", str(ROOT / "fixtures" / "contoso" / "csv"), "--initial-only"),
}


@pytest.fixture
def village():
    """A tenant of a few."""
    with tenant(12, 3) as made:
        yield made


def shapes(rows):
    """How often a method met a collection."""
    return Counter((method, re.split("[/?]", f"{path}/")[1]) for method, path in rows)


def told(text):
    """Method and path of each request that a dry run printed."""
    return re.findall(r"^  (GET|POST|PUT|PATCH|DELETE) (/\S*)", text, re.MULTILINE)


@pytest.mark.parametrize("name", [*(name for name, verb in VERBS.items() if verb.dry), *ALSO])
def test_a_dry_run_sends_nothing(village, tmp_path, name):
    """Not a byte: no connection is opened, no credential is read, and no file is written."""
    ids = leave(village, tmp_path)
    files = sorted(tmp_path.iterdir())
    arguments = [*(ALSO.get(name) or VERBS[name].arguments), "--dry-run", "--url", village.url]
    arguments += ["--reports", str(tmp_path), "--token-file", str(tmp_path / "there-is-none")]
    done = called(*arguments)

    assert done.code == 0, done.err
    assert village.requests == []
    assert re.search(r"\d+ requests, of which \d+ can write\. Nothing was sent\.$", done.out.strip())
    assert sorted(tmp_path.iterdir()) == files
    assert (f"DELETE /Users/{ids[0]}" in done.out) == name.startswith("clean")


def test_a_dry_run_is_untouched_by_the_options_of_others(tmp_path):
    """What the environment tells pytest is meant for the caller's own tests, as it is of a run."""
    environment = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no_such_plugin"}
    line = ("run", "-k", "disable", "--url", "http://127.0.0.1:9/scim", "--reports", str(tmp_path), "--dry-run")
    done = called(*line, environment=environment)

    assert done.code == 0, done.err
    assert "Nothing was sent." in done.out


@pytest.mark.parametrize("verb", [("run", "--profile", "all"), ("cycle", "--users", "12", "--groups", "3")])
def test_a_dry_run_tells_what_is_sent(village, tmp_path, verb):
    """On a server that does everything right, the same writes, and nearly the same reads."""
    arguments = (*verb, "--seed", "1", "--concurrency", "1", "--dialect", "legacy")
    rehearsed = hurried(arguments, village, tmp_path, "--dry-run").out
    assert village.requests == []
    done = hurried(arguments, village, tmp_path)
    assert done.code == 0, done.out + done.err

    dry, live = shapes(told(rehearsed)), shapes(village.requests)
    assert {shape for shape in live if shape[0] != "GET"} == {shape for shape in dry if shape[0] != "GET"}
    assert abs(dry.total() - live.total()) < 0.05 * live.total()
    if verb[0] == "cycle":
        assert {k: n for k, n in live.items() if k[0] != "GET"} == {k: n for k, n in dry.items() if k[0] != "GET"}
    assert "Bearer" not in rehearsed


def test_what_has_no_dry_run_says_so(village):
    """One sentence, before anything is sent."""
    done = called("cycle", "--dry-run", "--on-demand", "somebody", "--url", village.url)

    assert done.code == 2
    assert "--on-demand has no dry run" in done.err
    assert village.requests == []


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        ({"active": True}, {"op": "Replace", "path": "active", "value": "False"}, {"active": False}),
        ({"title": "a"}, {"op": "remove", "path": "TITLE"}, {}),
        (
            {},
            {"op": "add", "value": {"name.givenName": "Jo", "title": "b"}},
            {"name": {"givenName": "Jo"}, "title": "b"},
        ),
        (
            {"emails": [{"type": "home", "value": "h"}]},
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "w"},
            {"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}]},
        ),
        (
            {"emails": [{"type": "work", "value": "w"}, {"type": "home", "value": "h"}]},
            {"op": "remove", "path": 'emails[type eq "work"]'},
            {"emails": [{"type": "home", "value": "h"}]},
        ),
        ({}, {"op": "Add", "path": f"{EXTENSION}:manager", "value": "7"}, {EXTENSION: {"manager": {"value": "7"}}}),
        ({EXTENSION: {"department": "x"}}, {"op": "remove", "path": f"{EXTENSION}:department"}, {EXTENSION: {}}),
        (
            {"members": [{"value": "1"}]},
            {"op": "Add", "path": "members", "value": [{"value": "2"}, {"value": "1"}]},
            {"members": [{"value": "2"}, {"value": "1"}]},
        ),
        (
            {"members": [{"value": "1"}, {"value": "2"}]},
            {"op": "Remove", "path": "members", "value": [{"value": "1"}]},
            {"members": [{"value": "2"}]},
        ),
        (
            {"members": [{"value": "1"}, {"value": "2"}]},
            {"op": "remove", "path": 'members[value eq "2"]'},
            {"members": [{"value": "1"}]},
        ),
        ({"members": [{"value": "1"}]}, {"op": "replace", "path": "members", "value": []}, {"members": []}),
        ({"title": "a"}, {"op": "replace", "path": "[[", "value": 1}, {"title": "a"}),
        ({"name": "text"}, {"op": "replace", "path": "name.givenName", "value": 1}, {"name": "text"}),
    ],
)
def test_the_imitation_patches_as_a_good_endpoint_does(before, operation, after):
    """In either dialect; what makes no sense changes nothing, and the resource itself is never changed."""
    kept = dict(before)

    assert patched(before, {"Operations": [operation]}) == after
    assert before == kept
