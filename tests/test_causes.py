"""One defect is one cause: the first that is told, in the same words everywhere, with all that follows under it."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import unescape
from xml.etree import ElementTree as ET

import httpx
import pytest

from conformance.catalogue import SEVERITIES
from conformance.catalogue.defects import defects
from conformance.judge.check import CHECKS
from conformance.judge.check import load as load_checks
from conformance.reporting import github, terminal
from conformance.reporting.causes import causes
from conformance.reporting.compare import side_by_side
from conformance.reporting.model import Results, Row
from conformance.reporting.words import told
from tests import typed
from tests.faults.layer import FAULTS, load
from tests.faults.rewrite import error
from tests.runs import run_files
from tests.torture.flaky import Flaky, judged, refused

load()
load_checks()
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def no_patch(call, serve):
    """PATCH is not there."""
    return error(501) if call.method == "PATCH" else serve(call)


def nick_name_required(call, serve):
    """A user needs a nickName."""
    if call.method == "POST" and call.path == "/Users" and not (call.body or {}).get("nickName"):
        return error(400, "invalidValue", detail="nickName is required")
    return serve(call)


def no_extension(call, serve):
    """The enterprise extension is passed over and shown nowhere."""
    if isinstance(call.body, dict):
        call.body.pop(ENTERPRISE, None)
        for one in call.operations:
            if isinstance(one.get("value"), dict):
                one["value"] = {name: v for name, v in one["value"].items() if not name.startswith(ENTERPRISE)}
        left = [one for one in call.operations if ENTERPRISE not in str(one) and one.get("value") != {}]
        if call.method == "PATCH" and not left:
            return serve(call.to("GET", call.path))
        if call.method == "PATCH":
            call.body["Operations"] = left
    answer = serve(call)
    for resource in answer.resources:
        resource.pop(ENTERPRISE, None)
    return answer


def html_media_type(call, serve):
    """Every answer is called a web page."""
    answer = serve(call)
    answer.headers |= {name: "text/html" for name in answer.headers if name.lower() == "content-type"}
    return answer


def numeric_ids(call, serve):
    """Ids are JSON numbers."""
    numbers, real = call.memory.setdefault("numbers", {}), call.memory.setdefault("real", {})
    text = json.dumps([call.path, call.query, call.body])
    for number, identifier in real.items():
        text = text.replace(f'/{number}"', f'/{identifier}"').replace(f'"{number}"', f'"{identifier}"')
    call.path, call.query, call.body = json.loads(text)
    answer = serve(call)
    for resource in answer.resources:
        if len(str(resource.get("id"))) == 32:
            number = numbers.setdefault(resource["id"], 1_000_000 + len(numbers))
            real[str(number)] = resource["id"]
            resource["id"] = number
    return answer


SERVERS = {
    "op letter case": (FAULTS["op-case-sensitive"].behaviour, "`op` with a capital letter"),
    "False as true": (FAULTS["false-is-truthy"].behaviour, '"False" as text'),
    "filter ignored": (FAULTS["filter-ignored"].behaviour, "A filter is ignored"),
    "group wiped": (FAULTS["removal-wipes-group"].behaviour, "Removing one member takes out other members too."),
    "PATCH refused": (no_patch, "PATCH is refused"),
    "required attribute": (nick_name_required, "A user is not created without an attribute"),
    "no extension": (no_extension, "The enterprise extension is not kept."),
    "404 on no match": (FAULTS["empty-match-404"].behaviour, "A look-up that finds nobody is answered 404."),
    "wrong media type": (html_media_type, "Answers carry the media type application/scim+json."),
    "numeric ids": (numeric_ids, "Ids are JSON numbers in place of texts."),
}
"""Servers with one defect each, and how the title of its cause begins."""


def together(*behaviours):
    """A server with several defects."""

    def behave(call, serve):
        for one in behaviours:
            serve = inside(one, serve)
        return serve(call)

    def inside(one, serve):
        return lambda call: one(call, serve)

    return behave


def words(text):
    """Text in one line, as a reader has it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("\\", "").split())


