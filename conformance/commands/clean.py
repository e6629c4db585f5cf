"""The ``clean`` verb: removes what a killed run left behind, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.commands.dry_run import Script, rehearsal
from conformance.config.credentials import sign_in
from conformance.config.settings import Settings, UserError
from conformance.idp.entra.people import PREFIX, is_of_our_making, marks_of, prefix_of
from conformance.provisioning.service.state import remove_states
from conformance.reporting.model import Remains
from conformance.reporting.terminal import undeleted, unknown
from conformance.scim.claim import UNIQUE, Claim, Marks, unique
from conformance.scim.client import Client
from conformance.scim.clock import created_at
from conformance.scim.journal import PATTERN, Account, Entry, Journal, Notes, is_going_on, read_journal
from conformance.scim.lookout import GONE
from conformance.scim.paths import MISSING, member
from conformance.scim.request import Request
from conformance.scim.sight import Row
from conformance.scim.target import encode_query, segment

YOUNG = 15 * 60.0
"""Seconds for which what was created belongs to a run that may go on elsewhere."""

UNSHOWN = "it is not shown with these credentials, and neither is anything else that the run saw in its tenant"


@dataclass
class Tidied:
    """What a clean-up came to.

    Attributes:
        looked_for: how many resources it looked for.
        found: how many of them were there, or turned up beside them.
        account: what is left, and what nobody knows of.
        done: journals of which everything is settled.
    """

    looked_for: int = 0
    found: int = 0
    account: Account = field(default_factory=Account)
    done: list[Path] = field(default_factory=list)

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left, and nothing unknown."""
        return not self.account.left and not self.account.unconfirmed


def clean(settings: Settings, *, search: bool, dry_run: bool = False) -> int:
    """Delete what the journals of earlier runs name, and with ``search`` whatever is proven to be of another one.

    What a run that still goes on has created is its own to delete.

    Returns:
        0 where nothing is left, 1 where something is left or unknown, or another run goes on.

    Raises:
        UserError: the reports folder cannot be read, or the credentials are refused.
    """
    every = sorted(settings.reports.glob(PATTERN))
    busy = _going_on(settings, every)
    journals = _journals(settings, [path for path in every if path not in busy])
    if busy:
        names = ", ".join(path.name for path in busy)
        print(
            f"Left alone, as their runs go on and delete it themselves: {names}. Call clean again when they have ended."
        )
    if dry_run:
        return _rehearse(settings, journals, search=search)
    tidied = _tidy(settings, journals, search=search, busy=busy)
    _tell(settings, tidied, journals, search=search)
    if tidied.is_clear and not busy:
        remove_states(settings.reports, settings.target.shown_url)
    return 0 if tidied.is_clear and not busy else 1


def remove(settings: Settings, paths: Sequence[Path]) -> Account:
    """Delete what journals name; a journal goes where nothing of it is left.

    Args:
        settings: of the run.
        paths: the journals; one that was written for another endpoint is passed over.

    Returns:
        what is left, and what nobody knows of.

    Raises:
        UserError: a journal cannot be read, or the credentials are refused.
    """
    return _tidy(settings, _journals(settings, paths), search=False, busy=()).account


def _tidy(settings: Settings, journals: Mapping[Path, Notes], *, search: bool, busy: Sequence[Path]) -> Tidied:
    sign_in(settings.target)
    tidied = Tidied()
    for path, notes in journals.items():
        if _tidy_one(_client(settings, notes.marks), notes, tidied):
            path.unlink(missing_ok=True)
            tidied.done.append(path)
    if search:
        _tidy_found(settings, {path.stem.removeprefix("journal-") for path in busy}, set(journals), tidied)
    return tidied


def _client(settings: Settings, marks: Marks) -> Client:
    return Client(settings.target, Journal(None, settings.target.shown_url, marks), read_only=settings.read_only)


def _tidy_one(client: Client, notes: Notes, tidied: Tidied) -> bool:
    """Delete what one run left.

    Returns:
        whether all of it is settled, so that its journal is not needed any more.
    """
    tidied.looked_for += len(notes.owned) + len(notes.open)
    refusal = _unreadable_list(client, notes)
    missing = [] if refusal else _take_over_all(client, notes)
    known = bool(client.ledger.owned) or _is_the_tenant(client, notes)
    if refusal or not known:
        why = refusal or UNSHOWN
        told = [Entry(place, claim.name, identifier, why) for (place, identifier), claim in notes.owned.items()]
        told += [Entry(claim.collection, claim.name, None, why) for claim in notes.open]
        told = told or [Entry(place, f"{notes.marks.prefix}-…", None, why) for place in sorted(notes.collections)]
        tidied.account.unconfirmed += told
        client.close()
        return not told
    client.reckoning.is_last = True
    account = client.sweep()
    tidied.found += len(client.ledger.ever)
    tidied.account.left += account.left
    tidied.account.unconfirmed += [*missing, *account.unconfirmed]
    settled = client.ledger.is_empty and not missing
    client.close()
    if client.ended:
        print(f"{client.ended}.")
    return settled


