"""The reckoning by itself: what it asks, how often, how far apart, and what it tells of what it saw."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote

import pytest

from conformance.scim import reckoning as module
from conformance.scim.claim import Claim
from conformance.scim.clock import Clock
from conformance.scim.journal import Account, Entry, Journal
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.reckoning import Reckoning
from tests.small_tenant import BOSS, MARKS, ME, Answer

USERS, GROUPS = "/Users", "/Groups"
OTHER = f"{MARKS.prefix}-other@example.com"
TEAM = f"{MARKS.prefix}-team"
EXTERNAL = f"{MARKS.family}0000000000aa"
SALES = "sales@example.com"
ROUNDS = (0.0, 1.0, 4.0)
NOW = 1_800_000_000.0


class Desk:
    """An endpoint and the hands that reach for it: it serves rows, and notes what was done.

    Attributes:
        rows: what can be read, by collection and id.
        listed: rows that are listed beside them.
        done: what was sent, and for how long was waited.
        answers: in place of what it would answer, by request; a list is used up, and its last answer stays.
        books: the ledger.
    """

    def __init__(self):
        self.now = NOW
        self.rows, self.listed, self.done, self.answers = {}, [], [], {}
        self.pace = 1.0
        self.books = Ledger(Journal(None, "https://scim.example", MARKS), Clock(lambda: self.now))

    def answered(self, told):
        """What it was told to answer to a request, or None."""
        found = next((self.answers[key] for key in (told, told.split(" ")[0], "*") if key in self.answers), None)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found

    def look(self, request):
        """Serve a row, or a list with or without a filter."""
        asked = parse_qs(request.query).get("filter", [""])[0]
        told = f"GET {request.path}{'?' if request.query else ''}{asked}"
        self.done.append(told)
        place, _, identifier = request.path[1:].partition("/")
        answer = self.answered(told)
        if not identifier:
            return answer or self.list(f"/{place}", asked)
        key = (f"/{place}", unquote(identifier))
        answer = answer or (Answer(200, self.rows[key]) if key in self.rows else Answer(404))
        self.books.read(*key, answer.status, answer.resource)
        return answer

    def list(self, place, asked):
        """The rows of a collection that a filter fits."""
        attribute, operator, value = asked.split(" ", 2) if asked else ("", "", '""')
        value = value[1:-1]
        rows = [row for (where, _), row in self.rows.items() if where == place]
        rows += [row for where, row in self.listed if where == place]
        texts = [str(row.get(attribute, "")) for row in rows]
        fits = [not asked or (text.startswith(value) if operator == "sw" else text == value) for text in texts]
        found = [row for row, fit in zip(rows, fits, strict=True) if fit]
        return Answer(200, {"totalResults": len(found), "Resources": found})

    def erase(self, collection, identifier):
        """Delete a row, as the client does: the answer is followed by a read."""
        told = f"DELETE {collection}/{identifier}"
        self.done.append(told)
        answer = self.answered(told) or Answer(204)
        if answer == "forbidden":
            raise ForbiddenWrite(told)
        if answer.status == 204:
            self.rows.pop((collection, identifier), None)
        if self.books.doubts(collection, identifier, answer.status):
            row = self.rows.get((collection, identifier))
            self.books.checked(collection, identifier, answer.status, 200 if row else 404, row or {})
        return answer

    def wait(self, seconds):
        """Let time pass."""
        self.done.append(seconds)
        self.now += seconds * self.pace

    @staticmethod
    def each(action, items):
        """One after the other."""
        for item in items:
            action(item)

    # --- for the tests

    def put(self, identifier, name=ME, collection=USERS, **more):
        """A row that is there."""
        row = {"id": identifier, ("displayName" if collection == GROUPS else "userName"): name, **more}
        self.rows[collection, identifier] = row
        return row

    def ours(self, identifier, name=ME, collection=USERS, *, status=201, **more):
        """What was created and is there."""
        row = self.put(identifier, name, collection)
        claim = self.sent(name, collection, status=status, led=identifier, **more)
        assert self.books.born(claim, identifier)
        self.books.read(collection, identifier, 200, row)
        self.done.clear()
        return claim

    def sent(self, name=ME, collection=USERS, *, status=None, led=None, **more):
        """A create that was sent, and how it was answered."""
        claim = Claim(collection, name, **more)
        self.books.intend(claim)
        claim.status = status
        claim.led += [led] if led else []
        return claim

    def settled(self, *, is_last=False, rounds=ROUNDS):
        """What the reckoning comes to."""
        made = Reckoning(self.books, self, rounds)
        made.is_last = made.is_last or is_last
        return made.settle()

    @property
    def waits(self):
        """How long was waited, each time."""
        return [one for one in self.done if isinstance(one, float)]

    def times(self, beginning):
        """How often a request was sent that begins so."""
        return len([one for one in self.done if str(one).startswith(beginning)])


@pytest.fixture
def desk(monkeypatch):
    """An endpoint with one user of somebody else, and a clock that the waiting moves."""
    made = Desk()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: made.now))
    made.put("7", BOSS)
    return made


def told(entries):
    """Entries by name, id and reason."""
    return [(entry.name, entry.id, entry.reason) for entry in entries]


# --- what is asked, and in which order ---------------------------------------------------------------------


def test_what_is_ours_is_deleted_and_the_list_is_proven_before_the_last_goes(desk):
    """While one is still there, the list shows that it can be believed; nothing is asked twice."""
    desk.ours("9")
    desk.ours("10", OTHER)

    assert desk.settled() == Account()
    by_prefix, by_family = f'GET /Users?userName sw "{MARKS.prefix}"', f'GET /Users?externalId sw "{MARKS.family}"'
    assert desk.done == [0.0, "DELETE /Users/9", by_prefix, by_family, "DELETE /Users/10", by_prefix]
    assert list(desk.rows) == [(USERS, "7")]


def test_groups_are_deleted_before_users(desk):
    """Who is still a member may not be deletable; each is deleted once."""
    for number in range(3):
        desk.ours(f"{number}", f"{MARKS.prefix}-{number}@example.com")
        desk.ours(f"{number + 10}", f"{TEAM}{number}", GROUPS)
    desk.settled()

    deleted = [one.removeprefix("DELETE ") for one in desk.done if str(one).startswith("DELETE")]
    assert deleted == ["/Groups/10", "/Groups/11", "/Groups/12", "/Users/0", "/Users/1", "/Users/2"]


def test_a_list_that_lags_is_waited_for_a_little_before_the_last_goes(desk):
    """Three times, a second apart; then it is deleted all the same."""
    desk.ours("9")
    desk.answers["*"] = Answer(400)
    desk.answers["DELETE /Users/9"] = Answer(204)
    desk.settled()

    before = desk.done[: desk.done.index("DELETE /Users/9")]
    assert [one for one in before if isinstance(one, float)] == [0.0, 1.0, 1.0, 1.0]
    assert len([one for one in before if str(one).startswith("GET")]) == 3 * 4


@pytest.mark.parametrize(("age", "waits"), [(10.0, []), (9.5, [1.0]), (8.5, [1.0, 1.0]), (0.0, [1.0, 1.0, 1.0])])
def test_what_is_old_is_listed_by_now_or_never(desk, age, waits):
    """A list is given ten seconds from the create on."""
    desk.ours("9").sent = NOW - age
    desk.answers["GET"] = Answer(400)
    desk.settled()

    assert [one for one in desk.done[: desk.done.index("DELETE /Users/9")] if isinstance(one, float)] == [0.0, *waits]


def test_a_list_that_nobody_answers_is_not_waited_for(desk):
    """It does not lag: nobody is there."""
    desk.ours("9")
    desk.answers["*"] = Answer(None)
    desk.settled(rounds=(0.0,))

    assert desk.waits == [0.0]


def test_a_list_that_showed_nothing_in_the_run_is_tried_again_at_the_end(desk):
    """It may have lagged behind."""
    desk.ours("9")
    made = Reckoning(desk.books, desk, ROUNDS)
    desk.answers["*"] = Answer(400)
    for _ in range(3):
        made.sight.prove(USERS, "9")
    desk.answers.clear()

    assert made.settle() == Account()
    assert desk.times("DELETE") == 1


def test_a_list_that_is_readable_answers_for_every_name_of_ours(desk):
    """No name is looked up by itself."""
    desk.sent()
    desk.settled()

    assert desk.times("GET /Users?userName eq") == 0


def test_without_a_list_each_name_is_looked_up(desk):
    """By what the collection is looked up by, and by externalId where one was sent."""
    desk.sent(external=EXTERNAL)
    desk.sent(TEAM, GROUPS)
    desk.answers["GET /Users?"] = desk.answers["GET /Groups?"] = Answer(400)
    desk.settled(rounds=(0.0,))
    asked = list(dict.fromkeys(one for one in desk.done if " eq " in str(one)))

    assert asked == [
        f'GET /Users?userName eq "{ME}"',
        f'GET /Users?externalId eq "{EXTERNAL}"',
        f'GET /Groups?displayName eq "{TEAM}"',
    ]


def test_a_name_that_is_not_of_our_making_is_looked_up_by_itself(desk):
    """It is in no list of ours; where it was sent as something else, it is looked for there, too."""
    desk.sent(SALES, external="7f3c", marked=False)
    desk.sent("Sales", named=False, marked=False)
    desk.sent("Team", GROUPS, external="7f3c", marked=False)
    desk.settled(rounds=(0.0,))
    asked = list(dict.fromkeys(one for one in desk.done if " eq " in str(one)))

    assert asked == [
        f'GET /Users?userName eq "{SALES}"', 'GET /Users?externalId eq "7f3c"',
        'GET /Users?userName eq "Sales"', 'GET /Users?displayName eq "Sales"',
        'GET /Groups?displayName eq "Team"', 'GET /Groups?externalId eq "7f3c"',
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "external", "known"), [(200, 400, True), (400, 200, False)])
def test_a_look_by_name_is_one_and_a_look_by_external_id_alone_is_none(desk, name, external, known):
    """What was created may carry another externalId, or none; nobody says that it is not there."""
    desk.sent(SALES, external="7f3c", marked=False, status=409)
    nobody = {"totalResults": 0}
    desk.answers |= {
        f'GET /Users?userName eq "{SALES}"': Answer(name, nobody),
        'GET /Users?externalId eq "7f3c"': Answer(external, nobody),
    }
    why = "the create was answered 409, and it could not be looked for"

    assert told(desk.settled().unconfirmed) == ([] if known else [(SALES, None, why)])


def test_a_create_that_nothing_is_known_of_is_told(desk):
    """A journal that somebody cut: neither name nor externalId can be looked for."""
    desk.sent("", marked=False)

    assert told(desk.settled().unconfirmed) == [("", None, "no answer came, and it could not be looked for")]


# --- how often, and how far apart --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 405, 409, 410, 412, 501])
def test_what_will_be_refused_again_is_not_asked_for_again(desk, status):
    """One attempt; what is left is told."""
    desk.ours("9")
    desk.answers["DELETE"] = Answer(status)
    desk.erase = _keeping(desk, status)

    assert desk.settled().left == [Entry(USERS, ME, "9")]
    assert desk.waits == [0.0]


@pytest.mark.parametrize("status", [200, 204])
def test_what_was_deleted_and_is_still_there_is_looked_at_again(desk, status):
    """A DELETE that was answered well may take effect a moment later."""
    desk.ours("9")
    desk.answers["DELETE"] = Answer(status)
    desk.erase = _keeping(desk, status)

    assert desk.settled().left == [Entry(USERS, ME, "9")]
    assert desk.waits == [0.0, 1.0, 4.0]


def _keeping(desk, status):
    """A DELETE that is answered so and does nothing."""

    def erase(collection, identifier):
        desk.done.append(f"DELETE {collection}/{identifier}")
        return Answer(status)

    return erase


@pytest.mark.parametrize("status", [201, 202, 404, 408, 411, 413, 423, 429, 500, 502, 503, None])
def test_what_may_be_done_a_moment_later_is_asked_for_again(desk, status):
    """As often as there are rounds, and further apart each time."""
    desk.ours("9")
    desk.erase = _keeping(desk, status)

    assert desk.settled().left == [Entry(USERS, ME, "9")]
    assert desk.waits == [0.0, 1.0, 4.0]


def test_one_that_may_still_go_is_enough_for_another_round(desk):
    """The other one is refused for good."""
    desk.ours("9")
    desk.ours("10", OTHER)
    desk.answers |= {"DELETE /Users/9": Answer(403), "DELETE /Users/10": Answer(500)}
    desk.settled()

    assert desk.waits == [0.0, 1.0, 4.0]


def test_a_delete_that_failed_once_is_tried_again_in_the_same_round(desk):
    """Nobody waits for that."""
    desk.ours("9")
    desk.answers["DELETE"] = [Answer(503), Answer(204)]

    assert desk.settled() == Account()
    assert (desk.waits, desk.times("DELETE")) == ([0.0], 2)


def test_what_a_look_finds_is_deleted_in_the_same_round(desk):
    """A create that got no answer, and was carried out."""
    desk.sent()
    desk.put("9")

    assert desk.settled() == Account()
    assert (desk.waits, desk.times("DELETE")) == ([0.0], 1)


def test_what_somebody_else_turns_out_to_have_is_not_deleted_and_ends_nothing(desk):
    """The guard refuses it, and the others go."""
    desk.ours("9")
    desk.ours("10", OTHER)
    desk.answers["DELETE /Users/9"] = "forbidden"

    assert desk.settled().left == [Entry(USERS, ME, "9")]
    assert (USERS, "10") not in desk.rows


def test_where_nobody_answers_three_requests_end_a_round(desk):
    """And the next round asks again."""
    for number in range(5):
        desk.ours(f"{number}", f"{MARKS.prefix}-{number}@example.com")
    desk.answers["*"] = Answer(None)
    account = desk.settled()

    assert [entry.id for entry in account.left] == ["0", "1", "2", "3", "4"]
    assert desk.done == [
        pause if number == 0 else f"DELETE /Users/{number - 1}" for pause in ROUNDS for number in range(4)
    ]


def test_where_nobody_answers_three_looks_are_enough(desk):
    """Also outside a round; what was not asked is not there."""
    for number in range(5):
        desk.sent(f"{MARKS.prefix}-{number}@example.com", led=f"{number}")
    desk.answers["*"] = Answer(None)
    Reckoning(desk.books, desk, ROUNDS).look()

    assert desk.done == ["GET /Users/0", "GET /Users/1", "GET /Users/2"]


def test_an_answer_in_between_shows_that_somebody_is_there(desk):
    """Three without an answer have to follow each other, reads and deletes alike."""
    for number in range(7):
        desk.sent(f"{MARKS.prefix}-{number}@example.com", led=f"{number}")
    desk.answers["GET"] = [Answer(None), Answer(None), Answer(404), Answer(None)]
    Reckoning(desk.books, desk, ROUNDS).look()
    assert len(desk.done) == 6

    desk.done.clear()
    for number in range(10, 19):
        desk.ours(f"{number}", f"{MARKS.prefix}-{number}@example.com")
    desk.answers = {"DELETE": [Answer(None), Answer(None), Answer(500), Answer(None)], "GET": Answer(None)}
    desk.settled(rounds=(0.0,))
    assert desk.times("DELETE") == 6


def test_a_look_that_was_not_answered_calls_for_another_round(desk):
    """What it would have shown, nobody knows."""
    desk.ours("9")
    desk.ours("10", TEAM, GROUPS)
    desk.books.gone(USERS, "9")
    del desk.rows[USERS, "9"]
    desk.answers["GET /Users?"] = [Answer(None), Answer(400)]
    desk.settled()

    assert desk.waits == [0.0, 1.0]


@pytest.mark.parametrize(
    ("status", "waits"),
    [(409, [0.0]), (500, [0.0]), (None, [0.0, 1.0]), (502, [0.0, 1.0]), (200, [0.0, 1.0]), (202, [0.0, 8.0])],
)
def test_two_looks_lie_as_far_apart_as_the_answer_asks_for(desk, status, waits):
    """At once where it was refused, a second where nobody knows, eight where it was promised for later."""
    desk.sent(status=status)
    desk.settled()

    assert desk.waits == waits


@pytest.mark.parametrize(("status", "waits"), [(409, [0.0, 5.0]), (None, [0.0, 5.0]), (202, [0.0, 8.0])])
def test_two_looks_lie_further_apart_than_the_longest_lag(desk, status, waits):
    """By a quarter: what lags would show by then."""
    desk.sent(status=status)
    desk.books.lag = 4.0
    desk.settled()

    assert desk.waits == waits


def test_the_longest_of_all_distances_counts(desk):
    """Whichever create was first."""
    desk.sent(status=202)
    desk.sent(OTHER)

    desk.settled()
    assert desk.waits == [0.0, 8.0]


def test_the_distance_is_from_the_first_look_on(desk):
    """A wait that was cut short is made up for."""
    desk.sent()
    desk.books.lag = 4.0
    desk.pace = 0.5
    desk.settled(rounds=(0.0, 1.0, 1.0, 1.0))

    assert desk.waits == [0.0, 5.0, 2.5, 1.25]


@pytest.mark.parametrize(
    ("missed", "waits"), [({1}, [0.0, 1.0]), ({2}, [0.0, 1.0]), ({4}, [0.0, 1.0]), ({1, 2, 3}, [0.0, 1.0, 4.0])]
)
def test_a_look_that_failed_is_none(desk, missed, waits):
    """Two that succeeded have to lie apart, from the first of them to the last."""
    desk.sent()
    whole, count = desk.look, iter(range(1, 100))
    desk.look = lambda request: Answer(500) if " eq " not in request.query and next(count) in missed else whole(request)
    desk.answers[f'GET /Users?userName eq "{ME}"'] = Answer(500)
    desk.settled()

    assert desk.waits == waits


def test_a_single_look_is_not_enough_where_a_create_was_refused(desk):
    """The other one failed."""
    desk.sent(status=409)
    desk.answers |= {"GET /Users?": [Answer(500), Answer(200, {"totalResults": 0})], "GET": Answer(500)}
    account = desk.settled()

    assert (account, desk.waits) == (Account(), [0.0, 1.0])


def test_one_of_two_that_may_still_come_is_enough_for_another_round(desk):
    """The other one was refused, and is not there."""
    desk.sent(status=409)
    desk.sent(OTHER)
    desk.settled()

    assert desk.waits == [0.0, 1.0]


def test_a_promise_is_waited_for_longer(desk):
    """Also where it is one of many; other creates are not."""
    desk.sent(status=202)
    desk.sent(OTHER, status=409)
    desk.answers["GET"] = Answer(500)
    desk.settled()
    assert desk.waits == [0.0, 1.0, 4.0, 5.0, 5.0]

    desk.done.clear()
    for claim in desk.books.open:
        claim.status = 409
    desk.settled()
    assert desk.waits == [0.0, 1.0, 4.0]


def test_a_name_of_somebody_s_that_we_made_is_looked_for_once_more(desk):
    """It is ours and deleted; one look says that there is no other one."""
    claim = desk.ours("9", SALES, external=EXTERNAL, marked=False)
    assert claim in desk.books.open

    assert desk.settled() == Account()
    assert (desk.waits, desk.books.open) == ([0.0], [])


# --- what an answer led to ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["made something", "is ours", "was ours"])
def test_an_answer_that_led_to_what_is_known_is_not_followed(desk, how):
    """It was another create's, or nothing new."""
    claim = desk.sent(OTHER, led="9")
    if how == "made something":
        claim.born = True
    else:
        desk.ours("9")
        if how == "was ours":
            desk.books.gone(USERS, "9")
            del desk.rows[USERS, "9"]
    desk.done.clear()
    Reckoning(desk.books, desk, ROUNDS).look()

    assert "GET /Users/9" not in desk.done


