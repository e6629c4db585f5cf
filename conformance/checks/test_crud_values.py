"""What a user created by the RFC shows: values as they were sent, secrets not at all."""

from __future__ import annotations

import unicodedata
from typing import Any

from conformance.checks.test_crud_create import created, shows_user
from conformance.checks.test_crud_replace import derived
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import MISSING, find, is_empty, objects
from conformance.verdict import Failure, Kind, Level, NotApplicable, show


@check("crud-external-id-kept", covers=["RFC7643-3.1-10", "RFC7643-7-09"], profile="rfc")
def test_external_id_is_kept_exactly(crud: Steps) -> None:
    """The externalId is returned exactly as the client set it, letter case included.

    Entra matches accounts on it.

    Fix: store externalId as it is.
    """
    expect.attribute(crud["read"], "externalId", expect.sent(crud["create"], "externalId"))


@check("crud-external-id-not-made-up", covers=["RFC7643-3.1-09"], profile="rfc")
def test_external_id_is_not_made_up(creation: Steps) -> None:
    """A user created without externalId has none.

    It is the client's own key; a made-up one hides that nobody set it.

    Fix: leave externalId out until a client sets it.
    """
    value = created(creation["create-with-meta"]).get("externalId")
    if not is_empty(value if value is not None else MISSING):
        raise Failure("no externalId", show(value), path="externalId", kind=Kind.UNWANTED_VALUE)


@check("crud-external-id-shared", covers=["RFC7643-3.1-12"], profile="rfc")
def test_external_id_need_not_be_unique(creation: Steps) -> None:
    """Two users may carry the same externalId.

    Its uniqueness is the client's affair, not the service provider's.

    Fix: do not put a unique index on externalId.
    """
    first, second = creation["create-with-id"], creation["create-same-external-id"]
    if not first.exchange.ok:
        raise NotApplicable("the first of the two users was refused")
    if second.exchange.ok:
        created(second)
    if second.exchange.status == 409:
        raise Failure("HTTP 201", "HTTP 409", level=Level.SHOULD, kind=Kind.STATUS, subject="409")


@check("crud-unicode", covers=["RFC7643-2.3.1-02", "RFC7644-3.8-01"], profile="rfc")
def test_text_survives(crud: Steps) -> None:
    """Accented, Chinese, combining and astral characters come back as they were sent.

    Names are written in all of them.

    Fix: store text as Unicode, and decode requests as UTF-8.
    """
    sent = expect.sent(crud["create"], "displayName")
    got = find(created(crud["read"]), "displayName")
    if got is MISSING or derived(crud):
        raise NotApplicable("displayName is not stored")
    if unicodedata.normalize("NFC", str(got)) != unicodedata.normalize("NFC", sent):
        raise Failure(f"displayName {show(sent)}", show(got), path="displayName", kind=Kind.WRONG_VALUE)


@check("crud-password-hidden", covers=["RFC7643-4.1.1-12"], profile="rfc")
def test_password_is_never_returned(crud: Steps) -> None:
    """No answer holds the password that was set, or any value for password.

    Every log on the way would keep it.

    Fix: never return password, in no form.
    """
    secret = expect.sent(crud["create"], "password")
    answers = expect.some((s for s in crud.values() if shows_user(s)), "no answer shows a user")
    told = [s.name for s in answers if secret in s.exchange.body or s.exchange.resource.get("password")]
    expect.nothing(told, "no password in any answer", path="password", kind=Kind.UNWANTED_VALUE)


@check("crud-state-returned", covers=["RFC7644-3.1-05"], profile="rfc")
def test_answers_show_the_stored_state(crud: Steps) -> None:
    """What a create or a replacement answers is what a read shows.

    A client that trusts the answer is wrong about the account otherwise.

    Fix: build the answer from what was stored.
    """
    for write, read in (("create", "read"), ("replace", "read-replaced")):
        answer, stored = crud[write].exchange.resource, created(crud[read])
        differs = [key for key, value in answer.items() if key in stored and not _alike(value, stored[key])]
        expect.nothing(differs, f"the same values in the answer to {write} and in a read", kind=Kind.WRONG_VALUE)


