"""Secrets: whatever an endpoint says back and whatever goes wrong, no piece of one is said or left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conformance.scim.secret import HIDDEN
from tests.hurried import called
from tests.torture.canary import CANARY, ENVIRONMENT, leaks, sings, told
from tests.torture.hostile import serving
from tests.torture.measured import ROOT
from tests.torture.parrots import PARROTS, parrot
from tests.torture.tenant import tenant

QUICK = (("run entra", "-k", "disable or group_create or match or errors"), ("diagnose",), ("clean",))
TALKATIVE = [
    "-vv", "--showlocals", "--tb=long", "--full-trace", "-rA", "--durations=0", "--setup-show", "--debug=debug.txt",
    "--log-level=DEBUG", "--log-cli-level=DEBUG", "-o", "log_file=pytest.log", "-o", "junit_logging=all",
    "--junitxml=junit.xml", "--html=report.html", "--self-contained-html", "-p", "no:cacheprovider",
]  # fmt: skip
"""All that pytest can be asked to tell."""


@pytest.mark.parametrize("where", PARROTS)
def test_what_the_endpoint_says_back_is_hidden(where, tmp_path):
    """In every file of a run and of what is called after it."""
    endpoint = parrot(where, CANARY)
    with serving(endpoint) as url:
        assert [leak for verb, *more in QUICK for leak in told(verb, url, tmp_path, *more, call=called)] == []

    assert endpoint.met


@pytest.mark.parametrize("where", ["in names", "in names of headers", "in capitals"])
def test_what_is_made_of_results_is_as_quiet(where, tmp_path):
    """By every verb that reads files of a run."""
    with serving(parrot(where, CANARY)) as url:
        assert told(*QUICK[0][:1], url, tmp_path, *QUICK[0][1:], call=called) == []
    results = str(tmp_path / "results.json")
    lines = (
        ("report", results, "--output", str(tmp_path / "again.html")),
        ("report", results, results, "--share", "--output", str(tmp_path / "shared.html")),
        ("baseline", results, "--write", str(tmp_path / "baseline.toml")),
        *((verb, results) for verb in ("share", "badge", "headline", "baseline")),
        ("compare", results, results),
        ("judge", str(tmp_path / "recording.jsonl"), "--reports", str(tmp_path / "judged")),
    )
    for line in lines:
        done = called(*line)
        assert done.code in {0, 1}, done.err
        if "--write" in line:  # it is made for a repository, where others read it
            (tmp_path / "baseline.toml").chmod(0o600)
        assert leaks(tmp_path, (done.out, done.err)) == []


@pytest.mark.parametrize(
    "more", [(), ("-n", "2"), ("-p", "tests.torture.spoiler"), ("-n", "2", "-p", "tests.torture.spoiler")]
)
def test_pytest_tells_nothing_however_much_it_is_asked_to_tell(tmp_path, more):
    """Local variables, whole tracebacks, logs of every level, its own reports: of a good run and of a crash of ours."""
    with serving(parrot("in headers", CANARY)) as url:
        line = [*TALKATIVE, "--scim-url", url, "--scim-reports=.", "-k", "test_disable or test_group", *more]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--pyargs", "conformance", *line],
            cwd=tmp_path,
            env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            umask=0,
            check=False,
        )
    output = done.stdout + done.stderr
    for name in ("pytest.log", "debug.txt"):  # pytest's own, and no reports
        (tmp_path / name).chmod(0o600)
    results = json.loads((tmp_path / "results.json").read_text())

    assert leaks(tmp_path, [output]) == []
    assert "DEBUG" in output
    assert (tmp_path / "report.html").stat().st_size > 50_000
    assert (tmp_path / "junit.xml").is_file()
    assert any("spoilt" in fault and HIDDEN in fault for fault in results["faults"]) is (
        "tests.torture.spoiler" in more
    )


def test_the_token_is_in_no_process_list(tmp_path):
    """Not even of the processes that load starts: their command lines are watched from start to end."""
    seen, over = set(), threading.Event()

    def watch():
        while not over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode("latin-1"))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with tenant() as made:
            for verb in ("run entra", "load", "cycle"):
                assert told(verb, made.url, tmp_path) == []
    finally:
        over.set()
        watcher.join()

    assert any("conformance.load" in line for line in seen)
    assert not any(sings(line) for line in seen)