def test_what_a_refused_create_led_to_is_found_by_its_id(desk):
    """Where nothing can be listed, and no name looked up."""
    desk.sent(status=409, led="9")
    desk.put("9")
    desk.answers["GET /Users?"] = desk.answers[f'GET /Users?userName eq "{ME}"'] = Answer(400)
    desk.settled()

    assert (USERS, "9") not in desk.rows


@pytest.mark.parametrize(("status", "resource"), [(404, {"id": "9", "userName": ME}), (500, {"id": "9"}), (200, {})])
def test_what_is_not_shown_is_neither_ours_nor_strange(desk, status, resource):
    """An error with a resource in it, or a 200 with none."""
    desk.sent(status=409, led="9")
    desk.answers["GET /Users/9"] = Answer(status, resource)

    assert desk.settled() == Account()
    assert desk.times("DELETE") == 0


def test_what_a_201_led_to_is_ours_by_our_name(desk):
    """A name that could be anybody's proves enough behind the id of our own 201, and nothing behind another."""
    desk.sent(SALES, status=201, led="9", marked=False)
    desk.sent("boss@example.com", status=409, led="10", marked=False)
    desk.put("9", SALES)
    desk.put("10", "boss@example.com")
    account = desk.settled()

    assert (USERS, "9") not in desk.rows
    assert (USERS, "10") in desk.rows
    assert [entry.id for entry in account.left] == ["10"]


