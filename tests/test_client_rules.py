"""The client by itself: what it asks before a write, what it makes of an answer, and what it counts and keeps."""

from __future__ import annotations

import errno
import json
from types import SimpleNamespace

import httpx
import pytest

from conformance.scim import client as module
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.client import ForbiddenWrite, Stopped
from conformance.scim.clock import Clock
from conformance.scim.endurance import AMPLE_BODY
from conformance.scim.exchange import Exchange
from conformance.scim.journal import Account, Entry, Journal, read_journal
from conformance.scim.lookout import SomebodyElse
from conformance.scim.request import Request
from conformance.scim.secret import Crash, Secret
from tests.small_tenant import BOSS, MARKS, ME, Tenant, at_once, client_of

USERS, GROUPS = "/Users", "/Groups"
SALES = "sales@example.com"
OTHER = f"{MARKS.prefix}-other@example.com"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting."""
    at_once(monkeypatch)
    monkeypatch.setattr("conformance.scim.ending.RECONNECTING", (0.0,) * 3)
    monkeypatch.setattr("conformance.scim.endurance.MAX_RETRIES", 2)
    monkeypatch.setattr("conformance.scim.endurance.asked_to_wait", lambda _text: 0.0)


@pytest.fixture
def tenant():
    """An endpoint with one user of somebody else."""
    return Tenant()


@pytest.fixture
def client(tenant):
    """A client that talks to it."""
    made = client_of(tenant)
    yield made
    made.close()


def answering(tenant, answer):
    """Let a function answer first; None leaves a request to the tenant."""
    whole = tenant.handle

    def handle(request, identifier):
        found = answer(request, identifier)
        return whole(request, identifier) if found is None else found

    tenant.handle = handle


def create(client, name=ME, collection=USERS, **more):
    """Create a user."""
    return client.create(collection, {"userName": name, **more}, name)


def sent(tenant):
    """Method and path of all that was sent, with the filter."""
    told = (
        (one.method, one.url.path.removeprefix("/scim"), str(one.url.params.get("filter") or "")) for one in tenant.sent
    )
    return [" ".join(filter(None, one)) for one in told]


# --- what is asked before a create -------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["7", 7, None])
def test_a_name_that_somebody_has_is_taken_whatever_its_id_looks_like(tenant, client, identifier):
    """Some endpoints show ids as numbers, and some show none to us: a create could change who is there."""
    tenant.users["7"] |= {"id": identifier}

    assert client.is_taken(USERS, BOSS)
    assert not client.is_taken(USERS, "nobody@example.com")


def test_a_name_of_our_making_is_nobody_else_s(tenant, client):
    """Nobody is asked."""
    tenant.users["9"] = {"id": "9", "userName": ME}

    assert not client.is_taken(USERS, ME)
    assert tenant.sent == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403),
        httpx.Response(200, json={"Resources": [{"id": "7"}]}),
        httpx.Response(500, json={"totalResults": 1}),
    ],
)
def test_where_nobody_says_who_is_there_nothing_later_proves_to_be_ours(tenant, client, answer):
    """An externalId that is found afterwards may have been there before."""
    answering(tenant, lambda request, _: answer if request.method == "GET" else httpx.Response(500))
    assert not client.is_taken(USERS, SALES)
    create(client, SALES, externalId="7f3c")

    [claim] = client.ledger.open
    assert (claim.external, claim.marked, claim.before) == ("", False, frozenset())


@pytest.mark.parametrize("identifier", ["8", 8])
def test_who_was_there_before_is_known_by_name_and_by_external_id(tenant, client, identifier):
    """In whichever form its id is shown; none of them is ever taken for what our create made."""
    tenant.users |= {
        "7": {"id": "7", "userName": SALES},
        "8": {"id": identifier, "userName": "other", "externalId": "7f3c"},
    }
    create(client, SALES, externalId="7f3c")

    [claim] = client.ledger.claims(USERS)
    assert (claim.before, claim.external, claim.named) == ({"7", "8"}, "7f3c", True)


def test_who_has_a_name_is_asked_once_for_a_create(tenant, client):
    """What was asked to see whether it is taken is not asked again; for another create it is."""
    client.is_taken(USERS, SALES)
    create(client, SALES)
    create(client, SALES)

    asked = f'GET /Users userName eq "{SALES}"'
    assert sent(tenant) == [asked, "POST /Users", asked, "POST /Users"]


@pytest.mark.parametrize(
    ("body", "named", "external"),
    [
        ({"userName": ME}, True, ""),
        ({"USERNAME": ME.upper(), "EXTERNALID": "7f3c", "title": ME}, True, "7f3c"),
        ({"displayName": ME}, False, ""),
        ({"userName": "else", "externalId": 7, "title": ME}, False, ""),
        ({"userName": 7, "externalId": None, "title": ME}, False, ""),
    ],
)
def test_a_create_is_known_by_what_was_sent_in_it(tenant, client, body, named, external):
    """Attributes have any letter case; what is no text is no name."""
    client.create(USERS, body, ME)

    [claim] = client.ledger.claims(USERS)
    assert (claim.named, claim.external, claim.marked, claim.name) == (named, external, True, ME)


def test_before_the_first_create_in_a_collection_a_few_of_those_who_are_there_are_seen(tenant, client):
    """By them a clean-up knows the tenant again; of other collections there is no list."""
    client.surveyed = {}
    create(client)
    create(client, OTHER)
    client.create(GROUPS, {"displayName": f"{MARKS.prefix}-team"}, f"{MARKS.prefix}-team")
    client.create("/Things", {"userName": f"{MARKS.prefix}-thing"}, f"{MARKS.prefix}-thing")

    assert sent(tenant) == [
        "GET /Users", "POST /Users", "POST /Users", "GET /Groups", "POST /Groups", "POST /Things"
    ]  # fmt: skip
    assert client.surveyed == {USERS: True, GROUPS: True}
    assert ("/Users", "7") in client.ledger._met
    assert dict(tenant.sent[0].url.params) == {"startIndex": "1", "count": "3"}


def test_a_list_that_cannot_be_read_before_is_remembered(tenant, client):
    """So that it is not held against our creates later."""
    client.surveyed = {}
    answering(tenant, lambda request, _: httpx.Response(500) if request.method == "GET" else None)
    create(client)

    assert client.surveyed == {USERS: False}


def test_a_list_that_was_not_read_before_is_none_that_was_fine(client):
    """The run was interrupted meanwhile."""
    client.surveyed = {}
    client.halt()
    with pytest.raises(Stopped):
        create(client)

    assert client.surveyed == {USERS: False}


def test_a_create_that_cannot_be_noted_ends_the_run(tenant, client, tmp_path, monkeypatch):
    """It is not sent, and nothing is sent after it; clean-up goes on."""
    client.ledger.journal = Journal(tmp_path / "journal-x.jsonl", client.target.base, MARKS)
    create(client)

    def full(_file, _text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("conformance.scim.journal.os.write", full)
    with pytest.raises(Stopped) as stopped:
        create(client, OTHER)
    with pytest.raises(Stopped):
        client.send(Request("GET", USERS))

    assert (stopped.value.status, str(stopped.value)) == (None, "the run was interrupted")
    assert [one.method for one in tenant.sent] == ["POST"]
    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


# --- what becomes of a create ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("refused"), "connect"),
        (httpx.ConnectError("CERTIFICATE_VERIFY_FAILED"), "tls"),
        (None, None),
    ],
)
def test_a_create_that_was_never_sent_is_not_looked_for(tenant, client, problem, kind):
    """No connection, none that is to be trusted, or a run that was interrupted: nothing can have come of it."""

    def refuse(_request, _identifier):
        raise problem

    if problem is None:
        client.halt()
        with pytest.raises(Stopped):
            create(client)
    else:
        answering(tenant, refuse)
        assert create(client).error == kind

    assert client.ledger.open == []


def test_a_create_that_was_put_off_and_then_interrupted_is_looked_for(tenant, client):
    """It was answered 429 before, and an endpoint may carry out what it refuses."""

    def interrupt(request, _identifier):
        client._halt.set()
        return httpx.Response(429)

    answering(tenant, interrupt)
    with pytest.raises(Stopped) as stopped:
        create(client)

    assert stopped.value.status == 429
    assert [(claim.name, claim.status) for claim in client.ledger.open] == [(ME, 429)]


def test_a_create_that_the_guard_refuses_is_not_looked_for(client):
    """It was noted, and names somebody who could be anybody."""
    with pytest.raises(ForbiddenWrite):
        create(client, manager={"value": "7"})

    assert client.ledger.open == []


@pytest.mark.parametrize(
    ("answer", "ours", "reads"),
    [
        (lambda user: httpx.Response(201, json=user), True, 0),
        (lambda user: httpx.Response(201, headers={"location": f"/scim/Users/{user['id']}"}), True, 1),
        (lambda user: httpx.Response(201, json={"id": user["id"]}), True, 1),
        (lambda _user: httpx.Response(201), False, 0),
        (lambda user: httpx.Response(200, json={"id": user["id"]}), False, 0),
        (lambda user: httpx.Response(202, json={"id": user["id"]}), False, 0),
        (lambda user: httpx.Response(409, json={"id": user["id"]}), False, 0),
        (lambda user: httpx.Response(201, json={**user, "userName": BOSS}), False, 0),
    ],
)
def test_what_a_201_does_not_show_is_read(tenant, client, answer, ours, reads):
    """And nothing else is: any other answer proves nothing, whatever a read shows."""
    tenant.answer = answer
    create(client)

    assert client.owns(USERS, "101") is ours
    assert sent(tenant).count("GET /Users/101") == reads


@pytest.mark.parametrize("status", [403, 404])
def test_what_a_read_does_not_show_is_not_ours(tenant, client, status):
    """Also where an error says its name."""
    tenant.answer = lambda user: httpx.Response(201, json={"id": user["id"]})
    wrong = httpx.Response(status, json={"id": "101", "userName": ME})
    answering(tenant, lambda request, _: wrong if request.method == "GET" else None)
    create(client)

    assert not client.owns(USERS, "101")


def test_where_reads_have_lagged_each_create_is_read_at_once(tenant, client):
    """So that the journey that comes after it meets it."""
    create(client)
    assert sent(tenant) == ["POST /Users"]
    client.ledger.lag = 0.5
    create(client, OTHER)

    assert sent(tenant)[1:] == ["POST /Users", "GET /Users/102"]


def test_what_an_endpoint_did_wrong_with_a_create_is_kept_as_evidence(tenant, client, monkeypatch):
    """A few of them: a run of thousands does not keep them all; a good one is none."""
    monkeypatch.setattr(module, "MOST_EVIDENCE", 2)
    create(client, f"{ME}0")
    assert client.evidence == []
    tenant.answer = lambda user: httpx.Response(200, json=user)
    told = [create(client, f"{ME}{number}") for number in range(1, 5)]

    assert [exchange.url for exchange in client.evidence] == [exchange.url for exchange in told[:2]]
    assert len(client.ledger.events) == 4


@pytest.mark.parametrize(
    "spoilt", ["", "another name", "another collection", "not of our making", "refused", "no id", "not found"]
)
def test_what_a_lost_create_left_is_recovered_where_it_proves_to_be_ours(tenant, client, spoilt):
    """By the very name, in its collection; what is not proven is not ours."""
    name = SALES if spoilt == "not of our making" else ME
    answering(tenant, lambda request, _: httpx.Response(500) if request.method == "POST" else None)
    create(client, name)
    if spoilt == "refused":
        client.ledger.open[0].refused = "it has somebody else's name"
    if spoilt != "not found":
        tenant.users["9"] = {"id": "" if spoilt == "no id" else "9", "userName": name}
    wanted = (GROUPS if spoilt == "another collection" else USERS, OTHER if spoilt == "another name" else name)
    found = client.recover(*wanted)

    assert found == ("9" if spoilt == "" else None)
    assert client.owns(USERS, "9") is (spoilt == "")


def test_what_cannot_be_looked_for_is_not_recovered(tenant, client):
    """A list that is refused shows nobody."""
    answering(tenant, lambda *_: httpx.Response(500))
    create(client)

    assert client.recover(USERS, ME) is None


# --- what a write needs ------------------------------------------------------------------------------------


def test_a_read_only_run_reads_and_searches(tenant, client):
    """And sends nothing that could change anything."""
    create(client)
    client.read_only, client.surveyed = True, {}
    for refused in (lambda: create(client, OTHER), lambda: client.bulk([operation(OTHER)])):
        with pytest.raises(ForbiddenWrite, match="read-only"):
            refused()
    assert client.ledger.names(USERS) == [ME]
    client.send(Request("GET", USERS))
    client.send(Request("POST", "/Users/.search", body={}, searches=True))
    for method in ("PUT", "PATCH", "DELETE"):
        with pytest.raises(ForbiddenWrite, match="read-only"):
            client.send(Request(method, "/Users/101"))

    assert sent(tenant) == ["POST /Users", "GET /Users", "POST /Users/.search"]


def test_a_create_without_a_name_is_neither_sent_nor_noted(tenant, client):
    """Nobody could find it again."""
    client.surveyed = {}
    with pytest.raises(ForbiddenWrite, match="without a name"):
        client.create(USERS, {"userName": ""}, "")

    assert (tenant.sent, client.ledger.names(USERS)) == ([], [])


@pytest.mark.parametrize("path", ["/Users/7", None])
def test_a_job_that_reaches_what_was_ours_is_the_endpoint_s_doing(client, path):
    """Also where another of its operations would be the suite's."""
    create(client)
    client.ledger.gone(USERS, "101")
    odd = {"method": "DELETE", "path": path}

    with pytest.raises(SomebodyElse):
        client.bulk([odd, {"method": "DELETE", "path": "/Users/101"}])
    with pytest.raises(ForbiddenWrite) as refused:
        client.bulk([odd])
    assert not isinstance(refused.value, SomebodyElse)


