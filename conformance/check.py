"""Checks: how one is declared, what is known of it, and how it is judged.

A check is a function of recorded journeys. It gets each journey it names as a parameter, looks at steps, and
raises a finding (see ``verdict.py``) or returns. Nothing here knows pytest.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from conformance import catalogue, twice
from conformance.applicability import Described
from conformance.entra import Dialect
from conformance.journeys import JOURNEYS
from conformance.recording import FIRST, Played, Recording, Step
from conformance.scim import guard
from conformance.scim.assumptions import Assumptions
from conformance.scim.exchange import Exchange
from conformance.scim.paths import find
from conformance.verdict import (
    Failure,
    Judgement,
    Level,
    NoAnswer,
    NotApplicable,
    Observation,
    Unplayed,
    Unreadable,
    Verdict,
)

PROFILES = ("entra", "gallery", "rfc")
"""Which question a check answers: will Entra's provisioning work, Microsoft's gallery gate, the RFCs."""

FunctionT = TypeVar("FunctionT", bound=Callable[..., None])


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
            if _is_unreadable(step.exchange, self.prefix):
                raise _unreadable(step.exchange)
            if step.exchange.error:
                raise NoAnswer(f"{step.exchange.method} at step {name!r}: {step.exchange.error_detail}")
            return step
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


@dataclass(frozen=True)
class Check:
    """What is known of a check before it is judged.

    Attributes:
        id: permanent, kebab-case; not the pytest node id.
        function: judges; its parameters name journeys.
        covers: ids of the requirements it judges, the most telling one first.
        profile: one of ``PROFILES``.
    """

    id: str
    function: Callable[..., None]
    covers: tuple[str, ...]
    profile: str

    @cached_property
    def journeys(self) -> tuple[str, ...]:
        """Names of the journeys it looks at."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The dialects it is judged in; empty where it is judged once."""
        return next((JOURNEYS[name].dialects for name in self.journeys if JOURNEYS[name].dialects), ())

    @property
    def writes(self) -> bool:
        """Whether one of its journeys changes anything on the endpoint."""
        return any(JOURNEYS[name].writes for name in self.journeys)

    @property
    def options(self) -> set[str]:
        """Keys of the flags without which it is not judged, because one of its journeys is not played."""
        return {JOURNEYS[name].option for name in self.journeys} - {""}

    @property
    def verb(self) -> str:
        """The verb of the command that plays its journeys."""
        return next((JOURNEYS[name].verb for name in self.journeys if JOURNEYS[name].verb != "run"), "run")

    @cached_property
    def requirements(self) -> list[catalogue.Requirement]:
        """What it covers.

        Raises:
            KeyError: the catalogue has no such requirement.
        """
        return [catalogue.requirements()[identifier] for identifier in self.covers]

    @property
    def level(self) -> Level:
        """The strongest level of what it covers."""
        levels = {requirement.level for requirement in self.requirements}
        return next(level for level in Level if level in levels)

    @cached_property
    def _doc(self) -> list[str]:
        return [part for part in re.split(r"\n\s*\n", inspect.getdoc(self.function) or "") if part.strip()]

    @property
    def title(self) -> str:
        """What a good endpoint does, in one sentence: the docstring's first paragraph."""
        return " ".join(self._doc[0].split())

    @property
    def why(self) -> str:
        """Why it matters: the docstring between title and fix."""
        return " ".join(" ".join(p for p in self._doc[1:] if not p.startswith("Fix:")).split())

    @property
    def fix(self) -> str:
        """What to change on the endpoint: the docstring's paragraph after ``Fix:``."""
        fixes = [part for part in self._doc[1:] if part.startswith("Fix:")]
        return " ".join(" ".join(fixes).removeprefix("Fix:").split())

    def variants(self, dialects: Iterable[Dialect] = tuple(Dialect)) -> list[tuple[str, str]]:
        """Its ids in a results file, each with the dialect: ``id[legacy]``, ``id[compliant]``, or just ``id``."""
        if not self.dialects:
            return [(self.id, "")]
        chosen = [d for d in self.dialects if d in set(dialects)]
        if len(self.dialects) == 1:
            return [(self.id, str(d)) for d in chosen]
        return [(f"{self.id}[{d}]", str(d)) for d in chosen]


CHECKS: dict[str, Check] = {}
"""All registered checks, by id, in the order of their files; filled by ``load``."""


def check(identifier: str, *, covers: Iterable[str], profile: str) -> Callable[[FunctionT], FunctionT]:
    """Register a function as a check.

    Args:
        identifier: permanent id.
        covers: requirement ids, the most telling one first.
        profile: one of ``PROFILES``.

    Raises:
        ValueError: the id is taken, or the profile unknown.
    """

    def register(function: FunctionT) -> FunctionT:
        if identifier in CHECKS or profile not in PROFILES:
            raise ValueError(f"check {identifier!r}: the id is taken or the profile {profile!r} unknown")
        CHECKS[identifier] = Check(identifier, function, tuple(covers), profile)
        function.scim_check = CHECKS[identifier]  # type: ignore[attr-defined]
        return function

    return register


