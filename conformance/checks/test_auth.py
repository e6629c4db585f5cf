"""Requests without credentials, or with wrong ones."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.idp.entra import ERROR
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.exchange import Exchange
from conformance.scim.paths import strings
from conformance.verdict import Failure, Kind, Level, Observation


def _asked(auth: Steps) -> list[Exchange]:
    names = ("read-none", "read-wrong", "read-malformed", "write-none", "write-wrong")
    return [exchange for name in names for exchange in auth[name].exchanges]


def _unauthorised(step: Step, methods: Iterable[str] = ("GET", "POST", "PUT", "PATCH", "DELETE")) -> None:
    """Each request was refused with 401; another 4xx breaks no more than a SHOULD."""
    asked = [e for e in step.exchanges if e.method in methods and not (e.status == 404 and "/Groups" in e.path)]
    expect.nothing(
        (f"{e.method} {e.path} answers {e.status}" for e in asked if e.ok),
        "HTTP 401",
        level=Level.MUST,
        kind=Kind.STATUS,
    )
    soft = [f"{e.method} {e.path} answers {e.status}" for e in asked if e.status != 401]
    expect.nothing(soft, "HTTP 401", level=Level.SHOULD, kind=Kind.STATUS)


@check("auth-none-read", covers=["RFC7644-3.12-07", "RFC7644-2-02"], profile="rfc")
def test_reading_needs_a_token(auth: Steps) -> None:
    """Reading without a token is answered 401.

    Anything else gives the directory away, or hides an expired token.

    Fix: answer 401 to every request without credentials.
    """
    _unauthorised(auth["read-none"])


@check("auth-wrong-read", covers=["RFC7644-3.12-07", "RFC7644-2-02"], profile="rfc")
def test_reading_needs_the_right_token(auth: Steps) -> None:
    """Reading with a wrong token is answered 401.

    Test Connection would succeed with any token.

    Fix: check the token, and answer 401.
    """
    _unauthorised(auth["read-wrong"])


@check("auth-malformed", covers=["RFC7644-3.12-07", "RFC7644-2-02"], profile="rfc")
def test_malformed_credentials_are_refused(auth: Steps) -> None:
    """An Authorization header that cannot be read is answered 401.

    A parser that breaks answers 500, or lets it pass.

    Fix: answer 401 to whatever is not the expected scheme and token.
    """
    asked = auth["read-malformed"].exchanges
    expect.nothing((f"{e.method} answers {e.status}" for e in asked if e.ok), "HTTP 401", kind=Kind.STATUS)
    expect.nothing(
        (f"answers {e.status}" for e in asked if e.status not in {400, 401}),
        "HTTP 401",
        level=Level.SHOULD,
        kind=Kind.STATUS,
    )


@check("auth-none-write", covers=["RFC7644-3.12-07", "RFC7644-2-02", "RFC7644-2.2-01"], profile="rfc")
def test_writing_needs_a_token(auth: Steps) -> None:
    """Creating, changing and removing without a token is answered 401.

    Anybody could remove anybody.

    Fix: answer 401 to every request without credentials, whatever its method.
    """
    _unauthorised(auth["write-none"])


@check("auth-wrong-write", covers=["RFC7644-3.12-07", "RFC7644-2-02"], profile="rfc")
def test_writing_needs_the_right_token(auth: Steps) -> None:
    """Creating, changing and removing with a wrong token is answered 401.

    Anybody with a made-up token could remove anybody.

    Fix: check the token for every method.
    """
    _unauthorised(auth["write-wrong"])


@check("auth-nothing-changed", covers=["RFC7644-2-02"], profile="rfc")
def test_refused_writes_change_nothing(auth: Steps) -> None:
    """What strangers tried to change or remove is unchanged.

    A 401 that comes after the change is no protection.

    Fix: check credentials before anything else.
    """
    expect.status(auth["read-after"], 200)
    expect.shown(auth["read-after"])
    if auth["read-after"].exchange.resource.get("displayName") == "changed by a stranger":
        raise Failure("the old displayName", "the stranger's", path="displayName", kind=Kind.WRONG_VALUE)


@check("auth-challenge", covers=["RFC7644-2-01"], profile="rfc")
def test_401_names_the_scheme(auth: Steps) -> None:
    """Every 401 names the authentication schemes in WWW-Authenticate.

    A client learns there whether to send a bearer token.

    Fix: send WWW-Authenticate: Bearer with every 401.
    """
    refused = expect.some((e for e in _asked(auth) if e.status == 401), "no request was answered 401")
    wrong = [f"{e.method} {e.path}" for e in refused if not e.headers.get("www-authenticate")]
    expect.nothing(wrong, "a WWW-Authenticate header", kind=Kind.HEADER, subject="WWW-Authenticate")


@check("auth-error-body", covers=["RFC7644-3.12-01"], profile="rfc")
def test_401_has_an_error_body(auth: Steps) -> None:
    """A 401 has an Error body, unless a gateway answered.

    The portal shows its detail when Test Connection fails.

    Fix: answer 401 with schemas, status and detail.
    """
    refused = expect.some((e for e in _asked(auth) if e.status == 401), "no request was answered 401")
    bare = [e for e in refused if ERROR not in strings(e.resource.get("schemas"))]
    broken = [f"{e.method} {e.path}" for e in bare if "json" in e.headers.get("content-type", "")]
    expect.nothing(broken, f"an Error body (schemas: {ERROR})", level=Level.SHOULD, kind=Kind.SCHEMA, subject="schemas")
    if bare:
        raise Observation("a 401 has no SCIM body: perhaps a gateway answers it")


@check("auth-no-data", covers=["RFC7644-2-02"], profile="rfc")
def test_401_holds_no_data(auth: Steps) -> None:
    """A refused request shows nothing of the directory.

    An error that repeats the record it protects protects nothing.

    Fix: build the 401 before the resource is looked up.
    """
    name = auth["create"].exchange.request_body["userName"]
    asked = expect.some((e for e in _asked(auth) if e.body), "no answer to a stranger has a body")
    told = [f"{e.method} {e.path}" for e in asked if e.method != "POST" and name in e.body]
    expect.nothing(told, "no data of a user in the answer", kind=Kind.UNWANTED_VALUE)
