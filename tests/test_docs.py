"""The pages say what is true now."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from conformance.config.settings import OPTIONS, collect
from conformance.judge import expect
from conformance.judge.check import load
from conformance.reporting.results import Exit
from tests.faults import rewrite, user_patch

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("option", [option.name for option in OPTIONS])
def test_every_option_is_documented(option):
    """docs/configuration.md names each option."""
    assert f"`--{option}" in (ROOT / "docs" / "configuration.md").read_text()


def test_the_example_settings_can_be_used(monkeypatch):
    """fixtures/scim.toml is read without complaint."""
    for name in ("SCIM_URL", "SCIM_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    assert collect({}, str(ROOT / "fixtures" / "scim.toml"))["url"] == "https://idm.example.com/scim/v2"


def test_every_exit_code_is_documented():
    """The README's table has each of them."""
    text = (ROOT / "README.md").read_text()

    assert [code for code in Exit if f"| {int(code)} |" not in text] == []


def test_titles_are_short_and_state_what_is():
    """A title is one indicative sentence without keywords of RFC 2119; why and fix are there too."""
    odd = [
        item.id
        for item in load().values()
        if len(item.title) > 150 or not item.title.endswith(".") or not item.why or not item.fix or "MUST" in item.title
    ]

    assert odd == []


def test_every_promise_names_tests_that_there_are():
    """SECURITY.md: a promise whose test was renamed or dropped is none."""
    rows = [row for row in (ROOT / "SECURITY.md").read_text().splitlines() if row.startswith("| ") and row.count("`")]
    unproven = [row for row in rows if not re.search(r"`tests/[\w/]+\.py::test_\w+`|`make audit`", row)]
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", "\n".join(rows))

    assert len(named) > 40
    assert unproven == []
    assert [test for path, test in named if f"def {test}(" not in (ROOT / path).read_text()] == []


def test_the_page_on_writing_checks_names_all_that_a_check_can_say():
    """Every public function of expect; the names of the fault helpers are there to be imported."""
    text = (ROOT / "docs" / "writing-checks.md").read_text(encoding="utf-8")
    public = {name for name, _ in inspect.getmembers(expect, inspect.isfunction) if not name.startswith("_")}
    mine = {name for name in public if getattr(expect, name).__module__ == expect.__name__}

    told = {name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)\(", row)}

    assert told & public | mine == mine
    assert mine <= told
    for module, names in ((rewrite, "spoil replace error"), (user_patch, "refuse ignore rework patches")):
        assert all(hasattr(module, name) and name in text for name in names.split())
