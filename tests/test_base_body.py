"""The body that an endpoint accepts: learned once, told, and used for everything else."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from conformance.idp.entra.base import Base, named, required, undeclared, value_for
from conformance.reporting.causes import causes
from conformance.reporting.model import Results, Row
from conformance.reporting.words import taken
from conformance.scim.assumptions import Assumptions
from conformance.scim.exchange import Exchange
from conformance.scim.features import CORE_USER, Features
from conformance.scim.template import filled, number_of, template_of
from tests.faults.lab import judge_with
from tests.faults.rewrite import error
from tests.runs import run_files

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def creates(call):
    """Whether it is a create of a user."""
    return call.method == "POST" and call.path == "/Users"


def wants(*names):
    """A server that does not create a user without some attributes, and says which it lacks first."""

    def behave(call, serve):
        lacking = [name for name in names if creates(call) and not (call.body or {}).get(name)]
        return error(400, "invalidValue", detail=f"{lacking[0]} is required") if lacking else serve(call)

    return behave


def refuses(*names):
    """A server that creates nothing with some attributes, and says which it does not know first."""

    def behave(call, serve):
        body = call.body if call.method == "POST" and isinstance(call.body, dict) else {}
        unknown = [name for name in names if name in body]
        return error(400, "invalidSyntax", detail=f"Unknown attribute '{unknown[0]}'") if unknown else serve(call)

    return behave


def silent(call, serve):
    """A server that wants a displayName, and does not say so."""
    lacks = creates(call) and not (call.body or {}).get("displayName")
    return error(400, detail="Bad request") if lacks else serve(call)


def no_seats(call, serve):
    """A server with eight seats."""
    there = call.memory.setdefault("there", set())
    if creates(call) and len(there) >= 8:
        return error(403, detail="No license seats left on your plan")
    answer = serve(call)
    if creates(call) and answer.status == 201:
        there.add(answer.body["id"])
    if call.method == "DELETE" and answer.status == 204:
        there.discard(call.path.rpartition("/")[2])
    return answer


def no_domain(call, serve):
    """A server that takes people of one domain only."""
    foreign = creates(call) and "example.com" in json.dumps(call.body)
    return error(400, detail="The domain is not verified for this tenant") if foreign else serve(call)


def judged(rows):
    """The share of what can be judged that is, and the verdicts."""
    counts = Counter(row["verdict"] for row in rows.values())
    wanted = sum(counts.values()) - counts["N/A"]
    return (wanted - counts["BLOCKED"] - counts["ERROR"]) / wanted, counts


@pytest.mark.parametrize(
    ("behaviour", "title"),
    [
        (wants("displayName", "emails"), "A user is not created without an attribute that Entra need not send."),
        (wants("nickName"), "A user is not created without an attribute that Entra need not send."),
        (silent, "A user is not created without an attribute that Entra need not send."),
        (refuses("meta", "title", "externalId"), "A user is not created as Entra sends it."),
        (refuses(ENTERPRISE), "A user is not created as Entra sends it."),
    ],
    ids=["required", "required and not Entra's", "required and not said", "unknown attributes", "no extension"],
)
def test_a_refused_body_is_one_finding_and_everything_else_goes_on(behaviour, title):
    """What the endpoint accepts is found, and nothing waits for what it does not."""
    rows = judge_with(behaviour)
    share, counts = judged(rows)
    found = causes(Row.from_json(row) for row in rows.values())

    assert share >= 0.95, counts
    assert len(found) <= 3, [cause.title for cause in found]
    assert found[0].title == title, [(cause.title, cause.lead.got) for cause in found]


def test_no_seat_is_named_and_can_be_lived_with():
    """By its words; with --max-users no create is refused, and what takes more says so."""
    rows = judge_with(no_seats)
    few = judge_with(no_seats, max_users=8)

    assert [cause.title for cause in causes(map(Row.from_json, rows.values()))] == [
        "No seat is left: the endpoint takes no more users."
    ]
    assert not {"FAIL", "WARN", "BLOCKED", "ERROR"} & {row["verdict"] for row in few.values()}
    assert [row for row in few.values() if row["got"].startswith("--max-users 8 is too few")]


def test_a_refused_domain_is_named():
    """With the way on."""
    rows = judge_with(no_domain)
    first = causes(map(Row.from_json, rows.values()))[0]

    assert first.title == "The domain of the made-up user names and addresses is refused."
    assert "user-domain" in first.fix
    assert first.checks > 300


def test_what_was_learned_is_told(tmp_path, capsys):
    """In results.json, on the terminal, the page and in the job summary, with the endpoint's own words."""
    run_files(tmp_path, refuses("meta", "title"), profile="all")
    results = Results.from_json(json.loads((tmp_path / "results.json").read_text()))
    base = results.target.base["/Users"]
    [users, groups] = taken(results)

    assert (sorted(base.left_out), base.added) == (["meta", "title"], [])
    assert base.words == "HTTP 400: Unknown attribute 'meta'"
    assert users.startswith("Users are created without ")
    assert groups.startswith("Groups are created without meta: the endpoint refuses Entra's default body")
    assert groups.endswith(" 1 check is N/A for that.")
    printed = " ".join(capsys.readouterr().out.split())
    assert users in printed
    assert "Users are created without" in (tmp_path / "report.html").read_text()


def test_an_endpoint_that_takes_everything_teaches_nothing(tmp_path):
    """It costs a group, at most six requests: users are created for the checks of a create in any case."""
    run_files(tmp_path)
    results = json.loads((tmp_path / "results.json").read_text())

    assert "base" not in results["target"]


