"""The guard: nothing is written to that this run did not create."""

from __future__ import annotations

import threading

import httpx
import pytest

from conformance.scim.claim import Marks
from conformance.scim.client import Client, ForbiddenWrite, Stopped
from conformance.scim.journal import Account, Entry, Journal, read_journal
from conformance.scim.lookout import SomebodyElse
from conformance.scim.request import Request
from conformance.scim.secret import HIDDEN, Secret
from conformance.scim.target import Target, encode_query, parse_tenant_url, segment
from tests.small_tenant import BOSS, ME, Tenant, at_once, client_of

TOKEN = "canary-token-0123456789"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting."""
    at_once(monkeypatch)


def client_for(handler, tmp_path=None, **options):
    """A client whose answers come from a function, and the requests it sent."""
    sent = []

    def handle(request):
        sent.append(request)
        return handler(request)

    path = tmp_path / "journal-x.jsonl" if tmp_path else None
    target = Target("http://127.0.0.1/scim", token=Secret(TOKEN))
    client = Client(target, Journal(path, target.base, Marks("me")), transport=httpx.MockTransport(handle), **options)
    client.surveyed = {} if tmp_path else {"/Users": True, "/Groups": True}
    return client, sent


def created(name, identifier="1", status=201):
    """An endpoint that answers every create with this resource."""
    return lambda request: httpx.Response(
        status if request.method == "POST" else 204, json={"id": identifier, "userName": name}
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/Users/2", "/Users", "/Users/..", "/Users/%2e%2e/Groups", "/Groups/1", "/Users/1/x", ""]
)
def test_foreign_resources_are_never_written_to(method, path):
    """Whatever the path, a resource of somebody else is out of reach."""
    client, sent = client_for(created("me"))
    client.create("/Users", {"userName": "me"}, "me")

    with pytest.raises(ForbiddenWrite):
        client.send(Request(method, path))
    assert [request.method for request in sent] == ["POST"]


def test_own_resources_can_be_written_to():
    """What this run created is this run's."""
    client, _ = client_for(created("me"))
    client.create("/Users", {"userName": "me"}, "me")

    assert client.send(Request("PATCH", "/Users/1", body={})).status == 204


@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_with_somebody_elses_resource_makes_no_owner(status):
    """A create that is answered with another user does not hand that user over."""
    client, _ = client_for(created("the-boss", "7", status))
    client.create("/Users", {"userName": "me"}, "me")

    assert not client.owns("/Users", "7")


def test_read_only_sends_no_write():
    """Nothing that writes reaches the wire."""
    client, sent = client_for(created("me"), read_only=True)

    with pytest.raises(ForbiddenWrite):
        client.create("/Users", {"userName": "me"}, "me")
    with pytest.raises(ForbiddenWrite):
        client.send(Request("POST", "/Users", body={}))
    assert sent == []


def test_a_redirect_is_not_followed_with_the_token():
    """The token stays at the endpoint it was given for."""
    client, sent = client_for(lambda _r: httpx.Response(302, headers={"location": "https://elsewhere.example/"}))

    assert client.send(Request("GET", "/Users")).status == 302
    assert len(sent) == 1


def test_retry_after_is_obeyed_and_counted():
    """429 is waited out; the exchange says how often."""
    answers = iter([httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(200, json={})])
    client, _ = client_for(lambda _r: next(answers))

    exchange = client.send(Request("GET", "/Users"))

    assert (exchange.status, exchange.retries) == (200, 1)


def test_an_endless_429_is_no_answer_to_judge():
    """After the last retry the endpoint is called rate-limited, not wrong."""
    client, _ = client_for(lambda _r: httpx.Response(429, headers={"retry-after": "0"}))

    assert client.send(Request("GET", "/Users")).error == "rate-limited"


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("refused"), "connect"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (httpx.ReadError("reset"), "reset"),
    ],
)
def test_a_network_failure_is_told_by_kind(problem, kind):
    """No exception leaves the client for what the network does."""

    def fail(_request):
        raise problem

    client, _ = client_for(fail)

    assert client.send(Request("GET", "/Users")).error == kind