def load() -> dict[str, Check]:
    """Import every module of checks and journeys, so that all are registered."""
    from conformance import checks, journeys

    journeys.load()
    for module in sorted(m.name for m in pkgutil.iter_modules(checks.__path__, "conformance.checks.")):
        importlib.import_module(module)
    return CHECKS


def judge(item: Check, dialect: str, recording: Recording, *, blame: bool = True) -> Judgement:
    """Judge one check by a recording. Never raises: what the suite does wrong is an ERROR of its own.

    Where one of its journeys was played twice, both plays are judged; ``twice.weigh`` says what comes of that.

    Args:
        item: the check.
        dialect: ``legacy``, ``compliant``, or empty.
        recording: holds the journeys the check names.
        blame: find the check that blocked this one, where one did.
    """
    judgement, views = _judge(item, dialect, recording, blame=blame)
    under = _under_concurrency(judgement, views)
    again = {view.played.key for view in views.values() if view.played.first is not None}
    if not again:
        return under or judgement
    first, views = _judge(item, dialect, recording.before, blame=False)
    troubled = _is_troubled(first, views)
    first.evidence = [[key + FIRST if key in again else key, step] for key, step in first.evidence]
    if under is not None and not first.suite_fault:
        return replace(under, evidence=first.evidence + under.evidence)
    return twice.weigh(first, judgement, troubled=troubled)


def _judge(item: Check, dialect: str, recording: Recording, *, blame: bool) -> tuple[Judgement, dict[str, Steps]]:
    """The verdict of one play, and what was looked at."""
    evidence: list[list[str]] = []
    views: dict[str, Steps] = {}
    assumed = Assumptions.from_json(recording.header.get("assumed", {}))
    try:
        for name in item.journeys:
            views[name] = Steps(recording.journeys[_key(name, dialect)], evidence, recording.header.get("prefix", ""))
        _binding(item, Described(recording, assumed.capabilities))
        _look(item, views, evidence)
        judgement = Judgement(Verdict.PASS)
    except Failure as failure:
        judgement = _failed(item, failure, stored=assumed.keeps(failure.path))
    except Observation as observation:
        judgement = Judgement(Verdict.INFO, got=observation.fact)
    except NotApplicable as reason:
        judgement = Judgement(Verdict.NA, got=str(reason))
    except Unplayed as unplayed:
        blocker = _blocker(unplayed, dialect, recording, item) if blame else None
        judgement = Judgement(Verdict.BLOCKED, got=str(unplayed), blocked_by=blocker)
    except NoAnswer as reason:
        judgement = Judgement(Verdict.ERROR, got=str(reason))
    except Exception:  # noqa: BLE001 - whatever else happens in a check is our fault, and must be told as such
        judgement = Judgement(Verdict.ERROR, got=traceback.format_exc(limit=-3), suite_fault=True)
    judgement.evidence = evidence
    return judgement, views


def _look(item: Check, views: Mapping[str, Steps], evidence: list[list[str]]) -> None:
    """Let the check look at its journeys.

    Raises:
        Finding: it does not pass.
    """
    try:
        item.function(**views)
    except Unreadable:
        raise
    except (NotApplicable, Unplayed):
        _not_ended(views.values())
        raise
    except Failure:
        _excuse(views, evidence)
        raise
    _answered(views)


def _key(journey: str, dialect: str) -> str:
    return f"{journey}[{dialect}]" if JOURNEYS[journey].dialects else journey


def _binding(item: Check, described: Described) -> None:
    """At least one of the check's requirements may bind the endpoint.

    Raises:
        NotApplicable: by the catalogue's conditions, none does.
    """
    unmet = [r.applies_when for r in item.requirements if described.meets(r.applies_when) is False]
    if len(unmet) == len(item.requirements):
        raise NotApplicable(
            f"the endpoint offers no {unmet[0].replace(' and ', ', ')}, as it says itself or as is stated"
        )


def _answered(views: Mapping[str, Steps]) -> None:
    """A check that only looks over what is there must not pass where nothing is.

    Raises:
        NoAnswer: no step of any of its journeys was answered, or the run ended before all were played.
        Unreadable: none was answered with what can be read.
    """
    _not_ended(view for view in views.values() if view.looked_over)
    met = [(e, view) for view in views.values() for step in view.played.steps.values() for e in step.exchanges]
    if any(exchange.status for exchange, _ in met):
        return
    for exchange, view in met:
        if _is_unreadable(exchange, view.prefix):
            raise _unreadable(exchange)
    _not_ended(views.values())
    raise NoAnswer("no request of its journeys was answered")


