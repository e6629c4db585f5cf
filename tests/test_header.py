"""The header of a run is put together in one place, and read by names that are known."""

from __future__ import annotations

from dataclasses import fields

import pytest

from conformance.recording import Recording
from conformance.reporting.run_header import RunHeader
from conformance.run.cutoff import selected
from conformance.run.header import header_of, merged, note, to_be_judged

FACTS = {one.name: [one.name] for one in fields(RunHeader)}


def test_a_header_is_read_back_as_it_was_written():
    """Every fact, also one that is empty."""
    full = RunHeader(**FACTS)
    empty = RunHeader(cut="", retries=0, unanswered={})

    assert RunHeader.from_json(full.to_json()) == full
    assert RunHeader.from_json(empty.to_json()) == empty


def test_what_is_not_known_is_not_written():
    """Version 0.1.0 did so, and its files are told from others by it."""
    assert {"cut", "ended", "retries", "diagnosis"} & set(RunHeader().to_json()) == set()


def test_what_a_newer_version_wrote_is_passed_over():
    """It does not keep this one from reading the rest."""
    assert RunHeader.from_json({"url": "https://a.example", "new": 1}) == RunHeader(url="https://a.example")


def test_facts_are_noted_in_a_recording():
    """What is there stays."""
    recording = Recording({"url": "https://a.example"})
    note(recording, requests=3)

    assert header_of(recording) == RunHeader(url="https://a.example", requests=3)


def test_a_fact_that_no_header_has_is_a_fault_of_ours():
    """A name that is misspelt is found when it is written, not when a report lacks it."""
    with pytest.raises(TypeError):
        note(Recording(), request=3)


def test_a_recording_is_judged_by_all_that_is_expected_unless_told_otherwise():
    """A load and cycles judge all their checks; a run those that were selected."""
    expected = {"entra": {"b": "MUST", "a": "MAY"}, "rfc": {"c": "MUST"}}
    recording = Recording()

    assert to_be_judged(recording, expected).checks == ["a", "b", "c"]
    assert to_be_judged(recording, expected, checks=["c", "a"]).checks == ["a", "c"]
    assert list(selected(header_of(recording))) == ["a", "c"]


def test_parts_of_a_run_add_up():
    """Each worker of pytest-xdist has a client of its own; they run at the same time."""
    one = RunHeader(requests=2, retries=1, unanswered={"timeout": 1}, seconds=3, left_behind=[{"id": "1"}])
    other = RunHeader(requests=5, unanswered={"timeout": 2, "reset": 1}, seconds=2, ended="gone", faults=["x"])
    whole = merged([one, other])

    assert (whole.requests, whole.retries, whole.seconds, whole.ended) == (7, 1, 3, "gone")
    assert (whole.unanswered, whole.left_behind, whole.faults) == ({"reset": 1, "timeout": 3}, [{"id": "1"}], ["x"])
