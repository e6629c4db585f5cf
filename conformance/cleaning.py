"""The ``clean`` verb: removes what a killed run left behind, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from conformance.credentials import sign_in
from conformance.cycle.state import remove_states
from conformance.entra.people import PREFIX
from conformance.scim.client import Client, Request
from conformance.scim.journal import PATTERN, Entry, Journal, read_journal
from conformance.scim.target import encode_query, segment
from conformance.settings import Settings, UserError

NAMED = re.compile(rf"{PREFIX}-[a-z0-9]{{6}}-", re.IGNORECASE)
"""How everything that a run creates is named."""

NAMES = {"/Users": "userName", "/Groups": "displayName"}


def clean(settings: Settings, *, search: bool) -> int:
    """Delete what the journals of earlier runs name, and with ``search`` whatever is named like it.

    Returns:
        0 where nothing is left, 1 where something could not be deleted.

    Raises:
        UserError: the reports folder cannot be read, or the credentials are refused.
    """
    paths = sorted(settings.reports.glob(PATTERN))
    left = remove(settings, paths, search=search)
    for entry in left:
        print(f"Could not be deleted: {entry.collection}/{entry.id} ({entry.name})")
    if not left:
        remove_states(settings.reports, settings.target.shown_url)
        done = sum(not path.exists() for path in paths)
        print(f"Nothing of {done} unfinished runs is left at {settings.target.shown_url}.")
    return 1 if left else 0


def remove(settings: Settings, paths: Sequence[Path], *, search: bool = False) -> list[Entry]:
    """Delete what journals name; a journal goes where nothing of any is left.

    Args:
        settings: of the run.
        paths: the journals; one that was written for another endpoint is passed over.
        search: also what no journal names, by its name.

    Returns:
        what could not be deleted.

    Raises:
        UserError: a journal cannot be read, or the credentials are refused.
    """
    journals = _journals(settings, paths)
    sign_in(settings.target)
    client = Client(settings.target, Journal(None, settings.target.shown_url))
    for entries in journals.values():
        for entry in entries:
            if entry.id is None or is_ours(client, entry):
                client.own(entry)
    for entry in _found(client) if search else []:
        client.own(entry)
    left = client.sweep()
    client.close()
    for path in [] if left else journals:
        path.unlink(missing_ok=True)
    return left


def _journals(settings: Settings, paths: Sequence[Path]) -> dict[Path, list[Entry]]:
    try:
        read = {path: read_journal(path) for path in paths}
    except OSError as problem:
        raise UserError(f"The journals in {str(settings.reports)!r} cannot be read: {problem.strerror}.") from None
    return {path: entries for path, (url, entries) in read.items() if url == settings.target.shown_url}


def is_ours(client: Client, entry: Entry) -> bool:
    """Whether the resource still carries our name: an id can have been given to somebody else."""
    found = client.send(Request("GET", f"{entry.collection}/{segment(str(entry.id))}"))
    shown = str(found.resource.get(NAMES.get(entry.collection, "userName")))
    return found.ok and (NAMED.match(shown) is not None or shown.casefold() == entry.name.casefold())


def _found(client: Client) -> list[Entry]:
    """Everything whose name begins like ours, as far as the endpoint can filter by beginnings."""
    entries: dict[tuple[str, str], Entry] = {}
    for collection, attribute in NAMES.items():
        query = encode_query([("filter", f'{attribute} sw "{PREFIX}-"'), ("count", "1000")])
        for row in client.send(Request("GET", collection, query)).listed:
            name, identifier = str(row.get(attribute)), row.get("id")
            if NAMED.match(name) and isinstance(identifier, str):
                entries[collection, identifier] = Entry(collection, name, identifier)
    return list(entries.values())
