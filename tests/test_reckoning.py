"""The reckoning at the end of a run: what became of each create, however it was answered."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from conformance.scim.client import ForbiddenWrite
from conformance.scim.journal import Account, Entry, Journal
from conformance.scim.request import Request
from tests.small_tenant import BOSS, MARKS, ME, Tenant, at_once, client_of

EXTERNAL = "0f0e0d0c-0b0a-5908-8706-0000000000aa"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting between the rounds."""
    at_once(monkeypatch)


def create(client, name=ME, **more):
    """Create a user."""
    return client.create("/Users", {"userName": name, **more}, name)


def kinds(client):
    """What the endpoint did that no good one does."""
    return [(event.kind, event.id) for event in client.ledger.events]


def answered(status, **change):
    """The answer to a create that was carried out."""
    return lambda user: httpx.Response(status, json={**user, **change})


@pytest.mark.parametrize("status", [202, 400, 409, 422, 500])
def test_what_is_left_is_told(status):
    """Stored, whatever the answer says: found by its name and deleted; what the endpoint did is an event."""
    tenant = Tenant(answered(status, id="x"))
    client = client_of(tenant)
    create(client)

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]
    assert kinds(client) == ([] if status == 202 else [("stored", "101")])


def test_what_is_refused_and_not_there_is_forgotten():
    """Two looks that show nothing close it."""
    tenant = Tenant()
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(409) if r.method == "POST" else whole(r, i)
    client = client_of(tenant)
    create(client)
    lists = [r for r in tenant.sent if r.method == "GET"]

    assert client.sweep() == Account()
    assert client.ledger.is_empty
    assert lists == []


@pytest.mark.parametrize("answer", [502, 503, 504, None])
def test_what_was_lost_and_is_not_found_is_unknown(answer, monkeypatch):
    """Nobody can tell what became of it, and nobody says that nothing is left."""
    monkeypatch.setattr("conformance.scim.endurance.MAX_RETRIES", 0)
    tenant = Tenant()
    whole = tenant.handle

    def handle(request, identifier):
        if request.method != "POST":
            return whole(request, identifier)
        if answer is None:
            raise httpx.ReadTimeout("lost")
        return httpx.Response(answer)

    tenant.handle = handle
    client = client_of(tenant)
    create(client)
    account = client.sweep()

    assert account.left == []
    assert [(entry.name, entry.id) for entry in account.unconfirmed] == [(ME, None)]
    assert "found nowhere" in account.unconfirmed[0].reason
    assert not client.ledger.is_empty


def test_what_was_never_sent_is_no_matter():
    """A connection that was refused carries no create."""

    def refuse(_request, _identifier):
        raise httpx.ConnectError("refused")

    tenant = Tenant()
    client = client_of(tenant)
    whole, tenant.handle = tenant.handle, refuse
    client._endurance.ending.weigh = lambda _request, exchange, _ask, _wait: exchange
    create(client)
    tenant.handle = whole

    assert client.ledger.open == []
    assert client.sweep() == Account()


def test_a_twin_is_found_and_deleted():
    """A proxy that sends a POST twice makes two; the second is found by the name it shares."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    tenant.users["900"] = {"id": "900", "userName": ME}

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]
    assert kinds(client) == [("twice", "900")]


def test_what_carries_our_mark_under_a_name_never_sent_is_ours():
    """A rename of ours moved it; the prefix is nobody else's."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    client.delete("/Users", "101")
    tenant.users["900"] = {"id": "900", "userName": "scimconf-abc234-renamed@example.com"}

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_what_has_our_name_since_last_year_is_told_and_left():
    """Somebody was renamed by our own create: not ours, and somebody has to look."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    client.delete("/Users", "101")
    tenant.users["7"] |= {"userName": ME, "meta": {"created": "2025-01-01T00:00:00Z"}}
    account = client.sweep()

    assert [(entry.id, entry.reason) for entry in account.left] == [
        ("7", "it is not deleted: it was created before we asked for it")
    ]
    assert "7" in tenant.users


def test_an_id_that_was_seen_before_is_nobody_of_ours():
    """A create that is answered with the id of somebody whom a list showed."""
    tenant = Tenant(answered(201, id="7"))
    client = client_of(tenant)
    client.send(Request("GET", "/Users"))
    create(client)
    client.sweep()

    assert kinds(client) == [("foreign", "7")]
    assert tenant.boss["userName"] == BOSS
    for method in ("PUT", "PATCH", "DELETE"):
        with pytest.raises(ForbiddenWrite):
            client.send(Request(method, "/Users/7", body={}))


def test_a_200_is_told_and_never_written_to():
    """What is created is answered 201; anything else can be somebody who was there."""
    tenant = Tenant(answered(200))
    client = client_of(tenant)
    exchange = create(client)
    account = client.sweep()

    assert not client.owns("/Users", exchange.resource_id)
    assert [(entry.name, entry.id) for entry in account.left] == [(ME, "101")]
    assert kinds(client) == [("foreign", "101")]
    assert "101" in tenant.users


def test_an_external_id_of_ours_is_proof_enough():
    """The endpoint gives another name; id and externalId in our own 201 prove it."""
    tenant = Tenant(lambda user: httpx.Response(201, json=user.update(userName="u17") or user))
    client = client_of(tenant)
    create(client, externalId=EXTERNAL)

    assert client.owns("/Users", "101")
    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_an_answer_that_is_another_create_s_is_told_and_each_is_found():
    """Two creates get each other's answers."""
    tenant, answers = Tenant(), []
    tenant.answer = lambda user: httpx.Response(201, json=answers.append(user) or answers[0])
    client = client_of(tenant)
    create(client)
    create(client, f"{ME}-2")

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]
    assert ("swapped", "101") in kinds(client)


