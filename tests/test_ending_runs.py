"""The command, when the token runs out in mid-run: one sentence, ERROR for what came after, what is left told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import count

import httpx
import pytest

from conformance.commands.run import run_judge
from conformance.demo.server import build_app, serve
from conformance.reporting import github, page
from conformance.reporting.model import Results
from conformance.scim import ending
from tests.cycle.command import SMALL, TOKEN, cycle, stored
from tests.expiring import CHALLENGE, Expiring
from tests.faults.layer import Answer
from tests.hurried import called
from tests.runs import run_files
from tests.torture.flaky import Flaky, judged, refused
from tests.torture.measured import conformance

SENTENCE = re.compile(
    r"The token was accepted until request \d+ and is refused since then \(HTTP 401, token expired\): nothing after it "
    r"could be judged or deleted; .*`scim-conformance clean` with credentials that are good"
)


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """The looks in this process do not wait."""
    monkeypatch.setattr(ending, "LOOKS", [0.0] * len(ending.LOOKS))


@pytest.fixture
def office():
    """The embedded server on a socket, with a token that lasts until a test says otherwise; and its URL."""
    app = Expiring(build_app(TOKEN), TOKEN, 10**9)
    with serve(app) as url:
        yield app, url


def command(*arguments):
    """The command; its exit code and what it printed. What starts processes itself is one of its own."""
    if arguments[0] == "conformance" and arguments[1] != "load":
        here = called(*map(str, arguments[1:]), environment={"SCIM_TOKEN": TOKEN})
        return here.code, here.out + here.err
    line = [sys.executable, "-m", *map(str, arguments)]
    environment = os.environ | {"SCIM_TOKEN": TOKEN}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def results_in(folder):
    """What a run wrote."""
    return json.loads((folder / "results.json").read_text())


def ids_on(url):
    """Of what is there."""
    return {row["id"] for kind in ("Users", "Groups") for row in stored(url, kind)}


class Absent(Flaky):
    """Takes no connection from one request on, for so many attempts.

    Args:
        after: requests that are answered before.
        attempts: that are refused; a restart is over then.
    """

    def __init__(self, after, attempts):
        super().__init__(refused(500), 0.0, 1)
        self._absence = range(after, after + attempts)
        self._numbers = count()

    def handle_request(self, request):
        """Have it answered, or refuse the connection."""
        with self._lock:
            away = next(self._numbers) in self._absence
        if away:
            raise httpx.ConnectError("Connection refused", request=request)
        return super().handle_request(request)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_restart_in_mid_run_changes_no_verdict(monkeypatch, concurrency):
    """Nothing was sent to a server that takes no connection, so that everything is sent once it does."""
    monkeypatch.setattr(ending, "RECONNECTING", [0.01] * len(ending.RECONNECTING))
    rows, results = judged(Absent(30, 6), concurrency=concurrency, topic="crud-")

    assert {row["verdict"] for row in rows.values()} <= {"PASS", "INFO", "N/A"}
    assert (results["run"].get("ended"), results["left_behind"], results["run"]["unanswered"]) == (None, [], {})


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_endpoint_that_stays_away_is_blamed_for_nothing_it_was_not_asked(monkeypatch, concurrency):
    """What came before is judged; one sentence says after which request it was gone."""
    monkeypatch.setattr(ending, "RECONNECTING", [0.01] * len(ending.RECONNECTING))
    rows, results = judged(Absent(30, 10**9), concurrency=concurrency, topic="crud-")
    verdicts = Counter(row["verdict"] for row in rows.values())

    assert set(verdicts) <= {"PASS", "INFO", "N/A", "ERROR"}
    assert verdicts["ERROR"] > 5
    assert results["run"]["ended"].startswith("The endpoint answered until request 30 and takes no connection since")
    assert results["run"]["unanswered"]["connect"] <= concurrency + 15, "a few in each round of the clean-up"


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("lasts", [60, 300])
def test_a_run_blames_nobody_for_a_token_that_ran_out(tmp_path, capsys, lasts, concurrency):
    """No FAIL, no BLOCKED; the sentence is the last line and on the first screen, and ``judge`` says the same."""

    def behaviour(call, serve):
        """Take so many requests with our token."""
        ours = call.headers.get("authorization", "").endswith("0123456789")
        call.memory["sent"] = call.memory.get("sent", 0) + ours
        if not ours or call.memory["sent"] <= lasts:
            return serve(call)
        return Answer(401, {"WWW-Authenticate": CHALLENGE}, {"detail": "no"})

    code = run_files(tmp_path / "live", behaviour, profile="all", concurrency=concurrency)
    printed = capsys.readouterr().out.splitlines()
    results = results_in(tmp_path / "live")
    verdicts = Counter(row["verdict"] for row in results["checks"])

    assert set(verdicts) <= {"PASS", "INFO", "N/A", "ERROR"}
    assert (verdicts["ERROR"] > 50, code) == (True, 1)
    assert SENTENCE.fullmatch(results["run"]["ended"])
    assert printed[-2] == f"⚠ {results['run']['ended']}."
    assert not [line for line in printed if line.startswith("⚠ ERROR")]
    screen = page.render(Results.from_json(results))
    assert screen.index("accepted until request") < screen.index('class="headlines"')
    assert "Nothing to fix in what was played" in screen
    assert SENTENCE.search(github.summary(Results.from_json(results)).replace("\\", ""))

    run_judge(tmp_path / "live" / "recording.jsonl", tmp_path / "again")
    again = results_in(tmp_path / "again")
    assert again["checks"] == results["checks"]
    assert again["run"]["ended"] == results["run"]["ended"]


def test_the_workers_of_xdist_say_so_too(office, tmp_path):
    """Each of them has a client of its own, and meets the end by itself."""
    app, url = office
    app.lasts = 60
    code, output = command(
        "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "-n", "2", "--pyargs", "conformance",
        "--scim-url", url, "--scim-reports", tmp_path, "--scim-profile", "rfc", "-k", "crud or filter or paging",
    )  # fmt: skip
    results = results_in(tmp_path)
    verdicts = Counter(row["verdict"] for row in results["checks"])

    assert SENTENCE.fullmatch(results["run"]["ended"]), output
    assert code == 1
    assert (verdicts["FAIL"], verdicts["BLOCKED"], verdicts["ERROR"] > 10) == (0, 0, True)


def test_what_a_run_leaves_is_told_by_id_and_cleaned_with_a_new_token(office, tmp_path):
    """As the sentence says."""
    app, url = office
    app.lasts = 40
    code, output = command("conformance", "run", "--url", url, "--reports", tmp_path, "--concurrency", "8")
    told = {entry["id"] for entry in results_in(tmp_path)["left_behind"] if entry["id"]}
    app.lasts = 10**9

    assert code == 1
    assert SENTENCE.search(output)
    assert told == ids_on(url)
    assert len(told) >= 3

    app.lasts = 2
    code, output = command("conformance", "clean", "--url", url, "--reports", tmp_path)
    assert (code, SENTENCE.search(output) is not None) == (1, True), output
    app.lasts = 10**9

    # What was lost is settled once nothing came of it for a while, in which nobody hurries.
    done = conformance("clean", "--url", url, "--reports", str(tmp_path), environment={"SCIM_TOKEN": TOKEN})
    assert done.code == 0, done.out
    assert ids_on(url) == set()


def test_a_cycle_ends_with_the_sentence_and_goes_on_with_a_new_token(office, tmp_path):
    """What was provisioned stays, is told by id, and is no failed export; the same command ends the year."""
    app, url = office
    app.lasts = 150
    cut = cycle(url, tmp_path, *SMALL)
    verdicts = Counter(row["verdict"] for row in cut.results["checks"])
    told = {entry["id"] for entry in cut.results["left_behind"]}
    app.lasts = 10**9

    assert SENTENCE.search(cut.out), str(cut)
    assert set(verdicts) <= {"PASS", "N/A", "INFO", "ERROR"}
    assert verdicts["ERROR"] > 5
    assert cut.code == (1 if verdicts["PASS"] else 2)
    assert told == ids_on(url)

    done = cycle(url, tmp_path, *SMALL)

    assert done.code == 0, str(done)
    assert {row["verdict"] for row in done.results["checks"]} <= {"PASS", "N/A", "INFO"}
    assert stored(url) == []


def test_a_cycle_in_two_dialects_judges_neither_by_what_was_not_sent(office, tmp_path):
    """The second one is not begun."""
    app, url = office
    app.lasts = 30
    line = ["conformance", "cycle", "--url", url, "--reports", tmp_path, *SMALL]
    code, output = command(*line)
    results = results_in(tmp_path)

    assert (code, SENTENCE.search(output) is not None) == (2, True), output
    assert {row["verdict"] for row in results["checks"]} == {"ERROR"}
    assert {row["dialect"] for row in results["checks"]} == {"legacy", "compliant"}


def test_one_that_is_provisioned_on_demand_says_so(office, tmp_path):
    """There is nothing to judge."""
    app, url = office
    name = cycle(url, tmp_path, *SMALL, "--keep", "--initial-only").events()[0]["sourceIdentity"]["displayName"]
    app.lasts = 4
    done = cycle(url, tmp_path, *SMALL, "--keep", "--on-demand", name)

    assert (done.code, SENTENCE.search(done.err) is not None) == (2, True), str(done)


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.torture)])
def test_a_load_ends_with_the_sentence(office, tmp_path, processes):
    """A part of the load is no measure of what was asked for."""
    app, url = office
    app.lasts = 50
    code, output = command(
        "conformance", "load", "--url", url, "--reports", tmp_path, "--duration", "3", "--processes", processes
    )
    results = results_in(tmp_path)
    app.lasts = 10**9

    assert (code, SENTENCE.search(output) is not None) == (2, True), output
    assert {row["verdict"] for row in results["checks"]} == {"ERROR"}
    assert results["load"]["errors"] == 0
    assert ids_on(url) == {entry["id"] for entry in results["left_behind"] if entry["id"]}
