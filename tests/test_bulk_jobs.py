"""Bulk jobs by themselves: whom one may touch, what its answer says, and what of it is recorded."""

from __future__ import annotations

import json

import pytest

from conformance.scim import bulk
from conformance.scim.bulk import Creation, NotOurs, plan
from conformance.scim.exchange import Exchange
from conformance.scim.messages import BULK_REQUEST
from tests.small_tenant import ME

USERS, GROUPS = "/Users", "/Groups"
TEAM = "scimconf-abc234-team"


def post(name=ME, bulk_id="a", path=USERS, **more):
    """An operation that creates a user."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": {"userName": name}, **more}


def to(path, method="PATCH", **more):
    """An operation on something that is there."""
    return {"method": method, "path": path, **more}


def owning(*keys):
    """Whether something is ours: these are."""
    return lambda collection, identifier: (collection, identifier) in keys


def answered(*results, **body):
    """The answer to a job."""
    return Exchange("POST", "/Bulk", status=200, body=json.dumps(body or {"Operations": list(results)}))


# --- what a job may do -------------------------------------------------------------------------------------


def test_a_job_is_sent_as_it_was_meant():
    """Right or wrong on purpose: what is left out stays out, and 0 is a number."""
    rows = [post(), to("/Users/9")]

    assert plan(rows, 0, owning((USERS, "9"))).body == {
        "schemas": [BULK_REQUEST], "failOnErrors": 0, "Operations": rows
    }  # fmt: skip
    assert plan(None, None, owning()).body == {"schemas": [BULK_REQUEST]}
    assert plan([], None, owning()).body == {"schemas": [BULK_REQUEST], "Operations": []}


def test_what_a_job_creates_is_known_by_name_and_by_kind():
    """Whatever path it was sent to; the endpoint puts it where it belongs."""
    group = {"method": "post", "path": "/Users", "data": {"displayName": TEAM}}
    named = {"userName": ME, "displayName": "Somebody"}
    job = plan([post(), {**group, "bulkId": 7}, post("second", "b", None, data=named)], None, owning())

    assert job.creations == (
        Creation(USERS, ME, "a", {"userName": ME}),
        Creation(GROUPS, TEAM, None, {"displayName": TEAM}),
        Creation(USERS, ME, "b", named),
    )


@pytest.mark.parametrize(
    "rows",
    [
        [post(), post("second")],
        [post(data=None)],
        [post(data=[])],
        [post(data={})],
        [post(data={"userName": ""})],
        [post(data={"userName": 7})],
        [post(data={"userName": None, "displayName": TEAM})],
        [post(path="/Users/9")],
        [post(path="Users")],
        [post(path="/")],
        [post(path=7)],
    ],
)
def test_a_create_that_could_not_be_found_again_is_in_no_job(rows):
    """Each has a name, a collection, and a bulkId of its own."""
    with pytest.raises(NotOurs):
        plan(rows, None, lambda *_: True)


def test_creates_without_a_bulk_id_are_not_each_other_s():
    """Left out on purpose."""
    assert len(plan([post(bulk_id=None), post("second", None)], None, owning()).creations) == 2


@pytest.mark.parametrize("path", ["/Users/9", "/Users/bulkId:a", "/Users/none", "/Groups/nobody"])
def test_a_job_may_touch_what_is_ours_nobody_s_or_just_being_made(path):
    """Of the collection where it is, or will be."""
    rows = [post(), to(path)]
    allowed = path != "/Users/none"
    if allowed:
        assert len(plan(rows, None, owning((USERS, "9")), ["nobody"]).creations) == 1
    else:
        with pytest.raises(NotOurs):
            plan(rows, None, owning((USERS, "9")), ["nobody"])


@pytest.mark.parametrize(
    "path",
    ["/Users/7", "/Groups/9", "/Groups/bulkId:a", "/Users/bulkId:", "/Users/bulkId:None", "/Users", "/Users/9/x",
     "/Users/9?x", "/Users/9#x", "Users/9", "x/Users/9", None],
)  # fmt: skip
def test_a_job_touches_nobody_else(path):
    """Wherever the operation stands in it."""
    rows = [to("/Users/9"), post(), post("second", ""), post("third", None), to(path), to("/Users/9", "DELETE")]

    with pytest.raises(NotOurs):
        plan(rows, None, owning((USERS, "9")), ["nobody"])


def test_an_id_in_a_path_is_read_as_the_endpoint_reads_it():
    """Percent-encoded."""
    assert plan([to("/Users/a%20b")], None, owning((USERS, "a b"))).creations == ()


def test_what_a_job_changes_is_looked_at_first():
    """Each once, and none that the job itself makes."""
    rows = [post(), to("/Users/9"), to("/Users/bulkId:a"), to("/Groups/5"), to("/Users/9", "DELETE")]
    job = plan(rows, None, lambda *_: True)

    assert bulk.touched(job) == [(USERS, "9"), (GROUPS, "5")]
    assert bulk.touched(plan(None, None, owning())) == []


def test_all_that_a_job_says_is_looked_through():
    """Path and data of each operation that has data, be it empty."""
    rows = [post(), to("/Users/9", data={}), to("/Users/9"), post("second", "b", None)]
    job = plan(rows, None, owning((USERS, "9")))

    assert bulk.bodies(job) == [(USERS, {"userName": ME}), ("/Users/9", {}), ("", {"userName": "second"})]
    assert bulk.bodies(plan(None, None, owning())) == []


@pytest.mark.parametrize(
    ("path", "is_job"),
    [("/Bulk", True), ("/bulk/", True), ("/%42ulk", True), ("/v2/Bulk", True), ("/Bulk/x", False), ("/Users", False)],
)
def test_a_request_to_the_bulk_endpoint_is_a_job(path, is_job):
    """However it is written: only what was planned goes there."""
    assert bulk.is_bulk(path) is is_job


# --- what the answer says ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("201", 201), (201, 201), ({"code": "201"}, 201), ({"code": 201}, 201), ("404", 404),
        (None, None), (True, None), ({}, None), ({"code": None}, None), (201.0, None), ("created", None), ("", None),
        ([201], None), ("-201", None), ("2001", None), ("20", None), ("9" * 5000, None), ({"code": {"code": 1}}, None),
    ],
)  # fmt: skip
def test_a_result_s_status_is_read_in_whichever_form(status, code):
    """RFC 7644 has a text and its drafts an object; anything else is none, and costs no run."""
    assert bulk.code({"status": status}) == code


def test_a_result_without_a_status_has_no_code():
    """Nothing is taken for done."""
    assert bulk.code({}) is None


@pytest.mark.parametrize(
    ("status", "well"),
    [
        ("199", False),
        ("200", True),
        (204, True),
        ("299", True),
        ("300", False),
        ("404", False),
        ("2", False),
        ("", False),
    ],
)
def test_an_operation_succeeded_where_its_status_is_2xx(status, well):
    """And nowhere else: what says nothing did not."""
    assert bulk.succeeded({"status": status}) is well
    assert not bulk.succeeded({})


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://scim.example/scim/v2/Users/7", (USERS, "7")),
        ("/scim/Groups/7/", (GROUPS, "7")),
        ("Users/7?x=/Groups/8", (USERS, "7")),
        ("/Users/a%20b", (USERS, "a b")),
        ("7", ("", "")),
        ("", ("", "")),
        (7, ("", "")),
        (None, ("", "")),
    ],
)
def test_a_result_is_where_its_location_ends(location, place):
    """Collection and id; without one of the two it is nowhere."""
    assert bulk.place({"location": location}) == place
    assert bulk.place({}) == ("", "")


def test_a_create_is_told_by_its_bulk_id_only():
    """A result without one may be any other's, and so may be the first of all."""
    mine, other = Creation(USERS, ME, "a", {}), Creation(USERS, ME, None, {})
    rows = [{"status": "409"}, {"bulkId": None, "status": "500"}, {"bulkId": "a", "status": "201"}, {"bulkId": "a"}]

    assert bulk.result(mine, answered(*rows)) == {"bulkId": "a", "status": "201"}
    assert bulk.result(other, answered(*rows)) == {}
    assert bulk.result(mine, answered(*rows[:2])) == {}


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"Operations": [{"status": "201"}, 7, None]}, [{"status": "201"}]),
        ({"Operations": {"status": "201"}}, []),
        ({"Operations": None}, []),
        ({"detail": "no"}, []),
    ],
)
def test_what_is_no_list_of_results_has_none(body, rows):
    """An odd answer ends no run."""
    assert bulk.rows(answered(**body)) == rows


# --- what is recorded --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "shown"), [(40, 40), (41, 41), (50, 41)])
def test_a_long_job_is_recorded_by_its_beginning(number, shown):
    """A limit is tested with thousands; how many there were is said, and the job itself is sent whole."""
    body = {"failOnErrors": 1, "Operations": [{"n": count} for count in range(number)]}
    told = bulk.abridged(body)

    assert (len(told["Operations"]), len(body["Operations"])) == (shown, number)
    assert told["failOnErrors"] == 1
    assert told["Operations"][:40] == body["Operations"][:40]
    assert told["Operations"][40:] == ([f"… {number - 40} more operations"] if number > 40 else [])


def test_a_long_text_is_recorded_by_its_beginning():
    """At any depth; all else as it was."""
    short, long = "x" * 400, "x" * 401
    body = {"Operations": [{"data": {"a": [short, long, 7, None, True]}}]}

    assert bulk.abridged(body) == {
        "Operations": [{"data": {"a": [short, f"{short}… 1 more characters", 7, None, True]}}]
    }
    assert bulk.abridged({"schemas": []}) == {"schemas": []}
