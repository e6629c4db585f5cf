"""The ``checks`` verb: all checks with id, level, source, title and profile."""

from __future__ import annotations

import json

from conformance.judge.check import Check, load


def describe(item: Check) -> dict[str, object]:
    """What is known of a check before anything is judged, as plain JSON."""
    return {
        "id": item.id,
        "variants": [identifier for identifier, _ in item.variants()],
        "level": str(item.level),
        "source": item.requirements[0].spec,
        "requirements": list(item.covers),
        "profiles": [item.profile],
        "title": item.title,
    }


def list_checks(*, as_json: bool) -> int:
    """Print all checks."""
    rows = [describe(item) for item in load().values()]
    if as_json:
        print(json.dumps(rows, indent=1))
        return 0
    for row in rows:
        print(f"{row['id']:42} {row['level']:6} {item_profile(row):8} {row['source']}\n{'':42} {row['title']}")
    print(f"{len(rows)} checks")
    return 0


def item_profile(row: dict[str, object]) -> str:
    """The profile in a described check."""
    profiles = row["profiles"]
    return ", ".join(profiles) if isinstance(profiles, list) else ""
