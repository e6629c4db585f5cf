"""The ledger: what it takes for ours, what it notes of the endpoint, and what it tells the journal."""

from __future__ import annotations

import json

import pytest

from conformance.scim import ledger as module
from conformance.scim.claim import Claim
from conformance.scim.journal import Entry, Journal, read_journal
from conformance.scim.ledger import Event, Ledger
from tests.small_tenant import BOSS, MARKS, ME

USERS, GROUPS = "/Users", "/Groups"
TEAM = f"{MARKS.prefix}-team"
OTHER = f"{MARKS.prefix}-other@example.com"
EXTERNAL = f"{MARKS.family}0000000000aa"


@pytest.fixture
def books(tmp_path):
    """A ledger with a journal on disk."""
    ledger = Ledger(Journal(tmp_path / "journal-x.jsonl", "https://scim.example/", MARKS))
    yield ledger
    ledger.close()


def lines(books):
    """What the journal was told, without its first line."""
    text = books.journal.path.read_text()
    return [json.loads(line) for line in text.splitlines()][1:]


def words(books):
    """The kinds of the lines, with their ids."""
    return [
        (next(word for word in ("intend", "led", "created", "gone", "landmark") if word in line), line.get("id"))
        for line in lines(books)
    ]


def asked(books, name=ME, collection=USERS, **more):
    """A create that was sent."""
    claim = Claim(collection, name, **more)
    books.intend(claim)
    return claim


def born(books, name=ME, identifier="9", collection=USERS):
    """A create that made something."""
    claim = asked(books, name, collection)
    assert books.settled(claim, 201, {}, row(identifier, name, collection)) == identifier
    return claim


def row(identifier, name=ME, collection=USERS, **more):
    """A resource as it is shown."""
    return {"id": identifier, ("displayName" if collection == GROUPS else "userName"): name, **more}


def events(books):
    """What was noted of the endpoint, by kind and id."""
    return [(event.kind, event.id) for event in books.events]


# --- what is asked of it -----------------------------------------------------------------------------------


def test_at_first_nothing_is_known(books):
    """No id was given twice, nothing is ours, nothing lags."""
    assert (books.repeats, books.is_empty, books.lag, books.events) == (False, True, 0.0, [])
    assert books.tries(USERS)


def test_an_event_is_of_a_single_create_unless_it_says_otherwise():
    """So that it weighs what it weighs for Entra, which sends no bulk jobs."""
    assert Event("taken", USERS, "", "1", "seen").to_json()["bulk"] is False


def test_a_body_names_itself_by_its_own_id_only(books):
    """RFC 7643 section 3.1: an id in a body is that of the resource the body is about."""
    born(books)
    born(books, OTHER, "10")

    assert books.may_refer("id", "9", "/Users/9")
    assert not books.may_refer("id", "7", "/Users/9")
    assert not books.may_refer("id", "10", "/Users/9")


def test_who_is_adopted_may_be_named(books):
    """The user let us change them; nobody else may be."""
    books.adopt(USERS, "7")

    assert books.may_refer("members", "7", "/Groups/1")
    assert books.may_refer("manager", "7", "/Users/1")
    assert not books.may_refer("groups", "7", "/Users/1")
    assert not books.may_refer("members", "8", "/Groups/1")


def test_what_is_about_to_be_created_is_expected_by_collection_and_name(books):
    """Both have to fit."""
    asked(books)

    assert books.expects(USERS, ME)
    assert not books.expects(GROUPS, ME)
    assert not books.expects(USERS, OTHER)


def test_what_was_ever_ours_is_living_or_deleted(books):
    """Whether anything was created at all is asked at the end."""
    born(books, ME, "9")
    born(books, OTHER, "10")
    books.gone(USERS, "9")

    assert books.ever == {(USERS, "9"), (USERS, "10")}
    assert books.owned == [Entry(USERS, OTHER, "10")]
    assert (books.was_ours(USERS, "9"), books.was_ours(USERS, "10")) == (True, False)


def test_names_are_of_their_collection(books):
    """A group is not looked for among users."""
    asked(books, ME)
    asked(books, TEAM, GROUPS)

    assert (books.names(USERS), books.names(GROUPS)) == ([ME], [TEAM])
    assert books.collections == [GROUPS, USERS]