def _unreadable_list(client: Client, notes: Notes) -> str:
    """Why a 404 would be no answer: no list can be read with these credentials; empty where one can.

    While an application is redeployed, its ingress may answer 404 to everything.
    """
    places = sorted({place for place, _ in notes.owned} | {claim.collection for claim in notes.open})
    places = places or sorted(notes.collections)
    for place in places:
        answer = client.look(Request("GET", place, encode_query([("count", "1")])))
        if answer.status != 200 or not isinstance(answer.resource.get("totalResults"), int):  # noqa: PLR2004
            got = f"HTTP {answer.status}" if answer.status else answer.error_detail
            return f"it could not be looked for: GET {place} was answered {got}, and not with a list"
    return ""


def _take_over_all(client: Client, notes: Notes) -> list[Entry]:
    """Own what is there and proves to be of the run, and what is to be looked for.

    Returns:
        what could not be read.
    """
    missing = []
    client.ledger.watch(notes.collections)
    for (place, identifier), claim in notes.owned.items():
        claim.marked = client.ledger.marks.on(claim.name)
        answer = take_over(client, claim, identifier)
        if answer:
            missing.append(Entry(place, claim.name, identifier, answer))
        elif not client.owns(place, identifier) and client.reckoning.is_young(claim):
            client.ledger.own(claim, None)  # reads may lag behind creates
    for claim in notes.open:
        claim.marked = client.ledger.marks.on(claim.name)
        client.ledger.own(claim, None)
    return missing


def take_over(client: Client, claim: Claim, identifier: str) -> str:
    """Own what an earlier run noted in its journal, unless it is gone or its id was given to somebody else.

    Args:
        client: of this run.
        claim: what was sent to create it.
        identifier: as the endpoint assigned it.

    Returns:
        why nobody knows whether it is there and ours, as a clause; empty where that is known.
    """
    found = client.look(Request("GET", f"{claim.collection}/{segment(identifier)}"))
    if found.status in GONE:
        return ""
    if not found.ok:
        return f"it could not be read: {f'HTTP {found.status}' if found.status else found.error_detail}"
    against = client.ledger.objection(claim, identifier, found.resource)
    if not against and not _is_ours(client, claim, found.resource):
        against = "it carries nothing of what was sent"
    if against:
        return f"it is not deleted: {against}"
    client.ledger.own(claim, identifier)
    client.ledger.see(claim.collection, identifier)
    return ""


def _is_ours(client: Client, claim: Claim, resource: Mapping[str, Any]) -> bool:
    """Whether a resource still carries a mark of its run, or the very name that was sent."""
    name = str(resource.get(unique(claim.collection))).casefold()
    return client.reckoning.sight.is_ours(dict(resource)) or (not claim.marked and name == claim.name.casefold())


def _is_the_tenant(client: Client, notes: Notes) -> bool:
    """Whether these credentials show the tenant of a run: something is there that the run saw, and did not make."""
    if not notes.landmarks:
        # The run saw nobody else: then there has to be nobody at all.
        answers = [client.look(Request("GET", place, encode_query([("count", "1")]))) for place in UNIQUE]
        return all(answer.resource.get("totalResults", 0) == 0 for answer in answers)
    return any(client.look(Request("GET", f"{place}/{segment(i)}")).ok for place, i in notes.landmarks)


# --- by name ---------------------------------------------------------------------------------------------


def _tidy_found(settings: Settings, busy: set[str], ended: set[Path], tidied: Tidied) -> None:
    """Delete what no journal names, and what is proven to be made by a run of this suite that has ended."""
    client = _client(settings, Marks())
    known = {path.stem.removeprefix("journal-") for path in ended}
    runs: dict[str, Notes] = defaultdict(Notes)
    for place in UNIQUE:
        for row in _listed(client, place, tidied):
            prefix = (prefix_of(str(row.get(unique(place)))) or "").lower()
            if prefix and prefix not in busy:
                _note(runs[prefix], place, row, tidied)
    for prefix, notes in runs.items():
        marks = marks_of(prefix)
        if prefix not in known and not _is_old(client, notes):
            why = "it is too young: its run may go on elsewhere; call clean --search again in a quarter of an hour"
            tidied.account.unconfirmed += [Entry(place, c.name, i, why) for (place, i), c in notes.owned.items()]
            continue
        mine = _client(settings, marks)
        for (_, identifier), claim in notes.owned.items():
            mine.ledger.own(claim, identifier)
        tidied.looked_for += len(notes.owned)
        account = mine.sweep()
        tidied.found += len(mine.ledger.ever)
        tidied.account.left += account.left
        tidied.account.unconfirmed += account.unconfirmed
        mine.close()
    client.close()


