"""A run that is killed goes on where it was: the same end, nobody twice, and `clean` removes it all."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress

import pytest

from conformance.demo.server import build_app, serve
from tests.interruptible import PYTHON

TOKEN = "resume-token-0123456789"
KILLS = 8
"""`make torture` kills each verb at many more moments (tests/torture/test_interruptions.py)."""
VOLATILE = ("id", "meta", "groups")


class Doorman:
    """In front of the endpoint: kills the client at its next write, before or after that took effect."""

    def __init__(self, app):
        self.app = app
        self.process = None
        self.writes_left = None
        self.after = False
        self.writes = 0
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        """Serve a request."""
        write = environ["REQUEST_METHOD"] in {"POST", "PATCH", "DELETE"}
        with self._lock:
            self.writes += write
            strikes = write and self.writes_left == 0
            if write and self.writes_left is not None:
                self.writes_left -= 1
        if strikes and not self.after:
            self.strike()
        answer = self.app(environ, start_response)
        if strikes and self.after:
            self.strike()
        return answer

    def strike(self):
        """End the client, so that it does not live to see the answer."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)


def command(url, reports, *more):
    line = [*PYTHON, "-m", "conformance", "cycle", "--url", url, "--reports", str(reports), "--seed", "7"]
    return [*line, "--users", "16", "--groups", "4", "--dialect", "legacy", "--concurrency", "2", *more]


def environment():
    return os.environ | {"SCIM_TOKEN": TOKEN}


def run(line):
    return subprocess.run(line, env=environment(), capture_output=True, text=True, check=False)


def stored(url):
    """Everything in the target, without ids and without the run's own prefix; members by name."""
    found = {}
    for kind in ("Users", "Groups"):
        request = urllib.request.Request(f"{url}/{kind}?count=500", headers={"Authorization": f"Bearer {TOKEN}"})
        found[kind] = json.load(urllib.request.urlopen(request)).get("Resources", [])
    names = {row["id"]: row["userName"] for row in found["Users"]}
    rows = []
    for row in [*found["Users"], *found["Groups"]]:
        kept = {key: value for key, value in row.items() if key not in VOLATILE}
        if "members" in kept:
            kept["members"] = sorted(names.get(one["value"], "?") for one in kept["members"])
        text = json.dumps(kept, sort_keys=True)
        for identifier, name in names.items():
            text = text.replace(identifier, name)
        rows.append(unprefixed(text))
    return sorted(rows)


def unprefixed(text):
    """Names, employee numbers and externalIds without the part that tells one run from another."""
    text = re.sub(r"scimconf-[a-z0-9]{6}-", "", text)
    text = re.sub(r'"[a-z0-9]{6}-(\d{5,6}")', r'"\1', text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-([0-9a-f]{12})", r"\1", text)


def test_killed_at_random_points_a_run_ends_as_if_it_had_not_been(tmp_path):
    """SIGKILL at random writes, before or after they took effect; each time the same command goes on."""
    doorman = Doorman(build_app(TOKEN))
    dice = random.Random(11)  # noqa: S311 - random points, not secrets
    with serve(build_app(TOKEN)) as url:
        done = run(command(url, tmp_path / "calm", "--keep"))
        assert done.returncode == 0, done.stdout + done.stderr
        calm = stored(url)
    with serve(doorman) as url:
        kills = 0
        for _ in range(KILLS):
            doorman.after, doorman.writes_left = dice.random() < 0.5, dice.randrange(1, 6)
            line = command(url, tmp_path / "killed", "--keep")
            doorman.process = subprocess.Popen(
                line, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            output, _ = doorman.process.communicate(timeout=120)
            if doorman.process.returncode == 0:
                break
            assert doorman.process.returncode == -signal.SIGKILL, output
            kills += 1
        doorman.writes_left = None
        done = run(command(url, tmp_path / "killed", "--keep"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert kills >= KILLS // 2
        assert stored(url) == calm
        clean = run([sys.executable, "-m", "conformance", "clean", "--url", url, "--reports", str(tmp_path / "killed")])
        assert clean.returncode == 0, clean.stdout + clean.stderr
        assert stored(url) == []
        assert list((tmp_path / "killed").glob("*.sqlite*")) == []


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on_and_goes_on(tmp_path, signal_number):
    """Exit code 130; the state stays, and the same command ends the run and removes what it created."""
    doorman = Doorman(build_app(TOKEN))
    with serve(doorman) as url:
        doorman.writes_left, doorman.after = 8, True
        struck = threading.Event()

        def interrupt():
            os.kill(doorman.process.pid, signal_number)
            struck.set()

        doorman.strike = interrupt
        doorman.process = subprocess.Popen(
            command(url, tmp_path), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        output, _ = doorman.process.communicate(timeout=120)
        assert struck.is_set()
        assert doorman.process.returncode == 130, output
        assert "the same command goes on from here" in output
        doorman.writes_left = None
        done = run(command(url, tmp_path))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Goes on with" in done.stdout
        assert stored(url) == []


def test_a_state_of_another_job_is_refused(tmp_path):
    """One sentence says what to do; nothing is sent."""
    with serve(build_app(TOKEN)) as url:
        done = run(command(url, tmp_path, "--keep", "--initial-only"))
        assert done.returncode == 0, done.stdout + done.stderr
        other = run(command(url, tmp_path, "--sync", "all"))
        assert other.returncode == 2
        assert "belongs to a job with other settings" in other.stderr
        assert "Traceback" not in other.stderr
