"""Plays journeys, several at once, into a recording."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Generator, Iterable
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

from conformance.idp.entra.people import People
from conformance.journeys import JOURNEYS, Journey
from conformance.journeys.actor import USERS, Entra, JourneyStopped, NotOffered
from conformance.recording import INTERRUPTED, Played, Recording
from conformance.run.turns import Turns
from conformance.scim.client import LOST, Client, Stopped
from conformance.scim.ending import Ended
from conformance.scim.exchange import ENDED, RESET
from conformance.scim.lookout import SomebodyElse

DISCOVERY, LEARNING = "discovery", "create_full"
FIRST = (DISCOVERY, LEARNING)
"""Played before all others, which build on them: what is there, and how a create has to look."""

BURST = "burst"
RECKONING = "reckoning"
LAST = (BURST, RECKONING)
"""Played when all others are done, in this order: one must not make them slow, the other looks at what they left."""

RISKY = frozenset({"errors"})
"""Played after the others, because what they send may spoil a bad endpoint for everybody."""
TROUBLE_STATUS = frozenset({500, 502, 503, 504})
SPARE = 2
"""Users that a journey may create beside its own, to have an id that nobody has."""

LASTING = 3
"""Journeys in a row that waited in vain alone too: concurrency is not to blame, and the rest is not played again."""

QUICK = 1.0
"""Seconds within which a connection is closed where that costs no more time than an answer does."""


Play = tuple[str, str]
"""Name of a journey, and a dialect (or an empty string)."""


class Player:
    """Plays each journey at most once, on a pool of threads or when somebody asks for it.

    Args:
        client: sends the requests.
        people: makes the users.
        recording: takes what was played.
        concurrency: how many journeys run at once.
        turns: where other processes play against the same endpoint (pytest-xdist), or None.
        on_played: told the key of each finished journey, for a progress display.
        max_users: how many users may be there at once; journeys are played one at a time then, and not those that take
            more. None for any number.
    """

    def __init__(
        self,
        client: Client,
        people: People,
        recording: Recording,
        *,
        concurrency: int = 4,
        turns: Turns | None = None,
        on_played: Callable[[str], None] = lambda _key: None,
        max_users: int | None = None,
    ) -> None:
        concurrency = concurrency if max_users is None else 1
        self._max_users = max_users
        self.client = client
        self.people = people
        self.recording = recording
        self.crowded = concurrency > 1 or turns is not None
        self._on_played = on_played
        self._turns = turns or Turns()
        self._lock = threading.Lock()
        self._futures: dict[Play, Future[Played]] = {}
        self._again: list[tuple[Play, Played]] = []
        self._running = self._inside = 0
        self._leaving = threading.Condition()
        self._pool = ThreadPoolExecutor(max_workers=max(concurrency, 1), thread_name_prefix="journey")

    def start(self, plays: Iterable[Play]) -> None:
        """Begin to play; discovery goes first because the others build on it."""
        wanted = [play for play in dict.fromkeys(plays) if play not in self._futures]
        ordered = sorted(wanted, key=lambda play: (_rank(play), _lateness(play), play[0] in RISKY))
        with self._lock:
            self._running += sum(play[0] not in LAST for play in ordered)
            for play in ordered:
                self._futures[play] = Future()
        for play in ordered:
            self._pool.submit(self._work, play)

    def wait(self, name: str, dialect: str = "") -> Played:
        """What came of a journey, once it is played; one that nobody started is played here and now."""
        play = (name, dialect)
        with self._lock:
            known = play in self._futures
            if not known:
                self._futures[play] = Future()
                self._running += name not in LAST
        if not known:
            self._work(play)
        return self._futures[play].result()

    def stop(self) -> None:
        """Let what is under way end and start nothing more."""
        self.client.halt()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def finish(self) -> None:
        """Wait until everything that was started is played."""
        self._pool.shutdown(wait=True)

    def _work(self, play: Play) -> None:
        if play[0] in LAST:
            self._work_last(play)
            return
        played = self._play(play, attempt=0)
        _find_trouble(played)
        with self._lock:
            self._running -= 1
            # All others wait for discovery, so that one is always played alone. A connection that is closed is closed
            # again where it is the endpoint's doing, so that is tried also where nobody else plays.
            if played.trouble and (self.crowded or _is_closed(played)) and play[0] not in FIRST:
                self._again.append((play, played))
            else:
                _untroubled(played)
            # The last one to end plays again, alone, what met trouble beside the others.
            again = self._again if self._running == 0 else []
            if again:
                self._again = []
            pending = any(entry[1] is played for entry in [*self._again, *again])
        if not pending:
            self._done(play, played)
        lasting = 0
        for troubled, first in again:
            if lasting < LASTING or not _is_lost(first):
                lost = _is_lost(self._play_again(troubled, first))
                lasting = lasting + 1 if lost else 0
                continue
            self._done(troubled, _untroubled(first))

    def _work_last(self, play: Play) -> None:
        """Play what comes last when all before it in this process are done."""
        # The pool takes journeys in order, so that all others have been begun by now and none of them waits for us.
        with self._lock:
            others = [future for other, future in self._futures.items() if _lateness(other) < _lateness(play)]
        futures.wait(others)
        self._done(play, self._play(play, attempt=0))

    def _play_again(self, play: Play, first: Played) -> Played:
        second = self._play(play, attempt=1)
        _find_trouble(second)
        if second.cut or _is_cut_short(second):
            # The run has given up meanwhile; what was met before says more.
            second = _untroubled(first)
        elif second.trouble is None and self.crowded:
            second.trouble, second.trouble_steps = first.trouble, first.trouble_steps
        else:
            _untroubled(second)  # it fails alone as well, or was alone before
        if second is not first:
            second.first = first
        self._done(play, second)
        return second

    def _done(self, play: Play, played: Played) -> None:
        with self._lock:
            self.recording.add(played)
        self._futures[play].set_result(played)
        self._on_played(played.key)

    def _play(self, play: Play, *, attempt: int) -> Played:
        name, dialect = play
        played = Played(name, dialect)
        try:
            found = None if name == DISCOVERY else self.wait(DISCOVERY)
            learned = self.wait(LEARNING) if JOURNEYS[name].builds else None
            entra = Entra(self.client, self.people, played, attempt=attempt, discovered=found, learned=learned)
            with self._turns.alone() if attempt or name in LAST else self._turns.beside(), self._place():
                self._perform(JOURNEYS[name], entra)
        except Exception:  # noqa: BLE001 - a crash of the suite must not hang the checks that wait
            played.crash = self.client.scrub(traceback.format_exc(limit=-4))
        return played

    @contextmanager
    def _place(self) -> Generator[None]:
        """Beside others, until an id was given twice: what one journey does could reach another's resource then."""
        with self._leaving:
            while self._inside and self.client.ledger.repeats:
                self._leaving.wait()
            self._inside += 1
        try:
            yield
        finally:
            with self._leaving:
                self._inside -= 1
                self._leaving.notify_all()

    def _too_many(self, journey: Journey) -> str:
        """Why a journey takes more users than may be there at once; empty where it does not."""
        if self._max_users is None:
            return ""
        there = sum(entry.collection == USERS for entry in self.client.ledger.owned)
        # An id that nobody has takes two, of which one stays.
        more = journey.users + (0 if USERS in self.client.nobodies else SPARE)
        if not journey.users or there + more <= self._max_users:
            return ""
        return f"--max-users {self._max_users} is too few: {more} more beside {there} would be there at once"

    def _perform(self, journey: Journey, entra: Entra) -> None:
        played = entra.played
        if too_many := self._too_many(journey):
            played.not_offered = too_many
            return
        try:
            journey.script(entra)
            played.stopped_at = entra.shut_out
        except JourneyStopped as stop:
            played.stopped_at = stop.step
        except NotOffered as reason:
            played.not_offered = str(reason)
        except Stopped:
            played.not_offered = INTERRUPTED
        except Ended as reason:
            played.ended = str(reason)
        except SomebodyElse as problem:
            if played.steps:
                played.stopped_at = list(played.steps)[-1]
            else:
                played.not_offered = f"nothing could be sent without touching somebody else: {problem}"
        played.ended = played.ended or _end_of(played, self.client.ended)
        # What is not deleted here is found by the reckoning at the end of the run.
        with suppress(Stopped, SomebodyElse):
            entra.clean_up()


