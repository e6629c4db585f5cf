"""Single mistakes, and the status and scimType that answer each (RFC 7644 sections 3.3 and 3.12)."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show


def _refused(step: Step, *statuses: int) -> None:
    """The answer is one of these statuses; another 4xx breaks no more than a SHOULD."""
    soft = 400 <= (step.exchange.status or 0) < 500
    expect.status(step, *statuses, level=Level.SHOULD if soft else None)


@check("error-not-json", covers=["RFC7644-3.12-06", "RFC7644-3.12-17"], profile="rfc")
def test_broken_json_is_refused(errors: Steps) -> None:
    """A body that is no JSON is refused with 400.

    A 2xx here creates something nobody described.

    Fix: answer 400 with scimType invalidSyntax.
    """
    for name in ("not-json", "patch-not-json"):
        expect.status(errors[name], 400)
        expect.scim_type(errors[name], "invalidSyntax")


@check("error-array", covers=["RFC7644-3.12-06", "RFC7644-3.12-17"], profile="rfc")
def test_a_list_is_no_resource(errors: Steps) -> None:
    """A JSON list as a body is refused with 400.

    Only Bulk takes several resources at once.

    Fix: answer 400 with scimType invalidSyntax.
    """
    expect.status(errors["array"], 400)
    expect.scim_type(errors["array"], "invalidSyntax", "invalidValue")


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
    expect.scim_type(errors["wrong-type"], "invalidValue", "invalidSyntax")


@check("error-missing-name", covers=["RFC7643-4.1.1-01"], profile="rfc")
def test_a_user_needs_a_name(errors: Steps) -> None:
    """A create without a user name is refused.

    A user without a name can neither sign in nor be matched.

    Fix: answer 400 with scimType invalidValue.
    """
    _named_or_refused(errors["nameless"])
    expect.scim_type(errors["nameless"], "invalidValue", "invalidSyntax")


@check("error-empty-name", covers=["RFC7643-4.1.1-01"], profile="rfc")
def test_a_user_needs_a_non_empty_name(errors: Steps) -> None:
    """A create with an empty user name is refused.

    All empty names are the same.

    Fix: answer 400 with scimType invalidValue.
    """
    _named_or_refused(errors["empty-name"])


def _named_or_refused(step: Step) -> None:
    name = step.exchange.resource.get("userName")
    if step.exchange.ok and (is_empty(name) or name == ""):
        raise Failure(
            "HTTP 400",
            f"HTTP {step.exchange.status} and a user without a name",
            path="userName",
            kind=Kind.STATUS,
            subject=str(step.exchange.status),
        )
    if not step.exchange.ok:
        _refused(step, 400)


@check("error-taken", covers=["RFC7644-3.3-08", "RFC7644-3.12-10"], profile="rfc")
def test_a_taken_name_conflicts(errors: Steps) -> None:
    """A create with a taken user name is answered 409 with scimType uniqueness.

    Entra looks the account up again when it sees 409.

    Fix: answer 409 with scimType uniqueness.
    """
    expect.status(errors["taken"], 409)
    expect.scim_type(errors["taken"], "uniqueness", required=True)


@check("error-taken-replace", covers=["RFC7643-4.1.1-02", "RFC7644-3.12-15"], profile="rfc")
def test_a_taken_name_cannot_be_moved_to(errors: Steps) -> None:
    """A PUT or PATCH to a taken user name is refused, and the old name stays.

    Two users of one name are one too many for every match.

    Fix: answer 409 (or 400) with scimType uniqueness.
    """
    taken = errors["create"].exchange.request_body["userName"]
    if str(expect.shown(errors["read-second"]).get("userName")).lower() == taken.lower():
        raise Failure("the old userName", show(taken), path="userName", kind=Kind.WRONG_VALUE)
    for name in ("replace-taken", "patch-taken"):
        step = errors[name]
        if step.exchange.status not in {403, 405, 501} and not step.exchange.ok:
            _refused(step, 409, 400)
            expect.scim_type(step, "uniqueness", "invalidValue")


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
            raise Failure(
                "JSON, or HTTP 406",
                errors["accept-xml"].exchange.headers.get("content-type", "none"),
                kind=Kind.MEDIA_TYPE,
                subject="Content-Type",
            )
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
    detail = errors["taken"].exchange.resource.get("detail")
    if is_empty(detail) or detail == "":
        raise Failure("a sentence as detail", "none", path="detail", level=Level.SHOULD, kind=Kind.MISSING_VALUE)


@check("error-secret-filter", covers=["RFC7644-7.5.2-01", "RFC7644-3.12-22"], profile="rfc")
def test_passwords_cannot_be_filtered(errors: Steps) -> None:
    """A filter on the password finds nobody, and is best refused with 403.

    Every log on the way keeps the URL.

    Fix: answer 403 with scimType sensitive.
    """
    step = errors["secret-filter"]
    expect.status(step, 403, 400, 200)
    expect.nothing((str(row.get("id")) for row in step.exchange.listed), "no result", kind=Kind.WRONG_RESULTS)
    if step.exchange.ok:
        raise Observation("a filter on password is answered 200, without results")
