"""The built wheel holds the package and nothing else, and works from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(once):
    """The wheel, built as a release would build it."""

    def build(folder):
        line = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
        subprocess.run(line, check=True, capture_output=True)

    return next(once.made("dist", build).glob("*.whl"))


def test_the_wheel_holds_the_package_only(wheel):
    """Nothing beside the package and its metadata, and every data file of it."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {"conformance", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert {
        "conformance/pytest.ini",
        "conformance/py.typed",
        "conformance/reporting/report.css",
        "conformance/reporting/results.schema.json",
        "conformance/catalogue/ambiguities.json",
        "conformance/catalogue/rfc7644.json",
        "conformance/provisioning/mappings/entra-default.json",
        "conformance/schemas/graph/synchronizationSchema.json",
    } <= set(names)


@pytest.fixture(scope="module")
def home(wheel, once):
    """A fresh environment with the wheel and its demo, and nothing of the checkout."""

    def build(home):
        venv.create(home, with_pip=True)
        install = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, f"{wheel}[demo]", "pytest-xdist"], check=True, capture_output=True)

    return once.made("venv of the wheel", build)


def test_the_installed_wheel_runs_from_an_empty_folder(home, tmp_path):
    """The demo leaves its report, and says where."""
    demo = subprocess.run(
        [str(home / "bin" / "scim-conformance"), "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stdout.splitlines()[-1] == str(Path("reports") / "report.html")
    assert (tmp_path / "reports" / "report.html").is_file()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_the_installed_checks_run_under_pytest(home, tmp_path, workers):
    """pytest finds the checks in the installed package, and its own options work."""
    command = ["-m", "pytest", "--pyargs", "conformance", "-k", "connect", "--junitxml", "j.xml", *workers]
    serve = [str(home / "bin" / "scim-conformance"), "demo", "--serve"]
    with subprocess.Popen(serve, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        try:
            told = [server.stdout.readline().strip().partition("=")[2] for _ in range(2)]
            run = subprocess.run(
                [str(home / "bin" / "python"), *command, "--scim-url", told[0]],
                cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "SCIM_TOKEN": told[1]},
            )  # fmt: skip
        finally:
            server.terminate()

    assert run.returncode == 0, run.stdout + run.stderr
    assert "passed" in run.stdout
    assert (tmp_path / "j.xml").is_file()


def test_the_wheel_is_built_the_same_again(wheel, tmp_path):
    """At another time and under another umask, to the last byte."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, umask=0o077)

    assert next(tmp_path.glob("*.whl")).read_bytes() == wheel.read_bytes()


def test_the_source_distribution_builds_the_same_wheel(wheel, tmp_path):
    """What is uploaded as source holds all that the wheel needs."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*build, "--sdist", str(ROOT)], check=True, capture_output=True)
    source = next(tmp_path.glob("*.tar.gz"))
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    again = tmp_path / "again"
    folder = tmp_path / source.name.removesuffix(".tar.gz")
    subprocess.run([*build[:-1], str(again), "--wheel", str(folder)], check=True, capture_output=True)

    assert next(again.glob("*.whl")).read_bytes() == wheel.read_bytes()