def test_what_was_ours_is_told_from_what_never_was(client):
    """The one is the endpoint's doing, the other would be the suite's."""
    create(client)
    client.ledger.gone(USERS, "101")

    with pytest.raises(SomebodyElse, match="more than once"):
        client.send(Request("DELETE", "/Users/101"))
    with pytest.raises(ForbiddenWrite) as refused:
        client.send(Request("DELETE", "/Users/102"))
    assert not isinstance(refused.value, SomebodyElse)


@pytest.mark.parametrize(
    ("method", "status", "shown", "followed"),
    [
        ("PUT", 200, "900", True),
        ("PATCH", 200, "900", True),
        ("PUT", 409, "900", False),
        ("PUT", 200, "A1", False),
        ("PUT", 200, None, False),
    ],
)
def test_an_id_that_our_own_change_shows_is_followed(method, status, shown, followed):
    """Unless it was refused, or differs in letter case only: that is the same id."""
    tenant = Tenant(lambda user: httpx.Response(201, json=tenant.users.pop(user["id"]) | {"id": "a1"}))
    client = client_of(tenant)
    create(client)
    tenant.users["a1"] = {"id": "a1", "userName": ME}
    told = httpx.Response(status, json={"id": shown, "userName": ME})
    answering(tenant, lambda request, _: told if request.method == method else None)
    client.send(Request(method, "/Users/a1", body={"userName": ME}))

    assert [event.kind for event in client.ledger.events] == (["moved"] if followed else [])
    assert {entry.id for entry in client.ledger.owned} == ({"a1", "900"} if followed else {"a1"})


