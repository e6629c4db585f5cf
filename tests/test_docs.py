"""The pages say what is true now."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.check import load
from conformance.reporting.results import Exit
from conformance.settings import OPTIONS, collect

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
