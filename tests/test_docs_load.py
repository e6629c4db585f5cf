"""What the pages say of a load is what the verb takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.main import main
from conformance.judge.check import load

ROOT = Path(__file__).parents[1]


def test_every_option_of_a_load_is_documented(capsys):
    """docs/configuration.md names each option that the help shows."""
    with pytest.raises(SystemExit):
        main(["load", "--help"])
    shown = {word.strip("[],") for word in capsys.readouterr().out.split() if word.lstrip("[").startswith("--")}
    text = (ROOT / "docs" / "configuration.md").read_text()

    assert len(shown) > 30
    assert [name for name in sorted(shown - {"--help"}) if f"`{name}" not in text] == []


def test_the_changelog_names_every_check_of_a_load():
    """A new check of level MUST is a breaking change for a gate."""
    text = (ROOT / "CHANGELOG.md").read_text()

    assert [name for name, item in load().items() if item.verb == "load" and f"`{name}`" not in text] == []