def test_a_change_to_somebody_whom_the_user_adopted_makes_nobody_ours(tenant, client):
    """Whatever id is shown."""
    client.adopt(USERS, "7")
    answering(
        tenant,
        lambda request, _: httpx.Response(200, json={"id": "8", "userName": ME}) if request.method == "PATCH" else None,
    )
    client.send(Request("PATCH", "/Users/7", body={}))

    assert (client.ledger.owned, client.ledger.events) == ([], [])


# --- deletes -----------------------------------------------------------------------------------------------


def test_a_delete_is_seen_to_be_done_for_the_first_two(tenant, client):
    """Then the answer is believed; each is preceded by what shows whose it is, once."""
    for number in range(3):
        create(client, f"{ME}{number}")
    tenant.sent.clear()
    for number in range(3):
        client.delete(USERS, str(101 + number))
    singles = [one for one in sent(tenant) if one.count("/") == 2]
    before = sent(tenant)[: sent(tenant).index("DELETE /Users/101")]
    assert f'GET /Users userName sw "{MARKS.prefix}"' in before  # what is there shows whether a list can be believed

    assert singles == [
        "GET /Users/101", "DELETE /Users/101", "GET /Users/101",
        "GET /Users/102", "DELETE /Users/102", "GET /Users/102",
        "GET /Users/103", "DELETE /Users/103",
    ]  # fmt: skip
    assert client.ledger.owned == []


