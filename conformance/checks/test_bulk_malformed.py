"""Bulk jobs that are wrong on purpose (RFC 7644 section 3.7). Either the job or the operation may be refused."""

from __future__ import annotations

from conformance.checks.test_bulk import asked
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim import bulk as jobs
from conformance.verdict import Failure, Kind, Level, show


def _refused(steps: Steps, name: str, what: str) -> None:
    """The job was refused, or each of its operations."""
    exchange = asked(steps, name).exchange
    if not exchange.ok:
        if exchange.status is None or (exchange.status >= 500 and exchange.status != 501):
            raise expect.answered(exchange, f"a 4xx for {what}")
        return
    rows = jobs.rows(exchange)
    done = [show(row) for row in rows if jobs.succeeded(row)]
    count = len((exchange.request_body or {}).get("Operations", []))
    if done or not count or not rows:
        raise Failure(
            f"an error for {what}",
            "; ".join(done) or f"HTTP {exchange.status}",
            kind=Kind.STATUS,
            subject=str(exchange.status),
        )


@check("bulk-no-job", covers=["RFC7644-3.7-15", "RFC7644-3.7-01"], profile="rfc")
def test_what_is_no_job_is_refused(bulk_refused: Steps) -> None:
    """A bulk request that cannot be processed gets an HTTP error; so does any where bulk is not offered.

    A client that gets 200 believes that its job was done.

    Fix: answer 400 to what is not JSON, and 501 where there is no bulk.
    """
    if "unsupported" in bulk_refused.played.steps:
        step = bulk_refused["unsupported"]
        if step.exchange.ok:
            raise expect.answered(step.exchange, "an error, as bulk is not offered", level=Level.MAY)
        return
    exchange = bulk_refused["not-json"].exchange
    if exchange.ok:
        raise expect.answered(exchange, "an HTTP error for a body that is not JSON")


@check("bulk-no-operations", covers=["RFC7644-3.7-04"], profile="rfc")
def test_a_job_without_operations_is_refused(bulk_malformed: Steps) -> None:
    """A job without Operations is refused.

    A client whose operations were lost on the way believes that they were carried out.

    Fix: answer 400.
    """
    _refused(bulk_malformed, "no-operations", "a job without Operations")


@check("bulk-no-method", covers=["RFC7644-3.7-05"], profile="rfc")
def test_an_operation_without_method_is_refused(bulk_malformed: Steps) -> None:
    """An operation without a method is refused.

    To guess what the client wants may destroy something.

    Fix: answer 400, for the job or in the operation's result.
    """
    _refused(bulk_malformed, "no-method", "an operation without method")


@check("bulk-no-bulk-id", covers=["RFC7644-3.7-06"], profile="rfc")
def test_a_creation_without_bulk_id_is_refused(bulk_malformed: Steps) -> None:
    """A POST without a bulkId is refused.

    Without it the client cannot tell the results of its creations apart.

    Fix: answer 400, for the job or in the operation's result.
    """
    _refused(bulk_malformed, "no-bulk-id", "a POST without bulkId")


@check("bulk-no-path", covers=["RFC7644-3.7-07"], profile="rfc")
def test_an_operation_without_a_fitting_path_is_refused(bulk_malformed: Steps) -> None:
    """An operation without a path, or with one that leads nowhere, is refused.

    What it was meant for is carried out by guess, or dropped without a word.

    Fix: answer 400, for the job or in the operation's result.
    """
    _refused(bulk_malformed, "no-path", "an operation without path")
    _refused(bulk_malformed, "odd-path", "the path /NoSuchEndpoint")


@check("bulk-no-data", covers=["RFC7644-3.7-08"], profile="rfc")
def test_a_change_without_data_is_refused(bulk_malformed: Steps) -> None:
    """A PUT or PATCH without data is refused.

    An account would be emptied by what was lost on the way.

    Fix: answer 400, for the job or in the operation's result.
    """
    _refused(bulk_malformed, "no-data", "a PUT and a PATCH without data")


@check("bulk-odd-method", covers=["RFC7644-3.7-24"], profile="rfc")
def test_an_unknown_method_is_refused(bulk_malformed: Steps) -> None:
    """An operation with a method other than POST, PUT, PATCH or DELETE is refused.

    It would be carried out by guess, or dropped without a word.

    Fix: answer 400, for the job or in the operation's result.
    """
    _refused(bulk_malformed, "odd-method", "a GET in bulk")
