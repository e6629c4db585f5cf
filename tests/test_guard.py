"""Attempts to get around the guard: whatever an endpoint answers, nobody else's resource is written to."""

from __future__ import annotations

import json
from urllib.parse import unquote

import httpx
import pytest

from conformance.scim.claim import Claim
from conformance.scim.client import ForbiddenWrite
from conformance.scim.journal import Account, Entry
from conformance.scim.lookout import SomebodyElse
from conformance.scim.request import Request
from conformance.scim.target import segment
from tests.small_tenant import BOSS, MARKS, ME, Tenant, at_once, client_of

TEAM = f"{MARKS.prefix}-team"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting."""
    at_once(monkeypatch)


def create(client, name=ME):
    """Create a user."""
    return client.create("/Users", {"userName": name}, name)


def answers(change, status=201, **headers):
    """The answer to a create, with something changed in the resource that it shows."""
    return lambda user: httpx.Response(status, json=change(dict(user)), headers=headers)


def emptily(location):
    """An answer without a body, which leads elsewhere."""
    return lambda _user: httpx.Response(201, headers={"location": location})


ATTACKS = {
    "a foreign id with our name": answers(lambda u: u | {"id": "7"}),
    "a foreign id with our name in capitals": answers(lambda u: {"id": "7", "USERNAME": u["userName"].upper()}),
    "a foreign id without a name": answers(lambda _u: {"id": "7"}),
    "a foreign resource": answers(lambda _u: {"id": "7", "userName": BOSS}),
    "a foreign resource with 200, as for a duplicate": answers(lambda _u: {"id": "7", "userName": BOSS}, 200),
    "a foreign resource that shows our name to be its display name": answers(
        lambda u: {"id": "7", "userName": BOSS, "displayName": u["userName"]}
    ),
    "a location with a foreign id": emptily("http://127.0.0.1/scim/Users/7"),
    "a location at another host": emptily("https://elsewhere.example/scim/Users/7"),
    "a location without a host": emptily("//elsewhere.example/Users/7"),
    "a location with a query": emptily("/scim/Users/7?x=/Users/101"),
    "an id with two dots": answers(lambda u: u | {"id": "../Users/7"}),
    "an id with encoded dots": answers(lambda u: u | {"id": "%2e%2e/Users/7"}),
    "an id that is encoded": answers(lambda u: u | {"id": "%37"}),
    "an id that is encoded twice": answers(lambda u: u | {"id": "%2537"}),
    "an id with an encoded slash": answers(lambda u: u | {"id": "101%2F..%2F7"}),
    "an id with a query": answers(lambda u: u | {"id": "7?x=1"}),
    "an id with a fragment": answers(lambda u: u | {"id": "7#x"}),
    "an id with a blank": answers(lambda u: u | {"id": "7 "}),
    "an id with a line break": answers(lambda u: u | {"id": "7\n"}),
    "a redirect that keeps the method": lambda _u: httpx.Response(307, headers={"location": "/scim/Users/7"}),
    "a permanent redirect": lambda _u: httpx.Response(308, headers={"location": "/scim/Users/7"}),
    "a server error with a foreign resource": answers(lambda _u: {"id": "7", "userName": BOSS}, 500),
}


@pytest.mark.parametrize("decode", [1, 2, 3], ids=["decoded once", "twice", "three times"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_answer_to_a_create_makes_us_write_to_somebody_else(attack, decode):
    """Whatever id a create is answered with, the boss is the same after we wrote to it and cleaned up."""
    tenant = Tenant(ATTACKS[attack], decode)
    before = json.dumps(tenant.boss)
    client = client_of(tenant)
    exchange = create(client)
    identifier = exchange.resource_id or "7"

    for method in ("PUT", "PATCH", "DELETE"):
        try:
            client.send(Request(method, f"/Users/{segment(identifier)}", body={}))
        except ForbiddenWrite:
            continue
    client.sweep()

    assert json.dumps(tenant.boss) == before
    assert list(tenant.users) == ["7"], "and ours was found by its name, and deleted"


def test_an_id_that_needs_escaping_is_used_where_it_leads_to_ours():
    """An odd id is no reason to leave something behind."""
    tenant = Tenant()
    client = client_of(tenant)
    odd = "cn=me, ou=people/ö?#%"
    tenant.answer = lambda user: httpx.Response(201, json=tenant.users.setdefault(odd, user | {"id": odd}))
    whole = tenant.handle
    tenant.handle = lambda request, _identifier: whole(
        request, unquote(request.url.raw_path.decode().rpartition("/")[2])
    )
    create(client)

    assert client.delete("/Users", odd).status == 204


def test_one_read_before_the_first_write_and_none_where_the_run_has_read_it():
    """The look costs one request a resource at most."""
    tenant = Tenant()
    client = client_of(tenant)
    for name in (ME, f"2{ME}"):
        create(client, name)
    client.send(Request("GET", "/Users/102"))
    for identifier in ("101", "102"):
        client.send(Request("PATCH", f"/Users/{identifier}", body={}))
        client.send(Request("PATCH", f"/Users/{identifier}", body={}))

    assert [r.method for r in tenant.sent] == ["POST", "POST", "GET", "GET", "PATCH", "PATCH", "PATCH", "PATCH"]


def test_a_read_that_fails_is_no_reason_to_leave_something_behind():
    """The answer to the create showed our name; what cannot be read speaks against nothing."""
    tenant = Tenant()
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(500) if r.method == "GET" and i else whole(r, i)
    client = client_of(tenant)
    create(client)

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_an_id_that_was_given_away_after_our_delete_is_not_written_to():
    """Databases reuse the highest number: what was ours a moment ago can be somebody else's."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    client.delete("/Users", "101")
    tenant.users["101"] = {"id": "101", "userName": "new-hire@example.com"}

    for method in ("PUT", "PATCH", "DELETE"):
        with pytest.raises(ForbiddenWrite):
            client.send(Request(method, "/Users/101", body={}, invents=True))
    assert "101" in tenant.users


