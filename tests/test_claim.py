"""What proves that a resource is what a create made, and what speaks against it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from conformance.scim.claim import Claim, Marks, contradiction, is_traced, proves
from conformance.scim.clock import Clock, created_at

NOW = datetime(2026, 11, 28, 12, 0, 30, tzinfo=UTC).timestamp()
MARKS = Marks("scimconf-abc234", "0f0e0d0c-0b0a-5908-8706-")
NAME = "scimconf-abc234-me@example.com"
EXTERNAL = "0f0e0d0c-0b0a-5908-8706-000000000001"


def clock(ahead=0.0):
    """A clock that has learned from an answer of an endpoint that is so many seconds ahead of us."""
    made = Clock(now=lambda: NOW)
    made.note({"date": format_datetime(datetime.fromtimestamp(NOW + ahead, UTC), usegmt=True)})
    return made


def created(text):
    """A resource of that date."""
    return {"id": "1", "userName": NAME, "meta": {"created": text}}


OLDER = {
    "just now": ("2026-11-28T12:00:30Z", False),
    "a moment later": ("2026-11-28T12:00:35.1234567Z", False),
    "a minute before": ("2026-11-28T11:59:31Z", False),
    "two minutes before": ("2026-11-28T11:58:20Z", True),
    "an hour and ten before": ("2026-11-28T10:50:30Z", True),
    "last year": ("2025-11-28T12:00:30Z", True),
    "in local time five hours behind": ("2026-11-28T07:00:30", False),
    "in local time with a wrong zone": ("2026-11-28T06:30:31Z", False),
    "in another zone": ("2026-11-28T17:30:30+05:30", False),
    "further than any zone": ("2026-11-27T20:00:30Z", True),
    "the day only": ("2026-11-28T00:00:00Z", False),
    "the day before last": ("2026-11-26T00:00:00Z", True),
    "no date": ("soon", False),
    "empty": ("", False),
    "a number": (1764331230, False),
}


@pytest.mark.parametrize("case", OLDER)
def test_what_was_created_before_we_asked_is_older(case):
    """By the endpoint's clock, give or take a minute; a time zone too much or too little is no proof."""
    text, older = OLDER[case]

    assert clock().is_older(created(text), NOW) is older


@pytest.mark.parametrize("ahead", [-10_800.0, 0.0, 10_800.0])
def test_the_endpoint_s_own_clock_counts(ahead):
    """One that goes wrong goes wrong for both: what it says of itself is compared with its own Date."""
    told = clock(ahead)
    there = datetime.fromtimestamp(NOW + ahead, UTC).isoformat()
    long_ago = datetime.fromtimestamp(NOW + ahead - 100.0, UTC).isoformat()

    assert not told.is_older(created(there), told.at(NOW))
    assert told.is_older(created(long_ago), told.at(NOW))
    assert told.there == NOW + ahead


@pytest.mark.parametrize("date", ["", "soon", "Sat, 99 Nov 2026 12:00:30 GMT"])
def test_without_a_date_a_day_is_the_limit(date):
    """Then nobody knows what the endpoint's clock says."""
    told = Clock(now=lambda: NOW)
    told.note({"date": date} if date else {})

    assert not told.is_older(created("2026-11-27T12:10:00Z"), NOW)
    assert told.is_older(created("2026-11-26T12:10:00Z"), NOW)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("2026-11-28T12:00:31Z", True),
        ("2026-11-28T12:11:20Z", True),
        ("2026-11-28T12:12:00Z", False),
        ("2026-11-28T11:59:00Z", False),
        ("2026-11-28T11:59:31Z", True),
        ("2025-11-28T12:00:30Z", False),
    ],
)
def test_what_was_created_when_we_asked_is_of_then(text, then):
    """Neither before nor much later; what says nothing is not."""
    assert clock().is_of_then(created(text), NOW) is then
    assert not clock().is_of_then({"id": "1"}, NOW)


def test_a_date_is_told_in_seconds():
    """And is None where there is none."""
    assert created_at(created("1970-01-01T00:00:10Z")) == 10.0
    assert created_at({}) is None