def test_creates_are_found_by_name_and_by_external_id(books):
    """In any letter case, and in their collection only; an empty name is nobody's."""
    mine = asked(books, ME, external=EXTERNAL)
    team = asked(books, TEAM, GROUPS)
    bare = asked(books, OTHER)

    assert books.claims(USERS, [ME.upper()]) == [mine]
    assert books.claims(USERS, [EXTERNAL.upper()]) == [mine]
    assert books.claims(GROUPS, [ME]) == []
    assert books.claims(USERS, [""]) == []
    assert books.claims(USERS) == [mine, bare]
    assert books.claims(GROUPS) == [team]


def test_what_is_known_without_a_look_is_what_is_ours_and_what_is_open(books):
    """A create that is known to have made something is told once, as what it made."""
    born(books, ME, "9")
    asked(books, OTHER)
    foreign = asked(books, BOSS, marked=False)
    books.settled(foreign, 201, {}, row("11", BOSS))
    account = books.as_it_stands

    assert [(entry.name, entry.id) for entry in account.left] == [(ME, "9"), (BOSS, "11")]
    assert [(entry.name, entry.id) for entry in account.unconfirmed] == [(OTHER, None)]
    assert "cut short" in account.unconfirmed[0].reason


def test_books_are_empty_where_nothing_is_ours_open_or_astray(books):
    """Each of the three keeps the journal."""
    claim = asked(books)
    assert not books.is_empty
    books.forget(claim)
    assert books.is_empty
    born(books)
    assert not books.is_empty
    books.gone(USERS, "9")
    assert books.is_empty
    books.stray(USERS, "12", "a probe was answered 201")
    assert not books.is_empty


# --- what is read ------------------------------------------------------------------------------------------


def test_what_is_ours_is_seen_where_a_read_shows_it(books):
    """With a name: what shows none may be anything."""
    born(books)
    books.read(USERS, "9", 200, {"id": "9"})
    assert not books.is_seen(USERS, "9")
    books.read(USERS, "9", 200, row("9", BOSS))
    assert not books.is_seen(USERS, "9")
    books.read(USERS, "9", 403, row("9"))
    assert not books.is_seen(USERS, "9")
    books.read(USERS, "9", 200, row("9"), whole=False)
    assert not books.is_seen(USERS, "9")
    books.read(USERS, "9", 200, row("9"))
    assert books.is_seen(USERS, "9")
    books.unsee(USERS, "9")
    assert not books.is_seen(USERS, "9")


def test_what_is_not_ours_is_never_seen(books):
    """A look at somebody else permits nothing."""
    books.see(USERS, "7")

    assert not books.is_seen(USERS, "7")


@pytest.mark.parametrize(("status", "absent"), [(404, True), (410, True), (411, False), (403, False), (None, False)])
def test_an_id_is_nobody_s_where_the_last_read_said_so(books, status, absent):
    """404 and 410 say it (RFC 9110 sections 15.5.5 and 15.5.11), and nothing else does."""
    books.read(USERS, "7", status, {})

    assert books.is_absent(USERS, "7") is absent


def test_an_id_that_is_somebody_s_by_now_is_not_nobody_s(books):
    """The last read counts, whoever it shows; a read that failed says nothing."""
    books.read(USERS, "7", 404, {})
    books.read(USERS, "7", 500, {})
    assert books.is_absent(USERS, "7")
    books.read(USERS, "7", 200, row("7", BOSS))
    assert not books.is_absent(USERS, "7")


def test_what_was_read_before_its_create_is_somebody_s(books):
    """Its id was there before we asked, so that no answer makes it ours."""
    books.read(USERS, "9", 200, {"userName": BOSS})
    claim = asked(books)

    assert books.objection(claim, "9", row("9")) == "its id was somebody's before we asked for it"
    assert books.objection(claim, "10", row("10")) == ""


def test_who_was_there_before_is_not_ours_by_any_answer(books):
    """Not even where our own name is shown: the endpoint took the create for a change of somebody."""
    books.read(USERS, "9", 200, {"userName": BOSS})
    claim = asked(books)

    assert books.settled(claim, 201, {}, row("9")) is None
    assert (books.owned, books.is_barred(USERS, "9"), events(books)) == ([], True, [("foreign", "9")])


