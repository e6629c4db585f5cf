"""The gate opens and shuts for the right reasons, and a baseline only ever shrinks."""

from __future__ import annotations

import json
from datetime import date

import pytest

from conformance.reporting import gate
from conformance.reporting.results import Exit

TODAY = date(2026, 11, 22)


def row(identifier="user-disable[legacy]", verdict="FAIL", **more):
    """A row of results with what the gate looks at."""
    base = {
        "id": identifier, "check": identifier.partition("[")[0], "verdict": verdict, "profile": "entra",
        "level": "MUST", "consequence": "none", "order": 0, "expected": "a", "got": "b", "title": "T",
        "suite_fault": False,
    }  # fmt: skip
    return base | more


def results(*rows, **more):
    """Results that hold these rows."""
    return {"checks": list(rows), "profiles": {}, "faults": []} | more


def decide(*rows, **options):
    """The gate's decision on these rows today."""
    return gate.decide(results(*rows), today=TODAY, **options)


def test_a_failure_shuts_the_gate_and_says_why():
    """A FAIL gives exit 1 and names the check."""
    decision = decide(row())

    assert (decision.exit, decision.reasons) == (Exit.ENDPOINT_FAILS, ["user-disable[legacy]: expected a, got b"])


@pytest.mark.parametrize(
    ("fail_on", "verdict", "expected"),
    [
        ("must", "WARN", Exit.CONFORMANT),
        ("should", "WARN", Exit.ENDPOINT_FAILS),
        ("never", "FAIL", Exit.CONFORMANT),
        ("must", "PASS", Exit.CONFORMANT),
        ("must", "ERROR", Exit.USER_ERROR),
        ("must", "N/A", Exit.USER_ERROR),
    ],
)
def test_fail_on_says_what_shuts_the_gate(fail_on, verdict, expected):
    """Each level of --fail-on shuts the gate for its own verdicts."""
    assert expected == decide(row(verdict=verdict), fail_on=fail_on).exit


def test_the_suites_own_fault_is_exit_3():
    """A crash of the suite is never the endpoint's failure."""
    assert decide(row(verdict="ERROR", suite_fault=True), row("x", "PASS")).exit == Exit.SUITE_FAULT


def test_the_suites_own_fault_is_exit_3_beside_failures_too():
    """What a suite that is at fault has found may be its own doing."""
    known = {"fail_on": "should", "require": ["nothing"]}

    assert decide(row(), row("x", "ERROR", suite_fault=True), **known).exit == Exit.SUITE_FAULT
    assert gate.decide(results(row(), faults=["crash"]), today=TODAY).exit == Exit.SUITE_FAULT


def test_what_was_cut_short_has_not_passed():
    """A run of which something was not played lets no release pass, unless nothing shuts the gate."""
    cut = results(row(verdict="PASS"), complete=False)

    assert gate.decide(cut, today=TODAY).exit == Exit.ENDPOINT_FAILS
    assert gate.decide(cut, fail_on="never", today=TODAY).exit == Exit.CONFORMANT


def test_a_network_error_among_passes_shuts_the_gate():
    """An endpoint that did not answer one check has not passed."""
    assert decide(row(verdict="ERROR"), row("x", "PASS")).exit == Exit.ENDPOINT_FAILS


def test_a_known_failure_is_tolerated():
    """A baseline entry without dialect tolerates both."""
    decision = decide(row(), baseline=[gate.Tolerated("user-disable", "known")])

    assert (decision.exit, decision.tolerated) == (Exit.CONFORMANT, ["user-disable[legacy]"])


def test_a_stale_entry_shuts_the_gate():
    """What passes again has to leave the baseline."""
    decision = decide(row(verdict="PASS"), baseline=[gate.Tolerated("user-disable", "known")])

    assert decision.exit == Exit.ENDPOINT_FAILS
    assert "passes again" in decision.reasons[0]