def test_the_first_deletes_come_one_after_the_other(client):
    """What they show of the endpoint saves all others a read; those need not wait for each other."""
    entered = []

    class Door:
        def __enter__(self):
            entered.append(client.ledger.tries(USERS))

        def __exit__(self, *_problem):
            pass

    client._trials = Door()
    for number in range(4):
        create(client, f"{ME}{number}")
        client.delete(USERS, str(101))

    assert entered == [True, True]


def test_a_delete_that_was_never_sent_changes_nothing(tenant, client):
    """No connection: it is ours as before, and no read is needed to know that."""
    create(client)

    def refuse(request, _identifier):
        if request.method == "DELETE":
            raise httpx.ConnectError("refused")

    answering(tenant, refuse)
    assert client.delete(USERS, "101").error == "connect"
    assert sent(tenant)[-1] == "DELETE /Users/101"
    assert not client.ledger.was_tried(USERS, "101")


def test_a_second_delete_is_preceded_by_another_look(tenant, client):
    """Somebody else may have the id by then."""
    create(client)
    answering(tenant, lambda request, _: httpx.Response(500) if request.method == "DELETE" else None)
    client.delete(USERS, "101")
    tenant.users["101"]["userName"] = BOSS
    with pytest.raises(SomebodyElse):
        client.delete(USERS, "101")

    assert sum(one.startswith("DELETE") for one in sent(tenant)) == 1


def test_what_was_lost_is_claimed_and_what_is_ours_can_be_renamed(tenant, client):
    """Only where it proves to be ours; a clean-up knows it by the new name."""
    answering(tenant, lambda request, _: httpx.Response(500) if request.method == "POST" else None)
    create(client)
    assert not client.claim(USERS, ME, "7", {"id": "7", "userName": BOSS})
    assert client.claim(USERS, ME, "9", {"id": "9", "userName": ME})
    client.rename(USERS, "9", OTHER)

    assert client.ledger.owned == [Entry(USERS, OTHER, "9")]


def test_somebody_else_is_not_deleted(tenant, client):
    """Nothing is even listed for it."""
    with pytest.raises(ForbiddenWrite):
        client.delete(USERS, "7")

    assert tenant.sent == []


# --- reads -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "times"), [("timeout", 3), ("reset", 3), ("connect", 1), ("protocol", 1), (None, 1)]
)
def test_a_look_of_our_own_is_sent_again_where_it_was_lost(client, problem, times):
    """Three times at most; what was answered, or never sent, is not."""
    looks = []
    client.send = lambda request: looks.append(request) or Exchange("GET", "", error=problem)

    assert client.look(Request("GET", "/Users/7")).error == problem
    assert len(looks) == times


