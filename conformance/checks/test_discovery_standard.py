"""Schemas against each other and against RFC 7643: the build of attributes, and the standard ones."""

from __future__ import annotations

from typing import Any

from conformance.checks.test_discovery_schemas import definitions, schemas_of
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.schemas import reference
from conformance.schemas.attributes import Attribute, attributes_of, rows, walk
from conformance.scim.features import documents
from conformance.scim.paths import MISSING, member, objects
from conformance.verdict import Failure, Kind, Level, NotApplicable, show


@check("discovery-simple-attributes", covers=["RFC7643-1.2-01"], profile="rfc")
def test_simple_attributes_have_no_parts(discovery: Steps) -> None:
    """Only complex attributes have sub-attributes.

    A client writes an object where a plain value is wanted.

    Fix: make the attribute complex, or drop its subAttributes.
    """
    wrong = [n for n, row, _ in definitions(discovery) if not _is_complex(row) and rows(row, "subAttributes")]
    expect.nothing(wrong, "no subAttributes on simple attributes", kind=Kind.UNWANTED_VALUE, subject="subAttributes")


def _is_complex(row: dict[str, Any]) -> bool:
    return str(row.get("type")).lower() == "complex"


@check("discovery-complex-attributes", covers=["RFC7643-7-06"], profile="rfc")
def test_complex_attributes_have_parts(discovery: Steps) -> None:
    """Each complex attribute lists its sub-attributes.

    They cannot be mapped otherwise.

    Fix: add subAttributes.
    """
    found = ((n, row) for n, row, sub in definitions(discovery) if _is_complex(row) and not sub)
    wrong = [n for n, row in expect.some(found, "no attribute is complex") if not row.get("subAttributes")]
    expect.nothing(wrong, "subAttributes on complex attributes", kind=Kind.MISSING_VALUE, subject="subAttributes")


@check("discovery-flat-attributes", covers=["RFC7643-2.3.8-02"], profile="rfc")
def test_sub_attributes_are_not_complex(discovery: Steps) -> None:
    """No sub-attribute is complex itself.

    Paths have two levels at most.

    Fix: flatten the attribute, or move it to an extension.
    """
    subs = expect.some((d for d in definitions(discovery) if d[2]), "no attribute has sub-attributes")
    expect.nothing((n for n, row, _ in subs if _is_complex(row)), "simple sub-attributes", kind=Kind.SCHEMA)


@check("discovery-default-sub-attributes", covers=["RFC7643-2.4-04"], profile="rfc")
def test_usual_sub_attributes_have_their_types(discovery: Steps) -> None:
    """The usual sub-attributes primary, type, display and $ref are of their usual types.

    Entra sends primary as Boolean and type as string.

    Fix: make primary a boolean, type and display strings, $ref a reference.
    """
    wanted = {"primary": "boolean", "type": "string", "display": "string", "$ref": "reference"}
    subs = [(n, str(r["name"]), str(r.get("type")).lower()) for n, r, sub in definitions(discovery) if sub]
    usual = expect.some((one for one in subs if one[1] in wanted), "no attribute has one of them")
    wrong = [f"{name} is {kind}" for name, key, kind in usual if wanted[key] != kind]
    expect.nothing((text for text in wrong if ".primary " in text), "primary as boolean", kind=Kind.SCHEMA)
    expect.nothing(wrong, "type and display as string, $ref as reference", level=Level.SHOULD, kind=Kind.SCHEMA)


@check("discovery-reference-types", covers=["RFC7643-7-20"], profile="rfc")
def test_references_say_to_what(discovery: Steps) -> None:
    """The referenceTypes of a reference are a list of strings.

    A client learns there whether a value points to a User, a Group or elsewhere.

    Fix: list resource type names, external or uri.
    """
    said = ((n, row["referenceTypes"]) for n, row, _ in definitions(discovery) if row.get("referenceTypes") is not None)
    wrong = [
        f"{name}: {show(kinds)}"
        for name, kinds in expect.some(said, "no attribute has referenceTypes")
        if not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds))
    ]
    expect.nothing(wrong, "a list of strings as referenceTypes", kind=Kind.WRONG_TYPE, subject="referenceTypes")


@check("discovery-password", covers=["RFC7643-4.1.1-13"], profile="rfc")
def test_password_is_write_only(discovery: Steps) -> None:
    """The password, where it is listed, is written and never returned.

    Anything else announces that passwords can be read.

    Fix: set mutability writeOnly and returned never.
    """
    found = [(n, row) for n, row, _ in definitions(discovery) if n == "User.password" or n.endswith(":User.password")]
    if not found:
        raise NotApplicable("no schema lists password")
    got = {key: found[0][1].get(key) for key in ("mutability", "returned")}
    if got != {"mutability": "writeOnly", "returned": "never"}:
        raise Failure("mutability writeOnly, returned never", show(got), path="password", kind=Kind.SCHEMA)


