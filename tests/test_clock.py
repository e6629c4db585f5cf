"""The endpoint's clock: how far a date may be off before it says that something was there before we asked for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from conformance.scim.clock import DAY, LATEST, LEEWAY, MADE_UP, Clock, created_at

ASKED = datetime(2026, 11, 28, 12, 10, tzinfo=UTC)
"""Ten past, so that no midnight is a time zone away."""

HOUR = 3600.0


def clock(date=None):
    """A clock that has learned from a Date; from one that agrees with ours if none is given."""
    made = Clock(now=ASKED.timestamp)
    made.note({"date": format_datetime(ASKED, usegmt=True) if date is None else date})
    return made


def made(text):
    """A resource of that date."""
    return {"id": "1", "meta": {"created": text}}


def off(seconds):
    """A resource that was created so many seconds after we asked for it."""
    return made((ASKED + timedelta(seconds=seconds)).isoformat())


def is_older(resource, told=None):
    """Whether a resource was there before we asked."""
    return (told or clock()).is_older(resource, ASKED.timestamp())


def is_of_then(resource, told=None):
    """Whether a resource came to be when we asked."""
    return (told or clock()).is_of_then(resource, ASKED.timestamp())


@pytest.fixture
def far_away(monkeypatch):
    """A machine of ours whose local time is nine hours from UTC."""
    monkeypatch.setenv("TZ", "XXX-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# --- what the endpoint's clock says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date", ["Sat, 28 Nov 2026 12:12:00 GMT", "Sat, 28 Nov 2026 14:12:00 +0200", "Sat, 28 Nov 2026 12:12:00 -0000"]
)
@pytest.mark.usefixtures("far_away")
def test_a_date_is_read_in_its_own_zone_whatever_ours_is(date):
    """Otherwise everything would be hours older or younger than it is, and somebody else's be taken for ours."""
    assert clock(date).there == ASKED.timestamp() + 120.0


@pytest.mark.parametrize("text", ["1970-01-01T00:00:10", "1970-01-01T09:00:10+09:00", " 1970-01-01T00:00:10Z "])
@pytest.mark.usefixtures("far_away")
def test_a_creation_is_read_in_its_own_zone_and_in_utc_without_one(text):
    """On every machine the same, so that nobody is taken for ours because of where the suite runs."""
    assert created_at(made(text)) == 10.0


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_the_first_and_the_last_of_all_dates_can_be_reckoned_with(text):
    """A placeholder that an endpoint has for no date ends no run, and makes nothing ours."""
    assert created_at(made(text)) is not None
    assert not is_of_then(made(text))


# --- what was there before ----------------------------------------------------------------------------------


def test_a_minute_is_what_two_machines_may_disagree_by():
    """What is a second older was there before us, and is never written to."""
    assert LEEWAY == 60.0
    assert not is_older(off(-60))
    assert is_older(off(-61))
    assert is_of_then(off(-60))
    assert not is_of_then(off(-61))


def test_without_a_date_of_the_endpoint_a_day_is_the_limit_to_the_second():
    """A day and an hour before is somebody else's, whatever the endpoint's clock."""
    blind = clock("")

    assert DAY == 86_400.0
    assert not is_older(off(-DAY), blind)
    assert is_older(off(-DAY - 1), blind)
    assert is_of_then(off(-DAY), blind)
    assert not is_of_then(off(-DAY - 1), blind)
    assert is_of_then(off(LATEST + DAY), blind)
    assert not is_of_then(off(LATEST + DAY + 1), blind)


def test_what_came_to_be_long_after_we_asked_is_of_another():
    """Ten minutes and the leeway; somebody may have made the same name later."""
    assert is_of_then(off(LATEST + LEEWAY))
    assert not is_of_then(off(LATEST + LEEWAY + 1))


def test_only_a_difference_between_zones_is_taken_for_one():
    """The furthest is fourteen hours; a quarter of an hour is none, nor is a minute and a second beside one."""
    assert not is_older(off(-14 * HOUR))
    assert not is_older(off(-14 * HOUR - 60))
    assert is_older(off(-14 * HOUR - 61))
    assert is_older(off(-14.5 * HOUR))
    assert not is_older(off(-5.5 * HOUR))
    assert is_older(off(-5.25 * HOUR))
    assert not is_older(off(-2 * HOUR + 60))
    assert is_older(off(-2 * HOUR + 61))
    assert not is_older(off(-2 * HOUR - 60))
    assert is_older(off(-2 * HOUR - 61))


# --- dates that were cut ------------------------------------------------------------------------------------


def test_a_day_only_is_any_moment_of_it():
    """Some databases keep no more; what we made today was made then."""
    assert not is_older(made("2026-11-28T00:00:00Z"))
    assert not is_older(made("2026-11-28"))
    assert is_of_then(made("2026-11-28T00:00:00Z"))
    assert is_older(made("2026-11-27T00:00:00Z"))
    assert not is_of_then(made("2026-11-27T00:00:00Z"))


@pytest.mark.parametrize("time_of_day", ["00:00:01", "00:01:00", "01:00:00"])
def test_a_date_that_is_not_cut_is_what_it_says(time_of_day):
    """Whoever came to be in the first hour of the day was there before us."""
    assert is_older(made(f"2026-11-28T{time_of_day}Z"), clock())
    assert not is_of_then(made(f"2026-11-28T{time_of_day}Z"), clock())


def test_a_date_of_our_own_making_says_nothing():
    """An endpoint that stores the ``meta`` of a body shows it again; a second more or less is somebody else's date."""
    assert not is_older(made(MADE_UP))
    assert not is_older(made(MADE_UP.replace("Z", "+00:00")))
    assert is_older(made(MADE_UP.replace("06Z", "07Z")))
    assert is_older(made("2001-02-03T04:05:06"))
