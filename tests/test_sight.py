"""What is listed of all that a run made up: which lists are believed, and how far they are followed."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from conformance.scim.claim import Claim, Marks
from conformance.scim.journal import Journal
from conformance.scim.ledger import Ledger
from conformance.scim.sight import Sight
from tests.small_tenant import BOSS, MARKS, ME, Answer

USERS = "/Users"
EXTERNAL = f"{MARKS.family}0000000000aa"
MINE = {"id": "9", "userName": ME, "externalId": EXTERNAL}
TWIN = {"id": "10", "userName": ME}
SOMEBODY = {"id": "7", "userName": BOSS}


class Directory:
    """Lists rows, page by page; what it takes of a filter is up to the test.

    Args:
        rows: of every collection.
        knows: the operators, each with its attribute, of the filters that it understands; None lists without one.
        page: rows that one answer holds at most.
    """

    def __init__(self, *rows, knows=("userName sw", "externalId sw", "userName eq", None), page=200):
        self.rows = list(rows)
        self.knows = knows
        self.page = page
        self.asked = []

    def __call__(self, request):
        """Answer a list; a filter that it does not understand shows nobody."""
        query = parse_qs(request.query)
        self.asked.append(query)
        attribute, operator, value = query["filter"][0].split(" ", 2) if "filter" in query else ("", "", '""')
        known = (f"{attribute} {operator}" if attribute else None) in self.knows
        found = [row for row in self.rows if known and self.fits(row, attribute, operator, value[1:-1])]
        start = int(query["startIndex"][0])
        rows = found[start - 1 :][: self.page]
        return Answer(resource={"totalResults": len(found), "Resources": rows})

    def fits(self, row, attribute, operator, value):
        """Whether a row is in the list."""
        text = str(row.get(attribute, ""))
        return not attribute or (text.startswith(value) if operator == "sw" else text == value)

    @property
    def filters(self):
        """The filters that were sent, in order; None for none."""
        return [query.get("filter", [None])[0] for query in self.asked]


BY_PREFIX, BY_FAMILY = f'userName sw "{MARKS.prefix}"', f'externalId sw "{MARKS.family}"'


def seen_by(look, *names, marks=MARKS):
    """What is listed through a function that answers; creates of these names were sent."""
    ledger = Ledger(Journal(None, "https://scim.example", marks))
    for name in names:
        ledger.own(Claim(USERS, name), None)
    return Sight(ledger, look)


def ids(rows):
    """The ids of rows, in order."""
    return None if rows is None else [row["id"] for row in rows]


# --- how a list is proven ----------------------------------------------------------------------------------


def test_a_filter_is_proven_by_what_it_shows():
    """By name and by externalId: what has another name shows by the other."""
    renamed = {"id": "11", "userName": "else", "externalId": EXTERNAL}
    directory = Directory(MINE, TWIN, renamed, SOMEBODY)
    sight = seen_by(directory, ME)
    assert not sight.is_proven(USERS)
    sight.prove(USERS, "9")

    assert sight.is_proven(USERS)
    assert not sight.is_proven("/Groups")
    assert ids(sight.rows(USERS)) == ["9", "10", "11"]
    assert directory.filters == [BY_PREFIX, BY_FAMILY] * 2


def test_a_list_that_shows_somebody_else_proves_nothing():
    """What is there and is ours has to be in it."""
    sight = seen_by(Directory(MINE, TWIN, SOMEBODY, knows=("userName sw",)), ME)
    sight.prove(USERS, "8")

    assert not sight.is_proven(USERS)
    assert sight.rows(USERS) is None


def test_a_filter_by_external_id_alone_is_not_enough():
    """What was created twice may carry none: everybody is walked through."""
    directory = Directory(MINE, TWIN, SOMEBODY, knows=("externalId sw", None))
    sight = seen_by(directory, ME)
    sight.prove(USERS, "9")

    assert ids(sight.rows(USERS)) == ["9", "10"]
    assert directory.filters[-1] is None


def test_without_such_lists_each_name_is_looked_up():
    """One by one; what somebody else has in its name is not taken along."""
    directory = Directory(MINE, TWIN, SOMEBODY, knows=("userName eq",))
    sight = seen_by(directory, ME, "second")
    sight.prove(USERS, "9")

    assert ids(sight.rows(USERS)) == ["9", "10"]
    assert directory.filters[-2:] == [f'userName eq "{ME}"', 'userName eq "second"']


@pytest.mark.parametrize(("number", "proven"), [(500, True), (501, False)])
def test_so_many_names_are_looked_up_one_by_one_and_no_more(number, proven):
    """A load run has thousands: then it is told that nobody knows."""
    directory = Directory(MINE, knows=("userName eq",))
    sight = seen_by(directory, ME, *(f"name{count}" for count in range(number - 1)))
    sight.prove(USERS, "9")

    assert sight.is_proven(USERS) is proven
    assert len([text for text in directory.filters if text and " eq " in text]) == (number if proven else 0)


def test_a_name_that_cannot_be_looked_up_leaves_all_unknown():
    """What is not seen of one may be there."""
    directory = Directory(MINE, knows=("userName eq",))
    sight = seen_by(lambda request: Answer(500) if "second" in request.query else directory(request), ME, "second")
    sight.prove(USERS, "9")

    assert not sight.is_proven(USERS)


def test_a_list_that_shows_nothing_is_tried_with_three_resources():
    """And no more often than that, until it is asked for again; what is proven is not tried again."""
    directory = Directory(MINE, knows=())
    sight = seen_by(directory, ME)
    for _ in range(5):
        sight.prove(USERS, "9")
    assert directory.filters == [BY_PREFIX, BY_FAMILY, None, f'userName eq "{ME}"'] * 3

    directory.knows = ("userName sw", "externalId sw")
    sight.prove(USERS, "9")
    assert not sight.is_proven(USERS)
    sight.try_again()
    for _ in range(2):
        sight.prove(USERS, "9")
    assert sight.is_proven(USERS)
    assert len(directory.filters) == 14


def test_what_no_read_has_shown_uses_up_no_try():
    """A list need not show what is not there; the next resource may still prove it."""
    directory = Directory(MINE)
    ledger = Ledger(Journal(None, "https://scim.example", MARKS))
    sight = Sight(ledger, directory)
    claim = Claim(USERS, f"{MARKS.prefix}-lost")
    ledger.own(claim, "404")
    ledger.read(USERS, "404", 404, {})
    for _ in range(4):
        sight.prove(USERS, "404")
    assert not sight.is_proven(USERS)
    directory.knows = ()
    directory.asked.clear()
    for _ in range(5):
        sight.prove(USERS, "9")
    assert directory.filters.count(BY_PREFIX) == 3, "a try is given back, and no more than that"

    directory.knows = ("userName sw",)
    sight.try_again()
    sight.prove(USERS, "9")
    assert sight.is_proven(USERS)


def test_each_collection_is_tried_by_itself():
    """Groups may be listed where users are not."""
    directory = Directory(MINE, knows=())
    sight = seen_by(directory, ME)
    for _ in range(5):
        sight.prove(USERS, "9")
    told = len(directory.asked)
    sight.prove("/Groups", "9")

    assert len(directory.asked) == told + 3  # no name of a group is known


def test_a_run_that_makes_up_nothing_asks_for_nothing():
    """Without marks there is nothing by which a list could be told from another."""
    directory = Directory(MINE)
    sight = seen_by(directory, ME, marks=Marks())
    sight.prove(USERS, "9")

    assert (directory.asked, sight.is_proven(USERS)) == ([], True)


def test_without_a_family_nothing_is_asked_by_external_id():
    """A filter by the empty text would list everybody."""
    directory = Directory(MINE, SOMEBODY)
    sight = seen_by(directory, ME, marks=Marks(MARKS.prefix))
    sight.prove(USERS, "9")

    assert ids(sight.rows(USERS)) == ["9"]
    assert set(directory.filters) == {BY_PREFIX}


def test_a_list_that_fails_later_says_nothing():
    """Not even what the other one shows: what it would have shown may be there."""
    directory = Directory(MINE, TWIN)
    sight = seen_by(lambda request: Answer(500) if directory.rows == [] else directory(request), ME)
    sight.prove(USERS, "9")
    directory.rows = []

    assert sight.rows(USERS) is None


def test_where_one_of_two_filters_fails_later_nobody_knows():
    """What the other one would have shown may be there."""
    directory, broken = Directory(MINE, TWIN), []
    sight = seen_by(lambda request: Answer(500) if broken and "externalId" in request.query else directory(request), ME)
    sight.prove(USERS, "9")
    assert ids(sight.rows(USERS)) == ["9", "10"]
    broken.append(True)

    assert sight.rows(USERS) is None


def test_where_nothing_of_ours_was_there_the_whole_list_has_to_do():
    """It is complete by its own count."""
    sight = seen_by(Directory(MINE, SOMEBODY), ME)

    assert ids(sight.rows(USERS)) == ["9"]


@pytest.mark.parametrize(
    ("row", "ours"),
    [
        (MINE, True),
        (TWIN, True),
        ({"id": "11", "userName": BOSS, "externalId": EXTERNAL}, True),
        (SOMEBODY, False),
        ({"userName": ME}, False),
        ({"id": "", "userName": ME}, False),
        ({"id": "11"}, False),
    ],
)
def test_a_row_is_ours_by_a_mark_in_any_of_its_names(row, ours):
    """Without an id nobody could say which one it is."""
    assert seen_by(Directory()).is_ours(row) is ours


# --- how far a list is followed ----------------------------------------------------------------------------


def test_a_list_is_followed_page_by_page():
    """Each page begins where the rows so far end."""
    people = [{"id": str(number), "userName": f"{ME}{number}"} for number in range(5)]
    directory = Directory(*people, page=2)

    assert ids(seen_by(directory).named(USERS, "userName", f"{ME}4")) == ["4"]
    directory.asked.clear()
    assert ids(seen_by(directory).rows(USERS)) == ["0", "1", "2", "3", "4"]
    assert [(query["startIndex"], query["count"]) for query in directory.asked] == [
        (["1"], ["200"]), (["3"], ["200"]), (["5"], ["200"])
    ]  # fmt: skip


@pytest.mark.parametrize(("pages", "whole"), [(20, True), (21, False)])
def test_so_many_pages_are_followed_and_no_more(pages, whole):
    """A tenant of a million is not walked through: then nobody knows."""
    directory = Directory(*({"id": str(number), "userName": f"{ME}{number}"} for number in range(pages)), page=1)
    found = seen_by(directory).rows(USERS)

    assert (found is not None) is whole
    assert len(directory.asked) == 20


def test_a_list_that_does_not_go_on_is_not_whole():
    """It says that there are three, and shows the same one again and again; two looks are enough."""
    asked = []

    def look(request):
        asked.append(request)
        return Answer(resource={"totalResults": 3, "Resources": [MINE]})

    assert seen_by(look).rows(USERS) is None
    assert len(asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, {"totalResults": 0}),
        Answer(204),
        Answer(None),
        Answer(200, {}),
        Answer(200, {"totalResults": "0"}),
        Answer(200, {"totalResults": False}),
        Answer(200, {"totalResults": 1, "Resources": []}),
    ],
)
def test_what_is_no_list_says_nothing(answer):
    """Nobody is told that nothing is there."""
    sight = seen_by(lambda _request: answer)

    assert sight.rows(USERS) is None
    assert sight.named(USERS, "userName", ME) is None
    assert sight.beginning(USERS, "scimconf-") is None


def test_two_with_one_id_are_two():
    """An endpoint that gives an id twice has both of them in its list."""
    rows = [{"id": "9", "userName": ME}, {"id": "9", "userName": f"{ME}2"}]

    assert [row["userName"] for row in seen_by(Directory(*rows)).rows(USERS)] == [ME, f"{ME}2"]


# --- what is searched for by its beginning -----------------------------------------------------------------


@pytest.mark.parametrize("knows", [("userName sw",), (None,), ("userName sw", None)])
def test_names_are_searched_by_their_beginning_or_on_a_few_pages(knows):
    """In any letter case, and whoever else is shown is left out."""
    loud = {"id": "12", "userName": ME.upper()}
    directory = Directory(MINE, SOMEBODY, {"id": "13"}, loud, {"id": "14", "userName": f"x{ME}"}, knows=knows)
    directory.fits = lambda row, *_: row is not SOMEBODY or knows == (None,)

    assert ids(seen_by(directory).beginning(USERS, "scimconf-")) == ["9", "12"]


def test_a_filter_that_finds_nobody_is_not_believed():
    """Where everybody can be looked through, that is what counts; where not, nobody is there."""
    assert ids(seen_by(Directory(MINE, knows=(None,))).beginning(USERS, "scimconf-")) == ["9"]
    sight = seen_by(lambda request: Directory()(request) if "filter" in request.query else Answer(400))
    assert sight.beginning(USERS, "scimconf-") == []


def test_a_list_that_is_filtered_well_is_not_walked_through():
    """One request is enough."""
    directory = Directory(MINE, SOMEBODY)
    seen_by(directory).beginning(USERS, "scimconf-")

    assert directory.filters == ['userName sw "scimconf-"']
