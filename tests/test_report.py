"""What the files of a run say, on good and on broken endpoints."""

from __future__ import annotations

import io
import json
import stat
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from conformance.reporting.causes import causes
from conformance.reporting.checks import details
from conformance.reporting.evidence import curl, marked
from conformance.reporting.first import screen
from conformance.reporting.model import Remains, Row, Timing
from conformance.reporting.rail import STAGES, stages
from conformance.reporting.results import Exit, build
from conformance.reporting.run_header import RunHeader
from conformance.reporting.terminal import summary, undeleted, unknown
from tests.faults.layer import FAULTS, load
from tests.fitting import fits
from tests.runs import run_files
from tests.typed import evidence, written

load()
CENTRAL = ["user-disable-applied", "user-disabled-stays-found", "group-remove-member", "match-missing-is-empty"]
FILES = ["junit.xml", "recording.jsonl", "report.html", "results.json"]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The files of a run that finds nothing."""
    folder = tmp_path_factory.mktemp("good")
    assert run_files(folder, only=CENTRAL) == Exit.CONFORMANT
    return folder


def test_all_four_files_are_there_and_nothing_else(good):
    """The journal goes when nothing is left to clean up."""
    assert sorted(path.name for path in good.iterdir()) == FILES


def test_results_are_of_their_schema(good):
    """The contract of results.json ships with the package and holds."""
    results = json.loads((good / "results.json").read_text())

    fits(results)
    assert results["complete"] is True


def test_junit_counts_every_check_once(good):
    """Names are ids, and there are as many cases as checks."""
    suite = ET.parse(good / "junit.xml").getroot().find("testsuite")
    ids = [row["id"] for row in json.loads((good / "results.json").read_text())["checks"]]

    assert sorted(case.get("name") for case in suite.findall("testcase")) == sorted(ids)


@pytest.mark.parametrize("name", ["junit.xml", "recording.jsonl", "results.json", "report.html"])
def test_only_the_owner_can_read_the_files(good, name):
    """Reports hold what an endpoint answered."""
    assert stat.S_IMODE((good / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("removal-ignored", "group-remove-member"),
        ("removal-wipes-group", "group-remove-member"),
        ("false-is-truthy", "user-disable-applied"),
        ("disabled-not-listed", "user-disabled-stays-found"),
        ("empty-match-404", "connect-users-answered"),
        ("dotted-keys-dropped", "user-patch-name"),
    ],
)
def test_the_first_line_names_the_problem(tmp_path, fault, expected):
    """The first thing to fix is the very defect that was injected."""
    code = run_files(tmp_path, FAULTS[fault].behaviour)
    results = json.loads((tmp_path / "results.json").read_text())
    first = screen(written(tmp_path)).partition('<section class="fix">')[2].split("<li>")[1]

    assert code == Exit.ENDPOINT_FAILS
    assert f'href="#{expected}' in first, first
    fits(results)


HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31mred\x07'


def test_markup_of_an_endpoint_is_shown_as_text(tmp_path, capsys):
    """Markup and escape sequences in every string execute nothing, in no format."""

    def hostile(call, serve):
        answer = serve(call)
        if answer.body and call.method != "POST":
            answer.body |= {"detail": HOSTILE, "active": HOSTILE, "title": HOSTILE, "location": HOSTILE}
        return answer

    run_files(tmp_path, hostile, only=CENTRAL)
    page = (tmp_path / "report.html").read_text()

    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page.replace("&amp;", "&")
    assert "\x1b" not in page + capsys.readouterr().out
    ET.parse(tmp_path / "junit.xml")


def test_the_pages_curl_lines_hold_no_url_of_the_endpoint(tmp_path):
    """What is pasted from the page works on any endpoint: URL and token come from the environment."""
    run_files(tmp_path, FAULTS["disable-refused"].behaviour, only=["user-disable-accepted"])

    row = written(tmp_path).checks[0]

    assert 'curl -X PATCH "$SCIM_URL"/Users/' in unescape(details(row))


def test_the_value_at_a_path_is_marked():
    """The line of a body that the finding is about, wherever it is nested, and no other of the same name."""
    body = json.dumps({"value": "x", "emails": [{"type": "work", "value": "<b>"}]}, indent=1)

    assert marked(body, 'emails[type eq "work"].value').count("<mark>") == 1
    assert "<mark>   &quot;value&quot;: &quot;&lt;b&gt;&quot;</mark>" in marked(body, "emails.value")
    assert "<mark>" not in marked(body, None)


def test_curl_takes_url_and_token_from_the_environment():
    """A command that can be pasted holds no secret."""
    exchange = evidence(
        method="PATCH",
        url="https://x.example/scim/Users/1",
        request_headers={"accept": "a/b", "authorization": "hidden"},
        request_body={"a": "it's"},
    )

    command = curl(exchange, "https://x.example/scim")

    assert command.startswith('curl -X PATCH "$SCIM_URL"/Users/1 -H "Authorization: Bearer $SCIM_TOKEN"')
    assert "hidden" not in command


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self):
        """As a terminal does."""
        return True

    def shown(self):
        """What was printed."""
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The results of a run whose group removals do nothing."""
    folder = tmp_path_factory.mktemp("broken")
    run_files(folder, FAULTS["removal-ignored"].behaviour)
    return written(folder)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_the_terminals_encoding_is_no_reason_to_crash(broken, encoding):
    """Where an encoding lacks our glyphs, plain letters stand in; nothing becomes a question mark."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    summary(broken, None, stream)
    text = stream.buffer.getvalue().decode(encoding)

    assert "groups" in text
    assert "?" not in text
    assert ("✗ groups" in text) == (encoding == "utf-8")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_summary_is_as_wide_as_the_terminal(broken, columns, monkeypatch):
    """Rail and reasons fit into the columns that there are."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    summary(broken, None, stream)
    lines = stream.buffer.getvalue().decode().splitlines()

    assert max(len(line) for line in lines if not line.startswith("entra: ")) <= columns


