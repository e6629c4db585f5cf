"""Changing users in the PATCH shapes that Entra sends; each change is read back (entra.md 2.3)."""

from __future__ import annotations

import json

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, mapping
from conformance.journeys import every, folding, journey
from conformance.journeys.actor import NO_TEXT, Entra, NotOffered, Owned

WORK_EMAIL = 'emails[type eq "work"].value'
ADDRESS_PARTS = {
    "formatted": "18/2111",
    "streetAddress": "1 Redmond Way",
    "locality": "Redmond",
    "region": "WA",
    "postalCode": "98052",
    "country": "US",
}
ALONE = "replace-only {}"
"""The step at which one attribute is replaced where several at once were refused."""

PHONES = {"work": "+1 555 0131", "mobile": "+1 555 0132", "fax": "+1 555 0133"}


@journey(spoken=every)
def patch_attributes(entra: Entra) -> None:
    """One attribute added, many replaced at once, the user renamed, and the same sent again."""
    person = entra.person()
    user = entra.create_user(body=mapping.full_user(person))
    add_text(entra, user)
    other = entra.person()
    changes = entra.stored(
        {
            "displayName": other.display_name,
            WORK_EMAIL: f"new-{person.email}",
            "name.givenName": other.given_name,
            "name.familyName": other.family_name,
            "externalId": other.external_id,
            f"{ENTERPRISE_USER}:employeeNumber": other.employee_number,
        }
    )
    if changes:
        _replace(entra, user, changes)
    else:
        entra.skip("replace-many", why=NO_TEXT)
    entra.read(user, step="read", sent=user.sent)
    renamed = user.name.replace("@", "-renamed@")
    entra.patch(user, {"userName": renamed}, step="rename", pathless=True)
    entra.match("userName", renamed, step="match-new", id=user.id)
    entra.match("userName", user.name, step="match-old")
    same = {path: changes[path] for path in list(changes)[:1]} or {"active": True}
    entra.patch(user, same, step="no-op")


def _replace(entra: Entra, user: Owned, changes: dict[str, object]) -> None:
    """Replace several attributes at once, and where that is refused, one after the other, until it is no use."""
    if entra.patch(user, changes, step="replace-many").ok or len(changes) == 1:
        return
    refused = 0
    for path, value in changes.items():
        refused += not entra.patch(user, {path: value}, step=ALONE.format(path)).ok
        if refused == ENOUGH:
            return


ENOUGH = 3
"""Refusals of one attribute after which no further one is tried."""


def needs_stored(entra: Entra, path: str) -> None:
    """Go on only where users can have the attribute at a SCIM path.

    Raises:
        NotOffered: they cannot.
    """
    if not entra.is_stored(path):
        raise NotOffered(_unknown(path))


def _unknown(path: str) -> str:
    return f"{path} of users is not both declared by the endpoint and seen to be stored"


def add_text(entra: Entra, user: Owned) -> None:
    """Add a simple value, of an attribute that nothing else of the journey changes."""
    name = entra.text("nickName", "title", but=["displayName"])
    if name is None:
        entra.skip("add", why=NO_TEXT)
    else:
        entra.patch(user, {name: "Babs"}, op="add", step="add")


@journey(spoken=every)
def patch_filtered(entra: Entra) -> None:
    """Values behind a type filter that nothing fits yet."""
    user = entra.create_user(body=mapping.minimal_user(entra.person()) | {"active": True})
    address = {f'addresses[type eq "work"].{part}': value for part, value in ADDRESS_PARTS.items()}
    phones = {f'phoneNumbers[type eq "{kind}"].value': number for kind, number in PHONES.items()}
    for step, op, changes in (
        ("replace-absent-email", "replace", {WORK_EMAIL: f"work-{user.name}"}),
        ("add-absent-phones", "add", phones),
        ("add-absent-address", "add", address),
    ):
        if stored := entra.stored(changes):
            entra.patch(user, stored, op=op, step=step)
        else:
            entra.skip(step, why=_unknown(next(iter(changes)).partition("[")[0]))
    entra.read(user, step="read-created")


