"""Creating a user by the RFC: the answer, what the service provider decides, and what it keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.check import Steps, check
from conformance.entra import CORE_USER, ENTERPRISE_USER
from conformance.recording import Step
from conformance.scim.paths import MISSING, find, is_empty
from conformance.verdict import Failure, Level, NotApplicable, Observation, show


def created(step: Step) -> dict[str, Any]:
    """The resource in the answer to a create.

    Raises:
        NotApplicable: the endpoint's own rules refused it, or it answered without a body.
    """
    if not step.exchange.ok or not step.exchange.resource:
        raise NotApplicable(f"the create was answered {step.exchange.status} without a resource")
    return step.exchange.resource


def instant(value: Any) -> datetime | None:
    """A dateTime as a point in time, UTC where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else datetime.fromisoformat(f"{value}+00:00")


def _shows_user(step: Step) -> bool:
    return step.exchange.ok and bool(step.exchange.resource) and step.name != "primary-by-filter"


def tail(location: Any) -> str:
    """The last segment of a location's path."""
    return urlsplit(str(location)).path.rstrip("/").rpartition("/")[2]


@check("crud-create-status", covers=["RFC7644-3.3-04"], profile="rfc")
def test_create_is_answered_201(crud: Steps) -> None:
    """A create is answered 201.

    A client takes 200 for something that was there before.

    Fix: answer 201 Created.
    """
    expect.status(crud["create"], 201)


@check("crud-create-body", covers=["RFC7644-3.3-05", "RFC7643-3.1-02"], profile="rfc")
def test_create_answers_with_the_resource(crud: Steps) -> None:
    """The answer to a create holds the new resource.

    A client learns the id from it without asking again.

    Fix: return the resource with id, schemas and meta.
    """
    body = crud["create"].exchange.resource
    missing = [name for name in ("id", "schemas", "userName", "meta") if is_empty(find(body, name))]
    if missing == ["meta"]:
        raise Failure("meta in the answer to a create", "none", path="meta")
    expect.nothing(missing, "the new resource in the answer", level=Level.SHOULD)


@check("crud-create-location", covers=["RFC7644-3.3-06"], profile="rfc")
def test_create_gives_a_location(crud: Steps) -> None:
    """The answer to a create has a Location header, and the resource is there.

    It is how a client finds what it made, also behind a proxy.

    Fix: send Location with the resource's URL as the client can reach it.
    """
    location = crud["create"].exchange.headers.get("location")
    if not location:
        raise Failure("a Location header", "none")
    if tail(location) != tail(crud["read"].exchange.url.partition("?")[0]):
        raise Failure("Location of the new resource", location)
    expect.status(crud["read"], 200)
    expect.attribute(crud["read"], "id", crud["create"].exchange.resource_id or tail(location))


@check("crud-location-host", covers=["RFC7643-3.1-19"], profile="rfc")
def test_meta_location_leads_to_the_resource(crud: Steps) -> None:
    """The meta.location of a resource ends in its id, on the host the client asked.

    Behind a proxy endpoints often name their inner host, which no client can reach.

    Fix: build locations from the public base URL (Forwarded headers, or a setting).
    """
    body = created(crud["read"])
    location = find(body, "meta.location")
    if is_empty(location):
        raise Failure("a value at meta.location", "none", path="meta.location", level=Level.SHOULD)
    if tail(location) != tail(crud["read"].exchange.url):
        raise Failure(f"meta.location that ends in {body.get('id')}", show(location), path="meta.location")
    host = urlsplit(str(location)).netloc
    if host and host != urlsplit(crud["read"].exchange.url).netloc:
        raise Observation(f"meta.location names another host: {host}")


@check("crud-create-same-location", covers=["RFC7644-3.3-07"], profile="rfc")
def test_location_and_meta_location_agree(crud: Steps) -> None:
    """Location and meta.location of a new resource are the same URI.

    Two addresses for one resource make a client see two resources.

    Fix: use the same URI in both places.
    """
    header = crud["create"].exchange.headers.get("location")
    inside = find(created(crud["create"]), "meta.location")
    if not header or is_empty(inside):
        raise NotApplicable("the answer lacks Location or meta.location")
    if urlsplit(header).path != urlsplit(str(inside)).path:
        raise Failure(f"meta.location {header}", show(inside), path="meta.location")


@check("crud-read-one", covers=["RFC7644-3.4.1-01"], profile="rfc")
def test_read_returns_one_resource(crud: Steps) -> None:
    """Reading by id returns the single resource.

    A ListResponse here is read as a user without any attribute.

    Fix: answer GET /Users/{id} with 200 and the user itself.
    """
    expect.status(crud["read"], 200)
    if "Resources" in expect.resource(crud["read"]):
        raise Failure("the resource itself", "a ListResponse")


