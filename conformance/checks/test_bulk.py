"""Bulk jobs: the verbs, and the form of the answer (RFC 7644 sections 3.7 and 3.7.3)."""

from __future__ import annotations

from typing import Any

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim import bulk as jobs
from conformance.scim.messages import BULK_RESPONSE
from conformance.scim.paths import is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Unplayed, show

VERBS, FAILURES = "verbs", "failures"
"""Names of steps. A check that judges a step spells it out, the others do not: see ``check._looks_at``."""

Pair = tuple[dict[str, Any], dict[str, Any]]
"""An operation and its result; an empty one where the answer has none."""


def asked(steps: Steps, name: str) -> Step:
    """A job that was sent to an endpoint with bulk.

    Raises:
        NotApplicable: nothing says that there is bulk, and there is none.
    """
    step = steps[name]
    if not step.facts["advertised"] and step.exchange.status in {403, 404, 405, 501}:
        raise NotApplicable(f"bulk is not advertised, and a job is answered {step.exchange.status}")
    return step


def results(steps: Steps, name: str) -> list[dict[str, Any]]:
    """The results of a job.

    Raises:
        Unplayed: it has none, which other checks judge.
    """
    step = asked(steps, name)
    rows = jobs.rows(step.exchange)
    if step.exchange.status != 200 or not rows:
        raise Unplayed(steps.played.key, name)
    return rows


def pairs(steps: Steps, name: str) -> list[Pair]:
    """Each operation of a job with its result: told by bulkId, method and location, or else by its place."""
    rows = results(steps, name)
    operations = steps[name].exchange.request_body["Operations"]
    left, found = list(rows), []
    for number, operation in enumerate(operations):
        row = next((row for row in left if _answers(row, operation)), None)
        if row is None and len(rows) == len(operations):
            row = rows[number]
        left = [other for other in left if other is not row]
        found.append((operation, row or {}))
    return found


def _answers(row: dict[str, Any], operation: dict[str, Any]) -> bool:
    if operation.get("method") == "POST":
        return bool(row.get("bulkId") == operation["bulkId"])
    same_method = str(row.get("method")).upper() == operation.get("method")
    return same_method and jobs.place(row) == jobs.place({"location": operation.get("path")})


def told(operation: dict[str, Any]) -> str:
    """An operation in a few words."""
    return f"{operation.get('method')} {operation.get('bulkId') or operation.get('path')}"


def _done(steps: Steps, method: str) -> Pair:
    """The operation of a method in the job of all verbs; it succeeded."""
    operation, row = next(pair for pair in pairs(steps, VERBS) if pair[0]["method"] == method)
    if method in {"PUT", "PATCH"} and jobs.code(row) in {403, 405, 501}:
        raise NotApplicable(f"{method} is answered {jobs.code(row)} in bulk")
    if not jobs.succeeded(row):
        raise Failure(f"{method} with a 2xx status in bulk", show(row), kind=Kind.REFUSED)
    return operation, row


@check("bulk-status", covers=["RFC7644-3.7-14"], profile="rfc")
def test_a_processed_job_is_answered_200(bulk: Steps) -> None:
    """A bulk job that was processed is answered 200.

    What became of each operation is told by its result; the status of the answer is about the job.

    Fix: answer POST /Bulk with 200, also where operations failed.
    """
    expect.status(asked(bulk, "verbs"), 200)
    expect.status(asked(bulk, "failures"), 200)
    for name in (VERBS, FAILURES):
        results(bulk, name)  # 200 without results comes of something else than a job


