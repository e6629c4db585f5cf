"""The look before a write: what is read before anything is sent, and which answers keep it from being sent."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.scim.claim import Claim
from conformance.scim.exchange import Exchange
from conformance.scim.journal import Journal
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.lookout import GONE, Lookout, SomebodyElse
from conformance.scim.request import Request
from tests.small_tenant import BOSS, MARKS, ME

USERS, GROUPS = "/Users", "/Groups"
TEAM = f"{MARKS.prefix}-team"
PLACES = [USERS, GROUPS]


class Reads:
    """An endpoint that is only read: what stands at an id, or else the status by which it says that nothing does."""

    def __init__(self):
        self.shown = {}
        self.status = {}
        self.asked = []

    def __call__(self, collection, identifier):
        """Answer a read."""
        self.asked.append((collection, identifier))
        resource = self.shown.get((collection, identifier))
        status = self.status.get((collection, identifier), 200 if resource else 404)
        return Exchange("GET", f"{collection}/{identifier}", status=status, body=json.dumps(resource or {}))


@pytest.fixture
def reads():
    """Nobody is there."""
    return Reads()


@pytest.fixture
def books():
    """A ledger that notes nothing on disk."""
    return Ledger(Journal(None, "https://scim.example/", MARKS))


@pytest.fixture
def lookout(books, reads):
    """Looks at what is in the books and at the endpoint."""
    return Lookout(books, reads)


def ours(books, identifier, collection=USERS, name=ME):
    """A resource of ours that no read has shown."""
    claim = Claim(collection, name)
    books.intend(claim)
    books.born(claim, identifier)
    return claim


def events(books):
    """What was noted of the endpoint."""
    return [(event.kind, event.collection, event.name, event.id, event.detail) for event in books.events]


def named(lookout, kind, identifier, path="/Users/9"):
    """Look at what a body names."""
    lookout.named([(kind, identifier)], path)


# --- a resource of ours -------------------------------------------------------------------------------------


def test_ours_is_looked_at_once_before_the_first_write(books, reads, lookout):
    """Also where the read shows nothing that could be known again, so that no write costs a read each time."""
    ours(books, "9")
    lookout.behind(USERS, "9")
    lookout.behind(USERS, "9")

    assert reads.asked == [(USERS, "9")]
    assert not books.is_seen(USERS, "9")


def test_ours_is_looked_at_again_once_a_delete_of_it_was_sent(books, reads, lookout):
    """After a DELETE of it, somebody else can have the id."""
    ours(books, "9")
    lookout.behind(USERS, "9")
    books.strike(USERS, "9")
    lookout.behind(USERS, "9")
    assert reads.asked == [(USERS, "9")] * 2

    reads.shown[USERS, "9"] = {"id": "9", "userName": BOSS}
    with pytest.raises(SomebodyElse):
        lookout.behind(USERS, "9")


def test_what_a_read_has_shown_is_not_looked_at(books, reads, lookout):
    """The read was enough, whoever made it."""
    ours(books, "9")
    books.see(USERS, "9")
    lookout.behind(USERS, "9")

    assert reads.asked == []


def test_somebody_behind_an_id_of_ours_is_given_back_and_told(books, reads, lookout):
    """Nothing is written to it then or ever after, and the report says why."""
    ours(books, "9")
    reads.shown[USERS, "9"] = {"id": "9", "userName": BOSS}

    with pytest.raises(SomebodyElse, match="/Users/9 was answered to our create, and is somebody else's"):
        lookout.behind(USERS, "9")
    assert (books.owns(USERS, "9"), books.is_barred(USERS, "9")) == (False, True)
    assert events(books) == [("foreign", USERS, ME, "9", "it has somebody else's name")]


def test_an_answer_that_shows_nothing_speaks_against_nobody(books, reads, lookout):
    """A refused read names no name, whatever its body says: the id stays ours, and is cleaned up."""
    ours(books, "9")
    reads.shown[USERS, "9"] = {"id": "9", "userName": BOSS}
    reads.status[USERS, "9"] = 500
    lookout.behind(USERS, "9")

    assert books.owns(USERS, "9")


def test_what_is_neither_ours_nor_to_be_nobody_s_is_none_of_its_business(reads, lookout):
    """The guard has spoken about it; a read would be told as ours in the other's log."""
    lookout.behind(USERS, "7")

    assert reads.asked == []


def test_what_was_ours_and_is_deleted_is_asked_for_only_as_nobody_s(books, reads, lookout):
    """Once and by the rule for nobody: whoever has the id now is no finding about our own create."""
    ours(books, "9")
    books.gone(USERS, "9")
    lookout.behind(USERS, "9")
    assert reads.asked == []

    lookout.behind(USERS, "9", invents=True)
    assert reads.asked == [(USERS, "9")]


# --- nobody -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_nobody_is_there_where_the_endpoint_says_so(books, reads, lookout, status):
    """By 404 or by 410, which RFC 9110 has for what was deleted."""
    reads.status[USERS, "x"] = status
    lookout.behind(USERS, "x", invents=True)

    assert reads.asked == [(USERS, "x")]
    assert (events(books), books.repeats) == ([], False)
    assert status in GONE


