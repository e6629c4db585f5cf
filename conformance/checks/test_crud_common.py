"""The common attributes of every resource: schemas and meta (RFC 7643 sections 3 and 3.1)."""

from __future__ import annotations

from conformance.checks.test_crud_create import created, instant, shows_user
from conformance.idp.entra import CORE_USER, ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import MISSING, find, is_empty, strings
from conformance.verdict import Failure, Kind, Level, NotApplicable, show


@check("crud-schemas-named", covers=["RFC7643-3-02", "RFC7643-2.1-01", "RFC7643-3-01"], profile="rfc")
def test_resources_name_their_schemas(crud: Steps, creation: Steps) -> None:
    """Every resource names its schemas, each once, the core schema among them.

    Entra reads the kind of object from it.

    Fix: return schemas with the core URN and the URN of each extension in use.
    """
    found = (s for steps in (crud, creation) for s in steps.values() if shows_user(s))
    answers = expect.some(found, "no answer shows a user")
    bad = []
    for step in answers:
        urns = step.exchange.resource.get("schemas")
        lowered = [str(urn).lower() for urn in urns] if isinstance(urns, list) else []
        if CORE_USER.lower() not in lowered or len(set(lowered)) != len(lowered):
            bad.append(f"{step.name}: {show(urns)}")
    expect.nothing(bad, f"schemas with {CORE_USER}", path="schemas", kind=Kind.SCHEMA)


@check("crud-schemas-no-duplicates", covers=["RFC7643-3-04"], profile="rfc")
def test_duplicate_schemas_are_not_kept(crud: Steps) -> None:
    """A schema named twice by the client is refused or named once in the answer.

    schemas is a set.

    Fix: drop duplicates, or answer 400.
    """
    urns = created(crud["replace-doubled"]).get("schemas")
    lowered = [urn.lower() for urn in strings(urns)]
    if len(set(lowered)) != len(lowered):
        raise Failure("each schema once", show(urns), path="schemas", kind=Kind.DUPLICATE)


@check("crud-schemas-extension", covers=["RFC7643-3-08", "RFC7643-3-07", "RFC7643-3.3-02"], profile="rfc")
def test_extensions_in_use_are_named(crud: Steps) -> None:
    """Attributes of an extension stand under its URN, and schemas names it.

    Entra looks for department and manager there and nowhere else.

    Fix: keep extension attributes in the member named by the URN, and list the URN in schemas.
    """
    body = created(crud["read"])
    urns = {urn.lower() for urn in strings(body.get("schemas"))}
    unnamed = [key for key, value in body.items() if ":" in key and not is_empty(value) and key.lower() not in urns]
    expect.nothing(unnamed, "each extension with data in schemas", path="schemas", kind=Kind.SCHEMA)
    sent = crud["create"].exchange.request_body.get(ENTERPRISE_USER, {})
    outside = [name for name in sent if name in body]
    expect.nothing(outside, f"extension attributes under {ENTERPRISE_USER}", kind=Kind.UNWANTED_VALUE)


@check("crud-schemas-required", covers=["RFC7643-3-01"], profile="rfc")
def test_create_without_schemas(creation: Steps) -> None:
    """A create without schemas is refused, or its result names them.

    A body without schemas could be anything.

    Fix: answer 400, or fill in the core URN.
    """
    step = creation["create-without-schemas"]
    if (step.exchange.status or 0) >= 500:
        raise expect.answered(step.exchange, "a 4xx, or 201")
    if step.exchange.ok and not created(step).get("schemas"):
        raise Failure("schemas in the new resource", "none", path="schemas", kind=Kind.MISSING_VALUE)


