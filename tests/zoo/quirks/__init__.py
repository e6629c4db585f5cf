"""The quirks: each a class whose docstring says in one line what such a server does by itself."""

from __future__ import annotations

import re

from tests.zoo.quirks import identifiers
from tests.zoo.server import Zoo


class Good(Zoo):
    """Nothing odd."""


def _named(module: object) -> dict[str, type[Zoo]]:
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Zoo)]
    own = [kind for kind in found if kind.__module__ == getattr(module, "__name__", "")]
    return {_slug(kind.__name__): kind for kind in own if not kind.__name__.startswith("_")}


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


QUIRKS: dict[str, type[Zoo]] = {"good": Good} | _named(identifiers)
"""By name, as ``python -m tests.zoo`` takes it."""
