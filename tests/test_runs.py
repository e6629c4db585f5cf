"""Whole runs as processes of their own: equal verdicts however they are made, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

from conformance.reporting.results import Exit
from tests.interruptible import PYTHON

TOKEN = "canary-0b8f6c1d2e3a4f5a"
CENTRAL = ["user-disable-applied", "group-remove-member", "match-existing", "connect-users-answered"]


@pytest.fixture(scope="module")
def server():
    """The embedded server as a process of its own, with a known token."""
    yield from serving("0.01")


@pytest.fixture
def slow_server():
    """The same, slow enough that a run is caught in its middle."""
    yield from serving("0.1")


def serving(latency):
    """Start the server, give its URL, and stop it."""
    environment = os.environ | {"SCIM_TOKEN": TOKEN}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server", latency],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.stdout.readline().strip()
    process.communicate()


def command(*arguments, **environment):
    """A started command, its output captured, the token in its environment."""
    return subprocess.Popen(
        [*PYTHON, "-m", *arguments],
        env=os.environ | {"SCIM_TOKEN": TOKEN} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process):
    """Exit code and output; the canary is in no output."""
    output, _ = process.communicate(timeout=120)
    assert TOKEN not in output
    return process.returncode, output


def ours_on(url):
    """User names of our kind that are on the server."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    rows = httpx.get(f"{url}/Users?count=1000", headers=headers, timeout=10).json().get("Resources", [])
    return [row["userName"] for row in rows if row["userName"].startswith("scimconf-")]


def normal(folder):
    """The checks of a results file without times, ids and the run's own prefix."""
    rows = json.loads((folder / "results.json").read_text())["checks"]
    text = json.dumps(
        [{k: v for k, v in row.items() if k != "exchanges"} | {"n": len(row["exchanges"])} for row in rows]
    )
    text = re.sub(r"scimconf-[a-z0-9]{6}", "PREFIX", text, flags=re.IGNORECASE)
    return re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)


def test_verdicts_are_equal_however_a_run_is_made(server, tmp_path):
    """One journey at a time, eight, four xdist workers, and judged again: the same results."""
    some = ("-k", "disable or match or group")
    run = ["conformance", "run", "--url", server, "--seed", "1", "--profile", "entra", *some]
    for concurrency in ("1", "8"):
        folder = tmp_path / concurrency
        code, output = finish(command(*run, "--concurrency", concurrency, "--reports", str(folder)))
        assert code == Exit.CONFORMANT, output
        assert output.splitlines()[-1] == str(folder / "report.html")
    pytest_run = ["pytest", "-p", "no:cacheprovider", "-q", "--pyargs", "conformance", "-n", "4", "-c", os.devnull]
    pytest_run += some
    finish(command(*pytest_run, "--scim-url", server, "--scim-seed", "1", "--scim-reports", str(tmp_path / "x")))
    recording = str(tmp_path / "8" / "recording.jsonl")
    finish(command("conformance", "judge", recording, "--reports", str(tmp_path / "judge")))

    assert normal(tmp_path / "8") == normal(tmp_path / "1")
    assert normal(tmp_path / "judge") == normal(tmp_path / "8")
    assert normal(tmp_path / "x") == normal(tmp_path / "8")
    assert ours_on(server) == []


def test_the_token_is_in_no_file(server, tmp_path):
    """The canary is found in no file of a run, passing or failing, nor of plain pytest at its most talkative."""
    finish(command("conformance", "run", "--url", server, "--reports", str(tmp_path / "run")))
    talkative = ["pytest", "-p", "no:cacheprovider", "-vv", "--showlocals", "--tb=long", "--pyargs", "conformance"]
    talkative += ["-c", os.devnull, "--scim-url", server, f"--html={tmp_path}/p.html", f"--junitxml={tmp_path}/p.xml"]
    finish(command(*talkative, "-k", "disable"))
    finish(command("conformance", "run", "--url", "http://127.0.0.1:9/scim", "--reports", str(tmp_path / "refused")))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert len(files) >= 9
    assert [path for path in files if TOKEN in path.read_text(errors="replace")] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up_and_writes_its_files(slow_server, tmp_path, number):
    """Ctrl-C and a CI system's end leave nothing behind, and results that say they are not complete."""
    process = command("conformance", "run", "--url", slow_server, "--reports", str(tmp_path))
    while not list(tmp_path.glob("journal-*")) or not ours_on(slow_server):
        time.sleep(0.02)
    process.send_signal(number)
    code, output = finish(process)

    assert code == 130, output
    assert json.loads((tmp_path / "results.json").read_text())["complete"] is False
    assert {"report.html", "junit.xml", "recording.jsonl"} <= {path.name for path in tmp_path.iterdir()}
    assert ours_on(slow_server) == []


