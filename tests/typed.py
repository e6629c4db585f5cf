"""Results, rows and exchanges of which a test states what it is about; the rest is made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.reporting.model import Evidence, Results, Row

EXCHANGE = {
    "journey": "connect", "step": "users", "method": "GET", "url": "https://a.example/Users/1", "status": 200,
    "elapsed": 0.01, "error": None, "started": 0.0,
}  # fmt: skip
ROW = {
    "verdict": "FAIL", "dialect": "", "title": "T", "profile": "entra", "topic": "connect", "level": "MUST",
    "spec": "S", "requirements": ["RFC7644-3.3-04"], "statement": "T", "consequence": "none", "order": 0,
    "expected": "a", "got": "b", "path": None, "why": "W", "fix": "F", "blocked_by": None, "suite_fault": False,
    "exchanges": [],
}  # fmt: skip
PROFILE = {"headline": "partial", "decided_by": [], "counts": {}, "levels": {}, "not_judged": []}
WHOLE = {
    "suite": {"name": "scim-conformance", "version": "0.2.0", "catalogue": "2026-11"},
    "target": {"url": "https://a.example", "implementation": {}, "assumed": {}},
    "run": {
        "started": "2026-11-22T08:00:00+00:00", "seconds": 1, "requests": 3, "seed": 1, "command": "", "prefix": "",
        "options": {},
    },
    "profiles": {}, "checks": [], "faults": [], "left_behind": [], "timing": {}, "complete": True,
    "gate": {"exit": 0, "reasons": [], "tolerated": []},
}  # fmt: skip


def evidence(**members: Any) -> Evidence:
    """A request and its answer."""
    return Evidence.from_json(EXCHANGE | members)


def row(identifier: str, **members: Any) -> Row:
    """A check that failed, unless something else is stated."""
    shown = [EXCHANGE | one for one in members.pop("exchanges", [])]
    check = {"id": identifier, "check": identifier.partition("[")[0]}
    return Row.from_json(ROW | check | members | {"exchanges": shown})


def results(*rows: Row, **members: Any) -> Results:
    """Results of these rows; members are plain JSON."""
    profiles = {name: PROFILE | one for name, one in members.pop("profiles", {}).items()}
    return Results.from_json(WHOLE | {"checks": [one.to_json() for one in rows], "profiles": profiles} | members)


def written(folder: Path) -> Results:
    """The results that stand in a folder of reports."""
    return Results.from_json(json.loads((folder / "results.json").read_text()))