@check("bulk-operations", covers=["RFC7644-3.7-21"], profile="rfc")
def test_results_name_their_method(bulk: Steps) -> None:
    """The answer to a job has an Operations array, and each result names the method.

    A client finds its own operations again by what the results say.

    Fix: copy the method of the operation into its result.
    """
    if asked(bulk, "verbs").exchange.status != 200:
        raise Unplayed(bulk.played.key, "verbs")
    rows = expect.resource(bulk["verbs"]).get("Operations")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Failure("an Operations array of results", show(rows), path="Operations", kind=Kind.SCHEMA)
    wrong = [show(row) for op, row in pairs(bulk, "verbs") if row and str(row.get("method")).upper() != op["method"]]
    expect.nothing(wrong, "results with the method of their operation", path="Operations.method", kind=Kind.WRONG_VALUE)


@check("bulk-schema", covers=["RFC7644-3.7-02"], profile="rfc")
def test_the_answer_is_a_bulk_response(bulk: Steps) -> None:
    """The answer to a BulkRequest is a BulkResponse.

    A client that goes by schemas takes anything else for an error.

    Fix: put urn:ietf:params:scim:api:messages:2.0:BulkResponse into schemas.
    """
    results(bulk, VERBS)
    schemas = expect.resource(bulk[VERBS]).get("schemas")
    if not isinstance(schemas, list) or BULK_RESPONSE not in schemas:
        raise Failure(BULK_RESPONSE, show(schemas), path="schemas", kind=Kind.SCHEMA)


@check("bulk-post", covers=["RFC7644-3.7-03"], profile="rfc")
def test_a_user_is_created_in_bulk(bulk: Steps) -> None:
    """POST works in bulk: the user is there under the location of the result.

    A job that creates nothing and answers 201 leaves the client with people who do not exist.

    Fix: carry the operation out as POST on its own, and store the user.
    """
    _done(bulk, "POST")
    read = bulk.get("read-created")
    if read is None:
        raise Failure(
            "the new user where its location leads",
            "nothing of its name",
            kind=Kind.WRONG_VALUE,
            subject="Operations.location",
        )
    expect.status(read, 200)


@check("bulk-put", covers=["RFC7644-3.7-03"], profile="rfc")
def test_a_user_is_replaced_in_bulk(bulk: Steps) -> None:
    """PUT works in bulk: the user has the new values.

    A job that changes nothing and answers 200 leaves the account out of date for good.

    Fix: carry the operation out as PUT on its own.
    """
    _done(bulk, "PUT")
    expect.attribute(bulk["read-replaced"], "displayName", "Replaced in bulk")


@check("bulk-patch", covers=["RFC7644-3.7-03"], profile="rfc")
def test_a_user_is_patched_in_bulk(bulk: Steps) -> None:
    """PATCH works in bulk: the user has the new value.

    A job that changes nothing and answers 200 leaves the account out of date for good.

    Fix: carry the operation out as PATCH on its own; its data is a PatchOp.
    """
    _done(bulk, "PATCH")
    expect.attribute(bulk["read-patched"], "displayName", "Patched in bulk")


@check("bulk-delete", covers=["RFC7644-3.7-03"], profile="rfc")
def test_a_user_is_deleted_in_bulk(bulk: Steps) -> None:
    """DELETE works in bulk: the user is gone.

    A leaver whose deletion was only reported keeps the access.

    Fix: carry the operation out as DELETE on its own.
    """
    _done(bulk, "DELETE")
    expect.status(bulk["read-deleted"], 404, 410)


@check("bulk-results-complete", covers=["RFC7644-3.7.3-01"], profile="rfc")
def test_each_operation_has_a_result(bulk: Steps) -> None:
    """The answer holds a result for each operation that was processed, failed ones included.

    A client cannot know what became of an operation without a result.

    Fix: add one result for each operation.
    """
    for name in (VERBS, FAILURES):
        count = len(bulk[name].exchange.request_body["Operations"])
        if len(results(bulk, name)) != count:
            raise Failure(f"{count} results", f"{len(results(bulk, name))}", path="Operations", kind=Kind.COUNT)