def test_what_a_201_led_to_is_told_where_it_is_somebody_else_s(desk):
    """Its id is never written to; what came of a refusal is no such proof."""
    desk.sent(status=201, led="9")
    desk.sent(OTHER, status=409, led="10")
    desk.put("9", BOSS)
    desk.put("10", BOSS)
    account = desk.settled()

    assert [(event.kind, event.id) for event in desk.books.events] == [("foreign", "9")]
    assert (desk.books.is_barred(USERS, "9"), desk.books.is_barred(USERS, "10")) == (True, False)
    assert [(name, identifier) for name, identifier, _ in told(account.left)] == [(BOSS, "9"), (BOSS, "10")]


@pytest.mark.parametrize("shown", [{"id": "9", "userName": ME}, {}])
def test_what_a_barred_id_leads_to_is_told_whatever_it_shows(desk, shown):
    """Even with our name, or with nothing: we were given it, and it is not ours to delete."""
    claim = desk.sent(status=200, led="9")
    desk.books.settled(claim, 200, {}, {"id": "9", "userName": ME})
    desk.rows[USERS, "9"] = shown
    account = desk.settled()

    assert [entry.id for entry in account.left] == ["9"]
    assert "and not 201" in account.left[0].reason
    assert desk.times("DELETE") == 0


