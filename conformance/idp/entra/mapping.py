"""Entra's default attribute mapping: from a person to the resource that is posted (entra.md 2.2 and 4)."""

from __future__ import annotations

from typing import Any

from conformance.idp.entra import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from conformance.idp.entra.people import Person


def full_user(person: Person) -> dict[str, Any]:
    """The body of a create with every row of the default mapping.

    Source: Microsoft Learn, "Tutorial: Develop and plan provisioning for a SCIM endpoint".
    """
    return {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": person.external_id,
        "userName": person.user_name,
        "active": True,
        "displayName": person.display_name,
        "title": person.title,
        "emails": [{"primary": True, "type": "work", "value": person.email}],
        "preferredLanguage": "en-US",
        "name": {
            "givenName": person.given_name,
            "familyName": person.family_name,
            "formatted": person.display_name,
        },
        "addresses": [
            {
                "primary": True,
                "type": "work",
                "formatted": f"{person.street}, {person.locality}",
                "streetAddress": person.street,
                "locality": person.locality,
                "region": person.region,
                "postalCode": person.postal_code,
                "country": "US",
            }
        ],
        "phoneNumbers": [
            {"primary": True, "type": "work", "value": person.phone},
            {"type": "mobile", "value": person.mobile},
            {"type": "fax", "value": person.fax},
        ],
        ENTERPRISE_USER: {"employeeNumber": person.employee_number, "department": person.department},
        "meta": {"resourceType": "User"},
        "roles": [],
    }


def documented_user(person: Person) -> dict[str, Any]:
    """The smaller body that Microsoft prints as its example of a create."""
    return {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": person.external_id,
        "userName": person.user_name,
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": person.email}],
        "meta": {"resourceType": "User"},
        "name": {
            "formatted": person.display_name,
            "familyName": person.family_name,
            "givenName": person.given_name,
        },
        "roles": [],
    }


def minimal_user(person: Person) -> dict[str, Any]:
    """The least that RFC 7643 asks for: a user name."""
    return {"schemas": [CORE_USER], "userName": person.user_name}


def group(name: str, external_id: str) -> dict[str, Any]:
    """The body of a group's create: groups are created empty, members follow (entra.md 3)."""
    return {
        "schemas": [CORE_GROUP],
        "externalId": external_id,
        "displayName": name,
        "meta": {"resourceType": "Group"},
    }
