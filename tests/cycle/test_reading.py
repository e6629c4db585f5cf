"""A reading tells what the target does not hold as it should, and the request that did it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from conformance.idp.entra import ENTERPRISE_USER
from conformance.provisioning.mappings.synchronization import default_schema
from conformance.provisioning.service import inventory
from conformance.provisioning.service.reading import Reading
from conformance.scim.paths import text_at, value_at
from tests.cycle.office import Office, person, team
from tests.cycle.readings import counted, kinds, off, read, refusing, shows
from tests.faults.layer import Answer

# --- values ----------------------------------------------------------------------------------------------------


def test_a_target_that_holds_what_it_should_differs_in_nothing():
    """Everybody was compared, and there is no evidence against anybody."""
    boss = person(1)
    office = Office(boss, person(2, manager=boss.id), team(1, boss))
    office.cycle()
    reading = read(office)

    assert (reading.rows, reading.evidence, reading.absent) == ([], [], [])
    assert reading.compared == {"User": 2, "Group": 1, "kept": 0}


@pytest.mark.parametrize(
    ("value", "told"), [(False, "false"), (0, "0"), ("", '""'), (None, "no value"), ([], "no value")]
)
def test_false_nought_and_an_empty_text_are_values(value, told):
    """What is there is told as it is; null and an empty list are no value."""
    office = Office(person(1), behaviour=shows("/Users", title=value))
    office.cycle()

    assert read(office).rows == [("attribute", person(1).name, "title", '"Clerk"', told)]
    assert value_at({"title": value}, "title") == (None if value in (None, []) else value)
    assert text_at({"title": value}, "title") == ("" if value in (None, []) else str(value))


def test_a_value_that_was_there_is_in_the_log_as_it_was():
    """An old value of "" is not "no value"."""
    clerk = person(1)
    office = Office(clerk, behaviour=shows("/Users", title=""))
    office.cycle()
    office.cycle(clerk.changed(attributes={"jobTitle": "Head"}))
    modified = {one["displayName"]: one["oldValue"] for one in office.events(clerk)[-1]["modifiedProperties"]}

    assert modified["title"] not in {None, "(none)", "None"}


def test_who_should_be_active_and_is_not_is_told_apart_from_a_leaver_who_stays():
    """The one cannot work, the other still can."""
    office = Office(person(1), behaviour=shows("/Users", active=False))
    office.cycle()
    assert kinds(office) == [("active", "active")]

    clerk = person(1)
    office = Office(clerk, behaviour=lambda call, serve: Answer(204) if off(call) else serve(call))
    office.cycle()
    office.cycle(clerk.changed(attributes={"accountEnabled": False}))
    assert read(office).rows == [("stays", clerk.name, "active", "false", "true")]


# --- what is found ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "kind"), [(404, "lost"), (410, "lost"), (403, "unreadable"), (500, "unreadable")])
def test_who_cannot_be_read_is_lost_or_unreadable(status, kind):
    """A 404 and a 410 say that nobody is there; all else says nothing of that. It is told once."""
    office = Office(person(1))
    office.cycle()
    office = refusing(office, lambda call: call.method == "GET" and call.path.count("/") == 2, status)
    office.sent.clear()
    reading = read(office)
    assert len(office.sent) == 1  # nobody looks for the name of somebody of whom it is told already

    assert [row[:4] for row in reading.rows] == [
        (kind, person(1).name, "", "is there" if kind == "lost" else "can be read")
    ]
    assert reading.rows[0][4] == f"HTTP {status}"
    assert len(reading.evidence) == 1


def test_an_answer_that_is_no_resource_is_unreadable():
    """200 without a body."""
    office = Office(person(1))
    office.cycle()
    send = office.client.send
    office.client.send = lambda request: replace(send(request), body="")

    assert [row[0] for row in read(office).rows] == ["unreadable"]


@pytest.mark.parametrize(("found", "kind"), [(0, "lost"), (2, "twice"), (3, "twice")])
def test_a_name_is_found_once(found, kind):
    """By a look-up, or in the list of a large target."""
    office = Office(person(1))
    office.cycle()
    office = counted(office, found)
    reading = read(office)
    assert [row[:3] for row in reading.rows] == [(kind, person(1).name, "userName")]
    assert len(reading.evidence) == 1


def test_a_wrong_value_hides_nobody_who_is_there_twice():
    """Both are told."""
    office = Office(person(1), behaviour=shows("/Users", title="x"))
    office.cycle()
    reading = read(counted(office, 2))

    assert [row[:3] for row in reading.rows] == [
        ("attribute", person(1).name, "title"), ("twice", person(1).name, "userName")
    ]  # fmt: skip


def test_who_was_deleted_stays_away():
    """By id and by name; who has the name now is somebody else."""
    clerk = person(1)
    office = Office(clerk, person(2))
    office.cycle()
    office.cycle(removed=[clerk])
    reading = read(office)
    assert (reading.rows, reading.compared["User"]) == ([], 2)

    again = replace(person(3), attributes=clerk.attributes)
    office.cycle(again)
    assert read(office).rows == []


@pytest.mark.parametrize("where", ["by id", "by name"])
def test_who_comes_back_is_told(where):
    """A read of the id, or a look-up of the name, finds who was deleted."""
    clerk = person(1)
    office = Office(clerk)
    office.cycle()
    row = office.stored(clerk)
    office.cycle(removed=[clerk])

    def behaviour(call, serve):
        answer = serve(call)
        if where == "by id" and call.path == f"/Users/{row['id']}":
            return Answer(200, {}, row)
        if where == "by name" and "p1@" in call.query.get("filter", ""):
            answer.body |= {"totalResults": 1, "Resources": [row]}
        return answer

    other = Office(app=office.app, behaviour=behaviour)
    office.tools.exporter.client = other.client
    reading = read(office)
    assert [one[0] for one in reading.rows] == ["back"]
    assert len(reading.evidence) == 1


def test_a_large_target_is_compared_by_its_list():
    """A row that differs is read again before it is told, and one that does not is not read."""
    office = Office(person(1), person(2))
    office.cycle()
    rows = {office.state.link(person(n).id).target: office.stored(person(n)) for n in (1, 2)}
    first = office.state.link(person(1).id).target
    taken = inventory.Inventory()
    taken.rows["User"] = {
        target: json.dumps(row | ({"title": "x"} if target == first else {})) for target, row in rows.items()
    }
    taken.names["User"] = Counter(str(row["userName"]).casefold() for row in rows.values())
    office.sent.clear()

    assert read(office, taken).rows == []
    assert [path for _, path, *_ in office.sent] == [f"/Users/{first}"]


# --- blame -----------------------------------------------------------------------------------------------------


def test_the_request_of_this_cycle_is_blamed_first():
    """That of the attribute, then any to the resource, then any at all, then none."""
    clerk, other = person(1), person(2)
    office = Office(clerk, other, behaviour=shows("/Users", title="x"))
    office.cycle()
    reading = Reading(office.tools)
    link = office.state.link(clerk.id)
    link.writes = {"": "PATCH /Users/1 (cycle 1, request 7)", "title": "PATCH /Users/1 (cycle 1, request 5)"}

    def blamed(attribute, request="", writes=(), cycle=1):
        office.tools.exporter.begin(cycle, list(writes))
        return reading._blame(link, attribute, request)

    assert blamed("title", "PATCH /Groups/1 (cycle 1, request 9)") == "PATCH /Groups/1 (cycle 1, request 9)"
    assert blamed("title") == "PATCH /Users/1 (cycle 1, request 5)"
    assert blamed("nickName") == "PATCH /Users/1 (cycle 1, request 7)"
    assert blamed("title", writes=["a"], cycle=2) == f"a, which was not about {link.name}"
    assert blamed("title", writes=list("abcd"), cycle=2) == "one of a, b, c"
    assert blamed("title", cycle=2) == "no write of this cycle; last written by PATCH /Users/1 (cycle 1, request 5)"
    assert blamed("x", cycle=2) == "no write of this cycle; last written by PATCH /Users/1 (cycle 1, request 7)"
    assert blamed("x", "r", cycle=2) == "no write of this cycle; last written by r"


# --- a manager of whom nothing was said ------------------------------------------------------------------------


def managed_by(office, clerk, somebody):
    """What a reading says where the target shows somebody as a manager."""
    row = office.stored(clerk) | {ENTERPRISE_USER: {"department": "Sales", "manager": {"value": somebody}}}
    return [one.got for one in Reading(office.tools)._manager(office.state.link(clerk.id), row)]


def test_a_manager_of_whom_nothing_was_said_is_the_target_s_own_affair():
    """Never sent, deleted since, of somebody who left the scope, or of a mapping without managers."""
    boss, clerk, free = person(1), person(2, manager=person(1).id), person(3)
    office = Office(boss, clerk, free)
    office.cycle()
    assert managed_by(office, free, "x") == []
    assert managed_by(office, clerk, "x") == ["x"]
    assert managed_by(office, clerk, None) == ["no manager"]
    office.cycle(replace(clerk, assignments=()))
    assert managed_by(office, clerk, "x") == []

    office = Office(boss, clerk)
    office.cycle()
    office.cycle(removed=[boss])
    assert managed_by(office, clerk, "x") == []

    schema = default_schema()
    rows = tuple(row for row in schema.users.attributes if not row.is_reference)
    office = Office(boss, clerk, schema=replace(schema, users=replace(schema.users, attributes=rows)))
    office.cycle()
    assert managed_by(office, clerk, "x") == []