def _not_ended(views: Iterable[Steps]) -> None:
    """What these journeys lack, they lack because of the endpoint.

    Raises:
        NoAnswer: the run was at its end before one of them was.
    """
    for view in views:
        if view.played.ended is not None:
            raise NoAnswer(view.played.ended)


MANY = re.compile(r"/(Users|Groups(/[^/?]*)?|\.search)?(\?|$)")
"""How the URL of a request ends that may be answered with a great deal: lists of what is there, groups of any size."""

ONE = '[\\w.:]+ eq "{}[^"]*"'
"""A filter for what the run itself has named."""


def _is_unreadable(exchange: Exchange, prefix: str) -> bool:
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


def _unreadable(exchange: Exchange) -> Unreadable:
    return Unreadable("an answer that can be read", f"{exchange.method} {exchange.path}: {exchange.error_detail}")


def _excuse(views: Mapping[str, Steps], evidence: list[list[str]]) -> None:
    """Hold a failure not against the endpoint, or not again, where something that it builds on was not answered.

    Nobody knows whether a lost write took effect, so that whatever is read afterwards proves nothing; a lost read
    leaves open what it would have shown. Where the answer to a write came and cannot be read, the check that judges
    that one fails, and blocks the others.

    Raises:
        NoAnswer: the network failed at it.
        Unplayed: its answer cannot be read, and another check judges that.
    """
    for view in views.values():
        looked = {step for key, step in evidence if key == view.played.key}
        names = list(view.played.steps)
        last = max((names.index(step) for step in looked if step in names), default=-1)
        for name in names[: last + 1]:
            for exchange in view.played.steps[name].exchanges:
                if not exchange.error or (exchange.method in guard.SAFE_METHODS and name not in looked):
                    continue
                told = f"{exchange.method} at step {name!r}, on which this builds: {exchange.error_detail}"
                if not _is_unreadable(exchange, view.prefix):
                    raise NoAnswer(told)
                if name not in looked:
                    raise Unplayed(view.played.key, name, told)


def _failed(item: Check, failure: Failure, *, stored: bool) -> Judgement:
    if not stored:
        return Judgement(Verdict.NA, got=f"{failure.path} is configured as not stored by this endpoint")
    order = list(Level)
    level = max(item.level, failure.level or item.level, key=order.index)
    verdict = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.WARN, Level.MAY: Verdict.INFO}[level]
    return Judgement(verdict, expected=failure.expected, got=failure.got, path=failure.path)


def _under_concurrency(judgement: Judgement, views: Mapping[str, Steps]) -> Judgement | None:
    """A check that passes only because its journey was played again alone is a WARN; None for every other."""
    for view in views.values():
        touched = {step for key, step in judgement.evidence if key == view.played.key}
        if judgement.verdict is Verdict.PASS and touched & set(view.played.trouble_steps):
            got = f"{view.played.trouble}; well when the journey was played alone"
            expected = "the same answer while other requests are under way"
            return Judgement(Verdict.WARN, expected=expected, got=got, evidence=judgement.evidence)
    return None


def _is_troubled(judgement: Judgement, views: Mapping[str, Steps]) -> bool:
    """Whether a journey met trouble at a step that was looked at, or at one before."""
    for view in views.values():
        names = list(view.played.steps)
        looked = {step for key, step in judgement.evidence if key == view.played.key}
        last = max((names.index(step) for step in looked if step in names), default=-1)
        if set(names[: last + 1]) & set(view.played.trouble_steps):
            return True
    return False


def _blocker(unplayed: Unplayed, dialect: str, recording: Recording, blocked: Check) -> str | None:
    """The check that judges the step at which the journey stopped."""
    for other in load().values():
        names = {_key(name, dialect) for name in other.journeys}
        if other is blocked or unplayed.journey not in names or not names <= set(recording.journeys):
            continue
        # Two checks that are both blocked at the step must not ask each other for ever.
        judgement = judge(other, dialect, recording, blame=False) if _looks_at(other, unplayed.step) else None
        if (
            judgement is not None
            and [unplayed.journey, unplayed.step] in judgement.evidence
            and (judgement.verdict in {Verdict.FAIL, Verdict.WARN, Verdict.ERROR})
        ):
            return next(i for i, d in other.variants() if d in {dialect, ""})
    return None


def _looks_at(item: Check, step: str) -> bool:
    # Cheap test before judging: a check that judges a step has the step's name among its constants, or how the names
    # of all the steps that it judges end.
    constants = [one for one in item.function.__code__.co_consts if isinstance(one, str)]
    return any(step == one or (one.startswith("-") and step.endswith(one)) for one in constants)