@check("crud-meta-type", covers=["RFC7644-3.3.1-01", "RFC7643-3.1-15", "RFC7643-6-02"], profile="rfc")
def test_meta_names_the_type(crud: Steps, creation: Steps) -> None:
    """The meta.resourceType of a user is User, whatever the client sent.

    A client tells users from groups by it in mixed results.

    Fix: set meta.resourceType from the endpoint.
    """
    for step in (crud["read"], creation["create-with-meta"]):
        value = find(created(step), "meta.resourceType")
        if value != "User":
            raise Failure(
                "meta.resourceType User",
                "none" if value is MISSING else show(value),
                path="meta.resourceType",
                kind=Kind.WRONG_VALUE,
            )


@check("crud-meta-own", covers=["RFC7643-3.1-14", "RFC7644-3.3-01"], profile="rfc")
def test_client_does_not_write_meta(creation: Steps) -> None:
    """The meta and groups that a client sends with a create are ignored, not stored and not refused.

    Entra sends meta.resourceType with every create.

    Fix: ignore readOnly attributes in the body of a create.
    """
    step = creation["create-with-meta"]
    expect.status(step, 201, level=Level.SHOULD)
    body = created(step)
    sent = expect.sent(step, "meta")
    kept = [name for name in ("created", "location") if find(body, f"meta.{name}") == sent[name]]
    expect.nothing(kept, "values of the service provider's own in meta", path="meta", kind=Kind.WRONG_VALUE)
    if not is_empty(find(body, "groups")):
        raise Failure("no groups", show(body["groups"]), path="groups", kind=Kind.UNWANTED_VALUE)


@check("crud-meta-created", covers=["RFC7643-3.1-16", "RFC7643-2.3.5-01"], profile="rfc")
def test_meta_created_stays(crud: Steps) -> None:
    """The meta.created of a resource is a date and time that no update changes.

    It tells when the account was made, which auditors ask for.

    Fix: set meta.created once.
    """
    first = find(created(crud["read"]), "meta.created")
    if is_empty(first):
        raise Failure(
            "a value at meta.created", "none", path="meta.created", level=Level.SHOULD, kind=Kind.MISSING_VALUE
        )
    if instant(first) is None:
        raise Failure("a dateTime", show(first), path="meta.created", kind=Kind.WRONG_TYPE)
    last = find(created(crud["read-last"]), "meta.created")
    if instant(last) != instant(first):
        raise Failure(f"meta.created {show(first)}", show(last), path="meta.created", kind=Kind.TIME)


@check("crud-meta-fresh", covers=["RFC7643-3.1-17"], profile="rfc")
def test_a_new_resource_was_never_modified(crud: Steps) -> None:
    """The meta.lastModified of a new resource equals meta.created.

    Otherwise a client takes it for one that somebody changed.

    Fix: set both from the same clock reading.
    """
    body = created(crud["read"])
    given, modified = find(body, "meta.created"), find(body, "meta.lastModified")
    first, last = instant(given), instant(modified)
    if first is None or last is None:
        raise NotApplicable("meta.created or meta.lastModified is not given")
    if abs((last - first).total_seconds()) >= 1:
        raise Failure(f"meta.lastModified {given}", show(modified), path="meta.lastModified", kind=Kind.TIME)


@check("crud-meta-modified", covers=["RFC7643-3.1-18"], profile="rfc")
def test_last_modified_moves(crud: Steps) -> None:
    """The meta.lastModified of a resource moves with an update, and never backwards.

    Clients find by it what changed since they last looked.

    Fix: set meta.lastModified with each change.
    """
    values = [find(created(crud[name]), "meta.lastModified") for name in ("read", "read-replaced")]
    before, after = (instant(value) for value in values)
    if before is None or after is None:
        raise NotApplicable("meta.lastModified is not given")
    waited = crud["replace"].exchange.started - crud["create"].exchange.started
    # Clocks of one second's resolution are common: no movement counts only after longer than that.
    if after < before or (after == before and waited > 1.5 and created(crud["read-replaced"]) != created(crud["read"])):
        raise Failure(
            f"meta.lastModified after {show(values[0])}", show(values[1]), path="meta.lastModified", kind=Kind.TIME
        )
