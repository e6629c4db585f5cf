"""A journey that was played twice is judged twice: what was seen counts, in whichever play it was seen."""

from __future__ import annotations

import json

import pytest

from conformance.commands.run import run_judge
from conformance.judge.check import Check, load
from conformance.judge.judging import judge
from conformance.judge.twice import weigh
from conformance.recording import Played, Recording, Step, load_recording
from conformance.reporting.evidence import exchanges
from conformance.reporting.model import Row
from conformance.run.session import merge
from conformance.scim.exchange import Exchange
from conformance.verdict import Failure, Judgement, Kind, Verdict
from tests.faults.layer import Answer
from tests.faults.rewrite import error
from tests.runs import run_files

load()

MUST = "RFC7644-3.3-04"
EVERY = ("PASS", "INFO", "WARN", "FAIL", "N/A", "BLOCKED", "ERROR")
TABLE = {
    # what comes of each first verdict with the seven of the second play, in the order above
    "PASS": ("PASS", "INFO", "both", "both", "PASS", "PASS", "PASS"),
    "INFO": ("PASS", "INFO", "both", "both", "INFO", "INFO", "INFO"),
    "WARN": ("both", "both", "WARN", "both", "both", "WARN", "WARN"),
    "FAIL": ("both", "both", "both", "FAIL", "both", "FAIL", "FAIL"),
    "N/A": EVERY,
    "BLOCKED": EVERY,
    "ERROR": EVERY,
}
TROUBLED = TABLE | {
    "WARN": ("both", "both", "WARN", "both", "N/A", "BLOCKED", "ERROR"),
    "FAIL": ("both", "both", "both", "FAIL", "N/A", "BLOCKED", "ERROR"),
}
CELLS = [
    (first, second, troubled, comes)
    for troubled, table in ((False, TABLE), (True, TROUBLED))
    for first, row in table.items()
    for second, comes in zip(EVERY, row, strict=True)
]


def came_to(verdict, play, *, fault=False):
    """What one play came to."""
    wrong = {"expected": "this"} if verdict in {"FAIL", "WARN"} else {}
    got = "" if verdict == "PASS" else f"that of the {play}"
    return Judgement(Verdict(verdict), got=got, evidence=[["crud", play]], suite_fault=fault, **wrong)


@pytest.mark.parametrize(("first", "second", "troubled", "comes"), CELLS)
def test_each_pair_of_verdicts_comes_to_one(first, second, troubled, comes):
    """The table in the docstring of ``weigh``, cell by cell."""
    found = weigh(came_to(first, "first"), came_to(second, "second"), troubled=troubled)

    assert found.verdict == ("WARN" if comes == "both" else comes)
    if comes == "both":
        assert all(one in found.got for one in (first, second, "beside other journeys", "again alone"))
        assert found.evidence == [["crud", "first"], ["crud", "second"]]


@pytest.mark.parametrize("faulty", ["first", "second", "both"])
@pytest.mark.parametrize("verdict", EVERY)
def test_a_fault_of_the_suite_is_told_whichever_play_met_it(faulty, verdict):
    """It must not hide behind what the other play came to."""
    plays = {
        play: came_to("ERROR", play, fault=True) if faulty in {play, "both"} else came_to(verdict, play)
        for play in ("first", "second")
    }

    found = weigh(plays["first"], plays["second"], troubled=True)

    assert found.suite_fault
    assert found.got == f"that of the {'first' if faulty == 'first' else 'second'}"


def test_what_fails_twice_in_two_ways_tells_both():
    """The first was stored, and the second refused as taken: the 409 alone would mislead."""
    first, second = (Judgement(Verdict.FAIL, expected="HTTP 400", got=got) for got in ("HTTP 201", "HTTP 409"))

    found = weigh(first, second, troubled=False)

    assert (found.verdict, found.expected) == ("FAIL", "HTTP 400")
    assert found.got == "HTTP 409 (played again alone; beside other journeys: HTTP 201)"


def test_names_and_ids_make_no_difference():
    """Each play has users of its own."""
    texts = ["scimconf-ab12cd-crud-1 as 0f6a1c9e-22", "scimconf-ab12cd-crud-r-1 as 9c81d2ff-01"]
    first, second = (Judgement(Verdict.FAIL, expected="another", got=text) for text in texts)

    assert weigh(first, second, troubled=False) == second


def exchange(status=200, **more):
    """A read of a list."""
    return Exchange("GET", "https://a.example/Users", **({"status": status, "body": "{}"} | more))


def twice(first, second, *, trouble=()):
    """A recording of the journey ``connect``, played twice; the exchanges are of its step ``users``."""
    plays = [Played("connect", steps={"users": Step("users", [one])} if one else {}) for one in (first, second)]
    if trouble:
        for play in plays if plays[1].steps else plays[:1]:
            play.trouble, play.trouble_steps = "HTTP 500 at step 'users' beside other journeys", list(trouble)
    if not plays[1].steps:
        plays[1].stopped_at = "create"
        plays[1].steps["create"] = Step("create", [exchange(409)])
    plays[1].first = plays[0]
    return Recording({}, {"connect": plays[1]})


