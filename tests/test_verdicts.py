"""Each verdict has exactly one producing rule, and what the suite itself does wrong is never the endpoint's fault."""

from __future__ import annotations

import pytest

from conformance.judge.check import CHECKS, Check, load
from conformance.judge.judging import judge
from conformance.recording import Played, Recording, Step
from conformance.scim.exchange import Exchange
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, Unplayed

load()

MUST, SHOULD, MAY = "RFC7644-3.3-04", "RFC7644-3.5-02", "RFC7644-3.5.2-01"


def answered(status=200, **more):
    """An exchange as a journey records it."""
    plain = {
        "method": "GET", "url": "https://scim.example.com/Users", "request_headers": {}, "request_body": None,
        "request_text": None, "status": status, "headers": {}, "body": "{}", "elapsed": 0.01, "started": 0.0,
    }  # fmt: skip
    return Exchange(**(plain | more))


def recording(**played):
    """A recording of the journey ``connect``, with one step called ``users`` unless told otherwise."""
    steps = played.pop("steps", {"users": Step("users", [answered()])})
    made = Recording()
    made.add(Played("connect", steps=steps, **played))
    return made


def verdict_of(function, *, covers=(MUST,), **played):
    """Judge a function as a check."""
    return judge(Check("made-up", function, tuple(covers), "rfc"), "", recording(**played))


def test_a_check_that_returns_passes():
    """PASS: the requirement was tested and met."""

    def function(connect):
        assert connect["users"].exchange.status == 200

    judgement = verdict_of(function)

    assert judgement.verdict == "PASS"
    assert judgement.evidence == [["connect", "users"]]


@pytest.mark.parametrize(("covers", "verdict"), [(MUST, "FAIL"), (SHOULD, "WARN"), (MAY, "INFO")])
def test_a_failure_counts_by_its_requirement(covers, verdict):
    """FAIL for a MUST, WARN for a SHOULD, INFO for a MAY."""

    def function(connect):
        raise Failure("this", "that", kind=Kind.WRONG_VALUE, path="active")

    judgement = verdict_of(function, covers=[covers])

    assert (judgement.verdict, judgement.expected, judgement.got, judgement.path) == (verdict, "this", "that", "active")


@pytest.mark.parametrize(("level", "verdict"), [(Level.SHOULD, "WARN"), (Level.MAY, "INFO"), (Level.MUST, "WARN")])
def test_a_failure_can_be_milder_than_its_requirement_and_never_harder(level, verdict):
    """A form that no document describes exactly may only warn."""
    covers = MUST if level is not Level.MUST else SHOULD

    def function(connect):
        raise Failure("this", "that", kind=Kind.WRONG_VALUE, level=level)

    assert verdict_of(function, covers=[covers]).verdict == verdict


def test_an_observation_is_info():
    """INFO: a fact, where several behaviours are right."""

    def function(connect):
        raise Observation("so it is")

    assert (verdict_of(function).verdict, verdict_of(function).got) == ("INFO", "so it is")


def test_what_is_not_offered_is_not_applicable():
    """N/A: by the check's own finding, or because the journey found so."""

    def function(connect):
        raise NotApplicable("no groups here")

    def looks(connect):
        connect["missing"]

    assert verdict_of(function).verdict == "N/A"
    assert verdict_of(looks, not_offered="no groups").got == "no groups"


def test_a_step_after_a_wrong_one_is_blocked():
    """BLOCKED: the step was not played; where an earlier one went wrong is said."""

    def function(connect):
        connect["later"]

    judgement = verdict_of(function, stopped_at="users")

    assert judgement.verdict == "BLOCKED"
    assert "users" in judgement.got


def test_a_network_failure_is_no_verdict_on_the_endpoint():
    """ERROR: nobody answered, and it is not the suite's fault."""

    def function(connect):
        connect["users"]

    steps = {"users": Step("users", [answered(None, error="timeout", error_detail="timed out")])}
    judgement = verdict_of(function, steps=steps)

    assert judgement.verdict == "ERROR"
    assert not judgement.suite_fault
    assert "timed out" in judgement.got


def looks_up(connect):
    """A check of one step."""
    connect["users"]


OURS, THEIRS = "?filter=userName+eq+%22scimconf-x-a%22", "?filter=userName+ne+%22scimconf-x-a%22"
USER, USERS = "https://scim.example.com/Users/1", "https://scim.example.com/Users"