def test_what_is_created_is_nobody_s_no_more(books):
    """An id that was free a moment ago is given to us."""
    books.read(USERS, "9", 404, {})
    born(books)

    assert not books.is_absent(USERS, "9")


def test_a_read_that_found_nothing_meets_nobody(books):
    """Or else what is created under the id a moment later would not be ours."""
    books.read(USERS, "9", 404, row("9", BOSS))
    books.read(USERS, "9", 500, row("9", BOSS))
    claim = asked(books)

    assert books.objection(claim, "9", row("9")) == ""


def test_what_was_met_while_our_create_was_under_way_may_be_what_it_made(books):
    """A list may show it before the answer comes."""
    claim = asked(books)
    books.meet(USERS, [{"id": "9"}])

    assert books.objection(claim, "9", row("9")) == ""


def test_who_carries_a_mark_of_ours_is_not_met(books):
    """Nor what is or was ours, nor what shows no id."""
    born(books, ME, "9")
    born(books, OTHER, "10")
    books.gone(USERS, "10")
    half = row("2", BOSS, externalId=EXTERNAL)
    books.meet(USERS, [row("1", ME), half, {"id": "9"}, {"id": "10"}, {"userName": BOSS}])
    again = asked(books, f"{MARKS.prefix}-new@example.com")

    assert [books.objection(again, one, {}) for one in ("1", "2", "9", "10", "")] == [""] * 5
    assert "landmark" not in dict(words(books))


def test_the_journal_notes_a_few_of_those_who_are_there(books):
    """Each once, and none that a run of ours made: that one does not stay."""
    kin = row("5", "scimconf-zzzzzz-load1@example.com")
    is_kin = MARKS.is_kin([str(kin["userName"])])
    books.meet(USERS, [row("7", BOSS), row("7", BOSS), *([kin] if is_kin else [])])
    books.meet(USERS, [row(str(number), f"p{number}@example.com") for number in range(20, 30)])
    books.meet(GROUPS, [row("7", "Sales", GROUPS)])

    assert lines(books) == [
        {"landmark": USERS, "id": "7"},
        {"landmark": USERS, "id": "20"},
        {"landmark": USERS, "id": "21"},
        {"landmark": GROUPS, "id": "7"},
    ]


def test_so_many_are_remembered_and_no_more(books, monkeypatch):
    """A tenant of millions does not fill the memory."""
    monkeypatch.setattr(module, "MOST_MET", 2)
    books.meet(USERS, [row(str(number), f"p{number}@example.com") for number in range(20, 30)])
    claim = asked(books)

    known = [number for number in range(20, 30) if books.objection(claim, str(number), {})]
    assert known == [20, 21]


# --- deletes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204])
def test_a_delete_that_is_answered_well_is_believed_once_it_was_seen_twice(books, status):
    """Two of each collection are read afterwards; then the answer is enough."""
    for number in range(3):
        born(books, f"{MARKS.prefix}-{number}@example.com", str(number))
    for number in range(2):
        assert books.tries(USERS)
        assert books.doubts(USERS, str(number), status)
        books.checked(USERS, str(number), status, 404, {})

    assert not books.tries(USERS)
    assert books.tries(GROUPS)
    assert not books.doubts(USERS, "2", status)
    assert books.owned == []


@pytest.mark.parametrize("status", [201, 202, 203, 205, 404, 500, None])
def test_any_other_answer_is_doubted_where_it_was_seen(books, status):
    """And what no read has ever shown is not gone because it cannot be read."""
    born(books)
    for _ in range(2):
        books.checked(USERS, "nothing", 204, 404, {})
    assert not books.doubts(USERS, "9", status)
    books.see(USERS, "9")
    assert books.doubts(USERS, "9", status)
    assert books.owned


def test_an_endpoint_that_keeps_what_it_deleted_is_not_believed_again(books):
    """Each of its deletes is followed by a read, however many go well later."""
    for number in range(5):
        born(books, f"{MARKS.prefix}-{number}@example.com", str(number))
    books.checked(USERS, "0", 204, 200, row("0", f"{MARKS.prefix}-0@example.com"))
    assert books.owns(USERS, "0")
    for number in range(1, 4):
        books.checked(USERS, str(number), 204, 404, {})

    assert not books.tries(USERS)
    assert books.doubts(USERS, "4", 204)