# --- what a list shows -------------------------------------------------------------------------------------


def test_what_is_listed_again_and_can_be_read_is_deleted_twice_and_no_more(desk):
    """Then it is told: the endpoint brings it back."""
    desk.ours("9")
    whole = desk.erase

    def erase(collection, identifier):
        answer = whole(collection, identifier)
        desk.put("9")
        return answer

    desk.erase = erase
    account = desk.settled()

    assert told(account.left) == [(ME, "9", "it was deleted, and is listed all the same")]
    assert (desk.times("DELETE"), desk.waits) == (2, [0.0, 1.0, 4.0])
    assert [event.kind for event in desk.books.events] == ["kept"]


def test_a_list_that_still_shows_one_of_many_calls_for_another_round(desk):
    """The other rows are known."""
    desk.ours("9")
    desk.ours("10", OTHER)
    desk.answers["DELETE /Users/10"] = Answer(403)
    desk.listed = [(USERS, {"id": "9", "userName": ME})]
    desk.settled()

    assert desk.waits == [0.0, 1.0, 4.0]


@pytest.mark.parametrize("how", ["ids repeat", "no id was repeated", "another name is ours", "it is born elsewhere"])
def test_a_second_row_with_an_id_of_ours_is_told_where_ids_repeat(desk, how):
    """The one of both can be reached by the id, and the other by none."""
    desk.ours("9", external=EXTERNAL)
    desk.answers["DELETE /Users/9"] = Answer(403)
    other = desk.sent(OTHER)
    desk.books.repeats = how != "no id was repeated"
    if how == "it is born elsewhere":
        other.born = True
    name = ME if how == "another name is ours" else OTHER
    desk.listed = [(USERS, {"id": "9", "userName": name, "externalId": EXTERNAL})]
    account = desk.settled()

    told_too = [(OTHER, "9", "it is not deleted: nothing proves that it is ours")] if how == "ids repeat" else []
    assert told(account.left) == [(ME, "9", ""), *told_too]


