"""Creating users in the shapes that Entra sends."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, mapping
from conformance.idp.entra.people import Person
from conformance.journeys import journey
from conformance.journeys.actor import BASE, GROUPS, USERS, Entra
from conformance.journeys.learning import Lesson, learn_groups, learn_users
from conformance.journeys.user_patch import needs_stored

UNLISTED = "urn:ietf:params:scim:schemas:extension:CustomExtension:2.0:User"


@journey(users=2, groups=1, builds=False)
def create_full(entra: Entra) -> None:
    """The full default mapping, read back by id and by filter; what a create has to look like where that is refused."""
    users, groups = Lesson(entra, USERS), Lesson(entra, GROUPS)
    try:
        user = learn_users(users)
        entra.read(user, step="read")
        entra.match("userName", user.name, step="found")
        entra.read(user, step="read-again")
    finally:
        if entra.has_groups:
            learn_groups(groups)
        bases = {lesson.collection: lesson.base for lesson in (users, groups)}
        if told := {path: base.to_json() for path, base in bases.items() if base.left_out or base.added}:
            entra.tell(BASE, told)


@journey(users=2)
def duplicate(entra: Entra) -> None:
    """The same user twice, and once more in other letters."""
    body = mapping.documented_user(entra.person())
    user = entra.create_user(step="create", body=body)
    entra.match("userName", user.name, step="found")
    entra.attempt_create(USERS, user.sent, step="again", name=user.name)
    # The e-mail address and the externalId differ: only the user name is the same.
    other = mapping.documented_user(entra.person()) | {"userName": user.name.upper()}
    entra.attempt_create(USERS, other, step="again-other-case", name=other["userName"])
    same_mail = mapping.documented_user(entra.person()) | {"emails": body["emails"]}
    entra.attempt_create(USERS, same_mail, step="same-email", name=same_mail["userName"])
    entra.read(user, step="read-after")


@journey(users=8)
def create_variants(entra: Entra) -> None:
    """Bodies that differ from the usual one in a single point."""
    for name, (body, about) in _variants(entra.person).items():
        entra.attempt_create(USERS, body, step=name, name=body["userName"], kept=[about])


def _variants(person: Any) -> dict[str, tuple[dict[str, Any], str]]:
    """One body for each variation, and what it is about (entra.md 2.2, "Vary at least")."""
    usual = mapping.documented_user
    phones = [{"type": "work", "value": "+1 555 0123"}, {"type": "mobile", "value": "+1 555 0124"}]
    return {
        "core-only": (usual(person()) | {"schemas": [CORE_USER]}, ENTERPRISE_USER),
        "enterprise-without-object": (usual(person()), ENTERPRISE_USER),
        "unlisted-extension": (usual(person()) | {UNLISTED: {"tag": "a"}}, UNLISTED),
        "active-as-string": (usual(person()) | {"active": "True"}, "active"),
        "inactive": (usual(person()) | {"active": False}, "active"),
        "role-display": (_with_role(person(), "display"), "roles"),
        "role-display-name": (_with_role(person(), "displayName"), "roles"),
        "phone-without-primary": (usual(person()) | {"phoneNumbers": phones}, "phoneNumbers"),
    }


def _with_role(person: Person, label: str) -> dict[str, Any]:
    role = {"primary": False, "type": "WindowsAzureActiveDirectoryRole", label: "User", "value": "User"}
    return mapping.documented_user(person) | {"roles": [role]}


@journey(users=2)
def create_manager_string(entra: Entra) -> None:
    """A manager as a bare id inside the resource, as seen on the wire in 2026 (entra.md 2.3)."""
    needs_stored(entra, f"{ENTERPRISE_USER}:manager")
    boss = entra.create_user(step="create-boss", body=mapping.minimal_user(entra.person()))
    body = mapping.documented_user(entra.person())
    body[ENTERPRISE_USER] = {"manager": boss.id}
    entra.attempt_create(USERS, body, step="create", name=body["userName"])