@pytest.mark.parametrize(
    ("status", "read", "resource", "gone"),
    [
        (204, 404, {}, True),
        (204, 410, {}, True),
        (500, 404, {}, True),
        (500, 410, {}, True),
        (200, 200, {}, True),
        (204, 500, {}, True),
        (204, None, {}, True),
        (500, 500, {}, False),
        (None, None, {}, False),
        (500, 200, {}, False),
        (204, 200, row("9"), False),
        (204, 200, {"id": "9"}, False),
        (204, 200, {"userName": ME}, False),
        (204, 200, row("9", BOSS), True),
        (204, 300, row("9"), True),
        (500, 200, row("9", BOSS), True),
    ],
)
def test_what_a_read_shows_after_a_delete_tells_whether_it_is_gone(books, status, read, resource, gone):
    """Where it shows somebody else, what was ours is gone, and the id leads to nobody of ours any more."""
    born(books)
    books.checked(USERS, "9", status, read, resource)
    somebody = resource.get("userName") == BOSS

    assert books.owns(USERS, "9") is not gone
    assert books.was_ours(USERS, "9") is gone
    assert events(books) == ([("taken", "9")] if somebody else [])
    assert books.is_barred(USERS, "9") is somebody


def test_what_was_never_ours_proves_nothing_of_deletes(books):
    """That it cannot be read is no work of ours."""
    for _ in range(2):
        books.checked(USERS, "7", 204, 404, {})

    assert books.tries(USERS)


def test_whether_a_delete_was_tried_is_remembered(books):
    """The next one is preceded by a look: somebody else may have the id by then."""
    born(books)
    assert not books.was_tried(USERS, "9")
    books.doubts(USERS, "9", None)

    assert books.was_tried(USERS, "9")
    assert not books.was_tried(GROUPS, "9")


def test_what_failed_to_be_deleted_says_nothing_of_the_endpoint_s_deletes(books):
    """Only what it answered well can be kept or not."""
    born(books)
    books.checked(USERS, "9", 500, 404, {})
    born(books, OTHER, "10")
    books.checked(USERS, "10", 403, 200, row("10", OTHER))

    assert books.tries(USERS)
    assert books.doubts(USERS, "10", 204)


# --- creates -----------------------------------------------------------------------------------------------


def test_a_create_is_in_the_journal_before_it_is_sent_and_open_until_it_is_settled(books):
    """A run that is killed in between leaves a line by which it is found."""
    claim = asked(books)

    assert (books.open, words(books)) == ([claim], [("intend", None)])
    assert 0 < claim.asked == pytest.approx(books.clock.there, abs=5)
    assert claim.sent == pytest.approx(books.clock.now(), abs=5)
    books.forget(claim)
    assert (books.open, words(books)[1:]) == ([], [("gone", None)])
    books.forget(claim)
    assert len(lines(books)) == 2


def test_a_201_with_its_name_is_ours(books):
    """And no longer open: its name is of our making, and nobody else's."""
    claim = born(books)

    assert (books.owns(USERS, "9"), books.open, claim.born, claim.led) == (True, [], True, ["9"])
    assert words(books) == [("intend", None), ("led", "9"), ("created", "9")]
    assert books.claim_of(USERS, "9") is claim
    books.gone(USERS, "9")
    assert books.claim_of(USERS, "9") is claim
    assert books.claim_of(USERS, "10") is None


def test_a_name_of_the_user_s_stays_open_for_one_more_look(books):
    """There may be another of that name."""
    claim = asked(books, BOSS, marked=False)
    books.settled(claim, 201, {}, row("9", BOSS))

    assert books.open == [claim]


@pytest.mark.parametrize(
    ("status", "told"),
    [(None, []), (202, []), (400, []), (409, []), (500, []), (200, [("foreign", "9")]), (204, [("foreign", "9")])],
)
def test_an_answer_that_is_no_201_makes_nothing_ours(books, status, told):
    """200 says that somebody was changed; whatever else it is, the create stays open."""
    claim = asked(books)

    assert books.settled(claim, status, {}, row("9")) is None
    assert (books.owned, books.open, claim.status) == ([], [claim], status)
    assert events(books) == told
    assert books.is_barred(USERS, "9") is bool(told)
    assert claim.led == ([] if status is None else ["9"])