def test_what_one_of_two_creates_proves_is_ours(desk):
    """Both sent the same externalId, and only one of them can have made it."""
    desk.sent(OTHER, external=EXTERNAL, before=frozenset({"9"}))
    desk.sent(external=EXTERNAL)
    desk.put("9", externalId=EXTERNAL)

    assert desk.settled().left == []
    assert (USERS, "9") not in desk.rows


@pytest.mark.parametrize("marked_first", [True, False])
def test_what_two_creates_may_have_made_is_told_as_the_first_one_s(desk, marked_first):
    """That of which nothing is known; where its name could be anybody's, nobody knows whether it is ours."""
    first, second = (ME, SALES) if marked_first else (SALES, ME)
    desk.sent(first, external=EXTERNAL, marked=marked_first, before=frozenset({"9"}))
    desk.sent(second, external=EXTERNAL, marked=not marked_first, before=frozenset({"9"}))
    desk.put("9", BOSS, externalId=EXTERNAL)
    account = desk.settled()

    assert [entry.id for entry in account.left] == (["9"] if marked_first else [])


def test_what_carries_our_mark_is_as_old_as_our_first_create_at_most(desk):
    """It has a name that was never sent, and was made between two of ours."""
    desk.books.clock.note({"date": formatdate(NOW, usegmt=True)})
    for name, age in ((ME, 1000.0), (OTHER, 0.0)):
        claim = desk.sent(name, status=409)
        claim.sent -= age
    created = datetime.fromtimestamp(NOW - 500, UTC).isoformat()
    desk.put("9", f"{MARKS.prefix}-renamed@example.com", meta={"created": created})

    assert desk.settled() == Account()
    assert (USERS, "9") not in desk.rows


