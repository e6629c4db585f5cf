"""Bulk jobs of which a part fails: what the others do, and what is told of the failures (RFC 7644 section 3.7.3)."""

from __future__ import annotations

from typing import Any

from conformance.checks.test_bulk import FAILURES, VERBS, Pair, asked, pairs, results, told
from conformance.idp.entra import ERROR
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim import bulk as jobs
from conformance.scim.paths import is_empty, strings
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, Unplayed, show


def _failed(bulk: Steps) -> list[Pair]:
    """The operations that have to fail, and did."""
    failed = [(op, row) for op, row in pairs(bulk, FAILURES)[:2] if row and not jobs.succeeded(row)]
    if not failed:
        raise NotApplicable("no operation failed")
    return failed


def _error(row: dict[str, Any]) -> dict[str, Any]:
    response = row.get("response")
    return response if isinstance(response, dict) else {}


@check("bulk-failed-bulk-id", covers=["RFC7644-3.7-22"], profile="rfc")
def test_a_failed_creation_has_its_bulk_id(bulk: Steps) -> None:
    """The result of a creation that failed carries the bulkId too.

    It has no location: nothing else tells which creation it was.

    Fix: copy bulkId into the result before the operation is tried.
    """
    operation, row = pairs(bulk, FAILURES)[0]
    if jobs.succeeded(row):
        raise NotApplicable("a user name that is taken is accepted")
    if row.get("bulkId") != operation["bulkId"]:
        raise Failure(
            f"bulkId {show(operation['bulkId'])}", show(row.get("bulkId")), path="bulkId", kind=Kind.WRONG_VALUE
        )


@check("bulk-failed-body", covers=["RFC7644-3.7-11"], profile="rfc")
def test_a_failure_has_its_error(bulk: Steps) -> None:
    """A result that is no success carries the error as its response.

    A status alone does not tell the administrator what to mend.

    Fix: put the Error message that the single request would have got into response.
    """
    failed = _failed(bulk)
    expect.nothing(
        (told(op) for op, row in failed if not _error(row)),
        "a response in each failed result",
        kind=Kind.MISSING_VALUE,
        subject="Operations.response",
    )
    odd = [
        f"{told(op)}: {show(row['response'])}" for op, row in failed if ERROR not in strings(_error(row).get("schemas"))
    ]
    expect.nothing(
        odd, f"responses of schema {ERROR}", level=Level.SHOULD, kind=Kind.SCHEMA, subject="Operations.response"
    )


@check("bulk-failed-explained", covers=["RFC7644-3.7.3-04"], profile="rfc")
def test_a_failure_is_explained(bulk: Steps) -> None:
    """A result that is no success says in words what went wrong.

    The administrator reads this text, and nothing else.

    Fix: fill detail of the error.
    """
    dumb = []
    for operation, row in _failed(bulk):
        status = row.get("status")
        # Section 3.7.3 puts code and description under status, in the form of a draft.
        described = status.get("description") if isinstance(status, dict) else None
        if is_empty(_error(row).get("detail", described)) and not isinstance(row.get("response"), str):
            dumb.append(told(operation))
    expect.nothing(dumb, "a detail in each failed result", path="Operations.response.detail", kind=Kind.MISSING_VALUE)


@check("bulk-partial-failure", covers=["RFC7644-3.7-16"], profile="rfc")
def test_failures_do_not_stop_the_rest(bulk: Steps) -> None:
    """Operations after a failed one are carried out all the same.

    Without failOnErrors the client asks for as much as possible.

    Fix: go on after a failure; do not roll back what succeeded.
    """
    expect.status(asked(bulk, FAILURES), 200)
    _failed(bulk)
    rest = [(op, row) for op, row in pairs(bulk, FAILURES)[2:] if jobs.code(row) not in {403, 405, 501}]
    lost = [f"{told(op)}: {show(row)}" for op, row in rest if not jobs.succeeded(row)]
    expect.nothing(lost, "success of the operations after the failed ones", kind=Kind.REFUSED)


@check("bulk-order", covers=["RFC7644-3.7-20"], profile="rfc")
def test_the_last_change_wins(bulk: Steps) -> None:
    """Several changes to one user end with the last one.

    An endpoint may reorder a job, but not its outcome.

    Fix: keep the order of operations on the same resource.
    """
    changes = [row for op, row in pairs(bulk, FAILURES) if op["method"] == "PATCH"]
    if any(jobs.code(row) in {403, 405, 501} for row in changes):
        raise NotApplicable("PATCH does not work in bulk")
    if not all(jobs.succeeded(row) for row in changes):
        raise Unplayed(bulk.played.key, FAILURES)
    expect.attribute(bulk["read-after"], "displayName", "Last")


@check("bulk-status-as-single", covers=["RFC7644-3.7.3-03"], profile="rfc")
def test_results_have_the_status_of_single_requests(bulk: Steps) -> None:
    """A result has the status that the operation would have got on its own.

    A client treats the results like answers to single requests.

    Fix: take the status from the same code that serves single requests.
    """
    created = next(row for op, row in pairs(bulk, VERBS) if op["method"] == "POST")
    (taken, missing) = (row for _, row in pairs(bulk, FAILURES)[:2])
    rows = ((created, "create"), (taken, "single-taken"), (missing, "single-missing"))
    wrong = [
        f"{jobs.code(row)} for {bulk[name].exchange.status}"
        for row, name in rows
        if row and jobs.code(row) != bulk[name].exchange.status
    ]
    expect.nothing(wrong, "the statuses of the single requests", path="Operations.status", kind=Kind.WRONG_VALUE)


@check("bulk-fail-on-errors-goes-on", covers=["RFC7644-3.7.3-05"], profile="rfc")
def test_fewer_errors_than_the_limit_stop_nothing(bulk: Steps) -> None:
    """One error of two that failOnErrors allows does not stop the job.

    Operations that the client counts on are left out.

    Fix: count errors, and go on while there are fewer than failOnErrors.
    """
    if not asked(bulk, "stop-at-two").exchange.ok:
        raise Observation(f"a job that reached failOnErrors is answered {bulk['stop-at-two'].exchange.status}")
    row = pairs(bulk, "stop-at-two")[1][1]
    if not jobs.succeeded(row):
        raise Failure("success of a creation after one error, with failOnErrors 2", show(row), kind=Kind.REFUSED)


@check("bulk-fail-on-errors-stops", covers=["RFC7644-3.7-17", "RFC7644-3.7.3-05"], profile="rfc")
def test_a_job_stops_at_the_limit_of_errors(bulk: Steps) -> None:
    """What comes after more errors than failOnErrors allows is not carried out.

    The client wants a job that goes wrong to end early.

    Fix: stop when the number of errors reaches failOnErrors.
    """
    for name, limit in (("stop-at-one", 1), ("stop-at-two", 2)):
        if not asked(bulk, name).exchange.ok:
            raise Observation(f"a job that reached failOnErrors is answered {bulk[name].exchange.status}")
        errors = [row for row in results(bulk, name) if (jobs.code(row) or 0) >= 400]
        late = [row for row in results(bulk, name) if row.get("bulkId") == "late" and jobs.succeeded(row)]
        # The wording allows to stop at the limit or beyond it; and operations may have been reordered.
        if late and len(errors) > limit:
            got = f"a creation after {len(errors)} errors"
            raise Failure(f"an end at {limit} errors", got, level=Level.SHOULD, kind=Kind.COUNT, subject="failOnErrors")
