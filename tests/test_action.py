"""The GitHub Action's steps, run as a job's shell would, and what GitHub is told by a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.demo.server import build_app, serve
from conformance.reporting.github import announce
from conformance.reporting.results import Exit
from conformance.reporting.results_file import read_results
from tests.faults.layer import FAULTS, load, wrap
from tests.runs import run_files

ROOT = Path(__file__).parents[1]
TOKEN = "canary-action-71f2"
CENTRAL = ["user-disable-applied", "group-remove-member", "match-existing", "connect-users-answered"]


@pytest.fixture(scope="module")
def steps():
    """The action's steps by name."""
    yaml = pytest.importorskip("yaml", reason="pyyaml is not installed: make installs it")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return {step["name"]: step for step in action["runs"]["steps"]}


def shell(step, folder, **environment):
    """Runs a step's script with bash as GitHub does, with the files GitHub has for outputs and summary."""
    given = os.environ | {
        "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }  # fmt: skip
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, env=given | environment, capture_output=True, text=True, cwd=folder, check=False)


def judged(steps, folder, behaviour=None):
    """What the step Judge came to, with this checkout in place of the installed package."""
    link = folder / "scim-conformance" / "bin"
    link.mkdir(parents=True)
    (link / "scim-conformance").write_text(f'#!/bin/sh\nexec {sys.executable} -m conformance "$@"\n')
    (link / "scim-conformance").chmod(0o755)
    app = build_app(TOKEN)
    with serve(wrap(app, behaviour) if behaviour else app, 0) as url:
        only = "\n".join(f"--only\n{name}" for name in CENTRAL)
        wanted = {"SCIM_URL": url, "SCIM_TOKEN": TOKEN, "SCIM_PROFILE": "entra", "BASELINE": "", "ARGUMENTS": only}
        return shell(steps["Judge"], folder, PYTHONPATH=str(ROOT), **wanted)


def test_a_good_endpoint_passes_the_step(steps, tmp_path):
    """The outputs name headline and report; the job gets a summary and one annotation."""
    done = judged(steps, tmp_path)

    assert done.returncode == Exit.CONFORMANT, done.stderr
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert outputs["headline"].startswith("entra is ")
    assert Path(outputs["report"]).is_file()
    assert "How far Entra gets: " in (tmp_path / "summary.md").read_text()
    assert done.stdout.count("\n::") == 1
    assert TOKEN not in done.stdout + done.stderr + (tmp_path / "summary.md").read_text()


def test_a_broken_endpoint_fails_the_step(steps, tmp_path):
    """The step's exit code is the command's, and the outputs are there all the same."""
    load()
    done = judged(steps, tmp_path, FAULTS["removal-ignored"].behaviour)

    assert done.returncode == Exit.ENDPOINT_FAILS
    assert "headline=entra is not conformant" in (tmp_path / "output").read_text()
    assert "::error title=SCIM conformance, profile entra::not conformant" in done.stdout
    assert "group-remove-member" in (tmp_path / "summary.md").read_text()


def test_a_step_that_writes_nothing_publishes_nothing_of_an_earlier_one(steps, tmp_path):
    """An argument that nobody knows ends it with exit code 2, and without the earlier headline and report."""
    assert judged(steps, tmp_path).returncode == Exit.CONFORMANT
    (tmp_path / "output").unlink()
    folder = tmp_path / "scim-conformance-report"
    (folder / "journal-x.jsonl").write_text("")
    wanted = {"SCIM_URL": "http://127.0.0.1:9", "SCIM_TOKEN": TOKEN, "BASELINE": "", "ARGUMENTS": "--no-such-thing"}
    done = shell(steps["Judge"], tmp_path, PYTHONPATH=str(ROOT), **wanted)

    assert done.returncode == Exit.USER_ERROR
    assert not (tmp_path / "output").exists()
    assert [path.name for path in folder.iterdir()] == ["journal-x.jsonl"]


def test_the_step_install_makes_its_own_environment(steps):
    """What pip installs goes beside the job's own Python, and comes by environment, not by text in a script."""
    assert '"$RUNNER_TEMP/scim-conformance/bin/pip" install --quiet "$PACKAGE"' in steps["Install"]["run"]
    assert [step["name"] for step in steps.values() if "${{" in step.get("run", "")] == []


def test_an_endpoints_words_are_no_workflow_command(tmp_path):
    """Line breaks and markup in an answer make neither a command nor Markdown of their own."""

    def hostile(call, serve_):
        answer = serve_(call)
        if answer.body and call.method != "POST":
            answer.body |= {"active": "\n::set-output name=x::`<script>` | %0A::error::", "title": "a|b`c"}
        return answer

    run_files(tmp_path, hostile, only=CENTRAL)
    results = read_results(tmp_path / "results.json")
    lines = announce(results, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})

    assert len(lines) == len(results.profiles)
    assert all("\n" not in line and line.startswith("::error title=SCIM") for line in lines)
    assert "\n::" not in (tmp_path / "summary.md").read_text()


def test_nothing_is_said_outside_of_github(tmp_path):
    """Without GitHub's variables there are no annotations."""
    run_files(tmp_path, only=CENTRAL)

    assert announce(read_results(tmp_path / "results.json"), {}) == []


def plain_pytest(folder, *arguments):
    """A run of plain pytest against the embedded server."""
    with serve(build_app(TOKEN), 0) as url:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-q",
            "--pyargs",
            "conformance",
            "-c",
            os.devnull,
        ]
        command += ["--scim-url", url, "-k", "disable", *arguments]
        environment = os.environ | {"SCIM_TOKEN": TOKEN}
        return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder, check=False)


def test_plain_pytest_writes_the_page_beside_the_other_files(tmp_path):
    """``--scim-reports`` alone is enough for report.html."""
    plain_pytest(tmp_path, "--scim-reports", str(tmp_path / "r"))

    page = (tmp_path / "r" / "report.html").read_text()
    assert '<html lang="en">' in page
    assert 'class="rail"' in page


def test_ctrf_comes_from_its_own_plugin(tmp_path):
    """pytest-json-ctrf writes CTRF of our checks, without a part of ours."""
    pytest.importorskip("ctrf", reason="pytest-json-ctrf is not installed")
    plain_pytest(tmp_path, "--ctrf", str(tmp_path / "ctrf.json"))

    found = json.loads((tmp_path / "ctrf.json").read_text())["results"]
    assert found["summary"]["passed"] > 0
    assert TOKEN not in json.dumps(found)
