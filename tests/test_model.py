"""What results.json holds are types; its JSON Schema is made of them, and what they write they read."""

from __future__ import annotations

import copy
import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from conformance.reporting import model_schema
from conformance.reporting.model import Evidence, Profile, Results, Row
from conformance.reporting.results import schema
from tests import cycle_results
from tests.faults.layer import FAULTS, load
from tests.fitting import fits
from tests.runs import run_files

load()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The results of a run that found something, as they stand in their file."""
    folder = tmp_path_factory.mktemp("run")
    run_files(folder, FAULTS["disable-refused"].behaviour, only=["user-disable-accepted", "connect-users-answered"])
    return json.loads((folder / "results.json").read_text())


def test_the_schema_is_made_of_the_types():
    """`python -m conformance.reporting.model_schema` makes it again."""
    assert model_schema.PATH.read_text() == model_schema.text()
    Draft202012Validator.check_schema(schema())


def test_results_are_read_as_they_were_written(written):
    """Of a run, and of cycles and a load; not a member is lost or added."""
    for results in (written, cycle_results.results()):
        assert Results.from_json(results).to_json() == results


def test_what_is_read_has_its_type(written):
    """Down to the exchanges."""
    results = Results.from_json(written)

    assert isinstance(results.checks[0], Row)
    assert isinstance(results.profiles["entra"], Profile)
    assert all(isinstance(shown, Evidence) for row in results.checks for shown in row.exchanges)
    assert results.profiles["entra"].levels["MUST"].judged > 0


def test_what_passed_shows_no_headers_and_bodies(written):
    """They are not written, and are None where they are read."""
    results = Results.from_json(written)
    passed = next(row for row in results.checks if row.verdict == "PASS")
    failed = next(row for row in results.checks if row.verdict == "FAIL")

    assert {"body", "headers", "request_headers", "request_body", "request_text"} & set(
        passed.exchanges[0].to_json()
    ) == set()
    assert passed.exchanges[0].body is None
    assert failed.exchanges[-1].to_json()["request_text"] is None
    assert failed.exchanges[-1].request_body["Operations"]


def test_files_of_version_0_1_0_are_read(written):
    """They lack what came later, which is then as if there were none."""
    old = copy.deepcopy(written)
    del old["format"]
    for row in old["checks"]:
        del row["kind"], row["subject"]
    results = Results.from_json(old)

    assert [row.kind for row in results.checks] == [None] * len(old["checks"])
    assert results.format == "1.0"
    fits(old)


def test_what_a_newer_minor_format_has_more_is_passed_over(written):
    """Also a kind that this version does not know."""
    rows = [row | {"new": 1, "kind": "made-up"} for row in written["checks"]]
    newer = written | {"format": "1.9", "new": {}, "checks": rows}
    fits(newer)
    results = Results.from_json(newer)

    assert "new" not in results.to_json()
    assert {row.kind for row in results.checks} == {"made-up"}


@pytest.mark.parametrize("name", ["suite", "target", "run", "profiles", "checks", "timing", "gate", "complete"])
def test_what_every_version_wrote_has_to_be_there(written, name):
    """By the schema, and by the types."""
    lacking = {member: value for member, value in written.items() if member != name}

    with pytest.raises(ValidationError):
        fits(lacking)
    with pytest.raises(TypeError):
        Results.from_json(lacking)
