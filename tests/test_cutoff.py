"""A run that is cut short: what was played to its end is judged, no half of a journey is, and the rest is told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from conformance.commands import run as runner
from conformance.commands.run import INTERRUPTED as CODE
from conformance.recording import INTERRUPTED, Played, Recording, Step, load_recording
from conformance.reporting import github, page, rail
from conformance.reporting.model import Results
from conformance.reporting.results import Exit
from conformance.reporting.run_header import RunHeader
from conformance.run.cutoff import is_played, selected, variants
from conformance.run.live import LiveRun
from conformance.run.player import Player
from conformance.scim.client import Client
from conformance.scim.exchange import Exchange
from tests.fitting import fits
from tests.runs import run_files
from tests.torture.canary import ENVIRONMENT
from tests.torture.measured import ROOT
from tests.torture.tenant import interrupted, tenant

MOST = ["match-existing", "user-disable-applied", "group-remove-member", "connect-users-answered"]


def results_in(folder):
    """The results file of a folder, which is of its schema."""
    results = json.loads((folder / "results.json").read_text())
    fits(results)
    return results


def verdicts(results):
    """Each check's verdict."""
    return {row["id"]: row["verdict"] for row in results["checks"]}


@pytest.fixture(scope="module", autouse=True)
def _signals():
    """Signals do what they do to the command, also where a shell started these tests with SIGINT ignored."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Results of a run of the same checks to its end."""
    folder = tmp_path_factory.mktemp("whole")
    assert run_files(folder) == Exit.CONFORMANT
    return results_in(folder)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """The folder of a run that came to an end after half of its journeys: the rest was halted."""
    folder = tmp_path_factory.mktemp("cut")
    done = []
    finished = Player._done

    def one_more(player, play, played):
        finished(player, play, played)
        done.append(play)
        if len(done) == 12:
            player.client.halt()
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Player, "_done", one_more)
        assert run_files(folder, concurrency="2") == CODE
    return folder


def test_every_check_is_judged_whose_journeys_are_complete(cut, whole):
    """As in a run that came to its end, and not one of the others."""
    results, recording = results_in(cut), load_recording(cut / "recording.jsonl")
    complete = {
        identifier
        for identifier, (item, dialect) in variants().items()
        if identifier in verdicts(whole) and is_played(item, dialect, recording)
    }

    assert verdicts(results) == {identifier: verdicts(whole)[identifier] for identifier in complete}
    assert {row["id"] for row in results["not_played"]} == set(verdicts(whole)) - complete
    assert results["not_played"]
    assert len(complete) > 20


def test_the_files_say_what_was_not_played(cut, capsys):
    """Results, page, JUnit, the summary of a GitHub job and the terminal; nowhere is it a success."""
    results = results_in(cut)
    number, all_of_them = len(results["not_played"]), len(results["not_played"]) + len(results["checks"])
    told = f"{number} of {all_of_them} checks were not played"
    suite = ET.parse(cut / "junit.xml").getroot()[0]
    skipped = [case.get("name") for case in suite if "not played: " in ET.tostring(case, encoding="unicode")]
    runner.summary(Results.from_json(results), None)

    assert results["complete"] is False
    assert results["profiles"]["entra"]["headline"] == "partial"
    assert sorted(skipped) == [row["id"] for row in results["not_played"]]
    assert int(suite.get("tests")) == all_of_them
    assert told in (cut / "report.html").read_text()
    assert 'id="not-played"' in (cut / "report.html").read_text()
    assert told in page.render(Results.from_json(results))
    assert told in github.summary(Results.from_json(results))
    assert told in (said := capsys.readouterr().out)
    assert f"{number} not played)" in said


def test_no_stage_works_of_which_something_was_not_played(cut):
    """Entra's road is not said to be free where nobody went."""
    results = results_in(cut)
    missed = {rail.stage_of(row["check"]) for row in results["not_played"]}

    stages = rail.stages(Results.from_json(results))

    assert missed
    assert [one.name for one in stages if one.name in missed and one.state == "works"] == []


def test_judge_judges_the_same_of_the_recording(cut, tmp_path):
    """And tells the same of the rest; its exit code is no signal's."""
    assert runner.run_judge(cut / "recording.jsonl", tmp_path) == Exit.ENDPOINT_FAILS
    first, second = results_in(cut), results_in(tmp_path)

    assert verdicts(second) == verdicts(first)
    assert second["not_played"] == first["not_played"]
    assert (second["complete"], second["cut"]) == (False, INTERRUPTED)


def test_a_recording_that_names_no_checks_is_judged_by_its_profiles(cut, tmp_path):
    """Version 0.1.0 wrote so of a run that was interrupted soon, and `judge` found no check in it."""
    recording = load_recording(cut / "recording.jsonl")
    recording.header |= {"checks": []}
    del recording.header["cut"]
    recording.save(tmp_path / "old.jsonl")

    runner.run_judge(tmp_path / "old.jsonl", tmp_path)
    assert verdicts(results_in(tmp_path)) == verdicts(results_in(cut))


