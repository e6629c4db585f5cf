"""The quirks: each a class whose docstring says in one line what such a server does by itself."""

from __future__ import annotations

import re

from tests.zoo.quirks import changing, creating, deleting, identifiers, merging, reading, trouble
from tests.zoo.server import Zoo


class Good(Zoo):
    """Nothing odd."""

    tidy = True


def _named(module: object) -> dict[str, type[Zoo]]:
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Zoo)]
    own = [kind for kind in found if kind.__module__ == getattr(module, "__name__", "")]
    return {_slug(kind.__name__): kind for kind in own if not kind.__name__.startswith("_")}


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=\d)", "-", name).lower()


MODULES = (identifiers, merging, creating, changing, deleting, reading, trouble)
QUIRKS: dict[str, type[Zoo]] = {"good": Good} | {n: kind for module in MODULES for n, kind in _named(module).items()}
"""By name, as ``python -m tests.zoo`` takes it."""
