"""Schemas: the form of every definition, and that the standard ones say what RFC 7643 says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance import expect
from conformance.check import Steps, check
from conformance.checks.test_discovery_types import whole_list
from conformance.schemas import reference
from conformance.schemas.attributes import Attribute, attributes_of, rows, walk
from conformance.scim.paths import MISSING, member
from conformance.verdict import Failure, Level, NotApplicable, show

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


def _schemas(discovery: Steps) -> list[dict[str, Any]]:
    step = discovery["schemas"]
    if not step.exchange.ok:
        raise NotApplicable(f"GET /Schemas answers {step.exchange.status}")
    return step.exchange.listed


def _definitions(discovery: Steps) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Each definition with its name in full, and whether it is a sub-attribute; the Schema schema is left out."""
    for schema in _schemas(discovery):
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
    _schemas(discovery)
    whole_list(discovery["schemas"])


@check("discovery-schemas-schemas", covers=["RFC7643-7-04"], profile="rfc")
def test_schemas_carry_the_schema_urn(discovery: Steps) -> None:
    """Each schema names the Schema schema, or leaves schemas out as the RFC's figures do.

    A client tells by it what the object is.

    Fix: put urn:ietf:params:scim:schemas:core:2.0:Schema into schemas of each schema.
    """
    wrong = [show(s.get("id")) for s in _schemas(discovery) if s.get("schemas") and URN not in s["schemas"]]
    expect.nothing(wrong, f"{URN} in schemas", path="Resources")


@check("discovery-schemas-ids", covers=["RFC7643-7-03"], profile="rfc")
def test_schema_ids_are_uris(discovery: Steps) -> None:
    """Each schema's id is its URI.

    Resources refer to it in their schemas attribute.

    Fix: use the schema's URN as its id.
    """
    wrong = [show(s.get("id")) for s in _schemas(discovery) if ":" not in str(s.get("id") or "")]
    expect.nothing(wrong, "a URI as id of each schema", path="Resources")


@check("discovery-schema-by-id", covers=["RFC7644-4-04", "RFC7643-7-03"], profile="rfc")
def test_schema_can_be_looked_up(discovery: Steps, discovery_tour: Steps) -> None:
    """Each schema can be read by its URN and is the same as in the list.

    meta.location of the schema points there.

    Fix: serve GET /Schemas/{urn} with the single object, colons encoded or not.
    """
    if not _schemas(discovery):
        raise NotApplicable("no schema is listed")
    known = [s.get("id") for s in _schemas(discovery)]
    wrong = [
        f"GET {e.path} answers {e.status} with id {show(e.resource.get('id'))}"
        for e, wanted in zip(discovery_tour["schema"].exchanges, known, strict=False)
        if e.status != 200 or e.resource.get("id") != wanted
    ]
    expect.nothing(wrong, "200 and the schema of that id")


@check("discovery-schemas-no-messages", covers=["RFC7644-3.1-03"], profile="rfc")
def test_messages_are_no_schemas(discovery: Steps, discovery_tour: Steps) -> None:
    """Protocol messages such as ListResponse are not listed as schemas.

    A client that takes them for resources looks for endpoints that do not exist.

    Fix: list only schemas of resources under /Schemas.
    """
    ids = [str(s.get("id")) for s in _schemas(discovery)]
    listed = [i for i in ids if i.lower().startswith("urn:ietf:params:scim:api:")]
    if discovery_tour["message-schema"].exchange.status == 200:
        listed.append("ListResponse by its URN")
    expect.nothing(listed, "no message among the schemas", path="Resources")


@check("discovery-schemas-attributes", covers=["RFC7643-7-23"], profile="rfc")
def test_schemas_list_attributes(discovery: Steps) -> None:
    """Each schema has a list of attributes.

    It is what a client reads the document for.

    Fix: give each schema its attributes as an array of objects.
    """
    wrong = [show(s.get("id")) for s in _schemas(discovery) if not _is_list_of_objects(s.get("attributes"))]
    expect.nothing(wrong, "attributes as a list of objects", path="Resources")


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
        for schema in _schemas(discovery)
        for row in (schema.get("attributes") if _is_list_of_objects(schema.get("attributes")) else [])
        if not row.get("name")
    ]
    expect.nothing(nameless, "a name for each attribute")
    found = list(_definitions(discovery))
    expect.nothing((n for n, row, _ in found if not isinstance(row.get("multiValued"), bool)), "multiValued for each")
    expect.nothing((n for n, row, _ in found if not row.get("type")), "a type for each attribute", level=Level.SHOULD)


@check("discovery-attribute-names", covers=["RFC7643-2.1-03"], profile="rfc")
def test_attribute_names_are_legal(discovery: Steps) -> None:
    """Attribute names consist of letters, digits, hyphen and underscore, a letter first.

    Other characters break paths and filters.

    Fix: rename the attribute.
    """
    wrong = [name for name, row, _ in _definitions(discovery) if not NAME.match(str(row["name"]))]
    expect.nothing(wrong, "names such as givenName")