def test_an_id_that_is_given_twice_is_written_to_no_more():
    """Of two that live under it nobody knows which one a DELETE would reach."""
    tenant = Tenant(lambda user: httpx.Response(201, json={**user, "id": "101"}))
    client = client_of(tenant)
    create(client)
    create(client, f"{ME}-2")

    assert client.ledger.repeats
    assert ("repeated", "101") in kinds(client)
    assert not client.owns("/Users", "101")


def test_an_id_that_is_given_again_after_a_delete_is_told_and_cleaned_up():
    """Databases without AUTOINCREMENT do so."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    client.delete("/Users", "101")
    create(client)

    assert client.owns("/Users", "101")
    assert kinds(client) == [("repeated", "101")]
    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_a_resource_that_a_change_moved_is_followed():
    """PUT deletes and inserts: the new id is in its answer."""
    tenant = Tenant()
    whole = tenant.handle

    def handle(request, identifier):
        if request.method != "PUT":
            return whole(request, identifier)
        tenant.users["900"] = {**tenant.users.pop(identifier), "id": "900"}
        return httpx.Response(200, json=tenant.users["900"])

    tenant.handle = handle
    client = client_of(tenant)
    create(client)
    client.send(Request("PUT", "/Users/101", body={"userName": ME}))

    assert client.owns("/Users", "900")
    assert kinds(client) == [("moved", "900")]
    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_an_answer_to_a_change_that_shows_somebody_else_is_not_followed():
    """The boss is in the answer: not ours, whatever it says."""
    tenant = Tenant()
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(200, json=tenant.boss) if r.method == "PATCH" else whole(r, i)
    client = client_of(tenant)
    create(client)
    client.send(Request("PATCH", "/Users/101", body={}))

    assert not client.owns("/Users", "7")
    assert client.sweep() == Account()
    assert tenant.boss


@pytest.mark.parametrize("kept", [True, False])
def test_a_delete_that_did_nothing_is_found_out(kept):
    """The first ones are read after a 204; one that is still there makes us read after each."""
    tenant = Tenant()
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(204) if r.method == "DELETE" and kept else whole(r, i)
    client = client_of(tenant)
    for number in range(4):
        create(client, f"{number}{ME}")
    for number in range(4):
        client.delete("/Users", str(101 + number))
    reads = [r.url.path for r in tenant.sent if r.method == "GET" and r.url.path.startswith("/scim/Users/")]
    after = [path for path in reads if reads.count(path) > 1]

    assert len(set(after)) == (4 if kept else 2)
    assert len(client.sweep().left) == (4 if kept else 0)


def test_what_is_still_listed_after_its_delete_is_told():
    """The id is a 404, and the list shows the row."""
    tenant = Tenant()
    buried, whole = {}, tenant.handle

    def handle(request, identifier):
        if request.method == "DELETE":
            buried[identifier] = tenant.users.pop(identifier)
            return httpx.Response(204)
        if identifier is None and request.method == "GET":
            tenant.users |= buried
            answer = whole(request, identifier)
            for key in buried:
                tenant.users.pop(key)
            return answer
        return whole(request, identifier)

    tenant.handle = handle
    client = client_of(tenant)
    create(client)

    why = "it was deleted, and is listed all the same"
    assert client.sweep() == Account([Entry("/Users", ME, "101", why)])


def test_what_was_never_stored_is_not_left():
    """201 with an id, and neither a read nor a list has ever shown it."""
    tenant = Tenant()
    client = client_of(tenant)
    client._blind = True
    create(client)
    tenant.answer = lambda user: httpx.Response(201, json=tenant.users.pop(user["id"]))
    create(client, f"{ME}-2")

    assert client.sweep() == Account()


def test_reads_that_lag_are_waited_for():
    """The first read is a 404 and the next one is not: the lag is noted, and the journey gets the second answer."""
    tenant = Tenant()
    whole, reads = tenant.handle, []

    def handle(request, identifier):
        if identifier and request.method == "GET":
            reads.append(identifier)
            if len(reads) < 3:
                return httpx.Response(404)
        return whole(request, identifier)

    tenant.handle = handle
    client = client_of(tenant)
    create(client)

    assert client.send(Request("GET", "/Users/101")).status == 200
    assert client.ledger.lag > 0
    assert client.sweep() == Account()


@pytest.mark.parametrize(("path", "body"), [("/Users", "[]"), ("/Bulk", "{bad"), ("/Groups", "")])
def test_a_probe_that_creates_is_told(path, body):
    """Nobody knows whose it is, so that it is not deleted; but it is there."""
    tenant = Tenant()
    whole = tenant.handle

    def handle(request, identifier):
        if request.method != "POST":
            return whole(request, identifier)
        tenant.users["900"] = {"id": "900"}
        return httpx.Response(201, json={"id": "900"})

    tenant.handle = handle
    client = client_of(tenant)
    client.send(Request("POST", path, text=body))
    account = client.sweep()

    assert [(entry.collection, entry.id) for entry in account.left] == [
        ("/Groups" if path == "/Groups" else "/Users", "900")
    ]
    assert "900" in tenant.users


def test_a_probe_whose_row_is_gone_is_forgotten():
    """A read says so."""
    tenant = Tenant()
    client = client_of(tenant)
    client.ledger.stray("/Users", "900", "a probe")

    assert client.sweep() == Account()
    assert client.ledger.is_empty


def unfiltered(tenant, refuses):
    """A tenant that refuses some filters."""
    whole = tenant.handle

    def handle(request, identifier):
        text = str(request.url.params.get("filter") or "")
        return httpx.Response(400) if refuses(text) else whole(request, identifier)

    tenant.handle = handle
    return tenant


@pytest.mark.parametrize(
    "refuses",
    [lambda text: " sw " in text, bool],
    ids=["no filter by beginnings", "no filter at all"],
)
def test_without_such_a_filter_everybody_is_walked_through(refuses):
    """On a few pages, or by each name."""
    tenant = unfiltered(Tenant(), refuses)
    client = client_of(tenant)
    create(client)
    tenant.users["900"] = {"id": "900", "userName": ME}

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_a_filter_that_finds_nothing_is_not_believed():
    """It has not shown what was there, so that it cannot say that nothing is."""
    tenant = Tenant()
    whole = tenant.list
    tenant.list = lambda *asked: (
        whole(*asked) if not asked or not asked[0] else httpx.Response(200, json={"totalResults": 0, "Resources": []})
    )
    client = client_of(tenant)
    create(client)
    tenant.users["900"] = {"id": "900", "userName": ME}

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_where_nothing_can_be_listed_that_is_told():
    """By the run's prefix, as no name is known of what was not seen."""
    tenant = Tenant()
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(403) if r.method == "GET" and i is None else whole(r, i)
    client = client_of(tenant)
    create(client)
    account = client.sweep()

    assert account.left == []
    assert [(entry.name, entry.id) for entry in account.unconfirmed] == [("scimconf-abc234-…", None)]
    assert list(tenant.users) == ["7"]