def test_an_expired_entry_shuts_the_gate():
    """After its last day an entry tolerates nothing."""
    entry = gate.Tolerated("user-disable", "known", expires=date(2026, 11, 21))

    assert "expired on 2026-11-21" in decide(row(), baseline=[entry]).reasons[0]


def test_an_entry_holds_on_its_last_day():
    """The last day counts."""
    entry = gate.Tolerated("user-disable", "known", expires=TODAY)

    assert decide(row(), baseline=[entry]).exit == Exit.CONFORMANT


@pytest.mark.parametrize("verdict", ["N/A", "WARN", "INFO", "BLOCKED"])
def test_a_required_check_has_to_pass(verdict):
    """Not offered or warned of is not enough for --require."""
    decision = decide(row(verdict=verdict), row("x", "PASS"), require=["user-disable"])

    assert [f"user-disable[legacy]: is required, and is {verdict}"] == decision.reasons


def test_a_required_check_that_was_not_judged_shuts_the_gate():
    """A check that did not run cannot have passed."""
    assert decide(row("x", "PASS"), require=["y"]).reasons == ["y: is required, and was not judged"]


def test_a_written_baseline_can_be_read_back(tmp_path):
    """What ``baseline --write`` makes tolerates just the failures there were."""
    path = tmp_path / "baseline.toml"
    path.write_text(gate.write_baseline(results(row(), row("x", "WARN"))))

    assert [e.id for e in gate.read_baseline(path, ["user-disable[legacy]", "x"])] == ["user-disable[legacy]"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[tolerated]]\nid = 'x'\n", "lacks an id or a reason"),
        ("[[tolerated]]\nid = 'gone'\nreason = 'r'\n", "no check"),
        ("[[tolerated]]\nid = 'x'\nreason = 'r'\nexpires = 'soon'\n", "write a date"),
        ("[[tolerated]]\nid = 'x'\nreason = 'r'\nuntil = 'soon'\n", "unknown key 'until'"),
        ("tolerated = [", "not TOML"),
    ],
)
def test_a_bad_baseline_is_one_clear_sentence(tmp_path, text, complaint):
    """Each mistake in a baseline has its own sentence."""
    path = tmp_path / "baseline.toml"
    path.write_text(text)

    with pytest.raises(gate.BadFile, match=complaint):
        gate.read_baseline(path, ["x"])


def test_a_missing_baseline_is_told_by_name(tmp_path):
    """The sentence names the file."""
    with pytest.raises(gate.BadFile, match=r"none\.toml"):
        gate.read_baseline(tmp_path / "none.toml", [])


def test_a_comparison_tells_what_got_worse_and_what_was_mended():
    """Regressions, progress and new checks are told apart."""
    old = results(row("a", "PASS"), row("b", "FAIL"), row("c", "PASS"), row("d", "WARN"))
    new = results(row("a", "FAIL"), row("b", "PASS"), row("d", "WARN"), row("e", "PASS"))

    found = gate.compare(old, new)

    assert found.worse == [("a", "PASS", "FAIL"), ("c", "PASS", "not judged")]
    assert (found.better, found.added) == ([("b", "FAIL", "PASS")], ["e"])


@pytest.mark.parametrize(
    ("headlines", "colour"),
    [(["conformant"], "brightgreen"), (["conformant", "partial"], "yellow"), (["partial", "not conformant"], "red")],
)
def test_the_badge_shows_the_worst_headline(headlines, colour):
    """One red profile makes the badge red."""
    profiles = {str(n): {"headline": headline} for n, headline in enumerate(headlines)}

    assert colour == gate.badge(results(profiles=profiles))["color"]


def test_what_is_no_results_file_is_refused(tmp_path):
    """A file of another kind is a user's mistake, told in one sentence."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"checks": 1}))

    with pytest.raises(gate.BadFile, match=r"not a results\.json"):
        gate.read_results(path)