def test_the_answer_to_a_lost_look_that_was_sent_again_counts(client):
    """Nothing more is sent."""
    answers = [Exchange("GET", "", error="reset"), Exchange("GET", "", status=200), Exchange("GET", "", status=500)]
    client.send = lambda _request: answers.pop(0)

    assert client.look(Request("GET", "/Users/7")).status == 200


def test_a_read_without_our_credentials_shows_nothing(tenant, client):
    """A 404 to a stranger is no 404 to us, and 200 is none either."""
    create(client)
    answering(tenant, lambda request, _: httpx.Response(404) if "authorization" not in request.headers else None)
    client.send(Request("GET", "/Users/101", token=None))

    assert not client.ledger.is_absent(USERS, "101")
    assert len(tenant.sent) == 2
    client.send(Request("GET", "/Users/101"))
    assert client.ledger.is_seen(USERS, "101")


@pytest.mark.parametrize("status", [404, 410])
def test_what_was_created_a_moment_ago_is_read_again_until_it_shows(tenant, client, status):
    """Six times at most; where that did not help once, nothing else is waited for."""
    create(client)
    create(client, OTHER)
    gone = ["101"] * 2 + ["102"] * 99
    answering(
        tenant,
        lambda _request, identifier: (
            httpx.Response(status) if identifier in gone and (gone.remove(identifier) or True) else None
        ),
    )
    assert client.send(Request("GET", "/Users/101")).status == 200
    assert sent(tenant).count("GET /Users/101") == 3
    assert client.send(Request("GET", "/Users/102")).status == status
    assert sent(tenant).count("GET /Users/102") == 7
    assert client.send(Request("GET", "/Users/102")).status == status
    assert sent(tenant).count("GET /Users/102") == 8
    assert client.ledger.is_absent(USERS, "102")


def test_what_was_seen_once_or_is_not_ours_is_not_waited_for(tenant, client):
    """It is gone."""
    create(client)
    client.send(Request("GET", "/Users/101"))
    del tenant.users["101"]
    tenant.sent.clear()

    assert client.send(Request("GET", "/Users/101")).status == 404
    assert client.send(Request("GET", "/Users/102")).status == 404
    assert len(tenant.sent) == 2


@pytest.mark.parametrize(("age", "reads"), [(30.0, 7), (30.5, 1)])
def test_what_was_created_long_ago_is_not_waited_for(tenant, client, age, reads):
    """Half a minute is long."""
    now = [1_800_000_000.0]
    client.ledger.clock = Clock(lambda: now[0])
    create(client)
    del tenant.users["101"]
    tenant.sent.clear()
    now[0] += age
    client.send(Request("GET", "/Users/101"))

    assert len(tenant.sent) == reads


def test_the_longest_lag_is_remembered(tenant, client):
    """From the create to the read that shows it; a shorter one later changes nothing."""
    now = [1_800_000_000.0]
    client.ledger.clock = Clock(lambda: now[0])

    def lag(name, identifier, seconds):
        create(client, name)
        row = tenant.users.pop(identifier)
        client._halt = SimpleNamespace(
            is_set=lambda: False,
            wait=lambda _pause: now.__setitem__(0, now[0] + seconds) or tenant.users.update({identifier: row}),
        )
        client.send(Request("GET", f"/Users/{identifier}"))

    lag(ME, "101", 4.0)
    assert client.ledger.lag == 4.0
    client.ledger.lag = 0.0
    lag(OTHER, "102", 2.0)
    assert client.ledger.lag == 2.0
    client.ledger.lag = 3.0
    lag(f"{ME}3", "103", 2.0)
    assert client.ledger.lag >= 3.0


def test_who_is_listed_was_there_before(tenant, client):
    """A later create that is answered with their id does not hand them over; the list itself is nobody."""
    client.send(Request("GET", USERS))
    assert list(client.ledger._met) == [(USERS, "7")]
    tenant.answer = lambda user: httpx.Response(201, json={**user, "id": "7"})
    create(client)

    assert not client.owns(USERS, "7")


# --- how a request is sent ---------------------------------------------------------------------------------


def test_what_is_sent_is_what_entra_sends(tenant, client):
    """JSON in UTF-8 as it is, with its type; a request without a body has none."""
    client.target.headers["X-Tenant"] = Secret("blue")
    create(client, f"{ME}-José")
    client.send(Request("GET", USERS))
    post, read = tenant.sent

    assert "José".encode() in post.content
    assert post.headers["content-type"] == "application/scim+json; charset=utf-8"
    assert (post.headers["accept"], post.headers["x-tenant"]) == ("application/scim+json", "blue")
    assert post.headers["authorization"] == "Bearer canary-token-0123456789"
    assert "content-type" not in read.headers
    assert json.loads(post.content)["userName"] == f"{ME}-José"


