"""Mistakes, and the errors that answer them (RFC 7644 section 3.12)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance import expect, schemas
from conformance.check import Steps, check
from conformance.entra import ERROR
from conformance.recording import Step
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Level, NotApplicable, Observation, show

SCIM_TYPES = frozenset({
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
    "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount",
})  # fmt: skip
"""RFC 7644 Table 9 and RFC 9865 section 2.1."""

TRACES = ("Traceback (most recent call last)", "at java.", "at System.", "node_modules", "Stack trace:", '.py", line')


def _failed(errors: Steps, removal: Steps) -> Iterator[tuple[str, Exchange]]:
    """Each answer with an error status, and its step; a gateway's own answers are left out."""
    for steps in (errors, removal):
        for step in steps.played.steps.values():
            for exchange in step.exchanges:
                if (exchange.status or 0) >= 400 and exchange.method != "HEAD":
                    yield step.name, exchange


def _scim_type(step: Step, *allowed: str) -> None:
    """A scimType, where the answer gives one, is one of these."""
    value = find(step.exchange.resource, "scimType")
    if not is_empty(value) and value not in allowed:
        raise Failure(f"scimType {' or '.join(allowed)}, or none", show(value), path="scimType", level=Level.SHOULD)


def _refused(step: Step, *statuses: int) -> None:
    """The answer is one of these statuses; another 4xx breaks no more than a SHOULD."""
    soft = 400 <= (step.exchange.status or 0) < 500
    expect.status(step, *statuses, level=Level.SHOULD if soft else None)


@check("error-body", covers=["RFC7644-3.12-01", "RFC7644-3.12-23", "RFC7644-3.1-02"], profile="rfc")
def test_errors_have_an_error_body(errors: Steps, removal: Steps) -> None:
    """Every error has a JSON body that names the Error schema.

    The provisioning log shows its detail; without it nobody knows what to change.

    Fix: answer each error with schemas, status and detail.
    """
    bad = [f"{n}: {e.status}" for n, e in _failed(errors, removal) if ERROR not in (e.resource.get("schemas") or [])]
    errors["not-json"]
    expect.nothing(bad, f"an Error body (schemas: {ERROR})", path="schemas")


@check("error-status-member", covers=["RFC7644-3.12-02", "RFC7644-3.2-05"], profile="rfc")
def test_errors_repeat_the_status(errors: Steps, removal: Steps) -> None:
    """The status in an error's body is a string and equals the HTTP status.

    A client that reads only the body must see the same failure.

    Fix: write "status": "404", as a string.
    """
    bodies = [(n, e) for n, e in _failed(errors, removal) if ERROR in (e.resource.get("schemas") or [])]
    wrong = [f"{n}: {show(e.resource.get('status'))} for {e.status}" for n, e in bodies if not _repeats(e)]
    errors["not-json"]
    expect.nothing(wrong, "the HTTP status", path="status")
    numbers = [f"{n}: {e.resource['status']}" for n, e in bodies if not isinstance(e.resource["status"], str)]
    expect.nothing(numbers, "the HTTP status as a string", path="status", level=Level.SHOULD)


def _repeats(exchange: Exchange) -> bool:
    return str(exchange.resource.get("status")) == str(exchange.status)


@check("error-type", covers=["RFC7644-3.12-03", "RFC7644-3.12-04", "RFC7644-3.12-02"], profile="rfc")
def test_errors_use_known_words(errors: Steps, removal: Steps) -> None:
    """The scimType of an error is one of the RFC's words, and detail is text.

    Clients choose what to do next by scimType.

    Fix: use only the scimType values of RFC 7644 Table 9; detail is a string.
    """
    known = [(n, e) for n, e in _failed(errors, removal) if ERROR in (e.resource.get("schemas") or [])]
    wrong = [p for _, e in known for p in schemas.problems("Error", e.body) if p.path in {"detail", "scimType"}]
    expect.nothing(map(str, wrong), "text as scimType and detail")
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
    expect.nothing((f"{n}: {k}" for n, k in kinds if "json" not in k), "application/scim+json")
    expect.nothing(
        (f"{n}: {k}" for n, k in kinds if k != "application/scim+json"), "application/scim+json", level=Level.SHOULD
    )


