"""PATCH by the RFC alone: every operation on every kind of attribute, one step each (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, PATCH_OP, mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, NO_TEXT, USERS, Entra, NotOffered, Owned
from conformance.scim.request import Request
from conformance.scim.target import encode_query

DEPARTMENT = f"{ENTERPRISE_USER}:department"
Operation = dict[str, Any]


@journey()
def patch_adds(entra: Entra) -> None:
    """Add to what is absent, single, complex and multi-valued; mark another value as primary."""
    entra.require("patch")
    user, person = _start(entra)
    change(entra, user, "add-absent", _op("add", "title", "Engineer"), seen="add-single")
    change(entra, user, "add-single", _op("add", "displayName", "Added"))
    change(entra, user, "add-complex", _op("add", "name", {"middleName": "Maria"}), seen="add-value")
    other = {"type": "other", "value": f"other-{person.email}"}
    change(entra, user, "add-value", _op("add", "emails", [other]))
    change(entra, user, "add-again", _op("add", "emails", [other]))
    merged = {"nickName": "Merged", "emails": [{"type": "other", "value": f"third-{person.email}"}]}
    change(entra, user, "add-without-path", {"op": "add", "value": merged})
    change(entra, user, "make-primary", _op("replace", 'emails[type eq "home"].primary', True))
    change(entra, user, "add-other-case", {"op": "add", "value": {"NICKNAME": "Capital"}})
    change(entra, user, "add-core-urn", _op("add", f"{CORE_USER}:nickName", "With URN"), seen="add-extension")
    change(entra, user, "add-extension", _op("add", DEPARTMENT, "Sales"))
    entra.read(user, step="read-last")


@journey()
def patch_replaces(entra: Entra) -> None:
    """Replace what is there, what is not, parts of it, and all that a filter selects."""
    entra.require("patch")
    user, person = _start(entra)
    change(entra, user, "replace-single", _op("replace", "displayName", "Replaced"), seen="replace-absent")
    change(entra, user, "replace-absent", _op("replace", "title", "Engineer"))
    change(entra, user, "replace-complex", _op("replace", "name", {"familyName": "Replaced"}))
    change(entra, user, "replace-part", _op("replace", "name.givenName", "Partly"), seen="replace-selected-part")
    work = {"type": "work", "streetAddress": "1 Replaced Way", "locality": "Replaced"}
    change(
        entra, user, "replace-selected", _op("replace", 'addresses[type eq "work"]', work), seen="replace-selected-part"
    )
    moved = f"moved-{person.email}"
    change(entra, user, "replace-selected-part", _op("replace", 'emails[type eq "home"].value', moved))
    change(entra, user, "replace-nothing", _op("replace", 'emails[type eq "other"].value', f"none-{person.email}"))
    first, second = (_op("replace", "nickName", name) for name in ("First", "Second"))
    change(entra, user, "in-order", first, second, seen="replace-all")
    only = [{"type": "work", "value": f"only-{person.email}"}]
    change(entra, user, "replace-all", _op("replace", "emails", only))
    both = {"displayName": "Pathless", "emails": [{"type": "home", "value": f"pathless-{person.email}"}]}
    change(entra, user, "replace-without-path", {"op": "replace", "value": both})
    change(entra, user, "replace-extension", _op("replace", DEPARTMENT, "Research"))
    query = encode_query([("attributes", "displayName")])
    body = patch.envelope([_op("replace", "displayName", "Projected")])
    entra.send("with-attributes", Request("PATCH", user.path, query, body=body))
    entra.read(user, step="read-last")


@journey()
def patch_removes(entra: Entra) -> None:
    """Remove single values, selected values, parts of them, whole attributes and a whole extension."""
    entra.require("patch")
    user, _ = _start(entra, extension=True)
    change(entra, user, "remove-single", {"op": "remove", "path": "nickName"})
    entra.operate(user, [{"op": "remove", "path": "nickName"}], step="remove-absent")
    change(entra, user, "remove-selected", {"op": "remove", "path": 'emails[type eq "home"]'}, seen="remove-part")
    change(entra, user, "remove-part", {"op": "remove", "path": 'addresses[type eq "work"].locality'})
    change(entra, user, "remove-all", {"op": "remove", "path": "emails"}, seen="remove-last")
    change(entra, user, "remove-last", {"op": "remove", "path": 'addresses[type eq "work"]'})
    change(entra, user, "remove-extension-part", {"op": "remove", "path": DEPARTMENT})
    change(entra, user, "remove-extension", {"op": "remove", "path": ENTERPRISE_USER})
    back = [_op("add", "schemas", [ENTERPRISE_USER]), _op("add", DEPARTMENT, "Back again")]
    change(entra, user, "extension-back", *back)
    entra.read(user, step="read-last")


@journey()
def patch_refusals(entra: Entra) -> None:
    """Send what has to be refused, each time with a change beside it that must not be carried out."""
    entra.require("patch")
    told = entra.text("title")
    name = entra.text("nickName", but=[told] if told else []) or told
    if told is None or name is None:
        raise NotOffered(NO_TEXT)
    user, _ = _start(entra)
    beside = _op("replace", name, "Half done")
    entra.send("no-schemas", _raw(user, {"Operations": [beside]}))
    entra.send("no-operations", _raw(user, {"schemas": [PATCH_OP]}))
    entra.send("empty-operations", _raw(user, {"schemas": [PATCH_OP], "Operations": []}))
    for step, wrong in (
        ("op-missing", {"path": name, "value": "x"}),
        ("op-unknown", _op("move", name, "x")),
        ("add-without-value", {"op": "add", "path": name}),
        ("remove-without-path", {"op": "remove"}),
        ("path-malformed", _op("replace", 'emails[type eq "work', "x")),
        ("path-index", _op("replace", "emails[0].value", "x@example.com")),
        ("path-unknown", _op("replace", "scimconfNoSuchAttribute", "x")),
        ("value-of-other-type", _op("replace", "active", {"is": "odd"})),
        ("remove-required", {"op": "remove", "path": "userName"}),
    ):
        # Its value tells afterwards which of them was carried out by half.
        entra.operate(user, [_op("replace", told, step), wrong], step=step)
    entra.read(user, step="read-last", told=told)


@journey(users=3, groups=2)
def patch_members(entra: Entra) -> None:
    """Members of a group: added, added again, taken out one by one and all at once, replaced, exchanged, nested."""
    entra.require("patch")
    body = entra.group_body()
    group = entra.create(GROUPS, body, step="create-group", name=body["displayName"])
    one, two, three = (
        entra.create_user(step=f"create-{n}", body=mapping.minimal_user(entra.person()))
        for n in ("one", "two", "three")
    )
    inner = entra.create_group(step="create-inner-group")
    for step, operation, members in (
        ("add", _op("add", "members", [{"value": one.id}, {"value": two.id}]), [one, two]),
        ("add-again", _op("add", "members", [{"value": one.id}]), [one, two]),
        ("remove-one", {"op": "remove", "path": f'members[value eq "{two.id}"]'}, [one]),
        ("remove-absent", {"op": "remove", "path": f'members[value eq "{two.id}"]'}, [one]),
        ("replace", _op("replace", "members", [{"value": two.id}, {"value": three.id}]), [two, three]),
        ("exchange", _op("replace", f'members[value eq "{two.id}"].value', one.id), [two, three]),
        ("remove-all", {"op": "remove", "path": "members"}, []),
        ("nest", _op("add", "members", [{"value": inner.id, "type": "Group"}]), [inner]),
    ):
        if step == "exchange":
            entra.operate(group, [operation], step=step)
        else:
            change(entra, group, step, operation)
        entra.played.steps[step].facts["members"] = [member.id for member in members]


def change(entra: Entra, owned: Owned, step: str, *operations: Operation, seen: str | None = None) -> None:
    """PATCH a resource and see what has become of it: in the answer itself, or by a read that joins the step.

    Args:
        entra: plays.
        owned: the resource.
        step: name of the step.
        operations: of the PATCH.
        seen: the later step in which this change is seen as well, which saves a read.
    """
    exchange = entra.operate(owned, operations, step=step, seen=seen or step)
    if seen is None and not (exchange.ok and exchange.resource):
        entra.read(owned, step=step)


def _op(op: str, path: str, value: Any) -> Operation:
    return {"op": op, "path": path, "value": value}


def _raw(owned: Owned, body: dict[str, Any]) -> Request:
    return Request("PATCH", owned.path, body=body)


def _start(entra: Entra, *, extension: bool = False) -> tuple[Owned, Any]:
    """A user with two addresses of each kind and without a title."""
    person = entra.person()
    body = mapping.minimal_user(person) | {
        "displayName": person.display_name,
        "nickName": person.nick_name,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [
            {"type": "work", "value": person.email, "primary": True},
            {"type": "home", "value": f"home-{person.email}"},
        ],
        "addresses": [
            {"type": "work", "streetAddress": person.street, "locality": person.locality},
            {"type": "home", "streetAddress": "2 Home Way", "locality": "Hometown"},
        ],
    }
    if extension:
        body["schemas"] = [CORE_USER, ENTERPRISE_USER]
        body[ENTERPRISE_USER] = {"department": person.department, "employeeNumber": person.employee_number}
    user = entra.create(USERS, body, step="create", name=person.user_name)
    entra.see(user, step="create")
    return user, person
