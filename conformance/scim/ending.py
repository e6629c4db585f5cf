"""What ends a run before its time: credentials that are good no more, and an endpoint that is gone."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.scim.exchange import TOKEN_REFUSED, Exchange
from conformance.scim.target import encode_query

if TYPE_CHECKING:
    from conformance.scim.request import Request
    from conformance.scim.target import Target

Ask = Callable[["Request"], Exchange]
"""Sends a request once, whatever comes of it."""

Wait = Callable[[float], Any]
"""Waits so many seconds; true where the run was interrupted meanwhile."""

UNAUTHORIZED = 401

LOOKS = (0.0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.5)
"""Seconds to wait before each look at what was readable before: an endpoint that answers 401 now and then shows it by
one of them."""

FEWEST = 4
"""Looks that have to be answered 401; those that are not answered, or put off, tell nothing."""

SILENT = frozenset({None, 429, 500, 502, 503, 504})

OPEN = frozenset({"/ServiceProviderConfig", "/Schemas", "/ResourceTypes"})
"""What may be read without credentials (RFC 7644 section 4), so that an answer does not tell that they are good."""

RECONNECTING = (0.25, 0.5, 1.0, 1.25, 2.0, 2.0, 3.0)
"""Seconds to wait before each attempt to reach an endpoint that was there a moment ago."""

MOST_WAITING = 60.0
"""Seconds that a run waits so, all in all."""

DETAIL = 120
"""Characters of the endpoint's own words in the sentence."""

BOUNDS = {
    "token": ("The token was", "is", "run again with a token that outlives the run"),
    "oauth": ("The access tokens were", "are", "find out why the endpoint refuses new ones too, and run again"),
    "basic": ("User name and password were", "are", "give the right ones, and run again"),
}


class Ended(RuntimeError):
    """Nothing more can come of the run; the message is the sentence that says why."""


