"""Creating a user by the RFC: the answer, what the service provider decides, and what it keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show


def created(step: Step) -> dict[str, Any]:
    """The resource in the answer to a create.

    Raises:
        NotApplicable: the endpoint's own rules refused it, or it answered without a resource.
    """
    if not step.exchange.ok or not step.exchange.resource:
        raise NotApplicable(f"the create was answered {step.exchange.status} without a resource")
    return expect.shown(step)


def instant(value: Any) -> datetime | None:
    """A dateTime as a point in time, UTC where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else datetime.fromisoformat(f"{value}+00:00")


def shows_user(step: Step) -> bool:
    """Whether the answer is a full representation of a user."""
    body = step.exchange.resource
    return step.exchange.ok and any(body.get(name) for name in ("id", "userName")) and step.name != "primary-by-filter"


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
        raise Failure("meta in the answer to a create", "none", path="meta", kind=Kind.MISSING_VALUE)
    expect.nothing(missing, "the new resource in the answer", level=Level.SHOULD, kind=Kind.MISSING_VALUE)


@check("crud-create-location", covers=["RFC7644-3.3-06"], profile="rfc")
def test_create_gives_a_location(crud: Steps) -> None:
    """The answer to a create has a Location header, and the resource is there.

    It is how a client finds what it made, also behind a proxy.

    Fix: send Location with the resource's URL as the client can reach it.
    """
    location = crud["create"].exchange.headers.get("location")
    if not location:
        raise Failure("a Location header", "none", kind=Kind.HEADER, subject="Location")
    if tail(location) != tail(crud["read"].exchange.url.partition("?")[0]):
        raise Failure("Location of the new resource", location, kind=Kind.HEADER, subject="Location")
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
        raise Failure(
            "a value at meta.location", "none", path="meta.location", level=Level.SHOULD, kind=Kind.MISSING_VALUE
        )
    if tail(location) != tail(crud["read"].exchange.url):
        raise Failure(
            f"meta.location that ends in {body.get('id')}", show(location), path="meta.location", kind=Kind.WRONG_VALUE
        )
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
        raise Failure(f"meta.location {header}", show(inside), path="meta.location", kind=Kind.WRONG_VALUE)


@check("crud-read-one", covers=["RFC7644-3.4.1-01"], profile="rfc")
def test_read_returns_one_resource(crud: Steps) -> None:
    """Reading by id returns the single resource.

    A ListResponse here is read as a user without any attribute.

    Fix: answer GET /Users/{id} with 200 and the user itself.
    """
    expect.status(crud["read"], 200)
    if "Resources" in expect.resource(crud["read"]):
        raise Failure("the resource itself", "a ListResponse", kind=Kind.BODY, subject="body")
    expect.shown(crud["read"])


@check("crud-id-present", covers=["RFC7643-3.1-03", "RFC7643-3.1-01", "RFC7643-3-06"], profile="rfc")
def test_every_answer_has_id_and_meta(crud: Steps, creation: Steps) -> None:
    """Every full representation has a non-empty id, and meta.

    Entra keeps the id and uses it in every later request.

    Fix: put id (a string) and meta into every representation.
    """
    found = (s for steps in (crud, creation) for s in steps.values() if shows_user(s))
    answers = expect.some(found, "no answer shows a user")
    bad = [s.name for s in answers if not s.exchange.resource_id or is_empty(find(s.exchange.resource, "meta"))]
    expect.nothing(bad, "id and meta in each answer", kind=Kind.MISSING_VALUE)


@check("crud-id-own", covers=["RFC7643-3.1-06"], profile="rfc")
def test_client_does_not_choose_the_id(creation: Steps) -> None:
    """An id that the client sends with a create is not used.

    Ids are the service provider's; a client that could choose them could take over another's.

    Fix: ignore id in the body of a create.
    """
    step = creation["create-with-id"]
    if step.exchange.ok:
        created(step)
    if step.exchange.resource_id == step.facts["chosen"]:
        raise Failure("an id of the service provider's own", "the client's", path="id", kind=Kind.WRONG_VALUE)
    if step.exchange.status == 400:
        raise Failure("201, with the id ignored", "HTTP 400", level=Level.SHOULD, kind=Kind.STATUS, subject="400")


@check("crud-ids-differ", covers=["RFC7643-3.1-04"], profile="rfc")
def test_ids_are_unique(creation: Steps, references: Steps) -> None:
    """No two resources have the same id, users and groups together.

    A reference to one would lead to the other.

    Fix: draw ids from one sequence, or make them random.
    """
    answers = [s.exchange for steps in (creation, references) for s in steps.values() if s.exchange.status == 201]
    everything = expect.some((e.resource_id for e in answers if e.resource_id), "no create was answered with an id")
    users = [e.resource_id for e in answers if e.resource_id and "/Users" in e.path]
    expect.nothing(
        (str(i) for i in users if users.count(i) > 1), "an id of its own for each user", path="id", kind=Kind.DUPLICATE
    )
    shared = [str(i) for i in everything if everything.count(i) > 1]
    expect.nothing(shared, "ids that users and groups do not share", path="id", level=Level.SHOULD, kind=Kind.DUPLICATE)


@check("crud-id-reserved", covers=["RFC7643-3.1-07"], profile="rfc")
def test_ids_are_not_the_reserved_word(creation: Steps, references: Steps) -> None:
    """No id holds the word bulkId.

    In a bulk request it stands for a resource that does not exist yet.

    Fix: draw ids without it.
    """
    answers = [s.exchange for steps in (creation, references) for s in steps.values() if s.exchange.ok]
    ids = expect.some((e.resource_id for e in answers if e.resource_id), "no answer has an id")
    expect.nothing(
        (str(i) for i in ids if "bulkid" in str(i).casefold()),
        "ids without the word bulkId",
        path="id",
        kind=Kind.WRONG_VALUE,
    )


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
    expect.nothing(
        (f"{h} for {show(i)}" for h, i in given if tail(h.partition("?")[0]) != tail(i)),
        "meta.location",
        kind=Kind.HEADER,
        subject="Location",
    )


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
        raise Failure("one id", show(sorted(str(i) for i in ids)), path="id", kind=Kind.WRONG_VALUE)
