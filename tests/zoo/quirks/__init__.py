"""The quirks: each a class whose docstring says in one line what such a server does by itself."""

from __future__ import annotations

import re
from types import ModuleType

from tests.zoo.quirks import changing, creating, deleting, identifiers, merging, reading, trouble
from tests.zoo.server import Zoo

MODULES = (identifiers, merging, creating, changing, deleting, reading, trouble)


class Good(Zoo):
    """Nothing odd."""

    tidy = True


def _classes(module: ModuleType) -> dict[str, type[Zoo]]:
    """The quirks of a module, by name; a class that begins with an underscore is what several have in common."""
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Zoo)]
    own = [kind for kind in found if kind.__module__ == module.__name__ and not kind.__name__.startswith("_")]
    return {_slug(kind.__name__): kind for kind in own}


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=\d)", "-", name).lower()


def slugs(module: ModuleType) -> tuple[str, ...]:
    """The names of a module's quirks."""
    return tuple(_classes(module))


QUIRKS: dict[str, type[Zoo]] = {"good": Good} | {n: kind for module in MODULES for n, kind in _classes(module).items()}
"""By name, as ``python -m tests.zoo`` takes it."""