def sales(tenant, client):
    """Create a group with a name that is not of our making, as `cycle --as-is` does."""
    return client.create("/Users", {"userName": "sales@example.com", "externalId": "7f3c"}, "sales@example.com")


def dated(created):
    """A tenant that answers a create with 500, and says when the row was made; the answers have a Date."""
    tenant = Tenant(lambda _user: httpx.Response(500))
    whole = tenant.handle

    def handle(request, identifier):
        answer = whole(request, identifier)
        if request.method == "POST":
            tenant.users["101"]["meta"] = {"created": created()}
        answer.headers["date"] = format_datetime(datetime.now(UTC), usegmt=True)
        return answer

    tenant.handle = handle
    return tenant


def test_a_name_that_could_be_anybody_s_is_ours_with_external_id_and_date():
    """Not there before, our externalId, made when we asked: found at the end and deleted."""
    tenant = dated(datetime.now(UTC).isoformat)
    client = client_of(tenant)
    sales(tenant, client)

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


@pytest.mark.parametrize("spoilt", ["there before", "another externalId", "later", "no date"])
def test_a_name_that_could_be_anybody_s_is_left_without_proof(spoilt):
    """And told: the tenant's own Sales has the name, too."""
    late = timedelta(days=2 if spoilt == "later" else 0)
    tenant = dated((datetime.now(UTC) + late).isoformat)
    if spoilt == "there before":
        tenant.users["5"] = {"id": "5", "userName": "sales@example.com", "externalId": "7f3c"}
        tenant.answer = lambda user: httpx.Response(500, json=tenant.users.pop(user["id"]))
        whole = tenant.handle
        tenant.handle = lambda r, i: httpx.Response(500) if r.method == "POST" else whole(r, i)
    client = client_of(tenant)
    sales(tenant, client)
    if spoilt == "another externalId":
        tenant.users["101"]["externalId"] = "other"
    if spoilt == "no date":
        del tenant.users["101"]["meta"]
    before = json.dumps(tenant.users)
    account = client.sweep()

    assert json.dumps(tenant.users) == before
    assert account.left == []
    known_to_be_somebody_else = spoilt in {"there before", "later"}
    assert [entry.id for entry in account.unconfirmed] == ([] if known_to_be_somebody_else else ["101"])


