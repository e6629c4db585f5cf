"""What comes of a run: its rows, its results, and the files that are made of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from conformance.config.settings import Settings
from conformance.idp.dialects import DIALECTS
from conformance.journeys.actor import BASE
from conformance.judge.blame import Blame
from conformance.judge.check import CHECKS, Check, load
from conformance.judge.judging import judge
from conformance.profiles import PROFILES
from conformance.recording import INTERRUPTED, Played, Recording
from conformance.reporting import junit
from conformance.reporting.causes import request_of
from conformance.reporting.model import Evidence, Results, Row
from conformance.reporting.results import Exit, build, write
from conformance.reporting.run_header import RunHeader
from conformance.reporting.timing import timing
from conformance.run.cutoff import is_played, selected, unplayed, variants
from conformance.run.gate import baseline_of, decide
from conformance.run.header import begun, endured, header_of, merged, note, to_be_judged
from conformance.run.player import LEARNING, Play
from conformance.scim.exchange import ENDED, NEVER_SENT, Exchange
from conformance.verdict import Judgement, Kind, Verdict


def row_of(item: Check, dialect: str, recording: Recording) -> dict[str, Any] | None:
    """Judge a check whose journeys are played, and explain the verdict as a row of ``results.json``.

    Returns:
        None where the run was cut short before they were played to their end.
    """
    if not is_played(item, dialect, recording):
        return None
    return explain(item, dialect, judge(item, dialect, recording), recording)


def plays_of(selected: Mapping[str, set[str]]) -> list[Play]:
    """The journeys that checks need.

    Args:
        selected: check id to the dialects it is judged in (an empty string for none).
    """
    from conformance.journeys import JOURNEYS

    plays: dict[Play, None] = {}
    for identifier, dialects in selected.items():
        for name in CHECKS[identifier].journeys:
            for dialect in dialects if JOURNEYS[name].dialects else {""}:
                plays[name, dialect] = None
    if any(JOURNEYS[name].builds for name, _ in plays):
        plays[LEARNING, ""] = None
    return list(plays)


BODY_LIMIT = 4096
"""Characters of a body in a report; the recording has the whole."""

URL_LIMIT = 2048
"""Characters of a URL in a report."""


def explain(item: Check, dialect: str, judgement: Judgement, recording: Recording) -> dict[str, Any]:
    """A verdict as a row of ``results.json``: plain JSON, with the exchanges that were looked at.

    Exchanges of a check that passed carry no headers and bodies, unless the run was asked for all evidence.
    """
    first = item.requirements[0]
    header, plays = header_of(recording), recording.plays
    lean = judgement.verdict in {Verdict.PASS, Verdict.NA} and header.options.get("evidence") != "all"
    row = Row(
        id=next(i for i, d in item.variants() if d == dialect),
        check=item.id,
        dialect=dialect,
        target=header.url,
        title=item.title,
        profile=item.profile,
        topic=item.function.__module__.rpartition(".test_")[2],
        level=str(item.level),
        spec=first.spec,
        requirements=list(item.covers),
        statement=first.statement,
        consequence=first.consequence,
        order=list(CHECKS).index(item.id),
        verdict=str(judgement.verdict),
        expected=judgement.expected,
        got=judgement.got,
        path=judgement.path,
        kind=judgement.kind and str(judgement.kind),
        subject=judgement.subject,
        why=item.why or first.reason,
        fix=item.fix,
        blocked_at=judgement.blocked_at,
        blocked_by=None,
        suite_fault=judgement.suite_fault,
        exchanges=[
            _evidence(key, step, exchange, lean=lean)
            for key, step in judgement.evidence
            for exchange in plays[key].steps[step].exchanges
        ],
    )
    return row.to_json()


def _evidence(key: str, step: str, exchange: Exchange, *, lean: bool) -> Evidence:
    url = exchange.url if len(exchange.url) <= URL_LIMIT else f"{exchange.url[:URL_LIMIT]}…"
    shown = Evidence(
        journey=key,
        step=step,
        method=exchange.method,
        url=url,
        status=exchange.status,
        elapsed=exchange.elapsed,
        error=exchange.error,
        error_detail=exchange.error_detail,
        retries=exchange.retries,
        started=exchange.started,
        truncated=len(exchange.body) > BODY_LIMIT,
    )
    if lean:
        return shown
    return replace(
        shown,
        request_headers=exchange.request_headers,
        request_body=exchange.request_body,
        request_text=exchange.request_text,
        headers=exchange.headers,
        body=exchange.body[:BODY_LIMIT],
    )


def expected_ids(
    profiles: Iterable[str], dialects: Iterable[str], *, read_only: bool, verb: str = "run", options: Iterable[str] = ()
) -> dict[str, dict[str, str]]:
    """For each profile, the ids it consists of and their levels, as far as a verb of the command judges them."""
    chosen = [DIALECTS[name] for name in dialects]
    return {
        profile: {
            identifier: str(item.level)
            for item in load().values()
            if item.profile == profile
            and item.verb == verb
            and not (read_only and item.writes)
            and item.options <= set(options)
            for identifier, _ in item.variants(chosen)
        }
        for profile in PROFILES
        if profile in set(profiles)
    }


def _told(recording: Recording) -> dict[str, Any]:
    """What journeys tell the report beside their checks: cycles by dialect, and how a create has to look."""
    cycles = [played.told["cycle"] for _, played in sorted(recording.journeys.items()) if "cycle" in played.told]
    learned = recording.journeys[LEARNING].told.get(BASE, {}) if LEARNING in recording.journeys else {}
    base = {path: {**one, "added": sorted(one["added"])} for path, one in learned.items()}
    told: dict[str, Any] = {"cycle": {"dialects": cycles} if cycles else None, "base": base or None}
    return {name: value for name, value in told.items() if value is not None}


def merge(headers: Sequence[Mapping[str, Any]], lines: Iterable[dict[str, Any]]) -> Recording:
    """Put together what several pytest-xdist workers recorded; a journey that two of them played counts once."""
    recording = Recording(merged([RunHeader.from_json(header) for header in headers]).to_json())
    for line in lines:
        played = Played.from_json(line)
        recording.journeys.setdefault(played.key, played)
    return recording


def _judged(recording: Recording, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """What can still be judged, without a client: the checks whose journeys were played to their end."""
    found = ((identifier, *one) for identifier, one in variants().items() if identifier in wanted)
    return {
        identifier: explain(item, dialect, judge(item, dialect, recording), recording)
        for identifier, item, dialect in found
        if is_played(item, dialect, recording)
    }


def find_blockers(rows: Mapping[str, dict[str, Any]], recording: Recording) -> None:
    """Say in each row that is BLOCKED which check tells why; one that the run was not made for may tell it too."""
    _told_once(rows.values())
    blocked = [row for row in rows.values() if row["blocked_at"] and not row["blocked_by"]]
    if not blocked:
        return
    blame = Blame(partial(_bad_answer, recording), partial(_steps_before, recording))
    for row in rows.values():
        looked = [(shown["journey"], shown["step"]) for shown in row["exchanges"]]
        about = partial(_is_about, row["kind"], row["subject"])
        blame.add(row["id"], row["dialect"], row["verdict"], looked, row["order"], complains=about)
    for order, (identifier, (item, dialect)) in enumerate(variants().items()):
        if identifier not in rows and is_played(item, dialect, recording):
            judgement = judge(item, dialect, recording)
            looked = [(key, step) for key, step in judgement.evidence]
            about = partial(_is_about, judgement.kind, judgement.subject)
            blame.add(identifier, dialect, judgement.verdict, looked, order, complains=about)
    # Where ids are given twice, journeys stop at what is no fault of any step.
    everywhere = next((name for name in ANYWHERE if name in rows and rows[name]["verdict"] == Verdict.FAIL), None)
    for row in blocked:
        key, step = row["blocked_at"]
        row["blocked_by"] = blame.blocker((key, step), {row["dialect"], ""}) or everywhere


def _told_once(rows: Iterable[dict[str, Any]]) -> None:
    """Let one check tell that an answer was lost; the others that look at it are blocked by that one."""
    told: dict[tuple[str, str], str] = {}
    for row in sorted(rows, key=lambda row: row["order"]):
        lost = row["exchanges"][-1] if row["exchanges"] else {}
        if row["kind"] not in {Kind.NO_ANSWER, Kind.CLOSED}:
            continue
        if not lost.get("error") or lost["error"] in NEVER_SENT | ENDED:
            continue
        place = (lost["journey"], lost["step"])
        if place in told:
            row |= {"verdict": str(Verdict.BLOCKED), "kind": None, "subject": None}
            row |= {"blocked_at": list(place), "blocked_by": told[place]}
        told.setdefault(place, row["id"])


ANYWHERE = ("id-given-once", "create-makes-new")
"""Checks whose failure can stop a journey anywhere: then nothing more is written to an id, which may be somebody's."""