@pytest.mark.parametrize("status", [None, 302, 400, 401, 403, 405, 409, 411, 500, 503])
def test_any_other_answer_leaves_it_open_whether_somebody_is_there(books, reads, lookout, status):
    """So nothing is sent; but nothing is told of the endpoint either, for nobody was shown."""
    reads.status[USERS, "x"] = status

    with pytest.raises(SomebodyElse, match=f"/Users/x should be nobody's, and was answered {status}"):
        lookout.behind(USERS, "x", invents=True)
    assert (events(books), books.repeats) == ([], False)


@pytest.mark.parametrize(("shown", "told"), [({"id": "7", "userName": BOSS}, " with '7'"), ({"userName": BOSS}, "")])
def test_somebody_behind_an_id_that_nobody_has_is_told_by_the_id_that_was_shown(books, reads, lookout, shown, told):
    """A finding of its own; and from now on everything is done one after the other."""
    reads.shown[USERS, "x"] = shown

    with pytest.raises(SomebodyElse):
        lookout.behind(USERS, "x", invents=True)
    assert events(books) == [("taken", USERS, "", "x", f"GET /Users/x was answered 200{told}")]
    assert books.repeats is True


def test_a_request_is_looked_at_by_its_path_and_by_its_body(books, reads, lookout):
    """Either could change somebody else."""
    ours(books, "9")
    lookout.before(Request("PUT", "/Users/9", body={"userName": ME, "members": ["nobody"]}))
    lookout.before(Request("DELETE", "/Users/x", invents=True))
    assert reads.asked == [(USERS, "9"), (USERS, "nobody"), (GROUPS, "nobody"), (USERS, "x")]

    with pytest.raises(ForbiddenWrite):
        lookout.before(Request("PUT", "/Users/9", body={"manager": "7"}))


# --- what a body names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_ours_is_looked_at_before_it_is_named(books, reads, lookout, place):
    """An endpoint writes to those it takes into a group, and it may have given us somebody else's id."""
    ours(books, "9", place, TEAM)
    reads.shown[place, "9"] = {"id": "9", "userName": BOSS, "displayName": "The bosses"}

    with pytest.raises(SomebodyElse):
        named(lookout, "members", "9", "/Groups/1")
    assert not books.owns(place, "9")


def test_one_that_is_named_twice_is_looked_at_once_and_the_others_too(books, reads, lookout):
    """All that a body names are looked at, not only the first."""
    ours(books, "9")
    lookout.named([("members", "x"), ("members", "x"), ("members", "9"), ("members", "y")], "/Groups/1")
    assert reads.asked == [(USERS, "x"), (GROUPS, "x"), (USERS, "9"), (USERS, "y"), (GROUPS, "y")]

    with pytest.raises(ForbiddenWrite):
        lookout.named([("members", "9"), ("members", "7")], "/Groups/1")


@pytest.mark.parametrize(
    ("kind", "path", "places"),
    [
        ("id", "/Groups/9", [GROUPS]),
        ("id", "/Groups", [GROUPS]),
        ("manager", "/Users/9", [USERS]),
        ("groups", "/Users/9", [GROUPS]),
        ("members", "/Groups/9", PLACES),
    ],
)
def test_nobody_may_be_named_where_nobody_is_in_all_that_could_be_meant(reads, lookout, kind, path, places):
    """An id of its own in the collection of the path, a manager among users, groups among groups, members in both."""
    named(lookout, kind, "nobody", path)
    assert reads.asked == [(place, "nobody") for place in places]

    for place in places:
        reads.shown[place, "somebody"] = {"id": "7"}
        with pytest.raises(SomebodyElse):
            named(lookout, kind, "somebody", path)
        del reads.shown[place, "somebody"]


def test_what_a_read_has_just_said_to_be_nobody_s_is_not_asked_for_again(books, reads, lookout):
    """In the one collection; the other is still to be asked."""
    books.read(USERS, "nobody", 404, {})
    named(lookout, "members", "nobody", "/Groups/9")

    assert reads.asked == [(GROUPS, "nobody")]


def test_an_id_of_ours_that_is_deleted_may_be_named_where_nobody_has_it_in_either_collection(books, reads, lookout):
    """A number too: it was ours in one collection, but in the other it may be somebody's."""
    ours(books, "9")
    books.gone(USERS, "9")
    named(lookout, "members", "9", "/Groups/1")
    assert reads.asked == [(USERS, "9"), (GROUPS, "9")]

    reads.shown[GROUPS, "9"] = {"id": "9", "displayName": "The bosses"}
    with pytest.raises(SomebodyElse):
        named(lookout, "members", "9", "/Groups/1")


def test_who_may_be_named_as_nobody_is_not_looked_at_as_ours(books, reads, lookout):
    """No manager is a group: that one of ours has the id says nothing of people, who are asked for."""
    ours(books, "nobody", GROUPS, TEAM)
    named(lookout, "manager", "nobody")

    assert reads.asked == [(USERS, "nobody")]


