"""Lower bounds: with the oldest releases that pyproject.toml allows, every part of the product still does its work."""

from __future__ import annotations

import os
import re
import subprocess
import time
import tomllib
import venv

import pytest

from tests.torture.canary import ENVIRONMENT
from tests.torture.measured import ROOT
from tests.torture.tenant import tenant

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOUND = re.compile(r"(?P<name>[\w-]+)(\[\w+\])?>=(?P<version>[\d.]+)")
ALONE = "no extra"
PARTS = {ALONE: PROJECT["dependencies"], **PROJECT["optional-dependencies"]}

CHECKED = ("pytest", "--pyargs", "conformance", "-p", "no:cacheprovider", "--html=page.html", "--scim-profile=entra")
COMMANDS = {
    ALONE: (
        ("scim-conformance", "run", "--profile", "all", "--url"),
        ("scim-conformance", "cycle", "--url"),
        ("scim-conformance", "diagnose", "--write-probe", "--url"),
        ("scim-conformance", "run", "--dry-run", "--url"),
        ("scim-conformance", "report", "reports/results.json"),
        (*CHECKED, "--scim-url"),
    ),
    "demo": (("scim-conformance", "demo"),),
    "load": (("scim-conformance", "load", "--duration", "30", "--url"),),
    "oauth": (("pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "test_oauth.py")),),
}
"""What is called, by extra; a line that ends with ``-url`` gets it. An extra that wants a newer release of what a run
needs has it: only its own bounds are held."""


def bounds(requirements):
    """The oldest releases that requirements allow, as pip's constraints."""
    found = [BOUND.match(requirement) for requirement in requirements]
    return [f"{match['name']}=={match['version']}" for match in found]


@pytest.mark.torture
@pytest.mark.parametrize("part", PARTS)
def test_the_oldest_releases_do(part, tmp_path, figures):
    """In an environment of its own, in which nothing is newer than it has to be."""
    begin = time.monotonic()
    pinned, home, commands = bounds(PARTS[part]), tmp_path / "venv", COMMANDS[part]
    (tmp_path / "bounds.txt").write_text("\n".join(pinned))
    venv.create(home, with_pip=True)
    wanted = str(ROOT) if part == ALONE else f"{ROOT}[{part}]"
    install = ["pip", "install", "--quiet", "--disable-pip-version-check", "-c", "bounds.txt", wanted]
    failed = []
    with tenant() as made:
        for line in (install, *commands):
            whole = [str(home / "bin" / line[0]), *line[1:], *([made.url] if line[-1].endswith("-url") else [])]
            done = subprocess.run(
                whole, cwd=tmp_path, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
            )
            failed += [f"{' '.join(line)}\n{(done.stdout + done.stderr)[-2000:]}"] if done.returncode else []
    spent = time.monotonic() - begin
    figures(
        f"the oldest releases, {part}: {', '.join(pinned)}",
        tried=len(commands),
        survived=len(commands) - len(failed),
        seconds=spent,
    )

    assert failed == []