def test_who_was_there_is_asked_before_a_name_that_could_be_anybody_s():
    """By name and by externalId, before the POST; for a name of our making nobody is asked."""
    tenant = Tenant()
    client = client_of(tenant)
    sales(tenant, client)
    create(client)
    sent = [(r.method, str(r.url.params.get("filter") or "")) for r in tenant.sent]

    assert sent == [
        ("GET", 'userName eq "sales@example.com"'), ("GET", 'externalId eq "7f3c"'), ("POST", ""), ("POST", "")
    ]  # fmt: skip


def test_looks_lie_further_apart_than_the_longest_lag(monkeypatch):
    """A create that is refused is looked for a second time only when a row that lags would show."""
    monkeypatch.setattr("conformance.scim.reckoning.ROUNDS", (0.0, 0.1))
    tenant = Tenant()
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(409) if r.method == "POST" else whole(r, i)
    client = client_of(tenant)
    create(client)
    client.ledger.lag = 0.3
    begin = time.monotonic()

    assert client.sweep() == Account()
    assert time.monotonic() - begin >= 0.3


def test_what_is_left_keeps_the_journal(tmp_path):
    """A clean-up later tells it again, also where no DELETE can do more."""
    tenant = Tenant()
    client = client_of(tenant)
    client.ledger.journal = Journal(tmp_path / "journal-x.jsonl", "http://127.0.0.1/scim", MARKS)
    create(client)
    shown = list(tenant.users.values())
    tenant.list = lambda *_asked: httpx.Response(200, json={"totalResults": len(shown), "Resources": shown})
    account = client.sweep()
    client.close()

    assert [entry.reason for entry in account.left] == ["it was deleted, and is listed all the same"]
    assert (tmp_path / "journal-x.jsonl").exists()


@pytest.mark.parametrize(
    ("shown", "told"),
    [({}, True), ({"userName": ME}, True), ({"userName": BOSS}, False), ({"displayName": "Ben"}, False)],
    ids=["no name", "a name of ours", "somebody's name", "somebody's display name"],
)
def test_what_a_create_led_to_elsewhere_is_told_unless_it_is_somebody_s(shown, told):
    """A group was asked for, and the answer was about a user: made for us, or another caller's."""
    tenant = Tenant()
    tenant.users["12"] = {"id": "12", **shown}
    client = client_of(tenant)
    client.ledger.stray("/Users", "12", "POST /Groups was answered 201, and led there")

    assert [entry.id for entry in client.sweep().left] == (["12"] if told else [])
    assert client.ledger.is_empty is not told