@pytest.mark.parametrize(
    ("error", "method", "url", "verdict"),
    [
        ("unreadable", "GET", USERS, "FAIL"),
        ("too-large", "GET", USER, "FAIL"),
        ("too-large", "POST", USERS, "FAIL"),
        ("too-large", "GET", f"{USERS}{OURS}", "FAIL"),
        ("too-large", "GET", f"{USERS}{THEIRS}", "ERROR"),
        ("too-large", "GET", f"{USERS}?count=9", "ERROR"),
        ("too-large", "PATCH", "https://scim.example.com/Groups/1", "ERROR"),
        ("too-large", "POST", f"{USERS}/.search", "ERROR"),
        ("no-room", "GET", USER, "ERROR"),
        ("protocol", "GET", USER, "ERROR"),
    ],
)
def test_an_answer_that_came_and_cannot_be_read_is_the_endpoints_fault(error, method, url, verdict):
    """FAIL: no network makes that of a good answer; only a list of what others own may be larger than we can read."""
    lost = answered(None, method=method, url=url, error=error, error_detail="it swells")
    made = recording(steps={"users": Step("users", [lost])})
    made.header["prefix"] = "scimconf-x"
    judgement = judge(Check("made-up", looks_up, (MUST,), "rfc"), "", made)

    assert judgement.verdict == verdict
    assert not judgement.suite_fault
    assert "it swells" in judgement.got


def test_where_nothing_can_be_read_a_check_that_looks_over_all_fails():
    """FAIL: it would pass because it found nothing wrong."""

    def function(connect):
        """Look at nothing."""

    unreadable = answered(None, error="unreadable", error_detail="illegal header line")
    judgement = verdict_of(function, steps={"users": Step("users", [unreadable])})

    assert (judgement.verdict, judgement.got) == ("FAIL", "GET /Users: illegal header line")


def test_what_builds_on_a_write_whose_answer_cannot_be_read_is_blocked():
    """BLOCKED at the write, which another check judges: nobody knows what it did."""

    def function(connect):
        assert connect["users"]
        raise Failure("the new value", "the old one", kind=Kind.WRONG_VALUE)

    unreadable = answered(None, method="PATCH", url=USER, error="unreadable", error_detail="illegal header line")
    steps = {"change": Step("change", [unreadable]), "users": Step("users", [answered()])}
    judgement = verdict_of(function, steps=steps)

    assert (judgement.verdict, judgement.blocked_at) == ("BLOCKED", ["connect", "change"])
    assert "illegal header line" in judgement.got


@pytest.mark.parametrize("crash", ["check", "journey", "missing"])
def test_the_suites_own_fault_is_told_as_such(crash):
    """ERROR: a check that breaks, a journey that broke, a step that nobody plays."""

    def function(connect):
        return connect["users"].exchange.nonsense if crash == "check" else connect["nowhere"]

    judgement = verdict_of(function, crash="Traceback: boom" if crash == "journey" else None)

    assert judgement.verdict == "ERROR"
    assert judgement.suite_fault


def test_a_check_that_looks_at_nothing_never_passes():
    """Where no request was answered, nothing was judged."""

    def function(connect):
        """Look at nothing."""

    assert verdict_of(function, steps={}).verdict == "ERROR"


def test_what_goes_wrong_only_beside_others_is_a_warning():
    """A journey that met a 5xx beside others, and none alone, passes with a warning."""

    def function(connect):
        assert connect["users"].exchange.ok

    judgement = verdict_of(function, trouble="HTTP 503 at step 'users' beside other journeys", trouble_steps=["users"])

    assert judgement.verdict == "WARN"
    assert "503" in judgement.got


def test_judging_never_raises():
    """Every check survives a recording in which nothing was answered, without blaming the endpoint or the suite."""
    empty = Recording()
    for item in CHECKS.values():
        for name in item.journeys:
            for dialect in ("", "legacy", "compliant"):
                empty.add(Played(name, dialect, stopped_at=None, not_offered="nothing was asked"))
    verdicts = {
        item.id: judge(item, dialect, empty).verdict for item in CHECKS.values() for _, dialect in item.variants()
    }

    assert {i: v for i, v in verdicts.items() if v not in {"N/A", "ERROR"}} == {}


@pytest.mark.parametrize("finding", [NotApplicable("it is not there"), Unplayed("connect", "users")])
def test_what_is_missing_where_the_run_was_at_its_end_is_nobody_s_fault(finding):
    """ERROR with the reason, also where the check itself says that it lacks something."""

    def function(connect):
        raise finding

    ended = verdict_of(function, ended="The token was accepted until request 30")
    played = verdict_of(function)

    assert (ended.verdict, ended.got) == ("ERROR", "The token was accepted until request 30")
    assert played.verdict in {"N/A", "BLOCKED"}