@check("bulk-result-status", covers=["RFC7644-3.7-13"], profile="rfc")
def test_each_result_has_a_status(bulk: Steps) -> None:
    """Each result has its HTTP status, as a string.

    Drafts of the RFC had an object with a code, which a figure still shows.

    Fix: "status": "201".
    """
    rows = [*results(bulk, VERBS), *results(bulk, FAILURES)]
    expect.nothing(
        (show(row) for row in rows if jobs.code(row) is None),
        "a status in each result",
        path="status",
        kind=Kind.MISSING_VALUE,
    )
    odd = [show(row["status"]) for row in rows if not isinstance(row["status"], str)]
    expect.nothing(odd, "each status as a string", path="status", level=Level.SHOULD, kind=Kind.WRONG_TYPE)


@check("bulk-result-location", covers=["RFC7644-3.7-10", "RFC7644-3.7.3-02"], profile="rfc")
def test_each_result_has_a_location(bulk: Steps) -> None:
    """Each result has the location of its resource; only a POST that failed has none.

    It is the only place where the client learns the id of what it created.

    Fix: add location to each result, to failed PUT, PATCH and DELETE too.
    """
    rows = [*pairs(bulk, VERBS), *pairs(bulk, FAILURES)]
    there = [(op, row) for op, row in rows if row and (op["method"] != "POST" or jobs.succeeded(row))]
    lost = [told(op) for op, row in there if not all(jobs.place(row))]
    expect.nothing(lost, "a location in each result", path="Operations.location", kind=Kind.MISSING_VALUE)


@check("bulk-result-resource", covers=["RFC7644-3.7-10", "RFC7644-3.7-12"], profile="rfc")
def test_results_are_about_their_resource(bulk: Steps) -> None:
    """A result's location leads to the resource of the operation; a body, which may be left out, shows the same one.

    A client that keeps the wrong address changes somebody else later.

    Fix: give the location of the resource itself, and no other resource's body.
    """
    wrong = []
    for operation, row in pairs(bulk, VERBS):
        place, response = jobs.place(row), row.get("response")
        path = jobs.place({"location": operation["path"]})
        if operation["method"] != "POST" and all(place) and place[1] != path[1]:
            wrong.append(f"{told(operation)}: {row['location']}")
        identifier = response.get("id") if isinstance(response, dict) and jobs.succeeded(row) else None
        if identifier is not None and all(place) and identifier != place[1]:
            wrong.append(f"{told(operation)}: the body of {identifier} with the location {row['location']}")
    expect.nothing(wrong, "results about the resource of their operation", kind=Kind.WRONG_VALUE)


@check("bulk-result-bulk-id", covers=["RFC7644-3.7-19"], profile="rfc")
def test_a_creation_has_its_bulk_id(bulk: Steps) -> None:
    """The result of a creation carries the bulkId of the operation.

    It is how the client learns which of its resources got which id.

    Fix: copy bulkId into the result.
    """
    operation, row = _done(bulk, "POST")
    if row.get("bulkId") != operation["bulkId"]:
        raise Failure(
            f"bulkId {show(operation['bulkId'])}", show(row.get("bulkId")), path="bulkId", kind=Kind.WRONG_VALUE
        )


@check("bulk-fail-on-errors-unreturned", covers=["RFC7644-3.7-18"], profile="rfc")
def test_fail_on_errors_is_not_returned(bulk: Steps) -> None:
    """The answer does not repeat failOnErrors.

    It belongs to the request; a strict client does not read the answer with it.

    Fix: leave failOnErrors out of the BulkResponse.
    """
    if (
        asked(bulk, "stop-at-two").exchange.ok
        and results(bulk, "stop-at-two")
        and not is_empty(bulk["stop-at-two"].exchange.resource.get("failOnErrors"))
    ):
        raise Failure(
            "no failOnErrors",
            show(bulk["stop-at-two"].exchange.resource["failOnErrors"]),
            path="failOnErrors",
            kind=Kind.UNWANTED_VALUE,
        )
