"""What the checks of a load make of its figures, without sending anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.judge.check import CHECKS
from conformance.judge.check import load as load_checks
from conformance.judge.judging import judge
from conformance.load import evidence as kinds
from conformance.load.answer import Answer
from conformance.load.evidence import REASONS, Evidence
from conformance.load.figures import Figures, Tally, bucket_of
from conformance.load.outcome import LATE, at_rate, growth, played, shortfall, steps
from conformance.load.plan import Plan, Stage
from conformance.recording import Recording
from conformance.reporting.model import Row, Timing
from conformance.reporting.results import build, fix_first
from conformance.reporting.run_header import RunHeader
from conformance.run.session import explain
from conformance.scim.exchange import Exchange
from tests.test_verdicts import answered

load_checks()
LOADS = [item for item in CHECKS.values() if item.verb == "load"]
OF_THE_RATE = ("load-rate", "load-throttle", "load-errors")
FOUND = {
    "groups": 2, "members": 9, "unread": 0, "lost": 0, "extra": 0, "twice": 0, "differences": [], "users": 5,
    "absent": [], "doubled": [], "mixed": [], "changes": 3, "stale": [],
}  # fmt: skip


def plan_of(*stages):
    """A plan of stages, each a rate and seconds."""
    made = tuple(Stage(rate, seconds) for rate, seconds in stages)
    return Plan("http://127.0.0.1:9", "initial", made, ("legacy",), None, 1, 1, None)


def outcome_of(
    plan, *, status="200", share=1.0, lag=0.0, found=None, counts=None, prepared=True, shown=(), reasons=None
):
    """What load processes write: so much of each stage answered with that status, the rest well and in time."""
    figures = Figures()
    for number, stage in enumerate(plan.stages):
        for count in range(int((stage.rate or 30) * stage.seconds)):
            odd = status != "200" and count % 10 == 0
            ok = not odd
            cell = ("match user", number, int(count / (stage.rate or 30)))
            timely = count < share * (stage.rate or 30) * stage.seconds
            figures.add(cell, 0.01, status if odd else "200", ok=ok, timely=timely)
            figures.due[number] += stage.rate is not None
            figures.lag[bucket_of(lag)] += 1
    sample = answered().to_json()
    rows = {kinds.SAMPLE: [sample], **{kind: [answered(201, method="POST").to_json()] for kind in shown}}
    result = {"crash": "", "ended": "", "found": FOUND | (found or {})}
    return {
        "figures": figures.to_json(), "evidence": rows,
        "counts": {kinds.CREATED: 20} | (counts or {}), "reasons": reasons or {},
        "hands": [{"name": "worker-1", "lost": False, "requests": 1, "result": result}], "prepared": prepared,
    }  # fmt: skip


def judged(outcome, plan):
    """Rows of all checks of a load, by id."""
    recording = Recording({"url": "http://127.0.0.1:9", "prefix": "scimconf-x"})
    recording.add(played(outcome, plan))
    return {item.id: explain(item, "", judge(item, "", recording), recording) for item in LOADS}


def verdicts(plan, **odd):
    """Verdicts by id."""
    return {name: row["verdict"] for name, row in judged(outcome_of(plan, **odd), plan).items()}


@pytest.mark.parametrize(
    "stages",
    [
        [(10.0, 60.0)], [(24.9, 600.0)], [(25.0, 29.9)], [(25.0, 15.0), (24.0, 600.0)], [(5.0, 30.0), (10.0, 30.0)],
    ],
)  # fmt: skip
def test_below_the_gallery_s_rate_or_time_nothing_passes_of_it(stages):
    """What was seen is told as a figure, and the run says what was not asked for."""
    plan = plan_of(*stages)
    rows = judged(outcome_of(plan), plan)

    assert {rows[name]["verdict"] for name in OF_THE_RATE} == {"INFO"}
    assert all("25 a second for 30 s were not asked for" in rows[name]["got"] for name in OF_THE_RATE)
    assert f"at {stages[0][0]:g} a second" in rows["load-rate"]["got"]
    assert "25 requests a second were not asked for" in shortfall(outcome_of(plan), plan)


@pytest.mark.parametrize(
    "stages", [[(25.0, 30.0)], [(25.0, 15.0), (25.0, 15.0)], [(5.0, 30.0), (25.0, 30.0), (50.0, 30.0)]]
)
def test_at_the_gallery_s_rate_for_its_time_all_passes(stages):
    """In one piece or several, and whatever came beside."""
    plan = plan_of(*stages)

    assert {verdicts(plan)[name] for name in OF_THE_RATE} == {"PASS"}
    assert shortfall(outcome_of(plan), plan) == ""


@pytest.mark.parametrize(("seconds", "answered_at", "enough"), [(30.0, 30, True), (29.0, 30, False), (60.0, 24, False)])
def test_as_fast_as_it_goes_counts_by_what_it_came_to(seconds, answered_at, enough):
    """Nobody asked for a rate there: what was answered in time is what was carried."""
    plan, figures = plan_of((None, seconds)), Figures()
    for count in range(int(seconds * answered_at)):
        figures.add(("match user", 0, count // answered_at), 0.01, "200", ok=True, timely=True)

    assert at_rate(figures, plan) == (seconds if answered_at >= 25 else 0.0)
    assert (shortfall({"figures": figures.to_json()}, plan) == "") is enough


@pytest.mark.parametrize("stages", [[(10.0, 5.0)], [(25.0, 30.0)]])
def test_what_fails_at_a_lower_rate_fails(stages):
    """Errors, and answers that come too late, count at any rate that is demanded."""
    plan = plan_of(*stages)

    assert verdicts(plan, status="500")["load-errors"] == "FAIL"
    assert verdicts(plan, status="timeout")["load-errors"] == "FAIL"
    assert verdicts(plan, status="429")["load-errors"] != "FAIL"
    assert verdicts(plan, share=0.94)["load-rate"] == "FAIL"
    assert verdicts(plan, counts={kinds.SLOW: 1, kinds.THROTTLED: 1})["load-throttle"] == "FAIL"


def test_errors_are_told_by_their_reason():
    """Operation, status and first line of the answers, the most frequent first; a few of many."""
    evidence = Evidence()
    for name in ("a-1", "b-2"):
        answer = Answer(500, body=f'{{"detail": "database of scimconf-{name} is locked"}}'.encode())
        evidence.fail("create user", "500", answer.reason, lambda: answered(500))
    evidence.fail("add member", "timeout", "", lambda: Exchange("PATCH", "https://a.example", error="timeout"))
    for number in range(REASONS + 5):
        answer = Answer(502, body=f"<html>{'x' * number}\nat 12:31".encode())
        evidence.fail("replace", "502", answer.reason, lambda: answered(502))
    other = Evidence()
    other.merge(evidence.kept, evidence.counts, evidence.reasons)
    other.merge({}, {}, evidence.reasons)
    plan = plan_of((25.0, 30.0))
    row = judged(outcome_of(plan, status="500", reasons=other.reasons), plan)["load-errors"]

    assert other.counts["errors"] == REASONS + 8
    assert len(other.reasons) <= REASONS + 1
    assert sum(other.reasons.values()) == 2 * (REASONS + 8)
    assert row["got"].startswith("14 x HTTP 502 to replace; 4 x HTTP 500 to create user: database of … is locked; 2 x ")
    assert row["got"].endswith("more reasons")
    assert (row["kind"], row["subject"]) == ("status", "500")


def test_what_fails_beyond_the_demanded_rate_warns():
    """Nobody demands more than 25 a second."""
    plan = plan_of((50.0, 30.0))

    assert verdicts(plan, status="500")["load-errors"] == "WARN"
    assert verdicts(plan)["load-throttle"] == "N/A"
    assert verdicts(plan, share=0.9)["load-rate"] == "INFO"


def test_a_late_machine_is_blamed_itself():
    """What this machine could not send in time says nothing of the endpoint."""
    plan = plan_of((25.0, 30.0))

    assert verdicts(plan, share=0.5, lag=LATE * 1.2)["load-rate"] == "ERROR"
    assert verdicts(plan, share=0.5, lag=LATE * 0.8)["load-rate"] == "FAIL"


@pytest.mark.parametrize("prepared", [True, False])
def test_a_create_answered_with_somebody_else_s_resource_leads(prepared):
    """Whatever else goes wrong, also where the set-up did not come to its end; the answer is the evidence."""
    plan = plan_of((25.0, 30.0))
    wrong = {"lost": 3, "differences": ["team: 3 missing"], "absent": ["scimconf-x"], "stale": ["title"]}
    odd = {"counts": {kinds.CREATED: 17, kinds.FOREIGN: 14}, "shown": [kinds.FOREIGN, kinds.SET_UP]}
    rows = judged(outcome_of(plan, found=wrong, prepared=prepared, **odd), plan)
    first = fix_first(map(Row.from_json, rows.values()))[0]

    assert (first.id, first.verdict) == ("load-creates-own", "FAIL")
    assert first.got == "14 of 17 show another name, or no resource"
    assert [exchange.status for exchange in first.exchanges] == [201]


def test_a_user_with_another_id_than_was_answered_is_told():
    """The name was right, and the id somebody else's."""
    plan = plan_of((25.0, 30.0))
    odd = {"found": {"mixed": ["scimconf-x-4"]}, "counts": {kinds.FOREIGN: 1}, "shown": [kinds.FOREIGN]}
    row = judged(outcome_of(plan, **odd), plan)["load-creates-own"]

    assert (row["verdict"], row["got"]) == ("FAIL", "scimconf-x-4 have another id than was answered")


