"""Creating users in the shapes that Entra sends."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, mapping
from conformance.idp.entra.people import Person
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra

UNLISTED = "urn:ietf:params:scim:schemas:extension:CustomExtension:2.0:User"


@journey(users=2)
def create_full(entra: Entra) -> None:
    """The full default mapping, read back by id and by filter."""
    boss = entra.create_user(step="create-boss", body=mapping.minimal_user(entra.person()))
    body = mapping.full_user(entra.person())
    body[ENTERPRISE_USER]["manager"] = {"value": boss.id}
    user = entra.create_user(step="create", body=body)
    entra.read(user, step="read")
    entra.match("userName", user.name, step="found")
    entra.read(user, step="read-again")


@journey(users=2)
def duplicate(entra: Entra) -> None:
    """The same user twice, and once more in other letters."""
    body = mapping.documented_user(entra.person())
    user = entra.create_user(step="create", body=body)
    entra.match("userName", user.name, step="found")
    entra.attempt_create(USERS, body, step="again", name=user.name)
    # The e-mail address and the externalId differ: only the user name is the same.
    other = mapping.documented_user(entra.person()) | {"userName": user.name.upper()}
    entra.attempt_create(USERS, other, step="again-other-case", name=other["userName"])
    same_mail = mapping.documented_user(entra.person()) | {"emails": body["emails"]}
    entra.attempt_create(USERS, same_mail, step="same-email", name=same_mail["userName"])
    entra.read(user, step="read-after")


@journey(users=9)
def create_variants(entra: Entra) -> None:
    """Bodies that differ from the usual one in a single point."""
    for name, body in _variants(entra.person).items():
        entra.attempt_create(USERS, body, step=name, name=body["userName"])


def _variants(person: Any) -> dict[str, dict[str, Any]]:
    """One body for each variation (entra.md 2.2, "Vary at least")."""
    return {
        "minimal": mapping.minimal_user(person()),
        "core-only": mapping.documented_user(person()) | {"schemas": [CORE_USER]},
        "enterprise-without-object": mapping.documented_user(person()),
        "unlisted-extension": mapping.documented_user(person()) | {UNLISTED: {"tag": "a"}},
        "active-as-string": mapping.documented_user(person()) | {"active": "True"},
        "inactive": mapping.documented_user(person()) | {"active": False},
        "role-display": _with_role(person(), "display"),
        "role-display-name": _with_role(person(), "displayName"),
        "phone-without-primary": mapping.documented_user(person())
        | {"phoneNumbers": [{"type": "work", "value": "+1 555 0123"}, {"type": "mobile", "value": "+1 555 0124"}]},
    }


def _with_role(person: Person, label: str) -> dict[str, Any]:
    role = {"primary": False, "type": "WindowsAzureActiveDirectoryRole", label: "User", "value": "User"}
    return mapping.documented_user(person) | {"roles": [role]}


@journey(users=2)
def create_manager_string(entra: Entra) -> None:
    """A manager as a bare id inside the resource, as seen on the wire in 2026 (entra.md 2.3)."""
    boss = entra.create_user(step="create-boss", body=mapping.minimal_user(entra.person()))
    body = mapping.documented_user(entra.person())
    body[ENTERPRISE_USER] = {"manager": boss.id}
    entra.attempt_create(USERS, body, step="create", name=body["userName"])