def test_half_a_journey_is_not_judged():
    """Neither one that a signal ended, nor one of which a request was not sent as the time was over."""
    check, dialect = variants()["connect-users-answered"]
    answered = Step("probe-users", [Exchange("GET", "http://a/Users", status=200)])
    late = Exchange(
        "GET", "http://a/Users", error="not-sent", error_detail="not sent: the run's time limit of 5 s is over"
    )
    lost = replace(late, error_detail="not sent: the 20 requests before it were not answered")

    def played(*exchanges, **more):
        steps = {"probe-users": answered} | {f"s{n}": Step(f"s{n}", [one]) for n, one in enumerate(exchanges)}
        return Recording(journeys={"connect": Played("connect", steps=steps, **more)})

    assert is_played(check, dialect, played())
    assert is_played(check, dialect, played(lost))
    assert not is_played(check, dialect, played(late))
    assert not is_played(check, dialect, played(not_offered=INTERRUPTED))
    assert not is_played(check, dialect, Recording())
    cut_discovery = played()
    cut_discovery.journeys["discovery"] = Played("discovery", not_offered=INTERRUPTED)
    assert not is_played(check, dialect, cut_discovery)


def test_a_recording_without_checks_of_this_version_has_none():
    """As where the connection was bad."""
    assert selected(RunHeader(cut="", expected={"entra": {"a": "MUST"}})) == []


def test_what_the_time_limit_left_out_is_not_played(tmp_path):
    """No error and no failure: exit code 1, as not all could be judged."""
    assert run_files(tmp_path, time_limit="1.5", concurrency="1", profile="all") == Exit.ENDPOINT_FAILS
    results = results_in(tmp_path)

    assert set(verdicts(results).values()) <= {"PASS", "N/A", "INFO"}
    assert results["not_played"]
    assert "time limit of 1.5 s" in results["cut"]
    assert results["complete"] is False
    assert runner.run_judge(tmp_path / "recording.jsonl", tmp_path / "judged") == Exit.ENDPOINT_FAILS
    assert verdicts(results_in(tmp_path / "judged")) == verdicts(results)


@pytest.mark.parametrize("where", ["judging", "sweeping", "writing"])
def test_a_signal_that_comes_when_all_is_played_costs_no_verdict(where, monkeypatch, tmp_path):
    """While pytest judges, while the clean-up goes on, and while the files are written."""
    real, came = {"judging": LiveRun.result, "sweeping": Client.sweep}.get(where), []

    def signalled(self, *arguments):
        if not came:
            came.append(where)
            if where == "judging":
                self.player.finish()
            signal.raise_signal(signal.SIGINT)
        return real(self, *arguments)

    if where == "writing":
        monkeypatch.setattr("conformance.run.session.junit.render", lambda _: signal.raise_signal(signal.SIGTERM) or "")
    else:
        monkeypatch.setattr(LiveRun if where == "judging" else Client, real.__name__, signalled)
    code = run_files(tmp_path, only=MOST)
    results = results_in(tmp_path)

    # Once all is judged and cleaned up, the moment of writing is waited for, and nothing was cut short.
    assert code == (Exit.CONFORMANT if where == "writing" else CODE)
    assert results["complete"] is (where == "writing")
    assert results["not_played"] == []
    assert len(verdicts(results)) > len(MOST)
    assert results["left_behind"] == []


def test_a_second_signal_leaves_the_rest_to_clean(monkeypatch, tmp_path):
    """Who presses Ctrl-C twice does not want to wait; what is left is told."""

    def signalled(client):
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "sweep", signalled)

    assert run_files(tmp_path, only=MOST) == CODE
    assert results_in(tmp_path)["not_played"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_interrupted_judges_what_it_has_played(number, tmp_path):
    """As a user meets it, and `judge` comes to the same."""
    with tenant() as made:
        code, output = interrupted(("run", "--concurrency", "2"), made, tmp_path, 250, number)
    results = results_in(tmp_path)

    assert code == CODE, output
    assert len(results["checks"]) > 10
    assert re.search(r"interrupted: the results are not complete, \d+ of 222 checks were not played", output)
    runner.run_judge(tmp_path / "recording.jsonl", tmp_path / "judged")
    assert verdicts(results_in(tmp_path / "judged")) == verdicts(results)


def pytest_run(url, folder, *more):
    """Plain pytest on the checks."""
    line = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "conformance",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
    ]
    line += ["--scim-url", url, "--scim-reports", str(folder), *more]
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_plain_pytest_tells_it_too(more, tmp_path):
    """With workers or without, a run whose time limit was over is no success."""
    with tenant() as made:
        made.fault = lambda _environ: time.sleep(0.05)  # and then it is served
        done = pytest_run(made.url, tmp_path, "--scim-time-limit", "1", *more)
    results = results_in(tmp_path)

    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert results["not_played"]
    assert f"{len(results['not_played'])} of 222 checks were not played" in done.stdout
    assert set(verdicts(results).values()) <= {"PASS", "N/A", "INFO"}