@check("crud-id-present", covers=["RFC7643-3.1-03", "RFC7643-3.1-01", "RFC7643-3-06"], profile="rfc")
def test_every_answer_has_id_and_meta(crud: Steps, creation: Steps) -> None:
    """Every full representation has a non-empty id, and meta.

    Entra keeps the id and uses it in every later request.

    Fix: put id (a string) and meta into every representation.
    """
    answers = [s for steps in (crud, creation) for s in steps.values() if _shows_user(s)]
    bad = [s.name for s in answers if not s.exchange.resource_id or is_empty(find(s.exchange.resource, "meta"))]
    expect.nothing(bad, "id and meta in each answer")


@check("crud-id-own", covers=["RFC7643-3.1-06"], profile="rfc")
def test_client_does_not_choose_the_id(creation: Steps) -> None:
    """An id that the client sends with a create is not used.

    Ids are the service provider's; a client that could choose them could take over another's.

    Fix: ignore id in the body of a create.
    """
    step = creation["create-with-id"]
    if step.exchange.resource_id == step.facts["chosen"]:
        raise Failure("an id of the service provider's own", "the client's", path="id")
    if step.exchange.status == 400:
        raise Failure("201, with the id ignored", "HTTP 400", level=Level.SHOULD)


@check("crud-ids-differ", covers=["RFC7643-3.1-04"], profile="rfc")
def test_ids_are_unique(creation: Steps, references: Steps) -> None:
    """No two resources have the same id, users and groups together.

    A reference to one would lead to the other.

    Fix: draw ids from one sequence, or make them random.
    """
    answers = [s.exchange for steps in (creation, references) for s in steps.values() if s.exchange.status == 201]
    users = [e.resource_id for e in answers if "/Users" in e.path]
    everything = [e.resource_id for e in answers]
    expect.nothing((str(i) for i in users if users.count(i) > 1), "an id of its own for each user", path="id")
    shared = [str(i) for i in everything if everything.count(i) > 1]
    expect.nothing(shared, "ids that users and groups do not share", path="id", level=Level.SHOULD)


@check("crud-id-reserved", covers=["RFC7643-3.1-07"], profile="rfc")
def test_ids_are_not_the_reserved_word(creation: Steps, references: Steps) -> None:
    """No id holds the word bulkId.

    In a bulk request it stands for a resource that does not exist yet.

    Fix: draw ids without it.
    """
    ids = [s.exchange.resource_id for steps in (creation, references) for s in steps.values() if s.exchange.ok]
    expect.nothing((str(i) for i in ids if "bulkid" in str(i).casefold()), "ids without the word bulkId", path="id")


@check("crud-content-location", covers=["RFC7643-3.1-20"], profile="rfc")
def test_content_location_agrees(crud: Steps) -> None:
    """Content-Location, where an answer has it, is the same as meta.location.

    Caches keep the answer under that address.

    Fix: use the same URI in both places, or leave the header out.
    """
    headers = [(s.exchange.headers.get("content-location"), s.exchange.resource) for s in crud.values()]
    given = [(header, find(body, "meta.location")) for header, body in headers if header and body.get("id")]
    if not given:
        raise NotApplicable("no answer has Content-Location")
    expect.nothing((f"{h} for {show(i)}" for h, i in given if tail(h.partition("?")[0]) != tail(i)), "meta.location")


@check("crud-id-stable", covers=["RFC7643-3.1-05"], profile="rfc")
def test_id_stays_the_same(crud: Steps) -> None:
    """The id of a resource stays the same through replacements.

    Entra loses an account whose id changes.

    Fix: never reassign ids.
    """
    ids = {s.exchange.resource_id for s in crud.values() if s.exchange.ok and s.exchange.resource_id}
    if not ids:
        raise NotApplicable("no answer shows an id")
    if len(ids) > 1:
        raise Failure("one id", show(sorted(str(i) for i in ids)), path="id")


@check("crud-schemas-named", covers=["RFC7643-3-02", "RFC7643-2.1-01", "RFC7643-3-01"], profile="rfc")
def test_resources_name_their_schemas(crud: Steps, creation: Steps) -> None:
    """Every resource names its schemas, each once, the core schema among them.

    Entra reads the kind of object from it.

    Fix: return schemas with the core URN and the URN of each extension in use.
    """
    answers = [s for steps in (crud, creation) for s in steps.values() if _shows_user(s)]
    bad = []
    for step in answers:
        urns = step.exchange.resource.get("schemas")
        lowered = [str(urn).lower() for urn in urns] if isinstance(urns, list) else []
        if CORE_USER.lower() not in lowered or len(set(lowered)) != len(lowered):
            bad.append(f"{step.name}: {show(urns)}")
    expect.nothing(bad, f"schemas with {CORE_USER}", path="schemas")