def claim(**more):
    """A create of ours, sent now."""
    given = {"name": NAME, "external": EXTERNAL, "sent": NOW} | more
    return Claim("/Users", **given)


PROOFS = {
    "our name": ({"id": "1", "userName": NAME}, True),
    "our name in capitals": ({"id": "1", "USERNAME": NAME.upper()}, True),
    "our externalId under another name": ({"id": "1", "userName": "7", "externalId": EXTERNAL}, True),
    "nothing": ({}, False),
    "an id only": ({"id": "1"}, False),
    "another id": ({"id": "2", "userName": NAME}, False),
    "somebody else": ({"id": "1", "userName": "boss@example.com"}, False),
    "somebody else with our name shown": ({"id": "1", "userName": "boss@example.com", "displayName": NAME}, False),
    "somebody else's externalId": ({"id": "1", "userName": "boss@example.com", "externalId": "boss"}, False),
    "our name since last year": (created("2025-01-01T00:00:00Z"), False),
    "another name of ours": ({"id": "1", "userName": "scimconf-abc234-you@example.com"}, False),
}


@pytest.mark.parametrize("case", PROOFS)
def test_a_name_or_an_external_id_of_ours_proves_it(case):
    """And no other id, no other name, and no date before we asked."""
    shown, proven = PROOFS[case]

    assert proves(shown, claim(), "1", MARKS, clock()) is proven


def test_an_id_that_was_found_before_proves_nothing():
    """It was there when we asked who has the name."""
    there = claim(before=frozenset({"1"}))

    assert "before we asked" in contradiction({"id": "1", "userName": NAME}, there, "1", MARKS, clock())
    assert not proves({"id": "1", "userName": NAME}, there, "1", MARKS, clock())
    assert proves({"id": "2", "userName": NAME}, there, "2", MARKS, clock())


def test_an_external_id_that_is_not_of_our_making_is_no_proof():
    """A directory's own object id can be on the account that the real provisioning made."""
    real = claim(name="sales", external="7f3c", marked=False)

    assert not proves({"id": "1", "userName": "boss", "externalId": "7f3c"}, real, "1", MARKS, clock())


def test_a_name_that_the_endpoint_made_up_is_no_contradiction():
    """Where we sent none, our label in another attribute is what is left."""
    shown = {"id": "1", "userName": "user17", "displayName": NAME}

    assert proves(shown, claim(named=False), "1", MARKS, clock())
    assert not proves(shown, claim(), "1", MARKS, clock())


STAMP = {"meta": {"created": "2026-11-28T12:00:31Z"}}
MADE_UP = {"id": "1", "userName": "user17"}

MADE = {
    "at the top": ({"nickName": NAME}, STAMP, True),
    "in a list": ({"emails": [{"value": NAME.upper(), "primary": True}]}, STAMP, True),
    "in an object": ({"name": {"formatted": NAME}}, STAMP, True),
    "nowhere": ({"emails": [{"value": "boss@example.com"}]}, STAMP, False),
    "with no date": ({"emails": [{"value": NAME}]}, {}, False),
    "days before": ({"emails": [{"value": NAME}]}, {"meta": {"created": "2026-11-20T12:00:31Z"}}, False),
}


@pytest.mark.parametrize("case", MADE)
def test_under_a_name_that_we_did_not_send_our_own_counts_elsewhere_and_with_a_date_only(case):
    """Whoever came to be at the same moment and carries nothing of ours is somebody else, and never written to."""
    more, date, proven = MADE[case]

    assert proves(MADE_UP | more | date, claim(), "1", MARKS, clock()) is proven


def test_a_name_that_could_be_anybody_s_proves_nothing_where_it_stands_elsewhere():
    """The real provisioning may just have put somebody into the department after which our group is called."""
    real = claim(name="Sales", external="", marked=False)

    assert not proves(MADE_UP | {"department": "Sales"} | STAMP, real, "1", MARKS, clock())


@pytest.mark.parametrize(
    ("status", "promised"), [(None, False), (199, False), (200, True), (202, True), (299, True), (300, False)]
)
def test_a_create_is_promised_by_a_2xx_only(status, promised):
    """After any other answer, what is found is told as stored though it was refused."""
    assert claim(status=status).is_promised is promised