def test_an_id_that_should_be_nobody_s_is_not_named_where_it_is_ours(books, reads, lookout):
    """It is there again, and not even asked for."""
    ours(books, "nobody")

    with pytest.raises(SomebodyElse, match="id 'nobody' was nobody's, and is there again"):
        named(lookout, "id", "nobody")
    assert reads.asked == []


@pytest.mark.parametrize("place", PLACES)
def test_what_was_answered_to_our_create_and_is_somebody_else_s_is_never_named(books, reads, lookout, place):
    """Not even asked for again, in whichever collection that was, though its form could be nobody's."""
    ours(books, "x7", place, TEAM)
    books.give_back(place, "x7")

    with pytest.raises(SomebodyElse, match="members 'x7' was answered to our create, and is somebody else's"):
        named(lookout, "members", "x7", "/Groups/1")
    assert reads.asked == []


def test_an_id_that_could_be_somebody_s_is_never_named(reads, lookout):
    """A number, or what a parser takes for one: it is not even asked for."""
    for kind in ("members", "manager", "groups", "id"):
        with pytest.raises(ForbiddenWrite, match=f"{kind} '7' is not this run's, and could be somebody's"):
            named(lookout, kind, "7")
    assert reads.asked == []


# --- groups in groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 410])
def test_our_group_is_nested_where_no_user_has_its_id(books, reads, lookout, status):
    """400 says so too, where users have ids of another form; asked once."""
    ours(books, "9", GROUPS, TEAM)
    books.see(GROUPS, "9")
    reads.status[USERS, "9"] = status
    for _ in range(2):
        named(lookout, "members", "9", "/Groups/1")

    assert reads.asked == [(USERS, "9")]


@pytest.mark.parametrize("status", [None, 200, 401, 403, 500])
def test_our_group_is_nested_nowhere_while_a_user_may_have_its_id(books, reads, lookout, status):
    """The endpoint could take that person into our group; asked each time until it says that there is none."""
    ours(books, "9", GROUPS, TEAM)
    books.see(GROUPS, "9")
    reads.status[USERS, "9"] = status

    for _ in range(2):
        with pytest.raises(SomebodyElse, match="the group 9 is nested nowhere: /Users/9 may be somebody"):
            named(lookout, "members", "9", "/Groups/1")
    assert reads.asked == [(USERS, "9")] * 2


def test_a_user_of_ours_and_whom_the_user_of_the_suite_named_take_no_look_among_users(books, reads, lookout):
    """The look is for groups of ours only, and for members only."""
    ours(books, "9")
    ours(books, "9", GROUPS, TEAM)
    books.see(USERS, "9")
    books.see(GROUPS, "9")
    books.adopt(USERS, "7")
    ours(books, "10", GROUPS, f"{TEAM}-2")
    books.see(GROUPS, "10")
    named(lookout, "members", "9", "/Groups/1")
    named(lookout, "members", "7", "/Groups/1")
    named(lookout, "groups", "10", "/Users/9")

    assert reads.asked == []


def test_new_groups_are_nested_by_what_one_look_has_shown(books, reads, lookout):
    """The look says nothing of that group where it is named itself: what is sent does not depend on which it was."""
    ours(books, "9", GROUPS, TEAM)
    books.see(GROUPS, "9")
    for _ in range(2):
        lookout.nesting()
    named(lookout, "members", "9", "/Groups/1")

    assert reads.asked == [(USERS, "9")] * 2


def test_new_groups_are_nested_nowhere_while_a_user_of_ours_has_the_id_of_a_group(books, reads, lookout):
    """Users and groups are numbered apart, so that a new group could have anybody's id."""
    ours(books, "9")
    ours(books, "9", GROUPS, TEAM)
    reads.shown[USERS, "9"] = {"id": "9", "userName": ME}

    with pytest.raises(SomebodyElse, match="the group 9 is nested nowhere"):
        lookout.nesting()


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (lambda lookout: lookout.unresolved("bulkId:nowhere"), [(USERS, "bulkId:nowhere"), (GROUPS, "bulkId:nowhere")]),
        (lambda lookout: lookout.nesting(), [(USERS, "9")]),
    ],
    ids=["a reference", "nested groups"],
)
def test_journeys_that_are_under_way_together_ask_once(books, reads, question, asked):
    """The first read is under way until the other journey has come to the same question."""
    ours(books, "9", GROUPS, TEAM)
    met = threading.Event()

    def slowly(collection, identifier):
        if reads.asked:
            met.set()
        else:
            reads.asked.append((collection, identifier))
            met.wait(0.3)
            return Exchange("GET", f"{collection}/{identifier}", status=404)
        return reads(collection, identifier)

    lookout = Lookout(books, slowly)
    with ThreadPoolExecutor(2) as journeys:
        list(journeys.map(lambda _: question(lookout), range(2)))

    assert reads.asked == asked