@check("discovery-attribute-types", covers=["RFC7643-7-22", "RFC7643-2.3-01"], profile="rfc")
def test_attribute_types_are_defined(discovery: Steps) -> None:
    """Each attribute's type is one of the eight that RFC 7643 defines.

    A client does not know how to write a value of another type.

    Fix: use string, boolean, decimal, integer, dateTime, binary, reference or complex.
    """
    wrong = [f"{n}: {row['type']}" for n, row, _ in _definitions(discovery) if not _known_type(row)]
    core = [text for text in wrong if text.split(".")[0] in reference.NAMES]
    expect.nothing(core, "types of RFC 7643 section 2.3")
    expect.nothing(wrong, "types of RFC 7643 section 2.3", level=Level.SHOULD)


def _known_type(row: dict[str, Any]) -> bool:
    return not row.get("type") or str(row["type"]).lower() in TYPES


@check("discovery-attribute-booleans", covers=["RFC7643-7-24"], profile="rfc")
def test_boolean_characteristics_are_booleans(discovery: Steps) -> None:
    """The characteristics multiValued, required and caseExact are Booleans.

    A "false" in quotes is true for many clients.

    Fix: write true and false without quotes.
    """
    wrong = [
        f"{name}: {key} is {show(row[key])}"
        for name, row, _ in _definitions(discovery)
        for key in ("multiValued", "required", "caseExact")
        if row.get(key) is not None and not isinstance(row[key], bool)
    ]
    expect.nothing(wrong, "true or false, without quotes")


@check("discovery-attribute-enums", covers=["RFC7643-7-07"], profile="rfc")
def test_characteristics_have_defined_values(discovery: Steps) -> None:
    """Mutability, returned and uniqueness have the values that RFC 7643 defines.

    Microsoft reads them in exactly this spelling, camelCase included.

    Fix: use readOnly, readWrite, immutable, writeOnly; always, never, default, request; none, server, global.
    """
    found = [(n, k, row[k]) for n, row, _ in _definitions(discovery) for k in ENUMS if row.get(k) is not None]
    unknown = [f"{n}: {k} is {show(v)}" for n, k, v in found if str(v).lower() not in map(str.lower, ENUMS[k])]
    expect.nothing(unknown, "one of the values of RFC 7643 section 7")
    spelled = [f"{n}: {k} is {show(v)}" for n, k, v in found if v not in ENUMS[k]]
    expect.nothing(spelled, "the spelling of RFC 7643 section 7", level=Level.SHOULD)


@check("discovery-simple-attributes", covers=["RFC7643-1.2-01"], profile="rfc")
def test_simple_attributes_have_no_parts(discovery: Steps) -> None:
    """Only complex attributes have sub-attributes.

    A client writes an object where a plain value is wanted.

    Fix: make the attribute complex, or drop its subAttributes.
    """
    wrong = [n for n, row, _ in _definitions(discovery) if not _is_complex(row) and rows(row, "subAttributes")]
    expect.nothing(wrong, "no subAttributes on simple attributes")


def _is_complex(row: dict[str, Any]) -> bool:
    return str(row.get("type")).lower() == "complex"


@check("discovery-complex-attributes", covers=["RFC7643-7-06"], profile="rfc")
def test_complex_attributes_have_parts(discovery: Steps) -> None:
    """Each complex attribute lists its sub-attributes.

    They cannot be mapped otherwise.

    Fix: add subAttributes.
    """
    wrong = [
        n for n, row, sub in _definitions(discovery) if _is_complex(row) and not sub and not row.get("subAttributes")
    ]
    expect.nothing(wrong, "subAttributes on complex attributes")


@check("discovery-flat-attributes", covers=["RFC7643-2.3.8-02"], profile="rfc")
def test_sub_attributes_are_not_complex(discovery: Steps) -> None:
    """No sub-attribute is complex itself.

    Paths have two levels at most.

    Fix: flatten the attribute, or move it to an extension.
    """
    expect.nothing((n for n, row, sub in _definitions(discovery) if sub and _is_complex(row)), "simple sub-attributes")


@check("discovery-default-sub-attributes", covers=["RFC7643-2.4-04"], profile="rfc")
def test_usual_sub_attributes_have_their_types(discovery: Steps) -> None:
    """The usual sub-attributes primary, type, display and $ref are of their usual types.

    Entra sends primary as Boolean and type as string.

    Fix: make primary a boolean, type and display strings, $ref a reference.
    """
    wanted = {"primary": "boolean", "type": "string", "display": "string", "$ref": "reference"}
    subs = [(n, str(r["name"]), str(r.get("type")).lower()) for n, r, sub in _definitions(discovery) if sub]
    wrong = [f"{name} is {kind}" for name, key, kind in subs if wanted.get(key, kind) != kind]
    expect.nothing((text for text in wrong if ".primary " in text), "primary as boolean")
    expect.nothing(wrong, "type and display as string, $ref as reference", level=Level.SHOULD)