@pytest.mark.parametrize(
    "path",
    [
        "/Users/7", "/Users/%37", "/Users/%2537", "/users/7", "/USERS/7", "/Users//7", "/Users/7/", "//Users/7",
        "/Users/./7", "/Users/../Users/7", "/Users/%2e%2e/Users/7", "/Users/%2E%2E%2FUsers%2F7", "/Users/101/../7",
        "/Users/101%2F..%2F7", "/Users/7?x=/Users/101", "/Users/7#/Users/101", "/Users/7;x=/Users/101", "/Me", "/",
        "/Users/101?/../7", "/Users\\7", "/Groups/101", "http://127.0.0.1/scim/Users/7", "@elsewhere.example/Users/101",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "put", "Patch", "delete", "POST", "MERGE", "MOVE", "LOCK"]
)
def test_no_path_leads_to_somebody_else(path, method):
    """Case, encoding, dots, queries, fragments and parameters: a path that is not exactly ours is not sent."""
    tenant = Tenant(decode=3)
    client = client_of(tenant)
    create(client)
    sent = len(tenant.sent)

    with pytest.raises(ForbiddenWrite):
        client.send(Request(method, path, body={"displayName": "x"}))
    assert len(tenant.sent) == sent


@pytest.mark.parametrize(
    "request_",
    [
        Request("DELETE", "/Users/7", searches=True),
        Request("POST", "/Users/7", body={"x": 1}, searches=True),
        Request("PATCH", "/Users/7/.search", body={}, searches=True),
        Request("DELETE", "/Users/7", invents=True),
        Request("POST", "/Users/7", body={}, invents=True),
        Request("DELETE", "/Users/../e59e8cbb-2090-425b-ac73-35b03b76a0d7", invents=True),
        Request("GET", "/Users/7", headers={"X-HTTP-Method-Override": "DELETE"}),
        Request("POST", "/Users", body={"userName": "unnoted@example.com"}),
        Request("POST", "/Users", body={"displayName": "unnoted"}),
        Request("POST", "/Users", text='{"userName": "unnoted@example.com"}'),
        Request("POST", "/Groups", body={"displayName": ME}),
        Request("POST", "/Users/../Groups", body={}),
        Request("POST", "/Bulk", body={"Operations": [{"method": "DELETE", "path": "/Users/7"}]}),
        Request("POST", "/Bulk/", text='{"\\u004fperations": [{"method": "DELETE", "path": "/Users/7"}]}'),
    ],
    ids=lambda request: f"{request.method} {request.path}",
)
def test_no_flag_of_a_request_opens_the_door(request_):
    """What searches, invents, or is no job must be just that; and nothing is created that is not journalled."""
    tenant = Tenant()
    client = client_of(tenant)

    with pytest.raises(ForbiddenWrite):
        client.send(request_)
    assert tenant.sent == []


