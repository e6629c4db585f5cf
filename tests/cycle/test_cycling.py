"""Whole jobs by the command: kept and restarted, adopted, held back, cut to a part, and paced."""

from __future__ import annotations

import json
import time

import pytest

from conformance.demo.server import build_app, serve
from conformance.recording import load_recording
from tests.cycle.command import FIXTURES, SMALL, TOKEN, Counted, cycle, request, stored
from tests.fitting import fits

CONTOSO = ("--directory", FIXTURES / "contoso" / "contoso.json")
HELENA, OTTO = "helena.marsh@contoso.example", "otto.lindqvist@contoso.example"


@pytest.fixture
def endpoint():
    """An endpoint that counts what it is asked, at its URL."""
    app = Counted(build_app(TOKEN))
    with serve(app) as url:
        yield app, url


def script(path, *sets):
    """A file of change sets: name and changes of each."""
    path.write_text(json.dumps({"sets": [{"name": name, "changes": changes} for name, changes in sets]}))
    return path


def whole(done):
    """The files of a run are there and of their schema, nothing differs, and nobody is left."""
    assert done.code == 0, str(done)
    fits(done.results)
    assert load_recording(done.reports / "recording.jsonl").journeys
    for told in done.results["cycle"]["dialects"]:
        assert told["differences"] == []
        assert f"provisioning-log-{told['dialect']}.jsonl" == told["log"]
    assert "<html" in (done.reports / "report.html").read_text().lower()


@pytest.mark.parametrize("dialect", ["compliant", "both"])
def test_a_made_up_company_lives_through_its_year(endpoint, tmp_path, dialect):
    """Every check of cycles passes, in each dialect, and the target is empty at the end.

    The endpoint takes two people with one address, so that there is no conflict to heal.
    """
    _, url = endpoint
    done = cycle(url, tmp_path, *SMALL, dialect=dialect)

    whole(done)
    unpassed = {row["check"]: row["verdict"] for row in done.results["checks"] if row["verdict"] != "PASS"}
    assert unpassed == {"cycle-conflict-heals": "N/A"}
    assert [one["name"] for one in done.results["cycle"]["dialects"][0]["cycles"]][:3] == ["initial", "hire", "rename"]
    assert done.cycles["quiet"]["writes"] == 0
    assert len(done.results["cycle"]["dialects"]) == (2 if dialect == "both" else 1)
    assert stored(url) + stored(url, "Groups") == []
    assert list(tmp_path.glob("*.sqlite*")) + list(tmp_path.glob("journal-*")) == []


def test_the_same_seed_makes_the_same_company_of_its_own_domain(endpoint, tmp_path):
    """Names differ by the run's prefix only."""
    _, url = endpoint
    names = []
    for number in range(2):
        folder = tmp_path / str(number)
        cycle(url, folder, *SMALL, "--initial-only", "--keep", "--domain", "corp.example")
        names.append(sorted(row["userName"].partition("-")[2].partition("-")[2] for row in stored(url)))
        cycle(url, folder, *SMALL, "--domain", "corp.example")
    assert names[0] == names[1]
    assert all(name.endswith("@corp.example") for name in names[0])
    assert stored(url) == []


def test_initial_only_is_one_cycle_and_judges_what_it_can(endpoint, tmp_path):
    """Checks of change sets that did not happen do not apply."""
    _, url = endpoint
    done = cycle(url, tmp_path, *SMALL, "--initial-only")

    whole(done)
    assert list(done.cycles) == ["initial"]
    assert {row["verdict"] for row in done.results["checks"]} == {"PASS", "N/A"}


# --- kept jobs -----------------------------------------------------------------------------------------------


def test_a_kept_job_runs_one_more_cycle_and_writes_nothing(endpoint, tmp_path):
    """Nothing changed; links, watermark and memberships are known."""
    app, url = endpoint
    assert cycle(url, tmp_path, *SMALL, "--initial-only", "--keep").code == 0
    before = stored(url)
    app.calls.clear()
    done = cycle(url, tmp_path, *SMALL, "--keep")

    whole(done)
    assert "Goes on with" in done.out
    assert list(done.cycles) == ["incremental"]
    assert app.writes == []
    assert stored(url) == before