def test_a_huge_body_is_cut_off():
    """More than the limit is an error, not a full memory."""
    client, _ = client_for(lambda _r: httpx.Response(200, content=b"x" * (9 * 1024 * 1024)))

    assert client.send(Request("GET", "/Users")).error == "too-large"


def test_the_token_is_scrubbed_from_what_comes_back():
    """An endpoint that echoes the token does not get it into the recording."""
    echo = {"detail": TOKEN, "www": f"Bearer {TOKEN}"}
    client, _ = client_for(lambda _r: httpx.Response(401, json=echo, headers={"www-authenticate": f"x {TOKEN}"}))

    exchange = client.send(Request("GET", "/Users"))

    assert TOKEN not in repr(exchange)
    assert exchange.request_headers["authorization"] == HIDDEN


def test_what_was_posted_is_journalled_first(tmp_path):
    """The intention is on disk before the request is sent."""
    seen = []

    def look(_request):
        seen.append(read_journal(tmp_path / "journal-x.jsonl").open)
        return httpx.Response(500)

    client, _ = client_for(look, tmp_path)
    client.create("/Users", {"userName": "me"}, "me")

    client.close()

    survey, create = seen
    assert survey == []
    assert [(claim.collection, claim.name, claim.marked) for claim in create] == [("/Users", "me", True)]


def test_a_lost_answer_is_looked_for_at_the_end(tmp_path):
    """What may have been created without an answer is found by its name and deleted."""

    def lose(request):
        if request.method == "POST":
            raise httpx.ReadTimeout("lost")
        return tenant(request)

    tenant = Tenant()
    tenant.users["9"] = {"id": "9", "userName": "me"}
    client, sent = client_for(lose, tmp_path)
    client.create("/Users", {"userName": "me"}, "me")

    assert client.sweep() == Account()
    assert "DELETE" in [request.method for request in sent]
    client.close()
    assert not (tmp_path / "journal-x.jsonl").exists()


def test_an_answer_that_does_not_fit_beside_those_before_it_is_not_called_too_large():
    """What a run may keep of all answers together says nothing of any of them."""
    client, _ = client_for(lambda _r: httpx.Response(200, content=b"x" * 1024 * 1024))
    met = [client.send(Request("GET", "/Users")).error for _ in range(60)]

    assert set(met[:50]) == {None}
    assert met[-1] == "no-room"


def test_a_look_up_of_our_own_is_sent_again_when_it_is_lost():
    """The read that shows whose an id is must not cost the resource, and is counted."""
    lost = []

    def handle(request):
        if request.method == "POST":
            return httpx.Response(201, json={"id": "9"})
        lost.append(request)
        if len(lost) < 3:
            raise httpx.ReadError("lost")
        return httpx.Response(200, json={"id": "9", "userName": "me"})

    client, _ = client_for(handle)
    client.create("/Users", {"userName": "me"}, "me")

    assert client.owns("/Users", "9")
    assert client.unanswered == {"reset": 2}


def test_an_id_that_fits_into_no_url_costs_nothing_and_is_listed():
    """No request can be sent for it: nothing is, and what was created under it is told."""
    shown = {"id": "🌷" * 500_000, "userName": "me"}
    client, sent = client_for(
        lambda r: (
            httpx.Response(200, json={"Resources": [shown]}) if r.method == "GET" else httpx.Response(201, json=shown)
        )
    )
    exchange = client.create("/Users", {"userName": "me"}, "me")

    assert not client.owns("/Users", str(exchange.resource_id))
    assert ("/Users", "me") in {(entry.collection, entry.name) for entry in client.sweep().unconfirmed}
    assert max(len(str(request.url)) for request in sent) < 1000