def test_without_a_create_nothing_is_said_of_creates():
    """A run in which none was answered well has nothing to compare."""
    plan = plan_of((25.0, 30.0))

    assert verdicts(plan, counts={kinds.CREATED: 0})["load-creates-own"] == "N/A"
    assert verdicts(plan)["load-creates-own"] == "PASS"


def test_a_load_that_asked_too_little_is_partial_and_judged_again_the_same():
    """The header says so; a FAIL is told all the same."""
    plan = plan_of((10.0, 5.0))
    expected = {"gallery": {item.id: "MUST" for item in LOADS}}
    for odd, headline in (({}, "partial"), ({"status": "500"}, "not conformant")):
        outcome = outcome_of(plan, **odd)
        header = {"partial": {"gallery": shortfall(outcome, plan)}}
        known = RunHeader.from_json(header | {"expected": expected})
        rows = map(Row.from_json, judged(outcome, plan).values())
        made = build(rows, known, complete=True, spent=Timing())
        assert made.profiles["gallery"].headline == headline


# --- figures, one by one ---------------------------------------------------------------------------------------


def test_a_tally_counts_what_is_well_and_what_is_in_time():
    """An error is never in time, and what came late is no error."""
    tally = Tally()
    for ok, timely in ((True, True), (True, False), (False, True), (False, False)):
        tally.add("200" if ok else "500", 0, ok=ok, timely=timely)

    assert (tally.requests, tally.errors, tally.timely) == (4, 2, 1)
    assert tally.statuses == {"200": 2, "500": 2}
    assert tally.to_json() == [4, 2, 1, {"200": 2, "500": 2}, {"0": 4}]


