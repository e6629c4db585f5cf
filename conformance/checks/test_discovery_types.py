"""Resource types: what they name, and that it is there."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import LIST_RESPONSE
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import documents
from conformance.scim.paths import strings, value_at
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
FIXED = "urn:ietf:params:scim:schemas:core:2.0:"


def _types(discovery: Steps) -> list[dict[str, Any]]:
    step = discovery["resource-types"]
    if not step.exchange.ok:
        raise NotApplicable(f"GET /ResourceTypes answers {step.exchange.status}")
    return expect.some(documents(step.exchange), "GET /ResourceTypes lists nothing")


def _schema_ids(discovery: Steps) -> set[str]:
    step = discovery["schemas"]
    if not step.exchange.ok:
        raise NotApplicable(f"GET /Schemas answers {step.exchange.status}")
    listed = expect.some(documents(step.exchange), "GET /Schemas lists nothing")
    return {str(row.get("id")).lower() for row in listed}


def _extensions(kind: dict[str, Any]) -> list[dict[str, Any]]:
    found = kind.get("schemaExtensions")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _extended(discovery: Steps) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each resource type with each of its extensions, of which there has to be one."""
    found = [(kind, row) for kind in _types(discovery) for row in _extensions(kind)]
    return expect.some(found, "no resource type names an extension")


def whole_list(step: Step) -> None:
    """The answer is a ListResponse that holds as many resources as it counts."""
    message = expect.resource(step)
    if LIST_RESPONSE not in strings(message.get("schemas")):
        raise Failure(f"a ListResponse (schemas: {LIST_RESPONSE})", show(message), path="schemas", kind=Kind.SCHEMA)
    if message.get("totalResults") != len(step.exchange.listed):
        got = f"totalResults {show(message.get('totalResults'))}, {len(step.exchange.listed)} resources"
        raise Failure("totalResults equal to the number of resources", got, path="totalResults", kind=Kind.COUNT)
    if not step.exchange.listed:
        raise Failure("all of them", "an empty list", path="Resources", level=Level.SHOULD, kind=Kind.WRONG_RESULTS)


@check("discovery-types-list", covers=["RFC7644-4-05"], profile="rfc")
def test_types_are_a_list_response(discovery: Steps) -> None:
    """The resource types come as a ListResponse that holds them all.

    A client that reads a bare array finds no types.

    Fix: wrap the types in a ListResponse; totalResults is their number.
    """
    if not discovery["resource-types"].exchange.ok:
        raise NotApplicable(f"GET /ResourceTypes answers {discovery['resource-types'].exchange.status}")
    whole_list(discovery["resource-types"])


@check("discovery-types-schemas", covers=["RFC7643-6-01"], profile="rfc")
def test_types_carry_their_schema(discovery: Steps) -> None:
    """Each resource type names the ResourceType schema.

    Without it a client cannot tell what the object is.

    Fix: put the ResourceType URN into schemas of each type.
    """
    wrong = [show(t.get("name")) for t in _types(discovery) if URN not in strings(t.get("schemas"))]
    expect.nothing(wrong, f"{URN} in schemas of each type", path="Resources", kind=Kind.SCHEMA, subject="schemas")


@check("discovery-types-named", covers=["RFC7643-6-02", "RFC7643-6-11"], profile="rfc")
def test_types_have_names(discovery: Steps) -> None:
    """Each resource type has a name.

    meta.resourceType of every resource refers to it.

    Fix: give each type a name, such as User.
    """
    wrong = [show(t) for t in _types(discovery) if not (isinstance(t.get("name"), str) and t["name"])]
    expect.nothing(wrong, "a name for each type", path="Resources", kind=Kind.MISSING_VALUE, subject="name")


@check("discovery-types-endpoints", covers=["RFC7643-6-03"], profile="rfc")
def test_types_have_working_endpoints(discovery: Steps, discovery_tour: Steps) -> None:
    """Each resource type names an endpoint below the tenant URL, and something answers there.

    A client builds every request from it.

    Fix: give the path below the tenant URL, such as /Users, and serve it.
    """
    types = _types(discovery)
    wrong = [show(t.get("name")) for t in types if not (isinstance(t.get("endpoint"), str) and t["endpoint"])]
    expect.nothing(wrong, "an endpoint for each type", path="Resources", kind=Kind.MISSING_VALUE, subject="endpoint")
    asked = discovery_tour["endpoint"].exchanges if "endpoint" in discovery_tour.played.steps else []
    dead = [f"GET {e.path} answers {e.status}" for e in asked if e.status in {404, 410} or (e.status or 0) in FIVES]
    expect.nothing(dead, "an answer at each type's endpoint", kind=Kind.STATUS)
    absolute = [str(t["endpoint"]) for t in types if "://" in t["endpoint"]]
    expect.nothing(
        absolute,
        "an endpoint relative to the tenant URL",
        level=Level.SHOULD,
        kind=Kind.WRONG_VALUE,
        subject="endpoint",
    )


