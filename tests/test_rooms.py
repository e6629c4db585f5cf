"""The rooms of the house: imports go downwards only, and each outside library has one door."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parent

FREE = {"commands"}
"""The verbs of the command assemble everything, so that they may import everything."""

GROUND = {"verdict", "profiles", "parsing", "piping", "wording"}
"""Nouns that know nobody."""

BASE = {"scim", "schemas", "catalogue"}

MAY_IMPORT = {
    "__main__": {"commands"},
    **{room: set() for room in GROUND},
    "scim": {"parsing"},
    "schemas": {"parsing"},
    "catalogue": {"verdict"},
    "recording": {"scim"},
    "idp": BASE,
    "config": {"idp", "profiles", "scim"},
    "provisioning": BASE | {"idp", "verdict"},
    "journeys": BASE | {"idp", "provisioning", "recording"},
    "judge": BASE | {"checks", "idp", "journeys", "profiles", "recording", "verdict", "wording"},
    "checks": BASE | {"idp", "judge", "recording", "verdict", "wording"},
    "reporting": {"catalogue", "parsing", "profiles", "verdict", "wording"},
    "run": BASE | {"config", "idp", "journeys", "judge", "profiles", "recording", "reporting", "verdict"},
    "pytest_plugin": {"config", "judge", "recording", "reporting", "run"},
    "plugin": {"config", "judge", "pytest_plugin", "run", "scim"},
    "doctor": {"idp", "scim"},
    "load": {"config", "idp", "parsing", "piping", "recording", "scim", "wording"},
    "demo": {"idp"},
}
"""commands → plugin → run → {judge, journeys} → {idp, provisioning} → {scim, schemas, catalogue}.

Beside that, ``reporting`` reads the catalogue only, and ``load``, ``doctor`` and ``demo`` stand beside ``run``.
"""

DOORS = {
    "httpx": {"scim"},
    "jsonschema": {"schemas", "reporting"},
    "faker": {"idp", "provisioning"},
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


PATHS = sorted(ROOT.rglob("*.py"))
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
        if room == "checks" and name.startswith(("pytest", "conformance.plugin", "conformance.run"))
    }

    assert met == {"checks/conftest"}


def test_the_architecture_has_a_row_for_each_room():
    """Whoever is new finds each folder and each loose module in the table, and nothing else."""
    text = (ROOT.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)(?:/|\.py)` \|", text, re.MULTILINE)
    rooms = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}

    assert sorted(rows) == sorted(rooms - {"__init__", "__main__"})


SAME = {
    "auth", "bulk", "checks", "company", "dry_run", "evidence", "gate", "load", "options", "plan", "reckoning",
    "references", "results",
}  # fmt: skip
"""Names of modules in several rooms, each of which is about the same there: played and sent, run and told."""


def test_two_modules_of_one_name_are_about_the_same():
    """Whoever has opened one knows what the other is for; a new pair says so here."""
    names = Counter(path.stem for path in ROOT.rglob("*.py") if not path.stem.startswith("__"))

    assert {name for name, number in names.items() if number > 1} == SAME


def circles() -> list[set[str]]:
    """Modules that need each other, be it for an annotation only; by their names below the package."""
    mine = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in PATHS}
    below: dict[str, set[str]] = {name: set() for name in mine}
    for file, _, name in IMPORTS:
        parts = name.split(".")[1:] if name.startswith("conformance") else []
        for length in (1, 2):
            other = ".".join(parts[: len(parts) - length + 1])
            below[file.replace("/", ".").removesuffix(".__init__")] |= {other} & mine
    reached = {name: reach(below, name) for name in mine}
    return [{b for b in reached[a] if a in reached[b]} for a in sorted(mine) if a in reached[a]]


def reach(below: dict[str, set[str]], begin: str) -> set[str]:
    """All that a module needs, and what that needs; itself only where there is a circle."""
    found: set[str] = set()
    ahead = list(below[begin] - {begin})
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += below[name] - {name}
    return found


def test_no_modules_need_each_other():
    """But for a package and its parts: whoever imports the one gets the others."""
    of_a_package = [{"provisioning.expressions", "provisioning.expressions.dates", "provisioning.expressions.parser"},
                    {"schemas", "schemas.validation"}]  # fmt: skip

    assert [circle for circle in circles() if circle not in of_a_package] == []
