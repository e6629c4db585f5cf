"""What went wrong has a kind and a subject: set where it is found, kept in the results, and what causes are made of."""

from __future__ import annotations

import json

import pytest

from conformance.judge import expect
from conformance.judge.check import Check, load
from conformance.judge.judging import judge
from conformance.recording import Played, Recording, Step
from conformance.reporting.causes import causes
from conformance.reporting.share import share
from conformance.scim.exchange import Exchange
from conformance.verdict import Failure, Kind
from tests import typed
from tests.faults.layer import FAULTS
from tests.faults.layer import load as load_faults
from tests.runs import run_files

load()
load_faults()

LIST = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 1,
    "Resources": [{"id": "b"}],
}
USER = {"id": "1", "userName": "x", "active": "True", "emails": [], "members": [{"value": "a"}, {"value": "c"}]}


def answer(body=USER, status=200, **facts):
    """A step whose answer has this body."""
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"content-type": "text/html"}
    return Step(
        "read", [Exchange("GET", "https://a.example/Users/1", status=status, body=text, headers=headers)], facts
    )


@pytest.mark.parametrize(
    ("looks", "kind", "subject"),
    [
        (lambda: expect.status(answer(status=409), 200), "status", "409"),
        (lambda: expect.accepted(answer(status=500)), "status", "500"),
        (lambda: expect.scim_type(answer(), "noTarget", required=True), "missing-value", "scimType"),
        (lambda: expect.scim_type(answer({"scimType": "x"}), "noTarget"), "wrong-value", "scimType"),
        (lambda: expect.body(answer("<html>")), "body", "body"),
        (lambda: expect.body(answer("[" * 100_000)), "body", "body"),
        (lambda: expect.resource(answer([])), "body", "body"),
        (lambda: expect.attribute(answer(), "userName", "y"), "wrong-value", "userName"),
        (lambda: expect.attribute(answer(), "active", expected=True), "wrong-type", "active"),
        (lambda: expect.attribute(answer(), "title", "y"), "missing-value", "title"),
        (lambda: expect.absent(answer(), "userName"), "unwanted-value", "userName"),
        (lambda: expect.present(answer(), "emails"), "missing-value", "emails"),
        (lambda: expect.total(answer(LIST), 2), "count", "totalResults"),
        (lambda: expect.list_response(answer()), "schema", "schemas"),
        (lambda: expect.finds(answer(LIST), ["a"]), "wrong-results", "Resources"),
        (lambda: expect.nothing(["this"], "that", kind=Kind.HEADER, subject="ETag"), "header", "ETag"),
        (lambda: expect.nothing(["this"], "that", kind=Kind.COUNT, path="meta"), "count", "meta"),
        (lambda: expect.nothing(["this"], "that", kind=Kind.TIME), "time", None),
        (lambda: expect.stored(answer(), {"userName": "y"}, "userName"), "wrong-value", "userName"),
        (lambda: expect.stored(answer(), {"title": "y"}, "title"), "missing-value", "title"),
        (lambda: expect.applied(answer(changes={"active": True}), answer()), "wrong-type", "active"),
        (lambda: expect.members(answer(members=["a"])), "wrong-members", "members too many"),
        (lambda: expect.members(answer(members=["a", "b", "c"])), "wrong-members", "lost members"),
        (lambda: expect.members(answer(members=["a", "b"])), "wrong-members", "members"),
        (lambda: expect.left(answer(), answer(), ["a"]), "wrong-members", "members too many"),
    ],
)
def test_each_expectation_says_what_kind_of_failure_it_is_and_of_what(looks, kind, subject):
    """Nearly every check has its kinds from there."""
    with pytest.raises(Failure) as raised:
        looks()

    assert (raised.value.kind, raised.value.subject) == (kind, subject)


def judged(exchange):
    """What a check comes to that looks at one answer."""
    recording = Recording()
    recording.add(Played("connect", steps={"users": Step("users", [exchange])}))
    return judge(
        Check("made-up", lambda connect: expect.status(connect["users"], 200), ("RFC7644-3.3-04",), "rfc"),
        "",
        recording,
    )


@pytest.mark.parametrize(
    ("exchange", "kind", "subject"),
    [
        ({"status": 200}, None, None),
        ({"status": 503}, "status", "503"),
        ({"error": "unreadable", "error_detail": "it swells"}, "unreadable", "unreadable"),
        ({"error": "timeout", "error_detail": "timed out"}, "no-answer", "timeout"),
    ],
)
def test_a_judgement_keeps_the_kind(exchange, kind, subject):
    """Where nothing went wrong there is none."""
    found = judged(Exchange("GET", "https://a.example/Users", **exchange))

    assert (found.kind, found.subject) == (kind, subject)


def test_a_row_of_the_results_has_kind_and_subject(tmp_path):
    """Both are plain text, and null where nothing failed."""
    run_files(tmp_path, FAULTS["disable-refused"].behaviour, only=["user-disable-accepted", "connect-users-answered"])
    rows = {row["check"]: row for row in json.loads((tmp_path / "results.json").read_text())["checks"]}
    failed, passed = rows["user-disable-accepted"], rows["connect-users-answered"]

    assert (failed["kind"], failed["got"][:8]) == ("status", f"HTTP {failed['subject']}")
    assert (passed["kind"], passed["subject"]) == (None, None)


def row(check, **more):
    """A row of a check that failed, with the read that it judged."""
    return typed.row(check, **({"exchanges": [{}], "expected": check, "got": check} | more))


def leads(*rows):
    """The checks that lead the causes."""
    return [cause.lead.check for cause in causes(rows)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"kind": "wrong-value", "subject": "title"}, {"kind": "wrong-value", "subject": "title"}, True),
        ({"kind": "wrong-value", "subject": "title"}, {"kind": "missing-value", "subject": "title"}, False),
        ({"kind": "wrong-value", "subject": "title"}, {"kind": "wrong-value", "subject": "active"}, False),
        ({"kind": "time", "subject": None}, {"kind": "time", "subject": None}, False),
        ({"kind": "status", "subject": "500"}, {"kind": "status", "subject": "500"}, True),
        ({"kind": "status", "subject": "201"}, {"kind": "status", "subject": "201"}, False),
        ({"kind": "status", "subject": "201", "expected": "HTTP 400"},
         {"kind": "status", "subject": "201", "expected": "HTTP 400"}, True),
    ],
)  # fmt: skip
def test_causes_are_grouped_by_kind_and_subject(one, other, same):
    """Texts do not count; an error status is one defect, a success is one by what should have come in its place."""
    assert leads(row("first", **one), row("second", **other)) == (["first"] if same else ["first", "second"])


def test_rows_of_version_0_1_0_are_grouped_by_their_texts():
    """They have neither kind nor subject."""
    texts = (("first", '"y"'), ("second", '"z"'), ("third", "12 of them"))
    old = [row(check, expected='title = "x"', got=got) for check, got in texts]

    assert {one.kind for one in old} == {None}
    assert leads(*old) == ["first", "third"]


def test_a_shared_row_keeps_our_words_and_hides_the_endpoints():
    """A kind is ours; a subject may hold a value of somebody's."""
    read = {"url": "https://a.example/Users", "body": '{"userName": "jensen"}'}
    results = typed.results(row("first", kind="value", subject="jensen", exchanges=[read]))
    shared = share(results).checks[0]

    assert (shared.kind, shared.subject) == ("value", "value-1")
