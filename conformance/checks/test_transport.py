"""Media types, headers and parameters."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import MISSING, find
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation

SCIM_JSON, JSON = "application/scim+json", "application/json"


def _kind(step: Step) -> str:
    return step.exchange.headers.get("content-type", "none").partition(";")[0].strip().lower()


def _comes_as(step: Step, *kinds: str, level: Level | None = None) -> None:
    expect.status(step, 200)
    if _kind(step) not in kinds:
        raise Failure(
            f"Content-Type {' or '.join(kinds)}", _kind(step), level=level, kind=Kind.MEDIA_TYPE, subject="Content-Type"
        )


@check("transport-accept-scim", covers=["RFC7644-3.8-02", "RFC7644-8.1-01"], profile="rfc")
def test_scim_json_can_be_asked_for(transport: Steps) -> None:
    """A client that accepts application/scim+json gets it.

    Microsoft asks for it on every answer.

    Fix: answer with Content-Type application/scim+json.
    """
    _comes_as(transport["accept-scim"], SCIM_JSON)


@check("transport-accept-json", covers=["RFC7644-3.8-03"], profile="rfc")
def test_json_can_be_asked_for(transport: Steps) -> None:
    """A client that accepts application/json gets JSON.

    Many HTTP libraries ask for nothing else.

    Fix: accept application/json as well.
    """
    _comes_as(transport["accept-json"], SCIM_JSON, JSON)


@check("transport-accept-none", covers=["RFC7644-3.8-04"], profile="rfc")
def test_scim_json_is_the_default(transport: Steps) -> None:
    """A client that says nothing of media types gets application/scim+json.

    It is the default of the protocol.

    Fix: answer with Content-Type application/scim+json where Accept is missing.
    """
    _comes_as(transport["accept-none"], SCIM_JSON)


@check("transport-accept-any", covers=["RFC7644-3.8-04"], profile="rfc")
def test_any_media_type_gets_scim_json(transport: Steps) -> None:
    """A client that accepts anything gets application/scim+json.

    It is the default of the protocol.

    Fix: prefer application/scim+json where Accept leaves the choice.
    """
    _comes_as(
        transport["accept-any"], SCIM_JSON, level=Level.SHOULD if _kind(transport["accept-any"]) == JSON else None
    )


@check("transport-accept-parameters", covers=["RFC7644-3.8-02"], profile="rfc")
def test_accept_may_have_parameters(transport: Steps) -> None:
    """An Accept header with a charset, or with several types, is understood.

    HTTP allows both, and clients send both.

    Fix: parse Accept by RFC 9110 section 12.5.1.
    """
    for name in ("accept-charset", "accept-list"):
        _comes_as(transport[name], SCIM_JSON, JSON)


@check("transport-content-json", covers=["RFC7644-3.8-05", "RFC7644-3.8-03"], profile="rfc")
def test_plain_json_can_be_sent(transport: Steps) -> None:
    """A body of type application/json is taken too.

    Many HTTP libraries send nothing else.

    Fix: accept application/json as Content-Type of requests.
    """
    expect.status(transport["create-json"], 201, 200)


@check("transport-one-media-type", covers=["RFC7644-3.1-01"], profile="rfc")
def test_resources_are_json_objects(transport: Steps) -> None:
    """Every answer with a body is a JSON object of a JSON media type.

    A proxy's page in between is read as a broken account.

    Fix: send every body as a JSON object with Content-Type application/scim+json.
    """
    for step in transport.values():
        if step.exchange.ok and step.exchange.body:
            expect.resource(step)
            if _kind(step) not in {SCIM_JSON, JSON}:
                raise Failure(f"Content-Type {SCIM_JSON}", _kind(step), kind=Kind.MEDIA_TYPE, subject="Content-Type")


@check("transport-charset", covers=["RFC7644-3.8-01"], profile="rfc")
def test_answers_are_utf8(transport: Steps) -> None:
    """A charset, where an answer names one, is UTF-8.

    JSON is UTF-8; another word for it makes clients decode wrongly.

    Fix: leave the charset out, or write charset=utf-8.
    """
    for step in transport.values():
        charset = step.exchange.headers.get("content-type", "").lower().partition("charset=")[2].strip(' "')
        if charset and charset not in {"utf-8", "utf8"}:
            raise Failure("charset utf-8", charset, kind=Kind.MEDIA_TYPE, subject="charset")


@check("transport-unknown-parameter", covers=["RFC7644-3.4.2-01"], profile="rfc")
def test_unknown_parameters_are_ignored(transport: Steps) -> None:
    """A query parameter that nobody knows makes no difference.

    Entra's tenant URL itself carries one: aadOptscim062020.

    Fix: ignore unknown query parameters.
    """
    step = transport["unknown-parameter"]
    expect.status(step, 200)
    expect.shown(transport["accept-scim"])
    if step.exchange.resource_id != transport["accept-scim"].exchange.resource_id:
        raise Failure("the same user", f"id {step.exchange.resource_id}", path="id", kind=Kind.WRONG_VALUE)


@check("transport-unknown-header", covers=["RFC9967-2.5.1.1-01", "RFC7644-3.4.1-01"], profile="rfc")
def test_a_preference_can_be_ignored(transport: Steps) -> None:
    """A wish for asynchronous handling is granted with 202, or the answer is the usual one.

    Preferences can always be ignored.

    Fix: ignore Prefer where it is not supported.
    """
    expect.status(transport["prefer-async"], 200, 202)
    if transport["prefer-async"].exchange.status == 202:
        raise Observation("asynchronous handling is supported")


@check("transport-integers", covers=["RFC7643-2.3.4-01"], profile="rfc")
def test_whole_numbers_are_written_whole(connect: Steps, discovery: Steps) -> None:
    """Whole numbers are written without fraction, exponent and quotes.

    Strict parsers refuse 1.0 and "1" where a whole number belongs.

    Fix: write integers as integers.
    """
    wrong, looked = [], 0
    for step, paths in (
        (connect["probe-users"], ("totalResults", "startIndex", "itemsPerPage")),
        (discovery["service-provider-config"], ("bulk.maxOperations", "bulk.maxPayloadSize", "filter.maxResults")),
    ):
        body = step.exchange.resource
        looked += sum(find(body, path) is not MISSING for path in paths)
        wrong += [f"{path} is {find(body, path)!r}" for path in paths if isinstance(find(body, path), float | str)]
    if not looked:
        raise NotApplicable("no answer has a number")
    expect.nothing(wrong, "whole numbers", kind=Kind.WRONG_VALUE)
