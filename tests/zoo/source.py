"""The source directory of `cycle --as-is`: some of its people and groups are called like those of the town."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.zoo.town import ALIKE

ROOT = Path(__file__).parents[2]
EXPORT = ROOT / "fixtures" / "mappings" / "entra-default.json"
NEW = 6
TAKEN = ("Sales", "Finance", "Engineering", "Product", "Leadership")


def write(folder: Path) -> tuple[Path, Path]:
    """Write a directory and a mapping; both kinds are matched by externalId, which nobody in the town shares.

    Returns:
        their files.
    """
    directory, mapping = folder / "directory.json", folder / "mapping.json"
    directory.write_text(json.dumps(_directory()), encoding="utf-8")
    mapping.write_text(json.dumps(_mapping()), encoding="utf-8")
    return directory, mapping


def _directory() -> dict[str, Any]:
    names = [*ALIKE[2:5], *(f"zoe.newcomer{number}@example.net" for number in range(NEW))]
    users = [_user(number, name) for number, name in enumerate(names)]
    groups = [_group(name, names[at : at + 3]) for at, name in enumerate((*TAKEN, "Zoologists"))]
    return {"roles": [], "users": users, "groups": groups}


def _user(number: int, name: str) -> dict[str, Any]:
    mail = name if "@" in name else f"zoe{number}@example.net"
    return {
        "userPrincipalName": name, "displayName": f"Zoe Newcomer{number}", "givenName": "Zoe",
        "surname": f"Newcomer{number}", "mail": mail, "mailNickname": f"zoe.{number}",
        "department": "Sales", "jobTitle": "Keeper", "accountEnabled": True, "assignments": ["Default Access"],
    }  # fmt: skip


def _group(name: str, members: list[str]) -> dict[str, Any]:
    return {
        "displayName": name, "description": name, "mailNickname": name.lower(), "securityEnabled": True,
        "members": members, "assignments": ["Default Access"],
    }  # fmt: skip


def _mapping() -> dict[str, Any]:
    export = json.loads(EXPORT.read_text(encoding="utf-8"))
    for rule in export["synchronizationRules"]:
        for mapping in rule["objectMappings"]:
            for row in mapping["attributeMappings"]:
                row["matchingPriority"] = int(row["targetAttributeName"] == "externalId")
    return export