@check("discovery-reference-types", covers=["RFC7643-7-20"], profile="rfc")
def test_references_say_to_what(discovery: Steps) -> None:
    """The referenceTypes of a reference are a list of strings.

    A client learns there whether a value points to a User, a Group or elsewhere.

    Fix: list resource type names, external or uri.
    """
    wrong = [
        f"{name}: {show(row['referenceTypes'])}"
        for name, row, _ in _definitions(discovery)
        if row.get("referenceTypes") is not None
        and not (isinstance(row["referenceTypes"], list) and all(isinstance(t, str) for t in row["referenceTypes"]))
    ]
    expect.nothing(wrong, "a list of strings as referenceTypes")


@check("discovery-password", covers=["RFC7643-4.1.1-13"], profile="rfc")
def test_password_is_write_only(discovery: Steps) -> None:
    """The password, where it is listed, is written and never returned.

    Anything else announces that passwords can be read.

    Fix: set mutability writeOnly and returned never.
    """
    found = [(n, row) for n, row, _ in _definitions(discovery) if n == "User.password" or n.endswith(":User.password")]
    if not found:
        raise NotApplicable("no schema lists password")
    got = {key: found[0][1].get(key) for key in ("mutability", "returned")}
    if got != {"mutability": "writeOnly", "returned": "never"}:
        raise Failure("mutability writeOnly, returned never", show(got), path="password")


@check("discovery-common-attributes", covers=["RFC7643-3.1-25"], profile="rfc")
def test_common_attributes_keep_their_characteristics(discovery: Steps) -> None:
    """Where a schema lists id, externalId or meta, it gives them the characteristics they always have.

    A client that takes id for writable makes up ids.

    Fix: id is readOnly and returned always; externalId readWrite; meta readOnly; or leave them out of schemas.
    """
    wanted = {"id": ("readOnly", "always"), "meta": ("readOnly", "default"), "externalId": ("readWrite", "default")}
    wrong = [
        f"{name}: {row.get('mutability')}, {row.get('returned')}"
        for name, row, sub in _definitions(discovery)
        if not sub and row["name"] in wanted and not name.startswith(("ResourceType.", "ServiceProviderConfig."))
        if (row.get("mutability", wanted[row["name"]][0]), row.get("returned", wanted[row["name"]][1]))
        != wanted[row["name"]]
    ]
    expect.nothing(wrong, "the characteristics of RFC 7643 section 3.1", level=Level.SHOULD)


@check("discovery-extension-names", covers=["RFC7643-3.3-04"], profile="rfc")
def test_extensions_do_not_redefine(discovery: Steps) -> None:
    """An extension does not define attributes that the base schema has already.

    A client cannot tell which of the two to fill.

    Fix: rename the extension's attribute, or drop it.
    """
    by_id = {str(s.get("id")).lower(): s for s in _schemas(discovery)}
    wrong = []
    for kind in discovery["resource-types"].exchange.listed:
        base = by_id.get(str(kind.get("schema")).lower(), {})
        taken = {"id", "externalid", "meta", "schemas", *(str(r["name"]).lower() for r in rows(base, "attributes"))}
        for entry in kind.get("schemaExtensions") or []:
            urn = str(entry.get("schema")) if isinstance(entry, dict) else ""
            names = (str(r["name"]) for r in rows(by_id.get(urn.lower(), {}), "attributes"))
            wrong += [f"{urn}:{name}" for name in names if name.lower() in taken]
    expect.nothing(wrong, "names that the base schema does not have")


@check("discovery-standard-attributes", covers=["RFC7643-8.7.1-01", "RFC7643-8.7.2-01"], profile="rfc")
def test_standard_attributes_are_as_the_rfc_has_them(discovery: Steps) -> None:
    """Standard attributes are single or multi-valued, simple or complex, as RFC 7643 has them.

    Entra writes emails as a list and name as an object, whatever the schema says.

    Fix: take the standard schemas over as they are; put what is yours into an extension.
    """
    hard: list[str] = []
    soft: list[str] = []
    for schema in _schemas(discovery):
        standard = reference.by_urn().get(str(schema.get("id")).lower())
        if standard is None or "attributes" not in schema:
            continue
        own = {a.path.lower(): a for a in walk(attributes_of(schema))}
        for wanted in walk(attributes_of(standard)):
            got = own.get(wanted.path.lower())
            if got is not None:
                _compare(str(standard["name"]), wanted, got, hard, soft)
    expect.nothing(hard, "the plurality and the parts of RFC 7643 section 8.7")
    expect.nothing(soft, "the types of RFC 7643 section 8.7", level=Level.SHOULD)


def _compare(schema: str, wanted: Attribute, got: Attribute, hard: list[str], soft: list[str]) -> None:
    pairs = (("multiValued", wanted.multi_valued, got.multi_valued), ("type", wanted.type, got.type))
    for key, right, value in pairs:
        printed = reference.verbatim().get((schema, wanted.path, key), MISSING)
        if value in (right, printed):
            continue
        swap = key == "multiValued" or "complex" in (right, value)
        (hard if swap else soft).append(f"{schema}.{wanted.path}: {key} is {member(dict(got.raw), key)}")
