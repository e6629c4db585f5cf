"""The guard's rules one by one: what may be sent although it is not ours, and what an answer leads to."""

from __future__ import annotations

import httpx
import pytest

from conformance.scim.client import ForbiddenWrite
from conformance.scim.guard import elsewhere, lead
from conformance.scim.request import Request
from conformance.scim.target import LONGEST_ID
from tests.small_tenant import BOSS, Tenant, client_of


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("read_only", [True, False])
def test_what_changes_nothing_is_sent_to_anybody(method, read_only):
    """RFC 9110 section 9.2.1 says which methods those are; a run that only reads sends them too."""
    tenant = Tenant()
    client = client_of(tenant)
    client.read_only = read_only
    tenant.handle = lambda _request, _identifier: httpx.Response(200)

    client.send(Request(method, "/Users/7"))
    assert [request.method for request in tenant.sent] == [method]


def test_a_search_is_a_post_that_reads():
    """So it is sent wherever it goes, by a run that only reads too."""
    tenant = Tenant()
    client = client_of(tenant)
    client.read_only = True

    client.send(Request("POST", "/Users/.search", body={"filter": 'userName eq "x"'}, searches=True))
    assert [request.url.path for request in tenant.sent] == ["/scim/Users/.search"]


def test_who_was_adopted_is_patched_and_never_replaced_or_deleted():
    """That is what the user allowed, and no more."""
    tenant = Tenant()
    client = client_of(tenant)
    client.adopt("/Users", "7")

    assert client.send(Request("PATCH", "/Users/7", body={})).ok
    for method in ("PUT", "DELETE"):
        with pytest.raises(ForbiddenWrite):
            client.send(Request(method, "/Users/7", body={}))
    assert tenant.boss["userName"] == BOSS


def test_an_answer_leads_to_an_id_of_which_a_url_can_be_made():
    """By its body, or else by its Location."""
    longest = "x" * LONGEST_ID

    assert lead({}, {"id": longest}) == longest
    assert lead({}, {"id": f"{longest}x"}) == ""
    assert lead({"location": "https://x.example/scim/Users/a%20b/"}, {}) == "a b"
    assert lead({"location": "https://x.example/scim/Users/2"}, {"id": "1"}) == "1"
    assert lead({}, {}) == ""


def test_an_answer_leads_elsewhere_by_its_location_or_its_meta():
    """Whatever stands before the collection; an id is decoded, and the header counts first."""
    user = "https://x.example/scim/v2/Users/a%2Db/"

    assert elsewhere("/Groups", {"location": user}, {}) == ("/Users", "a-b")
    assert elsewhere("/Groups", {}, {"meta": {"location": user}}) == ("/Users", "a-b")
    assert elsewhere("/Users", {"location": "/Groups/1"}, {"meta": {"location": user}}) == ("/Groups", "1")
    assert elsewhere("/Users", {"location": user}, {}) is None
    for meta in ({"meta": {}}, {"meta": "x"}, {"meta": {"location": 7}}, {}):
        assert elsewhere("/Groups", {}, meta) is None
