"""The built wheel holds the package and nothing else, and works from an empty folder."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as a release would build it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_only(wheel):
    """Nothing beside the package and its metadata, and every data file of it."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {"conformance", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert {
        "conformance/pytest.ini",
        "conformance/py.typed",
        "conformance/reporting/report.css",
        "conformance/reporting/results.schema.json",
        "conformance/catalogue/rfc7644.json",
    } <= set(names)


def test_the_installed_wheel_runs_from_an_empty_folder(wheel, tmp_path):
    """A fresh environment, the wheel with its demo, and nothing of the checkout."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    install = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", f"{wheel}[demo]"]
    subprocess.run(install, check=True, capture_output=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    demo = subprocess.run(
        [str(home / "bin" / "scim-conformance"), "demo"], cwd=empty, capture_output=True, text=True, check=False
    )

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stdout.splitlines()[-1] == str(Path("reports") / "report.html")
    assert (empty / "reports" / "report.html").is_file()
