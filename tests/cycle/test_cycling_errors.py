"""What a user can get wrong with ``scim-conformance cycle``: one sentence, exit code 2, and nothing is sent."""

from __future__ import annotations

import json
import sqlite3

import pytest

from conformance.demo.server import build_app, serve
from conformance.provisioning.service.state import State
from conformance.provisioning.service.store import BadState
from tests.cycle.command import FIXTURES, SMALL, TOKEN, Counted, cycle
from tests.cycle.mappings import exported_with

CONTOSO = str(FIXTURES / "contoso" / "contoso.json")
HELENA = "helena.marsh@contoso.example"


@pytest.fixture(scope="module")
def endpoint():
    """An endpoint that counts what it is asked, at its URL."""
    app = Counted(build_app(TOKEN))
    with serve(app) as url:
        yield app, url


def refused(endpoint, reports, *arguments, **given):
    """The sentence with which the command refuses these arguments, before anything is sent."""
    app, url = endpoint
    app.calls.clear()
    done = cycle(url, reports, *arguments, **given)

    assert done.code == 2, str(done)
    assert "Traceback" not in done.err
    assert app.calls == []
    sentence = done.err.strip().splitlines()[-1]
    assert sentence.startswith("scim-conformance")
    return sentence


VALUES = {
    ("--url", "ftp://idm.example.com"): "does not start with https://",
    ("--url", "https://user:hunter2@idm.example.com"): "give credentials as a token instead",
    ("--url", "http://idm.example.com/scim"): "use https, or add --insecure",
    ("--rate", "nan"): "--rate is 'nan'; it takes a number of requests a second",
    ("--rate", "0"): "--rate is '0'",
    ("--users", "many"): "--users is 'many'; it takes a whole number from 1",
    ("--users", "0"): "--users is '0'",
    ("--groups", "-1"): "--groups is '-1'; it takes a whole number from 0",
    ("--users", "9" * 30): "to 1000000",
    ("--members-per-request", "0"): "--members-per-request is '0'",
    ("--deletion-threshold", "-1"): "--deletion-threshold is '-1'",
    ("--deletion-threshold", "2.5"): "--deletion-threshold is '2.5'",
    ("--concurrency", "0"): "--concurrency is '0'; it takes a whole number from 1",
    ("--dialect", "klingon"): "it takes one of legacy, compliant, both",
    ("--sync", "some"): "choose from",
    ("--domain", "a b@c"): "--domain is 'a b@c'; it takes the name of a domain",
    ("--on-demand", " "): "--on-demand is empty",
    ("--on-demand", "nobody@example.com"): "nobody in the source directory is called so",
    ("--notify", "me"): "--notify is 'me'; it takes one e-mail address",
    ("--notify", "a@b\r\nBcc: c@d"): "it takes one e-mail address",
    ("--users", "3"): "The scripted year needs 9 enabled people",
    ("--smtp", "localhost:25"): "--smtp needs --notify",
}


@pytest.mark.parametrize(("arguments", "told"), VALUES.items(), ids=lambda value: "=".join(value)[:40])
def test_a_value_that_cannot_be_used_is_named_with_what_it_takes(endpoint, tmp_path, arguments, told):
    """The option, its value, and what it takes."""
    sentence = refused(endpoint, tmp_path, *arguments)
    assert told in sentence
    assert "hunter2" not in sentence


EXCLUDED = [
    (["--read-only"], "leave --read-only out"),
    (["--directory", CONTOSO, "--users", "12"], "--directory and --users exclude each other"),
    (["--directory", CONTOSO, "--groups", "0"], "--directory and --groups exclude each other"),
    (["--directory", CONTOSO, "--domain", "x.example"], "--directory and --domain exclude each other"),
    (["--as-is"], "--as-is is for the names of a --directory"),
    (["--initial-only", "--changes", "x.json"], "--initial-only and --changes exclude each other"),
    (["--on-demand", HELENA, "--initial-only"], "--on-demand and --initial-only exclude each other"),
    (["--on-demand", HELENA, "--restart"], "--on-demand and --restart exclude each other"),
    (["--on-demand", HELENA, "--dialect", "compliant"], "leave --dialect compliant out"),
    (["--restart", "--changes", "x.json"], "--restart and --changes exclude each other"),
    (["--restart"], "--restart is for a job that ran before"),
    (["--reset-scope"], "--reset-scope is for a job that ran before"),
    (["--allow-deletes"], "--allow-deletes is for a job that ran before"),
    (["--notify", "me@example.com", "--smtp", "localhost"], "it takes HOST:PORT"),
    (["--notify", "me@example.com", "--smtp", "localhost:66666"], "it takes HOST:PORT"),
    (["--directory", CONTOSO, "--on-demand", "All Employees"], "has 22 members; on demand it may have 5"),
]


