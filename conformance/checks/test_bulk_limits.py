"""The limits of bulk jobs, and versions in them (RFC 7644 sections 3.7 and 3.7.4)."""

from __future__ import annotations

from conformance.checks.test_bulk import asked, pairs
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim import bulk as jobs
from conformance.scim.paths import find
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

WORDS = {"too-many": ("operation",), "too-large": ("payload", "size", "large", "bytes")}
"""What an explanation of either limit cannot do without."""


def _tried(steps: Steps, name: str) -> Step:
    if steps.get(name) is None:
        raise NotApplicable("ServiceProviderConfig does not tell the limit, or it is too high to be tried")
    return asked(steps, name)


@check("bulk-limits-told", covers=["RFC7644-3.7.4-01"], profile="rfc")
def test_bulk_has_limits(discovery: Steps) -> None:
    """An endpoint with bulk says how many operations and bytes it takes.

    A client cuts its jobs by these numbers, or guesses.

    Fix: set bulk.maxOperations and bulk.maxPayloadSize in ServiceProviderConfig.
    """
    config = discovery["service-provider-config"].exchange.resource
    if find(config, "bulk.supported") is not True:
        raise NotApplicable("bulk is not advertised")
    for path in ("bulk.maxOperations", "bulk.maxPayloadSize"):
        limit = find(config, path)
        if not isinstance(limit, int) or isinstance(limit, bool):
            raise Failure(f"a number at {path}", show(limit), path=path, kind=Kind.WRONG_TYPE)
        if limit <= 0:
            raise Failure(f"a limit at {path}", show(limit), path=path, level=Level.SHOULD, kind=Kind.WRONG_VALUE)


@check("bulk-too-many", covers=["RFC7644-3.7.4-02", "RFC7644-3.7.4-04"], profile="rfc")
def test_too_many_operations_are_refused(bulk_limits: Steps) -> None:
    """A job with more operations than maxOperations is answered 413.

    A job that is carried out by half leaves the client not knowing which half.

    Fix: count the operations before any is carried out.
    """
    expect.status(_tried(bulk_limits, "too-many"), 413)
    if bulk_limits.get("at-limit") is not None:
        expect.status(bulk_limits["at-limit"], 200, level=Level.MAY)


@check("bulk-too-large", covers=["RFC7644-3.7.4-02"], profile="rfc")
def test_a_payload_that_is_too_large_is_refused(bulk_limits: Steps) -> None:
    """A job with more bytes than maxPayloadSize is answered 413.

    A job that is carried out by half leaves the client not knowing which half.

    Fix: compare Content-Length with maxPayloadSize.
    """
    expect.status(_tried(bulk_limits, "too-large"), 413)


@check("bulk-limit-named", covers=["RFC7644-3.7.4-03"], profile="rfc")
def test_the_refusal_names_the_limit(bulk_limits: Steps) -> None:
    """The answer to a job beyond a limit says which limit it was.

    The client has to send less; of what, only the answer can tell.

    Fix: name maxOperations or maxPayloadSize in detail.
    """
    seen = 0
    dumb = []
    for name, words in WORDS.items():
        step = bulk_limits.get(name)
        if step is None or step.exchange.status != 413:
            continue
        seen += 1
        # A long list of operations can be beyond either limit.
        known = (*words, *WORDS["too-large"], str(step.facts["limit"]))
        if not any(word in step.exchange.body.casefold() for word in known):
            dumb.append(f"{name}: {step.exchange.body[:100] or 'no body'}")
    if not seen:
        raise NotApplicable("no job was refused with 413")
    expect.nothing(dumb, "the limit in the body of a 413", kind=Kind.MISSING_VALUE, subject="detail")


def _tag(text: object) -> str:
    """A version for a weak comparison."""
    return str(text).strip().removeprefix("W/").strip('"')


@check("bulk-version", covers=["RFC7644-3.7-09", "RFC7644-3.7-23", "RFC7644-3.7.3-03"], profile="rfc")
def test_versions_work_in_bulk(bulk_versions: Steps) -> None:
    """An operation's version is a precondition, and a result's version is the resource's current one.

    A client that works with versions would overwrite the changes of others.

    Fix: treat version as If-Match, and answer with the version after the operation.
    """
    stale = pairs(bulk_versions, "stale")[0][1]
    current = pairs(bulk_versions, "current")[0][1]
    if jobs.succeeded(current) and current.get("version") is not None:
        tag = bulk_versions["read-changed"].exchange.headers.get("etag")
        if _tag(current["version"]) != _tag(tag):
            raise Failure(
                f"version {show(tag)}",
                show(current["version"]),
                path="version",
                level=Level.SHOULD,
                kind=Kind.WRONG_VALUE,
            )
    if bulk_versions["single-stale"].exchange.status != 412:
        raise NotApplicable("a single request with an old version is not refused with 412")
    if jobs.succeeded(stale):
        raise Failure("412 for an old version", show(stale), level=Level.SHOULD, kind=Kind.STATUS)
    if not jobs.succeeded(current):
        raise Failure("success with the current version", show(current), level=Level.SHOULD, kind=Kind.REFUSED)
    if jobs.code(stale) != 412:
        raise Observation(f"an old version in bulk is answered {jobs.code(stale)}, a single request 412")