def test_tallies_add_up():
    """Every number of both."""
    one, other = Tally(3, 1, 2), Tally(5, 2, 1)
    one.statuses["200"], other.statuses["200"], other.statuses["500"] = 2, 3, 2
    one.latencies[7], other.latencies[7], other.latencies[8] = 1, 2, 3
    one.merge(other)

    assert one == Tally(8, 3, 3, one.statuses, one.latencies)
    assert (one.statuses, one.latencies) == ({"200": 5, "500": 2}, {7: 3, 8: 3})
    assert Tally.from_json(one.to_json()) == one


def test_percentiles_are_of_the_share_and_no_other():
    """Of 100 requests the 50th, the 95th and the 99th; of none nothing."""
    tally = Tally()
    for seconds, count in ((0.01, 50), (0.1, 45), (1.0, 4), (10.0, 1)):
        tally.latencies[bucket_of(seconds)] += count

    assert tally.percentiles() == {"p50": 0.01, "p95": 0.1, "p99": 1.0}
    assert tally.percentile(1.0) == 10.0
    assert tally.percentile(0.501) == 0.1
    assert Tally().percentile(0.5) == 0.0


def test_a_latency_of_nothing_has_a_bucket_too():
    """A clock that did not move is no error of arithmetic."""
    assert bucket_of(0.0) == bucket_of(1e-5) == -250
    assert bucket_of(1.0) == 0
    assert bucket_of(0.1) == -50


