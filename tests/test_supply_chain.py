"""What we build on: few dependencies with bounds that are meant, pinned actions, workflows that may do little."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from conformance.pytest_plugin.handed import Run

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USERS = [*WORKFLOWS, ROOT / "action.yml"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [*PROJECT["dependencies"], *(r for rows in PROJECT["optional-dependencies"].values() for r in rows)]


@pytest.mark.parametrize("path", USERS, ids=lambda path: path.name)
def test_actions_are_pinned_to_a_commit_and_say_which_version_it_is(path):
    """A tag can be moved to other code; a commit cannot."""
    used = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]

    assert used
    assert [line for line in used if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)+$", line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_read_and_no_more(path):
    """Neither they nor a job of theirs, they keep no credentials, and no stranger's code meets a secret."""
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]

    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []
    assert [s for s in steps if "checkout" in s.get("uses", "") and s["with"]["persist-credentials"]] == []
    assert "pull_request_target" not in text
    assert "secrets." not in text


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_dependency_has_a_lower_bound(requirement):
    """And nothing but scim2-server, whose releases change what the embedded server answers, an upper one."""
    assert re.match(r"[\w-]+(\[\w+\])?>=[\d.]+", requirement)
    assert ("<" in requirement) == requirement.startswith("scim2-server")


def test_a_run_needs_few_dependencies():
    """What a run on one's own endpoint brings; the rest are extras."""
    names = {re.split(r"[>=\[]", requirement)[0] for requirement in PROJECT["dependencies"]}

    assert names == {"cryptography", "faker", "httpx", "jsonschema", "pytest", "pytest-html", "rich"}


def test_older_releases_of_pytest_take_our_plugin():
    """Those before 9 put each plugin into a set; tests/torture/test_lower_bounds.py found that out."""
    assert len({Run(), Run()}) == 2