# --- whether something is shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "row", "shown"),
    [
        (USERS, {"userName": ME}, True),
        (USERS, {"userName": f"{MARKS.prefix}-else", "externalId": EXTERNAL}, True),
        (USERS, {"userName": f"{MARKS.prefix}-else"}, False),
        (GROUPS, {"displayName": ME}, False),
    ],
)
def test_what_is_there_and_not_ours_keeps_the_create_open_that_may_have_made_it(desk, place, row, shown):
    """By its name or its externalId, in its own collection."""
    claim = desk.sent(external=EXTERNAL, status=409)
    desk.sent(TEAM, GROUPS, status=409)
    desk.listed = [(place, {"id": "9", **row})]
    desk.books._given_back.add((place, "9"))
    account = desk.settled()

    assert [entry.id for entry in account.left] == ["9"]
    assert (claim in desk.books.open) is shown


def test_an_empty_external_id_is_nobody_s(desk):
    """Or else every create without one would be taken for what somebody else's row shows."""
    claim = desk.sent(status=409)
    desk.listed = [(USERS, {"id": "9", "userName": f"{MARKS.prefix}-else", "externalId": ""})]
    desk.books._given_back.add((USERS, "9"))
    desk.settled()

    assert claim not in desk.books.open


def test_what_an_answer_led_to_keeps_its_create_open(desk):
    """Whatever it is called; no other create is kept by it."""
    claim, other = desk.sent(status=409, led="9"), desk.sent(OTHER, status=409, led="8")
    desk.put("9", BOSS)
    desk.settled()

    assert claim in desk.books.open
    assert other not in desk.books.open


