"""The same seed sends the same requests in the same order, up to the run's prefix and what the endpoint makes up."""

from __future__ import annotations

import json
import re
from functools import cache
from urllib.parse import unquote

import pytest

from conformance.judge.check import CHECKS, load
from tests.faults.lab import judge_with
from tests.torture.tenant import hurried, tenant

PREFIX = "scimconf-aaaaaa"
ID = re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", re.IGNORECASE)
VERSION = re.compile(r'W/\\*"[^"\\]*\\*"')
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
CURSOR = re.compile(r'("cursor": )"[^"]{40,}"')
NAME = re.compile(r"scimconf-[a-z0-9]{6}", re.IGNORECASE)
FAMILY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-(?![0-9a-f])")
"""How all the externalIds of a run begin."""
EMPLOYEE = re.compile(r'"[a-z0-9]{6}(?=-\d{5,6}")')
"""How an employee number begins: with the letters of the run."""
AT_ONCE = "group_parallel"
"""Its requests are under way together, as Entra's are, so that their order is nobody's."""


def normal(text, numbers):
    """A request without what differs by design; an id is told by when it was first met, if numbers are counted."""

    def numbered(found):
        return "ID" if numbers is None else f"ID{numbers.setdefault(found[0].lower(), len(numbers))}"

    text = CURSOR.sub(r'\1"CURSOR"', TIME.sub("TIME", VERSION.sub("VERSION", ID.sub(numbered, text))))
    text = FAMILY.sub("FAMILY-", text)
    return EMPLOYEE.sub('"aaaaaa', NAME.sub(PREFIX, text))


@cache
def sent(_time, *, seed=1, concurrency=1):
    """What a run of all profiles sends, a line each; of the same seed any number of times.

    Without the cycles, of which there are tests of their own.
    """
    load()
    apart = {AT_ONCE, "cycle"}
    chosen = [i for i, check in CHECKS.items() if check.verb == "run" and not apart & {*check.journeys}]
    lines = []

    def noted(call, serve):
        body = call.raw.decode("latin-1") if call.body is None else json.dumps(call.body)
        lines.append(f"{call.method} {call.path} {json.dumps(call.query)} {sorted(call.headers)} {body}")
        return serve(call)

    with pytest.MonkeyPatch.context() as patch:
        # A prefix is cut short in some requests, where no pattern would know it again.
        patch.setattr("conformance.run.live.run_prefix", lambda: PREFIX)
        judge_with(noted, chosen, concurrency=concurrency, seed=seed)
    return lines


def ordered(lines):
    """Lines in their order, each id told by when it was first met."""
    numbers = {}
    return [normal(line, numbers) for line in lines]


def differences(one, other):
    """The first lines that differ; pytest's own comparison of lists this long takes minutes."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return pairs[:3] or [len(one), len(other)][: 2 * (len(one) != len(other))]


def test_the_same_seed_sends_the_same_requests_in_the_same_order():
    """One journey at a time, every profile."""
    one, again = ordered(sent("once")), ordered(sent("again"))

    assert len(one) > 900
    assert differences(one, again) == []


def test_several_journeys_at_once_send_the_same_requests():
    """In an order of their own; nothing more is sent, nothing less, nothing else.

    How many pages all users are on depends on how many there are at the moment.
    """
    one, eight = (
        sorted(normal(line, None) for line in sent("once", concurrency=n) if "startIndex" not in line) for n in (1, 8)
    )

    assert differences(one, eight) == []


def test_another_seed_sends_other_people():
    """Else nothing would depend on the seed, and the tests above on nothing."""
    one, other = (ordered(sent("once", seed=seed)) for seed in (1, 2))

    assert differences(one, other) != []


@pytest.mark.parametrize("dialect", ["legacy", pytest.param("compliant", marks=pytest.mark.torture)])
def test_the_same_seed_is_the_same_year(tmp_path, dialect):
    """`cycle`, as a command: its first run and one on a new tenant."""
    found = []
    for number in (1, 2):
        with tenant() as made:
            cycle = ("cycle", "--dialect", dialect, "--seed", "5", "--users", "14", "--concurrency", "1")
            done = hurried(cycle, made, tmp_path / str(number))
            assert done.code == 0, done.out + done.err
        lines = zip(made.requests, made.queries, made.bodies, strict=True)
        found.append(ordered(f"{m} {p}?{unquote(q)} {b.decode()}" for (m, p), q, b in lines))

    assert len(found[0]) > 200
    assert differences(*found) == []