def test_a_request_can_be_wrong_on_purpose(tenant, client):
    """A raw text has the type of a body, too; a header can be set, in any letter case, or left out."""
    client.send(Request("POST", USERS, text="{bad"))
    client.send(Request("GET", USERS, headers={"Accept": "text/plain", "Authorization": None}))
    client.send(Request("GET", USERS, token="other"))
    raw, plain, other = tenant.sent

    assert (raw.content, raw.headers["content-type"]) == (b"{bad", "application/scim+json; charset=utf-8")
    assert plain.headers["accept"] == "text/plain"
    assert "authorization" not in plain.headers
    assert other.headers["authorization"] == "Bearer other"


def test_requests_retries_and_losses_are_counted(tenant, client):
    """Each attempt is a request; what was waited for is told with the answer."""
    assert (client.requests_sent, client.retries) == (0, 0)
    answers = [httpx.Response(429), httpx.Response(429), None]
    answering(tenant, lambda *_: answers.pop(0) if answers else None)
    exchange = client.send(Request("GET", USERS))
    assert (client.requests_sent, client.retries, exchange.status, exchange.retries) == (3, 2, 200, 2)

    answers += [httpx.Response(429), None]
    client.send(Request("GET", USERS))
    assert (client.requests_sent, client.retries, client.unanswered) == (5, 3, {})


def test_who_is_not_patient_gets_the_first_answer(tenant, client):
    """As it is: a 429 that is asked for is judged."""
    answering(tenant, lambda *_: httpx.Response(429))

    exchange = client.send(Request("GET", USERS, patient=False))
    assert (exchange.status, exchange.error, len(tenant.sent)) == (429, None, 1)
    assert client.send(Request("GET", USERS)).error == "rate-limited"


def test_a_request_that_was_sent_again_as_there_was_no_connection_was_not_put_off(tenant, client):
    """A server that came back has asked nobody to wait."""
    down = [True]
    client.send(Request("GET", USERS))

    def fail(_request, _identifier):
        if down and down.pop():
            raise httpx.ConnectError("refused")

    answering(tenant, fail)
    exchange = client.send(Request("GET", USERS))

    assert (exchange.status, exchange.retries, client.retries) == (200, 0, 0)


@pytest.mark.parametrize(("token", "times"), [("own", 2), (None, 1), ("other", 1)])
def test_a_request_is_sent_again_once_with_a_new_token(tenant, client, token, times):
    """Only where it was our own that ran out, and only once."""
    asked = []
    client.credentials.settle = lambda _headers, status: asked.append(status) or True
    client.send(Request("GET", USERS, token=token))

    assert len(tenant.sent) == times
    assert bool(asked) is (token == "own")


def test_an_exchange_says_when_it_began_and_how_long_it_took(tenant, client, monkeypatch):
    """In seconds since the run's start."""
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    client._born = 90.0
    answering(tenant, lambda *_: now.__setitem__(0, now[0] + 2.5))
    exchange = client.send(Request("GET", USERS))

    assert (exchange.started, exchange.elapsed) == (10.0, 2.5)


def test_an_endpoint_that_asks_to_wait_is_waited_for(tenant, client, monkeypatch):
    """As long as it says; and the end of a run waits as long as it has to."""
    monkeypatch.setattr("conformance.scim.endurance.asked_to_wait", lambda _text: 3.0)
    waits = []
    client._halt = SimpleNamespace(is_set=lambda: False, wait=waits.append)
    answers = [httpx.Response(429)]
    answering(tenant, lambda *_: answers.pop() if answers else None)
    client.send(Request("GET", USERS))
    client.wait(8.0)

    assert waits == [3.0, 8.0]


def test_what_cannot_be_sent_is_not_tried_twice(tenant, client):
    """No token is to be had: whoever gives them is asked once, and the answer says why."""
    asked = []

    def refuse(_token):
        asked.append(True)
        raise CredentialsRefused("no token")

    client.credentials.headers = refuse
    exchange = client.send(Request("GET", USERS))
    assert (exchange.error, exchange.error_detail, len(asked)) == ("refused", "no token", 1)

    client._endurance.spent = lambda: asked.append(True) or "it is over"
    exchange = client.send(Request("GET", USERS))
    assert (exchange.error, exchange.error_detail, len(asked)) == ("not-sent", "it is over", 2)
    assert tenant.sent == []


def test_a_fault_of_our_own_is_told_without_the_token(tenant, client):
    """Whatever the words are in which it came."""

    def fail(_request, _identifier):
        raise RuntimeError("canary-token-0123456789 is wrong")

    answering(tenant, fail)
    with pytest.raises(Crash) as crash:
        client.send(Request("GET", USERS))
    assert "canary" not in str(crash.value)