def test_a_create_is_a_single_one_unless_it_says_otherwise():
    """What the endpoint does with a bulk job, which Entra never sends, weighs less."""
    assert claim().bulk is False


UNMARKED = {
    "all of it": ({"displayName": "Sales", "externalId": "7f3c"}, "2026-11-28T12:00:31Z", "7f3c", True),
    "no date": ({"displayName": "Sales", "externalId": "7f3c"}, "", "7f3c", False),
    "days later": ({"displayName": "Sales", "externalId": "7f3c"}, "2026-11-30T12:00:31Z", "7f3c", False),
    "before": ({"displayName": "Sales", "externalId": "7f3c"}, "2026-11-20T12:00:31Z", "7f3c", False),
    "a name only": ({"displayName": "Sales"}, "2026-11-28T12:00:31Z", "7f3c", False),
    "another externalId": ({"displayName": "Sales", "externalId": "7"}, "2026-11-28T12:00:31Z", "7f3c", False),
    "none was sent": ({"displayName": "Sales", "externalId": "7f3c"}, "2026-11-28T12:00:31Z", "", False),
}


@pytest.mark.parametrize("case", UNMARKED)
def test_a_name_that_could_be_anybody_s_is_traced_by_more(case):
    """Our externalId, and a date at which we asked: a name alone is never proof."""
    names, date, external, traced = UNMARKED[case]
    shown = {"id": "9", **names} | ({"meta": {"created": date}} if date else {})
    sent = Claim("/Groups", "Sales", external, marked=False, sent=NOW)

    assert is_traced(shown, sent, "9", MARKS, clock()) is traced


def test_a_name_of_our_making_is_traced_by_itself():
    """Nobody else has it; a date from before speaks against it all the same."""
    assert is_traced({"id": "9", "userName": NAME}, claim(), "9", MARKS, clock())
    assert not is_traced(created("2025-01-01T10:00:00Z"), claim(), "1", MARKS, clock())


@pytest.mark.parametrize("text", [NAME, NAME.upper(), EXTERNAL, f"AbC-{EXTERNAL.upper()}"])
def test_marks_are_known_in_any_letter_case(text):
    """Names and externalIds, with whatever stands around them."""
    assert MARKS.on(text)


@pytest.mark.parametrize("text", ["", "scimconf-abc235-me@example.com", "0f0e0d0c-0b0a-5908-8707-000000000001"])
def test_what_carries_no_mark_is_not_ours(text):
    """Of another run, or of nobody."""
    assert not MARKS.on(text)
    assert not Marks().on(text)


def test_names_of_every_run_are_kin():
    """They do not stay, so that no tenant is known by them."""
    assert MARKS.is_kin(["scimconf-xyz789-you@example.com"])
    assert MARKS.is_kin(["you@example.com", "scimconf-xyz789-you@example.com"])
    assert not MARKS.is_kin(["scimconfederation@example.com", "me"])
    assert not Marks().is_kin(["-x"])


@pytest.mark.parametrize(
    ("created", "display", "marked", "ours"),
    [
        (NOW, f"{MARKS.prefix}-filters- beta", True, True),
        (NOW - 7200, f"{MARKS.prefix}-filters- beta", True, False),
        (None, f"{MARKS.prefix}-filters- beta", True, False),
        (NOW, "Ben", True, False),
        (NOW, f"{MARKS.prefix}-filters- beta", False, False),
    ],
)
def test_a_display_name_of_ours_proves_it_under_a_name_of_the_endpoint_s_own(created, display, marked, ours):
    """Where the endpoint says that it was made when we asked for it, and the name that we sent is made up."""
    resource = {"id": "9", "userName": "user46", "displayName": display}
    if created is not None:
        resource["meta"] = {"created": datetime.fromtimestamp(created, UTC).isoformat()}
    claim = Claim("/Users", NAME, asked=NOW, marked=marked)

    assert proves(resource, claim, "9", MARKS, clock()) is ours
