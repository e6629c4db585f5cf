"""The rooms of the house: imports go downwards only, and each outside library has one door."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parent

FREE = {
    "cli",
    "__main__",
    "runner",
    "cleaning",
    "cycling",
    "coverage",
    "cutoff",
    "diagnosing",
    "dry_run",
    "gatekeeper",
    "earlier",
    "filing",
    "listing",
    "loading",
    "plugin",
    "rehearsing",
    "selecting",
    "session",
    "demo",
    "workers",
}
"""The verbs and what assembles a run: they may import everything."""

MAY_IMPORT = {
    "parsing": set(),
    "piping": set(),
    "scim": {"parsing"},
    "schemas": {"parsing"},
    "verdict": set(),
    "catalogue": {"verdict"},
    "recording": {"scim"},
    "entra": {"schemas", "scim"},
    "cycle": {"entra", "scim", "verdict"},
    "bodies": {"recording", "schemas", "scim"},
    "applicability": {"entra", "recording", "scim"},
    "options": {"scim"},
    "credentials": {"options", "scim"},
    "settings": {"credentials", "options", "scim"},
    "journeys": {"cycle", "entra", "scim", "schemas", "recording"},
    "diagnose": {"scim", "entra", "catalogue"},
    "load": {"credentials", "entra", "options", "parsing", "piping", "recording", "scim", "settings"},
    "turns": set(),
    "player": {"journeys", "entra", "scim", "recording", "turns"},
    "expect": {"schemas", "recording", "entra", "scim", "verdict"},
    "twice": {"verdict"},
    "check": {"applicability", "catalogue", "checks", "journeys", "entra", "recording", "scim", "twice", "verdict"},
    "checks": {
        "check", "expect", "bodies", "catalogue", "recording", "schemas", "entra", "scim", "verdict",
    },
    "reporting": {"catalogue", "parsing", "verdict"},
}  # fmt: skip

DOORS = {
    "httpx": {"scim"},
    "jsonschema": {"schemas", "reporting"},
    "faker": {"entra"},
    "scim2_server": {"demo"},
    "cheroot": {"demo"},
    "locust": {"load"},
    "gevent": {"load"},
    "geventhttpclient": {"load"},
}
"""The rooms that may import a library."""


def imports() -> list[tuple[str, str, str]]:
    """Every import of the package: file, room, and full name of what is imported."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            found += [("/".join(parts), parts[0], name) for name in names]
    return found


IMPORTS = imports()


def test_imports_go_downwards_only():
    """No room imports one that is above it, or that the house does not know."""
    wrong = []
    for file, room, name in IMPORTS:
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        known = (ROOT / other).is_dir() or (ROOT / f"{other}.py").is_file()
        free = room in FREE or file == "checks/conftest"
        if package != "conformance" or not known or other == room or free:
            continue
        # A check may know what its journey sent by the journey's constants, but has no use for anything that plays.
        constant = room == "checks" and other == "journeys" and name.rpartition(".")[2].isupper()
        if not constant and other not in MAY_IMPORT.get(room, set()):
            wrong.append(f"{file} imports {name}")

    assert wrong == []


def test_every_room_is_known():
    """A new room says what it may import."""
    rooms = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}

    assert rooms - {"__init__"} - FREE - set(MAY_IMPORT) == set()


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_has_its_door(library):
    """An outside library is imported in its rooms only, so that it can be exchanged there."""
    rooms = {room for _, room, name in IMPORTS if name.partition(".")[0] == library}

    assert rooms <= DOORS[library]


def test_only_the_checks_conftest_meets_pytest():
    """A check is a function of recordings: it imports neither pytest nor the plugin."""
    met = {
        file
        for file, room, name in IMPORTS
        if room == "checks" and name.startswith(("pytest", "conformance.plugin", "conformance.session"))
    }

    assert met == {"checks/conftest"}
