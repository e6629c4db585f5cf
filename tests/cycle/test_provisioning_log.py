"""The provisioning log: JSON lines with the fields of Graph's provisioningObjectSummary, and nothing that is secret."""

from __future__ import annotations

import json
import stat
from collections import Counter

import pytest

from conformance.demo.server import build_app, serve
from tests.cycle.command import FIXTURES, SMALL, TOKEN, Done, cycle
from tests.cycle.mappings import exported_with
from tests.cycle.test_notification import MailServer
from tests.faults.layer import wrap
from tests.faults.rewrite import error
from tests.fitting import fits

CONTOSO = ("--directory", FIXTURES / "contoso" / "contoso.json")
FIELDS = {
    "id", "activityDateTime", "tenantId", "jobId", "cycleId", "changeId", "provisioningAction",
    "durationInMilliseconds", "provisioningStatusInfo", "provisioningSteps", "modifiedProperties", "sourceIdentity",
    "targetIdentity", "sourceSystem", "targetSystem", "initiatedBy", "servicePrincipal",
}  # fmt: skip
"""Of Microsoft Graph, "provisioningObjectSummary resource type"."""

PARTS = {
    "provisioningStatusInfo": {"status", "errorInformation"},
    "sourceIdentity": {"id", "displayName", "identityType", "details"},
    "targetIdentity": {"id", "displayName", "identityType", "details"},
    "sourceSystem": {"id", "displayName", "details"},
    "targetSystem": {"id", "displayName", "details"},
    "initiatedBy": {"id", "displayName", "initiatorType"},
    "servicePrincipal": {"id", "displayName"},
}
STEP = {"name", "provisioningStepType", "status", "description", "details"}
ERROR = {"errorCode", "errorCategory", "reason", "recommendedAction", "additionalDetails"}
ENUMS = {
    "provisioningAction": {"other", "create", "delete", "disable", "update", "stagedDelete"},
    "status": {"success", "failure", "skipped", "warning"},
    "provisioningStepType": {"import", "scoping", "matching", "processing", "referenceResolution", "export"},
    "errorCategory": {"failure", "nonServiceFailure", "success"},
}


@pytest.fixture(scope="module")
def year(once):
    """A year of the fixture company, in both dialects."""

    def play(folder):
        with serve(build_app(TOKEN)) as url:
            cycle(url, folder, *CONTOSO, "--changes", FIXTURES / "contoso" / "year.json", dialect="both")

    return Done(0, "", "", once.made("a year of contoso", play))


@pytest.mark.parametrize("dialect", ["legacy", "compliant"])
def test_every_line_has_the_fields_of_graph_and_no_others(year, dialect):
    """Names, parts and enumerations as documented; the same schema as the report's."""
    events = year.events(dialect)
    assert len(events) > 80
    for event in events:
        assert set(event) == FIELDS
        for name, fields in PARTS.items():
            assert set(event[name]) == fields, name
        status = event["provisioningStatusInfo"]
        assert status["status"] in ENUMS["status"]
        assert event["provisioningAction"] in ENUMS["provisioningAction"]
        assert status["errorInformation"] is None or set(status["errorInformation"]) == ERROR
        for step in event["provisioningSteps"]:
            assert set(step) == STEP
            assert step["provisioningStepType"] in ENUMS["provisioningStepType"]
            assert step["status"] in ENUMS["status"]
        assert all(set(one) == {"displayName", "oldValue", "newValue"} for one in event["modifiedProperties"])
        fits(event, "event")


def test_the_files_are_their_owners_only(year):
    """They hold who was hired and who left."""
    for name in ("provisioning-log-legacy.jsonl", "provisioning-log-compliant.jsonl"):
        assert stat.S_IMODE((year.reports / name).stat().st_mode) == 0o600


def test_ids_tell_events_cycles_and_jobs_apart(year):
    """Each event has an id of its own; a cycle's events share the cycle's; each dialect is a job."""
    legacy, compliant = year.events("legacy"), year.events("compliant")
    assert len({event["id"] for event in legacy}) == len(legacy)
    assert len({event["jobId"] for event in legacy}) == 1
    assert legacy[0]["jobId"] != compliant[0]["jobId"]
    told = {one["id"]: one["at"] for one in year.results["cycle"]["dialects"][0]["cycles"]}
    cycles = {event["cycleId"] for event in compliant}
    assert cycles <= set(told)
    assert len(cycles) > 8


def test_times_are_those_of_the_company_and_go_forward(year):
    """The clock is virtual: forty minutes lie between two cycles, whatever the run took."""
    times = [event["activityDateTime"] for event in year.events()]
    assert times == sorted(times)
    assert times[0] == "2026-01-05T08:00:00Z"
    assert times[-1] > "2026-01-05T13:00:00Z"


def test_steps_come_in_the_order_of_the_service(year):
    """Import first, then scope, match, and what was done; a create has them all."""
    order = ["import", "scoping", "matching", "export"]
    created = [event for event in year.events() if event["provisioningAction"] == "create"]
    done = [event for event in created if event["provisioningStatusInfo"]["status"] == "success"]
    assert len(done) > 25
    for event in done:
        assert [step["provisioningStepType"] for step in event["provisioningSteps"]] == order
        assert event["targetIdentity"]["id"]
        assert "POST /" in event["provisioningSteps"][-1]["details"]["request"]


