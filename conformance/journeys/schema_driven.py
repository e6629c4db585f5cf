"""What the endpoint's own schemas promise, put to the test: one resource of each type with every attribute filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.idp.entra import ENTERPRISE_USER, mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, USERS, Entra, JourneyStopped, NotOffered, Owned
from conformance.journeys.crud import LONG_AGO, below, last, put
from conformance.schemas.attributes import Attribute, describe, walk
from conformance.schemas.samples import fill, refers, value
from conformance.scim.request import Request
from conformance.scim.target import quoted

COMMON = frozenset({"id", "schemas", "meta", "externalId"})
MOST = 3
"""Attributes tried one by one; a schema can have hundreds."""


@journey(users=3)
def schema_users(entra: Entra) -> None:
    """Users as the User type's schemas describe them."""
    person = entra.person()
    _tour(entra, "User", {"userName": person.user_name, "active": True})


@journey(users=0, groups=3)
def schema_groups(entra: Entra) -> None:
    """Groups as the Group type's schemas describe them."""
    _tour(entra, "Group", {"displayName": str(entra.group_body()["displayName"])})


@journey(users=0)
def schema_others(entra: Entra) -> None:
    """One resource of the first further type."""
    names = [str(t.get("name")) for t in entra.features.types if t.get("name") not in {"User", "Group"}]
    if not names:
        raise NotOffered("the endpoint has no resource types beside User and Group")
    person = entra.person()
    _tour(entra, names[0], {"userName": person.user_name, "displayName": person.user_name})


@journey(users=2, groups=1)
def references(entra: Entra) -> None:
    """A user with a manager in a group, and where their references lead."""
    boss = entra.create_user(step="create-manager")
    person = entra.person()
    body = mapping.full_user(person)
    body[ENTERPRISE_USER]["manager"] = {"value": boss.id, "displayName": "Made up"}
    user = entra.create(USERS, body, step="create", name=person.user_name)
    group = entra.group_body() | {"members": [{"value": user.id}]}
    made = entra.attempt_create(GROUPS, group, step="create-group", name=group["displayName"])
    entra.read(user, step="read", boss=boss.id, group=made.resource_id)
    if made.resource_id and entra.client.owns(GROUPS, made.resource_id):
        entra.read(Owned(GROUPS, made.resource_id, group["displayName"]), step="read-group", user=user.id)
    found = {uri for name in ("read", "read-group") for uri in _uris(_body(entra, name))}
    for uri in sorted(found)[:MOST]:
        path = below(entra, uri)
        if path and path != user.path:
            entra.send("follow", Request("GET", path), uri=uri)


def _body(entra: Entra, step: str) -> dict[str, Any]:
    found = entra.played.steps.get(step)
    return found.exchange.resource if found else {}