@pytest.mark.parametrize(("arguments", "told"), EXCLUDED, ids=lambda value: " ".join(value)[:40])
def test_arguments_that_make_no_sense_together_are_refused(endpoint, tmp_path, arguments, told):
    """Both are named, and why or what to do."""
    assert told in refused(endpoint, tmp_path, *arguments)


@pytest.mark.parametrize("argument", ["--reports", "--state"])
def test_a_state_that_cannot_be_written_is_told_before_anything_is(endpoint, tmp_path, argument):
    """The connection was looked at by then, and no more."""
    app, url = endpoint
    app.calls.clear()
    done = cycle(url, tmp_path, argument, "/dev/null/x", "--initial-only")

    assert (done.code, app.writes) == (2, [])
    assert "cannot be written" in done.err
    assert "name another with --state" in done.err


def test_a_journal_that_cannot_be_written_leaves_no_state_behind(endpoint, tmp_path):
    """Nothing is created that is not noted first; the state that was made for the run goes."""
    app, url = endpoint
    app.calls.clear()
    done = cycle(url, tmp_path, "--reports", "/dev/null/x", "--initial-only", "--state", tmp_path / "s.sqlite")

    assert (done.code, app.writes) == (2, [])
    assert "name another folder with --reports" in done.err
    assert list(tmp_path.glob("*.sqlite*")) == []


def test_credentials_of_a_mail_server_are_refused_unseen(endpoint, tmp_path):
    """A password in --smtp is not repeated."""
    sentence = refused(endpoint, tmp_path, "--notify", "me@example.com", "--smtp", "me:hunter2@localhost:25")
    assert "no credentials" in sentence
    assert "hunter2" not in sentence


def unknown_function():
    return exported_with({"title": "Tohubohu([jobTitle])"})


def without_matching():
    data = exported_with({})
    for mapping in data["synchronizationRules"][0]["objectMappings"]:
        for row in mapping["attributeMappings"]:
            row["matchingPriority"] = 0
    return data


MAPPINGS = [
    ("{nope", "is not JSON; export it from the portal again"),
    ([], "expected an object; export the synchronizationSchema"),
    ({"synchronizationRules": 5}, "synchronizationRules"),
    (unknown_function(), "Tohubohu"),
    (exported_with({"title": "Append([jobTitle]"}), "The expression of title cannot be used"),
    (exported_with({"name.a.b": "[jobTitle]"}), "name.a.b"),
    (without_matching(), "no attribute has a matching precedence"),
]


@pytest.mark.parametrize(("content", "told"), MAPPINGS, ids=range(len(MAPPINGS)))
def test_a_mapping_that_cannot_be_run_is_refused_with_its_place(endpoint, tmp_path, content, told):
    """The file, what is wrong in it, and what to do; an unknown function by its name."""
    path = tmp_path / "mapping.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    sentence = refused(endpoint, tmp_path, "--mapping", path)

    assert str(path) in sentence
    assert told in sentence


def test_files_that_are_not_there_are_named(endpoint, tmp_path):
    """Mapping, directory, script and baseline."""
    missing = tmp_path / "missing.json"
    for name in ("--mapping", "--directory", "--changes", "--baseline"):
        sentence = refused(endpoint, tmp_path, name, missing)
        assert str(missing) in sentence
        assert "cannot be read" in sentence


DIRECTORIES = [
    ("users.json", "{nope", "line 1: this is no JSON"),
    ("users.json", "[]", "a source directory is an object with the lists"),
    ("users.json", '{"users": [{"displayName": "Jo"}]}', "users[0]: this user has no userPrincipalName"),
    ("users.json", '{"users": [{"userPrincipalName": "a@b", "manager": "c@d"}]}', "users[0]"),
    ("users.csv", "userPrincipalName\n", "give the folder that holds users.csv"),
    ("folder/other.csv", "a\n", "has no users.csv"),
    ("folder/users.csv", "displayName\nJo\n", "users.csv"),
]