def test_a_rename_tells_old_and_new_values(year):
    """As the portal's tab "Modified properties"."""
    changes = [one for event in year.events() for one in event["modifiedProperties"]]
    assert {"displayName": "name.familyName", "oldValue": "Dubois", "newValue": "Laurent"} in changes
    assert {"displayName": "active", "oldValue": "true", "newValue": "false"} in changes


def test_the_year_has_every_action(year):
    """Creates, updates, disables and deletes, and who is skipped."""
    actions = Counter(event["provisioningAction"] for event in year.events())
    assert {"create", "update", "disable", "delete", "other"} <= set(actions)


def test_a_new_job_begins_a_new_log_and_a_kept_one_goes_on(tmp_path):
    """The file is the job's."""
    with serve(build_app(TOKEN)) as url:
        cycle(url, tmp_path, *SMALL, "--initial-only")
        first = cycle(url, tmp_path, *SMALL, "--initial-only", "--keep").events()
        second = cycle(url, tmp_path, *SMALL, "--restart").events()

    assert len({event["id"] for event in first}) == len(first)
    assert second[: len(first)] == first
    assert len(second) > len(first)


# --- what must not stand in any file -------------------------------------------------------------------------


def texts(folder):
    """The content of every file below a folder, by name."""
    return {path.name: path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()}


def test_the_token_stands_in_no_file_and_no_output(tmp_path):
    """Not even where the endpoint repeats it in every error, and where a mail server is told of the quarantine."""
    canary = TOKEN

    def gossip(call, serve_it):
        if call.method in {"POST", "PATCH"}:
            return error(400, detail=f"Bearer {canary} may not do this")
        return serve_it(call)

    with serve(wrap(build_app(TOKEN), gossip)) as url, MailServer() as server:
        mail = ("--notify", "admin@contoso.example", "--smtp", server.address)
        done = cycle(url, tmp_path, *SMALL, "--initial-only", "--keep", *mail)
        demanded = cycle(url, tmp_path / "demand", *CONTOSO, "--on-demand", "otto.lindqvist@contoso.example", "--keep")

    assert (done.code, demanded.code) == (1, 1)
    found = texts(tmp_path)
    assert {"results.json", "report.html", "recording.jsonl", "cycle-legacy.sqlite", "junit.xml"} <= set(found)
    assert "may not do this" in found["provisioning-log-legacy.jsonl"]
    assert [name for name, text in found.items() if canary in text] == []
    assert canary not in done.out + done.err + demanded.out + demanded.err
    assert not any(canary.encode() in content for *_, content in server.mails)


SALARY = "Salary band Q7-canary"


@pytest.mark.parametrize("dialect", ["legacy", "compliant"])
def test_what_redact_hides_reaches_the_target_and_no_file(tmp_path, dialect):
    """Two attributes, one of which the endpoint repeats, loses and refuses: [Redact] in every log and report."""
    mapping, people, changes = (tmp_path / f"{name}.json" for name in ("mapping", "people", "changes"))
    expressions = {"title": "Redact([extensionAttribute1])", "nickName": 'Redact(Append([extensionAttribute1], "!"))'}
    mapping.write_text(json.dumps(exported_with(expressions)))
    users = [
        {"userPrincipalName": f"p{n}@contoso.example", "displayName": f"P {n}", "mail": f"p{n}@contoso.example",
         "extensionAttribute1": f"{SALARY}-{n}", "assignments": ["Default Access"]} for n in range(4)
    ]  # fmt: skip
    people.write_text(json.dumps({"users": users}))
    promoted = {"do": "set", "who": "p0@contoso.example", "attributes": {"extensionAttribute1": f"{SALARY}-up"}}
    changes.write_text(json.dumps({"sets": [{"name": "promotion", "changes": [promoted]}]}))
    seen = []

    def endpoint(call, serve_it):
        seen.append(json.dumps(call.body))
        if call.method == "POST" and "p1@" in seen[-1]:
            return error(400, detail=f"{SALARY}-1 is too much")
        answer = serve_it(call)
        if call.method == "GET" and isinstance(answer.body, dict) and f"{SALARY}-2!" in json.dumps(answer.body):
            answer.body = json.loads(json.dumps(answer.body).replace(f"{SALARY}-2!", f"{SALARY}-lost"))
        return answer

    reports = tmp_path / "reports"
    with serve(wrap(build_app(TOKEN), endpoint)) as url:
        given = ("--directory", people, "--mapping", mapping, "--changes", changes)
        done = cycle(url, reports, *given, dialect=dialect)

    assert any(f"{SALARY}-up!" in body for body in seen)
    found = texts(reports)
    assert [name for name, text in found.items() if SALARY in text] == []
    assert SALARY not in done.out + done.err
    log = found[f"provisioning-log-{dialect}.jsonl"]
    assert '"displayName": "title", "oldValue": "[Redact]", "newValue": "[Redact]"' in log
    assert "[Redact] is too much" in log
    assert [one["attribute"] for one in done.results["cycle"]["dialects"][0]["differences"]] == ["nickName", ""]
    assert done.results["cycle"]["dialects"][0]["differences"][0]["expected"] == '"[Redact]"'
    assert done.code == 1
