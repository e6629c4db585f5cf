"""The service provider's configuration: its members, their types, and what it says of other documents."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import is_catch_all
from conformance.scim.paths import MISSING, find
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
SCHEMES = ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest")


def _config(discovery: Steps) -> dict[str, Any]:
    step = discovery["service-provider-config"]
    if not step.exchange.ok:
        raise NotApplicable(f"GET /ServiceProviderConfig answers {step.exchange.status}")
    if is_catch_all(step.exchange):
        raise NotApplicable("something else answers GET /ServiceProviderConfig: an empty list")
    return expect.resource(step)


def _typed(config: dict[str, Any], **wanted: type) -> None:
    for name, kind in wanted.items():
        path = name.replace("__", ".")
        value = find(config, path)
        good = isinstance(value, bool) if kind is bool else type(value) is int and value >= 0
        if not good:
            word = {bool: "true or false", int: "a whole number, zero or more"}[kind]
            raise Failure(
                f"{path}: {word}",
                "no value" if value is MISSING else show(value),
                path=path,
                kind=Kind.MISSING_VALUE if value is MISSING else Kind.WRONG_TYPE,
            )


@check("discovery-config-single", covers=["RFC7644-4-02", "RFC7643-5-01", "RFC7644-4-01"], profile="rfc")
def test_config_is_one_object(discovery: Steps) -> None:
    """The configuration is a single object that names its own schema.

    A ListResponse here is read as a configuration without any member.

    Fix: answer with the object itself and its URN in schemas.
    """
    schemas = _config(discovery).get("schemas")
    if not isinstance(schemas, list) or URN not in schemas:
        raise Failure(f"schemas: [{URN}]", show(schemas), path="schemas", kind=Kind.SCHEMA)


@check("discovery-config-patch", covers=["RFC7643-5-02"], profile="rfc")
def test_config_tells_of_patch(discovery: Steps) -> None:
    """The configuration says with a Boolean whether PATCH is supported.

    Entra changes resources with PATCH only.

    Fix: add "patch": {"supported": true}.
    """
    _typed(_config(discovery), patch__supported=bool)


@check("discovery-config-bulk", covers=["RFC7643-5-03"], profile="rfc")
def test_config_tells_of_bulk(discovery: Steps) -> None:
    """The configuration gives bulk.supported, maxOperations and maxPayloadSize.

    The limits are there even where bulk is not supported; zero is fine then.

    Fix: add all three members of bulk, numbers as JSON numbers.
    """
    _typed(_config(discovery), bulk__supported=bool, bulk__maxOperations=int, bulk__maxPayloadSize=int)


@check("discovery-config-filter", covers=["RFC7643-5-04"], profile="rfc")
def test_config_tells_of_filter(discovery: Steps) -> None:
    """The configuration gives filter.supported and filter.maxResults.

    Entra finds accounts by filter; the limit tells how many one answer holds at most.

    Fix: add both members of filter.
    """
    _typed(_config(discovery), filter__supported=bool, filter__maxResults=int)


@check("discovery-config-change-password", covers=["RFC7643-5-06"], profile="rfc")
def test_config_tells_of_passwords(discovery: Steps) -> None:
    """The configuration says with a Boolean whether passwords can be changed.

    Fewer assumptions on the client's side mean fewer refused requests.

    Fix: add "changePassword": {"supported": false}.
    """
    _typed(_config(discovery), changePassword__supported=bool)


@check("discovery-config-sort", covers=["RFC7643-5-08"], profile="rfc")
def test_config_tells_of_sorting(discovery: Steps) -> None:
    """The configuration says with a Boolean whether results can be sorted.

    A client that is not told has to try.

    Fix: add "sort": {"supported": false}.
    """
    _typed(_config(discovery), sort__supported=bool)


@check("discovery-config-etag", covers=["RFC7643-5-09"], profile="rfc")
def test_config_tells_of_etags(discovery: Steps) -> None:
    """The configuration says with a Boolean whether ETags are supported.

    A client that is not told has to try.

    Fix: add "etag": {"supported": false}.
    """
    _typed(_config(discovery), etag__supported=bool)


@check("discovery-config-schemes", covers=["RFC7643-5-10", "RFC7643-5-11"], profile="rfc")
def test_config_lists_authentication_schemes(discovery: Steps) -> None:
    """Every authentication scheme has type, name and description.

    An admin reads there which kind of token the endpoint takes.

    Fix: list at least one object under authenticationSchemes, with non-empty type, name and description.
    """
    schemes = _config(discovery).get("authenticationSchemes")
    if not isinstance(schemes, list):
        raise Failure(
            "authenticationSchemes: a list", show(schemes), path="authenticationSchemes", kind=Kind.WRONG_TYPE
        )
    expect.nothing(
        (
            f"authenticationSchemes[{number}]: no {name}"
            for number, scheme in enumerate(schemes)
            for name in ("type", "name", "description")
            if not (isinstance(scheme, dict) and isinstance(scheme.get(name), str) and scheme[name])
        ),
        "text for type, name and description of each scheme",
        path="authenticationSchemes",
        kind=Kind.MISSING_VALUE,
    )


@check("discovery-config-scheme-types", covers=["RFC7643-5-12", "RFC7643-5-10"], profile="rfc")
def test_authentication_schemes_are_known(discovery: Steps) -> None:
    """The authentication schemes are of the kinds that RFC 7643 names.

    Other kinds are legal, yet no client knows what to do with them.

    Fix: use oauth2, oauthbearertoken, httpbasic or httpdigest as type.
    """
    schemes = _config(discovery).get("authenticationSchemes")
    if not isinstance(schemes, list):
        raise Failure(
            "authenticationSchemes: a list", show(schemes), path="authenticationSchemes", kind=Kind.WRONG_TYPE
        )
    others = [str(s.get("type")) for s in schemes if isinstance(s, dict) and str(s.get("type")).lower() not in SCHEMES]
    if others:
        raise Observation(f"authentication schemes of other kinds: {', '.join(others)}")


@check("discovery-config-urls", covers=["RFC7643-2.3.7-01", "RFC7643-5-14"], profile="rfc")
def test_config_urls_are_urls(discovery: Steps) -> None:
    """Links to documentation and specifications are URLs.

    An admin follows them from the portal.

    Fix: give absolute URLs, or leave the members out.
    """
    config = _config(discovery)
    schemes = config.get("authenticationSchemes")
    places = [config, *(s for s in (schemes if isinstance(schemes, list) else []) if isinstance(s, dict))]
    links = [p[n] for p in places for n in ("documentationUri", "specUri") if p.get(n) is not None]
    some = expect.some(links, "the configuration has no link")
    wrong = [show(link) for link in some if not (isinstance(link, str) and _is_url(link))]
    expect.nothing(wrong, "URLs as documentationUri and specUri", kind=Kind.WRONG_VALUE)


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return text == text.strip() and " " not in text and bool(parts.scheme or parts.path) and text.isprintable()


@check("discovery-config-public", covers=["RFC7643-5-13"], profile="rfc")
def test_config_is_readable_by_anyone(discovery: Steps, discovery_tour: Steps) -> None:
    """The configuration can be read before the client knows how to authenticate, or asks for a token cleanly.

    A client learns there which kind of token it needs; a 401 is allowed.

    Fix: serve GET /ServiceProviderConfig without a token, or answer it 401.
    """
    _config(discovery)
    status = discovery_tour["public-config"].exchange.status
    if status in {401, 403}:
        raise Observation(f"/ServiceProviderConfig is not public: {status} without a token")
    expect.status(discovery_tour["public-config"], 200)


@check("discovery-config-pagination", covers=["RFC9865-4-02", "RFC9865-4-03", "RFC9865-4-04"], profile="rfc")
def test_config_pagination_is_well_formed(discovery: Steps) -> None:
    """The pagination member, where there is one, is of the form that RFC 9865 gives.

    A client picks its way of paging by it.

    Fix: cursor and index are Booleans, the sizes and the timeout whole numbers above zero.
    """
    config = _config(discovery)
    if find(config, "pagination") is MISSING:
        raise NotApplicable("ServiceProviderConfig has no pagination member")
    _typed(config, pagination__cursor=bool, pagination__index=bool)
    method = find(config, "pagination.defaultPaginationMethod")
    if method is not MISSING and method not in ("cursor", "index"):
        raise Failure(
            "pagination.defaultPaginationMethod: cursor or index",
            show(method),
            level=Level.SHOULD,
            kind=Kind.WRONG_VALUE,
            subject="pagination.defaultPaginationMethod",
        )
    for name in ("defaultPageSize", "maxPageSize", "cursorTimeout"):
        size = find(config, f"pagination.{name}")
        if size is not MISSING and (type(size) is not int or size < 1):
            raise Failure(
                f"pagination.{name}: a whole number above zero",
                show(size),
                level=Level.SHOULD,
                kind=Kind.WRONG_TYPE,
                subject=f"pagination.{name}",
            )


@check("discovery-config-events", covers=["RFC9967-4-01", "RFC7643-2.3-02"], profile="rfc")
def test_config_events_are_well_formed(discovery: Steps) -> None:
    """The securityEvents member, where there is one, is of the form that RFC 9967 gives.

    A client decides by it whether it can ask for asynchronous answers.

    Fix: asyncRequest is none, long or request; eventUris is a list of URIs.
    """
    config = _config(discovery)
    if find(config, "securityEvents") is MISSING:
        raise NotApplicable("ServiceProviderConfig has no securityEvents member")
    mode, uris = find(config, "securityEvents.asyncRequest"), find(config, "securityEvents.eventUris")
    if mode is not MISSING and str(mode).lower() not in {"none", "long", "request"}:
        raise Failure(
            "securityEvents.asyncRequest: none, long or request",
            show(mode),
            kind=Kind.WRONG_VALUE,
            subject="securityEvents.asyncRequest",
        )
    if uris is not MISSING and not (isinstance(uris, list) and all(isinstance(uri, str) for uri in uris)):
        raise Failure(
            "securityEvents.eventUris: a list of strings",
            show(uris),
            kind=Kind.WRONG_TYPE,
            subject="securityEvents.eventUris",
        )


@check("discovery-post-refused", covers=["RFC7643-5-15", "RFC7643-6-09", "RFC7643-7-02"], profile="rfc")
def test_discovery_documents_cannot_be_added_to(discovery_post: Steps) -> None:
    """A POST to a discovery endpoint is refused.

    These documents are the service provider's own; a client that could change them could change what others see.

    Fix: answer every method but GET on the discovery endpoints with 405 or 501.
    """
    step: Step = discovery_post["post"]
    expect.nothing(
        (f"POST {e.path} is answered {e.status}" for e in step.exchanges if e.ok),
        "a 4xx or 501",
        level=Level.SHOULD,
        kind=Kind.STATUS,
    )