@pytest.mark.parametrize("name", SERVERS)
def test_one_defect_is_one_cause_in_the_same_words_everywhere(name, tmp_path, capsys):
    """At most three causes, the first of them the defect; on terminal, page, JUnit and job summary, with its fix."""
    behaviour, title = SERVERS[name]
    run_files(tmp_path, behaviour)
    capsys.readouterr()
    results = Results.from_json(json.loads((tmp_path / "results.json").read_text()))
    found = causes(results.checks)
    first = found[0]
    terminal.summary(results, tmp_path / "report.html")
    printed = capsys.readouterr().out
    failure = ET.parse(tmp_path / "junit.xml").getroot().find(".//failure")
    waiting = Counter(row.verdict for row in results.checks)["BLOCKED"]

    assert [cause.title for cause in found[:1] if cause.title.startswith(title)], [cause.title for cause in found]
    assert len(found) <= 3
    assert sum(len(cause.blocked) for cause in found) >= 0.85 * waiting
    side = words(side_by_side({"one": results, "two": results}).partition("Fix these first</h3>")[2])
    assert first.told.startswith(first.title)
    assert words(first.told) in side
    page = words((tmp_path / "report.html").read_text().partition("Fix these first</h2>")[2].partition("</li>")[0])
    for text in (page, words(printed), failure.get("message"), words(github.summary(results))):
        assert words(first.title) in words(text)
        assert words(first.fix) in words(text)
    last = words(printed.rpartition("Fix first:")[2])
    assert last == f"✗ FAIL {words(first.title)} {words(first.fix)} {tmp_path / 'report.html'}"


def test_five_defects_at_once_are_five_of_the_first_six_causes(tmp_path):
    """And of eight at most."""
    names = ("op letter case", "filter ignored", "group wiped", "no extension", "wrong media type")
    run_files(tmp_path, together(*(SERVERS[name][0] for name in names)))
    results = Results.from_json(json.loads((tmp_path / "results.json").read_text()))
    titles = [cause.title for cause in causes(results.checks)]

    assert len(titles) <= 8, titles
    for name in names:
        assert any(title.startswith(SERVERS[name][1]) for title in titles[:6]), (name, titles)


def test_every_known_defect_names_checks_that_there_are():
    """One that is renamed would no longer be found."""
    named = {name.partition("[")[0] for one in defects() for name in (*one.fails, *one.passes, *one.beside)}

    assert named <= set(CHECKS)
    assert len({one.key for one in defects()}) == len(defects())


def row(check, dialect="", **more):
    """A row that went wrong, of a check in a dialect."""
    return typed.row(f"{check}[{dialect}]" if dialect else check, dialect=dialect, **more)


def test_a_write_that_is_refused_is_the_cause_of_what_was_not_changed():
    """Not so a read that is rightly answered 404 on the way."""
    refused = {"method": "PATCH", "url": "https://a.example/Users/1", "status": 500}
    gone = {"method": "GET", "url": "https://a.example/Users/1", "status": 404}
    one = row("a", kind="status", subject="500", exchanges=[refused, gone])
    two = row("b", kind="wrong-value", subject="title", exchanges=[refused])
    three = row("c", kind="wrong-value", subject="active", exchanges=[gone])

    assert [[r.id for r in cause.rows] for cause in causes([one, two, three])] == [["a", "b"], ["c"]]


def test_causes_come_by_harm_and_then_by_what_waits_for_them():
    """A warning after the failures."""
    rows = [
        row("light", consequence=SEVERITIES[-2], kind="header", subject="a"),
        row("heavy", consequence=SEVERITIES[0], kind="header", subject="b", verdict="WARN"),
        row("alone", consequence=SEVERITIES[2], kind="header", subject="c"),
        row("waited-for", consequence=SEVERITIES[2], kind="header", subject="d"),
        row("waits", verdict="BLOCKED", blocked_by="waited-for"),
    ]

    assert [cause.lead.id for cause in causes(rows)] == ["waited-for", "alone", "light", "heavy"]
    assert causes(rows)[0].told == "T (and 1 more check because of it)"


def test_what_goes_wrong_in_one_dialect_only_says_so():
    """Its twin in the other one passes; where it does not, the dialect is not to blame."""
    wrong = row("a", "legacy", kind="wrong-value", subject="title")
    well, not_judged = row("a", "compliant", verdict="PASS"), row("a", "compliant", verdict="BLOCKED")

    assert causes([wrong, well])[0].told == "T (in the legacy dialect only)"
    assert causes([wrong, not_judged])[0].told == "T"
    assert causes([wrong])[0].told == "T"


