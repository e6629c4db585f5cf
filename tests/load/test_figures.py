"""Figures of a load run: what is counted where, how exact a percentile is, and that nothing gets lost on the way."""

from __future__ import annotations

import json

import pytest

from conformance.load.figures import Figures, Tally, bucket_of


def tally_of(*seconds):
    """A tally of good answers that took so long."""
    made = Tally()
    for one in seconds:
        made.add("200", bucket_of(one), ok=True, timely=True)
    return made


def figures_of(second=3):
    """One of each kind: good, late, refused, and refused late."""
    made = Figures()
    made.add(("create", 0, second), 0.01, "201", ok=True, timely=True)
    made.add(("create", 0, second), 0.02, "201", ok=True, timely=False)
    made.add(("create", 1, second + 1), 0.03, "429", ok=False, timely=True)
    made.add(("match", 1, second), 0.04, "timeout", ok=False, timely=False)
    made.due[0] += 2
    made.due[1] += 3
    made.unsent[1] += 1
    made.lag[bucket_of(0.5)] += 1
    return made


def counts(tally):
    """What a tally counts."""
    return tally.requests, tally.errors, tally.timely, dict(tally.statuses)


def test_an_empty_tally_has_counted_nothing():
    """No answer took no time."""
    assert counts(Tally()) == (0, 0, 0, {})
    assert Tally().percentiles() == {"p50": 0.0, "p95": 0.0, "p99": 0.0}


def test_each_request_is_counted_once_and_where_it_belongs():
    """An error is never in time, and a late answer is no error."""
    figures = figures_of()

    assert counts(figures.total) == (4, 2, 1, {"201": 2, "429": 1, "timeout": 1})
    assert {name: counts(one) for name, one in figures.operations.items()} == {
        "create": (3, 1, 1, {"201": 2, "429": 1}),
        "match": (1, 1, 0, {"timeout": 1}),
    }
    assert {stage: one.requests for stage, one in figures.stages.items()} == {0: 2, 1: 2}
    assert {second: one.requests for second, one in figures.seconds.items()} == {3: 3, 4: 1}
    assert figures.total.latencies.total() == 4


def test_figures_of_nothing_are_nothing():
    """A worker that never came to send."""
    assert counts(Figures().total) == (0, 0, 0, {})
    assert Figures().series(1) == []
    assert Figures().late(0.99) == 0.0


def test_the_figures_of_workers_add_up():
    """And those of the one that is added to do not change by what is added later."""
    first, second = figures_of(), figures_of()
    first.merge(second)
    second.merge(first)

    assert counts(first.total) == (8, 4, 2, {"201": 4, "429": 2, "timeout": 2})
    assert first.total.latencies.total() == 8
    assert (first.due, first.unsent) == ({0: 4, 1: 6}, {1: 2})
    assert first.lag == {bucket_of(0.5): 2}
    assert counts(second.total) == (12, 6, 3, {"201": 6, "429": 3, "timeout": 3})


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.0, 0.01), (0.5, 0.01), (0.51, 0.1), (0.75, 0.1), (0.76, 1.0), (1.0, 1.0)]
)
def test_a_percentile_is_the_time_within_which_so_many_were_answered(share, seconds):
    """The share itself counts as reached."""
    assert tally_of(1.0, 0.01, 0.1, 0.01).percentile(share) == seconds


def test_the_usual_percentiles_are_told_by_their_names():
    """The half, 95 and 99 of a hundred."""
    tally = tally_of(*[0.01] * 50, *[0.1] * 45, *[1.0] * 4, 10.0)

    assert tally.percentiles() == {"p50": 0.01, "p95": 0.1, "p99": 1.0}


@pytest.mark.parametrize("seconds", [0.0012, 0.037, 0.25, 1.7, 29.0])
def test_a_percentile_is_right_to_two_and_a_half_per_cent(seconds):
    """At any latency, be it told in three digits."""
    told = tally_of(seconds).percentile(0.5)

    assert told == pytest.approx(seconds, rel=0.025)
    assert told == float(f"{told:.3g}")


def test_latencies_are_kept_in_fifty_buckets_a_power_of_ten():
    """From a hundred thousandth of a second on: nothing takes no time."""
    assert [bucket_of(one) for one in (1.0, 10.0, 0.1, 1e-5, 1e-6, 0.0)] == [0, 50, -50, -250, -250, -250]


def test_how_late_the_load_client_was_is_told_by_share():
    """It is no fault of the endpoint's."""
    figures = Figures()
    figures.lag.update({bucket_of(0.01): 9, bucket_of(1.0): 1})

    assert (figures.late(0.9), figures.late(0.99)) == (0.01, 1.0)


def test_figures_come_back_from_json_as_they_went():
    """A worker writes them, and its crew reads them."""
    figures = figures_of()
    read = Figures.from_json(json.loads(json.dumps(figures.to_json())))

    assert read == figures
    assert json.loads(json.dumps(Tally(4, 3, 2).to_json()))[:3] == [4, 3, 2]


def test_a_plot_has_a_point_for_each_grain():
    """From the start on, also where nothing was answered, to the last second in which something was."""
    points = figures_of(second=2).series(1)

    assert [(point["t"], point["requests"], point["errors"]) for point in points] == [
        (0, 0, 0), (1, 0, 0), (2, 3, 1), (3, 1, 1)
    ]  # fmt: skip
    assert points[3]["p50"] == pytest.approx(0.03, rel=0.025)
    assert [point["t"] for point in figures_of(second=10).series(5)] == [0, 5, 10]