FIVES = frozenset({500, 502, 503, 504})


@check("discovery-types-schema-listed", covers=["RFC7643-6-04"], profile="rfc")
def test_types_name_listed_schemas(discovery: Steps) -> None:
    """Each resource type's schema is listed under /Schemas.

    Where it is not, nobody can learn the type's attributes.

    Fix: name the schema's id exactly, and list that schema.
    """
    known = _schema_ids(discovery)
    wrong = [f"{t.get('name')}: {show(t.get('schema'))}" for t in _types(discovery) if _unknown(t, known)]
    expect.nothing(wrong, "a schema that /Schemas lists", path="Resources", kind=Kind.WRONG_VALUE, subject="schema")


def _unknown(kind: dict[str, Any], known: set[str]) -> bool:
    name = str(kind.get("schema", "")).lower()
    # The schemas of the discovery documents themselves are seldom listed, and need not be.
    return name not in known and not (name.startswith(FIXED.lower()) and name.endswith(("config", "type", "schema")))


@check("discovery-types-extensions-listed", covers=["RFC7643-6-05"], profile="rfc")
def test_types_name_listed_extensions(discovery: Steps) -> None:
    """Each extension of a resource type is listed under /Schemas.

    Entra's mapping to an extension that nobody describes cannot be offered.

    Fix: list the schema of each extension.
    """
    known = _schema_ids(discovery)
    wrong = [
        f"{kind.get('name')}: {show(row.get('schema'))}"
        for kind, row in _extended(discovery)
        if str(row.get("schema")).lower() not in known
    ]
    expect.nothing(
        wrong, "extensions that /Schemas lists", path="Resources", kind=Kind.WRONG_VALUE, subject="schemaExtensions"
    )


@check("discovery-types-extensions-required", covers=["RFC7643-6-06"], profile="rfc")
def test_extensions_say_whether_they_are_required(discovery: Steps) -> None:
    """Each extension of a resource type says with a Boolean whether it is required.

    A client leaves out what it takes for optional.

    Fix: add "required": false to each entry of schemaExtensions.
    """
    wrong = [
        f"{kind.get('name')}: {show(row)}"
        for kind, row in _extended(discovery)
        if not isinstance(row.get("required"), bool)
    ]
    expect.nothing(
        wrong,
        "required: true or false in each schemaExtensions entry",
        path="Resources",
        kind=Kind.WRONG_TYPE,
        subject="schemaExtensions.required",
    )


@check("discovery-type-by-id", covers=["RFC7644-4-06"], profile="rfc")
def test_type_can_be_looked_up(discovery: Steps, discovery_tour: Steps) -> None:
    """Each resource type can be read on its own.

    meta.location of the type points there.

    Fix: serve GET /ResourceTypes/{id} with the single object.
    """
    _types(discovery)
    asked = discovery_tour["resource-type"].exchanges
    wrong = [f"GET {e.path} answers {e.status}" for e in asked if e.status != 200 or not e.resource.get("name")]
    expect.nothing(wrong, "200 and the one resource type", kind=Kind.WRONG_RESULTS)


@check("discovery-user-urn", covers=["RFC7643-4.1-01"], profile="rfc")
def test_user_type_has_the_core_schema(discovery: Steps) -> None:
    """The User type's schema is the core User schema.

    Entra writes that URN into each user it creates.

    Fix: use urn:ietf:params:scim:schemas:core:2.0:User as schema of the type named User.
    """
    _type_has_schema(discovery, "User")


@check("discovery-group-urn", covers=["RFC7643-4.2-01"], profile="rfc")
def test_group_type_has_the_core_schema(discovery: Steps) -> None:
    """The Group type's schema is the core Group schema.

    Entra writes that URN into each group it creates.

    Fix: use urn:ietf:params:scim:schemas:core:2.0:Group as schema of the type named Group.
    """
    _type_has_schema(discovery, "Group")


