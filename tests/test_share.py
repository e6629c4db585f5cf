"""A shared report names no host, tenant, resource or person, and still tells the same story."""

from __future__ import annotations

import json

from conformance.reporting.model import Results
from conformance.reporting.share import share
from tests import typed

SECRETS = (
    "idm.contoso.com",
    "acme-tenant",
    "2819c223",
    "canary@contoso.com",
    "Ms. Barbara Jensen",
    "o'brien@x.example",
)


def results(*, body="", **more):
    """Results in which every kind of value stands that must not be shared."""
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223",
        "userName": "canary@contoso.com",
        "active": True,
        "name": {"formatted": "Ms. Barbara Jensen"},
        "emails": [{"type": "work", "value": "canary@contoso.com"}],
        "meta": {"location": "https://idm.contoso.com/acme-tenant/scim/v2/Users/2819c223"},
    }
    exchange = {
        "method": "GET",
        "url": "https://idm.contoso.com/acme-tenant/scim/v2/Users?filter=userName+eq+%22o%27brien%40x.example%22",
        "request_headers": {"accept": "application/scim+json"},
        "request_body": {"title": "Tour Guide", "id": "2819c223"},
        "headers": {"location": "https://idm.contoso.com/acme-tenant/scim/v2/Users/2819c223"},
        "status": 200,
    }
    row = typed.row(
        "user-disable-applied[legacy]",
        title="A disabled user is found.",
        expected='userName = "canary@contoso.com"',
        got="Ms. Barbara Jensen at 2819c223",
        exchanges=[
            exchange | {"body": body or json.dumps(user)},
            exchange | {"body": '{"userName": "canary@contoso.com", "cut'},
        ],
    )
    target = {"url": "https://idm.contoso.com/acme-tenant/scim/v2", "implementation": {}, "assumed": {}}
    return typed.results(row, **({"target": target} | more))


def test_nothing_that_names_somebody_is_left():
    """Hosts, tenants, ids and personal values are gone from every field."""
    text = json.dumps(share(results()).to_json())

    assert [secret for secret in SECRETS if secret in text] == []


def test_the_same_value_gets_the_same_pseudonym():
    """A reader can still follow one user through the exchanges."""
    row = share(results()).checks[0]
    name = json.loads(row.exchanges[0].body)["userName"]

    assert row.expected == f'userName = "{name}"'


def test_the_protocols_own_words_stay():
    """Schemas, types, media types and our own sentences are still to be read."""
    row = share(results()).checks[0]
    body = json.loads(row.exchanges[0].body)

    assert body["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User"]
    assert body["emails"][0]["type"] == "work"
    assert (row.id, row.title) == ("user-disable-applied[legacy]", "A disabled user is found.")
    assert row.exchanges[0].request_headers == {"accept": "application/scim+json"}


def test_it_says_what_was_hidden():
    """The counts go into the report's footer."""
    hidden = share(results()).hidden

    assert hidden["host"] >= 1
    assert hidden["body"] == 1


def test_the_original_is_left_as_it_is():
    """Sharing makes a copy."""
    original = results()
    share(original)

    assert original == results()


def test_members_of_no_known_schema_are_hidden():
    """An extension's attribute can say anything of a person, so that only the protocol's own words stay."""
    secret = "blood group B"
    found = results(body=json.dumps({"urn:acme:1.0:User": {"health": secret}, "scimType": "x"}))

    assert secret not in json.dumps(share(found).to_json())


def test_what_is_outside_the_checks_is_hidden_too():
    """The slowest requests, what could not be deleted, the command and the machine's own paths."""
    slow = typed.EXCHANGE | {"url": "https://idm.contoso.com/acme-tenant/scim/v2/Users/77aa88bb"}
    command = {"command": "scim-conformance run --url https://idm.contoso.com", "options": {"reports": "/home/bob/r"}}
    found = results(
        timing={"slowest": [slow]},
        left_behind=[{"collection": "/Users", "name": "scimconf-1", "id": "2819c224"}],
        run=typed.WHOLE["run"] | command,
        faults=['File "/home/bob/x.py", line 1\nValueError: no'],
    )

    text = json.dumps(share(found).to_json())

    told = ("idm.contoso.com", "77aa88bb", "2819c224", "/home/bob")
    assert [secret for secret in told if secret in text] == []


def test_a_tenant_that_is_called_like_a_member_takes_no_member_away():
    """A path of the tenant URL may say ``load`` or ``entra``; what is ours keeps its name."""
    target = {"url": "https://a.example/load/timing/entra/1.0/scim", "implementation": {}, "assumed": {}}
    shared = share(results(target=target, profiles={"entra": {}}))

    assert (shared.format, list(shared.profiles)) == ("1.0", ["entra"])
    assert Results.from_json(shared.to_json()) == shared
    assert "timing" not in shared.target.url


def test_what_nobody_knows_yet_is_not_shared():
    """A member that a newer version wrote may hold anything."""
    newer = results().to_json() | {"new": "Ms. Barbara Jensen's token"}

    assert "token" not in json.dumps(share(Results.from_json(newer)).to_json())
