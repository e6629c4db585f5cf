"""What the page says of load: numbers, and plots that need neither colours nor a script."""

from __future__ import annotations

import pytest

from conformance.reporting import load, page, rail
from conformance.reporting.plots import Line, plot
from tests import cycle_results as made
from tests import typed


def test_the_load_has_plots_with_words_and_tables():
    """Each picture has a title and a description, and the numbers stand in a table."""
    told = load.section(made.typed())

    assert told.count("<svg") == told.count("<title ") == told.count("<desc ") == 4
    assert all(
        f">{name}<" in told
        for name in ("Throughput over time", "Latency over time", "Throughput over rate", "Latency over rate")
    )
    assert told.count("<table>") == 4
    assert "Lost on the way: worker-2 after 688 requests." in told
    assert "stroke-dasharray" in page.asset("report.css")


def test_a_load_without_steps_has_no_plot_over_rate():
    """Nor has one that measured nothing at all a plot."""
    bare = made.load(steps=False) | {"series": [], "operations": [], "requests": 0, "errors": 0, "rate_wanted": None}

    assert "Latency over rate" not in load.details(made.load(steps=False), "load", "Load")
    assert "<svg" not in load.details(bare, "load", "Load")


@pytest.mark.parametrize(
    ("buckets", "seconds", "expected"),
    [
        ([(0, 50), (10, 100), (20, 25)], 25, [5, 10, 5]),
        ([(0, 50)], 10, [5]),
        ([(0, 50), (10, 40)], 10, [5, 4]),
        ([], 0, []),
    ],
)
def test_throughput_is_by_the_buckets_length(buckets, seconds, expected):
    """The last bucket may be shorter than the others."""
    series = [{"t": t, "requests": n, "errors": 0} for t, n in buckets]

    assert [rate for _, rate, _ in load.rates({"series": series, "seconds": seconds})] == expected


@pytest.mark.parametrize("points", [[], [(0, 0)], [(0, 1), (1, 3)], [(5.0, 0.001)]])
def test_a_plot_can_be_drawn_of_any_points(points):
    """None, one, zeros and very small values give no nonsense."""
    drawn = plot("k", "Title", "About", [Line("p50", points)], x="s", y="ms")

    assert drawn.count("<circle") == len(points)
    assert "nan" not in drawn
    assert "inf" not in drawn


def test_the_rail_of_a_load_alone_has_one_stop():
    """Stages of which nothing was judged are no news where none of them was."""
    rows = [typed.row(check, profile="gallery", verdict="PASS") for check in ("load-rate", "connect-1")]

    assert [stage.name for stage in rail.stages(typed.results(rows[0]))] == ["load"]
    assert len(rail.stages(typed.results(*rows))) == len(rail.STAGES) + 1