# --- what is told ------------------------------------------------------------------------------------------


def test_what_an_answer_led_to_is_left_and_what_has_a_common_name_is_unknown(desk):
    """Of two that are not deleted: the one is there because of us, the other may be somebody's."""
    desk.sent(SALES, status=409, led="9", marked=False)
    desk.put("9", BOSS)
    desk.put("10", SALES)
    account = desk.settled()

    assert [entry.id for entry in account.left] == ["9"]
    assert [entry.id for entry in account.unconfirmed] == ["10"]


def absent(desk):
    """What was created, answered well, and is shown by no read."""
    claim = desk.sent(status=201)
    assert desk.books.born(claim, "9")
    desk.books.read(USERS, "9", 404, {})
    whole = desk.erase
    desk.erase = lambda place, identifier: Answer(404) if identifier == "9" else whole(place, identifier)


def test_what_neither_a_read_nor_a_list_has_ever_shown_was_never_stored(desk):
    """It is not left, and the ledger does not hold it any more."""
    absent(desk)
    desk.ours("20", OTHER)

    assert desk.settled() == Account()
    assert desk.books.owned == []


def test_what_a_list_shows_is_left_though_no_read_does(desk):
    """It is there."""
    absent(desk)
    desk.listed = [(USERS, {"id": "9", "userName": ME}), (USERS, {"id": "10", "userName": OTHER})]

    assert Entry(USERS, ME, "9") in desk.settled().left


def test_what_another_row_shows_is_not_left(desk):
    """Its id is another one."""
    absent(desk)
    desk.ours("20", OTHER)
    desk.listed = [(USERS, {"id": "10", "userName": f"{MARKS.prefix}-third@example.com"})]

    assert "9" not in [entry.id for entry in desk.settled().left]


@pytest.mark.parametrize("status", [400, None])
def test_what_no_read_shows_is_unknown_where_no_list_can_say(desk, status):
    """It is refused, or lost on its way."""
    absent(desk)
    desk.answers["GET"] = Answer(status)
    account = desk.settled()

    assert account.left == []
    assert told(account.unconfirmed)[0] == (ME, "9", "it was created, and no read has ever shown it")


