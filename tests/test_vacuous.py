"""No check passes because there was nothing to look at: lists without rows, answers without a resource."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.judge.check import CHECKS, load
from conformance.judge.judging import judge
from conformance.recording import Recording, Step
from conformance.run.live import LiveRun
from tests.faults.lab import judge_with

load()

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
EMPTY = json.dumps({"schemas": [LIST], "totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": []})

BY_STATUS = frozenset({
    # A status is judged, and nothing else; what the answer shows is another check's matter.
    "crud-delete-status", "crud-replace-supported", "discovery-config-public", "discovery-filter-refused",
    "group-delete", "group-patch-implemented", "group-verbs", "patch-answer", "patch-member-immutable",
    "patch-supported", "sort-order-unknown", "transport-content-json", "transport-unknown-header",
    "user-create-accepted", "user-create-after-delete", "user-create-core-schema-only",
    "user-create-extension-without-object", "user-create-manager-as-string", "user-create-minimal",
    "user-create-role-display", "user-create-role-display-name", "user-create-unlisted-extension",
    "user-delete-accepted", "user-disable-accepted", "user-disabled-stays-readable", "user-patch-no-op",
    "user-patch-replace-accepted", "user-rename-accepted", "user-restore-accepted", "user-same-email-allowed",
    "version-fresh",
})  # fmt: skip
BY_HEADERS = frozenset({
    # Media types, tags and locations stand in headers, which these recordings keep.
    "connect-media-type", "connect-without-user-agent", "crud-uri-characters", "transport-accept-any",
    "transport-accept-json", "transport-accept-none", "transport-accept-parameters", "transport-accept-scim",
    "transport-charset", "transport-one-media-type", "version-form", "version-sent",
})  # fmt: skip
WHERE_NOBODY_IS_TO_BE = frozenset({
    # An empty list is right: nobody has that name, nobody is left, nobody is asked for; or its form is judged.
    "body-list", "body-lists", "connect-counts-are-numbers", "connect-groups-answered", "connect-percent-encoding",
    "connect-users-answered", "connect-users-empty", "crud-delete-not-listed", "filter-unknown-attribute",
    "filter-unknown-sub", "group-match-missing", "group-match-whole-name", "match-external-id-missing",
    "match-missing-is-empty", "match-whole-value", "match-work-email-missing", "paging-nobody", "paging-one",
    "search-answer", "transport-integers", "user-deleted-not-found", "user-rename-frees-name",
})  # fmt: skip
OTHERWISE = frozenset({
    # What strangers are shown is looked at, and is nothing of a user's; ServiceProviderConfig announces cursors.
    "auth-no-data", "cursor-announced",
    # Creates are looked at, which have no rows and stay as they are where lists are emptied.
    "crud-id-reserved", "crud-ids-differ",
})  # fmt: skip
BY_WHAT_THE_CLIENT_MET = frozenset({
    "create-is-done-once", "create-makes-new", "created-is-readable", "id-given-once", "id-of-nobody", "list-survives",
    "refused-is-not-stored",
})  # fmt: skip
"""Judged by facts that the reckoning noted while it was played; the answers beside them only show what was met."""

RIGHT = BY_STATUS | BY_HEADERS | WHERE_NOBODY_IS_TO_BE | OTHERWISE | BY_WHAT_THE_CLIENT_MET


def emptied(exchange):
    """The answer with no row in its list of resources, of results, or of members."""
    try:
        body = json.loads(exchange.body) if exchange.ok else None
    except ValueError:
        return exchange
    if not isinstance(body, dict):
        return exchange
    if "Resources" in body or "totalResults" in body:
        body = body | {"Resources": [], "totalResults": 0}
    else:
        body |= {name: [] for name in ("Operations", "members") if name in body}
    return replace(exchange, body=json.dumps(body))


def always(status, body):
    """Every answer is this one."""
    return lambda exchange: replace(exchange, status=status, body=body)


ANSWERS = {
    "every answer is 200 {}": always(200, "{}"),
    "every answer is an empty list": always(200, EMPTY),
    "every answer is 204": always(204, ""),
}


@pytest.fixture(scope="module")
def good():
    """A recording of everything that a run plays against the good server."""
    kept = []
    original = LiveRun.close
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LiveRun, "close", lambda self, **more: (original(self, **more), kept.append(self.recording)))
        judge_with(concurrency=4)
    return kept[0]


def rows_were_lost(recording, judgement):
    """Whether a check looked at an answer whose rows were taken away."""
    steps = (recording.journeys[key].steps[name] for key, name in judgement.evidence)
    return any(emptied(exchange).body != exchange.body for step in steps for exchange in step.exchanges if exchange.ok)


def judged(recording, change=lambda exchange: exchange):
    """All judgements of what a run judges, by id, of a recording whose answers are changed."""
    made = Recording(recording.header)
    for key, played in recording.journeys.items():
        steps = {n: Step(n, [change(e) for e in step.exchanges], step.facts) for n, step in played.steps.items()}
        made.journeys[key] = replace(played, steps=steps)
    items = [item for item in CHECKS.values() if item.verb == "run" and not item.options]
    keys = [(item, identifier, dialect) for item in items for identifier, dialect in item.variants()]
    return {identifier: judge(item, dialect, made) for item, identifier, dialect in keys}


def checks_of(identifiers):
    """Ids without their dialects."""
    return {identifier.partition("[")[0] for identifier in identifiers}


@pytest.mark.parametrize("story", ANSWERS)
def test_an_endpoint_that_shows_nothing_passes_nothing_that_looks_at_rows(good, story):
    """What passes all the same looks at the status or at headers, or is about nobody being there."""
    passed = {name for name, judgement in judged(good, ANSWERS[story]).items() if judgement.verdict == "PASS"}

    assert checks_of(passed) - RIGHT == set()


@pytest.mark.parametrize("status", [200, 201])
def test_a_catch_all_does_no_bulk_and_describes_nothing(good, status):
    """Who answers anything with a new id has carried out no job, and has no schema to be judged."""
    rows = judged(good, always(status, '{"id": "1"}'))
    passed = {name for name, judgement in rows.items() if judgement.verdict == "PASS"}

    assert {name for name in checks_of(passed) if name.startswith(("bulk-", "discovery-"))} <= RIGHT


def test_lists_without_rows_pass_nothing_that_looks_at_rows(good):
    """All else stays as the good server answered it."""
    before, after = judged(good), judged(good, emptied)
    lost = {name for name, one in before.items() if one.verdict == "PASS" and rows_were_lost(good, one)}
    passed = {name for name in lost if after[name].verdict == "PASS"}

    assert len(lost) > 100
    assert checks_of(passed) - RIGHT == set()


def test_every_exception_is_needed(good):
    """One that nothing shows any more is taken out of the list."""
    variants = [judged(good, change) for change in (*ANSWERS.values(), emptied)]
    passed = {name for rows in variants for name, judgement in rows.items() if judgement.verdict == "PASS"}

    assert RIGHT - checks_of(passed) == set()