def test_an_id_that_the_endpoint_gave_twice_is_told_from_one_that_was_never_ours():
    """What was deleted under one name is refused under the other, as the endpoint's doing and not as the suite's."""
    client, _ = client_for(created("me"))
    client.create("/Users", {"userName": "me"}, "me")
    client.ledger.gone("/Users", "1")
    job = [{"method": "DELETE", "path": "/Users/1"}]

    with pytest.raises(SomebodyElse):
        client.send(Request("PATCH", "/Users/1", body={}))
    with pytest.raises(SomebodyElse):
        client.bulk(job)
    with pytest.raises(ForbiddenWrite) as refusal:
        client.send(Request("PATCH", "/Users/2", body={}))
    assert not isinstance(refusal.value, SomebodyElse)


def test_what_cannot_be_deleted_is_listed():
    """A refused DELETE leaves the resource on the list, by id."""
    client, _ = client_for(
        lambda r: httpx.Response(201 if r.method == "POST" else 403, json={"id": "1", "userName": "me"})
    )
    client.create("/Users", {"userName": "me"}, "me")

    assert client.sweep().left == [Entry("/Users", "me", "1")]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/scim/", ("https://x.example/scim", "")),
        (" https://x.example ", ("https://x.example", "")),
        ("https://x.example/a/b?aadOptscim062020", ("https://x.example/a/b", "aadOptscim062020")),
    ],
)
def test_tenant_urls_with_slash_path_and_query_work(url, expected):
    """The forms that admins paste."""
    assert parse_tenant_url(url) == expected


def test_the_tenant_urls_query_goes_with_every_request():
    """The flag of the compliant dialect is part of the tenant URL."""
    assert Target("https://x.example", "flag").url("/Users", "a=b") == "https://x.example/Users?a=b&flag"


def test_filters_are_encoded_as_entra_does():
    """Spaces become + and quotes %22; the other form is there for comparison."""
    query = [("filter", 'userName eq "a+b@x"')]

    assert encode_query(query) == "filter=userName+eq+%22a%2Bb%40x%22"
    assert encode_query(query, percent=True) == "filter=userName%20eq%20%22a%2Bb%40x%22"


@pytest.mark.parametrize(("identifier", "expected"), [("a/b", "a%2Fb"), ("a b", "a%20b"), ("..", "%2E%2E")])
def test_ids_cannot_leave_their_segment(identifier, expected):
    """An id with a slash or two dots stays one segment of the path."""
    assert segment(identifier) == expected


def post(name, bulk_id="a", path="/Users"):
    """An operation that creates."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": {"userName": name}}


def result(bulk_id="a", identifier="7", status="201", **more):
    """A result of it."""
    return {"method": "POST", "bulkId": bulk_id, "location": f"/scim/Users/{identifier}", "status": status, **more}


def bulk_client(*results, name="me", status=200, **options):
    """A client whose bulk jobs have these results, and of whose users all have the same name."""

    def answer(request):
        if request.url.path.endswith("/Bulk"):
            return httpx.Response(status, json={"Operations": list(results)})
        if request.url.params.get("filter"):
            return httpx.Response(200, json={"totalResults": 1, "Resources": [{"id": "9", "userName": name}]})
        if request.method == "POST":
            return httpx.Response(201, json={"id": "1", "userName": name})
        identifier = request.url.path.rpartition("/")[2]
        return httpx.Response(200 if request.method == "GET" else 204, json={"id": identifier, "userName": name})

    return client_for(answer, **options)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET", "COPY", None])
@pytest.mark.parametrize("path", ["/Users/2", "/Users", "/Users/1/x", "/Groups/1", "/Users/bulkId:z", "", None, 7])
def test_bulk_reaches_no_foreign_resource(method, path):
    """One operation on somebody else's resource keeps the whole job at home, however odd the operation is."""
    client, sent = bulk_client()
    client.create("/Users", {"userName": "me"}, "me")

    with pytest.raises(ForbiddenWrite):
        client.bulk([post("me-new"), {"method": method, "path": path, "data": {}}])
    assert len(sent) == 1