def test_what_no_read_shows_is_unknown_where_a_look_was_lost(desk):
    """Of the other collection, for example: nobody knows what was lost with it."""
    absent(desk)
    desk.ours("11", TEAM, GROUPS)
    desk.answers["GET /Groups?"] = Answer(None)
    desk.answers[f'GET /Groups?displayName sw "{MARKS.prefix}"'] = Answer(None)
    desk.answers[f'GET /Groups?externalId sw "{MARKS.family}"'] = Answer(None)

    assert (ME, "9", "it was created, and no read has ever shown it") in told(desk.settled().unconfirmed)


@pytest.mark.parametrize(("status", "left", "unknown"), [(200, 1, 0), (404, 0, 0), (410, 0, 0), (403, 0, 1)])
def test_what_a_probe_made_is_told_until_a_read_says_that_it_is_gone(desk, status, left, unknown):
    """It carries no name of ours, so that nobody deletes it."""
    desk.books.stray(GROUPS, "12", "a probe was answered 201")
    desk.answers["GET /Groups/12"] = Answer(status)
    account = desk.settled()

    assert account.left == [Entry(GROUPS, "", "12")] * left
    assert account.unconfirmed == [Entry(GROUPS, "", "12", "a probe was answered 201")] * unknown
    assert (desk.books.strays == {}) is (status in {404, 410})


def test_what_a_probe_made_shows_how_all_can_be_listed(desk):
    """Answers to two creates were swapped: ours is there under the id that another create was told."""
    claim = desk.sent(TEAM, GROUPS, status=201, led="404", external=EXTERNAL)
    assert desk.books.born(claim, "404")
    desk.books.read(GROUPS, "404", 404, {})
    desk.put("12", TEAM, GROUPS, externalId=EXTERNAL)
    desk.books.stray(GROUPS, "12", "POST /Users was answered 201, and led there")
    account = desk.settled()

    assert (account.left, account.unconfirmed) == ([], [])
    assert (GROUPS, "12") not in desk.rows
    assert "DELETE /Groups/12" in desk.done


@pytest.mark.parametrize(
    ("status", "is_last", "reason"),
    [
        (None, False, "no answer came, and it is found nowhere"),
        (502, False, "the create was answered 502, and it is found nowhere"),
        (None, True, None),
        (409, False, None),
    ],
)
def test_what_was_lost_stays_unknown_until_a_clean_up_settles_it(desk, status, is_last, reason):
    """Nobody says that nothing is left of what nobody knows; ``clean`` comes later, and can."""
    desk.sent(status=status)
    unconfirmed = desk.settled(is_last=is_last).unconfirmed

    assert told(unconfirmed) == ([] if reason is None else [(ME, None, reason)])
    assert (desk.books.open == []) is (reason is None)


def test_what_was_seen_once_may_still_come(desk):
    """The endpoint said that it would carry it out, and there was no time for a second look."""
    desk.sent(status=202)
    desk.pace = 0.0

    assert told(desk.settled(rounds=(0.0,)).unconfirmed) == [
        (ME, None, "the create was answered 202, and it may still come")
    ]


def test_what_is_not_ours_says_why(desk):
    """The answer to the create showed somebody else, who is not there any more."""
    claim = desk.sent(status=201)
    claim.refused, claim.led = "it has somebody else's name", ["9", "10"]
    desk.answers["GET"] = Answer(500)
    account = desk.settled()

    assert told(account.unconfirmed)[0] == (
        ME, "9", "the create was answered 201, and it has somebody else's name"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "name", "identifier", "again"),
    [(USERS, ME.upper(), "9", False), (USERS, OTHER, "8", False), (USERS, OTHER, "9", True), (GROUPS, ME, "8", True)],
)
def test_what_is_told_already_is_not_told_again(desk, place, name, identifier, again):
    """By name or by id, in its own collection."""
    claim = desk.sent(led="8")
    made = Reckoning(desk.books, desk, ROUNDS)
    account = Account([Entry(place, name, identifier)])
    made._tell_open(claim, account)

    assert bool(account.unconfirmed) is again


@pytest.mark.parametrize(("age", "young"), [(0.0, True), (7.9, True), (8.0, False), (900.0, False)])
def test_what_was_asked_for_a_moment_ago_may_not_be_seen_yet(desk, age, young):
    """By the endpoint's own clock; as long as what was promised may take."""
    claim = desk.sent(status=None)
    claim.asked = desk.books.clock.there - age

    assert Reckoning(desk.books, desk).is_young(claim) is young
