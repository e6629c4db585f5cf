"""Replacing a user by PUT: what is taken, what is ignored, and what the answer shows."""

from __future__ import annotations

from typing import Any

from conformance.checks.test_crud_create import created
from conformance.checks.test_user_create import needed
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show


def _replaced(step: Step) -> dict[str, Any]:
    """The answer to a PUT that another check judges."""
    if step.exchange.status in {403, 405, 501}:
        raise NotApplicable(f"PUT is answered {step.exchange.status}")
    return created(step)


def derived(crud: Steps) -> bool:
    """Whether the endpoint makes the displayName itself: a plain one is not taken either; another check judges that."""
    replaced = crud["replace"].exchange
    return replaced.ok and crud["read-replaced"].exchange.resource.get("displayName") != "Replaced"


@check("crud-replace-supported", covers=["RFC7644-3.5-01", "RFC7644-3.2-03"], profile="rfc")
def test_replace_is_supported(crud: Steps) -> None:
    """A user can be replaced with PUT.

    Entra does without, other clients do not.

    Fix: implement PUT for each resource type.
    """
    if crud["replace"].exchange.status == 403:
        raise Observation("PUT is forbidden to this token")
    expect.status(crud["replace"], 200)


@check("crud-replace-answer", covers=["RFC7644-3.5.1-10"], profile="rfc")
def test_replace_answers_with_the_resource(crud: Steps) -> None:
    """The answer to a replacement is 200 with the whole resource.

    The client learns from it what became of attributes it left out.

    Fix: answer 200 with the resource, not 204.
    """
    if crud["replace"].exchange.status in {403, 405, 501}:
        raise NotApplicable(f"PUT is answered {crud['replace'].exchange.status}")
    expect.status(crud["replace"], 200)
    missing = [name for name in ("id", "schemas", "userName") if is_empty(find(expect.resource(crud["replace"]), name))]
    expect.nothing(missing, "the whole resource in the answer", kind=Kind.MISSING_VALUE)


@check("crud-replace-applied", covers=["RFC7644-3.5.1-02"], profile="rfc")
def test_replace_changes_values(crud: Steps) -> None:
    """A replacement's values are stored.

    A 200 that changed nothing leaves the account out of date for good.

    Fix: store every readWrite attribute of the body.
    """
    _replaced(crud["replace"])
    if "displayName" not in created(crud["read"]):
        raise NotApplicable("displayName is not stored")
    expect.attribute(crud["read-replaced"], "displayName", "Replaced")


@check(
    "crud-replace-read-only",
    covers=["RFC7644-3.5.1-08", "RFC7644-3.1-04", "RFC7643-7-11", "RFC7643-3.1-24"],
    profile="rfc",
)
def test_replace_ignores_read_only_values(crud: Steps) -> None:
    """The meta and groups in a replacement are ignored, and do not make it fail.

    Clients send back what they read, readOnly attributes included.

    Fix: ignore readOnly attributes in the body of PUT.
    """
    if crud["replace"].exchange.status in {403, 405, 501}:
        raise NotApplicable(f"PUT is answered {crud['replace'].exchange.status}")
    expect.status(crud["replace"], 200)
    body = created(crud["read-replaced"])
    sent = expect.sent(crud["replace"], "meta")
    kept = [name for name in ("created", "location") if find(body, f"meta.{name}") == sent[name]]
    kept += ["groups"] if not is_empty(body.get("groups")) else []
    expect.nothing(kept, "readOnly attributes unchanged", kind=Kind.WRONG_VALUE)


@check("crud-replace-id", covers=["RFC7644-3.5.1-08"], profile="rfc")
def test_replace_keeps_the_id(crud: Steps) -> None:
    """Another id in the body of a replacement is ignored or refused.

    An account whose id moves is lost to its client.

    Fix: take the id from the URL only.
    """
    step = crud["replace-id"]
    if step.exchange.ok and step.exchange.resource_id == step.exchange.request_body["id"]:
        raise Failure("the id of the URL", "the id of the body", path="id", kind=Kind.WRONG_VALUE)
    expect.status(crud["read-last"], 200)
    expect.shown(crud["read-last"])


@check("crud-replace-omitted", covers=["RFC7644-3.5.1-03", "RFC7643-4.1.1-01"], profile="rfc")
def test_replace_tells_what_becomes_of_omitted_values(crud: Steps) -> None:
    """An attribute that a replacement leaves out is cleared, gets a default, or is kept; the user name stays.

    Clients differ in what they expect; a kept value is legal.

    Fix: clear attributes that the body leaves out.
    """
    body = _replaced(crud["replace-emptied"])
    if is_empty(find(body, "userName")):
        raise Failure("a userName", "none", path="userName", kind=Kind.MISSING_VALUE)
    title = find(body, "title")
    if not is_empty(title):
        raise Observation(f"an attribute that PUT leaves out is kept or defaulted: title {show(title)}")