@check("error-no-5xx", covers=["RFC7644-3.12-13", "RFC7644-3.12-06"], profile="rfc")
def test_mistakes_are_no_server_errors(errors: Steps, removal: Steps) -> None:
    """A client's mistake is never answered with a 5xx.

    Entra retries a 5xx for hours, and quarantines the job.

    Fix: validate requests before using them; answer 4xx.
    """
    wrong = [f"{n}: {e.status}" for n, e in _failed(errors, removal) if (e.status or 0) >= 500 and e.status != 501]
    errors["not-json"]
    expect.nothing(wrong, "a 4xx")


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
    expect.nothing(wrong, "an error without HTML and without a stack trace")


@check("error-not-json", covers=["RFC7644-3.12-06", "RFC7644-3.12-17"], profile="rfc")
def test_broken_json_is_refused(errors: Steps) -> None:
    """A body that is no JSON is refused with 400.

    A 2xx here creates something nobody described.

    Fix: answer 400 with scimType invalidSyntax.
    """
    for name in ("not-json", "patch-not-json"):
        expect.status(errors[name], 400)
        _scim_type(errors[name], "invalidSyntax")


@check("error-array", covers=["RFC7644-3.12-06", "RFC7644-3.12-17"], profile="rfc")
def test_a_list_is_no_resource(errors: Steps) -> None:
    """A JSON list as a body is refused with 400.

    Only Bulk takes several resources at once.

    Fix: answer 400 with scimType invalidSyntax.
    """
    expect.status(errors["array"], 400)
    _scim_type(errors["array"], "invalidSyntax", "invalidValue")


@check("error-empty-body", covers=["RFC7644-3.12-06"], profile="rfc")
def test_an_empty_body_is_refused(errors: Steps) -> None:
    """A create without a body is refused with 400.

    A 5xx shows that nobody looked whether there is one.

    Fix: answer 400 with scimType invalidSyntax.
    """
    expect.status(errors["empty"], 400, 411)


@check("error-wrong-type", covers=["RFC7644-3.12-20", "RFC7644-3.12-06"], profile="rfc")
def test_wrong_types_are_refused(errors: Steps) -> None:
    """Text where a list belongs is refused with 400.

    What is stored in another type comes back in another type.

    Fix: answer 400 with scimType invalidValue or invalidSyntax.
    """
    expect.status(errors["wrong-type"], 400)
    _scim_type(errors["wrong-type"], "invalidValue", "invalidSyntax")


@check("error-missing-name", covers=["RFC7643-4.1.1-01"], profile="rfc")
def test_a_user_needs_a_name(errors: Steps) -> None:
    """A create without a user name is refused.

    A user without a name can neither sign in nor be matched.

    Fix: answer 400 with scimType invalidValue.
    """
    _named_or_refused(errors["nameless"])
    _scim_type(errors["nameless"], "invalidValue", "invalidSyntax")


@check("error-empty-name", covers=["RFC7643-4.1.1-01"], profile="rfc")
def test_a_user_needs_a_non_empty_name(errors: Steps) -> None:
    """A create with an empty user name is refused.

    All empty names are the same.

    Fix: answer 400 with scimType invalidValue.
    """
    _named_or_refused(errors["empty-name"])


def _named_or_refused(step: Step) -> None:
    if step.exchange.ok and is_empty(step.exchange.resource.get("userName") or None):
        raise Failure("HTTP 400", f"HTTP {step.exchange.status} and a user without a name", path="userName")
    if not step.exchange.ok:
        _refused(step, 400)


@check("error-taken", covers=["RFC7644-3.3-08", "RFC7644-3.12-10"], profile="rfc")
def test_a_taken_name_conflicts(errors: Steps) -> None:
    """A create with a taken user name is answered 409 with scimType uniqueness.

    Entra looks the account up again when it sees 409.

    Fix: answer 409 with scimType uniqueness.
    """
    expect.status(errors["taken"], 409)
    value = find(errors["taken"].exchange.resource, "scimType")
    if value != "uniqueness":
        raise Failure("scimType uniqueness", "none" if is_empty(value) else show(value), level=Level.SHOULD)


