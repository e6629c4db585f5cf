"""A run begins with the diagnosis, and ends with it where the connection is bad."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from conformance.commands.main import main
from conformance.demo.server import build_app, serve
from tests.diagnose.endpoints import error, http, serving
from tests.diagnose.situations import TOKEN
from tests.fitting import fits


@pytest.fixture
def run(monkeypatch, tmp_path):
    """``scim-conformance run`` into an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)

    def play(url, *options):
        code = main(["run", "--url", url, "--reports", "out", *options])
        return code, json.loads((tmp_path / "out" / "results.json").read_text())

    return play


def test_a_bad_connection_ends_the_run(run, tmp_path, capsys):
    """One diagnosis in place of two hundred failures, in every file."""
    came = []
    with serving(http(lambda _: error(401, f"{TOKEN} is wrong"), came)) as endpoint:
        code, results = run(f"http://127.0.0.1:{endpoint.port}/scim")

    assert code == results["gate"]["exit"] == 1
    assert len(came) <= 6
    fits(results)
    assert results["checks"] == []
    assert results["diagnosis"]["cause"] == "token-refused"
    assert results["gate"]["reasons"] == [results["diagnosis"]["sentence"]]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h2>✗ The connection: The endpoint refuses the token" in page
    assert "Nothing to fix" not in page
    assert ET.parse(tmp_path / "out" / "junit.xml").find(".//failure") is not None
    told = capsys.readouterr().out + "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert TOKEN not in told
    assert told.startswith("✗ credentials:")


def test_a_good_connection_is_told_in_the_results(run):
    """The run goes on, and its results hold the diagnosis."""
    with serve(build_app(TOKEN)) as url:
        _, results = run(url, "--only", "connect-users-empty", "--read-only")

    assert results["diagnosis"]["ok"]
    assert results["checks"]
    fits(results)
