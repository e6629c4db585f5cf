"""No check passes of which the very thing was refused, and a leaver who stays active is told before all else."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from conformance.demo.server import build_app, serve
from conformance.judge.check import CHECKS
from tests.cycle.command import SMALL, TOKEN, cycle
from tests.faults.lab import judge_with
from tests.faults.layer import FAULTS, wrap
from tests.faults.played import CYCLES, cycles
from tests.faults.rewrite import error

ABOUT = {
    "cycle-a-disable-refused-400": {"leaver", "leavers-out", "return", "scope", "memberships-kept"},
    "cycle-a-disable-refused-409": {"leaver", "leavers-out", "return", "scope", "memberships-kept"},
    "cycle-a-disable-refused-500": {"leaver", "leavers-out", "return", "scope", "memberships-kept"},
    "cycle-a-delete-of-a-user-refused-409": {"deletions", "leavers-out", "nobody-back"},
    "cycle-a-delete-of-a-group-refused-400": {"deletions", "nobody-back"},
    "cycle-a-move-refused-400": {"move", "restart", "reset"},
    "cycle-a-hire-refused-400": {"hire", "nobody-lost", "move", "restart", "reset"},
    "cycle-a-hire-refused-409": {"hire", "nobody-lost", "move", "restart", "reset"},
    "cycle-rename-refused": {"rename", "restart", "reset"},
    "cycle-a-renamed-group-refused-409": {"groups", "restart", "reset"},
    "cycle-a-member-refused-400": {"initial-groups", "hire", "groups", "memberships-kept", "restart", "reset"},
    "cycle-a-manager-refused-400": {"initial-users", "hire", "move", "restart", "reset"},
    "cycle-a-return-refused-400": {"return", "restart", "reset"},
}
"""What each refusal is about, without the beginning of the ids."""


@pytest.mark.parametrize("name", ABOUT)
def test_no_check_passes_of_which_the_thing_was_refused(once, name):
    """It fails, or is blocked by what fails of the refused export, in both dialects; and the exports fail."""
    rows = cycles(once, name)
    about = [row for row in rows.values() if row["check"].removeprefix("cycle-") in ABOUT[name]]
    passed = [row["id"] for row in about if row["verdict"] in {"PASS", "INFO"}]
    blockers = {rows[row["blocked_by"]]["verdict"] for row in about if row["verdict"] == "BLOCKED"}

    assert len(about) == 2 * len(ABOUT[name])
    assert passed == []
    assert blockers <= {"FAIL"}
    assert rows["cycle-exports-succeed[legacy]"]["verdict"] == "FAIL"
    assert not any(row["suite_fault"] for row in rows.values())


def unique_mails(call, serve):
    """A good server that refuses an e-mail address that somebody has, in any letter case, with 409."""
    taken = call.memory.setdefault("mails", {})
    name, identifier = "", call.path.removeprefix("/Users/")
    if call.method == "POST" and call.path == "/Users":
        name = str(call.body.get("emails", [{}])[0].get("value", "")).casefold()
        if name and name in taken.values():
            return error(409, "uniqueness")
    answer = serve(call)
    if name and answer.status == 201:
        taken[answer.body["id"]] = name
    if call.method == "PATCH" and identifier in taken:
        mails = [op["value"] for op in call.operations if "emails" in str(op.get("path"))]
        taken[identifier] = str(mails[0]).casefold() if mails else taken[identifier]
    if call.method == "DELETE":
        taken.pop(identifier, None)
    return answer


def test_a_conflict_that_is_right_is_held_against_nobody():
    """A server with unique e-mail addresses passes everything: the clash is made on purpose, and heals."""
    rows = judge_with(unique_mails, CYCLES, cycle=True)

    assert {row["id"]: row["verdict"] for row in rows.values() if row["verdict"] != "PASS"} == {}


def test_without_a_conflict_there_is_nothing_to_heal():
    """A server that minds no address twice passes everything but that check, which says why it does not apply."""
    rows = judge_with(None, CYCLES, cycle=True)
    others = {row["check"]: (row["verdict"], row["got"]) for row in rows.values() if row["verdict"] != "PASS"}

    assert others == {"cycle-conflict-heals": ("N/A", "no create was refused because of somebody else's value")}


@pytest.mark.parametrize("status", [409, *(pytest.param(status, marks=pytest.mark.torture) for status in (400, 500))])
def test_a_leaver_who_stays_active_leads(tmp_path, status):
    """On terminal, page and job summary, whatever the disable is refused with; nothing says that all is well."""
    told = tmp_path / "summary.md"
    app = wrap(build_app(TOKEN), FAULTS[f"cycle-a-disable-refused-{status}"].behaviour)
    with serve(app) as url, mock.patch.dict(os.environ, {"GITHUB_STEP_SUMMARY": str(told)}):
        done = cycle(url, tmp_path / "reports", *SMALL)
    title = CHECKS["cycle-leavers-out"].title
    page = (tmp_path / "reports" / "report.html").read_text()
    first = next(line for line in done.out.splitlines() if "FAIL" in line)
    listed = next(line for line in told.read_text().splitlines() if line.startswith("1. "))

    assert done.code == 1, str(done)
    assert "cycle-leavers-out[legacy]" in first
    assert title in page.partition("Fix these first</h2>")[2].partition("</li>")[0]
    assert title in listed
    assert "obody was lost" not in page + done.out + told.read_text()
    assert done.results["profiles"]["entra"]["decided_by"][0] == "cycle-leavers-out[legacy]"
    assert f"StatusCode: {status}" in str(done.results["cycle"]["dialects"][0]["differences"])
