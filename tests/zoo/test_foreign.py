"""A run against servers with one foreign way each: its verdicts are approved snapshots, and name what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conformance.reporting.causes import causes
from conformance.reporting.model import Results
from tests.torture.measured import conformance
from tests.zoo.foreign import FOREIGN
from tests.zoo.foreign.house import open_house
from tests.zoo.server import TOKEN

SNAPSHOTS = Path(__file__).parent / "foreign"
QUICK = ("display-name-and-emails-required", "unknown-refused", "no-groups", "integer-ids")
"""Played in every test run: what most real servers that were ever met differ in."""

SLOW = tuple(slug for slug in FOREIGN if slug not in QUICK)
TOLD = {"FAIL", "WARN", "ERROR"}
ENOUGH = 95
"""Percent of what applies that has to be judged, however a server differs."""

MOST = 3
"""Causes that one defect may be told as, at most."""

CHECKLIST = "Microsoft's checklist for the gallery wants what RFC 7644 leaves to the endpoint"
MAPPING = "Entra's default mapping is refused, which stays a FAIL whatever a schema says"
EXCEPTIONS = {
    "badge-required": MAPPING,
    "undeclared-refused": MAPPING,
    "enterprise-refused": MAPPING,
    "fewer-attributes": CHECKLIST,
    "no-discovery": CHECKLIST,
    "no-service-provider-config": CHECKLIST,
    "case-exact-names": "Microsoft's validator wants a match in any letter case, whatever /Schemas declares",
    "domain-not-verified": "every create is refused for the domain of the made-up people, as the one cause says",
    "licence-seats": "a bulk job and the same request alone meet another number of seats",
    "no-patch": "what PATCH alone can show waits for it",
    "no-delete": "an id that nobody has takes a delete",
    "delete-not-implemented": "an id that nobody has takes a delete",
    "same-id-twice": "what needs a second user is blocked, as one id may be written to for one user only",
    "unknown-refused": "groups, externalId by PATCH and the gallery's list of attributes are told on their own",
    "empty-catch-all": "each document that is an empty list is told on its own",
    "members-on-request": "groups are read without asking for their members, which are taken to be lost",
    "eventual-reads": "it is told once for each change that was not seen at once",
    "one-bad-row": "it is told once for each kind of list that broke",
}
"""Servers of which that does not hold yet, and why."""


def played(slug, folder):
    """A run against a foreign server that is empty."""
    with open_house(FOREIGN[slug]) as zoo:
        # One journey at a time, and the same people each time: a server is compared with itself here.
        line = ("run", "--profile", "all", "--concurrency", "1", "--seed", "1")
        line += ("--url", zoo.url, "--reports", str(folder))
        done = conformance(*line, environment={"SCIM_TOKEN": TOKEN}, timeout=600)

    assert zoo.crashes == []
    assert done.code in {0, 1, 2}, done.out + done.err
    return Results.from_json(json.loads((folder / "results.json").read_text()))


def snapshot_of(results):
    """What is compared: how much was judged, what was found, and what is said of it."""
    verdicts = [row.verdict for row in results.checks]
    asked = len(verdicts) - verdicts.count("N/A")
    judged = asked - verdicts.count("BLOCKED") - verdicts.count("ERROR")
    return {
        "judged": f"{100 * judged // asked if asked else 0} %",
        "findings": {row.id: row.verdict for row in sorted(results.checks, key=lambda r: r.id) if row.verdict in TOLD},
        "blocked": verdicts.count("BLOCKED"),
        "causes": [cause.title for cause in causes(results.checks)],
        "left": len(results.left_behind),
        "unconfirmed": len(results.unconfirmed),
    }


def compared(slug, folder):
    """What came of a run, and what is approved; APPROVE=1 takes over what came."""
    made = snapshot_of(played(slug, folder))
    file = SNAPSHOTS / f"{slug}.json"
    if os.environ.get("APPROVE"):
        file.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    return made, json.loads(file.read_text())


@pytest.mark.parametrize("slug", QUICK)
def test_verdicts_on_the_most_usual_foreign_servers_are_the_approved_ones(slug, tmp_path):
    """Also what is said of them, and how much of it is left; APPROVE=1 takes new ones over."""
    made, approved = compared(slug, tmp_path)

    assert made == approved


@pytest.mark.torture
@pytest.mark.parametrize("slug", SLOW)
def test_verdicts_on_a_foreign_server_are_the_approved_ones(slug, tmp_path):
    """The same for all others."""
    made, approved = compared(slug, tmp_path)

    assert made == approved


def test_what_is_approved_is_right():
    """Nearly all is judged, what is legal fails nowhere, and one defect has few causes; or it is known why not."""
    approved = {file.stem: json.loads(file.read_text()) for file in SNAPSHOTS.glob("*.json")}
    wrong = {slug: wrong for slug, one in approved.items() if slug in FOREIGN and (wrong := shortcomings(slug, one))}

    assert approved.keys() == FOREIGN.keys()
    assert {slug: why for slug, why in wrong.items() if slug not in EXCEPTIONS} == {}
    assert [slug for slug in EXCEPTIONS if slug not in wrong] == [], "these are as they should be by now"


def shortcomings(slug, approved):
    """In which ways a snapshot is not as it should be."""
    kind, found = FOREIGN[slug], []
    if int(approved["judged"].removesuffix(" %")) < ENOUGH:
        found.append(f"{approved['judged']} judged")
    failed = [name for name, verdict in approved["findings"].items() if verdict == "FAIL"]
    if kind.legal and failed:
        found.append(f"{len(failed)} FAIL of what is legal, such as {failed[0]}")
    if not kind.legal and not 1 <= len(approved["causes"]) <= MOST:
        found.append(f"{len(approved['causes'])} causes of one defect")
    return found


def test_each_foreign_server_says_what_it_does():
    """There are enough of them, and one that breaks a rule says by which defect it does."""
    assert len(FOREIGN) >= 24
    assert [slug for slug, kind in FOREIGN.items() if "\n" in kind.__doc__.strip()] == []
    assert [slug for slug, kind in FOREIGN.items() if kind.legal == bool(kind.defect)] == []
