"""The gate opens and shuts for the right reasons, and a baseline only ever shrinks."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date

import pytest

from conformance.reporting import first, gate, github, junit, rail
from conformance.reporting.model import Gate, Timing
from conformance.reporting.results import Exit, build, unjudged
from conformance.reporting.results_file import BadFile, read_results
from conformance.reporting.run_header import RunHeader
from conformance.reporting.terminal import summary
from tests import typed

TODAY = date(2026, 11, 22)


def row(identifier="user-disable[legacy]", verdict="FAIL", **more):
    """A row of results with what the gate looks at."""
    return typed.row(identifier, verdict=verdict, **more)


def results(*rows, **more):
    """Results that hold these rows."""
    return typed.results(*rows, **more)


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

    with pytest.raises(BadFile, match=complaint):
        gate.read_baseline(path, ["x"])


def test_a_missing_baseline_is_told_by_name(tmp_path):
    """The sentence names the file."""
    with pytest.raises(BadFile, match=r"none\.toml"):
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

    with pytest.raises(BadFile, match=r"not a results\.json"):
        read_results(path)


# --- nothing judged, and a bad connection ------------------------------------------------------------------------

DIAGNOSIS = {
    "ok": True, "layer": "none", "cause": "fine", "sentence": "Everything is fine from here.", "portal_code": None,
    "portal_message": None, "who": "vendor", "fix": "Nothing.", "curl": "curl", "steps": [],
}  # fmt: skip
BAD = {"ok": False, "cause": "filter-refused", "layer": "scim", "sentence": "The filter is refused.", "fix": "Take it."}


def whole(*rows, diagnosis=None, expected=None):
    """Results as a run has them, with their gate."""
    header = {
        "url": "https://scim.example.com", "started": "2026-11-22T08:00:00+00:00", "seconds": 1, "requests": 3,
        "diagnosis": diagnosis,
    }  # fmt: skip
    rows = [row(**one) for one in rows]
    names = expected or {one.profile for one in rows}
    ids = {name: {one.id: "MUST" for one in rows if one.profile == name} for name in sorted(names)}
    known = RunHeader.from_json(header | {"expected": ids})
    made = build(rows, known, complete=True, spent=Timing())
    return replace(made, gate=gate.decide(made, today=TODAY).as_told())


def one(identifier, verdict, profile="entra"):
    """A row of a profile."""
    return {"identifier": identifier, "verdict": verdict, "profile": profile}


def everywhere(results):
    """What terminal, badge, job summary, page and junit say."""
    stream = io.StringIO()
    summary(results, None, stream)
    said = {"terminal": stream.getvalue(), "badge": gate.badge(results)["message"], "summary": github.summary(results)}
    return said | {"annotation": "\n".join(github.annotated(results)), "page": first.screen(results),
                   "junit": junit.render(results)}  # fmt: skip


@pytest.mark.parametrize("verdict", ["N/A", "BLOCKED", "ERROR"])
def test_a_profile_of_which_nothing_was_judged_is_exit_2_and_named(verdict):
    """However well the others did; every form of the results says so, and none calls it conformant."""
    made = whole(one("user-a", "PASS"), one("gallery-a", verdict, "gallery"), one("gallery-b", "N/A", "gallery"))
    said = everywhere(made)

    assert made.gate == Gate(exit=Exit.USER_ERROR, reasons=["gallery: nothing could be judged"], tolerated=[])
    assert made.profiles["gallery"].headline == "partial"
    assert said["badge"] == "entra: conformant, gallery: partial"
    for form in ("terminal", "summary", "junit"):
        assert "gallery: nothing could be judged" in said[form], form
    assert any(f"could {word}be judged" in said["page"] for word in ("", "not "))


@pytest.mark.parametrize("verdict", ["PASS", "WARN", "INFO"])
def test_one_verdict_is_enough_to_have_judged(verdict):
    """A profile with one check that was judged and nine that do not apply is no mistake of the command."""
    made = whole(one("user-a", verdict), *(one(f"user-{n}", "N/A") for n in range(9)))

    assert (made.gate.exit, made.gate.reasons) == (Exit.CONFORMANT, [])


def test_a_profile_that_a_selection_left_out_is_no_mistake():
    """With -k or --only nobody asked for it."""
    made = whole(one("user-a", "PASS"))
    made.profiles["rfc"] = replace(made.profiles["entra"], counts={}, not_judged=["x"], headline="partial")

    assert gate.decide(made, today=TODAY).exit == Exit.CONFORMANT
    assert unjudged(made) == []


def test_nothing_is_conformant_whose_connection_is_diagnosed_as_bad():
    """Headline, exit code, badge, rail and all forms agree with the diagnosis, whatever the chosen checks look at."""
    made = whole(one("gallery-user-create", "PASS", "gallery"), diagnosis=DIAGNOSIS | BAD)
    said = everywhere(made)
    states = {stage.name: stage.state for stage in rail.stages(made)}

    assert made.profiles["gallery"].headline == "partial"
    assert (made.gate.exit, made.gate.reasons) == (1, ["the connection: The filter is refused."])
    assert (states["match"], states["create"]) == ("fails", "works")
    assert {form for form, text in said.items() if "The filter is refused." not in text} == {"badge"}
    assert not any("conformant" in text.replace("SCIM conformance", "").lower() for text in said.values())
    assert "Nothing to fix" not in said["page"]


def test_a_bad_connection_that_checks_tell_of_leaves_the_gate_to_them():
    """A baseline that tolerates their failures still opens it."""
    made = whole(one("match-a", "FAIL"), diagnosis=DIAGNOSIS | BAD)
    known = [gate.Tolerated("match-a", "known")]

    assert gate.decide(made, baseline=known, today=TODAY).exit == Exit.CONFORMANT
    assert gate.decide(made, today=TODAY).reasons == ["match-a: expected a, got b"]


def test_a_first_look_up_that_was_put_off_is_no_fault():
    """A 429 makes the headline partial, and does not shut the gate."""
    made = whole(one("match-a", "PASS"), diagnosis=DIAGNOSIS | BAD | {"layer": "http", "cause": "http-429"})

    assert (made.profiles["entra"].headline, made.gate.exit) == ("partial", 0)


def test_a_good_connection_changes_nothing():
    """A diagnosis that found nothing bad leaves headline and rail as they are."""
    made = whole(one("match-a", "PASS"), diagnosis=DIAGNOSIS)

    assert (made.profiles["entra"].headline, made.gate.exit) == ("conformant", 0)
    assert {stage.name: stage.state for stage in rail.stages(made)}["match"] == "works"


@pytest.mark.parametrize(("cause", "stage"), [("filter-loose", "match"), ("not-json", "connect")])
def test_the_rail_shows_the_stage_that_the_diagnosis_is_about(cause, stage):
    """A look-up that goes wrong is no tick at match; what is no answer at all is none at connect."""
    made = whole(one("match-a", "PASS"), one("connect-a", "PASS"), diagnosis=DIAGNOSIS | BAD | {"cause": cause})
    states = {found.name: found.state for found in rail.stages(made)}

    assert [name for name in ("connect", "match") if states[name] == "fails"] == [stage]