def _listed(client: Client, place: str, tidied: Tidied) -> list[Row]:
    """All whose name begins like a run's."""
    rows = client.reckoning.sight.beginning(place, f"{PREFIX}-")
    if rows is None:
        why = "the endpoint neither filters by the beginning of a name nor lists everybody on a few pages"
        tidied.account.unconfirmed.append(Entry(place, f"{PREFIX}-…", None, why))
    return rows or []


def _note(notes: Notes, place: str, row: Row, tidied: Tidied) -> None:
    """Note a resource that is named like ours, where it is proven to be of our making."""
    name, identifier = str(row.get(unique(place))), str(row.get("id") or "")
    external = member(dict(row), "externalId")
    shows = external is not MISSING and external is not None
    if not identifier:
        return
    if shows and not (isinstance(external, str) and is_of_our_making(external, name)):
        why = "it is named like ours and not deleted, as its externalId is not of our making"
        tidied.account.unconfirmed.append(Entry(place, name, identifier, why))
        return
    created = created_at(row)
    notes.owned[place, identifier] = Claim(place, name, external if shows else "", asked=created or 0.0, born=True)


def _is_old(client: Client, notes: Notes) -> bool:
    """Whether all of a run was created long enough ago, by the endpoint's clock, for the run to have ended."""
    return all(0 < claim.asked < client.ledger.clock.there - YOUNG for claim in notes.owned.values())


# --- what is told ----------------------------------------------------------------------------------------


def _tell(settings: Settings, tidied: Tidied, journals: Mapping[Path, Notes], *, search: bool) -> None:
    for entry in tidied.account.left:
        print(undeleted(Remains.from_json(entry.to_json())))
    for entry in tidied.account.unconfirmed:
        print(unknown(Remains.from_json(entry.to_json())))
    url = settings.target.shown_url
    if not journals and not search:
        print(f"No journal in {str(settings.reports)!r} names an unfinished run at {url}: nothing was looked for.")
        return
    left, unsure = len(tidied.account.left), len(tidied.account.unconfirmed)
    print(
        f"Looked for {tidied.looked_for} resources of {len(journals)} unfinished runs"
        f"{', and for whatever is named like theirs' if search else ''}: {tidied.found} found, "
        f"{tidied.found - left} deleted, {left} left, {unsure} not confirmed."
    )
    if tidied.is_clear:
        print(f"Nothing of {len(tidied.done)} unfinished runs is left at {url}.")


def _rehearse(settings: Settings, journals: Mapping[Path, Notes], *, search: bool) -> int:
    """Print what would be sent, if everything is still there under its name."""
    script = Script(settings.target)
    target, imitation = rehearsal(settings.target, script)
    print(f"What would be sent to {target.shown_url}, if all of it is still there:")
    for notes in journals.values():
        for (place, identifier), claim in notes.owned.items():
            imitation.keep(place, identifier, {unique(place): claim.name})
        journal = Journal(None, target.shown_url, notes.marks)
        client = Client(target, journal, read_only=settings.read_only, transport=imitation)
        _tidy_one(client, notes, Tidied())
    if search:
        client = Client(target, Journal(None, target.shown_url), read_only=settings.read_only, transport=imitation)
        for place in UNIQUE:
            _listed(client, place, Tidied())
        client.close()
    script.end()
    return 0


# --- journals --------------------------------------------------------------------------------------------


def _going_on(settings: Settings, paths: Iterable[Path]) -> list[Path]:
    try:
        return [path for path in paths if is_going_on(path)]
    except OSError as problem:
        raise _unreadable(settings, problem) from None


def _unreadable(settings: Settings, problem: OSError) -> UserError:
    return UserError(f"The journals in {str(settings.reports)!r} cannot be read: {problem.strerror}.")


def _journals(settings: Settings, paths: Iterable[Path]) -> dict[Path, Notes]:
    try:
        read = {path: read_journal(path) for path in paths}
    except OSError as problem:
        raise _unreadable(settings, problem) from None
    mine = {path: notes for path, notes in read.items() if notes.url == settings.target.shown_url}
    for notes in mine.values():
        if not notes.marks.prefix:  # a journal of version 0.1.0
            names = [claim.name for claim in [*notes.owned.values(), *notes.open]]
            notes.marks = marks_of(next((p for p in map(prefix_of, names) if p), "")) if names else notes.marks
    return mine