def test_clean_removes_what_a_killed_run_left(slow_server, tmp_path):
    """After SIGKILL the journal tells what is there."""
    process = command("conformance", "run", "--url", slow_server, "--reports", str(tmp_path))
    while not ours_on(slow_server):
        time.sleep(0.02)
    process.kill()
    finish(process)
    assert ours_on(slow_server)

    code, output = finish(command("conformance", "clean", "--url", slow_server, "--reports", str(tmp_path)))

    assert code == 0, output
    assert ours_on(slow_server) == []
    assert list(tmp_path.glob("journal-*")) == []


def test_an_endpoint_that_does_not_answer_is_not_held_at_fault(tmp_path):
    """Connection refused: errors, no failure, exit code 2, and a report all the same."""
    code, output = finish(command("conformance", "run", "--url", "http://127.0.0.1:9/scim", "--reports", str(tmp_path)))
    verdicts = {row["verdict"] for row in json.loads((tmp_path / "results.json").read_text())["checks"]}

    assert code == Exit.USER_ERROR, output
    assert verdicts <= {"ERROR", "BLOCKED", "N/A"}
    assert (tmp_path / "report.html").stat().st_size


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "user-disable-aplied"], "did you mean 'user-disable-applied'"),
        (["--profile", "entr"], "--profile is 'entr'; it takes one of entra"),
        (["--concurrency", "0"], "--concurrency is '0'; it takes a whole number from 1"),
        (["--config", "none.toml"], "none.toml"),
        (["-k", "nothing_like_this"], "No check fits"),
        (["--url", "ftp://x"], "does not start with https://"),
        (["--url", "http://idm.example.com"], "plain http"),
        (["--header", "no colon"], "of the form 'Name: value'"),
        (["--token-file", "none"], "cannot be read"),
    ],
)
def test_a_users_mistake_is_one_sentence(server, tmp_path, arguments, complaint):
    """No traceback, exit code 2, and what to do."""
    run = ["conformance", "run", "--url", server, "--reports", str(tmp_path), *arguments]
    code, output = finish(command(*run))

    assert code == Exit.USER_ERROR, output
    assert complaint in output
    assert "Traceback" not in output


def test_a_strangers_html_report_is_left_alone(tmp_path):
    """Who only has the plugin installed gets pytest-html's own title and columns."""
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    page = tmp_path / "mine.html"
    run = ["pytest", "-q", "-c", os.devnull, "--rootdir", str(tmp_path), f"--html={page}", str(tmp_path)]
    code, output = finish(command(*run, SCIM_URL="http://127.0.0.1:9"))

    assert code == 0, output
    assert "Verdict" not in page.read_text()
    assert "SCIM conformance" not in page.read_text()


def test_plain_pytest_keeps_the_environment_out_of_the_page(server, tmp_path):
    """What a CI system puts into the environment table does not get into the page's source."""
    page = tmp_path / "page.html"
    run = ["pytest", "-p", "no:cacheprovider", "-q", "--pyargs", "conformance", "-c", os.devnull, f"--html={page}"]
    finish(command(*run, "--scim-url", server, "-k", "connect", BUILD_URL="https://ci.example/canary-build"))

    assert "data-verdict" in page.read_text()
    assert "canary-build" not in page.read_text()


def test_strangers_tests_are_left_alone(tmp_path):
    """In the environment of the plugin a stranger's tests run as ever, with SCIM_URL set."""
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    run = ["pytest", "-q", "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]
    code, output = finish(command(*run, SCIM_URL="http://127.0.0.1:9"))

    assert code == 0, output
