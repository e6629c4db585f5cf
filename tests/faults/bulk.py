"""Faults in bulk jobs: what they answer, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil

BULK = "/Bulk"
Rows = list[dict[str, Any]]


def answered(name: str, catches: Iterable[str], story: str, change: Callable[[Answer], Any]) -> None:
    """A fault of the answer to a processed job."""
    spoil(name, catches, story, change, at=BULK, methods="POST", status=200)


def resulting(name: str, check: str, story: str, change: Callable[[dict[str, Any]], Any], *, method: str = "") -> None:
    """A fault of the results in it."""

    def each(answer: Answer) -> None:
        for row in answer.body["Operations"]:
            if method in {"", row.get("method")}:
                change(row)

    answered(name, [check], story, each)


def failing(name: str, check: str, story: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """A fault of the results of failed operations."""
    resulting(name, check, story, lambda row: change(row) if row["status"][0] == "4" else None)


def jobbed(name: str, catches: Iterable[str], story: str, change: Callable[[Call], Any]) -> None:
    """A fault that hands the server another job than the client sent."""

    def answer(call: Call, serve: Serve) -> Answer | None:
        if not is_job(call):
            return None
        change(call)
        return serve(call)

    replace(name, catches, story, answer)


def is_job(call: Call) -> bool:
    """Whether the call is a job with operations."""
    return call.path == BULK and bool(call.operations)


def done(rows: Rows) -> Answer:
    """A BulkResponse."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": rows}
    return Answer(200, {"Content-Type": "application/scim+json"}, body)


# --- the answer ------------------------------------------------------------------------------------------

answered("bulk-207", ["bulk-status"], "A job is answered 207.", lambda a: setattr(a, "status", 207))
answered("bulk-schemaless", ["bulk-schema"], "The answer to a job has no schemas.", lambda a: a.body.pop("schemas"))
answered(
    "bulk-bare",
    ["bulk-operations"],
    "The answer to a job has no Operations.",
    lambda a: a.body.pop("Operations"),
)
answered(
    "bulk-only-failures",
    ["bulk-results-complete"],
    "Only failures have results.",
    lambda a: a.body.update(Operations=[r for r in a.body["Operations"] if r["status"][0] == "4"] or [{}]),
)
answered(
    "bulk-echo",
    ["bulk-fail-on-errors-unreturned"],
    "The answer repeats failOnErrors.",
    lambda a: a.body.update(failOnErrors=2),
)
resulting("bulk-methodless", "bulk-operations", "Results name no method.", lambda row: row.pop("method"))
resulting("bulk-no-status", "bulk-result-status", "Results have no status.", lambda row: row.pop("status"))
resulting(
    "bulk-draft-status",
    "bulk-result-status",
    "The status is an object, as in a draft.",
    lambda row: row.update(status={"code": row["status"]}),
)
resulting(
    "bulk-placeless",
    "bulk-result-location",
    "Deletions have no location.",
    lambda r: r.pop("location"),
    method="DELETE",
)
resulting(
    "bulk-other-place",
    "bulk-result-resource",
    "The location of a PATCH is somebody else's.",
    lambda row: row.update(location="/v2/Users/7"),
    method="PATCH",
)
resulting(
    "bulk-other-body",
    "bulk-result-resource",
    "The body of a PUT is somebody else's.",
    lambda row: row.update(response={"id": "7"}),
    method="PUT",
)
resulting(
    "bulk-anonymous",
    "bulk-result-bulk-id",
    "Creations lose their bulkId.",
    lambda row: row.pop("bulkId", None),
    method="POST",
)
failing("bulk-anonymous-failure", "bulk-failed-bulk-id", "Failures lose their bulkId.", lambda r: r.pop("bulkId", None))
failing("bulk-mute", "bulk-failed-body", "Failures have no response.", lambda row: row.pop("response"))
failing(
    "bulk-no-error", "bulk-failed-body", "Failures have a body of no schema.", lambda r: r["response"].pop("schemas")
)
failing(
    "bulk-no-detail", "bulk-failed-explained", "Failures have no detail.", lambda row: row["response"].pop("detail")
)
failing("bulk-all-400", "bulk-status-as-single", "Every failure is a 400.", lambda row: row.update(status="400"))
resulting(
    "bulk-post-200",
    "bulk-status-as-single",
    "A creation in bulk is a 200.",
    lambda r: r.update(status="200"),
    method="POST",
)


# --- what is done ----------------------------------------------------------------------------------------


def pretended(method: str) -> None:
    """A fault that reports a verb as done and does nothing."""

    def answer(call: Call, serve: Serve) -> Answer | None:
        if not is_job(call) or len({row.get("method") for row in call.operations}) != 4:
            return None
        rest = [row for row in call.operations if row["method"] != method]
        skipped = next(row for row in call.operations if row["method"] == method)
        call.body = call.body | {"Operations": rest}
        answer = serve(call)
        path = f"{skipped['path']}/nobody" if method == "POST" else skipped["path"]
        row = {"method": method, "location": f"http://127.0.0.1/v2{path}", "status": "200"}
        answer.body["Operations"].append(row | ({"bulkId": skipped["bulkId"]} if method == "POST" else {}))
        return answer

    low = method.lower()
    replace(f"bulk-pretends-{low}", [f"bulk-{low}"], f"{method} in bulk is only pretended.", answer)


for verb in ("POST", "PUT", "PATCH", "DELETE"):
    pretended(verb)


def refuse_with_failures(call: Call, serve: Serve) -> Answer | None:
    """Answer 400 where any operation failed."""
    answer = serve(call) if is_job(call) and "failOnErrors" not in call.body else None
    return error(400) if answer and answer.status == 200 and failures(answer) else answer


def failures(answer: Answer) -> Rows:
    """The results that are no success."""
    return [row for row in answer.body["Operations"] if row["status"][0] != "2"]


def stop_at_once(call: Call) -> None:
    """End at the first error, whatever the client asks for."""
    call.body["failOnErrors"] = 1


def report_stopped(call: Call, serve: Serve) -> Answer | None:
    """Stop at the first error and report the rest as failed."""
    if not is_job(call):
        return None
    sent = list(call.operations)
    stop_at_once(call)
    answer = serve(call)
    if answer.status == 200:
        gone = error(412, detail="stopped").body
        rest = sent[len(answer.body["Operations"]) :]
        answer.body["Operations"] += [
            {k: row[k] for k in ("method", "bulkId") if k in row}
            | {"location": f"/v2{row.get('path')}", "status": "412", "response": gone}
            for row in rest
        ]
    return answer


replace(
    "bulk-all-or-nothing", ["bulk-partial-failure", "bulk-status"], "A failure fails the job.", refuse_with_failures
)
replace(
    "bulk-stops-at-once",
    ["bulk-partial-failure", "bulk-fail-on-errors-goes-on"],
    "The first error ends each job.",
    report_stopped,
)
jobbed(
    "bulk-never-stops",
    ["bulk-fail-on-errors-stops"],
    "failOnErrors is ignored.",
    lambda call: call.body.pop("failOnErrors", None),
)
jobbed(
    "bulk-backwards",
    ["bulk-order"],
    "Operations are carried out from the last to the first.",
    lambda call: call.operations.reverse() if call.operations[-1].get("method") == "PATCH" else None,
)
