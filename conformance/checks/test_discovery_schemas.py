"""Schemas: the form of every definition, and that the standard ones say what RFC 7643 says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.test_discovery_types import whole_list
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.schemas import reference
from conformance.schemas.attributes import rows
from conformance.scim.features import documents
from conformance.scim.paths import strings
from conformance.verdict import Kind, Level, NotApplicable, show

URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
TYPES = frozenset(
    {"string", "boolean", "decimal", "integer", "datetime", "binary", "reference", "complex"}
)  # RFC 7643 section 2.3
ENUMS = {
    "mutability": ("readOnly", "readWrite", "immutable", "writeOnly"),
    "returned": ("always", "never", "default", "request"),
    "uniqueness": ("none", "server", "global"),
}
NAME = re.compile(r"^(\$ref|[A-Za-z][\w$-]*)$", re.ASCII)


def schemas_of(discovery: Steps) -> list[dict[str, Any]]:
    """The schemas that the endpoint lists.

    Raises:
        NotApplicable: it lists none.
    """
    step = discovery["schemas"]
    if not step.exchange.ok:
        raise NotApplicable(f"GET /Schemas answers {step.exchange.status}")
    return expect.some(documents(step.exchange), "GET /Schemas lists nothing")


def definitions(discovery: Steps) -> list[tuple[str, dict[str, Any], bool]]:
    """Each definition with its name in full, and whether it is a sub-attribute; the Schema schema is left out.

    Raises:
        NotApplicable: there is none.
    """
    return expect.some(_definitions(discovery), "no schema lists an attribute")


def _definitions(discovery: Steps) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for schema in schemas_of(discovery):
        if str(schema.get("id")).lower() == URN.lower():
            continue  # it describes itself with sub-attributes of sub-attributes
        for row in rows(schema, "attributes"):
            name = f"{schema.get('name') or schema.get('id')}.{row['name']}"
            yield name, row, False
            yield from ((f"{name}.{sub['name']}", sub, True) for sub in rows(row, "subAttributes"))


@check("discovery-schemas-list", covers=["RFC7644-4-03"], profile="rfc")
def test_schemas_are_a_list_response(discovery: Steps) -> None:
    """The schemas come as a ListResponse that holds them all.

    Entra's gallery applications read the ListResponse and nothing else.

    Fix: wrap the schemas in a ListResponse; totalResults is their number.
    """
    if not discovery["schemas"].exchange.ok:
        raise NotApplicable(f"GET /Schemas answers {discovery['schemas'].exchange.status}")
    whole_list(discovery["schemas"])


@check("discovery-schemas-schemas", covers=["RFC7643-7-04"], profile="rfc")
def test_schemas_carry_the_schema_urn(discovery: Steps) -> None:
    """Each schema names the Schema schema, or leaves schemas out as the RFC's figures do.

    A client tells by it what the object is.

    Fix: put urn:ietf:params:scim:schemas:core:2.0:Schema into schemas of each schema.
    """
    wrong = [show(s.get("id")) for s in schemas_of(discovery) if s.get("schemas") and URN not in strings(s["schemas"])]
    expect.nothing(wrong, f"{URN} in schemas", path="Resources", kind=Kind.SCHEMA, subject="schemas")


@check("discovery-schemas-ids", covers=["RFC7643-7-03"], profile="rfc")
def test_schema_ids_are_uris(discovery: Steps) -> None:
    """Each schema's id is its URI.

    Resources refer to it in their schemas attribute.

    Fix: use the schema's URN as its id.
    """
    wrong = [show(s.get("id")) for s in schemas_of(discovery) if ":" not in str(s.get("id") or "")]
    expect.nothing(wrong, "a URI as id of each schema", path="Resources", kind=Kind.WRONG_VALUE, subject="id")


@check("discovery-schema-by-id", covers=["RFC7644-4-04", "RFC7643-7-03"], profile="rfc")
def test_schema_can_be_looked_up(discovery: Steps, discovery_tour: Steps) -> None:
    """Each schema can be read by its URN and is the same as in the list.

    meta.location of the schema points there.

    Fix: serve GET /Schemas/{urn} with the single object, colons encoded or not.
    """
    known = [s.get("id") for s in schemas_of(discovery)]
    wrong = [
        f"GET {e.path} answers {e.status} with id {show(e.resource.get('id'))}"
        for e, wanted in zip(discovery_tour["schema"].exchanges, known, strict=False)
        if e.status != 200 or e.resource.get("id") != wanted
    ]
    expect.nothing(wrong, "200 and the schema of that id", kind=Kind.WRONG_RESULTS)


@check("discovery-schemas-no-messages", covers=["RFC7644-3.1-03"], profile="rfc")
def test_messages_are_noschemas_of(discovery: Steps, discovery_tour: Steps) -> None:
    """Protocol messages such as ListResponse are not listed as schemas.

    A client that takes them for resources looks for endpoints that do not exist.

    Fix: list only schemas of resources under /Schemas.
    """
    ids = [str(s.get("id")) for s in schemas_of(discovery)]
    listed = [i for i in ids if i.lower().startswith("urn:ietf:params:scim:api:")]
    if discovery_tour["message-schema"].exchange.status == 200:
        listed.append("ListResponse by its URN")
    expect.nothing(listed, "no message among the schemas", path="Resources", kind=Kind.UNWANTED_VALUE)


@check("discovery-schemas-attributes", covers=["RFC7643-7-23"], profile="rfc")
def test_schemas_list_attributes(discovery: Steps) -> None:
    """Each schema has a list of attributes.

    It is what a client reads the document for.

    Fix: give each schema its attributes as an array of objects.
    """
    wrong = [show(s.get("id")) for s in schemas_of(discovery) if not _is_list_of_objects(s.get("attributes"))]
    expect.nothing(
        wrong, "attributes as a list of objects", path="Resources", kind=Kind.WRONG_TYPE, subject="attributes"
    )


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


@check("discovery-attributes-complete", covers=["RFC7643-7-05", "RFC7643-7-21"], profile="rfc")
def test_attributes_have_name_type_and_plurality(discovery: Steps) -> None:
    """Each attribute says its name, its type and whether it has many values.

    Without these a client cannot build a value.

    Fix: give name, type and multiValued for each attribute and sub-attribute.
    """
    nameless = [
        str(schema.get("id"))
        for schema in schemas_of(discovery)
        if _is_list_of_objects(schema.get("attributes")) and not all(row.get("name") for row in schema["attributes"])
    ]
    expect.nothing(nameless, "a name for each attribute", kind=Kind.MISSING_VALUE, subject="name")
    found = definitions(discovery)
    expect.nothing(
        (n for n, row, _ in found if not isinstance(row.get("multiValued"), bool)),
        "multiValued for each",
        kind=Kind.MISSING_VALUE,
        subject="multiValued",
    )
    expect.nothing(
        (n for n, row, _ in found if not row.get("type")),
        "a type for each attribute",
        level=Level.SHOULD,
        kind=Kind.MISSING_VALUE,
        subject="type",
    )


@check("discovery-attribute-names", covers=["RFC7643-2.1-03"], profile="rfc")
def test_attribute_names_are_legal(discovery: Steps) -> None:
    """Attribute names consist of letters, digits, hyphen and underscore, a letter first.

    Other characters break paths and filters.

    Fix: rename the attribute.
    """
    wrong = [name for name, row, _ in definitions(discovery) if not NAME.match(str(row["name"]))]
    expect.nothing(wrong, "names such as givenName", kind=Kind.WRONG_VALUE, subject="name")


@check("discovery-attribute-types", covers=["RFC7643-7-22", "RFC7643-2.3-01"], profile="rfc")
def test_attribute_types_are_defined(discovery: Steps) -> None:
    """Each attribute's type is one of the eight that RFC 7643 defines.

    A client does not know how to write a value of another type.

    Fix: use string, boolean, decimal, integer, dateTime, binary, reference or complex.
    """
    typed = expect.some((d for d in definitions(discovery) if d[1].get("type")), "no attribute says its type")
    wrong = [f"{n}: {row['type']}" for n, row, _ in typed if not _known_type(row)]
    core = [text for text in wrong if text.split(".")[0] in reference.NAMES]
    expect.nothing(core, "types of RFC 7643 section 2.3", kind=Kind.WRONG_VALUE, subject="type")
    expect.nothing(wrong, "types of RFC 7643 section 2.3", level=Level.SHOULD, kind=Kind.WRONG_VALUE, subject="type")


def _known_type(row: dict[str, Any]) -> bool:
    return str(row["type"]).lower() in TYPES


@check("discovery-attribute-booleans", covers=["RFC7643-7-24"], profile="rfc")
def test_boolean_characteristics_are_booleans(discovery: Steps) -> None:
    """The characteristics multiValued, required and caseExact are Booleans.

    A "false" in quotes is true for many clients.

    Fix: write true and false without quotes.
    """
    keys = ("multiValued", "required", "caseExact")
    found = [(n, k, row[k]) for n, row, _ in definitions(discovery) for k in keys if row.get(k) is not None]
    told = expect.some(found, "no attribute says any of them")
    wrong = [f"{name}: {key} is {show(value)}" for name, key, value in told if not isinstance(value, bool)]
    expect.nothing(wrong, "true or false, without quotes", kind=Kind.WRONG_TYPE)


@check("discovery-attribute-enums", covers=["RFC7643-7-07"], profile="rfc")
def test_characteristics_have_defined_values(discovery: Steps) -> None:
    """Mutability, returned and uniqueness have the values that RFC 7643 defines.

    Microsoft reads them in exactly this spelling, camelCase included.

    Fix: use readOnly, readWrite, immutable, writeOnly; always, never, default, request; none, server, global.
    """
    found = [(n, k, row[k]) for n, row, _ in definitions(discovery) for k in ENUMS if row.get(k) is not None]
    expect.some(found, "no attribute says any of them")
    unknown = [f"{n}: {k} is {show(v)}" for n, k, v in found if str(v).lower() not in map(str.lower, ENUMS[k])]
    expect.nothing(unknown, "one of the values of RFC 7643 section 7", kind=Kind.WRONG_VALUE)
    spelled = [f"{n}: {k} is {show(v)}" for n, k, v in found if v not in ENUMS[k]]
    expect.nothing(spelled, "the spelling of RFC 7643 section 7", level=Level.SHOULD, kind=Kind.WRONG_VALUE)