@check("crud-schemas-no-duplicates", covers=["RFC7643-3-04"], profile="rfc")
def test_duplicate_schemas_are_not_kept(crud: Steps) -> None:
    """A schema named twice by the client is refused or named once in the answer.

    schemas is a set.

    Fix: drop duplicates, or answer 400.
    """
    urns = created(crud["replace-doubled"]).get("schemas")
    lowered = [str(urn).lower() for urn in urns or []]
    if len(set(lowered)) != len(lowered):
        raise Failure("each schema once", show(urns), path="schemas")


@check("crud-schemas-extension", covers=["RFC7643-3-08", "RFC7643-3-07", "RFC7643-3.3-02"], profile="rfc")
def test_extensions_in_use_are_named(crud: Steps) -> None:
    """Attributes of an extension stand under its URN, and schemas names it.

    Entra looks for department and manager there and nowhere else.

    Fix: keep extension attributes in the member named by the URN, and list the URN in schemas.
    """
    body = created(crud["read"])
    urns = {str(urn).lower() for urn in body.get("schemas") or []}
    unnamed = [key for key, value in body.items() if ":" in key and not is_empty(value) and key.lower() not in urns]
    expect.nothing(unnamed, "each extension with data in schemas", path="schemas")
    sent = crud["create"].exchange.request_body.get(ENTERPRISE_USER, {})
    outside = [name for name in sent if name in body]
    expect.nothing(outside, f"extension attributes under {ENTERPRISE_USER}")


@check("crud-schemas-required", covers=["RFC7643-3-01"], profile="rfc")
def test_create_without_schemas(creation: Steps) -> None:
    """A create without schemas is refused, or its result names them.

    A body without schemas could be anything.

    Fix: answer 400, or fill in the core URN.
    """
    step = creation["create-without-schemas"]
    if (step.exchange.status or 0) >= 500:
        raise Failure("a 4xx, or 201", f"HTTP {step.exchange.status}")
    if step.exchange.ok and step.exchange.resource and not step.exchange.resource.get("schemas"):
        raise Failure("schemas in the new resource", "none", path="schemas")


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
                "meta.resourceType User", "none" if value is MISSING else show(value), path="meta.resourceType"
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
    sent = step.exchange.request_body["meta"]
    kept = [name for name in ("created", "location") if find(body, f"meta.{name}") == sent[name]]
    expect.nothing(kept, "values of the service provider's own in meta", path="meta")
    if not is_empty(find(body, "groups")):
        raise Failure("no groups", show(body["groups"]), path="groups")


@check("crud-meta-created", covers=["RFC7643-3.1-16", "RFC7643-2.3.5-01"], profile="rfc")
def test_meta_created_stays(crud: Steps) -> None:
    """The meta.created of a resource is a date and time that no update changes.

    It tells when the account was made, which auditors ask for.

    Fix: set meta.created once.
    """
    first = find(created(crud["read"]), "meta.created")
    if is_empty(first):
        raise Failure("a value at meta.created", "none", path="meta.created", level=Level.SHOULD)
    if instant(first) is None:
        raise Failure("a dateTime", show(first), path="meta.created")
    last = find(created(crud["read-last"]), "meta.created")
    if instant(last) != instant(first):
        raise Failure(f"meta.created {show(first)}", show(last), path="meta.created")


@check("crud-meta-fresh", covers=["RFC7643-3.1-17"], profile="rfc")
def test_a_new_resource_was_never_modified(crud: Steps) -> None:
    """The meta.lastModified of a new resource equals meta.created.

    Otherwise a client takes it for one that somebody changed.

    Fix: set both from the same clock reading.
    """
    meta = created(crud["read"]).get("meta") or {}
    first, last = instant(meta.get("created")), instant(meta.get("lastModified"))
    if first is None or last is None:
        raise NotApplicable("meta.created or meta.lastModified is not given")
    if abs((last - first).total_seconds()) >= 1:
        raise Failure(f"meta.lastModified {meta['created']}", show(meta["lastModified"]), path="meta.lastModified")


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
        raise Failure(f"meta.lastModified after {show(values[0])}", show(values[1]), path="meta.lastModified")
