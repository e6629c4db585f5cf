"""The command ``scim-conformance cycle`` in this process, against the embedded server on loopback."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from pathlib import Path

from tests.hurried import called

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
TOKEN = "cycle-command-token-0123456789"
SMALL = ("--users", "12", "--groups", "4", "--seed", "7")


class Done:
    """What a command came to.

    Attributes:
        code: exit code.
        out: standard output.
        err: standard error.
        reports: folder of the report files.
    """

    def __init__(self, code, out, err, reports):
        self.code, self.out, self.err, self.reports = code, out, err, reports

    def __str__(self):
        return f"exit code {self.code}\n{self.out}\n{self.err}"

    @property
    def results(self):
        """The results of the run."""
        return json.loads((self.reports / "results.json").read_text())

    @property
    def cycles(self):
        """The cycles of the first dialect, by name."""
        return {one["name"]: one for one in self.results["cycle"]["dialects"][0]["cycles"]}

    def events(self, dialect="legacy"):
        """All lines of the provisioning log."""
        path = self.reports / f"provisioning-log-{dialect}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]


def cycle(url, reports, *more, dialect="legacy", token=TOKEN):
    """Run the verb with these arguments."""
    line = ["cycle", "--url", url, "--reports", str(reports), "--dialect", dialect, *map(str, more)]
    done = called(*line, environment={"SCIM_TOKEN": token}, pace=contextlib.nullcontext)
    return Done(done.code, done.out, done.err, Path(reports))


def request(url, method="GET", body=None):
    """One request with the token, outside of the command."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
    sent = urllib.request.Request(url, data=data, method=method, headers=headers)
    with urllib.request.urlopen(sent) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def stored(url, kind="Users"):
    """Everything of a kind that the endpoint holds."""
    return request(f"{url}/{kind}?count=1000").get("Resources", [])


class Counted:
    """An application that counts what it is asked.

    Attributes:
        calls: method and path of each request.
    """

    def __init__(self, app):
        self.app = app
        self.calls = []

    def __call__(self, environ, start_response):
        """Serve a request."""
        self.calls.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return self.app(environ, start_response)

    @property
    def writes(self):
        """Those that write."""
        return [call for call in self.calls if call[0] != "GET"]
