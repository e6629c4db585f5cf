"""The suite's own edges: readers that leave, wrong expressions, files of an earlier run, and faults of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types

import pytest

from conformance.commands import main as cli
from conformance.commands.run import run_judge
from conformance.journeys.actor import Entra
from conformance.judge.check import CHECKS, load
from conformance.pytest_plugin.interruptions import legible
from conformance.reporting import junit, page
from conformance.reporting.results import Exit
from conformance.run import earlier
from conformance.scim.client import Client
from tests.faults.layer import FAULTS
from tests.faults.layer import load as load_faults
from tests.runs import run_files
from tests.torture.canary import ENVIRONMENT
from tests.torture.measured import ROOT
from tests.torture.tenant import command, tenant

load()
load_faults()
CODE = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"


@pytest.fixture
def village():
    """A tenant of a few people."""
    with tenant(12, 3) as made:
        yield made


# --- readers that leave --------------------------------------------------------------------------------


def read_one_line(arguments, **streams):
    """Start a verb, read the first line of what it says, and close the pipe; gives exit code and errors."""
    line = [sys.executable, "-m", "conformance", *arguments]
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    process = subprocess.Popen(line, env=environment, text=True, **given)
    process.stdout.readline()
    process.stdout.close()
    errors = ""
    if process.stderr is not None:
        with process.stderr:
            errors = process.stderr.read()
    return process.wait(), errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("checks",),
        ("checks", "--json"),
        ("explain", CODE),
        ("run", "--dry-run", "--url", "http://127.0.0.1:9/scim"),
        ("cycle", "--dry-run", "--url", "http://127.0.0.1:9/scim", "--initial-only"),
    ],
)
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_that_leaves_is_no_fault(arguments, buffered, monkeypatch):
    """``| head``: no traceback, not a word, and the exit code of ever."""
    monkeypatch.setenv("PYTHONUNBUFFERED", buffered)

    assert read_one_line(arguments) == (0, "")


def test_a_run_whose_reader_leaves_goes_on(village, tmp_path):
    """It deletes what it created, writes its files, and its exit code is the endpoint's; also with errors piped."""
    before = village.dump()
    line = ("run", "-k", "disable or rename", "--url", village.url, "--reports", str(tmp_path))

    assert read_one_line(line, stderr=subprocess.STDOUT)[0] == Exit.CONFORMANT
    assert village.writes
    assert village.dump() == before
    assert json.loads((tmp_path / "results.json").read_text())["complete"]
    assert (tmp_path / "report.html").stat().st_size > 10_000


# --- wrong expressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", ["user(", "disable and", "=disable", "and"])
def test_a_wrong_expression_is_told_before_the_first_request(village, tmp_path, expression):
    """In one sentence, and nothing is sent."""
    done = command(("run", f"-k={expression}"), village, tmp_path)

    assert done.code == Exit.USER_ERROR
    assert done.err.startswith(f"scim-conformance: -k is {expression!r}, which is no expression of pytest's (")
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert village.requests == []


@pytest.mark.parametrize("arguments", [("-k", "nothing_like_this"), ("--only", "user-disable-aplied")])
def test_nothing_is_sent_for_checks_that_are_not_there(village, tmp_path, arguments):
    """A name with a slip in it is found out before the connection is tried."""
    assert command(("run", *arguments), village, tmp_path).code == Exit.USER_ERROR
    assert village.requests == []


def test_plain_pytest_plays_nothing_for_a_wrong_expression(village, tmp_path):
    """pytest tells of it in its own words."""
    done = plain_pytest(village, tmp_path, "-k", "user(")

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert village.requests == []


def plain_pytest(made, folder, *arguments):
    """pytest on the checks, in a process of its own."""
    line = [sys.executable, "-m", "pytest", "--pyargs", "conformance", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    line += ["--scim-url", made.url, "--scim-reports", str(folder), *arguments]
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, check=False)


# --- files of an earlier run ---------------------------------------------------------------------------

KEPT = ("journal-scimconf-abc234.jsonl", "cycle-legacy.sqlite", "provisioning-log-legacy.jsonl", "notes.txt")
"""What stays: what still has to be done or gone on from, and what is nobody's of ours."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Files of a run, by name."""
    folder = tmp_path_factory.mktemp("made")
    run_files(folder, only=["connect-users-answered"])
    return {name: (folder / name).read_bytes() for name in earlier.FILES}


@pytest.fixture
def reports(tmp_path, made):
    """A folder with the files of an earlier run, and with others."""
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    for name in KEPT:
        (tmp_path / name).write_text('{"scim-conformance": "kept"}')
    return tmp_path