class Ending:
    """Notices that nothing more can come of a run; shared by its threads.

    Credentials are taken for refused where a request with them is answered 401 after others were answered 2xx, and a
    read of each place that was answered 2xx before is answered 401 too, again and again for five seconds. A place
    that is answered 401 on purpose, a request with another token or none, 403, and a 401 now and then do not do that.

    An endpoint is taken for gone where it answered before, refuses connections, and still does so after ten seconds.

    Args:
        target: knows the credentials; None where nobody has any.

    Attributes:
        sentence: why nothing more can come of the run and what to do, in one sentence; empty while all is well.
        closed: whether nothing more is sent.
    """

    def __init__(self, target: Target | None = None) -> None:
        self.sentence = ""
        self.closed = False
        self._target = target
        self._refused = self._gone = self._cleaning = False
        self._answered = self._accepted = 0
        self._proofs: dict[str, Request] = {}
        self._spare = MOST_WAITING
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._waiting = threading.Lock()

    def weigh(self, request: Request, exchange: Exchange, ask: Ask, wait: Wait) -> Exchange:
        """What came of a request, as it is to be taken.

        Args:
            request: what was sent.
            exchange: what came of it.
            ask: sends a request once.
            wait: waits.

        Returns:
            the same; the later answer of an endpoint that was waited for; or an error of kind ``token-refused`` in
            place of a 401 that is no verdict on the endpoint.
        """
        if exchange.error == "connect":
            exchange = self._reconnected(request, exchange, ask, wait)
        own = self._is_own(request)
        with self._lock:
            self._answered += exchange.status is not None
            if own and exchange.ok:
                self._accept(request)
        if own and exchange.status == UNAUTHORIZED and self._proofs:
            return self._unauthorized(exchange, ask, wait)
        return exchange

    def begin_cleaning(self) -> None:
        """Let requests out once more, to delete what the run created: the trouble may have passed."""
        self.closed, self._cleaning = False, True

    # --- credentials -----------------------------------------------------------------------------------

    def _is_own(self, request: Request) -> bool:
        """Whether it proves who we are by the target's credentials and nothing else."""
        if self._target is None or not self._target.has_credentials or request.token != "own":  # noqa: S105
            return False
        changed = {name.lower() for name in request.headers}
        return not changed & {"authorization", (self._target.api_key_header or "authorization").lower()}

    def _accept(self, request: Request) -> None:
        place = f"/{request.path.lstrip('/').partition('/')[0]}"
        if place in OPEN:
            return
        self._accepted = self._answered
        whole = request.path == place
        known = self._proofs.get(place)
        if request.method == "GET" and (known is None or (whole and known.path != place)):
            query = encode_query([("count", "1")]) if whole else ""
            self._proofs[place] = replace(request, query=query, headers={})

    def _unauthorized(self, exchange: Exchange, ask: Ask, wait: Wait) -> Exchange:
        with self._asking:
            if not self._refused and self._is_refused(ask, wait):
                self._refused = True
                self.sentence = self._refusal(exchange)
        if not self._refused:
            return exchange
        self.closed = True
        # Without its status: whoever looks through all answers must not take it for one.
        return replace(exchange, status=None, error=TOKEN_REFUSED, error_detail=self.sentence)

    def _is_refused(self, ask: Ask, wait: Wait) -> bool:
        proofs = list(self._proofs.values())
        refused = 0
        for number, pause in enumerate(LOOKS):
            if wait(pause):
                return False
            status = ask(proofs[number % len(proofs)]).status
            refused += status == UNAUTHORIZED
            if status != UNAUTHORIZED and status not in SILENT:
                return False
        return refused >= FEWEST

    def _refusal(self, exchange: Exchange) -> str:
        kind = next((name for name in ("oauth", "basic") if getattr(self._target, name)), "token")
        who, are, remedy = BOUNDS[kind]
        said = told(exchange)
        return (
            f"{who} accepted until request {self._accepted} and {are} refused since then (HTTP 401"
            f"{f', {said}' if said else ''}): nothing after it could be judged or deleted; {remedy}, and delete what "
            f"is left by `scim-conformance clean` with credentials that are good"
        )

    # --- the endpoint ----------------------------------------------------------------------------------

    def _reconnected(self, request: Request, exchange: Exchange, ask: Ask, wait: Wait) -> Exchange:
        """Wait for an endpoint that was there; a request that never got a connection can be sent again, a POST too."""
        with self._waiting:
            waited = 0.0
            for pause in RECONNECTING:
                if not self._answered or self._gone or self._spare <= 0 or exchange.error != "connect":
                    break
                if wait(pause):
                    return exchange
                waited, self._spare = waited + pause, self._spare - pause
                exchange = ask(request)
            if exchange.error == "connect" and self._answered:
                return self._vanished(exchange, waited)
        return exchange

    def _vanished(self, exchange: Exchange, waited: float) -> Exchange:
        if not self._gone:
            self._gone = True
            self.sentence = self.sentence or self._absence(exchange, waited)
        self.closed = not self._cleaning
        return replace(exchange, error_detail=self.sentence)

    def _absence(self, exchange: Exchange, waited: float) -> str:
        return (
            f"The endpoint answered until request {self._answered} and takes no connection since then "
            f"({exchange.error_detail}), though it was waited for for {waited:g} s: nothing after it could be judged "
            f"or deleted; look into its log for why it ended, start it, run again, and delete what is left by "
            f"`scim-conformance clean`"
        )


def told(exchange: Exchange) -> str:
    """The endpoint's own words for its refusal, cut short; empty where it has none (RFC 6750 section 3)."""
    found = dict(re.findall(r'(error(?:_description)?)="([^"]*)"', exchange.headers.get("www-authenticate", "")))
    words = found.get("error_description") or exchange.resource.get("detail") or found.get("error") or ""
    return " ".join(str(words).split())[:DETAIL]