@check("error-taken-replace", covers=["RFC7643-4.1.1-02", "RFC7644-3.12-15"], profile="rfc")
def test_a_taken_name_cannot_be_moved_to(errors: Steps) -> None:
    """A PUT or PATCH to a taken user name is refused, and the old name stays.

    Two users of one name are one too many for every match.

    Fix: answer 409 (or 400) with scimType uniqueness.
    """
    taken = errors["create"].exchange.request_body["userName"]
    if str(errors["read-second"].exchange.resource.get("userName")).lower() == taken.lower():
        raise Failure("the old userName", show(taken), path="userName")
    for name in ("replace-taken", "patch-taken"):
        step = errors[name]
        if step.exchange.status not in {403, 405, 501} and not step.exchange.ok:
            _refused(step, 409, 400)
            _scim_type(step, "uniqueness", "invalidValue")


@check("error-unknown-endpoint", covers=["RFC7644-3.12-09"], profile="rfc")
def test_unknown_endpoint_is_not_found(errors: Steps) -> None:
    """An endpoint that does not exist is answered 404.

    A 200 from a web page makes a wrong tenant URL look right.

    Fix: answer 404 with an Error body below the tenant URL.
    """
    expect.status(errors["unknown-endpoint"], 404)


@check("error-wrong-method", covers=["RFC7644-3.12-12"], profile="rfc")
def test_wrong_method_is_refused(errors: Steps) -> None:
    """A POST to a single user is refused.

    It has no meaning in SCIM.

    Fix: answer 405 or 501.
    """
    expect.status(errors["post-on-resource"], 405, 501, 404, 400)


@check("error-odd-id", covers=["RFC7644-7.7-01", "RFC7644-3.12-09"], profile="rfc")
def test_odd_ids_do_no_harm(errors: Steps) -> None:
    """An id with quotes and markup in it is not found, and nothing breaks.

    A 5xx here points to an injection.

    Fix: pass ids to the database as parameters; answer 404.
    """
    expect.status(errors["odd-id"], 404, 400)


@check("error-bad-paging", covers=["RFC7644-3.4.2.4-09", "RFC7644-3.12-06"], profile="rfc")
def test_words_are_no_page_numbers(errors: Steps) -> None:
    """A startIndex that is no number is refused or ignored.

    A 5xx here shows that nobody looked.

    Fix: answer 400 with scimType invalidValue.
    """
    expect.status(errors["bad-paging"], 200, 400)
    if errors["bad-paging"].exchange.status == 200:
        raise Observation("a startIndex that is no number is ignored")


@check("error-media-type-refused", covers=["RFC7644-3.8-07", "RFC7644-3.12-06"], profile="rfc")
def test_foreign_media_types_are_refused(errors: Steps) -> None:
    """Plain text as a body is refused, and a wish for XML is refused or answered in JSON.

    Both happen with misconfigured proxies.

    Fix: answer 415 and 406, or take no notice of Accept.
    """
    expect.status(errors["content-text"], 415, 400, 406)
    if errors["accept-xml"].exchange.ok:
        if "json" not in errors["accept-xml"].exchange.headers.get("content-type", ""):
            raise Failure("JSON, or HTTP 406", errors["accept-xml"].exchange.headers.get("content-type", "none"))
    else:
        expect.status(errors["accept-xml"], 406, 415, 400)


@check("error-detail", covers=["RFC7644-3.4.2.2-27", "RFC7644-3.12-04"], profile="rfc")
def test_errors_are_explained(errors: Steps) -> None:
    """The error for a taken name says in words what is wrong.

    It is the sentence an admin reads in the provisioning log.

    Fix: fill detail with one sentence that names the attribute.
    """
    if errors["taken"].exchange.ok:
        raise NotApplicable("a taken user name is accepted")
    if is_empty(errors["taken"].exchange.resource.get("detail") or None):
        raise Failure("a sentence as detail", "none", path="detail", level=Level.SHOULD)