def test_the_location_of_the_collection_leads_to_nothing(books):
    """Some give it with an error."""
    claim = asked(books)
    books.settled(claim, 500, {"location": "https://scim.example/Users"}, {})

    assert claim.led == []
    assert "led" not in dict(words(books))


def test_a_201_without_an_id_leaves_its_create_open(books):
    """It is looked for by its name."""
    claim = asked(books)

    assert books.settled(claim, 201, {}, {"userName": ME}) is None
    assert (books.owned, books.open, claim.refused) == ([], [claim], "")


def test_a_201_whose_body_has_another_id_than_its_location_is_read_first(books):
    """Nothing is taken over by the answer alone, and nothing speaks against it either."""
    claim = asked(books)

    assert books.settled(claim, 201, {"location": "https://scim.example/Users/9"}, {"userName": ME}) is None
    assert (claim.refused, claim.led) == ("", ["9"])


def test_an_id_that_reads_as_a_path_is_not_ours_by_the_answer(books):
    """It is read first: dots lead somewhere else."""
    claim = asked(books)

    assert books.settled(claim, 201, {}, row("..")) is None
    assert books.owned == []


def test_what_speaks_against_a_201_keeps_it_from_being_ours(books):
    """Its id is barred from then on, and the reason is told."""
    claim = asked(books)

    assert books.settled(claim, 201, {}, row("9", BOSS)) is None
    assert (claim.refused, books.is_barred(USERS, "9")) == ("it has somebody else's name", True)
    assert events(books) == [("foreign", "9")]
    assert books.is_lost(USERS, "9")
    assert not books.is_lost(USERS, "10")


def test_an_answer_that_is_of_another_create_of_ours_bars_nothing(books):
    """The resource is ours by the other one; answers were mixed up."""
    asked(books, OTHER)
    claim = asked(books)

    assert books.settled(claim, 201, {}, row("9", OTHER)) is None
    assert not books.is_barred(USERS, "9")
    assert events(books) == [("swapped", "9")]
    assert claim.refused == f"it is what another create made, {OTHER!r}"


def test_what_proves_nothing_and_contradicts_nothing_is_not_ours_yet(books):
    """The resource shows no name."""
    claim = asked(books)

    assert not books.prove(claim, "9", {"id": "9"})
    assert (claim.refused, books.owned, books.events) == ("", [], [])


# --- what a look-up found ----------------------------------------------------------------------------------


def test_what_is_found_of_a_lost_create_is_ours_and_told(books):
    """It was refused, or not answered, and was carried out."""
    lost, refused, promised = asked(books), asked(books, OTHER), asked(books, TEAM, GROUPS)
    books.settled(refused, 409, {}, {})
    books.settled(promised, 202, {}, {})

    assert books.trace(lost, "9", row("9"))
    assert books.trace(refused, "10", row("10", OTHER))
    assert books.trace(promised, "11", row("11", TEAM, GROUPS))
    assert [event.detail for event in books.events] == [
        "the create got no answer, and was carried out",
        "the create got HTTP 409, and was carried out",
    ]
    assert events(books) == [("stored", "9"), ("stored", "10")]
    assert len(books.owned) == 3


@pytest.mark.parametrize("status", [409, 500, None])
def test_a_name_that_is_taken_by_ourselves_leads_to_what_is_ours(books, status):
    """A create that was refused for it made nothing, and the resource keeps its owner."""
    claim = born(books)
    again = asked(books, ME.upper())
    books.settled(again, status, {}, {})

    assert books.trace(again, "9", row("9"))
    assert (books.claim_of(USERS, "9") is claim, books.events, books.repeats) == (True, [], False)


def test_a_201_with_what_an_earlier_create_made_is_told(books):
    """A name was sent twice, and the second create took it for a change: nothing new was made."""
    claim = born(books)
    again = asked(books)

    assert books.settled(again, 201, {}, row("9")) is None
    assert (books.claim_of(USERS, "9") is claim, events(books), books.repeats) == (True, [("swapped", "9")], False)
    assert not books.is_barred(USERS, "9")


