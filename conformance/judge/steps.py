"""A journey as a check sees it, and which of its answers nobody can read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

from conformance.recording import Played, Step
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find
from conformance.verdict import Kind, NoAnswer, NotApplicable, Unplayed, Unreadable


class Steps(Mapping[str, Step]):
    """A journey as a check sees it: steps by name, each look noted as evidence.

    Args:
        played: the journey.
        evidence: takes what was looked at.
        prefix: how all names begin that the run made up.

    Attributes:
        looked_over: whether all steps were asked for, whichever there are.
    """

    def __init__(self, played: Played, evidence: list[list[str]], prefix: str = "") -> None:
        self.played = played
        self.looked_over = False
        self.prefix = prefix
        self._evidence = evidence

    def __getitem__(self, name: str) -> Step:
        """The step of that name.

        Raises:
            Unplayed: an earlier step went wrong.
            NotApplicable: the endpoint does not offer it.
            NoAnswer: the network failed at this step.
            Unreadable: what came at this step cannot be read, by the endpoint's own fault.
            RuntimeError: the journey itself crashed.
            KeyError: the journey has no such step: the suite's own fault.
        """
        step = self.played.steps.get(name)
        if step is not None:
            self._note(name)
            if is_unreadable(step.exchange, self.prefix):
                raise unreadable(step.exchange)
            if step.exchange.error:
                told = f"{step.exchange.method} at step {name!r}: {step.exchange.error_detail}"
                raise NoAnswer(told, step.exchange.error)
            return step
        if name in self.played.skipped:
            raise NotApplicable(self.played.skipped[name])
        if self.played.crash is not None:
            raise RuntimeError(f"the journey {self.played.key} crashed:\n{self.played.crash}")
        if self.played.ended is not None:
            raise NoAnswer(self.played.ended)
        if self.played.stopped_at is not None:
            self._note(self.played.stopped_at)
            raise Unplayed(self.played.key, self.played.stopped_at)
        if self.played.not_offered is not None:
            raise NotApplicable(self.played.not_offered)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        self.looked_over = True
        return iter(self.played.steps)

    def __len__(self) -> int:
        return len(self.played.steps)

    def _note(self, name: str) -> None:
        if [self.played.key, name] not in self._evidence:
            self._evidence.append([self.played.key, name])


MANY = re.compile(r"/(Users|Groups(/[^/?]*)?|\.search)?(\?|$)")
"""How the URL of a request ends that may be answered with a great deal: lists of what is there, groups of any size."""

ONE = '[\\w.:]+ eq "{}[^"]*"'
"""A filter for what the run itself has named."""


def is_unreadable(exchange: Exchange, prefix: str) -> bool:
    """Whether an answer came that nobody can read, by the endpoint's own fault.

    What others have put there may be as large as it likes; what is about one user of ours may not.
    """
    if exchange.error != "too-large":
        return exchange.error == "unreadable"
    if exchange.method == "POST" and not exchange.url.endswith("/.search"):
        return True
    asked = dict(parse_qsl(urlsplit(exchange.url).query)).get("filter") or find(exchange.request_body, "filter")
    for_one = bool(prefix) and re.fullmatch(ONE.format(re.escape(prefix)), str(asked)) is not None
    return for_one or not MANY.search(exchange.url)


def unreadable(exchange: Exchange) -> Unreadable:
    """What an answer that nobody can read is held for."""
    got = f"{exchange.method} {exchange.path}: {exchange.error_detail}"
    return Unreadable("an answer that can be read", got, kind=Kind.UNREADABLE, subject=exchange.error)
