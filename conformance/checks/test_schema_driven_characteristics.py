"""What schemas say of who writes an attribute, when it is returned and whether it is unique."""

from __future__ import annotations

from conformance.checks.test_schema_driven import COMMON, every, parts_of, sent_at, spoken, state, top, tours
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.features import documents
from conformance.scim.paths import MISSING, find, is_empty, objects, strings
from conformance.verdict import Failure, Kind, Level, NotApplicable, show


@check("schema-read-only-put", covers=["RFC7643-7-11", "RFC7644-3.5.1-08", "RFC7643-4.1.2-08"], profile="rfc")
def test_read_only_values_survive_put(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """A replacement does not change readOnly attributes, and does not fail because of them.

    Clients send back what they read.

    Fix: ignore readOnly attributes in PUT.
    """
    taken = []
    for tour in tours(schema_users, schema_groups, schema_others):
        refused = not tour["replace"].exchange.ok
        # An endpoint that cannot create a resource with every attribute does not refuse this one for the readOnly ones.
        if tour["replace"].exchange.status in {403, 405, 501} or (refused and not tour["create"].exchanges[0].ok):
            continue
        expect.status(tour["replace"], 200)
        body = state(tour, "read-replaced")
        for attribute in top(discovery, tour):
            sent, got = sent_at(tour["replace"], attribute.path), find(body, attribute.path)
            if not attribute.writable and sent is not MISSING and spoken(got) == spoken(sent):
                taken.append(attribute.path)
    expect.nothing(taken, "readOnly attributes unchanged", kind=Kind.WRONG_VALUE)


@check("schema-read-only-patch", covers=["RFC7643-7-11", "RFC7644-3.5.2-12", "RFC7644-3.12-16"], profile="rfc")
def test_read_only_values_survive_patch(schema_users: Steps, schema_groups: Steps, schema_others: Steps) -> None:
    """A PATCH of a readOnly attribute is refused with 400, and changes nothing.

    A 2xx tells the client that it has been changed.

    Fix: answer 400 with scimType mutability.
    """
    ignored = []
    for tour in tours(schema_users, schema_groups, schema_others):
        before, after = state(tour, "read-replaced"), state(tour, "read-last")
        for exchange in tour["patch-read-only"].exchanges:
            operation = exchange.request_body["Operations"][0]
            old, new = (find(body, operation["path"]) for body in (before, after))
            if spoken(old) != spoken(new) and spoken(new) == spoken(operation["value"]):
                raise Failure(
                    f"{operation['path']} unchanged", show(new), path=operation["path"], kind=Kind.WRONG_VALUE
                )
            if exchange.ok:
                ignored.append(f"a PATCH of {operation['path']} is answered {exchange.status}")
    expect.nothing(ignored, "HTTP 400", level=Level.SHOULD, kind=Kind.STATUS)


@check("schema-immutable", covers=["RFC7643-7-12", "RFC7644-3.5.1-05", "RFC7644-3.5.1-06"], profile="rfc")
def test_immutable_values_stay(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """A replacement does not change an immutable attribute that has a value.

    That is what the schema promises.

    Fix: answer 400 with scimType mutability.
    """
    fixed = changed = False
    for tour in tours(schema_users, schema_groups, schema_others):
        parts = parts_of(discovery, tour)[""]
        for attribute in (a for a in parts if a.mutability == "immutable" and not a.multi_valued):
            fixed = True
            old = find(state(tour, "read"), attribute.path)
            changed = not is_empty(old) and find(state(tour, "read-last"), attribute.path) != old
            if changed:
                raise Failure(
                    f"{attribute.path} {show(old)}", "another value", path=attribute.path, kind=Kind.WRONG_VALUE
                )
    if not fixed:
        raise NotApplicable("no schema has a single-valued immutable attribute")


@check("schema-write-only", covers=["RFC7643-7-13", "RFC7643-7-15"], profile="rfc")
def test_write_only_values_are_hidden(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Attributes that are writeOnly or never returned are in no answer, asked for or not.

    They are secrets.

    Fix: leave them out of every answer.
    """
    shown, looked = [], 0
    for tour in tours(schema_users, schema_groups, schema_others):
        secret = [a for a in every(discovery, tour) if a.mutability == "writeOnly" or a.returned == "never"]
        for name in ("create", "read", "ask-hidden", "replace", "read-last"):
            body = tour[name].exchange.resource if name in tour.played.steps else {}
            looked += len(secret) if body.get("id") else 0
            shown += [f"{a.path} in {name}" for a in secret if not is_empty(find(body, a.path))]
    if not looked:
        raise NotApplicable("no attribute is writeOnly or never returned, or no answer shows a resource")
    expect.nothing(shown, "no secret in any answer", kind=Kind.UNWANTED_VALUE)


@check("schema-on-request", covers=["RFC7643-7-17", "RFC7644-3.4-01"], profile="rfc")
def test_requested_values_come_on_request(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Attributes that are returned on request come when they are asked for, and only then.

    They are expensive, or private.

    Fix: return them only where the attributes parameter names them.
    """
    wrong, some = [], False
    for tour in tours(schema_users, schema_groups, schema_others):
        for attribute in (a for a in top(discovery, tour) if a.returned == "request" and a.writable):
            some = True
            if not is_empty(find(state(tour, "read"), attribute.path)):
                wrong.append(f"{attribute.path} without being asked for")
            if is_empty(find(tour["ask-hidden"].exchange.resource, attribute.path)):
                wrong.append(f"no {attribute.path} although asked for")
    if not some:
        raise NotApplicable("no schema has an attribute that is returned on request")
    expect.nothing(wrong, "attributes on request only", kind=Kind.UNWANTED_VALUE)


@check("schema-always", covers=["RFC7643-7-14", "RFC7644-3.4.2.5-03"], profile="rfc")
def test_always_returned_values_cannot_be_excluded(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """The id, and whatever is always returned, stays although it is excluded.

    A resource without its id is of no use.

    Fix: ignore always-returned attributes in excludedAttributes.
    """
    lost = []
    for tour in tours(schema_users, schema_groups, schema_others):
        body, before = state(tour, "exclude-always"), state(tour, "read")
        always = ["id", *(a.path for a in top(discovery, tour) if a.returned == "always")]
        lost += [path for path in always if not is_empty(find(before, path)) and is_empty(find(body, path))]
    expect.nothing(lost, "always-returned attributes", kind=Kind.MISSING_VALUE)


@check("schema-unique", covers=["RFC7643-7-18", "RFC7643-7-26", "RFC7643-7-19"], profile="rfc")
def test_unique_values_are_unique(schema_users: Steps, schema_groups: Steps, schema_others: Steps) -> None:
    """A create that repeats a unique value is refused.

    Two resources that should be one confuse every match.

    Fix: answer 409 with scimType uniqueness, or give the attribute uniqueness none.
    """
    taken = []
    for tour in tours(schema_users, schema_groups, schema_others):
        asked = tour["again"].exchanges if "again" in tour.played.steps else []
        taken += [f"POST {e.path} is answered {e.status}" for e in asked if e.ok]
    expect.nothing(taken, "HTTP 409", kind=Kind.STATUS)


@check("schema-case-insensitive", covers=["RFC7643-4.1.1-03"], profile="rfc")
def test_case_insensitive_values_match_in_any_case(schema_users: Steps, schema_groups: Steps) -> None:
    """Values that are not case-exact are found in any letter case.

    Entra's own comparison does not look at case, and expects the same.

    Fix: compare values of attributes with caseExact false without regard to case.
    """
    lost, looked = [], 0
    for tour in tours(schema_users, schema_groups):
        if "other-case" not in tour.played.steps or tour["other-case"].exchange.status != 200:
            continue  # the filter is not offered on these attributes
        looked += 1
        wanted = tour["read"].exchange.resource_id
        if wanted not in tour["other-case"].exchange.listed_ids:
            lost.append(tour["other-case"].exchange.path)
    if not looked:
        raise NotApplicable("no value can be looked for in another letter case")
    expect.nothing(lost, "the resource, whatever the letter case", kind=Kind.WRONG_RESULTS)


@check("schema-urns-described", covers=["RFC7643-7-01", "RFC7643-3-03", "RFC7643-3.3-01"], profile="rfc")
def test_schemas_of_resources_are_described(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """The schemas that a resource names are those of its type, the base schema among them, and are listed.

    A client looks there for what an attribute means.

    Fix: list every schema under /Schemas, and declare extensions in /ResourceTypes.
    """
    wrong = []
    types = {str(t.get("name")): t for t in documents(discovery["resource-types"].exchange)}
    listed = {str(s.get("id")).lower() for s in documents(discovery["schemas"].exchange)}
    for tour in tours(schema_users, schema_groups, schema_others):
        kind = types[str(tour["create"].facts["type"])]
        base = str(kind.get("schema")).lower()
        known = {base, *(str(e.get("schema")).lower() for e in objects(kind.get("schemaExtensions")))}
        body = state(tour, "read")
        urns = {urn.lower() for urn in strings(body.get("schemas"))} | {k.lower() for k in body if k.count(":") > 1}
        wrong += [f"{urn} is not of the type {kind.get('name')}" for urn in urns - known]
        wrong += [f"{urn} is not listed" for urn in urns - listed]
        wrong += [f"{base} is missing"] if base not in urns else []
    expect.nothing(wrong, "schemas of the resource's type that /Schemas lists", kind=Kind.SCHEMA)


@check("schema-attributes-described", covers=["RFC7643-7-01"], profile="rfc")
def test_attributes_of_resources_are_described(
    discovery: Steps, schema_users: Steps, schema_groups: Steps, schema_others: Steps
) -> None:
    """Every attribute that a resource shows is described by its schemas.

    A client cannot map what nobody describes.

    Fix: describe the attribute, in an extension of your own.
    """
    unknown = []
    for tour in tours(schema_users, schema_groups, schema_others):
        parts = parts_of(discovery, tour)
        names = COMMON | {a.name.lower() for a in parts[""]} | {urn.lower() for urn in parts}
        unknown += [key for key in state(tour, "read") if key.lower() not in names]
    expect.nothing(unknown, "attributes that /Schemas describes", level=Level.SHOULD, kind=Kind.SCHEMA)
