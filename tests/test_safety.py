"""Whole commands against a tenant with people in it: nobody is touched, nothing is left, no write where none may be."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conformance.commands.clean import clean
from conformance.config.settings import build, collect
from conformance.idp.entra.people import prefix_of, run_prefix
from conformance.scim.claim import Claim
from conformance.scim.journal import Journal, JournalBroken, read_journal
from conformance.scim.secret import Secret
from tests.torture.canary import CANARY, ENVIRONMENT
from tests.torture.measured import ROOT
from tests.torture.tenant import ALIKE, CORE, command, hurried, interrupted, leave, tenant
from tests.verbs import VERBS


@pytest.fixture(scope="module")
def town():
    """A tenant with 1,000 people and 100 groups."""
    with tenant(1000, 100) as made:
        yield made


@pytest.fixture
def village():
    """A tenant of a few, for tests that spoil it."""
    with tenant(12, 3) as made:
        yield made


PARTS = ("run entra", "run gallery", "run rfc")
"""Parts of ``run all``."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.torture) if name in PARTS else name for name in VERBS]
)
def test_nobody_else_is_touched(town, tmp_path, name):
    """1,000 people and 100 groups, some named almost like ours, are byte for byte the same after each verb."""
    before = town.dump()
    if name.startswith("clean"):
        leave(town, tmp_path)
    done = hurried(VERBS[name].arguments, town, tmp_path)

    assert done.code == VERBS[name].code, done.out + done.err
    assert town.dump() == before


@pytest.mark.parametrize("name", [name for name, verb in VERBS.items() if verb.reads or name == "diagnose"])
def test_reading_only_sends_no_write(village, tmp_path, name):
    """Seen at the server: nothing but GET and searches; what cannot be done without a write is refused or listed."""
    leave(village, tmp_path)
    before = village.dump()
    done = hurried(VERBS[name].arguments, village, tmp_path, *VERBS[name].reads)

    assert village.writes == []
    assert village.dump() == before
    assert done.code in {0, 1, 2}, done.err


SEARCHES = {"by journals only": (False, 900.0, 0, 1), "too young": (True, 900.0, 1, 1), "old": (True, 0.0, 0, 0)}


@pytest.mark.parametrize("case", SEARCHES)
def test_clean_removes_what_is_named_in_journals_or_found_by_its_name(village, tmp_path, monkeypatch, capsys, case):
    """What no journal names is left, unless it is searched for and its run has ended; people named like ours stay."""
    search, young, code, left = SEARCHES[case]
    monkeypatch.setattr("conformance.commands.clean.YOUNG", young)
    before = village.dump()
    leave(village, tmp_path)
    other = f"{run_prefix()}-disable-l-1@example.com"
    village.call("POST", "/Users", {"schemas": [f"{CORE}:User"], "userName": other})
    time.sleep(1.1)  # the header Date knows no less than a second
    settings = build(collect({"url": village.url, "reports": str(tmp_path)}), Secret(CANARY))
    done = clean(settings, search=search)
    after = village.dump()

    assert done == code, capsys.readouterr().out
    assert len(set(after) - set(before)) == left
    assert {path: after[path] for path in before} == before


@pytest.mark.parametrize("name", ALIKE)
def test_a_name_like_ours_is_not_ours(name):
    """The check characters of a run's prefix tell it from people's names."""
    assert prefix_of(name) is None


def test_the_names_of_a_run_are_known_again():
    """In any letter case."""
    for _ in range(200):
        prefix = run_prefix()
        assert prefix_of(f"{prefix.upper()}-x@example.com") == prefix.upper()


DELETES = {"500": "500 Oops", "404": "404 Not Found", "429": "429 Slow Down", "202": "202 Accepted", "405": "405 No"}


@pytest.mark.parametrize("status", DELETES)
def test_what_cannot_be_deleted_is_listed_and_cleaned_later(village, tmp_path, status):
    """Each of them by its id, on the terminal and in the results; once the server deletes again, clean removes it."""
    before = village.dump()
    answer = (DELETES[status], [("Retry-After", "0"), ("Content-Length", "0")])
    village.fault = lambda environ: answer if environ["REQUEST_METHOD"] == "DELETE" else None
    done = hurried(("run", "-k", "disable or rename"), village, tmp_path)
    there = sorted(set(village.dump()) - set(before))
    rows = json.loads((tmp_path / "results.json").read_text())["left_behind"]

    assert there
    assert sorted(f"{row['collection']}/{row['id']}" for row in rows) == there
    assert all(path in done.out for path in there)
    assert hurried(("clean",), village, tmp_path).code == 1
    village.fault = None
    assert hurried(("clean",), village, tmp_path).code == 0
    assert village.dump() == before


