"""How much it weighs what an endpoint does of a create: Entra sends single ones, and no bulk jobs."""

from __future__ import annotations

import pytest

from tests.faults.accounts import TWIN, post_sent_twice, renamed
from tests.faults.lab import judge_with
from tests.faults.layer import Answer, Call, Serve


def job_done_twice(call: Call, serve: Serve) -> Answer:
    """A job creates each group twice; both have the name."""
    if call.path == "/Bulk":
        for operation in call.operations:
            data = operation.get("data")
            if operation.get("path") == "/Groups" and isinstance(data, dict) and data.get("displayName"):
                serve(
                    call.to("POST", "/Groups", {"schemas": data["schemas"], "displayName": data["displayName"] + TWIN})
                )
    answer = serve(call)
    answer.body = renamed(answer.body, {TWIN: ""})
    return answer


@pytest.mark.parametrize(
    ("behaviour", "verdict"), [(post_sent_twice, "FAIL"), (job_done_twice, "WARN")], ids=["single", "in a bulk job"]
)
def test_what_only_a_bulk_job_does_twice_is_a_warning(behaviour, verdict):
    """Whoever fails it in a job alone is conformant for Entra, and is told."""
    row = judge_with(behaviour, ["create-is-done-once", "bulk-circle-groups"])["create-is-done-once"]

    assert row["verdict"] == verdict
    assert ("in a bulk job" in row["got"]) is (verdict == "WARN")