WITHOUT_ID = "without an id"


def _bad_answer(recording: Recording, place: tuple[str, str]) -> tuple[str, ...] | None:
    """What was bad about the last answer at a step: its kind of request, and its status, error, or lack of an id."""
    key, name = place
    step = recording.journeys[key].steps.get(name) if key in recording.journeys else None
    if step is None or not step.exchanges:
        return None
    exchange = step.exchanges[-1]
    request = request_of(exchange.method, exchange.url)
    if exchange.error or (exchange.status or 0) >= HTTPStatus.BAD_REQUEST:
        return (*request, exchange.error or str(exchange.status))
    return (*request, WITHOUT_ID) if exchange.method == "POST" and exchange.resource_id is None else None


def _is_about(kind: str | None, subject: str | None, answer: Hashable) -> bool:
    """Whether what went wrong is that an answer was bad in this way."""
    bad = str(answer[-1]) if isinstance(answer, tuple) else ""
    if bad == WITHOUT_ID:
        return subject == "id" or kind == Kind.SCHEMA
    return kind in {Kind.STATUS, Kind.NO_ANSWER, Kind.CLOSED} and subject == bad


def _steps_before(recording: Recording, place: tuple[str, str]) -> list[tuple[str, str]]:
    """The steps of a journey before one of it, the nearest first."""
    key, name = place
    names = list(recording.journeys[key].steps) if key in recording.journeys else []
    return [(key, one) for one in reversed(names[: names.index(name)] if name in names else names)]