@journey(spoken=every)
def patch_present(entra: Entra) -> None:
    """Values behind a type filter that are there, beside others that must stay."""
    person = entra.person()
    body = mapping.minimal_user(person) | {
        "active": True,
        "emails": [{"type": "home", "value": f"home-{person.email}"}, {"type": "work", "value": person.email}],
        "phoneNumbers": [{"type": "home", "value": "+1 555 0100"}, {"type": "mobile", "value": PHONES["mobile"]}],
        "addresses": [{"type": "work", **ADDRESS_PARTS}],
    }
    user = entra.create_user(body=body)
    entra.patch(user, {WORK_EMAIL: f"new-{person.email}"}, op="add", step="add-email")
    entra.patch(user, {'phoneNumbers[type eq "mobile"].value': "+1 555 0139"}, step="replace-phone")
    entra.patch(user, {'addresses[type eq "work"].locality': "Seattle"}, step="replace-address")
    entra.read(user, step="read-changed", sent=body)
    [remove] = entra.dialect.removal(WORK_EMAIL)
    entra.operate(user, [{**remove, "value": "written@by.mistake.example"}], step="remove-with-value")
    entra.read(user, step="read-removed")


@journey(spoken=every, users=3)
def patch_manager(entra: Entra) -> None:
    """A manager set as a bare id, asked for, changed, and removed in each of the three forms."""
    needs_stored(entra, f"{ENTERPRISE_USER}:manager")
    boss = entra.create_user(step="create-boss", body=mapping.minimal_user(entra.person()))
    other = entra.create_user(step="create-other-boss", body=mapping.minimal_user(entra.person()))
    user = entra.create_user(body=mapping.minimal_user(entra.person()))
    path = f"{ENTERPRISE_USER}:manager"
    entra.patch(user, {path: boss.id}, op="add", step="set", pathless=False)
    entra.read(user, step="read-set", manager=boss.id)
    query = [("filter", f'id eq "{user.id}" and manager eq "{boss.id}"'), ("attributes", "id")]
    entra.get("/Users", step="reference-check", query=[query[1], query[0]])
    entra.patch(user, {path: other.id}, step="change", pathless=False)
    entra.read(user, step="read-changed", manager=other.id)
    entra.operate(user, entra.dialect.removal(path), step="remove")
    entra.read(user, step="read-removed")
    for form, value in (("empty", ""), ("object", {"value": ""})):
        entra.patch(user, {path: boss.id}, op="add", step=f"set-before-{form}", pathless=False)
        entra.patch(user, {path: value}, step=f"remove-{form}", pathless=False)
        entra.read(user, step=f"read-removed-{form}")


@journey(spoken=folding)
def patch_pathless(entra: Entra) -> None:
    """Path-less operations: several adds folded into one, and an extension as an object."""
    user = entra.create_user(body=mapping.minimal_user(entra.person()))
    person = entra.person()
    values = {"displayName": person.display_name, "name.givenName": person.given_name}
    if stored := entra.stored(values):
        entra.patch(user, stored, op="add", step="add")
    else:
        entra.skip("add", why=NO_TEXT)
    nested, replace = {ENTERPRISE_USER: {"department": "Retail"}}, entra.dialect.spelled("replace")
    if entra.is_stored(f"{ENTERPRISE_USER}:department"):
        entra.operate(user, [{"op": replace, "value": nested}], step="extension-object")
    else:
        entra.skip("extension-object", why=_unknown(f"{ENTERPRISE_USER}:department"))
    name = entra.text("title", "nickName", but=values)
    if name is None:
        entra.skip("two-keys", why=NO_TEXT)
    else:
        entra.operate(user, [{"op": replace, "value": {"active": True, name: "Second"}}], step="two-keys", name=name)
    entra.operate(user, [{"op": replace, "value": {"active": False}}], step="disable")
    entra.read(user, step="read")


