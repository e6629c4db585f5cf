"""Whatever page the command writes, its policy lets nothing but our own script run, and nothing be fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import redirect_stdout
from io import StringIO

import pytest

from conformance.commands import main as cli
from conformance.commands.run import run_judge
from conformance.reporting import page
from tests import cycle_results as made
from tests.runs import run_files

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'"
ONLY = ["user-disable-accepted", "connect-users-answered"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of two checks, judged again; its page made again, shared, and beside another; and a bad connection."""
    folder = tmp_path_factory.mktemp("pages")
    run_files(folder / "run", only=ONLY)
    results = folder / "run" / "results.json"
    with redirect_stdout(StringIO()):
        run_judge(folder / "run" / "recording.jsonl", folder / "judged")
        cli.main(["report", str(results), "--output", str(folder / "report.html")])
        cli.main(["report", str(results), "--share", "--output", str(folder / "shared.html")])
        cli.main(["report", str(results), str(folder / "judged" / "results.json"), "--output", f"{folder}/two.html"])
        cli.main(["run", "--url", "http://127.0.0.1:9/scim", "--reports", str(folder / "refused")])
    (folder / "cycle-and-load.html").write_text(page.render(made.typed()))
    return folder


PAGES = ["run/report", "judged/report", "report", "shared", "two", "refused/report", "cycle-and-load"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_our_own_script_only_and_fetches_nothing(folder, name):
    """Whatever an endpoint managed to get into it."""
    text = (folder / f"{name}.html").read_text()
    policies = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()

    assert len(policies) == len(scripts) == text.count("<script") == 1
    assert (
        policies[0] == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    )
    assert text.index("Content-Security-Policy") < text.index("<title>"), "it holds for all that follows"


def test_every_page_is_looked_at(folder):
    """None was written that is not in the list."""
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.html")) == sorted(
        f"{n}.html" for n in PAGES
    )
