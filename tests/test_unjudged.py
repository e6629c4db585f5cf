"""Whole runs of which nothing could be judged, and one whose checks do not look at what the diagnosis found."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from conformance.commands.main import main
from conformance.demo.server import build_app, serve
from tests.faults.lab import TOKEN
from tests.faults.layer import wrap
from tests.faults.rewrite import error


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """The command in this process, against the embedded server with or without a fault: code, output and results."""
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)

    def play(*options, behaviour=None, verb="run"):
        app = build_app(TOKEN)
        with serve(wrap(app, behaviour) if behaviour else app) as url:
            code = main([verb, "--url", url, "--reports", str(tmp_path), *options])
        return code, capsys.readouterr().out, json.loads((tmp_path / "results.json").read_text())

    return play


def refuses_filters(call, serve_it):
    """Every filter is refused."""
    return error(400, "invalidFilter") if "filter" in call.query else serve_it(call)


def without_sorting(call, serve_it):
    """The endpoint says that it cannot sort."""
    answer = serve_it(call)
    if call.path == "/ServiceProviderConfig" and isinstance(answer.body, dict):
        answer.body = answer.body | {"sort": {"supported": False}}
    return answer


def test_an_only_of_which_nothing_was_judged_is_exit_2(run, tmp_path):
    """By a run and by judging its recording again: 2, and every form says that nothing was judged."""
    code, output, results = run("--profile", "rfc", "--only", "sort-by", behaviour=without_sorting)
    again = main(["judge", str(tmp_path / "recording.jsonl"), "--reports", str(tmp_path / "again")])

    assert {row["verdict"] for row in results["checks"]} == {"N/A"}
    assert (code, again, results["gate"]["exit"]) == (2, 2, 2)
    assert "nothing could be judged" in output
    assert results["profiles"]["rfc"]["headline"] == "partial"
    assert ET.parse(tmp_path / "junit.xml").find(".//testcase[@name='not-judged']/error") is not None


def test_the_gallery_does_not_contradict_the_diagnosis(run, tmp_path, capsys):
    """An endpoint that refuses every filter is conformant to no profile, and no look-up has a tick."""
    code, output, results = run("--profile", "gallery", behaviour=refuses_filters)
    badge = main(["badge", str(tmp_path / "results.json")])
    told = json.loads(capsys.readouterr().out)

    assert results["diagnosis"]["cause"] == "filter-refused"
    assert (code, badge) == (1, 0)
    assert results["profiles"]["gallery"]["headline"] != "conformant"
    assert "conformant" not in told["message"].replace("not conformant", "")
    assert "✓ match" not in output
    assert "filter userName eq is refused" in " ".join(output.split())