@check("discovery-common-attributes", covers=["RFC7643-3.1-25"], profile="rfc")
def test_common_attributes_keep_their_characteristics(discovery: Steps) -> None:
    """Where a schema lists id, externalId or meta, it gives them the characteristics they always have.

    A client that takes id for writable makes up ids.

    Fix: id is readOnly and returned always; externalId readWrite; meta readOnly; or leave them out of schemas.
    """
    wanted = {"id": ("readOnly", "always"), "meta": ("readOnly", "default"), "externalId": ("readWrite", "default")}
    own = ("ResourceType.", "ServiceProviderConfig.")
    found = (
        (n, r) for n, r, sub in definitions(discovery) if not sub and r["name"] in wanted and not n.startswith(own)
    )
    wrong = [
        f"{name}: {row.get('mutability')}, {row.get('returned')}"
        for name, row in expect.some(found, "no schema lists id, externalId or meta")
        if (row.get("mutability", wanted[row["name"]][0]), row.get("returned", wanted[row["name"]][1]))
        != wanted[row["name"]]
    ]
    expect.nothing(wrong, "the characteristics of RFC 7643 section 3.1", level=Level.SHOULD, kind=Kind.SCHEMA)


@check("discovery-extension-names", covers=["RFC7643-3.3-04"], profile="rfc")
def test_extensions_do_not_redefine(discovery: Steps) -> None:
    """An extension does not define attributes that the base schema has already.

    A client cannot tell which of the two to fill.

    Fix: rename the extension's attribute, or drop it.
    """
    by_id = {str(s.get("id")).lower(): s for s in schemas_of(discovery)}
    wrong, looked = [], 0
    for kind in documents(discovery["resource-types"].exchange):
        base = by_id.get(str(kind.get("schema")).lower(), {})
        taken = {"id", "externalid", "meta", "schemas", *(str(r["name"]).lower() for r in rows(base, "attributes"))}
        for entry in objects(kind.get("schemaExtensions")):
            urn = str(entry.get("schema"))
            names = [str(r["name"]) for r in rows(by_id.get(urn.lower(), {}), "attributes")]
            looked += len(names)
            wrong += [f"{urn}:{name}" for name in names if name.lower() in taken]
    if not looked:
        raise NotApplicable("no extension of a resource type is listed with its attributes")
    expect.nothing(wrong, "names that the base schema does not have", kind=Kind.SCHEMA)


@check("discovery-standard-attributes", covers=["RFC7643-8.7.1-01", "RFC7643-8.7.2-01"], profile="rfc")
def test_standard_attributes_are_as_the_rfc_has_them(discovery: Steps) -> None:
    """Standard attributes are single or multi-valued, simple or complex, as RFC 7643 has them.

    Entra writes emails as a list and name as an object, whatever the schema says.

    Fix: take the standard schemas over as they are; put what is yours into an extension.
    """
    hard: list[str] = []
    soft: list[str] = []
    looked = 0
    for schema in schemas_of(discovery):
        standard = reference.by_urn().get(str(schema.get("id")).lower())
        if standard is None or "attributes" not in schema:
            continue
        own = {a.path.lower(): a for a in walk(attributes_of(schema))}
        for wanted in walk(attributes_of(standard)):
            got = own.get(wanted.path.lower())
            if got is not None:
                looked += 1
                _compare(str(standard["name"]), wanted, got, hard, soft)
    if not looked:
        raise NotApplicable("no standard schema is listed with its attributes")
    expect.nothing(hard, "the plurality and the parts of RFC 7643 section 8.7", kind=Kind.SCHEMA)
    expect.nothing(soft, "the types of RFC 7643 section 8.7", level=Level.SHOULD, kind=Kind.SCHEMA)


def _compare(schema: str, wanted: Attribute, got: Attribute, hard: list[str], soft: list[str]) -> None:
    pairs = (("multiValued", wanted.multi_valued, got.multi_valued), ("type", wanted.type, got.type))
    for key, right, value in pairs:
        printed = reference.verbatim().get((schema, wanted.path, key), MISSING)
        if value in (right, printed):
            continue
        swap = key == "multiValued" or "complex" in (right, value)
        (hard if swap else soft).append(f"{schema}.{wanted.path}: {key} is {member(dict(got.raw), key)}")
