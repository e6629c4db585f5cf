"""``clean``: what it believes, what it deletes, what it leaves alone, and what it says of it."""

from __future__ import annotations

import json
import time

import pytest

from conformance.commands import clean as cleaning
from conformance.config.settings import build, collect
from conformance.idp.entra.people import made_up_id, marks_of, run_prefix
from conformance.scim.claim import Claim
from conformance.scim.journal import Journal, read_journal
from conformance.scim.secret import Secret
from tests.small_tenant import at_once
from tests.torture.canary import CANARY
from tests.torture.tenant import CORE, leave, tenant

EMPTY = [("Content-Length", "0")]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting between the rounds, nor for the server to end."""
    at_once(monkeypatch)
    monkeypatch.setattr("cheroot.server.HTTPServer.expiration_interval", 0.02)


@pytest.fixture
def village():
    """A tenant of a few."""
    with tenant(12, 3) as made:
        yield made


@pytest.fixture
def clean(village, tmp_path, capsys):
    """Calls `clean`: its exit code, and what it said."""

    def call(*, search=False):
        settings = build(collect({"url": village.url, "reports": str(tmp_path)}), Secret(CANARY))
        code = cleaning.clean(settings, search=search)
        return code, capsys.readouterr().out

    return call


def user(village, name, **more):
    """Create a user past the suite; the id."""
    return village.call("POST", "/Users", {"schemas": [f"{CORE}:User"], "userName": name, **more})["id"]


def landmarked(village, folder, identifier):
    """A journal that notes somebody of the tenant beside what was created."""
    leave(village, folder)
    path = next(folder.glob("journal-*"))
    with path.open("a") as file:
        file.write(json.dumps({"landmark": "/Users", "id": identifier}) + "\n")
    return path


def test_it_says_what_it_looked_for_found_deleted_and_left(village, tmp_path, clean):
    """In one line; and that nothing is left, where that is so."""
    leave(village, tmp_path)
    code, said = clean()

    assert code == 0
    assert "Looked for 3 resources of 1 unfinished runs: 3 found, 3 deleted, 0 left, 0 not confirmed." in said
    assert said.splitlines()[-1].startswith("Nothing of 1 unfinished runs is left")


def test_without_a_journal_it_does_not_say_that_nothing_is_left(tmp_path, clean):
    """It has not looked for anything."""
    code, said = clean()

    assert code == 0
    assert "nothing was looked for" in said
    assert "is left" not in said


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "200 OK"])
def test_a_404_is_believed_only_where_a_list_can_be_read(village, tmp_path, clean, status):
    """An ingress without its application, or a token that may not list: nobody can tell, and the journal stays."""
    ids = leave(village, tmp_path)
    village.fault = lambda _environ: (status, EMPTY)
    code, said = clean()

    assert code == 1
    assert all(identifier in said for identifier in (ids[0], ids[2]))
    assert "not with a list" in said
    assert "Nothing of" not in said
    assert len(list(tmp_path.glob("journal-*"))) == 1
    village.fault = None
    assert clean()[0] == 0


def elsewhere(environ):
    """Another tenant: its lists are good, and nothing of ours is there."""
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "GET" and path.count("/") > 2:
        return ("404 Not Found", EMPTY)
    return None


def test_another_tenant_s_404_is_no_answer(village, tmp_path, clean):
    """The credentials show nobody whom the run saw: nothing is believed, and the journal stays."""
    landmarked(village, tmp_path, user(village, "somebody@example.com"))
    village.fault = elsewhere
    code, said = clean()

    assert code == 1
    assert "these credentials" in said
    assert "Nothing of" not in said
    assert len(list(tmp_path.glob("journal-*"))) == 1
    village.fault = None
    assert clean()[0] == 0
    assert list(tmp_path.glob("journal-*")) == []


def test_what_is_gone_is_gone_where_the_tenant_is_known_again(village, tmp_path, clean):
    """Somebody else deleted all of it; a landmark is still there."""
    path = landmarked(village, tmp_path, user(village, "somebody@example.com"))
    notes = read_journal(path)
    for place, identifier in notes.owned:
        village.call("DELETE", f"{place}/{identifier}")
    for row in village.call("GET", "/Users", query=f'filter=userName%20eq%20"{notes.open[0].name}"')["Resources"]:
        village.call("DELETE", f"/Users/{row['id']}")
    code, said = clean()

    assert code == 0, said
    assert "0 found, 0 deleted" in said
    assert list(tmp_path.glob("journal-*")) == []


def test_a_run_that_goes_on_keeps_what_it_made_under_search_too(village, tmp_path, clean, monkeypatch):
    """Its journal is locked, and names its prefix."""
    monkeypatch.setattr(cleaning, "YOUNG", -60.0)
    prefix = run_prefix()
    running = Journal(tmp_path / f"journal-{prefix}.jsonl", village.url, marks_of(prefix))
    mine = user(village, f"{prefix}-match1@example.com")
    other = user(village, f"{run_prefix()}-match1@example.com")
    code, said = clean(search=True)
    running.close(empty=False)
    there = village.dump()

    assert code == 1
    assert "go on" in said
    assert f"/Users/{mine}" in there
    assert f"/Users/{other}" not in there


def test_what_is_young_is_left_alone_under_search(village, clean):
    """Its run may go on at another machine; that is said, and when to call again."""
    other = user(village, f"{run_prefix()}-match1@example.com")
    code, said = clean(search=True)

    assert code == 1
    assert other in said
    assert "quarter of an hour" in said
    assert f"/Users/{other}" in village.dump()


@pytest.mark.parametrize("ours", [True, False])
def test_a_name_like_ours_with_somebody_s_external_id_is_left(village, clean, monkeypatch, ours):
    """A name alone is no proof, not even with the right check characters."""
    monkeypatch.setattr(cleaning, "YOUNG", -60.0)
    prefix = run_prefix()
    name = f"{prefix}-match1@example.com"
    other = user(village, name, externalId=made_up_id(prefix, name) if ours else "7f3c")
    code, said = clean(search=True)

    assert (f"/Users/{other}" in village.dump()) is not ours
    assert code == (0 if ours else 1)
    assert ("not of our making" in said) is not ours


def test_a_list_that_cannot_be_searched_is_told(village, clean):
    """Nothing is left, as far as can be seen, is not what is said."""
    village.fault = lambda environ: ("400 Bad Request", EMPTY) if environ["PATH_INFO"].count("/") == 2 else None
    code, said = clean(search=True)

    assert code == 1
    assert said.count("Not confirmed: ") == 2
    assert "Nothing of" not in said


def test_a_journal_of_version_0_1_0_is_understood(village, tmp_path, clean):
    """It has names and ids only; the prefix is in the names."""
    prefix = run_prefix()
    names = [f"{prefix}-match{number}@example.com" for number in (1, 2)]
    first = user(village, names[0])
    user(village, names[1])
    lines = [
        {"url": village.url}, {"intend": "/Users", "name": names[0]},
        {"created": "/Users", "name": names[0], "id": first}, {"intend": "/Users", "name": names[1]},
    ]  # fmt: skip
    path = tmp_path / f"journal-{prefix}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    before = set(village.dump())
    code, said = clean()

    assert code == 0, said
    assert len(before - set(village.dump())) == 2
    assert not path.exists()


def test_an_id_that_somebody_has_by_now_is_told_and_left(village, tmp_path, clean):
    """The database gave it again: the name behind it is another one."""
    boss = user(village, "the-boss@example.com")
    prefix = run_prefix()
    claim = Claim("/Users", f"{prefix}-match1@example.com", asked=time.time())
    journal = Journal(tmp_path / f"journal-{prefix}.jsonl", village.url, marks_of(prefix))
    journal.intend(claim)
    journal.created(claim, boss)
    journal.landmark("/Users", user(village, "somebody@example.com"))
    journal.close(empty=False)
    code, said = clean()

    assert code == 1
    assert "somebody else's name" in said
    assert f"/Users/{boss}" in village.dump()


def test_what_a_run_that_was_just_killed_made_is_waited_for(village, tmp_path, clean, monkeypatch):
    """Reads may lag behind creates: what its journal names and cannot be read yet is looked for once more."""
    monkeypatch.setattr("conformance.scim.reckoning.PROMISE", 60.0)
    prefix = run_prefix()
    name = f"{prefix}-match1@example.com"
    identifier = user(village, name)
    read = f"/Users/{identifier}"
    unseen = [("404 Not Found", EMPTY)]
    journal = Journal(tmp_path / f"journal-{prefix}.jsonl", village.url, marks_of(prefix))
    claim = Claim("/Users", name, asked=time.time())
    journal.landmark("/Users", user(village, "somebody@example.com"))
    journal.intend(claim)
    journal.created(claim, identifier)
    journal.close(empty=False)
    village.fault = lambda environ: unseen.pop() if unseen and environ["PATH_INFO"].endswith(read) else None
    code, said = clean()

    assert (code, read in village.dump()) == (0, False), said
