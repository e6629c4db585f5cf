"""Provision on demand: the five steps of the portal for one user or group, told by the command."""

from __future__ import annotations

import json
import re

import pytest

from conformance.commands.cycle.on_demand import told
from conformance.demo.server import build_app, serve
from conformance.provisioning.service.codes import Trouble
from tests.cycle.command import FIXTURES, TOKEN, cycle, request, stored
from tests.faults.layer import wrap
from tests.faults.rewrite import error
from tests.fitting import fits

CONTOSO = ("--directory", FIXTURES / "contoso" / "contoso.json")
HELENA, OTTO, MAYA, NOAH = (
    f"{name}@contoso.example" for name in ("helena.marsh", "otto.lindqvist", "maya.patel", "noah.fischer")
)
STEP = re.compile(r"^(.) ([1-5])\. .*: (success|failure|skipped|warning)$", re.MULTILINE)


@pytest.fixture
def url():
    """An empty endpoint."""
    with serve(build_app(TOKEN)) as served:
        yield served


def steps(done):
    """The outcome of each of the five steps."""
    found = STEP.findall(done.out)
    assert [number for _, number, _ in found] == ["1", "2", "3", "4", "5"], str(done)
    return [outcome for _, _, outcome in found]


def test_a_new_user_is_created_step_by_step_and_goes_again(url, tmp_path):
    """Connection, import, scope, match, action; each value that was set; and a report."""
    done = cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO)

    assert (done.code, steps(done)) == (0, ["success"] * 5), str(done)
    assert re.search(r"Created scimconf-\w{6}-otto\.lindqvist@contoso\.example as \w+", done.out)
    assert "title: (empty) -> Chief Financial Officer" in done.out
    assert stored(url) == []
    fits(done.results)
    assert done.results["cycle"]["dialects"][0]["cycles"][0]["kind"] == "on-demand"
    assert "Otto" in (tmp_path / "report.html").read_text()
    assert list(tmp_path.glob("*.sqlite")) == []


def test_with_keep_the_user_stays_and_the_next_time_nothing_is_to_do(url, tmp_path):
    """The link is known then; the sixth step of the portal, a second try, sends no write."""
    cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO, "--keep")
    assert [row["displayName"] for row in stored(url)] == ["Otto Lindqvist"]

    done = cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO)
    assert steps(done) == ["success"] * 4 + ["skipped"]
    assert "nothing to send" in done.out
    assert len(stored(url)) == 1


def helena(url, **attributes):
    """A user of somebody else's, whom the directory knows under the same name."""
    return request(f"{url}/Users", "POST", {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": HELENA, "title": "Founder", **attributes,
    })  # fmt: skip


def test_somebody_who_is_there_is_left_alone_without_adopt(url, tmp_path):
    """The match is told, and nothing is written."""
    helena(url)
    done = cycle(url, tmp_path, *CONTOSO, "--as-is", "--on-demand", HELENA)

    assert (done.code, steps(done)) == (0, ["success", "success", "success", "skipped", "skipped"]), str(done)
    assert "--adopt links and changes it" in done.out
    assert [row["title"] for row in stored(url)] == ["Founder"]
    assert stored(url)[0].get("displayName") is None


def test_somebody_who_is_there_is_adopted_and_never_deleted(url, tmp_path):
    """What differs is sent, with the old value and the new one."""
    helena(url)
    done = cycle(url, tmp_path, *CONTOSO, "--as-is", "--adopt", "--on-demand", HELENA.upper())

    assert (done.code, steps(done)) == (0, ["success"] * 5), str(done)
    assert "Found one resource by userName" in done.out
    assert "title: Founder -> Chief Executive Officer" in done.out
    assert [row["title"] for row in stored(url)] == ["Chief Executive Officer"]


@pytest.mark.parametrize(("who", "why"), [(MAYA, "Not assigned to the application"), (NOAH, "Disabled or deleted")])
def test_who_is_out_of_scope_is_told_why(url, tmp_path, who, why):
    """The third step says it, and the others are skipped."""
    done = cycle(url, tmp_path, *CONTOSO, "--on-demand", who)

    assert (done.code, steps(done)) == (0, ["success", "success", "skipped", "skipped", "skipped"]), str(done)
    assert why in done.out
    assert stored(url) == []


def test_what_the_endpoint_refuses_fails_at_the_last_step(tmp_path):
    """Its own detail is told, and the exit code is 1."""
    refuses = wrap(build_app(TOKEN), lambda call, serve: (
        error(400, "invalidValue", "no more seats") if call.method == "POST" else serve(call)
    ))  # fmt: skip
    with serve(refuses) as url:
        done = cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO)

    assert (done.code, steps(done)) == (1, ["success"] * 4 + ["failure"]), str(done)
    assert "no more seats" in done.out


def test_a_look_up_that_is_refused_fails_at_the_first_step(tmp_path):
    """Test Connection is the first step; nothing else is tried."""
    asked = []

    def moody(call, serve):
        asked.append(call.query)
        late = sum("filter" in query for query in asked) > 1
        return error(400, "invalidFilter", "no filters here") if late and "filter" in call.query else serve(call)

    with serve(wrap(build_app(TOKEN), moody)) as url:
        done = cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO)
        assert stored(url) == []

    assert (done.code, steps(done)) == (1, ["failure"] + ["skipped"] * 4), str(done)


def test_a_manager_makes_no_steps_of_its_own(url, tmp_path):
    """The event of the reference comes after that of the user; the steps of both are told, each once."""
    cycle(url, tmp_path, *CONTOSO, "--on-demand", HELENA, "--keep")
    done = cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO, "--keep")

    assert steps(done) == ["success"] * 5
    assert done.out.count("Read the user") == 1
    assert "Created" in done.out
    assert re.search(r"Manager is scimconf-\w{6}-helena", done.out)


def test_a_group_of_a_few_is_provisioned_with_its_members(url, tmp_path):
    """Its members are those that are linked already."""
    names = json.loads((FIXTURES / "contoso" / "contoso.json").read_text())["groups"]
    group = next(one for one in names if 0 < len(one.get("members", [])) <= 5 and one.get("assignments"))
    done = cycle(url, tmp_path, *CONTOSO, "--on-demand", group["displayName"])

    assert (done.code, steps(done)) == (0, ["success"] * 5), str(done)
    assert re.search(rf"Created scimconf-\w{{6}}-{group['displayName']}", done.out)


def test_on_demand_leaves_the_others_of_a_kept_job_where_they_are(url, tmp_path):
    """Whoever asks for one person does not ask that all others go."""
    cycle(url, tmp_path, *CONTOSO, "--initial-only", "--keep")
    before = {row["id"] for row in stored(url)}
    done = cycle(url, tmp_path, *CONTOSO, "--on-demand", OTTO)

    assert done.code == 0, str(done)
    assert {row["id"] for row in stored(url)} == before
    assert len(before) > 20


def test_steps_of_a_bad_connection_say_what_to_do():
    """Code, reason and remedy in one line."""
    lines = told(Trouble("Timeout", "Test Connection: no answer."), [])
    assert lines[0] == "✗ 1. Test connection: failure"
    assert lines[1].strip().startswith("Timeout: Test Connection: no answer. Answer faster")