def _type_has_schema(discovery: Steps, name: str) -> None:
    kind = next((t for t in _types(discovery) if t.get("name") == name), None)
    if kind is None:
        raise NotApplicable(f"no resource type is named {name}")
    if str(kind.get("schema")).lower() != f"{FIXED}{name}".lower():
        raise Failure(f"{FIXED}{name}", show(kind.get("schema")), path="schema", kind=Kind.WRONG_VALUE)


@check("discovery-enterprise-urn", covers=["RFC7643-4.3-01"], profile="rfc")
def test_enterprise_extension_is_declared(discovery: Steps) -> None:
    """The enterprise extension, where users have it, is declared under its own URN.

    Department, manager and employee number travel under that URN.

    Fix: list urn:ietf:params:scim:schemas:extension:enterprise:2.0:User in schemaExtensions of User.
    """
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    user = next((t for t in _types(discovery) if t.get("name") == "User"), {})
    listed = urn.lower() in _schema_ids(discovery)
    declared = urn.lower() in {str(row.get("schema")).lower() for row in _extensions(user)}
    if not listed and not declared:
        raise NotApplicable("the endpoint does not offer the enterprise extension")
    if not declared:
        # A schema may be described that no resource type uses (section 6 makes schemaExtensions optional).
        got = show(value_at(user, "schemaExtensions"))
        raise Failure(
            f"{urn} among User's schemaExtensions",
            got,
            level=Level.SHOULD,
            kind=Kind.MISSING_VALUE,
            subject="schemaExtensions",
        )


@check("discovery-pages-ignored", covers=["RFC7644-4-07", "RFC7644-4-03"], profile="rfc")
def test_discovery_lists_are_not_paged(discovery: Steps, discovery_tour: Steps) -> None:
    """Discovery endpoints ignore paging and sorting, and return all they have.

    A schema that falls off a page is a schema nobody can map.

    Fix: ignore startIndex, count and sortBy on /Schemas and /ResourceTypes.
    """
    full = {"Schemas": discovery["schemas"].exchange, "ResourceTypes": discovery["resource-types"].exchange}
    if not any(e.ok for e in full.values()):
        raise NotApplicable("neither /Schemas nor /ResourceTypes is offered")
    expect.some((row for e in full.values() if e.ok for row in e.listed), "neither list holds anything")
    wrong = []
    for exchange in discovery_tour["paged"].exchanges:
        name = "Schemas" if "/Schemas" in exchange.path else "ResourceTypes"
        if full[name].ok and len(exchange.listed) != len(full[name].listed):
            wrong.append(f"GET {exchange.path}: {len(exchange.listed)} of {len(full[name].listed)} ({exchange.status})")
    expect.nothing(wrong, "all of the list, whatever startIndex and count say", kind=Kind.WRONG_RESULTS)


@check("discovery-filter-refused", covers=["RFC7644-4-08"], profile="rfc")
def test_discovery_filter_is_refused(discovery: Steps, discovery_tour: Steps) -> None:
    """A filter on a discovery endpoint is refused with 403.

    A client that filters and gets everything takes all of it for matches.

    Fix: answer 403 to a filter on /Schemas, /ResourceTypes and /ServiceProviderConfig.
    """
    offered = [n for n, s in (("Schemas", "schemas"), ("ResourceTypes", "resource-types")) if discovery[s].exchange.ok]
    if not offered:
        raise NotApplicable("neither /Schemas nor /ResourceTypes is offered")
    asked = [e for e in discovery_tour["filtered"].exchanges if any(f"/{name}?" in e.path for name in offered)]
    expect.nothing(
        (f"GET {e.path} answers {e.status}" for e in asked if e.status != 403), "403 for a filter", kind=Kind.STATUS
    )


@check("discovery-endpoint-plural", covers=["RFC7644-3.2-02"], profile="rfc")
def test_endpoints_are_plural_names(discovery: Steps) -> None:
    """Endpoints are the plural of their type's name.

    It is a convention that clients without discovery rely on.

    Fix: serve /Users for User and /Groups for Group.
    """
    paths = {str(t.get("name")): str(t.get("endpoint")).strip("/") for t in _types(discovery)}
    core = [f"{n} at {p}" for n, p in paths.items() if n in {"User", "Group"} and p.split("/")[-1] != f"{n}s"]
    expect.nothing(core, "User at /Users and Group at /Groups", kind=Kind.WRONG_VALUE, subject="endpoint")
    others = [f"{name} at {path}" for name, path in paths.items() if path != f"{name}s"]
    if others:
        raise Observation(f"endpoints that are no plain plural: {', '.join(others)}")
