"""What a load sends: proportions, dialects, batches; and the account of what has to be there afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from conformance.idp.dialects import COMPLIANT, LEGACY
from conformance.idp.entra.people import People
from conformance.load.figures import Figures, Tally, bucket_of
from conformance.load.mixes import BATCHES, MIXES, InitialCycle
from conformance.load.operations import Operations
from conformance.load.outcome import summary
from conformance.load.plan import Plan, Stage
from conformance.load.population import Directory, Team, compare
from conformance.scim.assumptions import Assumptions


@dataclass
class Reply:
    """An endpoint's answer, as far as an operation looks at it."""

    ok: bool = True
    resource: dict = field(default_factory=dict)
    adopted: str | None = None


def operations():
    """Operations on an empty directory."""
    return Operations(Directory(), People(1, "scimconf-abcdef"), (LEGACY, COMPLIANT), Assumptions())


def answered(operation, number):
    """What a good endpoint makes of it."""
    operation.settle(Reply(adopted=f"id-{number}" if operation.creates else None))
    return operation


def played(name, count, quota=None, prepared=None):
    """So many operations of a mix, each answered at once."""
    mix = MIXES[name](prepared or operations(), quota)
    sent = []
    while len(sent) < count:
        # All of a volley are under way together.
        volley = mix.volley()
        sent += [answered(operation, len(sent) + n) for n, operation in enumerate(volley)]
    return mix, sent


def test_an_initial_cycle_keeps_its_proportions():
    """Everybody is matched and created, and more than 500 of 1,500 requests put members into groups."""
    _, sent = played("initial", 1500)
    names = Counter(operation.name for operation in sent)

    assert names["match user"] == pytest.approx(names["create user"], abs=25)
    assert names["match group"] == pytest.approx(names["create group"], abs=3)
    assert sum(count for name, count in names.items() if name.startswith("add")) > 500


def test_members_come_in_batches_of_1_2_5_and_100():
    """A group gets its members by requests of these sizes that are under way together."""
    mix, _ = played("initial", 1000)
    while len(volley := mix.volley()) == 1:
        answered(volley[0], mix.directory.begun + 5000)
    sizes = [len(operation.request.body["Operations"][0]["value"]) for operation in volley]

    assert tuple(sizes) == BATCHES
    assert len({operation.request.path for operation in volley}) == 1


@pytest.mark.parametrize("mix", sorted(MIXES))
def test_both_dialects_are_spoken(mix):
    """Half of the groups, and half of the changes, are written in each dialect."""
    prepared = operations()
    played("initial", 1000, prepared=prepared)
    _, sent = played(mix, 400, prepared=prepared)
    changes = [
        operation.request.body["Operations"][0]["op"] for operation in sent if operation.request.method == "PATCH"
    ]

    assert {op[0].isupper() for op in changes} == {True, False}


def test_an_incremental_cycle_keeps_its_proportions():
    """It reads, changes, disables, restores, and lets people in and out of groups."""
    prepared = operations()
    played("initial", 2000, prepared=prepared)
    _, sent = played("incremental", 1000, prepared=prepared)
    names = Counter(operation.name for operation in sent)

    assert names["read user"] > names["update user"] > names["disable user"] > 0
    assert names["restore user"] == pytest.approx(names["disable user"], abs=5)
    assert min(names[f"{verb} {size}"] for verb in ("add", "remove") for size in ("1 member", "2 members")) > 50


def test_a_directory_has_no_more_people_than_it_is_given():
    """When all are there, the cycle begins again with look-ups, as after a restart."""
    mix, sent = played("initial", 500, quota=30)

    assert len(mix.directory.users) == 30
    assert {operation.name for operation in sent[-50:]} == {"match user"}


def test_who_could_not_be_created_is_tried_again():
    """A create that was answered badly is followed by another look-up of the same person."""
    made = operations()
    person = made.new_person()
    made.create_user(person).settle(Reply(ok=False))
    mix = InitialCycle(made, 1)
    [again] = mix.volley()

    assert (again.name, person.user_name.split("@")[0] in again.request.query) == ("match user", True)


@pytest.mark.parametrize(
    ("members", "doubtful", "shown", "differences"),
    [
        ("abc", "", "abc", ("", "", "")),
        ("abc", "", "ab", ("c", "", "")),
        ("abc", "", "abcd", ("", "d", "")),
        ("abc", "", "abca", ("", "", "a")),
        ("abc", "c", "ab", ("", "", "")),
        ("ab", "c", "abc", ("", "", "")),
    ],
)
def test_a_group_is_compared(members, doubtful, shown, differences):
    """Whose change was not answered well may be there or not; all others are held to what was answered."""
    found = compare(Team("1", "team", LEGACY, set(members), set(doubtful)), list(shown))

    assert (found.missing, found.extra, found.twice) == tuple(map(tuple, differences))


def test_figures_add_up_over_workers():
    """Two workers' figures, sent as JSON, are one's that did it all."""
    parts, whole = [Figures(), Figures()], Figures()
    for number in range(1000):
        row = (("match user", 0, number // 100), 0.001 * (number + 1), "200")
        for figures in (parts[number % 2], whole):
            figures.add(*row, ok=number % 10 > 0, timely=True)
    merged = Figures()
    for part in parts:
        merged.merge(Figures.from_json(part.to_json()))

    assert merged == whole
    assert merged.total.percentile(0.5) == pytest.approx(0.5, rel=0.03)
    assert [point["requests"] for point in merged.series(1)] == [100] * 10


@pytest.mark.parametrize(("seconds", "grain"), [(60.0, 1), (172_800.0, 288)])
def test_a_run_of_days_takes_no_more_memory_than_one_of_minutes(seconds, grain):
    """Its seconds are counted together, so that figures and plot stay small."""
    plan = Plan("http://127.0.0.1:9", "initial", (Stage(25.0, seconds),), ("legacy",), None, 1, 1, None)
    figures = Figures()
    for second in range(0, int(seconds), 7):
        cell = ("match user", 0, second // plan.grain * plan.grain)
        figures.add(cell, 0.01, "200", ok=True, timely=True)

    assert plan.grain == grain
    assert 50 < len(figures.series(plan.grain)) <= 600
    assert sum(point["requests"] for point in figures.series(plan.grain)) == figures.total.requests


def test_a_ramp_s_wanted_rate_is_its_mean():
    """What was reached over all steps is compared with what was wanted over all; flat out nothing was wanted."""
    steps = (Stage(10.0, 30.0), Stage(50.0, 10.0)), (Stage(None, 5.0),)
    plans = [Plan("http://127.0.0.1:9", "initial", stages, ("legacy",), None, 1, 1, None) for stages in steps]
    nothing = {"figures": Figures().to_json(), "hands": []}

    assert [summary(nothing, plan)["rate_wanted"] for plan in plans] == [20.0, None]


@pytest.mark.parametrize("seconds", [0.0001, 0.0123, 0.5, 31.0])
def test_a_percentile_is_right_to_three_per_cent(seconds):
    """However fast or slow."""
    tally = Tally()
    tally.add("200", bucket_of(seconds), ok=True, timely=True)

    assert tally.percentile(0.99) == pytest.approx(seconds, rel=0.03)