def test_figures_are_told_apart_by_operation_stage_and_second():
    """And merge by each of the three."""
    figures = Figures()
    for cell, count in ((("a", 0, 0), 1), (("a", 1, 3), 2), (("b", 1, 3), 4)):
        for _ in range(count):
            figures.add(cell, 0.01, "200", ok=True, timely=True)

    assert {name: tally.requests for name, tally in figures.operations.items()} == {"a": 3, "b": 4}
    assert {number: tally.requests for number, tally in figures.stages.items()} == {0: 1, 1: 6}
    assert {second: tally.requests for second, tally in figures.seconds.items()} == {0: 1, 3: 6}
    assert (figures.total.requests, Figures().total.requests) == (7, 0)
    assert [point["requests"] for point in figures.series(1)] == [1, 0, 0, 6]
    assert [point["t"] for point in figures.series(3)] == [0, 3]
    assert Figures().series(1) == []


def test_figures_of_two_workers_add_up_whatever_they_count():
    """What was due, what was not sent, and how late the machine was, as well as the cells."""
    one, other = Figures(), Figures()
    other.add(("a", 0, 0), 0.01, "500", ok=False, timely=False)
    for figures, number in ((one, 1), (other, 2)):
        figures.due[0] += number
        figures.unsent[0] += 10 * number
        figures.lag[bucket_of(0.3)] += number
    one.merge(Figures.from_json(other.to_json()))

    assert (one.due[0], one.unsent[0], one.lag.total()) == (3, 30, 3)
    assert one.total.errors == 1
    assert one.late(0.99) == pytest.approx(0.3, rel=0.03)


def test_the_steps_of_a_ramp_are_counted_each_by_itself():
    """What was due, and what came in time, of each rate; as fast as it goes is no step."""
    plan = plan_of((10.0, 2.0), (None, 5.0), (20.0, 1.0))
    rows = steps(Figures.from_json(outcome_of(plan, status="500")["figures"]), plan)

    assert [(row["rate_wanted"], row["seconds"], row["due"], row["timely"], row["errors"]) for row in rows] == [
        (10.0, 2.0, 20, 18, 2), (20.0, 1.0, 20, 18, 2),
    ]  # fmt: skip


def test_growth_is_of_the_first_and_the_last_third():
    """At one constant rate only."""
    figures, plan = Figures(), plan_of((1.0, 9.0))
    for second, latency in enumerate((0.01,) * 3 + (1.0,) * 3 + (0.1,) * 3):
        figures.add(("a", 0, second), latency, "200", ok=True, timely=True)

    assert growth(figures, plan) == [0.01, 0.1]
    assert growth(figures, replace(plan, stages=(*plan.stages, Stage(2.0, 9.0)))) == []
    assert growth(figures, plan_of((None, 9.0))) == []
