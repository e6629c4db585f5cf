"""Any input at all: our parsers work, or refuse with the error they document; make torture looks for longer."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings

from tests.mapping_properties import CLAIMS
from tests.properties import Claim, of_a_run
from tests.runs import run_files

EXAMPLES = 40
LOOKED_AT = ["user-disable-applied", "user-disabled-stays-found", "paging-count", "schema-attributes-described"]


def hold(claim: Claim, examples: int) -> None:
    """Try a claim with so many inputs, the same ones each time."""
    quiet = settings(
        max_examples=max(examples // claim.cost, 5), deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    quiet(given(*claim.inputs)(claim.holds))()


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The claims about files of a run."""
    folder = tmp_path_factory.mktemp("run")
    run_files(folder, only=LOOKED_AT, profile="all")
    lines = (folder / "recording.jsonl").read_text().splitlines()
    return of_a_run(json.loads((folder / "results.json").read_text()), [json.loads(line) for line in lines])


@pytest.mark.parametrize("name", CLAIMS)
def test_it_holds_for_any_input(name):
    """Each claim in tests/properties.py."""
    hold(CLAIMS[name], EXAMPLES)


def test_files_changed_by_hand_are_used_or_refused(changed):
    """Results and recordings of a run in which something was changed."""
    for claim in changed.values():
        hold(claim, EXAMPLES)
