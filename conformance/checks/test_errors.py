"""Mistakes, and the errors that answer them (RFC 7644 section 3.12)."""

from __future__ import annotations

from conformance import schemas
from conformance.idp.entra import ERROR
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.exchange import Exchange
from conformance.scim.paths import strings
from conformance.verdict import Kind, Level, Observation, show

SCIM_TYPES = frozenset({
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
    "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount",
})  # fmt: skip
"""RFC 7644 Table 9 and RFC 9865 section 2.1."""

TRACES = ("Traceback (most recent call last)", "at java.", "at System.", "node_modules", "Stack trace:", '.py", line')


def _failed(errors: Steps, removal: Steps) -> list[tuple[str, Exchange]]:
    """Each answer with an error status, and its step; a gateway's own answers are left out.

    Raises:
        NotApplicable: there is none.
    """
    answers = [
        (step.name, exchange)
        for steps in (errors, removal)
        for step in steps.played.steps.values()
        for exchange in step.exchanges
    ]
    found = [(name, e) for name, e in answers if (e.status or 0) >= 400 and e.method != "HEAD"]
    return expect.some(found, "no request was answered with an error")


def _told(errors: Steps, removal: Steps) -> list[tuple[str, Exchange]]:
    """Those of them that have an Error body.

    Raises:
        NotApplicable: there is none.
    """
    found = [(n, e) for n, e in _failed(errors, removal) if ERROR in strings(e.resource.get("schemas"))]
    return expect.some(found, "no error has an Error body")


@check("error-body", covers=["RFC7644-3.12-01", "RFC7644-3.12-23", "RFC7644-3.1-02"], profile="rfc")
def test_errors_have_an_error_body(errors: Steps, removal: Steps) -> None:
    """Every error has a JSON body that names the Error schema.

    The provisioning log shows its detail; without it nobody knows what to change.

    Fix: answer each error with schemas, status and detail.
    """
    bad = [f"{n}: {e.status}" for n, e in _failed(errors, removal) if ERROR not in strings(e.resource.get("schemas"))]
    errors["not-json"]
    expect.nothing(bad, f"an Error body (schemas: {ERROR})", path="schemas", kind=Kind.SCHEMA)


@check("error-status-member", covers=["RFC7644-3.12-02", "RFC7644-3.2-05"], profile="rfc")
def test_errors_repeat_the_status(errors: Steps, removal: Steps) -> None:
    """The status in an error's body is a string and equals the HTTP status.

    A client that reads only the body must see the same failure.

    Fix: write "status": "404", as a string.
    """
    bodies = _told(errors, removal)
    wrong = [f"{n}: {show(e.resource.get('status'))} for {e.status}" for n, e in bodies if not _repeats(e)]
    errors["not-json"]
    expect.nothing(wrong, "the HTTP status", path="status", kind=Kind.WRONG_VALUE)
    numbers = [f"{n}: {e.resource['status']}" for n, e in bodies if not isinstance(e.resource["status"], str)]
    expect.nothing(numbers, "the HTTP status as a string", path="status", level=Level.SHOULD, kind=Kind.WRONG_TYPE)


def _repeats(exchange: Exchange) -> bool:
    return str(exchange.resource.get("status")) == str(exchange.status)


@check("error-type", covers=["RFC7644-3.12-03", "RFC7644-3.12-04", "RFC7644-3.12-02"], profile="rfc")
def test_errors_use_known_words(errors: Steps, removal: Steps) -> None:
    """The scimType of an error is one of the RFC's words, and detail is text.

    Clients choose what to do next by scimType.

    Fix: use only the scimType values of RFC 7644 Table 9; detail is a string.
    """
    known = _told(errors, removal)
    wrong = [p for _, e in known for p in schemas.problems("Error", e.body) if p.path in {"detail", "scimType"}]
    expect.nothing(map(str, wrong), "text as scimType and detail", kind=Kind.WRONG_TYPE)
    errors["not-json"]
    words = {str(e.resource["scimType"]) for _, e in known if e.resource.get("scimType")} - SCIM_TYPES
    if words:
        raise Observation(f"scimType values of its own: {', '.join(sorted(words))}")


@check("error-media-type", covers=["RFC7644-3.1-01"], profile="rfc")
def test_errors_are_scim_json(errors: Steps, removal: Steps) -> None:
    """Errors come as application/scim+json.

    Clients read other media types as text.

    Fix: send Content-Type application/scim+json with errors too.
    """
    kinds = [(n, e.headers.get("content-type", "none").partition(";")[0].lower()) for n, e in _failed(errors, removal)]
    errors["not-json"]
    expect.nothing(
        (f"{n}: {k}" for n, k in kinds if "json" not in k),
        "application/scim+json",
        kind=Kind.MEDIA_TYPE,
        subject="Content-Type",
    )
    expect.nothing(
        (f"{n}: {k}" for n, k in kinds if k != "application/scim+json"),
        "application/scim+json",
        level=Level.SHOULD,
        kind=Kind.MEDIA_TYPE,
        subject="Content-Type",
    )


@check("error-no-5xx", covers=["RFC7644-3.12-13", "RFC7644-3.12-06"], profile="rfc")
def test_mistakes_are_no_server_errors(errors: Steps, removal: Steps) -> None:
    """A client's mistake is never answered with a 5xx.

    Entra retries a 5xx for hours, and quarantines the job.

    Fix: validate requests before using them; answer 4xx.
    """
    wrong = [f"{n}: {e.status}" for n, e in _failed(errors, removal) if (e.status or 0) >= 500 and e.status != 501]
    errors["not-json"]
    expect.nothing(wrong, "a 4xx", kind=Kind.STATUS)


@check("error-no-trace", covers=["RFC7644-3.12-01"], profile="rfc")
def test_errors_show_no_internals(errors: Steps, removal: Steps) -> None:
    """Errors hold neither HTML nor a stack trace.

    What they show of the inside helps an attacker, and no admin.

    Fix: turn every exception into an Error body with a sentence as detail.
    """
    wrong = [
        name
        for name, e in _failed(errors, removal)
        if e.body.lstrip()[:1] == "<" or any(trace in e.body for trace in TRACES)
    ]
    errors["odd-id"]
    expect.nothing(wrong, "an error without HTML and without a stack trace", kind=Kind.BODY, subject="body")
