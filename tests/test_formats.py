"""A results file says its format: what can be read of it is read, of an older version and of a newer one."""

from __future__ import annotations

import json

import pytest

from conformance.commands import main as cli
from conformance.reporting.model import FORMAT, Results
from conformance.reporting.results_file import BadFile, read_results
from tests.faults.layer import FAULTS, load
from tests.runs import run_files

load()

SINCE_THEN = {"format"}
"""Members of the whole that version 0.1.0 did not write."""

OF_ROWS_SINCE_THEN = {"kind", "subject"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The results of a run that found something, as they stand in their file."""
    folder = tmp_path_factory.mktemp("run")
    run_files(folder, FAULTS["disable-refused"].behaviour, only=["user-disable-accepted", "connect-users-answered"])
    return json.loads((folder / "results.json").read_text())


def of_0_1_0(results):
    """The same file as version 0.1.0 wrote it."""
    rows = [{name: row[name] for name in row if name not in OF_ROWS_SINCE_THEN} for row in results["checks"]]
    return {name: results[name] for name in results if name not in SINCE_THEN} | {"checks": rows}


MAPS = {"profiles", "counts", "levels", "features", "unanswered"}
"""Members that map any name to the same kind of thing, and are no objects with members of their own."""


def of_a_newer_minor_format(value, name=""):
    """The same file with a member more in each object, whose name and value nobody knows yet."""
    if isinstance(value, list):
        return [of_a_newer_minor_format(one) for one in value]
    if not isinstance(value, dict):
        return value
    more = {key: of_a_newer_minor_format(one, key) for key, one in value.items()}
    return more if name in MAPS else more | {"new": {"in": ["1.7"]}}


def verdicts(results):
    """What the file says, in brief."""
    return {row.id: (row.verdict, row.expected, row.got) for row in results.checks}


def run_every_reader(path, folder, capsys):
    """The exit codes of all the verbs that read a results file, and what they printed."""
    text = str(path)
    codes = [
        cli.main(arguments)
        for arguments in (
            ["report", text, "--output", str(folder / "page.html")],
            ["report", text, "--share", "--output", str(folder / "shared.html")],
            ["report", text, text, "--output", str(folder / "both.html")],
            ["compare", text, text],
            ["baseline", text],
            ["share", text],
            ["badge", text],
            ["headline", text],
        )
    ]
    said = capsys.readouterr()
    return codes, said.out, said.err


def test_a_run_writes_its_format(written):
    """As major.minor."""
    assert written["format"] == FORMAT


@pytest.mark.parametrize("change", [lambda results: results, of_0_1_0, of_a_newer_minor_format])
def test_what_can_be_read_is_read_by_every_verb(written, tmp_path, capsys, change):
    """Today's file, one of version 0.1.0, and one of a newer minor format tell the same."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(change(written)))
    codes, out, err = run_every_reader(path, tmp_path, capsys)

    assert (codes, err) == ([0] * 8, "")
    assert "entra is not conformant" in out
    assert 'id = "user-disable-accepted[legacy]"' in out
    assert verdicts(read_results(path)) == verdicts(Results.from_json(written))
    assert "user-disable-accepted" in (tmp_path / "shared.html").read_text()


def test_a_newer_minor_format_is_read(written, tmp_path):
    """It has members more, and means the same by those that are known."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(of_a_newer_minor_format(written) | {"format": "1.42"}))

    assert verdicts(read_results(path)) == verdicts(Results.from_json(written))


def test_another_major_format_is_refused_by_every_verb(written, tmp_path, capsys):
    """One sentence: what was read, where, and what to do."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(written | {"format": "2.0", "suite": {"version": "3.1.4"}, "checks": {}}))
    codes, out, err = run_every_reader(path, tmp_path, capsys)

    assert (codes, out) == ([2] * 8, "")
    assert len(set(err.splitlines())) == 1
    assert f"'{path}' is of results format 2.0, and this version (" in err
    assert ") reads format 1: use the version of scim-conformance that wrote it (3.1.4)." in err


@pytest.mark.parametrize("stated", ["0.9", "2", 2, "17.3"])
def test_every_other_major_format_is_told_as_such(written, tmp_path, stated):
    """However it is written."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(written | {"format": stated}))

    with pytest.raises(BadFile, match=f"is of results format {stated}"):
        read_results(path)


@pytest.mark.parametrize("stated", ["", "one", None, True, {}, [1], "1", "1.x", "9" * 5000])
def test_what_is_no_format_makes_no_results_file(written, tmp_path, stated):
    """The sentence is that of any other file that is none."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(written | {"format": stated}))

    with pytest.raises(BadFile, match=r"is not a results\.json"):
        read_results(path)