@pytest.mark.parametrize(
    ("limit", "error", "kind"),
    [
        (AMPLE_BODY, "too-large", "too-large"),
        (AMPLE_BODY - 1, "too-large", "no-room"),
        (AMPLE_BODY - 1, "reset", "reset"),
    ],
)
def test_an_answer_is_taken_as_the_wire_gives_it(client, monkeypatch, limit, error, kind):
    """It has twice the time of a request, what it can take is left over, and no secret is in it."""
    asked = []

    def receive(*given, **more):
        asked.append(more)
        told = {"error": error, "error_detail": "canary-token-0123456789", "body": "canary-token-0123456789"}
        return told | {"headers": {"date": "Thu, 01 Jan 2099 00:00:00 GMT"}}

    monkeypatch.setattr(module.pool, "receive", receive)
    monkeypatch.setattr("conformance.scim.endurance.Endurance.largest", limit)
    exchange = client.send(Request("GET", USERS))

    assert asked == [{"patience": 60.0, "limit": limit}]
    assert (exchange.error, "canary" in repr(exchange)) == (kind, False)
    assert client.ledger.clock.there > client.ledger.clock.now() + 3600


def test_after_the_end_nothing_is_sent(tenant, client):
    """What was not sent says so, without a request."""
    client._endurance.time_limit, client._endurance._until = 60.0, 0.0
    exchange = client.send(Request("GET", USERS))

    assert (exchange.error, exchange.status, tenant.sent) == ("not-sent", None, [])
    assert client.requests_sent == 0


def test_everything_is_closed_at_the_end(tenant, tmp_path):
    """All connections, also those to where tokens come from; and the journal, which goes where nothing is left."""
    client = client_of(tenant)
    path = tmp_path / "journal-x.jsonl"
    client.ledger.journal = Journal(path, client.target.base, MARKS)
    closed = []
    client.credentials.close = lambda: closed.append(True)
    client.close()

    assert (client._http.is_closed, closed, path.exists()) == (True, [True], False)


# --- jobs --------------------------------------------------------------------------------------------------


def job_of(tenant, answer):
    """Let a function answer jobs."""
    answering(tenant, lambda request, _: answer(request) if request.url.path.endswith("/Bulk") else None)


def operation(name=ME, bulk_id="a"):
    """A create in a job."""
    return {"method": "POST", "path": USERS, "bulkId": bulk_id, "data": {"userName": name}}


def test_a_job_that_is_answered_as_a_create_is_told(tenant, client):
    """It made something that carries no name of ours: nobody deletes it, and it is not forgotten."""
    job_of(tenant, lambda _request: httpx.Response(201, json={"id": "900"}))
    client.bulk([])

    assert list(client.ledger.strays) == [(USERS, "900")]
    assert "POST /Bulk should have created nothing, and was answered 201" in client.ledger.strays.values()


def test_what_a_job_may_create_is_in_the_journal_before_it_is_sent(tenant, client, tmp_path):
    """As part of a job; and where it is not sent after all, it is not looked for."""
    client.ledger.journal = Journal(tmp_path / "journal-x.jsonl", client.target.base, MARKS)
    noted = []
    job_of(
        tenant,
        lambda _request: (
            noted.append([one.name for one in read_journal(tmp_path / "journal-x.jsonl").open]) or httpx.Response(500)
        ),
    )
    client.bulk([operation(), operation(OTHER, "b")])
    assert noted == [[ME, OTHER]]
    assert [(claim.bulk, claim.status) for claim in client.ledger.open] == [(True, 500), (True, 500)]

    client.halt()
    with pytest.raises(Stopped):
        client.bulk([operation(f"{ME}3", "c")])
    assert len(client.ledger.open) == 2


def test_what_a_job_created_is_ours_by_its_result(tenant, client):
    """Each by its own bulkId, whatever the order; what is silent is looked for later."""
    rows = [
        {"bulkId": "b", "status": "201", "response": {"id": "902", "userName": OTHER}},
        {
            "bulkId": "a",
            "status": {"code": "201"},
            "location": "/scim/Users/901",
            "response": {"id": "901", "userName": ME},
        },
    ]
    job_of(tenant, lambda _request: httpx.Response(200, json={"Operations": rows}))
    _, born = client.bulk([operation(), operation(OTHER, "b"), operation(f"{ME}3", "c")])

    assert born == {"a": Entry(USERS, ME, "901"), "b": Entry(USERS, OTHER, "902")}
    assert [(claim.name, claim.status) for claim in client.ledger.open] == [(f"{ME}3", 200)]


def test_a_long_job_is_recorded_by_its_beginning_and_sent_whole(tenant, client):
    """Its answer comes with it."""
    job_of(tenant, lambda _request: httpx.Response(413))
    exchange, born = client.bulk([operation(f"{ME}{number}", f"b{number}") for number in range(50)])

    assert (exchange.status, born, len(exchange.request_body["Operations"])) == (413, {}, 41)
    assert len(json.loads(tenant.sent[-1].content)["Operations"]) == 50


