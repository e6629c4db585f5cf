"""The ids that a request's body names, which the guard holds to the same rule as those in paths."""

from __future__ import annotations

import httpx
import pytest

from conformance.scim.client import ForbiddenWrite
from conformance.scim.lookout import SomebodyElse
from conformance.scim.references import references
from conformance.scim.request import Request
from tests.small_tenant import BOSS, ME, Tenant, at_once, client_of

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
X = [("members", "x")]
BOSSES = [("manager", "x")]

BODIES = {
    "members": ({"members": [{"value": "x", "type": "User"}]}, X),
    "members in other letters": ({"MEMBERS": [{"VALUE": "x"}]}, X),
    "members as texts": ({"members": ["x"]}, X),
    "members as one object": ({"members": {"value": "x"}}, X),
    "members as numbers": ({"members": [{"value": 7}, 8]}, [("members", "7"), ("members", "8")]),
    "members by reference": ({"members": [{"$ref": "https://a.example/scim/Users/x"}]}, X),
    "a manager": ({ENTERPRISE: {"manager": {"value": "x"}}}, BOSSES),
    "a manager as a text": ({ENTERPRISE: {"manager": "x"}}, BOSSES),
    "a manager by its whole name": ({f"{ENTERPRISE}:manager": "x"}, BOSSES),
    "groups": ({"groups": [{"value": "x"}]}, [("groups", "x")]),
    "an id of its own": ({"id": "x"}, [("id", "x")]),
    "an id further down": ({"emails": {"id": "x"}}, []),
    "no value": ({"members": [{"display": "x"}], "manager": None, ENTERPRISE: {"manager": {"displayName": "x"}}}, []),
    "empty": ({"members": [{"value": ""}], "manager": ""}, []),
    "yes and no": ({"members": [{"value": True}]}, []),
    "a list": ([{"members": "x"}], []),
    "nothing": (None, []),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_resource_names_others(case):
    """In whatever form an endpoint may read."""
    body, expected = BODIES[case]

    assert list(references(body)) == expected


OPERATIONS = {
    "by a path": ({"path": "members", "value": [{"value": "x"}]}, X),
    "by a filter": ({"path": 'members[value eq "x"]'}, X),
    "by a filter in other letters": ({"path": 'Members[Value EQ "x"].display', "value": "y"}, []),
    "without a path": ({"value": {"members": [{"value": "x"}]}}, X),
    "a manager": ({"path": f"{ENTERPRISE}:manager", "value": "x"}, BOSSES),
    "a manager's value": ({"path": f"{ENTERPRISE}:manager.value", "value": "x"}, BOSSES),
    "a manager's reference": ({"path": f"{ENTERPRISE}:manager.$REF", "value": "x"}, BOSSES),
    "a manager's name": ({"path": f"{ENTERPRISE}:manager.displayName", "value": "x"}, []),
    "an extension": ({"path": ENTERPRISE, "value": {"manager": {"value": "x"}}}, BOSSES),
    "an id": ({"path": "id", "value": "x"}, [("id", "x")]),
    "something else": ({"path": "title", "value": "x"}, []),
    "a path that is none": ({"path": "", "value": "x"}, []),
    "a path of odd type": ({"path": 7, "value": {"members": ["x"]}}, X),
}


@pytest.mark.parametrize("case", OPERATIONS)
def test_an_operation_names_others(case):
    """By its path, its filter, or its value."""
    operation, expected = OPERATIONS[case]

    assert list(references({"OPERATIONS": [{"op": "add", **operation}, "odd"]})) == expected


def test_what_stands_beside_operations_is_held_to_the_rule_too():
    """An endpoint that reads both would write to somebody else by the one that nobody looked at."""
    body = {"Operations": [{"op": "add", "path": "members", "value": "x"}], "manager": {"value": "y"}}

    assert list(references(body)) == [("members", "x"), ("manager", "y")]


def patch_members(client, identifier):
    """Put somebody into our group."""
    operation = {"op": "add", "path": "members", "value": [{"value": identifier}]}
    return client.send(Request("PATCH", "/Users/101", body={"Operations": [operation]}))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting."""
    at_once(monkeypatch)


@pytest.fixture
def tenant():
    """Somebody else's user 7, and one of ours."""
    return Tenant()


@pytest.fixture
def client(tenant):
    """A client that has created user 101."""
    made = client_of(tenant)
    made.create("/Users", {"userName": ME}, ME)
    return made


@pytest.mark.parametrize("identifier", ["7", "7f3c5d1e-0000-4000-8000-000000000000", "abc", "0x7", "-7", " 7", "e7"])
def test_an_id_that_could_be_a_number_is_not_even_looked_at(tenant, client, identifier):
    """Whatever reads it as far as it can arrives at somebody."""
    with pytest.raises(ForbiddenWrite):
        patch_members(client, identifier)
    assert "PATCH" not in [request.method for request in tenant.sent]


def test_an_id_that_is_no_number_is_named_once_a_read_says_that_nobody_has_it(tenant, client):
    """In both collections; a second time it is not asked again."""
    for _ in range(2):
        assert patch_members(client, "nobody").ok

    asked = [request.url.path for request in tenant.sent if request.url.path.endswith("/nobody")]
    assert asked == ["/scim/Users/nobody", "/scim/Groups/nobody"]


def test_an_id_of_somebody_is_not_named(tenant, client):
    """The read finds somebody there."""
    tenant.users["nobody"] = {"id": "nobody", "userName": BOSS}

    with pytest.raises(SomebodyElse):
        patch_members(client, "nobody")
    assert [event.kind for event in client.ledger.events] == ["taken"]


@pytest.mark.parametrize("status", [500, 403, 302])
def test_an_answer_that_leaves_it_open_is_no_leave(tenant, client, status):
    """Only 404 and 410 say that nobody has an id."""
    whole = tenant.handle
    tenant.handle = lambda r, i: httpx.Response(status) if i == "nobody" else whole(r, i)

    with pytest.raises(SomebodyElse):
        patch_members(client, "nobody")


def test_our_own_may_be_named_and_what_the_user_adopted(tenant, client):
    """Without a look beyond the one before the first write."""
    client.adopt("/Users", "7")
    for identifier in ("101", "7"):
        assert patch_members(client, identifier).ok
    assert [request.method for request in tenant.sent] == ["POST", "GET", "PATCH", "PATCH"]


def test_a_nested_group_is_named_only_where_no_user_has_its_id(tenant, client):
    """Where tables count their own ids, a group's id may be a person's."""
    for identifier in ("7", "900"):
        client.ledger.born(client.ledger.claims("/Users")[0].__class__("/Groups", f"{ME}-{identifier}"), identifier)

    with pytest.raises(SomebodyElse):
        patch_members(client, "7")
    assert patch_members(client, "900").ok
    assert patch_members(client, "900").ok
    assert [request.url.path for request in tenant.sent].count("/scim/Users/900") == 1


def test_another_id_in_a_replacement_is_held_to_the_rule(tenant, client):
    """An endpoint that believes the body's id would change somebody else."""
    with pytest.raises(ForbiddenWrite):
        client.send(Request("PUT", "/Users/101", body={"id": "7", "userName": ME}))
    assert client.send(Request("PUT", "/Users/101", body={"id": "101", "userName": ME})).ok
    assert client.send(Request("PUT", "/Users/101", body={"id": "nobody", "userName": ME})).ok


def test_a_write_to_nobody_is_preceded_by_a_look_each_time(tenant, client):
    """The id of a deleted one can be given again at any moment."""
    client.delete("/Users", "101")
    for _ in range(2):
        assert client.send(Request("DELETE", "/Users/101", invents=True)).status == 404
    tenant.users["101"] = {"id": "101", "userName": BOSS}

    with pytest.raises(SomebodyElse):
        client.send(Request("DELETE", "/Users/101", invents=True))
    assert "101" in tenant.users
    sent = [request.method for request in tenant.sent if request.url.path == "/scim/Users/101"]
    assert sent == ["GET", "DELETE", "GET", "GET", "DELETE", "GET", "DELETE", "GET"]
