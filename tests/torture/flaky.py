"""A flaky endpoint: the embedded server behind a transport that loses, delays or puts off one request in so many."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import httpx

from conformance.config.settings import Settings, collect
from conformance.demo.server import build_app
from conformance.journeys import JOURNEYS
from conformance.judge.check import CHECKS, load
from conformance.run.live import LiveRun
from conformance.run.session import conclude, find_blockers, plays_of
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.faults.lab import TOKEN, URL, import_locales
from tests.hurried import Hurried

Mood = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]


class Flaky(httpx.BaseTransport):
    """Lets a mood decide over some requests.

    Args:
        mood: gets a request and a function that has it answered; answers in its place, or raises.
        rate: part of the requests that it decides over.
        seed: which ones.
    """

    def __init__(self, mood: Mood, rate: float, seed: int) -> None:
        self._mood = mood
        self._rate = rate
        self._random = random.Random(seed)  # noqa: S311 - which requests, and no secret
        self._lock = threading.Lock()
        self._inner = httpx.WSGITransport(app=build_app(TOKEN), raise_app_exceptions=False)
        self.met = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have it answered, or not."""
        with self._lock:
            struck = self._random.random() < self._rate
            self.met += struck

            def answer() -> httpx.Response:
                response = self._inner.handle_request(request)
                return httpx.Response(response.status_code, headers=response.headers, content=response.read())

            if not struck:
                return answer()
            return self._mood(request, answer)


def refused(status: int, retry_after: str | None = None) -> Mood:
    """The request is not looked at."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return lambda _request, _answer: httpx.Response(status, headers=headers)


def lost(error: type[httpx.TransportError], *, done: bool) -> Mood:
    """No answer comes.

    Args:
        error: what is met in its place.
        done: the request took effect all the same.
    """

    def mood(request: httpx.Request, answer: Callable[[], httpx.Response]) -> httpx.Response:
        if done:
            answer()
        raise error("lost", request=request)

    return mood


def judged(
    transport: httpx.BaseTransport, *, concurrency: int = 1, seed: int = 1, topic: str = ""
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Judge everything, or the checks whose ids begin so, over a transport; the rows by id, and the results."""
    load()
    import_locales()
    values = collect({}) | {"reports": None, "concurrency": concurrency, "profile": "all"}
    settings = Settings(Target(URL, token=Secret(TOKEN), timeout=5.0), seed, values)
    chosen = {identifier: {dialect for _, dialect in item.variants()} for identifier, item in CHECKS.items()}
    chosen = {identifier: dialects for identifier, dialects in chosen.items() if identifier.startswith(topic)}
    session = LiveRun(settings, transport=transport, halt=Hurried())
    session.start(plays_of(chosen))
    rows: dict[str, dict[str, Any]] = defaultdict(dict)
    for identifier, dialects in chosen.items():
        item = CHECKS[identifier]
        for dialect in sorted(dialects):
            for name in item.journeys:
                session.played(name, dialect if JOURNEYS[name].dialects else "")
            row = session.result(item, dialect)
            rows[row["id"]] = row
    session.close()
    find_blockers(rows, session.recording)
    results = conclude(settings, session.recording, rows, complete=True, faults=[], reports=None).to_json()
    return rows, results