@pytest.mark.parametrize(("variable", "coloured"), [("", True), ("1", False)])
def test_no_color_is_heeded(broken, variable, coloured, monkeypatch):
    """A terminal gets colours, unless NO_COLOR is set."""
    monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal(io.BytesIO(), encoding="utf-8")
    summary(broken, None, stream)

    assert ("\x1b[" in stream.shown()) is coloured


def test_one_cause_is_told_once(broken):
    """Both dialects of a check are one cause, the most harmful first."""
    found = causes(broken.checks)

    assert found[0].lead.check == "group-remove-member"
    assert len({cause.lead.check for cause in found}) == len(found)


def test_blocked_checks_stand_under_their_blocker(broken):
    """What could not be judged is explained by the cause that blocked it, also in two steps."""
    first = next(row for row in broken.checks if row.verdict == "FAIL")
    near = replace(first, id="near", check="near", verdict="BLOCKED", blocked_by=first.id)
    far = replace(first, id="far", check="far", verdict="BLOCKED", blocked_by="near")
    cause = causes([first, near, far])[0]

    assert [row.id for row in cause.blocked] == ["near", "far"]
    assert cause.checks == 3


def test_the_rail_shows_how_far_entra_gets(broken):
    """The stage of the defect fails, the others work."""
    states = {stage.name: stage.state for stage in stages(broken)}

    assert states == dict.fromkeys(STAGES, "works") | {"groups": "fails"}


def test_what_was_lost_is_partial_and_nothing_to_fix(good):
    """Neither the headline nor the list holds a lost answer against the endpoint; what is left is told in words."""
    results = json.loads((good / "results.json").read_text())
    results["checks"][0] |= {"verdict": "ERROR", "expected": "", "got": "connection reset"}
    expected = {"entra": {row["id"]: row["level"] for row in results["checks"]}}
    entries = [{"collection": "/Users", "name": f"scimconf-x-{n}@example.com", "id": None} for n in range(9)]
    header = RunHeader.from_json(results["run"] | {"expected": expected, "left_behind": entries})
    again = build(map(Row.from_json, results["checks"]), header, complete=True, spent=Timing())
    text = screen(again)

    assert again.profiles["entra"].headline == "partial"
    assert "Fix these first" not in text
    assert "could not be judged: <a" in text
    assert "9 left behind" in text
    assert "<summary>3 more</summary>" in text
    assert "<li>/Users/? (scimconf-x-8@example.com)</li>" in text


def test_what_could_not_be_looked_up_is_told_without_an_id():
    """A create that was never answered has a name only."""
    entry = Remains(collection="/Users", name="scimconf-x-1@example.com", id=None)

    assert unknown(replace(entry, reason="no answer came")) == (
        "Not confirmed: /Users/? (scimconf-x-1@example.com): no answer came"
    )
    assert undeleted(replace(entry, id="7")) == "Left behind: /Users/7 (scimconf-x-1@example.com)"
    assert undeleted(replace(entry, id="7", name="")).endswith("(without a name)")