def test_a_kept_job_takes_further_changes(endpoint, tmp_path):
    """The directory is as the last run left it, so that a newcomer of the first script is known to the second."""
    _, url = endpoint
    newcomer = {"do": "add", "userPrincipalName": "new@contoso.example", "assignments": ["Default Access"]}
    first = script(tmp_path / "1.json", ("hire", [newcomer | {"displayName": "New", "mail": "new@contoso.example"}]))
    second = script(
        tmp_path / "2.json",
        ("promote", [{"do": "set", "who": "new@contoso.example", "attributes": {"jobTitle": "Boss"}}]),
    )
    whole(cycle(url, tmp_path, *CONTOSO, "--changes", first, "--keep"))
    done = cycle(url, tmp_path, *CONTOSO, "--changes", second, "--keep")

    whole(done)
    assert list(done.cycles) == ["promote"]
    assert [row["title"] for row in stored(url) if row["displayName"] == "New"] == ["Boss"]


@pytest.mark.parametrize(("how", "name"), [("--restart", "restart"), ("--reset-scope", "reset")])
def test_a_restart_creates_nobody_twice(endpoint, tmp_path, how, name):
    """Links are kept, or made again by matching; memberships are sent again in either case."""
    app, url = endpoint
    cycle(url, tmp_path, *SMALL, "--initial-only", "--keep")
    before = sorted(row["id"] for row in stored(url))
    app.calls.clear()
    done = cycle(url, tmp_path, *SMALL, how, "--keep")

    whole(done)
    assert list(done.cycles) == [name]
    assert done.cycles[name]["kind"] == "restart"
    assert sorted(row["id"] for row in stored(url)) == before
    assert {method for method, _ in app.writes} == {"PATCH"}
    matched = [step for event in done.events() for step in event["provisioningSteps"] if "Found one" in str(step)]
    assert bool(matched) is (name == "reset")


def test_a_kept_job_goes_with_its_last_run(endpoint, tmp_path):
    """Without --keep the run removes what the job created, the state and the journal."""
    _, url = endpoint
    cycle(url, tmp_path, *SMALL, "--initial-only", "--keep")
    whole(cycle(url, tmp_path, *SMALL))

    assert stored(url) + stored(url, "Groups") == []
    assert list(tmp_path.glob("*.sqlite*")) + list(tmp_path.glob("journal-*")) == []


# --- what was there before -----------------------------------------------------------------------------------


def made(url):
    """Two people and a group of somebody else's, called like people and a group of the directory."""
    for name in (HELENA, OTTO):
        request(f"{url}/Users", "POST", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "title": "Founder",
            "emails": [{"type": "work", "value": "old@contoso.example"}],
        })  # fmt: skip
    group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"}
    request(f"{url}/Groups", "POST", group)


def of_others(url):
    """Those three, as they are now."""
    rows = [row for row in stored(url) if row["userName"] in (HELENA, OTTO)]
    return rows + [row for row in stored(url, "Groups") if row["displayName"] == "Sales"]


def test_without_adopt_what_was_there_before_is_logged_and_left_alone(endpoint, tmp_path):
    """Not one write goes to them, and they are there as they were when all else is gone."""
    app, url = endpoint
    made(url)
    before = of_others(url)
    app.calls.clear()
    done = cycle(url, tmp_path, *CONTOSO, "--as-is", "--initial-only")

    assert done.code == 0, str(done)
    assert "3 left alone" in done.out
    touched = {path.rpartition("/")[2] for _, path in app.writes}
    assert touched.isdisjoint(row["id"] for row in before)
    assert of_others(url) == before
    assert len(stored(url)) == 2
    skipped = [event for event in done.events() if "--adopt" in json.dumps(event)]
    assert {event["provisioningStatusInfo"]["errorInformation"]["errorCode"] for event in skipped} == {
        "AdoptionNotAllowed"
    }
    assert len(skipped) == 3