def test_what_the_workers_of_xdist_leave_is_listed_too(village, tmp_path):
    """Each worker has a part of it; plain pytest tells of all."""
    before = village.dump()
    answer = ("500 Oops", [("Content-Length", "0")])
    village.fault = lambda environ: answer if environ["REQUEST_METHOD"] == "DELETE" else None
    line = [sys.executable, "-m", "pytest", "--pyargs", "conformance", "-n", "2", "-k", "disable or rename"]
    line += ["--scim-url", village.url, "--scim-reports", str(tmp_path), "-p", "no:cacheprovider"]
    subprocess.run(line, env=os.environ | ENVIRONMENT, cwd=tmp_path, capture_output=True, check=False)
    there = sorted(set(village.dump()) - set(before))
    rows = json.loads((tmp_path / "results.json").read_text())["left_behind"]

    assert len(there) > 1
    assert sorted(f"{row['collection']}/{row['id']}" for row in rows) == there


def test_clean_keeps_its_journal_while_the_server_is_in_trouble(village, tmp_path):
    """A read that is answered 503 says nothing of whether the resource is still there."""
    ids = leave(village, tmp_path)
    village.fault = lambda _environ: ("500 Oops", [("Content-Length", "0")])
    done = hurried(("clean",), village, tmp_path)

    assert done.code == 1
    assert ids[0] in done.out
    village.fault = None
    assert hurried(("clean",), village, tmp_path).code == 0
    assert list(tmp_path.glob("journal-*")) == []


def limited(made, folder, blocks):
    """A run that can write no file beyond so many blocks of 512 bytes."""
    run = [sys.executable, "-m", "conformance", "run", "--url", made.url, "--reports", str(folder)]
    shell = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *run]
    # Python 3.11 takes a compiled module that did not fit for a whole one, and keeps it.
    environment = {**os.environ, **ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("blocks", [0, 2, 8])
def test_a_full_disk_ends_the_run_with_one_sentence(village, tmp_path, blocks):
    """Nothing is created that is not journalled, what was is deleted, and the user is told why in one sentence."""
    before = village.dump()
    done = limited(village, tmp_path, blocks)
    created = [path for method, path in village.writes if method == "POST"]

    assert done.returncode == 2, done.stdout + done.stderr
    assert village.dump() == before
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.count("cannot be written") == 1
    assert bool(created) == bool(blocks)


def test_a_reports_folder_that_cannot_be_written_is_one_sentence(village, tmp_path):
    """A file where the folder should be: nothing is sent that writes."""
    (tmp_path / "file").write_text("")
    done = hurried(("run",), village, tmp_path / "file")

    assert done.code == 2
    assert "cannot be written" in done.err
    assert "Traceback" not in done.err
    assert village.writes == []


def test_a_journal_that_is_full_lets_nothing_more_be_intended(tmp_path):
    """Also when there is room again: some of it may be missing."""
    with pytest.raises(JournalBroken, match="No space left on device"):
        Journal(Path("/dev/full"), "http://127.0.0.1")


def test_a_torn_line_does_not_swallow_the_next(tmp_path, monkeypatch):
    """What a full disk cut off is passed over when the journal is read, and what follows is not."""
    journal, me = Journal(tmp_path / "journal-x.jsonl", "http://127.0.0.1"), Claim("/Users", "me")
    journal.intend(me)
    real = os.write

    def full(descriptor, data):
        if len(data) < 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[:-9])

    monkeypatch.setattr(os, "write", full)
    journal.created(me, "1")
    monkeypatch.setattr(os, "write", real)
    journal.created(me, "1")
    with pytest.raises(JournalBroken):
        journal.intend(Claim("/Users", "you"))

    notes = read_journal(tmp_path / "journal-x.jsonl")
    assert list(notes.owned) == [("/Users", "1")]
    assert notes.open == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing(village, tmp_path, number):
    """At its own end, or after a crash when clean was called."""
    before = village.dump()
    code, output = interrupted(("run", "--profile", "all"), village, tmp_path, 200, number)

    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 130), output
    after = village.dump()
    assert {path: after.get(path) for path in before} == before
    if number == signal.SIGKILL:
        assert command(("clean",), village, tmp_path).code == 0
    assert village.dump() == before
    assert list(tmp_path.glob("journal-*")) == []


def test_a_server_that_is_away_for_a_moment_is_cleaned_up(village, tmp_path):
    """Its answers are errors for a second in the middle of a run; at the end all is as it was."""
    before = village.dump()
    away = threading.Event()

    def fault(_environ):
        if len(village.requests) == 150:
            away.set()
            threading.Timer(1.0, away.clear).start()
        return ("503 Away", [("Content-Length", "0")]) if away.is_set() else None

    village.fault = fault
    hurried(("run",), village, tmp_path)

    assert len(village.requests) > 150
    assert village.dump() == before


def test_what_a_run_still_needs_is_not_cleaned_away(village, tmp_path):
    """`clean` beside a run leaves its resources and its journal alone, and says so; afterwards it removes them."""
    ids = leave(village, tmp_path)
    journal = next(iter(tmp_path.glob("journal-*")))
    running = Journal(journal, village.url)
    done = hurried(("clean",), village, tmp_path)

    assert done.code == 1
    assert journal.name in done.out
    assert {f"/Users/{ids[0]}", f"/Users/{ids[1]}", f"/Groups/{ids[2]}"} <= set(village.dump())
    running.close(empty=False)
    assert hurried(("clean",), village, tmp_path).code == 0
    assert not any(path.endswith(tuple(ids)) for path in village.dump())