def test_bulk_reaches_what_is_ours_nobody_s_or_just_being_made():
    """Own resources, references to the job's own creations, and ids of which a read says that nobody has them."""
    tenant = Tenant()
    client = client_of(tenant)
    identifier = client.create("/Users", {"userName": ME}, ME).resource_id
    paths = (f"/Users/{identifier}", "/Users/bulkId:a", "/Users/nobody")

    client.bulk([post(f"{ME}-new"), *({"method": "PATCH", "path": path} for path in paths)], invented=["nobody"])
    told = [(request.method, request.url.path.removeprefix("/scim")) for request in tenant.sent]
    looked = [f"/Users/{identifier}", "/Users/nobody", "/Users/bulkId:nowhere", "/Groups/bulkId:nowhere"]
    assert told == [("POST", "/Users"), *(("GET", path) for path in looked), ("POST", "/Bulk")]


def test_a_job_does_not_reach_an_id_that_nobody_should_have_and_somebody_has():
    """What a job would have deleted is looked at, one id after the other, and nothing of the job is sent."""
    tenant = Tenant()
    tenant.users["nobody"] = {"id": "nobody", "userName": BOSS}
    client = client_of(tenant)

    with pytest.raises(SomebodyElse):
        client.bulk([{"method": "DELETE", "path": "/Users/nobody"}], invented=["nobody"])
    with pytest.raises(SomebodyElse):
        client.bulk([{**post(ME), "data": {"userName": ME, "manager": {"value": "nobody"}}}])
    assert {request.method for request in tenant.sent} == {"GET"}
    assert [event.kind for event in client.ledger.events] == ["taken", "taken"]


@pytest.mark.parametrize(
    "operations",
    [
        [post("")],
        [post("new", path="/Users/2")],
        [post("one"), post("two")],
        [{"method": "post", "path": "/Users", "data": {}}],
        [{"method": "POST", "path": "/Users"}],
    ],
)
def test_a_creation_that_could_not_be_found_again_is_not_sent(operations):
    """Each creation of a job has a name, a collection, and a bulkId of its own."""
    client, sent = bulk_client()

    with pytest.raises(ForbiddenWrite):
        client.bulk(operations)
    assert sent == []


@pytest.mark.parametrize("path", ["/Bulk", "/bulk/", "/%42ulk"])
def test_a_job_goes_through_the_guard_only(path):
    """A bulk request made by hand is refused, unless it is a text that is no job."""
    client, sent = bulk_client()
    operations = {"Operations": [{"method": "DELETE", "path": "/Users/2"}]}

    for wrong in ({"body": operations}, {"text": '{"operations": []}'}, {"body": {}}):
        with pytest.raises(ForbiddenWrite):
            client.send(Request("POST", path, **wrong))
    client.send(Request("POST", path, text="{bad"))
    assert len(sent) == 1


def test_read_only_sends_no_job():
    """Not even an empty one."""
    client, sent = bulk_client(read_only=True)

    with pytest.raises(ForbiddenWrite):
        client.bulk([])
    assert sent == []


@pytest.mark.parametrize("shown", [{}, {"response": {"id": "7", "userName": "ME"}}])
def test_what_a_job_created_is_ours(shown):
    """A result with our bulkId, a 2xx and our name, in its body or where its location leads."""
    client, _ = bulk_client(result(**shown))
    _, born = client.bulk([post("me")])

    assert born == {"a": Entry("/Users", "me", "7")}
    assert client.owns("/Users", "7")


@pytest.mark.parametrize(
    "row",
    [
        result("b"),
        result(status="409"),
        result(location="/scim/Groups/7"),
        result(response={"id": "7", "userName": "the-boss"}),
        {"method": "POST", "status": "201", "location": "/scim/Users/7"},
    ],
)
def test_an_odd_result_makes_no_owner(row):
    """Another bulkId, a failure, another collection, another name, or no bulkId at all."""
    client, _ = bulk_client(row)
    client.bulk([post("me")])

    assert not client.owns("/Users", "7")


def test_a_location_that_leads_to_somebody_else_makes_no_owner():
    """What a result points to is looked at before it is taken over."""
    client, _ = bulk_client(result(), name="the-boss")
    client.bulk([post("me")])

    assert not client.owns("/Users", "7")