def test_what_a_job_names_and_makes_itself_is_not_looked_at(tenant, client):
    """And all else is, as before a single request."""
    job_of(tenant, lambda _request: httpx.Response(200, json={"Operations": []}))
    rows = [operation(), {**operation(OTHER, "b"), "data": {"userName": OTHER, "manager": {"value": "bulkId:a"}}}]
    client.bulk(rows)
    assert sent(tenant) == ["GET /Users/bulkId:nowhere", "GET /Groups/bulkId:nowhere", "POST /Bulk"]
    rows[1]["data"]["manager"] = {"value": "nobody"}
    client.bulk([rows[1]])

    assert sent(tenant)[3:] == ["GET /Users/nobody", "POST /Bulk"]


# --- what a probe left -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "answer", "place"),
    [
        (GROUPS, httpx.Response(201, json={"id": "900"}), (GROUPS, "900")),
        ("/Things", httpx.Response(200, json={"id": 900}), (USERS, "900")),
        (USERS, httpx.Response(201, headers={"location": "/scim/Users/900"}), (USERS, "900")),
        (USERS, httpx.Response(400, json={"id": "900"}), None),
        (USERS, httpx.Response(201), None),
        (USERS, httpx.Response(201, json={"id": ".."}), None),
        (USERS, httpx.Response(200, json={"id": "900", "Operations": []}), None),
        (USERS, httpx.Response(201, json={"id": "101"}), None),
    ],
)
def test_what_a_probe_led_to_is_remembered(tenant, client, path, answer, place):
    """Where it was answered well, with an id of which a URL can be made, and not with what is ours already."""
    create(client)
    answering(tenant, lambda request, _: answer if request.method == "POST" else None)
    client.send(Request("POST", path, text="{bad"))

    assert list(client.ledger.strays) == ([place] if place else [])


def test_a_search_leads_to_nothing(tenant, client):
    """It is a POST that reads."""
    answering(tenant, lambda *_: httpx.Response(200, json={"id": "900"}))
    client.send(Request("POST", "/Users/.search", body={}, searches=True))
    client.send(Request("GET", "/Users/900"))

    assert client.ledger.strays == {}


# --- at the end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "status", "broken"), [(True, 500, True), (True, 503, True), (True, 499, False), (False, 500, False)]
)
def test_a_list_that_broke_in_the_run_is_told(tenant, client, before, status, broken):
    """Where it could be read before, with those of our creates that were refused since: a bad row breaks some lists."""
    for number in range(5):
        answering(tenant, lambda request, _: httpx.Response(400) if request.method == "POST" else None)
        create(client, f"{ME}{number}")
    tenant.handle = Tenant().handle
    create(client, OTHER)
    client.surveyed = {USERS: before}
    answering(
        tenant,
        lambda request, identifier: httpx.Response(status) if request.method == "GET" and not identifier else None,
    )
    events = [event for event in client.reckon() if event.kind == "broken"]

    assert len(events) == len(client.evidence) == broken
    if broken:
        assert (events[0].collection, events[0].name, events[0].id) == (USERS, "", "")
        assert f"200 before the first create, and {status} at the end" in events[0].detail
        assert events[0].detail.endswith(f"creates of {', '.join(f'{ME}{number}' for number in (2, 3, 4))}")


def test_a_list_that_broke_without_a_refusal_names_nobody(tenant, client):
    """Nothing of ours is under suspicion; no answer at all says nothing."""
    create(client)
    answering(
        tenant, lambda request, identifier: httpx.Response(500) if request.method == "GET" and not identifier else None
    )
    [event] = client.reckon()[:1]
    assert event.detail.endswith("and 500 at the end")

    lost = client_of(tenant)
    lost.look = lambda _request: Exchange("GET", "", error="timeout")
    assert (lost.reckon(), lost.evidence) == ([], [])
    lost.close()


def test_a_reckoning_in_the_run_deletes_nothing(tenant, client):
    """It tells what the endpoint did by then."""
    tenant.answer = lambda _user: httpx.Response(500)
    create(client)
    events = client.reckon()

    assert [(event.kind, event.id) for event in events] == [("stored", "101")]
    assert "101" in tenant.users
    assert all(one.method != "DELETE" for one in tenant.sent)


def test_an_interrupted_run_is_cleaned_up(tenant, client):
    """Nothing is sent after it was halted, until then; the limits of the run do not hold for it."""
    create(client)
    client.halt()
    with pytest.raises(Stopped):
        client.send(Request("GET", USERS))
    client._endurance.time_limit, client._endurance._until = 60.0, 0.0

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_all_that_is_left_is_deleted_one_after_the_other(tenant, client):
    """However many there are, and what was lost too."""
    for number in range(3):
        create(client, f"{ME}{number}")
    tenant.answer = lambda _user: httpx.Response(500)
    create(client, OTHER)
    done = []
    client.each(done.append, (one for one in "abc"))

    assert done == ["a", "b", "c"]
    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]
