"""The verbs around the gate, on results of real runs."""

from __future__ import annotations

import json

import pytest

from conformance.commands import main as cli
from conformance.reporting.results import Exit
from tests.faults.layer import FAULTS, load
from tests.runs import run_files

load()
CHECK = "user-disable-accepted"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Results of one check that passes."""
    folder = tmp_path_factory.mktemp("good")
    assert run_files(folder, only=[CHECK]) == Exit.CONFORMANT
    return folder / "results.json"


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """Results of the same check when it fails."""
    folder = tmp_path_factory.mktemp("bad")
    assert run_files(folder, FAULTS["disable-refused"].behaviour, only=[CHECK]) == Exit.ENDPOINT_FAILS
    return folder / "results.json"


def test_a_written_baseline_opens_the_gate(tmp_path, bad):
    """What ``baseline --write`` wrote tolerates the failures of the run it came from."""
    baseline = tmp_path / "baseline.toml"
    assert cli.main(["baseline", str(bad), "--write", str(baseline)]) == 0

    code = run_files(tmp_path, FAULTS["disable-refused"].behaviour, only=[CHECK], baseline=str(baseline))

    assert code == Exit.CONFORMANT
    assert json.loads((tmp_path / "results.json").read_text())["gate"]["tolerated"]


def test_a_stale_baseline_shuts_the_gate(tmp_path, bad):
    """Once the endpoint is mended, the entry has to go."""
    baseline = tmp_path / "baseline.toml"
    cli.main(["baseline", str(bad), "--write", str(baseline)])

    assert run_files(tmp_path, only=[CHECK], baseline=str(baseline)) == Exit.ENDPOINT_FAILS


def test_a_baseline_is_not_overwritten(tmp_path, bad, capsys):
    """Reasons written by hand are not lost."""
    baseline = tmp_path / "baseline.toml"
    baseline.write_text("# mine")

    assert cli.main(["baseline", str(bad), "--write", str(baseline)]) == Exit.USER_ERROR
    assert "exists" in capsys.readouterr().err


def test_compare_tells_a_regression(good, bad, capsys):
    """A check that got worse gives exit code 1, and is named."""
    assert cli.main(["compare", str(good), str(bad)]) == 1
    assert f"worse   {CHECK}[legacy]: PASS -> FAIL" in capsys.readouterr().out


def test_compare_tells_progress(good, bad, capsys):
    """A check that was mended is no regression."""
    assert cli.main(["compare", str(bad), str(good)]) == 0
    assert f"better  {CHECK}[legacy]: FAIL -> PASS" in capsys.readouterr().out


def test_badge_is_an_endpoint_of_shields(bad, capsys):
    """The badge has the members that shields.io asks for."""
    assert cli.main(["badge", str(bad)]) == 0
    badge = json.loads(capsys.readouterr().out)
    assert (badge["schemaVersion"], badge["label"], badge["color"]) == (1, "SCIM", "red")


def test_headline_is_one_line(bad, capsys):
    """The headline names the profile."""
    assert cli.main(["headline", str(bad)]) == 0
    assert capsys.readouterr().out == "entra is not conformant\n"


def test_share_names_no_host(bad, capsys):
    """What is printed can be mailed, and still is JSON that tells the same verdicts."""
    assert cli.main(["share", str(bad)]) == 0
    text = capsys.readouterr().out
    assert "127.0.0.1" not in text
    assert "@example.com" not in text
    assert json.loads(text)["checks"][0]["verdict"] == "FAIL"


@pytest.mark.parametrize("verb", ["baseline", "badge", "headline", "share"])
def test_a_missing_results_file_is_a_users_mistake(verb, tmp_path, capsys):
    """Exit code 2 and the file's name."""
    assert cli.main([verb, str(tmp_path / "none.json")]) == Exit.USER_ERROR
    assert "none.json" in capsys.readouterr().err


def test_a_baseline_that_cannot_be_used_stops_the_run_before_anything_is_sent(tmp_path, capsys):
    """Nobody waits for a run to learn of a typing error."""
    baseline = tmp_path / "baseline.toml"
    baseline.write_text("[[tolerated]]\nid = 'no-such-check'\nreason = 'r'\n")

    code = cli.main(["run", "--url", "http://127.0.0.1:9/x", "--baseline", str(baseline), "--reports", str(tmp_path)])

    assert code == Exit.USER_ERROR
    assert "no-such-check" in capsys.readouterr().err