def job_tenant(*results, status=200, stored=()):
    """A tenant whose jobs have these results, and have created users of these names under the ids from 900 on."""
    tenant = Tenant()
    whole = tenant.handle

    def handle(request, identifier):
        if not request.url.path.endswith("/Bulk"):
            return whole(request, identifier)
        for number, name in enumerate(stored, 900):
            tenant.users[str(number)] = {"id": str(number), "userName": name}
        return httpx.Response(status, json={"Operations": list(results)})

    tenant.handle = handle
    return tenant


JOBS = {
    "silent": ([], 200),
    "a result without bulkId": ([{"method": "POST", "status": "201"}], 200),
    "refused": ([result(status="409")], 200),
    "refused as a whole": ([], 413),
}


@pytest.mark.parametrize("case", JOBS)
def test_what_a_job_created_is_found_whatever_it_says(case):
    """A creation without a usable result, or with a refusal, is found by its name and deleted."""
    rows, status = JOBS[case]
    tenant = job_tenant(*rows, status=status, stored=[ME])
    client = client_of(tenant)
    client.bulk([post(ME)])

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_a_job_that_creates_what_it_refuses_is_told():
    """That is what the endpoint did wrong, and the reader has to know."""
    client = client_of(job_tenant(result(status="409"), stored=[ME]))
    client.bulk([post(ME)])
    client.sweep()

    assert [(event.kind, event.id) for event in client.ledger.events] == [("stored", "900")]


def test_what_a_job_says_it_deleted_is_deleted_again():
    """A result alone does not prove that nothing is left behind."""
    tenant = job_tenant({"method": "DELETE", "location": "/scim/Users/101", "status": "204"})
    client = client_of(tenant)
    client.create("/Users", {"userName": ME}, ME)
    client.bulk([{"method": "DELETE", "path": "/Users/101"}])

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]


def test_a_job_with_references_may_have_created_twice():
    """Circles make some endpoints create a resource, and then another one: both are found and deleted."""
    tenant = job_tenant(result(identifier="900"), stored=[ME, ME])
    client = client_of(tenant)
    operation = post(ME)
    operation["data"]["manager"] = {"value": "bulkId:b"}
    client.bulk([operation])

    assert client.sweep() == Account()
    assert list(tenant.users) == ["7"]
    assert [(event.kind, event.id) for event in client.ledger.events] == [("twice", "901")]


def test_the_end_of_a_run_waits_for_what_is_under_way():
    """A create that another thread has sent is answered before anybody says that nothing is known of it."""
    tenant = Tenant()
    whole, sent, answered = tenant.handle, threading.Event(), threading.Event()

    def handle(request, identifier):
        """Take a moment for a create, and refuse it."""
        if request.method != "POST":
            return whole(request, identifier)
        sent.set()
        answered.wait(5)
        return httpx.Response(413)

    tenant.handle = handle
    client = client_of(tenant)
    thread = threading.Thread(target=client.create, args=("/Users", {"userName": ME}, ME))
    thread.start()
    sent.wait(5)
    threading.Timer(0.2, answered.set).start()
    account = client.sweep()
    thread.join()

    assert (account.left, account.unconfirmed) == ([], [])


def test_what_a_job_was_answered_is_known_of_all_it_creates_before_the_first_read():
    """That read may be interrupted, and whoever was refused in the same job is not lost for that."""
    tenant = Tenant()
    client = client_of(tenant)
    rows = [
        {"method": "POST", "bulkId": "one", "status": "201", "location": "http://127.0.0.1/scim/Users/900"},
        {"method": "POST", "bulkId": "two", "status": "409"},
    ]

    def handle(request, _identifier):
        """Answer the job, and interrupt the run."""
        if request.method == "POST":
            client.halt()
            return httpx.Response(200, json={"Operations": rows})
        return httpx.Response(404)

    tenant.handle = handle
    with pytest.raises(Stopped):
        client.bulk([{**post(f"{name}-{ME}"), "bulkId": name} for name in ("one", "two")])

    assert [claim.status for claim in client.ledger.open] == [201, 409]
