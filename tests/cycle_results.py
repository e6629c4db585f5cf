"""A made-up ``results.json`` of provisioning cycles and of load: 40 events in two dialects, with one person lost."""

from __future__ import annotations

import copy

from conformance.reporting.model import Results, Row, Timing
from conformance.reporting.results import build
from conformance.reporting.run_header import RunHeader

PEOPLE = ("Ada Lovelace", "Diego Álvarez", "小林 さくら", "Oluwaseun Adeyemi", "Zoë O'Brien")
KINDS = (("initial", "first", "The company's first cycle"), ("incremental", "leaver", "A leaver is disabled"),
         ("incremental", "rename", "Somebody marries"), ("on-demand", "on-demand", "One person on demand"))  # fmt: skip
LOST = {
    "cycle": 2,
    "person": "Diego Álvarez",
    "collection": "/Users",
    "id": "target-1",
    "attribute": "active",
    "expected": "false",
    "got": "true",
    "request": "PATCH /Users/target-1 (cycle 2, request 14)",
}
STEPS = (("EntryImport", "import"), ("EntrySynchronizationScoping", "scoping"), ("EntryMatching", "matching"),
         ("EntryExport", "export"))  # fmt: skip


def at(number: int, second: int = 0) -> str:
    """A point in virtual time within a cycle."""
    return f"2026-11-01T{7 + number:02}:40:{second:02}Z"


def event(number: int, index: int, action: str = "update", status: str = "success") -> dict:
    """One event of the provisioning log."""
    person = PEOPLE[index % len(PEOPLE)]
    failed = status == "failure"
    error = {
        "errorCode": "SystemForCrossDomainIdentityManagementServiceIncompatible",
        "reason": "The endpoint answered HTTP 500 to a PATCH.",
        "recommendedAction": "Answer 204, or 200 with the user.",
        "errorCategory": "failure",
        "additionalDetails": '{"detail": "boom"}',
    }
    steps = [
        {
            "name": name,
            "provisioningStepType": kind,
            "status": status if kind == "export" else "success",
            "description": f"{kind} of {person}",
            "details": {"ReportableIdentifier": f"user{index % 5}@contoso.example"} if kind == "export" else {},
        }
        for name, kind in STEPS
    ]
    return {
        "id": f"event-{number}-{index}",
        "activityDateTime": at(number, index),
        "tenantId": "tenant-7",
        "jobId": "scim.tenant-7.job",
        "cycleId": f"cycle-{number}",
        "changeId": f"change-{number}-{index}",
        "provisioningAction": action,
        "durationInMilliseconds": 12 + index,
        "provisioningStatusInfo": {"status": status, "errorInformation": error if failed else None},
        "provisioningSteps": steps[:2] if status == "skipped" else steps,
        "modifiedProperties": [
            {"displayName": "userName", "oldValue": None, "newValue": f"user{index % 5}@contoso.example"},
            {"displayName": "active", "oldValue": "True", "newValue": "False"},
        ],
        "sourceIdentity": {"id": f"source-{index % 5}", "displayName": person, "identityType": "User", "details": {}},
        "targetIdentity": {"id": f"target-{index % 5}", "displayName": person, "identityType": "User", "details": {}},
        "sourceSystem": {"id": "s1", "displayName": "Microsoft Entra ID", "details": {}},
        "targetSystem": {"id": "t1", "displayName": "idm.contoso.example", "details": {}},
        "initiatedBy": {"id": "", "displayName": "Provisioning Service", "initiatorType": "system"},
        "servicePrincipal": {"id": "sp1", "displayName": "Contoso app"},
    }


def cycle(number: int, kind: str, name: str, title: str) -> dict:
    """One cycle's counts."""
    counts = dict.fromkeys(("updated", "deleted", "failed", "skipped", "escrowed", "differences"), 0)
    return {
        "number": number, "kind": kind, "name": name, "title": title, "at": at(number), "requests": 30, "writes": 5,
        "created": 5 if number == 1 else 0, "disabled": 1 if name == "leaver" else 0, "quarantine": "", **counts,
    }  # fmt: skip