def test_a_base_changes_what_it_has_to():
    """It takes out attributes, extensions with their names in schemas, parts of these, and puts in what is lacking."""
    added = {"emails": [{"value": "{userName}"}], "active": True}
    base = Base(("title", ENTERPRISE, "urn:x:User:manager"), added, "no")
    body = {
        "schemas": [CORE_USER, ENTERPRISE], "userName": "ann@a.example", "Title": "Guide", "active": False,
        ENTERPRISE: {"department": "Sales"}, "urn:x:User": {"manager": "1", "badge": "2"},
    }  # fmt: skip
    made = base.applied("/Users", body)

    assert made == {
        "schemas": [CORE_USER], "userName": "ann@a.example", "active": False, "urn:x:User": {"badge": "2"},
        "emails": [{"value": "ann@a.example"}],
    }  # fmt: skip
    assert body["Title"] == "Guide"
    kept = base.applied("/Users", body, kept=["title", "emails"])
    assert (kept["Title"], "emails" in kept) == ("Guide", False)
    assert base.leaves_out(f"{ENTERPRISE}:department")
    assert not base.leaves_out("titles")
    assert Base.from_json(json.loads(json.dumps(base.to_json()))) == base


@pytest.mark.parametrize(
    ("text", "unwanted", "wanted"),
    [
        ('{"detail": "Unknown attribute: meta"}', ["meta"], []),
        ('{"detail": [{"loc": ["body", "externalId"], "msg": "Extra inputs are not permitted"}]}', ["externalId"], []),
        ('{"detail": "displayName is required"}', [], ["displayName"]),
        ('{"detail": "emails: this field may not be blank"}', [], ["emails"]),
        ('{"detail": "userName is required"}', [], []),
        (f'{{"detail": "Unsupported schema {ENTERPRISE}"}}', [ENTERPRISE], []),
        ("<h1>Bad request</h1>", [], []),
        ('{"detail": "something else is missing"}', [], []),
    ],
)
def test_what_a_refusal_names(text, unwanted, wanted):
    """What it does not know, or what it lacks; prose that names no attribute says nothing."""
    body = {"schemas": [], "userName": "a", "externalId": "1", "meta": {"resourceType": "User"}, ENTERPRISE: {"a": 1}}
    refusal = Exchange("POST", "https://a.example/Users", request_body=body, status=400, body=text)

    assert named(refusal, body, ["displayName", "emails", "userName"]) == (unwanted, wanted)


def schema(*rows):
    """What an endpoint says of itself: a User schema with these attributes."""
    return Features(schemas=[{"id": CORE_USER, "attributes": [{"name": "userName", "required": True}, *rows]}])


def test_what_the_schemas_say():
    """What they do not list, and what they mark as required, of an extension that is required too."""
    fixed = {"name": "groups", "required": True, "mutability": "readOnly"}
    features = schema({"name": "emails", "required": True}, fixed)
    body = {"userName": "a", "emails": [], "title": "b", "meta": {}, ENTERPRISE: {}}

    assert undeclared(body, "/Users", features) == ("title", ENTERPRISE)
    assert undeclared({"title": "b"}, "/Users", Features()) == ()
    assert list(required("/Users", features)) == ["emails"]
    kind = {"name": "User", "schemaExtensions": [{"schema": "urn:x:User", "required": True}]}
    extension = {"id": "urn:x:User", "attributes": [{"name": "badge", "required": True}]}
    more = Features(types=[kind], schemas=[*features.schemas, extension])
    assert list(required("/Users", more)) == ["emails", "urn:x:User:badge"]


VALUE = {"name": "value", "type": "string"}
CODE = {"name": "code", "required": True, "type": "integer"}


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"type": "string"}, "scimconf {n}"), ({"type": "string", "canonicalValues": ["eu", "us"]}, "eu"),
        ({"type": "boolean"}, True), ({"type": "integer"}, 1), ({"type": "reference"}, "https://example.com/{n}"),
        ({"type": "string", "multiValued": True}, ["scimconf {n}"]),
        ({"type": "complex", "subAttributes": [VALUE, {"name": "type"}]}, {"value": "scimconf {n}"}),
        ({"type": "complex", "multiValued": True, "subAttributes": [CODE]}, [{"code": 1}]),
    ],
)  # fmt: skip
def test_a_value_for_what_has_to_be_there(row, value):
    """By its definition, where Entra's own body has none."""
    assert value_for("costCenter", row, {}) == value
    assert value_for("costCenter", row, {"costCenter": "from Entra"}) == "from Entra"
    assert value_for("contactMail", {"type": "string"}, {}) == "{userName}"


def test_templates():
    """What belongs to one user is put in, and taken out again."""
    made = {"emails": [{"value": "x+{userName}"}], "badge": "B{n}", "name": "{displayName}", "count": 3}

    assert filled(made, "ann") == {
        "emails": [{"value": "x+ann"}], "badge": f"B{number_of('ann')}", "name": "ann", "count": 3,
    }  # fmt: skip
    assert number_of("ann") != number_of("bob")
    assert len(number_of("ann")) == 9
    assert template_of({"mail": ["ann@a.example"], "n": 1}, "ann") == {"mail": ["{userName}@a.example"], "n": 1}


def test_what_the_user_states_can_differ_for_each_user():
    """[target.user] takes templates; what is in a body already stays, false too."""
    stated = Assumptions(user={"emails": [{"value": "{userName}"}], "active": True, "urn:x:User:badge": "{n}"})
    one, two = (stated.applied("/Users", {"userName": name, "active": False}) for name in ("ann", "bob"))

    assert (one["emails"], two["emails"]) == ([{"value": "ann"}], [{"value": "bob"}])
    assert one["urn:x:User"] != two["urn:x:User"]
    assert one["active"] is False