def _uris(value: Any) -> set[str]:
    """Every ``$ref`` in a resource."""
    if isinstance(value, list):
        return {uri for element in value for uri in _uris(element)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own.union(*(_uris(member) for member in value.values()))


MOST_ATTRIBUTES = 1000
"""Attributes of one type that are filled and compared; a tour takes time by the square of their number."""


def _tour(entra: Entra, name: str, known: dict[str, Any]) -> None:
    kind = entra.features.resource_type(name)
    parts = describe(kind, entra.features.schemas) if kind else {}
    place = (kind or {}).get("endpoint")
    if not kind or "" not in parts or not isinstance(place, str):
        raise NotOffered(f"/ResourceTypes and /Schemas do not describe the type {name}")
    if sum(len(group) for group in parts.values()) > MOST_ATTRIBUTES:
        raise NotOffered(
            f"/Schemas describe more than {MOST_ATTRIBUTES} attributes of the type {name}, too many to try"
        )
    collection = "/" + place.strip("/").rpartition("/")[2]
    known = {key: v for key, v in known.items() if key in {a.name for a in parts[""]}}
    body = filled(str(kind["schema"]), parts, known)
    label = _label(known)
    if not label:
        # A type that has neither name can be found again by what every resource has (RFC 7643 section 3.1).
        label = body["externalId"] = entra.person().user_name
    try:
        owned = entra.create(collection, body, step="create", name=label, type=name)
    except JourneyStopped:
        owned = entra.create(collection, _least(parts, body), step="create", name=label)
    body = owned.sent
    entra.read(owned, step="read")
    every = [a for group in parts.values() for a in walk(group)]
    _ask_for(entra, owned, every)
    foreign = {a.path: _foreign(a) for a in parts[""] if not a.writable and a.name not in COMMON}
    other = filled(str(kind["schema"]), parts, known, other=True)
    changed = {key: v for key, v in other.items() if key in body} | foreign
    put(entra, owned, changed | {"meta": {"created": LONG_AGO}}, "replace")
    entra.read(owned, step="read-replaced")
    _break(entra, owned, parts[""], body, every)
    entra.read(owned, step="read-last")


def _label(body: Mapping[str, Any]) -> str:
    """What a resource is found again by."""
    return str(body.get("userName") or body.get("displayName") or body.get("externalId") or "")


def filled(
    urn: str, parts: Mapping[str, tuple[Attribute, ...]], known: Mapping[str, Any], *, other: bool = False
) -> dict[str, Any]:
    """A whole resource with every writable attribute of its base schema and extensions."""
    base = tuple(a for a in parts[""] if a.name not in COMMON)
    body = {"schemas": [urn, *(u for u in parts if u)]} | fill(base, known, other=other)
    for extension, attributes in parts.items():
        if extension:
            body[extension] = fill(attributes, {}, other=other)
    return body


def _least(parts: Mapping[str, tuple[Attribute, ...]], body: dict[str, Any]) -> dict[str, Any]:
    """What is required, where the endpoint refuses a resource with everything."""
    needed = {a.name for a in parts[""] if a.required} | {"schemas", "userName", "displayName"}
    return {key: v for key, v in body.items() if key in needed}


def _ask_for(entra: Entra, owned: Owned, every: list[Attribute]) -> None:
    """Ask for what is returned on request only, for what never is, and to leave out what always is."""
    top = [a for a in every if "." not in a.path.rpartition(":")[2]]
    hidden = [a.path for a in top if a.returned in {"request", "never"}]
    always = ["id", *(a.path for a in top if a.returned == "always" and a.name != "id")]
    if hidden:
        entra.read(owned, step="ask-hidden", query=[("attributes", ",".join(hidden))])
    entra.read(owned, step="exclude-always", query=[("excludedAttributes", ",".join(always))])


def _break(
    entra: Entra, owned: Owned, base: tuple[Attribute, ...], body: dict[str, Any], every: list[Attribute]
) -> None:
    """Change what is readOnly or immutable, repeat what is unique, leave out what is required."""
    hidden = {sub.path for a in every if not a.writable for sub in a.subs}
    locked = [a for a in every if not a.writable and a.path not in hidden and a.name not in COMMON]
    nobody = [("id", last(entra.nobody(owned.collection)))] if owned.collection in {USERS, GROUPS} else []
    for path, bogus in [*nobody, *((a.path, _foreign(a)) for a in locked[:MOST])]:
        change = patch.envelope([{"op": "replace", "path": path, "value": bogus}])
        entra.send("patch-read-only", Request("PATCH", owned.path, body=change))
    fixed = {a.name: value(a, other=True) for a in base if a.mutability == "immutable" and not a.multi_valued}
    if fixed:
        put(entra, owned, body | fixed, "replace-immutable")
    _repeat(entra, owned, base, body)
    for attribute in [a for a in base if a.required and a.writable and a.name in body][:MOST]:
        lacking = {key: v for key, v in body.items() if key != attribute.name}
        name = f"{owned.name}-lacking"
        # An externalId is kept as it is sent, while a displayName may be made of the names; not everybody takes one.
        other = "displayName" if entra.leaves_out(owned.collection, "externalId") else "externalId"
        mark = "userName" if "userName" in lacking else other
        lacking |= {mark: name}
        kept = [attribute.name, mark]
        entra.attempt_create(owned.collection, lacking, step="lacking", name=name, kept=kept)


def _repeat(entra: Entra, owned: Owned, base: tuple[Attribute, ...], body: dict[str, Any]) -> None:
    """Create again what has to be unique, one attribute at a time."""
    unique = [a for a in base if a.uniqueness in {"server", "global"} and a.writable and a.name in body]
    for attribute in unique[:MOST]:
        again = body | {a.name: f"{body[a.name]}-again" for a in unique if a is not attribute and a.type == "string"}
        entra.attempt_create(owned.collection, again, step="again", name=_label(again))
    texts = [a for a in base if a.type == "string" and not a.multi_valued and isinstance(body.get(a.name), str)]
    texts = [a for a in texts if a.returned == "default" and not a.canonical_values][:MOST]
    if texts and entra.features.offers("filter") is not False:
        clauses = (f"{a.name} eq {quoted(_shown(entra, a, body).swapcase())}" for a in texts if not a.case_exact)
        entra.get(owned.collection, step="other-case", query=[("filter", " and ".join(clauses))])


def _shown(entra: Entra, attribute: Attribute, body: Mapping[str, Any]) -> str:
    seen = entra.played.steps["read-replaced"].exchange.resource
    return str(seen.get(attribute.name, body[attribute.name]))


def _foreign(attribute: Attribute) -> Any:
    """A value that the endpoint never gave."""
    if attribute.type != "complex":
        return value(attribute, other=True)
    # Not by an id: an endpoint that believes it would look for somebody.
    element = {"display" if refers(attribute) else "value": "scimconf-made-up"}
    return [element] if attribute.multi_valued else element