def test_a_creation_without_a_name_is_not_sent():
    """It could not be found again."""
    tenant = Tenant()

    with pytest.raises(ForbiddenWrite):
        client_of(tenant).create("/Users", {"displayName": "x"}, "")
    assert tenant.sent == []


def job_rows(path, **more):
    """An operation that would reach somebody else."""
    return {"method": "DELETE", "path": path, **more}


@pytest.mark.parametrize(
    "path",
    [
        "/Users/7", "/Users/%37", "/users/7", "/Users/101/../7", "/Users/%2e%2e/Users/7", "Users/7", "/Users/7?x=101",
        "http://127.0.0.1/scim/Users/7", "//elsewhere.example/Users/7", "/Users/bulkId:nobody", "/Me", "/", "/Users/ 7",
    ],
)  # fmt: skip
def test_no_operation_of_a_job_leads_to_somebody_else(path):
    """As for single requests."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    sent = len(tenant.sent)

    with pytest.raises(ForbiddenWrite):
        client.bulk([job_rows(path)])
    assert len(tenant.sent) == sent


def test_a_job_does_not_touch_an_id_that_leads_to_somebody_else():
    """The look before the first write is taken before a job too."""
    tenant = Tenant(ATTACKS["a foreign id with our name"])
    client = client_of(tenant)
    create(client)

    with pytest.raises(SomebodyElse):
        client.bulk([job_rows("/Users/7")])
    assert tenant.boss


@pytest.mark.parametrize(
    "result",
    [
        {"location": "/scim/Users/7"},
        {"location": "https://elsewhere.example/Users/7"},
        {"response": {"id": "7", "userName": ME}},
        {"response": {"id": "../Users/7", "userName": ME}},
        {"response": {"id": "7", "userName": BOSS}},
        {"response": {"id": "7"}},
    ],
)
def test_no_result_of_a_job_makes_us_write_to_somebody_else(result):
    """What a job says it created is looked at before it is written to."""
    tenant = Tenant(decode=3)
    whole = tenant.handle
    row = {"method": "POST", "bulkId": "a", "status": "201", **result}
    tenant.handle = lambda r, i: (
        httpx.Response(200, json={"Operations": [row]}) if r.url.path.endswith("/Bulk") else whole(r, i)
    )
    client = client_of(tenant)
    client.bulk([{"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": ME}}])
    client.sweep()

    assert list(tenant.users) == ["7"]


def test_a_name_that_nobody_has_is_not_looked_for():
    """An endpoint with a nameless user of somebody else: a lost create does not lead to it."""
    tenant = Tenant(lambda _user: httpx.Response(500))
    tenant.users["7"]["userName"] = ""
    client = client_of(tenant)
    create(client)
    client.sweep()

    assert list(tenant.users) == ["7"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_redirects_are_followed_neither_with_a_write_nor_with_the_token(method, status):
    """To another origin or to the same one: the answer is the redirect."""
    tenant = Tenant()
    client = client_of(tenant)
    create(client)
    client.send(Request("GET", "/Users/101"))
    tenant.handle = lambda _r, _i: httpx.Response(status, headers={"location": "http://127.0.0.2/scim/Users/7"})
    sent = len(tenant.sent)

    assert client.send(Request(method, "/Users/101", body=None)).status == status
    assert len(tenant.sent) == sent + 1
    assert tenant.sent[-1].url.host == "127.0.0.1"


ENDS = {
    "204 and gone": (204, True, []),
    "204 and still there": (204, False, ["101"]),
    "404 and gone": (404, True, []),
    "404 and still there": (404, False, ["101"]),
    "202 and gone": (202, True, []),
    "202 and still there": (202, False, ["101"]),
    "500": (500, False, ["101"]),
    "429": (429, False, ["101"]),
    "405": (405, False, ["101"]),
}


@pytest.mark.parametrize("case", ENDS)
def test_what_is_not_deleted_is_listed_by_its_id(case):
    """An answer to DELETE that leaves it open is checked by a read; what is there at the end is told."""
    status, gone, expected = ENDS[case]
    tenant = Tenant()
    whole = tenant.handle

    def handle(request, identifier):
        if request.method != "DELETE":
            return whole(request, identifier)
        if gone:
            tenant.users.pop(identifier, None)
        return httpx.Response(status, headers={"retry-after": "0"})

    tenant.handle = handle
    client = client_of(tenant)
    create(client)

    assert [entry.id for entry in client.sweep().left] == expected


def test_a_server_that_comes_back_is_cleaned_up():
    """The end of a run waits a little for one that is away."""
    tenant = Tenant()
    whole = tenant.handle
    client = client_of(tenant)
    create(client)
    away = iter([True, True])

    def handle(request, identifier):
        if next(away, False):
            raise httpx.ConnectError("refused")
        return whole(request, identifier)

    tenant.handle = handle

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_a_server_that_stays_away_is_not_waited_for_once_a_resource():
    """A few requests without an answer end each attempt, however much is left; all of it is listed."""
    tenant = Tenant()
    client = client_of(tenant)
    for number in range(20):
        create(client, f"{number}{ME}")
        client.send(Request("GET", f"/Users/{101 + number}"))

    def away(_request, _identifier):
        raise httpx.ConnectTimeout("away")

    tenant.handle = away
    before = len(tenant.sent)

    assert len(client.sweep().left) == 20
    assert len(tenant.sent) - before <= 8


def test_what_may_have_been_created_and_cannot_be_looked_up_is_listed_by_its_name():
    """No id is known of it, which is no reason to be silent."""
    tenant = Tenant()
    tenant.handle = lambda request, _i: httpx.Response(504 if request.method == "POST" else 500)
    client = client_of(tenant)
    create(client)

    told = client.sweep().unconfirmed
    assert [(entry.name, entry.id) for entry in told] == [(ME, None), ("scimconf-abc234-…", None)]
    assert "answered 504" in told[0].reason


def test_what_a_server_error_hides_is_found_by_its_name():
    """A create that was done and answered 500 leaves nothing behind."""
    tenant = Tenant(lambda _user: httpx.Response(500))
    client = client_of(tenant)
    create(client)

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_what_is_created_under_another_name_is_listed_by_ours():
    """The endpoint says 201 and has one of another name now: that is not ours to delete, and somebody has to know."""
    tenant = Tenant(lambda user: httpx.Response(201, json=user.update(userName="somebody") or user))
    client = client_of(tenant)
    create(client)

    account = client.sweep()

    why = "it is not deleted: it has somebody else's name"
    assert account == Account([Entry("/Users", "somebody", "101", why)])
    assert len(tenant.users) == 2


def test_a_part_of_a_resource_permits_no_write():
    """Who was there before us shows it by a date that a projected answer leaves out."""
    tenant = Tenant(lambda user: httpx.Response(201, json={"id": "7", "userName": user["userName"]}))
    whole = tenant.handle

    def handle(request, identifier):
        """Take the create for a change of the user who is there, and show of them what was asked for."""
        answer = whole(request, identifier)
        if request.method == "POST":
            name = tenant.users.popitem()[1]["userName"]
            tenant.boss.update(userName=name, meta={"created": "2025-01-01T00:00:00Z"})
        elif "attributes=" in str(request.url):
            return httpx.Response(200, json={"id": "7", "userName": tenant.boss["userName"]})
        return answer

    tenant.handle = handle
    client = client_of(tenant)
    create(client)
    client.send(Request("GET", "/Users/7", "attributes=userName"))

    with pytest.raises(SomebodyElse):
        client.send(Request("PATCH", "/Users/7", body={}))
    assert [request.method for request in tenant.sent if request.method not in {"GET", "POST"}] == []


def test_what_a_job_may_have_deleted_is_looked_at_before_each_write():
    """Its answer says that it did, and the id can lead to somebody else by then."""
    tenant = Tenant()
    whole = tenant.handle

    def handle(request, identifier):
        """Do what the job says, and take an id that nobody has for the first row."""
        if request.url.path.endswith("/Bulk"):
            tenant.users.pop(json.loads(request.content)["Operations"][0]["path"].rpartition("/")[2])
            return httpx.Response(200, json={"Operations": []})
        return whole(request, identifier if identifier is None or identifier in tenant.users else "7")

    tenant.handle = handle
    client = client_of(tenant)
    identifier = create(client).resource_id
    client.send(Request("GET", f"/Users/{identifier}"))
    client.bulk([{"method": "DELETE", "path": f"/Users/{identifier}"}])

    with pytest.raises(SomebodyElse):
        client.delete("/Users", identifier)
    assert tenant.boss["userName"] == BOSS


def test_a_reference_that_a_job_leaves_unresolved_is_nobody_s():
    """It is looked up before the first such job, as an id that nobody has may lead to the first row."""
    tenant = Tenant()
    tenant.handle = lambda _request, _identifier: httpx.Response(200, json=tenant.boss)
    client = client_of(tenant)
    new = {"method": "POST", "path": "/Users", "bulkId": "new", "data": {"userName": ME}}
    change = {"method": "PATCH", "path": "/Users/bulkId:new", "data": {"Operations": []}}

    with pytest.raises(SomebodyElse):
        client.bulk([new, change])
    assert [(request.method, request.url.path) for request in tenant.sent] == [("GET", "/scim/Users/bulkId:nowhere")]
    assert (client.ledger.open, [event.kind for event in client.ledger.events]) == ([], ["taken"])


@pytest.mark.parametrize("status", [404, 400, 500])
def test_a_reference_is_looked_up_once(status):
    """Whatever the endpoint says of it but that somebody is there."""
    tenant = Tenant()
    tenant.handle = lambda _request, _identifier: httpx.Response(status)
    client = client_of(tenant)
    boss = {"method": "POST", "path": "/Users", "bulkId": "boss", "data": {"userName": ME}}
    report = {**boss, "bulkId": "report", "data": {"userName": f"{ME}.uk", "manager": {"value": "bulkId:boss"}}}
    for _ in range(2):
        client.bulk([boss, report])

    looked = [request.url.path for request in tenant.sent if request.method == "GET"][:2]
    assert looked == ["/scim/Users/bulkId:nowhere", "/scim/Groups/bulkId:nowhere"]
    assert len([request for request in tenant.sent if "nowhere" in request.url.path]) == 2


@pytest.mark.parametrize(("status", "sent"), [(404, True), (400, True), (200, False)])
def test_new_groups_are_nested_only_where_no_user_has_the_id_of_a_group(status, sent):
    """Some endpoints take every member for a user, and a new group's id is not known before it is there."""
    tenant = Tenant()
    client = client_of(tenant)
    jobs = [
        {"method": "POST", "path": "/Groups", "bulkId": one, "data": {"displayName": f"{TEAM}-{one}", "members": [
            {"value": f"bulkId:{other}"}]}} for one, other in (("one", "two"), ("two", "one"))
    ]  # fmt: skip
    tenant.handle = lambda _request, _identifier: httpx.Response(404)
    with pytest.raises(SomebodyElse):
        client.bulk(jobs)  # no group is there that would tell
    client.ledger.own(Claim("/Groups", TEAM), "9")
    tenant.handle = lambda request, _identifier: httpx.Response(
        200 if request.method == "POST" else status if request.url.path.endswith("/Users/9") else 404, json=tenant.boss
    )
    if sent:
        client.bulk(jobs)
    else:
        with pytest.raises(SomebodyElse):
            client.bulk(jobs)
    assert any(request.method == "POST" for request in tenant.sent) is sent