def test_what_is_found_a_second_time_is_ours_and_told(books):
    """One create, two resources."""
    claim = born(books)

    assert books.trace(claim, "10", row("10"))
    assert events(books) == [("twice", "10")]
    assert len(books.owned) == 2


@pytest.mark.parametrize("what", ["barred", "too long", "of another name", "not proven"])
def test_what_is_found_and_not_proven_is_not_ours(books, what):
    """No more than by an answer."""
    claim = asked(books)
    identifier, resource = "9", row("9")
    if what == "barred":
        books.settled(asked(books, OTHER), 200, {}, {"id": "9"})
        books.events.clear()
    elif what == "too long":
        identifier = "9" * (module.LONGEST_ID + 1)
        resource = row(identifier)
    else:
        resource = row("9", BOSS) if what == "of another name" else {"id": "9"}

    assert not books.trace(claim, identifier, resource)
    assert (books.owned, books.events) == ([], [])


def test_the_longest_id_is_still_one(books):
    """A URL can be made of it."""
    identifier = "9" * module.LONGEST_ID

    assert books.trace(asked(books), identifier, row(identifier))


def test_what_is_found_under_the_id_of_another_of_ours_is_not_taken_over(books):
    """Which of both a request would reach, nobody knows."""
    born(books, ME, "9")
    claim = asked(books, OTHER)

    assert not books.trace(claim, "9", {"id": "9", "userName": OTHER})
    assert books.repeats
    assert events(books) == [("repeated", "9")]


def test_a_name_leads_to_its_own_creates_only(books):
    """In any letter case, in the collection it was sent to."""
    asked(books)

    assert not books.claim(GROUPS, ME, "9", row("9"))
    assert not books.claim(USERS, OTHER, "9", row("9"))
    assert not books.claim(USERS, ME, "..", row(".."))
    assert books.claim(USERS, ME.upper(), "9", row("9"))


# --- ids that change hands ---------------------------------------------------------------------------------


def test_an_id_of_two_living_resources_is_neither_s(books):
    """Both are looked for again; nothing is written to the id."""
    first = born(books, ME, "9")
    second = asked(books, OTHER)

    assert not books.born(second, "9")
    assert (books.repeats, books.owned, books.is_barred(USERS, "9")) == (True, [], True)
    assert first in books.open
    assert second in books.open
    assert not first.born
    assert events(books) == [("repeated", "9")]
    assert f"{ME!r} has the id too" in books.events[0].detail
    assert words(books)[-2:] == [("gone", "9"), ("intend", None)]


def test_an_id_that_is_given_again_after_its_delete_is_ours_and_told(books):
    """Entra would reach the one by the other's id."""
    born(books, ME, "9")
    books.gone(USERS, "9")
    claim = born(books, OTHER, "9")

    assert books.repeats
    assert books.claim_of(USERS, "9") is claim
    assert not books.was_ours(USERS, "9")
    assert events(books) == [("repeated", "9")]
    assert "is deleted" in books.events[0].detail


def test_the_same_create_twice_is_no_repetition(books):
    """It is one resource, seen again."""
    claim = born(books)

    assert books.born(claim, "9")
    assert (books.events, books.repeats) == ([], False)


def test_what_comes_back_of_the_same_create_is_no_repetition_to_tell(books):
    """It was deleted, and is there: that has a word of its own."""
    claim = born(books)
    books.gone(USERS, "9")

    assert books.born(claim, "9")
    assert books.events == []


def test_what_is_there_again_is_ours_again(books):
    """To be deleted again, and in the journal again."""
    born(books)
    books.gone(USERS, "9")
    books.back(USERS, "9")

    assert books.owns(USERS, "9")
    assert not books.was_ours(USERS, "9")
    assert events(books) == [("kept", "9")]
    assert words(books)[-3:] == [("gone", "9"), ("intend", None), ("created", "9")]
    books.back(USERS, "7")
    assert not books.owns(USERS, "7")
    assert len(books.events) == 1


def test_an_id_that_is_given_back_is_looked_for_under_another(books):
    """What we created may be there all the same."""
    claim = born(books)
    books.see(USERS, "9")
    books.give_back(USERS, "9")

    assert (books.owned, books.open, claim.born) == ([], [claim], False)
    assert books.is_barred(USERS, "9")
    assert books.is_lost(USERS, "9")
    notes = read_journal(books.journal.path)
    assert (notes.owned, [one.name for one in notes.open]) == ({}, [ME])


