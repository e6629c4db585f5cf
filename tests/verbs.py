"""The command's verbs that talk to an endpoint, as rows for tests that have to hold for each of them.

A new verb adds its row here, and is held to all of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """A way to call the command.

    Attributes:
        arguments: after ``scim-conformance``; the tests add ``--url`` and ``--reports``.
        reads: options with which it sends nothing that writes; empty where it never writes.
        dry: takes ``--dry-run``.
        code: its exit code on a good endpoint; 2 where it asks for too little to say that all is well.
    """

    arguments: tuple[str, ...]
    reads: tuple[str, ...] = ("--read-only",)
    dry: bool = False
    code: int = 0


VERBS = {
    "run entra": Verb(("run", "--profile", "entra"), dry=True),
    "run gallery": Verb(("run", "--profile", "gallery"), dry=True),
    "run rfc": Verb(("run", "--profile", "rfc"), dry=True),
    "run all": Verb(("run", "--profile", "all", "--burst"), dry=True),
    "cycle": Verb(("cycle", "--dialect", "legacy"), dry=True),
    "cycle --initial-only": Verb(("cycle", "--users", "8", "--sync", "all", "--initial-only"), dry=True),
    "load": Verb(("load", "--duration", "2"), reads=(), code=2),
    "diagnose": Verb(("diagnose",), reads=()),
    "diagnose --write-probe": Verb(("diagnose", "--write-probe")),
    "clean": Verb(("clean",), dry=True),
    "clean --search": Verb(("clean", "--search"), dry=True),
}