@pytest.mark.parametrize("limit", [40, 60, 220])
def test_what_differs_is_not_cut(limit):
    """The middle goes, of both sides; what is short is whole."""
    long = row("a", expected="x" * 300 + "!", got="y" + "z" * 300 + "?")
    uneven = row("b", expected="200", got="HTTP 500: " + "z" * 300 + "the end")

    assert re.fullmatch(r"expected x+…x*!, got yz*…z*\?", told(long, limit))
    assert told(uneven, limit).startswith("expected 200, got HTTP")
    assert told(uneven, limit).endswith("end")
    assert max(len(told(one, limit)) for one in (long, uneven)) <= limit
    assert told(long) == f"expected {long.expected}, got {long.got}"


def test_one_lost_answer_is_one_error():
    """A change that is not answered in time: one check tells it; those that look at it too, or build on it, wait."""

    class Dropping(Flaky):
        """Loses the answer to the first change."""

        def __init__(self):
            super().__init__(refused(500), 0.0, 1)
            self.changes = 0

        def handle_request(self, request):
            """Have it answered, or not."""
            answer = super().handle_request(request)
            self.changes += request.method == "PATCH"
            if request.method == "PATCH" and self.changes == 1:
                raise httpx.ReadTimeout("nothing came", request=request)
            return answer

    rows, _ = judged(Dropping(), topic="user-disable")
    wrong = {name: row for name, row in rows.items() if row["verdict"] in {"ERROR", "BLOCKED"}}
    errors = [name for name, row in wrong.items() if row["verdict"] == "ERROR"]

    assert len(errors) == 1, {name: (row["verdict"], row["got"]) for name, row in wrong.items()}
    assert len(wrong) > 1
    assert {row["blocked_by"] for row in wrong.values() if row["verdict"] == "BLOCKED"} == {errors[0]}


class Closing(Flaky):
    """Closes the connection on some changes.

    Args:
        times: on how many.
    """

    def __init__(self, times):
        super().__init__(refused(500), 0.0, 1)
        self.left = times

    def handle_request(self, request):
        """Have it answered, or not."""
        if request.method == "PATCH" and self.left:
            self.left -= 1
            raise httpx.ReadError("connection reset", request=request)
        return super().handle_request(request)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_request_that_is_reset_twice_is_the_endpoint_s(concurrency):
    """One check warns; those that look at it too, or build on it, wait for that one."""
    rows, _ = judged(Closing(1000), topic="user-disable", concurrency=concurrency)
    warned = {name: row for name, row in rows.items() if row["verdict"] == "WARN"}
    found = causes(Row.from_json(row) for row in rows.values())

    assert {row["kind"] for row in warned.values()} == {"closed"}
    assert not [name for name, row in rows.items() if row["verdict"] == "ERROR"]
    blocked = {row["blocked_by"] for row in rows.values() if row["verdict"] == "BLOCKED"}
    assert blocked
    assert blocked <= set(warned)
    assert [cause.title for cause in found] == [
        "A request is not answered: the connection is closed in place of an answer."
    ]
    assert {"PATCH at step" in row["got"] for row in warned.values()} == {True}


def test_a_request_that_is_reset_once_is_held_against_nobody():
    """It is answered when its journey is played again; nobody else was there to disturb it."""
    rows, _ = judged(Closing(1), topic="user-disable", concurrency=1)

    assert {row["verdict"] for row in rows.values()} <= {"PASS", "INFO", "N/A"}


def test_where_the_second_play_loses_others_it_is_the_network_s():
    """Nobody knows whose doing it is where other requests are lost than the first time."""

    class Losing(Flaky):
        """Resets one change of each user: the first, the second or the third, in turn."""

        def __init__(self):
            super().__init__(refused(500), 0.0, 1)
            self.changes = {}

        def handle_request(self, request):
            """Have it answered, or not."""
            if request.method == "PATCH":
                number = self.changes[request.url.path] = self.changes.get(request.url.path, 0) + 1
                if number == 1 + list(self.changes).index(request.url.path) % 3:
                    raise httpx.ReadError("connection reset", request=request)
            return super().handle_request(request)

    rows, results = judged(Losing(), topic="user-disable", concurrency=1)

    assert "closed" not in {row["kind"] for row in rows.values()}
    assert results["run"]["unanswered"]["reset"] > 3