def answered_well(connect):
    """Judge the status."""
    status = connect["users"].exchange.status
    if status != 200:
        raise Failure("HTTP 200", f"HTTP {status}", kind=Kind.STATUS, subject=str(status))


def verdict_of(recording):
    """Judge a recording by its status."""
    return judge(Check("made-up", answered_well, (MUST,), "rfc"), "", recording)


LOST = exchange(None, error="timeout", error_detail="timed out")


@pytest.mark.parametrize(
    ("first", "second", "trouble", "verdict", "told"),
    [
        (exchange(201), exchange(200), [], "WARN", "got HTTP 201) beside other journeys; PASS when"),
        (exchange(200), exchange(409), [], "WARN", "PASS beside other journeys; FAIL (expected HTTP 200, got HTTP 409"),
        (exchange(500), exchange(200), ["users"], "WARN", "HTTP 500 at step 'users' beside other journeys; well when"),
        (LOST, exchange(200), ["users"], "WARN", "beside other journeys; well when the journey was played alone"),
        (exchange(200), LOST, [], "PASS", ""),
        (exchange(201), LOST, [], "FAIL", "HTTP 201"),
        (LOST, exchange(409), ["users"], "FAIL", "HTTP 409"),
        (LOST, LOST, [], "ERROR", "timed out"),
        (exchange(201), None, [], "FAIL", "HTTP 201"),
        (exchange(500), None, ["users"], "BLOCKED", "stopped at its step 'create'"),
        (exchange(200), None, [], "PASS", ""),
    ],
)
def test_a_recording_of_two_plays_is_judged_by_both(first, second, trouble, verdict, told):
    """The first play is looked at as well, and so it is after a look through a file."""
    made = twice(first, second, trouble=trouble)
    found = verdict_of(made)

    assert (found.verdict, found.suite_fault) == (verdict, False)
    assert told in found.got
    lines = [json.loads(json.dumps(played.to_json())) for played in made.journeys.values()]
    header = {"requests": 2, "retries": 0, "unanswered": {}, "seconds": 0}
    assert verdict_of(merge([header], lines)) == found


def test_a_recording_of_single_plays_is_as_it_was(tmp_path):
    """What an earlier version wrote is read, and what was played once is written as ever."""
    path = tmp_path / "recording.jsonl"
    Recording({}, {"connect": Played("connect", steps={"users": Step("users", [exchange()])})}).save(path)

    assert "first" not in json.loads(path.read_text().splitlines()[1])
    assert load_recording(path).journeys["connect"].first is None


def stored_at_first(call, serve):
    """A list instead of a user is taken once and refused as taken later; beside others, one path fails once."""
    seen = call.memory.setdefault("seen", set())
    odd = (call.method, call.path, call.body == [])
    first = odd not in seen
    seen.add(odd)
    if call.method == "POST" and call.body == []:
        return Answer(201, {}, {}) if first else error(call.memory["later"])
    return error(500) if call.path == "/NoSuchEndpoint" and first else serve(call)


@pytest.mark.parametrize(("later", "told"), [(400, "HTTP 201 ({})) beside"), (409, "HTTP 409 (no) (played again")])
def test_an_endpoint_that_answers_otherwise_at_first_is_found_out(tmp_path, later, told):
    """The 201 is told although the second play met no such thing; ``judge`` says the same, and the page shows both."""

    def behaviour(call, serve):
        call.memory["later"] = later
        return stored_at_first(call, serve)

    checks = ("error-array", "error-unknown-endpoint", "error-empty-body", "filter-eq")
    run_files(tmp_path / "live", behaviour, only=checks, concurrency=4)
    results = json.loads((tmp_path / "live" / "results.json").read_text())
    rows = {row["check"]: row for row in results["checks"]}
    row = rows["error-array"]

    assert row["verdict"] == "WARN"
    assert "HTTP 201" in row["got"]
    assert told in row["got"]
    assert [(one["journey"], one["status"]) for one in row["exchanges"]] == [
        ("errors (first play)", 201),
        ("errors", later),
    ]
    assert "first play, array" in exchanges(Row.from_json(row))
    assert [rows[check]["verdict"] for check in checks[1:]] == ["WARN", "PASS", "PASS"]
    assert "HTTP 500 at step 'unknown-endpoint' beside other journeys" in rows["error-unknown-endpoint"]["got"]
    assert {one["journey"] for one in results["timing"]["by_journey"]} >= {"errors", "errors (first play)"}

    run_judge(tmp_path / "live" / "recording.jsonl", tmp_path / "again")
    again = json.loads((tmp_path / "again" / "results.json").read_text())
    assert again["checks"] == results["checks"]


class _Busy(Played):
    """A journey while which is looked at another one ends."""

    def __getattribute__(self, name):
        if name in {"first", "not_offered"}:
            RUNNING.add(Played(f"journey-{len(RUNNING.journeys)}"))
        return super().__getattribute__(name)


RUNNING = Recording()


@pytest.mark.parametrize("look", ["plays", "before", "cut", "requests"])
def test_what_ends_meanwhile_disturbs_nobody(look):
    """Checks are judged while other journeys are played, by other threads."""
    RUNNING.journeys.clear()
    RUNNING.add(_Busy("connect"))

    getattr(RUNNING, look)
    assert len(RUNNING.journeys) > 1
