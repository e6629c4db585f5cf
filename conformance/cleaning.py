"""The ``clean`` verb: removes what a killed run left behind, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.credentials import sign_in
from conformance.cycle.state import remove_states
from conformance.dry_run import Script, rehearsal
from conformance.entra.people import PREFIX, prefix_of
from conformance.reporting.terminal import undeleted
from conformance.scim import guard
from conformance.scim.client import GONE, Client, Request
from conformance.scim.exchange import Exchange
from conformance.scim.journal import PATTERN, Entry, Journal, is_going_on, read_journal
from conformance.scim.target import encode_query, segment
from conformance.settings import Settings, UserError

PAGE = 1000
MOST_PAGES = 50


def clean(settings: Settings, *, search: bool, dry_run: bool = False) -> int:
    """Delete what the journals of earlier runs name, and with ``search`` whatever is named like it.

    What a run that still goes on has created is its own to delete.

    Returns:
        0 where nothing is left, 1 where something could not be deleted, or another run goes on.

    Raises:
        UserError: the reports folder cannot be read, or the credentials are refused.
    """
    every = sorted(settings.reports.glob(PATTERN))
    busy = _going_on(settings, every)
    paths = [path for path in every if path not in busy]
    if busy:
        names = ", ".join(path.name for path in busy)
        print(
            f"Left alone, as their runs go on and delete it themselves: {names}. Call clean again when they have ended."
        )
    if dry_run:
        return _rehearse(settings, _journals(settings, paths), search=search)
    left = remove(settings, paths, search=search)
    for entry in left:
        print(undeleted(entry.to_json()))
    if not left and not busy:
        remove_states(settings.reports, settings.target.shown_url)
    if not left:
        done = sum(not path.exists() for path in paths)
        print(f"Nothing of {done} unfinished runs is left at {settings.target.shown_url}.")
    return 1 if left or busy else 0


def remove(settings: Settings, paths: Sequence[Path], *, search: bool = False) -> list[Entry]:
    """Delete what journals name; a journal goes where nothing of any is left.

    Args:
        settings: of the run.
        paths: the journals; one that was written for another endpoint is passed over.
        search: also what no journal names, by its name.

    Returns:
        what could not be deleted, or could not be looked at.

    Raises:
        UserError: a journal cannot be read, or the credentials are refused.
    """
    journals = _journals(settings, paths)
    sign_in(settings.target)
    client = Client(settings.target, Journal(None, settings.target.shown_url), read_only=settings.read_only)
    left = _clean(client, journals, search=search)
    for path in [] if left else journals:
        path.unlink(missing_ok=True)
    return left


def _clean(client: Client, journals: Mapping[Path, list[Entry]], *, search: bool) -> list[Entry]:
    """Delete, and return what could not be deleted or could not be looked at."""
    unknown = [entry for entries in journals.values() for entry in entries if not take_over(client, entry)]
    for entry in _found(client) if search else []:
        client.own(entry)
    left = client.sweep()
    client.close()
    if client.ended:
        print(f"{client.ended}.")
    return [*left, *unknown]


def _rehearse(settings: Settings, journals: Mapping[Path, list[Entry]], *, search: bool) -> int:
    """Print what would be sent, if everything is still there under its name."""
    script = Script(settings.target)
    target, imitation = rehearsal(settings.target, script)
    for entry in (entry for entries in journals.values() for entry in entries):
        if entry.id is not None:
            imitation.keep(entry.collection, entry.id, {guard.UNIQUE.get(entry.collection, "externalId"): entry.name})
    client = Client(target, Journal(None, target.shown_url), read_only=settings.read_only, transport=imitation)
    print(f"What would be sent to {target.shown_url}, if all of it is still there:")
    _clean(client, journals, search=search)
    script.end()
    return 0


def _going_on(settings: Settings, paths: Sequence[Path]) -> list[Path]:
    try:
        return [path for path in paths if is_going_on(path)]
    except OSError as problem:
        raise _unreadable(settings, problem) from None


def _unreadable(settings: Settings, problem: OSError) -> UserError:
    return UserError(f"The journals in {str(settings.reports)!r} cannot be read: {problem.strerror}.")


def _journals(settings: Settings, paths: Sequence[Path]) -> dict[Path, list[Entry]]:
    try:
        read = {path: read_journal(path) for path in paths}
    except OSError as problem:
        raise _unreadable(settings, problem) from None
    return {path: entries for path, (url, entries) in read.items() if url == settings.target.shown_url}


def take_over(client: Client, entry: Entry) -> bool:
    """Own what an earlier run noted in its journal, unless it is gone or its id was given to somebody else.

    Args:
        client: of this run.
        entry: without an id it is looked up by its name, when it is deleted.

    Returns:
        whether that could be found out.
    """
    if entry.id is None:
        client.own(entry)
        return True
    found = client.send(Request("GET", f"{entry.collection}/{segment(entry.id)}"))
    if _is_ours(found, entry):
        client.own(entry, seen=True)
    return found.ok or found.status in GONE


def _is_ours(found: Exchange, entry: Entry) -> bool:
    """Whether a resource still carries a name of its run."""
    prefix = prefix_of(entry.name)
    names = [str(found.resource.get(attribute)).casefold() for attribute in guard.NAMES]
    if prefix is None:  # named as in the directory (`cycle --as-is`)
        return found.ok and entry.name.casefold() in names
    return found.ok and any(name.startswith(prefix.casefold()) for name in names)


def _found(client: Client) -> list[Entry]:
    """Everything whose name begins like a run's, as far as the endpoint can filter by beginnings."""
    entries: dict[tuple[str, str], Entry] = {}
    for collection, attribute in guard.UNIQUE.items():
        for row in _listed(client, collection, f'{attribute} sw "{PREFIX}-"'):
            name, identifier = str(row.get(attribute)), row.get("id")
            if prefix_of(name) is not None and isinstance(identifier, str):
                entries[collection, identifier] = Entry(collection, name, identifier)
    return list(entries.values())


def _listed(client: Client, collection: str, text: str) -> Iterator[dict[str, Any]]:
    start = 1
    for _ in range(MOST_PAGES):
        query = encode_query([("filter", text), ("startIndex", str(start)), ("count", str(PAGE))])
        page = client.send(Request("GET", collection, query))
        yield from page.listed
        total = page.resource.get("totalResults")
        start += len(page.listed)
        if not page.listed or not isinstance(total, int) or start > total:
            return
