"""The catalogue: well-formed, complete, and every requirement judged or excused."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance import catalogue
from conformance.catalogue.ambiguities import FILE as AMBIGUITIES
from conformance.catalogue.ambiguities import ambiguities
from conformance.catalogue.defects import FILE as DEFECTS
from conformance.commands.pages import PAGES, checks_by_requirement
from conformance.judge.applicability import Described
from conformance.judge.check import CHECKS, load
from conformance.recording import Played, Recording, Step
from conformance.scim.exchange import Exchange
from conformance.verdict import Level

load()
FOLDER = files("conformance.catalogue")
FORMS = dict.fromkeys(catalogue.names(), "catalogue") | {AMBIGUITIES: "ambiguities", DEFECTS: "defects"}
DOCS = Path(__file__).parent.parent / "docs"


def test_every_file_has_a_form():
    """No file of the catalogue is read by nobody."""
    assert sorted(f.name for f in FOLDER.iterdir() if f.name.endswith(".json")) == sorted(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_file_is_of_the_catalogue_s_form(name):
    """Each file fits the catalogue's own JSON Schema."""
    schema = json.loads((FOLDER / "schema" / f"{FORMS[name]}.schema.json").read_text(encoding="utf-8"))
    data = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    errors = [f"{e.json_path}: {e.message[:200]}" for e in Draft202012Validator(schema).iter_errors(data)]

    assert errors == []


def test_rfc_requirements_are_all_there():
    """The catalogue holds the 504 requirements of the SCIM RFCs."""
    counts = {}
    for requirement in catalogue.requirements().values():
        if requirement.id.startswith("RFC"):  # Entra's own refer to RFCs as well
            counts[requirement.source] = counts.get(requirement.source, 0) + 1

    assert counts == {"RFC 7643": 170, "RFC 7644": 286, "RFC 9865": 32, "RFC 9944": 7, "RFC 9967": 9}


def test_restatements_point_to_requirements():
    """A requirement that restates another names one that exists."""
    known = catalogue.requirements()
    dangling = [r.id for r in known.values() if r.restates and r.restates not in known]

    assert dangling == []


def test_every_check_covers_known_requirements():
    """No check names a requirement that the catalogue does not hold."""
    unknown = {r for item in CHECKS.values() for r in item.covers} - set(catalogue.requirements())

    assert unknown == set()


def test_no_requirement_is_both_judged_and_excused():
    """A reason for not checking is taken out when a check comes in."""
    judged = checks_by_requirement()
    both = [r.id for r in catalogue.requirements().values() if r.unchecked and r.id in judged]

    assert both == []


def test_every_requirement_is_judged_or_excused():
    """A requirement has a check, or the reason why it has none."""
    judged = checks_by_requirement()
    left = [r.id for r in catalogue.requirements().values() if not r.unchecked and r.id not in judged]

    assert left == []


def test_nothing_waits_for_a_check():
    """A requirement without a check has a reason of its own."""
    waiting = [r.id for r in catalogue.requirements().values() if r.unchecked == "No check has been written yet."]

    assert waiting == []


def test_what_no_source_states_never_fails():
    """A check of the rfc profile whose every requirement is mere practice can give no FAIL."""
    strong = [
        item.id
        for item in CHECKS.values()
        if item.profile == "rfc"
        and item.level is not Level.MAY
        and all(r.keyword == "none (reading or practice)" for r in item.requirements)
    ]

    assert strong == []


def test_statements_say_it_once():
    """A statement holds no modal twice in a row, and no keyword in capitals."""
    odd = [
        r.id
        for r in catalogue.requirements().values()
        if re.search(r"\b(must|shall|should|may)\s+(must|shall|should|may)\b", r.statement, re.IGNORECASE)
        or re.search(r"\b(MUST|SHALL|SHOULD)\b", r.statement)
    ]

    assert odd == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(name):
    """The pages that are made of the catalogue are what ``make docs`` writes."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_every_ambiguity_is_explained_and_in_use():
    """A key that a requirement carries leads to an entry, and an entry to a requirement."""
    carried = {r.ambiguity for r in catalogue.requirements().values() if r.ambiguity}

    assert carried == set(ambiguities())


def test_ambiguities_name_checks_that_there_are():
    """Who looks up a point finds the checks that judge it, each named once."""
    judged = checks_by_requirement()
    wrong = []
    for key, one in ambiguities().items():
        own = {name for r in catalogue.requirements().values() if r.ambiguity == key for name in judged.get(r.id, ())}
        wrong += [f"{key}: {name}" for name in one.also if name not in CHECKS or name in own]

    assert wrong == []


def test_what_no_check_judges_has_no_verdict():
    """A point whose requirements have no check, and which names none, promises no verdict."""
    judged = checks_by_requirement()
    covered = {r.ambiguity for r in catalogue.requirements().values() if r.id in judged}
    silent = {key for key, one in ambiguities().items() if key not in covered and not one.also}

    assert {key for key in silent if set(ambiguities()[key].suite) != {"unjudged"}} == set()
    assert {key for key, one in ambiguities().items() if set(one.suite) == {"unjudged"}} == silent


def test_every_condition_is_understood():
    """What decides whether a requirement binds can be looked up, even where the endpoint says nothing."""
    conditions = {r.applies_when for r in catalogue.requirements().values()}
    silent = Described(Recording(), {})

    assert {c: silent.meets(c) for c in conditions if silent.meets(c) is False} == {}


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("always", True),
        ("spc.sort", False),
        ("spc.patch", True),
        ("spc.etag", None),
        ("spc.bulk", False),
        ("spc.patch and spc.sort", False),
        ("spc.patch and spc.etag", None),
        ("rt.User", True),
        ("rt.Group", False),
        ("ext.enterprise", False),
        ("attr.title", True),
        ("attr.nickName", False),
        ("disc.schemas", True),
        ("pagination.cursor", False),
        ("pagination.index", None),
        ("events.present", False),
        ("opt.me", None),
    ],
)
def test_a_condition_is_met_by_what_the_endpoint_says(condition, met):
    """Only a clear no takes a requirement out; what the user states counts more than what the endpoint says."""
    config = {"sort": {"supported": False}, "patch": {"supported": True}, "bulk": {"supported": True}}
    user = {"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [{"name": "title"}]}
    bodies = {
        "service-provider-config": config,
        "resource-types": {"Resources": [{"name": "User"}]},
        "schemas": {"Resources": [user]},
    }
    steps = {
        name: Step(name, [Exchange("GET", f"http://127.0.0.1/{name}", status=200, body=json.dumps(body))])
        for name, body in bodies.items()
    }
    recording = Recording()
    recording.add(Played("discovery", steps=steps))

    assert Described(recording, {"bulk": False}).meets(condition) is met