@check("crud-replace-null", covers=["RFC7643-2.5-01", "RFC7643-2.5-02", "RFC7644-3.5.1-04"], profile="rfc")
def test_null_clears_a_value(crud: Steps, create_full: Steps, discovery: Steps) -> None:
    """Null and the empty list clear an attribute.

    It is how a client takes back a phone number or an e-mail address.

    Fix: treat null, [] and absence alike.
    """
    body = _replaced(crud["replace-emptied"])
    before = created(crud["read"])
    names = ("nickName", "emails")
    sent = crud["create"].exchange.request_body
    kept_for_ever = needed(create_full, discovery)
    stored = [name for name in names if name in before and name in sent and name not in kept_for_ever]
    if not stored:
        raise NotApplicable("users either do not have nickName and emails here, or have to have them")
    kept = [n for n in stored if not is_empty(find(body, n)) and _overlaps(find(body, n), sent[n])]
    expect.nothing(
        (f"{name} is {show(body.get(name))}" for name in kept),
        "nickName and emails without a value",
        kind=Kind.UNWANTED_VALUE,
    )


def _overlaps(value: Any, old: Any) -> bool:
    if not isinstance(value, list):
        return bool(value == old)
    return any(isinstance(row, dict) and row.get("value") == old[0]["value"] for row in value)


@check("crud-names-any-case", covers=["RFC7643-2.1-02"], profile="rfc")
def test_attribute_names_fit_in_any_case(crud: Steps) -> None:
    """Attribute names in a body are understood in any letter case.

    Names of SCIM attributes do not depend on their case.

    Fix: compare attribute names without regard to case.
    """
    if "displayName" not in created(crud["read"]) or derived(crud):
        raise NotApplicable("displayName is not stored")
    if not crud["replace"].exchange.ok:
        raise NotApplicable("PUT is not offered")
    got = find(crud["replace-upper-case"].exchange.resource, "displayName")
    if got != "In capitals":
        status = crud["replace-upper-case"].exchange.status
        raise Failure(
            'displayName "In capitals"',
            f"HTTP {status}, {show(got)}",
            path="displayName",
            level=Level.SHOULD,
            kind=Kind.WRONG_VALUE,
        )


@check("crud-order-free", covers=["RFC7643-2.3.8-01", "RFC7643-3-05"], profile="rfc")
def test_order_does_not_matter(crud: Steps) -> None:
    """The order of attributes and of schemas in a body makes no difference.

    JSON objects have no order.

    Fix: parse the whole body before looking at it.
    """
    if not crud["replace"].exchange.ok:
        raise NotApplicable("PUT is not offered")
    expect.status(crud["replace-reordered"], 200)
    if "displayName" in created(crud["read"]) and not derived(crud):
        sent = expect.sent(crud["replace-reordered"], "displayName")
        expect.attribute(crud["replace-reordered"], "displayName", sent)


@check("crud-replace-nameless", covers=["RFC7644-3.5.1-09", "RFC7643-4.1.1-01"], profile="rfc")
def test_replace_without_user_name(crud: Steps) -> None:
    """A replacement without the user name is refused, or keeps the name.

    A user without a name can neither sign in nor be matched.

    Fix: answer 400 with scimType invalidValue.
    """
    step = crud["replace-nameless"]
    if step.exchange.ok and is_empty(find(created(crud["read-last"]), "userName")):
        raise Failure("a 400, or the old userName", "a user without userName", path="userName", kind=Kind.MISSING_VALUE)
    if step.exchange.ok and is_empty(find(step.exchange.resource, "userName")):
        raise Failure("a 400, or the old userName", "a user without userName", path="userName", kind=Kind.MISSING_VALUE)
    if (step.exchange.status or 0) >= 500 and step.exchange.status != 501:
        raise expect.answered(step.exchange, "HTTP 400", level=Level.SHOULD)


@check("crud-replace-unknown", covers=["RFC7644-3.5.1-01", "RFC7644-3.2-01"], profile="rfc")
def test_replace_does_not_create(removal: Steps) -> None:
    """A PUT to an id that nobody has creates nothing.

    Ids are the service provider's.

    Fix: answer 404.
    """
    step = removal["unknown-put"]
    if step.exchange.ok:
        raise expect.answered(step.exchange, "HTTP 404")
    if removal["match-unknown"].exchange.listed:
        raise Failure(
            "no user of that name", show(removal["match-unknown"].exchange.listed[0]), kind=Kind.WRONG_RESULTS
        )