def _crashes(recording: Recording) -> list[str]:
    """Crashes of journeys: the suite's own faults, also where every step was played and none of its checks can tell."""
    return [f"journey {key} crashed: {played.crash}" for key, played in recording.journeys.items() if played.crash]


def untold(settings: Settings) -> Recording:
    """The recording of workers of pytest-xdist that were stopped before they could hand over theirs."""
    cut = f"{INTERRUPTED} (what its workers left is found by `scim-conformance clean`)"
    return Recording(replace(begun(settings, ""), seconds=0, requests=0, cut=cut).to_json())


def conclude(
    settings: Settings | None,
    recording: Recording,
    rows: Mapping[str, dict[str, Any]],
    *,
    complete: bool,
    faults: Iterable[str],
    reports: Path | None,
    wanted: Iterable[str] = (),
) -> Results:
    """Put a run's results together and write the files that are made from them.

    Args:
        settings: of the run; None where a recording was judged again.
        recording: what was judged; it learns which checks were, so that ``judge`` takes the same.
        rows: the checks that are judged already, by id; the others are judged here, as far as they were played.
        complete: whether the run came to its end.
        faults: the suite's own faults outside any check, beside those of the recording.
        reports: where to write, or None.
        wanted: ids of all the checks that the run was made for; what a recording says of it counts where it is judged.

    Raises:
        OSError: a file cannot be written.
    """
    if settings is not None:
        _note_what_was_wanted(settings, recording, {*rows, *wanted}, complete=complete)
    chosen = selected(header_of(recording))
    known = {**rows, **_judged(recording, set(chosen) - set(rows))}
    find_blockers(known, recording)
    header = note(recording, **_told(recording), **_uncounted(recording))
    results = build(
        map(Row.from_json, known.values()),
        header,
        complete=complete,
        faults=[*faults, *header.faults, *_crashes(recording)],
        not_played=unplayed(chosen, known),
        spent=timing((key, step, exchange.to_json()) for key, step, exchange in recording.exchanges),
    )
    results = replace(results, gate=decide(results, header).as_told())
    if reports is not None:
        _write_results(reports, results)
        write(reports / "junit.xml", junit.render(results))
        if settings is not None:
            recording.save(reports / "recording.jsonl")
    return results


def _note_what_was_wanted(settings: Settings, recording: Recording, wanted: set[str], *, complete: bool) -> None:
    """The recording learns by what it is to be judged, and why it was cut short."""
    options = [name for name in ("burst", "cycle") if getattr(settings, name)]
    expected = expected_ids(settings.profiles, settings.dialects, read_only=settings.read_only, options=options)
    header = to_be_judged(recording, expected, baseline_of(settings.baseline), checks=wanted)
    if header.cut is None:
        note(recording, cut=INTERRUPTED if not complete else recording.cut)


def _uncounted(recording: Recording) -> dict[str, Any]:
    """What the steps tell of retries and lost answers, where the header does not; the client's own are in no step."""
    header = header_of(recording)
    return {name: count for name, count in endured(recording).items() if getattr(header, name) is None}


def _write_results(reports: Path, results: Results) -> None:
    write(reports / "results.json", json.dumps(results.to_json(), indent=1, ensure_ascii=True))


def take_fault(results: Results, told: str, reports: Path | None) -> Results:
    """Add a fault of the suite's own that was met after the results were put together, and write them again.

    Returns:
        the results with it.
    """
    gate = replace(results.gate, exit=int(Exit.SUITE_FAULT))
    results = replace(results, faults=[*results.faults, told], gate=gate)
    if reports is not None:
        _write_results(reports, results)
    return results
