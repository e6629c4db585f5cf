"""Whose people, and by which mapping: the company and the mappings of the fixtures, and an export as Graph's."""

from __future__ import annotations

import json
import re
from itertools import cycle as cycle_of

import pytest

from conformance.demo.server import build_app, serve
from conformance.idp.dialects import DIALECTS
from conformance.provisioning.mappings.synchronization import load_schema
from tests.cycle.command import FIXTURES, SMALL, TOKEN, cycle, stored
from tests.fitting import fits

CONTOSO = FIXTURES / "contoso"
MAPPINGS = sorted((FIXTURES / "mappings").glob("*.json"))
URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def url():
    """An empty endpoint."""
    with serve(build_app(TOKEN)) as served:
        yield served


def played(done, code=0):
    """A run in which nothing differs, nothing failed for long, and every file is of its schema."""
    assert done.code == code, str(done)
    fits(done.results)
    assert {row["verdict"] for row in done.results["checks"]} <= {"PASS", "N/A", "INFO"}
    for told in done.results["cycle"]["dialects"]:
        assert told["differences"] == []
        assert told["cycles"][-1]["escrowed"] == 0
    assert (done.reports / "report.html").stat().st_size > 10_000
    return done


@pytest.mark.parametrize(("directory", "dialect"), [("contoso.json", "legacy"), ("csv", "compliant")])
def test_the_company_of_the_fixtures_lives_through_its_year(url, tmp_path, directory, dialect):
    """JSON and CSV are the same company; ten change sets, restarts, and all is as it should be."""
    given = ("--directory", CONTOSO / directory, "--changes", CONTOSO / "year.json", "--seed", "3")
    done = played(cycle(url, tmp_path, *given, dialect=dialect))

    names = [one["name"] for one in json.loads((CONTOSO / "year.json").read_text())["sets"]]
    assert list(done.cycles)[: len(names) + 1] == ["initial", *names]
    assert stored(url) + stored(url, "Groups") == []


def test_json_and_csv_provision_the_same_people(url, tmp_path):
    """The same log, but for the run's prefix, ids and times."""
    logs = []
    for directory in ("contoso.json", "csv"):
        folder = tmp_path / directory
        done = played(cycle(url, folder, "--directory", CONTOSO / directory, "--as-is", "--initial-only"))
        changes = [
            (event["sourceIdentity"]["displayName"], event["provisioningAction"], change["displayName"])
            for event in done.events()
            for change in event["modifiedProperties"]
        ]
        logs.append(sorted(changes))
    assert logs[0] == logs[1]
    assert len(logs[0]) > 200


@pytest.mark.parametrize(
    ("name", "dialect"), [*zip([path.stem for path in MAPPINGS], cycle_of(DIALECTS), strict=False)]
)
def test_each_mapping_of_the_fixtures_runs_a_year(url, tmp_path, name, dialect):
    """Users only, users and groups, other matching attributes: the same year, all as mapped."""
    mapping = FIXTURES / "mappings" / f"{name}.json"
    done = played(cycle(url, tmp_path, *SMALL, "--mapping", mapping, dialect=dialect))

    groups = load_schema(mapping).groups is not None
    kinds = {event["sourceIdentity"]["identityType"] for event in done.events(dialect)}
    assert kinds == ({"User", "Group"} if groups else {"User"})
    assert done.cycles["initial"]["created"] == (16 if groups else 12) - 1


@pytest.mark.parametrize("actions", ["Add", "Add,Update", "Add,Delete", "Update,Delete"])
def test_a_target_action_that_is_off_is_not_held_against_the_endpoint(url, tmp_path, actions):
    """What is not to be written is not expected to be there; where nobody is created, nothing could be judged."""
    data = json.loads((FIXTURES / "mappings" / "entra-default.json").read_text())
    for mapping in data["synchronizationRules"][0]["objectMappings"]:
        mapping["flowTypes"] = actions
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(data))
    done = played(cycle(url, tmp_path, *SMALL, "--mapping", path), 0 if "Add" in actions else 2)

    statuses = {(e["provisioningAction"], e["provisioningStatusInfo"]["status"]) for e in done.events()}
    for action, word in (("create", "Add"), ("disable", "Update"), ("delete", "Delete")):
        assert ((action, "success") in statuses) is (word in actions and "Add" in actions), statuses


def row(target, expression, priority=0, kind="Attribute"):
    """An attribute mapping as Graph exports it."""
    source = {"type": kind, "name": expression.strip("[]"), "expression": expression, "parameters": []}
    return {
        "targetAttributeName": target, "matchingPriority": priority, "flowType": "Always", "defaultValue": None,
        "flowBehavior": "FlowWhenChanged", "exportMissingReferences": False, "source": source,
    }  # fmt: skip


