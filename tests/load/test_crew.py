"""Several processes share a load: figures add up, a killed worker's part is taken over, nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.load.runs import ROOT, command, load, ours_on, serving, verdicts

SHORT = 2
"""Exit code of a load that is well and too short to say that the gallery's rate is sustained."""


def _read_until(process, pattern):
    """The first match in what a process prints."""
    for line in process.stdout:
        found = re.search(pattern, line)
        if found:
            return found
    raise AssertionError(f"{pattern} was not printed")


def test_two_workers_share_the_rate(tmp_path):
    """Each sends its half, the sum is what was asked for, and each cleans up what it created."""
    with serving() as url:
        code, output, results = load(url, tmp_path, "--duration", "4", "--processes", "2")
        left = ours_on(url)
    workers = results["load"]["workers"]

    assert (code, left, list(tmp_path.glob("journal-*"))) == (SHORT, [], []), output
    assert results["load"]["rate"] > 24
    assert [worker["lost"] for worker in workers] == [False, False]
    assert max(worker["requests"] for worker in workers) < 0.6 * results["load"]["requests"]


def test_a_killed_worker_s_part_is_taken_over(tmp_path):
    """SIGKILL in the middle: the run goes on at the whole rate, says who was lost, and leaves nothing behind."""
    with serving() as url:
        process = command(url, tmp_path, "--duration", "8", "--processes", "2")
        victim = int(_read_until(process, r"worker-2 is process (\d+)")[1])
        while len(ours_on(url)) < 20:
            time.sleep(0.1)
        os.kill(victim, signal.SIGKILL)
        output = process.communicate(timeout=60)[0]
        left = ours_on(url)
    results = _results(tmp_path)
    workers = {worker["name"]: worker for worker in results["load"]["workers"]}
    late = [point["requests"] for point in results["load"]["series"] if point["t"] in {5, 6, 7}]

    assert (process.returncode, left, list(tmp_path.glob("journal-*"))) == (SHORT, [], []), output
    assert "worker-2 is lost; the others take over" in output
    assert "spawn rate" not in output, "Locust's own worries are not the user's"
    assert workers["worker-2"]["lost"]
    assert not workers["worker-1"]["lost"]
    assert min(late) > 20
    assert verdicts(results)["load-rate"] == "INFO"


def test_a_master_leads_workers_that_were_started_elsewhere(tmp_path):
    """A worker needs the master's address, and the URL and token of its own."""
    with serving() as url:
        master = command(url, tmp_path, "--duration", "3", "--master", "--bind", "127.0.0.1:0")
        port = _read_until(master, r"Waiting for 1 workers at 127\.0\.0\.1:(\d+)")[1]
        worker = command(url, tmp_path / "worker", "--worker", f"127.0.0.1:{port}")
        output = master.communicate(timeout=60)[0] + worker.communicate(timeout=60)[0]
        left = ours_on(url)

    assert (master.returncode, worker.returncode, left) == (SHORT, 0, []), output
    assert verdicts(_results(tmp_path))["load-rate"] == "INFO"


def test_a_worker_sends_nowhere_but_to_its_own_url(tmp_path):
    """A master that names another endpoint than the worker was given is refused by the worker."""
    with serving() as url, serving() as other:
        master = command(url, tmp_path, "--duration", "3", "--master", "--bind", "127.0.0.1:0")
        port = _read_until(master, r"Waiting for 1 workers at 127\.0\.0\.1:(\d+)")[1]
        worker = command(other, tmp_path / "worker", "--worker", f"127.0.0.1:{port}")
        told = worker.communicate(timeout=60)[0]
        master.communicate(timeout=60)

    assert worker.returncode == 2
    assert "this worker was given" in told


def test_an_interrupted_load_cleans_up(tmp_path):
    """Ctrl-C, or a CI system's end: no verdict, exit code 130, and nothing is left behind."""
    with serving() as url:
        process = command(url, tmp_path, "--duration", "60", "--processes", "2")
        while len(ours_on(url)) < 20:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
        left = ours_on(url)

    assert (process.returncode, left, list(tmp_path.glob("journal-*"))) == (130, [], []), output


CUT_SHORT = """
from conformance.load.crew import Master
master, told, answers = object.__new__(Master), [], iter([False, True])
master.halted, master._hands = {halted}, {{}}
master._send = lambda kind, _data: told.append(kind)
master._look_for_the_lost = lambda: told.append("waited")
master._leave_off(lambda: next(answers))
print(told)
"""


@pytest.mark.parametrize(("halted", "told"), [(True, ["scim-halt", "waited"]), (False, [])])
def test_who_is_cut_short_begins_nothing_more_and_is_answered(halted, told):
    """Where Locust stopped a lane in the midst of a create, nobody would know what came of it."""
    code = [sys.executable, "-W", "ignore", "-c", CUT_SHORT.format(halted=halted)]
    done = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == str(told), done.stderr


def _results(folder):
    return json.loads((folder / "results.json").read_text())
