"""What a load refuses, before anything is sent; and that nobody else meets Locust."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from conformance.commands import run as runner
from conformance.commands.main import main
from conformance.config.settings import build, collect
from conformance.load.plan import BadPlan, Stage, check_rate, check_target
from conformance.profiles import PROFILES
from conformance.pytest_plugin.handed import Run
from conformance.run.session import expected_ids
from conformance.scim.claim import Claim
from conformance.scim.journal import Journal
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.secret import Secret

FAR = "https://idm.example.com/scim"


@pytest.fixture
def silent(monkeypatch):
    """No socket can be opened."""
    import socket

    def refuse(*_arguments, **_named):
        raise AssertionError("something was sent")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setenv("SCIM_TOKEN", "token-0123456789")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--url", FAR], "say --yes-load https://idm.example.com/scim"),
        (["--url", FAR, "--yes-load", "https://idm.example.org/scim"], "give the same URL twice"),
        (["--url", FAR, "--yes-load", FAR, "--rate", "201"], "raise it with --max-rate 201"),
        (["--url", FAR, "--yes-load", FAR, "--ramp", "5,500"], "raise it with --max-rate 500"),
        (["--url", "http://127.0.0.1:9", "--rate", "fast"], "--rate is 'fast'"),
        (["--url", "http://127.0.0.1:9", "--ramp", "5,x"], "--ramp is 'x'"),
        (["--url", "http://127.0.0.1:9", "--rate", "5", "--ramp", "5,10"], "leave one of them out"),
        (["--url", "http://127.0.0.1:9", "--flat-out", "--rate", "5"], "leave --rate and --ramp out"),
        (["--url", "http://127.0.0.1:9", "--users", "0"], "--users is '0'"),
        (["--url", "http://127.0.0.1:9", "--worker", "host:port"], "--worker is 'host:port'"),
    ],
)
def test_a_users_mistake_is_one_sentence(silent, capsys, tmp_path, arguments, complaint):
    """Exit code 2 and nothing sent."""
    code = main(["load", "--reports", str(tmp_path), *arguments])
    told = capsys.readouterr().err

    assert (code, complaint in told, len(told.splitlines())) == (2, True, 1), told


def test_without_the_extra_the_user_is_told_what_to_install(silent, capsys, tmp_path, monkeypatch):
    """One sentence, exit code 2."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    code = main(["load", "--reports", str(tmp_path), "--url", "http://127.0.0.1:9"])

    assert (code, "pip install 'scim-conformance[load]'" in capsys.readouterr().err) == (2, True)


def test_the_same_url_twice_opens_another_machine():
    """A trailing slash makes no difference."""
    check_target(FAR, loopback=False, agreed=FAR + "/")
    with pytest.raises(BadPlan):
        check_target(FAR, loopback=False, agreed=FAR + "/other")


def test_the_cap_can_be_raised():
    """By the user's word only."""
    stages = (Stage(300.0, 1.0),)
    check_rate(stages, 300.0)
    with pytest.raises(BadPlan):
        check_rate(stages, 200.0)


@pytest.mark.parametrize("path", ["/Users/2819c223", "/Groups/1", "/Users", "/", "/Users/mine/other"])
@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_the_ledger_lets_nothing_be_written_that_is_not_ours(method, path):
    """The guard is the one that every client has."""
    ledger = Ledger(Journal(None, FAR))
    ledger.born(Claim("/Users", "scimconf-abcdef-load1"), "mine")
    with pytest.raises(ForbiddenWrite):
        ledger.guard(method, path)
    ledger.guard(method, "/Users/mine")


@pytest.mark.parametrize(
    "body",
    [
        {"members": [{"value": "2819c223"}]},
        {"Operations": [{"op": "Add", "path": "members", "value": [{"value": "2819c223"}]}]},
        {"Operations": [{"op": "Replace", "path": "urn:x:2.0:User:manager", "value": "2819c223"}]},
    ],
    ids=["members", "members added", "a manager"],
)
def test_the_ledger_lets_nobody_be_named_who_is_not_ours(body):
    """Somebody else would be a member of our group, or the manager of our user."""
    ledger = Ledger(Journal(None, FAR))
    for name in ("one", "two"):
        ledger.born(Claim("/Users", name), name)
    with pytest.raises(ForbiddenWrite):
        ledger.guard("PATCH", "/Users/one", body)
    ledger.guard("PATCH", "/Users/one", json.loads(json.dumps(body).replace("2819c223", "two")))


def test_a_create_that_shows_somebody_else_is_not_ours():
    """An answer of 201 with another's resource makes us nobody's owner."""
    ledger = Ledger(Journal(None, FAR))
    claim = Claim("/Users", "scimconf-abcdef-load1")
    ledger.intend(claim)

    assert ledger.settled(claim, 201, {}, {"id": "7", "userName": "ceo"}) is None
    assert ledger.owned == []
    assert ledger.open == [claim], "it is looked for at the end"


@pytest.mark.parametrize("module", ["commands.load", "commands.main", "load.outcome", "plugin"])
def test_locust_stays_in_its_room(module):
    """Locust changes sockets and threads when it is imported: no module that others use imports it."""
    code = f"import sys, conformance.{module}; print(sorted({{'locust', 'gevent'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_run_does_not_judge_a_load(tmp_path):
    """Asked for by its id, a check of a load names its verb; no profile of a run holds it."""
    settings = build(collect({"url": "http://127.0.0.1:9", "only": ["load-rate"]}), Secret("token-0123456789"))
    code = runner.execute(Run(settings), None)
    ids = expected_ids(PROFILES, ["legacy"], read_only=False)

    assert code == 2
    assert [name for profile in ids.values() for name in profile if name.startswith("load-")] == []