def exported():
    """A job's schema as ``GET …/synchronization/jobs/{id}/schema`` answers it (entra.md 6.2), with fields we ignore."""
    active = row("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', kind="Function")
    people = [
        row("userName", "[userPrincipalName]", 1), active, row("displayName", "[displayName]"),
        row('emails[type eq "work"].value', "[mail]"), row("name.givenName", "[givenName]"),
        row("name.familyName", "[surname]"), row("externalId", "[mailNickname]"), row(f"{URN}:manager", "[manager]"),
        row(f"{URN}:department", 'IIF([department]="Sales", "S", "Other")', kind="Function"),
    ]  # fmt: skip
    attribute = {
        "type": "String", "anchor": False, "required": False, "multivalued": False, "caseExact": False,
        "mutability": "ReadWrite", "flowNullValues": False, "referencedObjects": [], "metadata": [],
    }  # fmt: skip
    names = [one["targetAttributeName"] for one in people]
    definitions = [{"name": "id"} | attribute | {"anchor": True, "required": True}]
    definitions += [{"name": name} | attribute for name in names if name not in ("active", f"{URN}:manager")]
    definitions.append({"name": "active"} | attribute | {"type": "Boolean"})
    manager = {"type": "Reference", "referencedObjects": [{"referencedObjectName": URN, "referencedProperty": "id"}]}
    definitions.append({"name": f"{URN}:manager"} | attribute | manager)
    mappings = [
        {"enabled": True, "flowTypes": "Add,Update,Delete", "name": "Provision Azure Active Directory Groups",
         "scope": None, "sourceObjectName": "Group", "targetObjectName": "urn:ietf:params:scim:schemas:core:2.0:Group",
         "metadata": [{"key": "OriginalJoiningProperty", "value": "displayName"}],
         "attributeMappings": [row("displayName", "[displayName]", 1), row("externalId", "[objectId]"),
                               row("members", "[members]")]},
        {"enabled": True, "flowTypes": "Add,Update,Delete", "name": "Provision Azure Active Directory Users",
         "scope": None, "sourceObjectName": "User", "targetObjectName": URN, "metadata": [],
         "attributeMappings": people},
    ]  # fmt: skip
    rule = {
        "id": "6c409270-f78a-4bc6-af23-7cf3ab6482fe", "name": "USERGROUP_OUTBOUND_USERGROUP", "priority": 1,
        "editable": True, "containerFilter": None, "groupFilter": None, "sourceDirectoryName": "Microsoft Entra ID",
        "targetDirectoryName": "customappsso", "metadata": [{"key": "supportsProvisionOnDemand", "value": "true"}],
        "objectMappings": mappings,
    }  # fmt: skip
    target = {
        "name": URN,
        "metadata": [{"key": "IsSoftDeletionSupported", "value": "false"}],
        "attributes": definitions,
    }
    return {
        "id": "scim.0b1a5b1fa5c54ebd98a1d4cbbd1a2d33.3f2c1a7e-8d3a-4c59-9f5e-6a1f1a3d8c11",
        "version": "Date:2026-11-02T08:00:00.0000000Z, ActivityId:a8223e7d-d9bd-57fd-ab8d-c51c061d762e",
        "synchronizationRules": [rule],
        "directories": [{"name": "customappsso", "readOnly": False, "discoverabilities": "None", "objects": [target]}],
    }  # fmt: skip


def test_an_exported_schema_runs_and_saves_back_unchanged(url, tmp_path):
    """Its rows and no others are provisioned; what the export says beside them is kept.

    Front Desk has no department, for which IIF has no value: the log says so, and no endpoint is to blame.
    """
    path, saved = tmp_path / "schema.json", tmp_path / "saved.json"
    path.write_text(json.dumps(exported(), indent=3))
    given = ("--directory", CONTOSO / "contoso.json", "--mapping", path)
    done = cycle(url, tmp_path, *given, "--changes", CONTOSO / "year.json")

    assert done.code == 0, str(done)
    unpassed = {row["check"]: row["verdict"] for row in done.results["checks"] if row["verdict"] != "PASS"}
    assert unpassed == {"cycle-conflict-heals": "N/A"}  # nobody's address clashes here
    assert re.search(r"frontdesk@\S+: FailedExpression: .*department: IIF", done.out), done.out
    mapped = {one["targetAttributeName"] for one in exported()["synchronizationRules"][0]["objectMappings"][1]
              ["attributeMappings"]} | {"members"}  # fmt: skip
    sent = {change["displayName"] for event in done.events() for change in event["modifiedProperties"]}
    assert sent <= mapped
    assert {"active", f"{URN}:department", f"{URN}:manager"} <= sent
    load_schema(path).save(saved)
    assert saved.read_bytes() == path.read_bytes()


def test_sync_all_provisions_who_is_not_assigned(url, tmp_path):
    """Maya Patel and All Employees are not assigned; with --sync all they are provisioned."""
    given = ("--directory", CONTOSO / "contoso.json", "--initial-only", "--as-is", "--keep")
    for scope, there in (("assigned", False), ("all", True)):
        played(cycle(url, tmp_path / scope, *given, "--sync", scope, "--adopt"))
        names = {row["userName"] for row in stored(url)} | {row["displayName"] for row in stored(url, "Groups")}
        assert ({"maya.patel@contoso.example", "All Employees"} <= names) is there