def load(*, steps: bool = True, lost: bool = True) -> dict:
    """What a load run measured."""
    quantiles = {"p50": 0.02, "p95": 0.09, "p99": 0.4}
    return {
        "title": "The proportions of an initial cycle",
        "rate_wanted": 25.0, "rate": 24.8, "seconds": 60.0, "requests": 1488, "errors": 3, "concurrency": 8,
        "operations": [
            {"name": "create user", "requests": 700, "errors": 3, "statuses": {"201": 697, "500": 3}, "rate": 11.7,
             **quantiles},
            {"name": "match user", "requests": 788, "errors": 0, "statuses": {"200": 788}, "rate": 13.1, "p50": 0.008,
             "p95": 0.02, "p99": 0.03},
        ],
        "series": [
            {"t": 5.0 * n, "requests": 124 - n * n % 9, "errors": n // 9, "p50": 0.02 + 0.001 * n,
             "p95": 0.09 + 0.005 * n, "p99": 0.4 + 0.1 * (n % 3)}
            for n in range(12)
        ],
        "steps": [
            {"rate_wanted": float(r), "rate": min(r, 42.0), "p50": 0.01 * r / 5, "p95": 0.03 * r / 5,
             "p99": r * r / 2500, "errors": r // 50}
            for r in (5, 10, 25, 50)
        ] if steps else [],
        "workers": [
            {"name": "worker-1", "requests": 800, "lost": False},
            {"name": "worker-2", "requests": 688, "lost": lost},
        ],
    }  # fmt: skip


def dialect(name: str, *, good: bool) -> dict:
    """A dialect's four cycles and 20 events."""
    cycles = [cycle(number, *told) for number, told in enumerate(KINDS, 1)]
    events = [event(1, index, "create") for index in range(10)]
    events += [event(2, index, "disable") for index in range(3)] + [event(3, index) for index in range(6)]
    events.append(event(4, 2, "other", "skipped"))
    if not good:
        events[11] = event(2, 1, "disable")
        events[14] = event(3, 1, status="failure")
        cycles[1] |= {"differences": 1}
        cycles[2] |= {"failed": 1, "escrowed": 1, "quarantine": "More than 40 % of all objects failed."}
    return {
        "dialect": name, "cycles": cycles, "events": events, "events_total": len(events),
        "differences": [] if good else [dict(LOST)],
        "notifications": [] if good else [
            {"at": at(3, 9), "to": "admin@contoso.example", "subject": "Quarantine",
             "reason": "EncounteredEscrowProportionThreshold"},
        ],
        "log": f"provisioning-{name}.jsonl", "throughput": load(steps=False, lost=False),
    }  # fmt: skip


def row(check: str, verdict: str, dialect: str = "") -> dict:
    """A judged check."""
    failed = verdict == "FAIL"
    return {
        "id": f"{check}[{dialect}]" if dialect else check, "check": check, "title": f"The check {check} holds.",
        "profile": "gallery" if check.startswith("load-") else "entra", "level": "MUST", "spec": "Microsoft",
        "verdict": verdict, "expected": "active = false" if failed else "", "got": "active = true" if failed else "",
        "why": "A leaver keeps access.", "fix": "Disable them.", "blocked_by": None, "exchanges": [],
        "suite_fault": False, "consequence": "deprovisioning", "dialect": dialect, "topic": "cycle", "order": 1,
        "path": None, "requirements": ["ENTRA-DISABLE-02"], "statement": "Leavers are disabled.",
    }  # fmt: skip


def results(*, good: bool = False) -> dict:
    """The whole of ``results.json``."""
    rows = [row("cycle-leaver-disabled", "PASS" if good else "FAIL", "legacy"), row("load-rate-sustained", "PASS")]
    expected = {
        "entra": {rows[0]["id"]: "MUST"},
        "gallery": {rows[1]["id"]: "MUST"},
    }
    header = {
        "suite": {"name": "scim-conformance", "version": "0.3.0", "catalogue": "2026-11"},
        "url": "https://idm.contoso.example/acme/scim/v2",
        "implementation": {"documentation": "", "authentication": [], "features": {}, "resource_types": ["User"]},
        "started": "2026-11-25T20:00:00Z", "seconds": 12.5, "requests": 240, "seed": 1,
        "command": "scim-conformance cycle", "prefix": "scimconf-1", "options": {},
        "cycle": {"dialects": [dialect("legacy", good=good), dialect("compliant", good=True)]},
        "load": load(lost=not good),
    }  # fmt: skip
    known = RunHeader.from_json(header | {"expected": expected})
    found = build(map(Row.from_json, rows), known, complete=True, spent=Timing()).to_json()
    found["gate"] = {"exit": 0 if good else 1, "reasons": [], "tolerated": []}
    return copy.deepcopy(found)


def typed(*, good: bool = False) -> Results:
    """The same as the renderings take it."""
    return Results.from_json(results(good=good))


def hostile(value: object, word: str, key: str = "") -> object:
    """The same, with a word put into every string that may hold any text."""
    words = {
        "dialect", "kind", "at", "provisioningAction", "status", "provisioningStepType", "errorCategory",
        "initiatorType", "activityDateTime",
    }  # fmt: skip
    if isinstance(value, dict):
        return {name: hostile(item, word, name) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile(item, word, key) for item in value]
    return word if isinstance(value, str) and key not in words else value