def _alike(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return sorted(map(show, left)) == sorted(map(show, right))
    return left == right or is_empty(left) == is_empty(right) is True


@check("crud-uri-characters", covers=["RFC7644-1.2-01", "RFC7643-2.3.7-01"], profile="rfc")
def test_uris_are_encoded(crud: Steps) -> None:
    """Locations hold only characters that a URI may hold.

    Others break at the next proxy.

    Fix: percent-encode locations and references.
    """
    answers = [s.exchange for s in crud.values() if s.exchange.ok]
    uris = {e.headers.get("location", "") for e in answers} | {
        str(uri) for e in answers for uri in [find(e.resource, "meta.location")] if uri is not MISSING
    }
    some = expect.some(uris - {""}, "no answer has a location")
    expect.nothing(
        (u for u in some if not u.isascii() or set(u) & set(' "<>\\^`{|}')),
        "percent-encoded URIs",
        kind=Kind.WRONG_VALUE,
    )


@check("crud-emails-list", covers=["RFC7643-2.4-01"], profile="rfc")
def test_multi_valued_attributes_are_lists(crud: Steps) -> None:
    """Multi-valued attributes are lists even where they hold one value.

    Entra reads emails as a list.

    Fix: always return an array for emails, phoneNumbers, addresses and their like.
    """
    body = created(crud["read"])
    plural = ("emails", "phoneNumbers", "addresses", "roles", "groups", "ims", "photos")
    there = expect.some((n for n in plural if n in body), f"the user has none of {', '.join(plural)}")
    expect.nothing((f"{n} is {show(body[n])}" for n in there if not _listed(body[n])), "lists", kind=Kind.WRONG_TYPE)


def _listed(value: Any) -> bool:
    return value is None or isinstance(value, list)


@check("crud-one-primary", covers=["RFC7643-2.4-02"], profile="rfc")
def test_one_value_is_primary(crud: Steps) -> None:
    """No multi-valued attribute has two primary values.

    Entra maps the primary one.

    Fix: reset the old primary when another value becomes primary.
    """
    answers = [(step.name, step.exchange.resource) for step in crud.values() if step.exchange.ok]
    values = [(f"{name}: {key}", objects(value)) for name, body in answers for key, value in body.items()]
    lists = expect.some(((told, rows) for told, rows in values if rows), "no answer has a multi-valued attribute")
    bad = [told for told, rows in lists if sum(row.get("primary") is True for row in rows) > 1]
    expect.nothing(bad, "at most one primary value", kind=Kind.COUNT, subject="primary")


@check("crud-values-once", covers=["RFC7643-2.4-07"], profile="rfc")
def test_values_are_not_doubled(crud: Steps) -> None:
    """The same value of the same type is returned once, or refused when it is sent twice.

    Each cycle would add another copy.

    Fix: drop a value that is there already.
    """
    rows = objects(created(crud["replace-doubled"]).get("emails"))
    pairs = [(str(r.get("type")).lower(), str(r.get("value")).lower()) for r in rows]
    expect.nothing(
        (value for kind, value in pairs if pairs.count((kind, value)) > 1),
        "each e-mail address once",
        kind=Kind.DUPLICATE,
        subject="emails",
    )


@check("crud-primary-default", covers=["RFC7643-2.4-03"], profile="rfc")
def test_a_value_is_not_primary_by_itself(creation: Steps) -> None:
    """A value that nobody made primary does not count as primary.

    Entra maps the primary address, and would map a wrong one.

    Fix: treat an absent primary as false.
    """
    emails = objects(created(creation["create-with-id"]).get("emails"))
    if any(row.get("primary") for row in emails):
        raise NotApplicable("the endpoint makes an address primary itself")
    found = creation["primary-by-filter"].exchange
    if found.status != 200:
        raise NotApplicable(f"a filter on emails[primary eq true] is answered {found.status}")
    wanted = creation["create-with-id"].exchange.resource_id
    expect.nothing(
        (wanted for row in found.listed if wanted and row.get("id") == wanted), "no result", kind=Kind.WRONG_RESULTS
    )