def in_order(plays: Iterable[Play]) -> list[Play]:
    """Journeys in the order in which they are to be begun; discovery, which comes before all, is left out."""
    return sorted((play for play in plays if play[0] != DISCOVERY), key=_rank)


def _rank(play: Play) -> int:
    """Which of the first ones a journey is; the same for all that build on them."""
    return FIRST.index(play[0]) if play[0] in FIRST else len(FIRST)


def _lateness(play: Play) -> int:
    """When a journey is played, beside others of its kind: 0 for most."""
    return LAST.index(play[0]) + 1 if play[0] in LAST else 0


def _is_lost(played: Played) -> bool:
    """Whether it waited for answers in vain, and met no server error: all that this can come to is an ERROR."""
    met = [exchange for step in played.steps.values() for exchange in step.exchanges]
    waited = (e.error in LOST and (e.error != RESET or e.elapsed > QUICK) for e in met)
    return any(waited) and not any(e.status in TROUBLE_STATUS for e in met)


def _is_closed(played: Played) -> bool:
    """Whether it met a connection that was closed in place of an answer."""
    return any(exchange.error == RESET for step in played.steps.values() for exchange in step.exchanges)


def _is_cut_short(played: Played) -> bool:
    """Whether it ended because nothing is sent any more."""
    return played.not_offered == INTERRUPTED or played.ended is not None


def _end_of(played: Played, ended: str) -> str | None:
    """Why the run was at its end while a journey was played; None where it was not, or the journey met nothing of it.

    Args:
        played: the journey.
        ended: why nothing more can come of the run, or empty.
    """
    for step in played.steps.values():
        for exchange in step.exchanges:
            if exchange.error in ENDED or (ended and exchange.error_detail == ended):
                return ended or exchange.error_detail
    # A look of our own, which is in no step, may have been refused: nobody knows why it stopped.
    return ended if ended and played.stopped_at is not None else None


def _untroubled(played: Played) -> Played:
    """Take what it met for the endpoint's doing, and not for a matter of concurrency."""
    played.trouble, played.trouble_steps = None, []
    return played


def _find_trouble(played: Played) -> None:
    """Note the steps that met a server error, a timeout or a reset."""
    for step in played.steps.values():
        for exchange in step.exchanges:
            if exchange.status in TROUBLE_STATUS or exchange.error in LOST:
                what = exchange.error_detail or f"HTTP {exchange.status}"
                played.trouble = played.trouble or f"{what} at step {step.name!r} beside other journeys"
                played.trouble_steps.append(step.name)
                break