def test_with_adopt_they_are_linked_and_changed_and_never_deleted(endpoint, tmp_path):
    """They have what the directory says, and stay when all else is gone."""
    _, url = endpoint
    made(url)
    done = cycle(url, tmp_path, *CONTOSO, "--as-is", "--adopt", "--initial-only")

    whole(done)
    assert "left alone" not in done.out
    assert "what is there already is adopted" in done.out
    after = {row.get("userName", "Sales"): row for row in of_others(url)}
    assert after[HELENA]["title"] == "Chief Executive Officer"
    assert after[HELENA]["emails"][0]["value"] == HELENA
    assert len(stored(url)) == 2
    assert after["Sales"]["externalId"]


# --- what is held back ---------------------------------------------------------------------------------------


def test_more_deletions_than_the_threshold_wait_until_they_are_allowed(endpoint, tmp_path):
    """Accidental deletion: nothing is sent, the job is in quarantine, --allow-deletes lets them through."""
    app, url = endpoint
    people = [OTTO, "lucy.chen@contoso.example", "priya.raman@contoso.example"]
    known = {row["userPrincipalName"] for row in json.loads((CONTOSO[1]).read_text())["users"]}
    people = [one for one in people if one in known] + sorted(known - {HELENA})[:3]
    leavers = script(tmp_path / "c.json", ("exodus", [
        {"do": "set", "who": one, "attributes": {"accountEnabled": False}} for one in people[:3]
    ]))  # fmt: skip
    given = (*CONTOSO, "--deletion-threshold", "2", "--keep")
    cycle(url, tmp_path, *given, "--initial-only")
    app.calls.clear()
    done = cycle(url, tmp_path, *given, "--changes", leavers)

    assert app.writes == []
    whole(done)
    assert "more than the threshold of 2" in done.cycles["exodus"]["quarantine"]
    assert [e["provisioningAction"] for e in done.events()].count("stagedDelete") == 3
    assert len([row for row in stored(url) if not row["active"]]) == 0

    done = cycle(url, tmp_path, *given, "--allow-deletes")
    assert done.code == 0, str(done)
    assert len([row for row in stored(url) if not row["active"]]) == 3
    assert done.cycles["incremental"]["disabled"] == 3
    assert done.cycles["incremental"]["quarantine"] == ""


def test_a_rate_is_kept(endpoint, tmp_path):
    """No more requests a second than --rate says, whatever the concurrency; the report says both."""
    _, url = endpoint
    begin = time.monotonic()
    done = cycle(url, tmp_path, *SMALL, "--initial-only", "--rate", "40", "--concurrency", "8")
    spent = time.monotonic() - begin

    whole(done)
    told = done.results["cycle"]["dialects"][0]["throughput"]
    assert told["rate_wanted"] == 40
    assert told["rate"] <= 41
    assert done.cycles["initial"]["requests"] < told["requests"] <= spent * 41


def test_members_go_in_requests_of_the_size_that_was_asked_for(endpoint, tmp_path):
    """--members-per-request 2: no operation adds more."""
    _, url = endpoint
    done = cycle(url, tmp_path, *CONTOSO, "--initial-only", "--members-per-request", "2")

    whole(done)
    steps = [step["description"] for event in done.events() for step in event["provisioningSteps"]]
    told = [int(text.split()[0]) for text in steps if text.endswith("members added.")]
    assert max(told) == 2
    assert len(told) > 10


def test_skip_out_of_scope_deletions_sends_nothing_for_who_leaves_the_scope(endpoint, tmp_path):
    """The person stays active, and the log says why."""
    app, url = endpoint
    deniz = "deniz.yilmaz@contoso.example"
    leaves = {"do": "leave", "who": deniz, "group": "Project Falcon"}
    out = script(tmp_path / "c.json", ("out", [leaves, {"do": "unassign", "who": deniz}]))
    given = (*CONTOSO, "--skip-out-of-scope-deletions", "--keep")
    cycle(url, tmp_path, *given, "--initial-only")
    app.calls.clear()
    done = cycle(url, tmp_path, *given, "--changes", out)

    assert done.code == 0, str(done)
    assert "SkipOutOfScopeDeletions" in json.dumps(done.events())
    assert [row["active"] for row in stored(url) if row["userName"].endswith(deniz)] == [True]
    assert {path.split("/")[2] for _, path in app.writes} == {"Groups"}
