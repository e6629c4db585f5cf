"""Faults in bulk jobs: references between operations, malformed jobs, limits, versions."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from tests.faults.bulk import BULK, done, is_job, jobbed, resulting
from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def unbroken(name: str, check: str, story: str, wrong: Callable[[dict[str, Any]], bool]) -> None:
    """A fault that reports success for malformed operations."""

    def answer(call: Call, _serve: Serve) -> Answer | None:
        if not is_job(call) or not any(wrong(row) for row in call.operations):
            return None
        return done([{"method": "PUT", "location": "/v2/Users/1", "status": "200"}])

    replace(name, [check], story, answer)


# --- references ------------------------------------------------------------------------------------------


def literally(call: Call) -> None:
    """Hide references from the server, so that it stores them as they are."""
    hide = {"value": "bulkid-of-nobody"}
    for row in call.operations:
        data = row.get("data") or {}
        data.update({"members": [dict(hide)]} if data.get("members") else {})
        if isinstance(data.get(ENTERPRISE), dict):
            data[ENTERPRISE]["manager"] = dict(hide)


def unresolved(call: Call, serve: Serve) -> Answer | None:
    """Store references without resolving them."""
    if call.path == BULK:
        literally(call)
    answer = serve(call)
    text = json.dumps(answer.body).replace("bulkid-of-nobody", "bulkId:nobody")
    return Answer(answer.status, answer.headers, json.loads(text), answer.raw)


def unpathed(call: Call, serve: Serve) -> Answer | None:
    """Pretend changes of what is named by a reference."""
    named = [row for row in call.operations if "bulkId:" in str(row.get("path"))] if is_job(call) else []
    if not named:
        return None
    call.body = copy.deepcopy(call.body | {"Operations": [row for row in call.operations if row not in named]})
    answer = serve(call)
    answer.body["Operations"] += [{"method": "PATCH", "location": "/v2/Users/1", "status": "200"} for _ in named]
    return answer


replace(
    "bulk-references-unresolved",
    ["bulk-reference-member", "bulk-reference-manager", "bulk-reference-unknown"],
    "References are stored as they are.",
    unresolved,
)
replace("bulk-reference-path-ignored", ["bulk-reference-path"], "References in paths lead nowhere.", unpathed)


def crash(call: Call, serve: Serve) -> Answer | None:
    """Answer 500 where the server has a conflict over a reference."""
    answer = serve(call)
    return error(500) if is_job(call) and "circular" in json.dumps(answer.body) else answer


replace(
    "bulk-circle-crash",
    ["bulk-circle-groups", "bulk-circle-users"],
    "References that cannot be resolved crash the server.",
    crash,
)


# --- what is refused -------------------------------------------------------------------------------------

replace(
    "bulk-takes-anything",
    ["bulk-no-job"],
    "A body that is no JSON is an empty job.",
    lambda call, _serve: done([]) if call.path == BULK and call.body is None else None,
)
replace(
    "bulk-takes-nothing",
    ["bulk-no-operations"],
    "A job without operations is done at once.",
    lambda call, _serve: done([]) if call.path == BULK and call.body and not call.operations else None,
)
unbroken("bulk-guesses-method", "bulk-no-method", "A missing method is guessed.", lambda row: "method" not in row)
unbroken("bulk-takes-get", "bulk-odd-method", "GET is done in bulk.", lambda row: row.get("method") == "GET")
unbroken("bulk-guesses-path", "bulk-no-path", "A missing path is guessed.", lambda row: "path" not in row)
unbroken("bulk-takes-paths", "bulk-no-path", "A wrong path is taken.", lambda row: row.get("path") == "/NoSuchEndpoint")
unbroken(
    "bulk-dataless",
    "bulk-no-data",
    "A PUT without data succeeds.",
    lambda row: row.get("method") == "PUT" and "data" not in row,
)
unbroken(
    "bulk-needs-no-id",
    "bulk-no-bulk-id",
    "A POST needs no bulkId.",
    lambda row: row.get("method") == "POST" and "bulkId" not in row,
)


# --- limits and versions ---------------------------------------------------------------------------------


def boundless(config: Answer) -> None:
    """Tell no limits."""
    config.body["bulk"].update(maxOperations=-1, maxPayloadSize=-1)


def refused(name: str, catches: list[str], story: str, answer: Callable[[], Answer]) -> None:
    """A fault of the answer to a job beyond a limit."""
    spoil(name, catches, story, lambda _a: answer(), at=BULK, methods="POST", status=413)


spoil("bulk-boundless", ["bulk-limits-told"], "No limits are told.", boundless, at="/ServiceProviderConfig", status=200)
refused(
    "bulk-limitless", ["bulk-too-many", "bulk-too-large"], "Nothing is too much.", lambda: done([{"status": "200"}])
)
refused("bulk-limit-secret", ["bulk-limit-named"], "The limit is kept secret.", lambda: error(413))
jobbed(
    "bulk-versions-ignored",
    ["bulk-version"],
    "The version of an operation is ignored.",
    lambda call: [row.pop("version", None) for row in call.operations],
)
resulting("bulk-old-version", "bulk-version", "Results have an old version.", lambda row: row.update(version='W/"0"'))