def test_an_id_that_was_never_ours_is_barred_and_nothing_is_looked_for(books):
    """No create had it."""
    books.give_back(USERS, "7")

    assert books.is_barred(USERS, "7")
    assert books.open == []


def test_what_is_given_back_after_its_delete_was_not_ours(books):
    """So it is not taken for deleted."""
    born(books)
    books.gone(USERS, "9")
    books.give_back(USERS, "9")

    assert not books.was_ours(USERS, "9")


# --- names and ids that change -----------------------------------------------------------------------------


def test_a_new_name_is_known_to_the_journal_before_the_old_one_goes(books):
    """A run that is killed in between loses nothing."""
    before = born(books)
    before.external = EXTERNAL
    books.rename(USERS, "9", OTHER)
    after = books.claim_of(USERS, "9")

    assert (after.name, after.external, after.marked, after.asked, after.sent, after.status) == (
        OTHER, EXTERNAL, True, before.asked, before.sent, 201,
    )  # fmt: skip
    assert words(books)[-3:] == [("intend", None), ("created", "9"), ("gone", "9")]
    assert [line["name"] for line in lines(books)[-3:]] == [OTHER, OTHER, ME]
    assert after in books.claims(USERS, [OTHER])
    notes = read_journal(books.journal.path)
    assert {key: claim.name for key, claim in notes.owned.items()} == {(USERS, "9"): OTHER}


def test_a_name_that_is_not_of_our_making_is_known_as_such(books):
    """It proves nothing on its own."""
    born(books)
    books.rename(USERS, "9", BOSS)

    assert not books.claim_of(USERS, "9").marked


def test_the_same_name_and_somebody_else_s_change_nothing(books):
    """The journal hears nothing of it."""
    claim = born(books)
    told = len(lines(books))
    books.rename(USERS, "9", ME)
    books.rename(USERS, "7", OTHER)

    assert (books.claim_of(USERS, "9") is claim, len(lines(books))) == (True, told)
    assert not books.owns(USERS, "7")


def test_a_resource_is_followed_to_the_id_that_our_own_change_shows(books):
    """Both ids are ours, until a delete shows which of them leads somewhere."""
    claim = born(books)
    books.moved(USERS, "9", "10", row("10"))

    assert books.claim_of(USERS, "10") is claim
    assert events(books) == [("moved", "10")]
    assert words(books)[-1] == ("created", "10")


def test_a_new_name_is_that_of_both_ids(books):
    """The change that renamed a resource may have moved it, and the new id is ours under the new name."""
    born(books)
    books.moved(USERS, "9", "10", row("10", OTHER))
    books.rename(USERS, "9", OTHER)

    claim = books.claim_of(USERS, "10")
    assert (claim.name, claim is books.claim_of(USERS, "9")) == (OTHER, True)
    assert books.objection(claim, "10", row("10", OTHER)) == ""
    assert {name for (_, _), name in _named(books)} == {OTHER}


def _named(books):
    """What the journal holds as ours, with its name."""
    return [(key, claim.name) for key, claim in read_journal(books.journal.path).owned.items()]


def test_a_resource_is_followed_by_any_mark_of_ours(books):
    """Our change may have been to the name itself."""
    born(books)
    books.moved(USERS, "9", "10", row("10", f"{MARKS.prefix}-renamed@example.com"))

    assert books.owns(USERS, "10")


@pytest.mark.parametrize("what", ["somebody else", "nobody by name", "a path", "not ours before", "another of ours"])
def test_a_resource_is_followed_to_nobody_else(books, what):
    """Not to whom the answer shows by mistake, either."""
    born(books)
    born(books, OTHER, "11")
    target = {"a path": "..", "another of ours": "11"}.get(what, "10")
    resource = {"somebody else": row("10", BOSS), "nobody by name": {"id": "10"}}.get(what, row(target))
    if what == "another of ours":
        resource = row("11", OTHER)
    books.moved(USERS, "8" if what == "not ours before" else "9", target, resource)

    assert books.events == []
    assert {entry.id for entry in books.owned} == {"9", "11"}