GOOD = ("--url", "http://127.0.0.1:9/scim")
MISTAKES = {
    "a wrong URL": ("--url", "ftp://idm.example.com"),
    "no URL": (),
    "a wrong value": (*GOOD, "--timeout", "soon"),
    "a missing baseline": (*GOOD, "--baseline", "none.toml"),
    "a missing settings file": (*GOOD, "--config", "none.toml"),
    "an empty token": (*GOOD, "--token-file", "/dev/null"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("verb", ["run", "cycle", "load"])
def test_a_refused_command_leaves_no_files_of_an_earlier_run(verb, mistake, reports, capsys):
    """Nobody takes the last run's results for this one's; what is not ours stays."""
    assert cli.main([verb, "--reports", str(reports), *MISTAKES[mistake]]) == Exit.USER_ERROR
    assert sorted(path.name for path in reports.iterdir()) == sorted(KEPT)
    assert "Traceback" not in capsys.readouterr().err


def test_the_folder_is_found_in_settings_and_environment_too(reports, tmp_path, monkeypatch):
    """Wherever it was named."""
    monkeypatch.setenv("SCIM_REPORTS", str(reports))
    assert cli.main(["run", "--url", "ftp://x"]) == Exit.USER_ERROR

    assert not (reports / "results.json").exists()


def test_a_run_that_ends_before_it_writes_leaves_no_earlier_files(reports, monkeypatch):
    """As where it is interrupted while the connection is looked at."""

    def interrupt(_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.commands.prepare.begin", interrupt)

    assert cli.main(["run", *GOOD, "--reports", str(reports)]) == 130
    assert sorted(path.name for path in reports.iterdir()) == sorted(KEPT)


@pytest.mark.parametrize("verb", ["run --dry-run", "clean", "diagnose", "checks", "load --worker 127.0.0.1:1"])
def test_verbs_that_write_no_results_leave_them_there(verb, reports, capsys, monkeypatch):
    """A dry run sends nothing and writes nothing; a worker may share the folder with its master."""
    monkeypatch.setattr("conformance.commands.load._play", lambda _job, _settings: 0)  # it would wait for its master
    options = () if verb == "checks" else (*GOOD, "--reports", str(reports))
    cli.main([*verb.split(), *options, *(["--yes-load", GOOD[1]] if verb.startswith("load") else [])])
    capsys.readouterr()

    assert {path.name for path in reports.iterdir()} >= {*earlier.FILES, *KEPT}


def test_judge_keeps_the_recording_and_removes_what_was_made_of_another(reports):
    """The recording that is judged may lie in the same folder; one that cannot be read leaves nothing in its place."""
    assert run_judge(reports / "recording.jsonl", reports) == Exit.CONFORMANT
    assert cli.main(["judge", str(reports / "none.jsonl"), "--reports", str(reports)]) == Exit.USER_ERROR

    assert sorted(path.name for path in reports.iterdir()) == sorted([*KEPT, "recording.jsonl"])


def test_files_of_the_same_name_that_we_did_not_write_stay(tmp_path):
    """Another tool's junit.xml, somebody's folder, a link to nowhere."""
    (tmp_path / "junit.xml").write_text("<testsuites/>")
    (tmp_path / "report.html").mkdir()
    (tmp_path / "results.json").symlink_to("nowhere")
    earlier.remove(tmp_path)
    earlier.remove(tmp_path / "none")

    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("mistake", ["--scim-url=ftp://x", "-k=user("])
def test_plain_pytest_leaves_no_files_of_an_earlier_run(village, reports, mistake):
    """Where it writes files at all."""
    assert plain_pytest(village, reports, mistake).returncode == pytest.ExitCode.USAGE_ERROR
    assert not {"results.json", "junit.xml", "recording.jsonl"} & {path.name for path in reports.iterdir()}


# --- faults of the suite's own -------------------------------------------------------------------------

BAD = FAULTS["disable-refused"].behaviour
ONLY = ["user-disable-accepted", "connect-users-answered"]


def lost(*_arguments, **_more):
    """What a suite does that lost its way."""
    raise RuntimeError("lost its way")


def in_a_check(patch):
    """One of two checks crashes, the other fails."""
    patch.setattr(CHECKS["connect-users-answered"].function, "__code__", _broken.__code__)


def _broken(connect):
    return 1 / len(connect["probe-users"].exchanges[1:])


CRASHES = {
    "in a check": in_a_check,
    "in the clean-up of a journey": lambda patch: patch.setattr(Entra, "clean_up", lost),
    "in the sweep": lambda patch: patch.setattr(Client, "sweep", lost),
    "in the page": lambda patch: patch.setattr(page, "body", lost),
    "in the JUnit file": lambda patch: patch.setattr(junit, "render", lost),
    "in the summary": lambda patch: patch.setattr("conformance.commands.run.summary", lost),
    "in an annotation": lambda patch: patch.setattr("conformance.commands.run.announce", lost),
}


@pytest.mark.parametrize("behaviour", [None, BAD])
@pytest.mark.parametrize("where", CRASHES)
def test_a_fault_of_the_suite_ends_with_exit_code_3(where, behaviour, monkeypatch, tmp_path, capsys):
    """Also beside failures of the endpoint, which may be its doing."""
    with monkeypatch.context() as patch:
        CRASHES[where](patch)
        # A verb that needs no socket leads to the run, so that it ends as the command does.
        patch.setattr("conformance.commands.checks.list_checks", lambda **_: run_files(tmp_path, behaviour, only=ONLY))
        code = cli.main(["checks"])
    said = capsys.readouterr()

    assert code == Exit.SUITE_FAULT
    assert "lost its way" in said.out + said.err or "division by zero" in said.out + said.err


@pytest.mark.parametrize("where", ["in the clean-up of a journey", "in the sweep", "in the page"])
def test_the_results_tell_of_the_fault(where, monkeypatch, tmp_path):
    """Results, and what is made of them, are not said to be the endpoint's."""
    CRASHES[where](monkeypatch)
    run_files(tmp_path, only=ONLY)
    results = json.loads((tmp_path / "results.json").read_text())

    assert results["gate"]["exit"] == Exit.SUITE_FAULT
    assert any("lost its way" in fault for fault in results["faults"])


def test_judging_a_crash_again_ends_the_same(monkeypatch, tmp_path):
    """The recording tells of a journey that crashed though all its steps were played."""
    with monkeypatch.context() as patch:
        patch.setattr(Entra, "clean_up", lost)
        run_files(tmp_path, only=ONLY)

    assert run_judge(tmp_path / "recording.jsonl", tmp_path / "judged") == Exit.SUITE_FAULT


@pytest.mark.parametrize("verb", ["cycle", "clean", "load", "diagnose"])
def test_other_verbs_end_the_same(verb, monkeypatch, capsys):
    """Wherever they lose their way."""
    places = {
        "cycle": "conformance.commands.prepare.begin",
        "clean": "conformance.commands.clean.sign_in",
        "load": "conformance.commands.prepare.begin",
        "diagnose": "conformance.doctor.examination.examine",
    }
    monkeypatch.setattr(places[verb], lost)

    assert cli.main([verb, *GOOD]) == Exit.SUITE_FAULT
    assert "please report it" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["exit", "signal", "nothing"])
def test_a_load_process_that_dies_is_the_suites_fault(how, monkeypatch, capsys):
    """Python's own exit code of a crash would say that the endpoint failed."""
    script = {"exit": "raise RuntimeError", "signal": "import os; os.kill(os.getpid(), 9)", "nothing": "pass"}[how]
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _line, **more: real([sys.executable, "-c", script], **more))
    monkeypatch.setattr(
        "conformance.commands.prepare.begin", lambda _settings: type("D", (), {"stops": False, "to_json": dict})()
    )

    assert cli.main(["load", *GOOD, "--duration", "1"]) == Exit.SUITE_FAULT
    capsys.readouterr()


def test_plain_pytest_ends_with_exit_code_3_too(village, tmp_path):
    """A crash on the way to the endpoint, in whichever process."""
    for more in ((), ("-n", "2")):
        done = plain_pytest(village, tmp_path, "-k", "test_user", "-p", "tests.torture.spoiler", *more)
        assert done.returncode == pytest.ExitCode.INTERNAL_ERROR == Exit.SUITE_FAULT, done.stdout


def test_a_signal_between_two_lines_is_shown():
    """An instruction can be on no line, and pytest looks for the source of each."""

    def here():
        one = 1
        return sys._getframe(), lambda: one

    interruption = KeyboardInterrupt()
    lineless = types.TracebackType(None, here()[0], 0, -1)
    assert lineless.tb_lineno is None
    interruption.__traceback__ = types.TracebackType(lineless, sys._getframe(), 0, 1)
    excinfo = pytest.ExceptionInfo.from_exception(interruption)

    legible(excinfo)

    assert "KeyboardInterrupt" in str(excinfo.getrepr(funcargs=True))
    assert len(excinfo.traceback) == 1