@pytest.mark.parametrize(("name", "content", "told"), DIRECTORIES, ids=range(len(DIRECTORIES)))
def test_a_directory_that_cannot_be_used_is_refused_with_its_place(endpoint, tmp_path, name, content, told):
    """The file and the row."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    folder = name.startswith("folder/")
    assert told in refused(endpoint, tmp_path, "--directory", path.parent if folder else path)


def one_set(*changes, name="x"):
    return {"sets": [{"name": name, "changes": list(changes)}]}


SCRIPTS = [
    ("{nope", "is no JSON"),
    ([], "a change script is an object with a list 'sets'"),
    ({"sets": [{"name": "x", "changes": 5}]}, "'changes' is 5; it takes a list"),
    (one_set({"do": "explode", "who": HELENA}), "'do' is 'explode'; it takes add, set"),
    (one_set({"do": "set", "who": "nobody@contoso.example"}), "'nobody@contoso.example' is nobody in the directory"),
    (one_set({"do": "set", "who": HELENA}), "'set' needs 'attributes'"),
    (one_set({"do": "set", "who": HELENA, "attributes": {"jobTitle": {"a": 1}}}), "jobTitle is {'a': 1}; it must be"),
    (one_set({"do": "add", "userPrincipalName": "a@b", "members": 5}), "members is 5; it takes a list"),
    (one_set({"do": "assign", "who": HELENA, "role": "Emperor"}), "the role 'Emperor' is not defined"),
    (
        one_set({"do": "hard-delete", "who": HELENA}, {"do": "soft-delete", "who": HELENA}),
        f"'x' cannot happen: soft-delete {HELENA}: this object was deleted",
    ),
    ({"sets": [{"name": "x"}, {"name": "x"}]}, "cannot be called 'x' here"),
    (one_set(name="initial"), "cannot be called 'initial' here"),
    (one_set(name="retry-1"), "cannot be called 'retry-1' here"),
]


@pytest.mark.parametrize(("content", "told"), SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_script_that_cannot_be_played_is_refused_with_its_place(endpoint, tmp_path, content, told):
    """Unknown people and operations, missing fields, what cannot happen, and names that tell nothing apart."""
    path = tmp_path / "changes.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert told in refused(endpoint, tmp_path, "--directory", CONTOSO, "--changes", path)


def test_a_state_that_is_none_is_refused_and_left_as_it_is(endpoint, tmp_path):
    """Text, somebody else's database, a newer format, a folder."""
    text, foreign, newer, folder = (
        tmp_path / f"{name}-legacy.sqlite" for name in ("text", "foreign", "newer", "folder")
    )
    text.write_text("dear diary " * 100)
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE songs (title)")
    db.close()
    state = State(newer)
    state.remember("format", 99)
    state.close()
    folder.mkdir()
    before = foreign.read_bytes()
    for path, told in (
        (text, "not a database"), (foreign, "is a database of something else"), (newer, "is of format 99"),
        (folder, "cannot be written"),
    ):  # fmt: skip
        sentence = refused(endpoint, tmp_path, *SMALL, "--state", str(path).replace("-legacy", ""))
        assert told in sentence
        assert "--state" in sentence
    assert foreign.read_bytes() == before


def test_a_state_that_another_process_uses_is_refused(endpoint, tmp_path):
    """Two processes would create everybody twice."""
    path = tmp_path / "s-legacy.sqlite"
    state = State(path)
    assert "another process uses it" in refused(endpoint, tmp_path, *SMALL, "--state", tmp_path / "s.sqlite")
    state.close()
    again = State(path)
    with pytest.raises(BadState, match="another process uses it"):
        State(path)
    again.close()


def test_a_token_that_is_refused_ends_at_the_connection(endpoint, tmp_path):
    """The diagnosis stands in place of failures, and nothing is written."""
    app, url = endpoint
    app.calls.clear()
    done = cycle(url, tmp_path, *SMALL, token="wrong-token-000")

    assert done.code == 1
    assert app.writes == []
    assert "wrong-token-000" not in done.out + done.err