def test_what_is_deleted_is_no_longer_seen_and_in_the_journal_as_gone(books):
    """Its id can change hands at any time."""
    born(books)
    books.see(USERS, "9")
    books.gone(USERS, "9")
    books.gone(USERS, "7")

    assert not books.is_seen(USERS, "9")
    assert words(books)[-1] == ("gone", "9")
    assert not books.was_ours(USERS, "7")
    assert read_journal(books.journal.path).is_empty


def test_what_an_earlier_run_left_is_ours_or_open(books):
    """With an id to be deleted, without one to be looked for; the journal has both already."""
    there, lost = Claim(USERS, ME), Claim(GROUPS, TEAM)
    books.own(there, "9")
    books.own(lost, None)

    assert (books.claim_of(USERS, "9"), books.open) == (there, [lost])
    assert books.names(USERS) == [ME]
    assert books.names(GROUPS) == [TEAM]
    assert lines(books) == []


def test_a_stray_keeps_the_first_reason(books):
    """What came of it later is no news."""
    books.stray(USERS, "12", "a probe was answered 201")
    books.stray(USERS, "12", "it was seen again")

    assert books.strays == {(USERS, "12"): "a probe was answered 201"}


def test_an_event_is_told_once(books):
    """However often it is seen."""
    claim = asked(books)
    for _ in range(2):
        books.note("stored", claim, "9", "seen")

    assert len(books.events) == 1


def test_the_journal_goes_with_the_last_of_what_it_holds(books):
    """And stays while anything is open."""
    claim = asked(books)
    path = books.journal.path
    books.close()
    assert path.exists()
    again = Ledger(Journal(path, "https://scim.example/", MARKS))
    again.own(claim, None)
    again.forget(claim)
    again.close()
    assert not path.exists()


@pytest.mark.parametrize("told", ["header", "body"])
def test_what_was_made_in_another_collection_is_told(books, told):
    """A group was asked for and a user was made: it is no group, and it stays."""
    claim = asked(books, TEAM, GROUPS)
    location = "https://scim.example/scim/Users/12"
    headers = {"location": location} if told == "header" else {}
    books.settled(claim, 201, headers, {"id": "12", "meta": {"location": location}})

    assert list(books.strays) == [(USERS, "12")]
    assert books.owned == []


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("https://scim.example/scim/Groups/12", 201),
        ("https://scim.example/scim/Users/12", 409),
        ("https://scim.example/scim/Teams/12", 201),
        ("https://scim.example/scim/Users/..", 201),
        ("https://scim.example/scim/Users/12/photo", 201),
        ("https://scim.example/scim/Users", 201),
        ("https://scim.example/scim/Users/7", 201),
        ("12", 201),
        ("", 201),
    ],
)
def test_what_leads_nowhere_else_is_no_stray(books, location, status):
    """Nor is who was there before, or what a refusal names."""
    books.meet(USERS, [row("7", BOSS)])
    books.settled(asked(books, TEAM, GROUPS), status, {"location": location}, {})

    assert books.strays == {}


def test_what_describes_the_endpoint_is_no_landmark(books):
    """Its discovery documents are the same in each tenant, and nobody's."""
    books.read("", "Schemas", 200, {"id": "urn:example", "totalResults": 3})
    books.meet("/Devices", [{"id": "1"}])

    assert lines(books) == []


def test_collections_of_an_earlier_run_are_looked_into(books):
    """Also where nothing of it is known to be there any more."""
    books.watch([USERS])
    asked(books, TEAM, GROUPS)

    assert books.collections == [GROUPS, USERS]


def test_what_remains_keeps_the_journal(books):
    """It has to be told again."""
    books.remains = True

    assert not books.is_empty


def test_that_a_delete_is_about_to_be_sent_is_remembered(books):
    """On its own or in a bulk job."""
    books.strike(USERS, "9")

    assert books.was_tried(USERS, "9")


def test_what_is_ours_already_is_no_stray(books):
    """A create of a group that is answered with a user of ours leads to what is deleted anyway."""
    born(books, ME, "9")
    books.settled(asked(books, TEAM, GROUPS), 201, {"location": "https://scim.example/scim/Users/9"}, {"id": "9"})

    assert books.strays == {}
