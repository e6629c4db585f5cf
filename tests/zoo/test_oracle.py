"""The oracle itself: what is touched, left and not told is found, and what is as it should be is not."""

from __future__ import annotations

import json

import pytest

from tests.zoo.message import Request
from tests.zoo.oracle import Witness
from tests.zoo.quirks import QUIRKS
from tests.zoo.schema import ENTERPRISE, GROUP, USER
from tests.zoo.server import TOKEN, Zoo
from tests.zoo.store import FOREIGN
from tests.zoo.town import settle_in
from tests.zoo.verbs import Done

CORE = "urn:ietf:params:scim:schemas:core:2.0"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
MINE = {
    "schemas": [f"{CORE}:User", ENTERPRISE], "userName": "scimconf-mine@example.com", "displayName": "Ada Smith",
    "externalId": "mine", "emails": [{"value": "scimconf-mine@example.com", "type": "work"}],
    ENTERPRISE: {"employeeNumber": "123456"},
}  # fmt: skip
OPERATION = {"op": "Replace", "path": "title", "value": "Keeper"}
CHANGE = {"schemas": [PATCH], "Operations": [OPERATION]}


def ask(zoo, method, *parts, body=None, **query):
    return zoo.serve(Request(method, parts, query, {"authorization": f"Bearer {TOKEN}"}, body))


@pytest.fixture
def zoo():
    """A good server with people in it."""
    made = Zoo()
    settle_in(made)
    return made


def somebody(zoo, kind=USER):
    return next(row for row in zoo.store.rows(kind) if row.origin == FOREIGN)


def heard(zoo, folder, name="run", code=0, said="", **results):
    """What the witness says of a command that told these results."""
    if results:
        (folder / "results.json").write_text(json.dumps({"left_behind": []} | results))
    witness = Witness(zoo, folder)
    witness.hear(name, Done(code, said))
    return witness


def test_what_is_as_it_was_is_not_told(zoo, tmp_path):
    """Somebody of ours comes and goes, and reads are no touch."""
    made = ask(zoo, "POST", "Users", body=MINE)
    ask(zoo, "GET", "Users", somebody(zoo).id)
    ask(zoo, "DELETE", "Users", made.body["id"])
    witness = heard(zoo, tmp_path, unconfirmed=[])

    assert (witness.foreign, witness.wrong) == ([], [])


@pytest.mark.parametrize(
    ("method", "body"),
    [("DELETE", None), ("PATCH", CHANGE), ("PUT", MINE), ("PATCH", CHANGE | {"Operations": [OPERATION | {"op": "x"}]})],
)
def test_a_write_to_somebody_else_is_found(zoo, tmp_path, method, body):
    """Also one that was refused and changed nothing."""
    ask(zoo, method, "Users", somebody(zoo).id, body=body)

    assert heard(zoo, tmp_path, unconfirmed=[]).foreign


def test_somebody_else_as_a_member_is_found(zoo, tmp_path):
    """Also where it is taken out again: for a moment it was seen in a group."""
    body = {"schemas": [f"{CORE}:Group"], "displayName": "mine", "members": [{"value": somebody(zoo).id}]}
    group = ask(zoo, "POST", "Groups", body=body)
    ask(zoo, "DELETE", "Groups", group.body["id"])

    assert heard(zoo, tmp_path, unconfirmed=[]).foreign


def test_a_deleted_group_shows_in_its_members_too(zoo, tmp_path):
    """What a read of a person says of groups is part of what is compared."""
    group = somebody(zoo, GROUP)
    ask(zoo, "DELETE", "Groups", group.id)
    found = heard(zoo, tmp_path, unconfirmed=[]).foreign

    assert any("groups was" in row for row in found)
    assert f"{group.path}: deleted" in found


def test_what_is_left_has_to_be_told_by_its_id(zoo, tmp_path):
    """Untold, told without an id, told though it is not there, not confirmed though it could be: each is found."""
    made = ask(zoo, "POST", "Users", body=MINE).body["id"]
    entry = {"collection": "/Users", "name": MINE["userName"], "id": made}
    open_end = entry | {"id": None, "reason": "lost"}

    assert heard(zoo, tmp_path, left_behind=[entry]).wrong == []
    assert heard(zoo, tmp_path, left_behind=[]).wrong
    assert heard(zoo, tmp_path, left_behind=[entry | {"id": None}]).wrong
    assert heard(zoo, tmp_path, left_behind=[entry, entry | {"id": "nobody"}]).wrong
    assert heard(zoo, tmp_path, left_behind=[], unconfirmed=[open_end]).wrong
    zoo.lossy = True
    assert heard(zoo, tmp_path, left_behind=[], unconfirmed=[open_end]).wrong == []


@pytest.mark.parametrize(
    ("done", "journals", "good"),
    [
        (Done(0, "Nothing of 1 unfinished runs is left."), 0, False),
        (Done(1, "Nothing of 1 unfinished runs is left."), 1, False),
        (Done(1, "Could not be deleted: scimconf-mine@example.com"), 0, False),
        (Done(1, "Something could not be deleted."), 1, False),
        (Done(1, "Could not be deleted: scimconf-mine@example.com"), 1, True),
        (Done(2, "The token was refused."), 1, True),
    ],
)
def test_clean_may_not_say_more_than_is_so(zoo, tmp_path, done, journals, good):
    """While something of ours is there: no exit code 0, no "nothing", its name, and a journal."""
    ask(zoo, "POST", "Users", body=MINE)
    for number in range(journals):
        (tmp_path / f"journal-{number}.jsonl").write_text("")

    assert (heard(zoo, tmp_path, "clean", done.code, done.said).wrong == []) == good


def test_what_happens_later_counts(tmp_path):
    """A create that was put off is there a minute later, and has to be told."""
    zoo = QUIRKS["accepted"]()
    settle_in(zoo)
    ask(zoo, "POST", "Users", body=MINE)

    assert len(heard(zoo, tmp_path, unconfirmed=[]).wrong) == 1


@pytest.mark.parametrize("quirk", QUIRKS)
def test_a_quirk_answers_everything(quirk):
    """Every kind of request, without a fault of the zoo's own; and it is told in one line what the quirk is."""
    zoo = QUIRKS[quirk]()
    zoo.seed(1)
    settle_in(zoo)
    zoo.options, zoo.patience, known = (), 0.0, (zoo.__doc__ or "").strip()
    made = ask(zoo, "POST", "Users", body=MINE)
    body = made.body if isinstance(made.body, dict) else {}
    identifier = str(body.get("id", "none"))
    group = {"schemas": [f"{CORE}:Group"], "displayName": "mine", "members": [{"value": identifier, "type": "User"}]}
    ask(zoo, "POST", "Groups", body=group)
    operation = {"method": "POST", "path": "/Users", "bulkId": "x", "data": MINE | {"userName": "scimconf-x"}}
    ask(zoo, "POST", "Bulk", body={"schemas": [BULK], "Operations": [operation]})
    for round_ in range(60):
        ask(zoo, "POST", "Users", body=MINE | {"userName": f"scimconf-{round_}"})
        ask(zoo, "GET", "Users", filter='userName eq "scimconf-1" and meta.created gt "2026-01-01T00:00:00Z"')
    for method, sent in (("GET", None), ("PATCH", CHANGE), ("PUT", MINE), ("DELETE", None)):
        ask(zoo, method, "Users", identifier, body=sent)
        ask(zoo, method, "Users", "175df748-0000-4000-8000-000000000000", body=sent)
    zoo.settle()

    assert zoo.crashes == []
    assert "\n" not in known
    assert known.endswith(".")