@journey(spoken=every)
def patch_extension(entra: Entra) -> None:
    """Attributes of the enterprise extension, a core attribute under its URN, and roles."""
    user = entra.create_user(body=mapping.minimal_user(entra.person()) | {"active": True})
    department = f"{ENTERPRISE_USER}:department"
    if entra.is_stored(department):
        entra.patch(user, {department: "Retail"}, op="add", step="department")
    else:
        entra.skip("department", why=_unknown(department))
    name = entra.text("title")
    if name is None:
        entra.skip("core-urn", why=NO_TEXT)
    else:
        entra.patch(user, {f"{CORE_USER}:{name}": "Chief"}, step="core-urn", pathless=False)
    entra.patch(user, {"externalId": entra.person().external_id}, op="add", step="external-id")
    label = json.dumps({"id": "e5d8f5b0", "value": "25", "displayName": "Role1234"})
    plain = {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "User", "value": "User"}
    role = entra.dialect.role(label, plain)
    entra.operate(user, [role], step="roles", role=role["value"][0]["value"])
    entra.read(user, step="read")


@journey(spoken=every)
def patch_several(entra: Entra) -> None:
    """Several operations in one request: on different attributes, and three times on the same one."""
    removed = entra.text("title", removable=True)
    added = entra.text("nickName", but=_known(removed))
    replaced = entra.text("displayName", but=_known(removed, added))
    first = {removed: "First"} if removed else {}
    user = entra.create_user(body=mapping.minimal_user(entra.person()) | first | {"active": True})
    replace, add, remove = (entra.dialect.spelled(op) for op in ("replace", "add", "remove"))
    different = [
        {"op": add, "path": added, "value": "Nick"},
        {"op": replace, "path": replaced, "value": "Several Operations"},
        {"op": remove, "path": removed},
    ]
    different = [operation for operation in different if operation["path"]]
    if len(different) > 1:
        values = {operation["path"]: operation.get("value") for operation in different}
        entra.operate(user, different, step="different", values=values)
        entra.read(user, step="read-different")
    else:
        entra.skip("different", "read-different", why=NO_TEXT)
    name = entra.text("displayName", removable=True)
    if name is None:
        entra.skip("same", "read-same", why=NO_TEXT)
        return
    same = [
        {"op": remove, "path": name},
        {"op": add, "path": name, "value": "Second"},
        {"op": replace, "path": name, "value": "Third"},
    ]
    entra.operate(user, same, step="same", name=name)
    entra.read(user, step="read-same")


def _known(*names: str | None) -> list[str]:
    return [name for name in names if name is not None]


@journey()
def op_forms(entra: Entra) -> None:
    """Spellings of ``op`` and of booleans that Entra is known to use."""
    user = entra.create_user(body=mapping.minimal_user(entra.person()) | {"active": True})
    name = entra.text("title")
    for number, op in enumerate(("Replace", "replace", "Add", "add")):
        if name is None:
            entra.skip(f"op-{op}", f"read-op-{op}", why=NO_TEXT)
            continue
        entra.operate(user, [{"op": op, "path": name, "value": f"Title {number}"}], step=f"op-{op}")
        entra.read(user, step=f"read-op-{op}", name=name, value=f"Title {number}")
    forms = {"string-lower": ("Replace", "false"), "add": ("Add", "False"), "boolean": ("Replace", False)}
    for form, (op, value) in forms.items():
        entra.operate(user, [{"op": op, "path": "active", "value": value}], step=f"disable-{form}")
        entra.read(user, step=f"read-disable-{form}")
        entra.operate(user, [{"op": op, "path": "active", "value": "True"}], step=f"enable-{form}")
        entra.read(user, step=f"read-enable-{form}")
