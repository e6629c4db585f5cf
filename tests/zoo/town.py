"""Other people's people and groups, whose names, addresses, numbers and ids resemble those that the command makes."""

from __future__ import annotations

import random
import uuid
from typing import Any

from tests.zoo.schema import ENTERPRISE, GROUP, USER
from tests.zoo.server import Zoo
from tests.zoo.store import FOREIGN

ALIKE = (
    "scimconf@example.com", "scimconf-@example.com", "scimconf-admin@example.com", "scimconf-summer-intern",
    "scimconf-abc123-x@example.com", "SCIMCONF-ABCDEF-Chief@example.com", "xscimconf-abcdef-1@example.com",
    "scimconf-abc234-match-1@example.com", "scimconf-cycle-l-group1", "nobody@example.com",
)  # fmt: skip
"""People whose names look like a run's, and are none."""

TEAMS = (
    "scimconf-abcdef-group", "scimconf-summer-interns", "Sales", "Finance", "Engineering", "Product", "Leadership",
    "Marketing", "Legal", "Support",
)  # fmt: skip
"""Groups, some of whose names look like a run's, and some like a made-up organisation's."""

GIVEN = ("Ada", "Grace", "Alan", "Mary", "John", "Linus", "Barbara", "Edsger", "Radia", "Ken", "Dennis", "Frances")
FAMILY = ("Smith", "Johnson", "Brown", "Garcia", "Miller", "Davis", "Lopez", "Wilson", "Moore", "Lee", "Clark", "Hall")
OLD = "2019-03-04T05:06:07.000Z"
MANY = 30


def person(number: int, dice: random.Random) -> dict[str, Any]:
    """What the tenant knows of one of its people."""
    given, family = dice.choice(GIVEN), dice.choice(FAMILY)
    name = ALIKE[number] if number < len(ALIKE) else f"{given}.{family}{number}@example.com".lower()
    return {
        "userName": name,
        "externalId": str(uuid.UUID(int=dice.getrandbits(128), version=5)),
        "name": {"givenName": given, "familyName": family, "formatted": f"{given} {family}"},
        "displayName": f"{given} {family}",
        "title": dice.choice(("Engineer", "Accountant", "Nurse", "Solicitor")),
        "active": True,
        "emails": [{"value": name if "@" in name else f"{name}@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": f"+1 555 01{dice.randrange(10, 100)}", "type": "work"}],
        ENTERPRISE: {"employeeNumber": str(dice.randrange(100000, 1000000)), "department": dice.choice(TEAMS[2:])},
    }  # fmt: skip


def settle_in(zoo: Zoo, people: int = MANY, seed: int = 0) -> None:
    """Fill a zoo with people and groups, as they were before any command came, and open its books."""
    dice = random.Random(f"town {seed}")  # noqa: S311 - names, not secrets
    now, zoo.now = zoo.now, lambda: OLD  # type: ignore[method-assign]
    users = [zoo.add(USER, person(number, dice), FOREIGN) for number in range(people)]
    for number, name in enumerate(TEAMS):
        size = min(people, 3 + number)
        members = [{"value": user.id, "type": "User"} for user in dice.sample(users, size)]
        external = str(uuid.UUID(int=dice.getrandbits(128), version=5))
        zoo.add(GROUP, {"displayName": name, "externalId": external, "members": members}, FOREIGN)
    zoo.now = now  # type: ignore[method-assign]
    zoo.books.touched.clear()
    zoo.books.open()
