"""Foreign servers: each a class whose docstring says in one line in which way it differs, as some real server does."""

from __future__ import annotations

from tests.zoo.foreign import documents, naming, refusing, required, storing, verbs
from tests.zoo.foreign.base import Foreign
from tests.zoo.quirks import _classes

MODULES = (required, verbs, documents, naming, storing, refusing)

FOREIGN: dict[str, type[Foreign]] = {
    name: kind for module in MODULES for name, kind in _classes(module).items() if issubclass(kind, Foreign)
}
"""By name, under which ``foreign/NAME.json`` has the verdicts."""
