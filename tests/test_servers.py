"""Real servers that nobody here wrote: their verdicts are approved snapshots, so that a change shows."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from conformance.wording import first_line

ROOT = Path(__file__).parents[1]
SNAPSHOTS = ROOT / "tests" / "servers"
INSTALLED = ROOT / ".cache"
TOKEN = "real-server-token-1"
ENVIRONMENT = os.environ | {"SCIM_TOKEN": TOKEN}


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def strict(_folder):
    """scim2-server with its own command and its strict reading of the RFCs."""
    port = free_port()
    start = [str(Path(sys.executable).parent / "scim2-server"), "--port", str(port), "--bearer-token", TOKEN]
    process = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}/v2"
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def started(command, folder):
    """A process that takes a free port, and prints its base URL when it is ready."""
    process = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=10)


def entra(folder):
    """scim2-server with the policy for Entra that it brings, and nothing of the embedded server's."""
    return started([sys.executable, str(SNAPSHOTS / "scim2-server" / "entra.py")], folder)


def old(folder):
    """An old release of scim2-server."""
    return started([interpreter("scim2-server-0.1.5"), str(SNAPSHOTS / "scim2-server" / "old.py")], folder)


def django(folder):
    """django-scim2 with its default adapters; its database is a file in the folder."""
    return started([interpreter("django-scim2"), str(SNAPSHOTS / "django-scim2" / "server.py")], folder)


def scimmy(_folder):
    """npm's scimmy with scimmy-routers, over storage in memory."""
    return of_npm("scimmy")


def better_auth(_folder):
    """npm's better-auth with its SCIM plugin, over its memory adapter."""
    return of_npm("better-auth")


def saml_jackson(_folder):
    """npm's @boxyhq/saml-jackson: its directory sync, behind what its own HTTP route does."""
    return of_npm("saml-jackson")


def open_webui(folder):
    """PyPI's open-webui: its SCIM router and models alone, over SQLite in the folder."""
    return started([interpreter("open-webui"), str(SNAPSHOTS / "open-webui" / "server.py")], folder)


def mlflow_oidc_auth(folder):
    """PyPI's mlflow-oidc-auth over mlflow-skinny; its database is a file in the folder."""
    return started([interpreter("mlflow-oidc-auth"), str(SNAPSHOTS / "mlflow-oidc-auth" / "server.py")], folder)


def django_scim2_server(folder):
    """PyPI's django-scim2-server, which is another one than django-scim2; its database is a file in the folder."""
    return started([interpreter("django-scim2-server"), str(SNAPSHOTS / "django-scim2-server" / "server.py")], folder)


def of_npm(name):
    """A server of npm's that a Makefile target has installed."""
    node = shutil.which("node")
    if node is None or not (INSTALLED / name / ".installed").exists():
        pytest.skip(f"{name} is not installed: it takes node and npm, and `make servers` installs it")
    return started([node, str(SNAPSHOTS / name / "server.mjs")], INSTALLED / name)


def interpreter(name):
    """The Python of a virtual environment that `make check` makes, with a server of PyPI's in it."""
    if not (INSTALLED / name / ".installed").exists():
        pytest.skip(f"{name} is not installed: it takes pip and PyPI, and `make servers` installs it")
    return str(INSTALLED / name / "bin" / "python")


SERVERS = {
    "scim2-server-strict": (strict, "scim2-server, strict"),
    "scim2-server-entra": (entra, "scim2-server, Entra policy"),
    "scim2-server-0.1.5": (old, "scim2-server 0.1.5"),
    "django-scim2": (django, "django-scim2"),
    "scimmy": (scimmy, "scimmy"),
    "better-auth": (better_auth, "better-auth"),
    "saml-jackson": (saml_jackson, "saml-jackson"),
    "open-webui": (open_webui, "open-webui"),
    "mlflow-oidc-auth": (mlflow_oidc_auth, "mlflow-oidc-auth"),
    "django-scim2-server": (django_scim2_server, "django-scim2-server"),
}
"""How each is started, and its heading in docs/servers.md."""

HEAVY = frozenset({"saml-jackson", "open-webui", "mlflow-oidc-auth", "django-scim2-server"})
"""Those that take too long to install, or to run, for every push."""

KEEPS = {
    "django-scim2-server": "it lists for ever what it has deleted",
}
"""Servers that cannot be left as they were found, and why."""

BAD = frozenset({"FAIL", "WARN", "ERROR", "BLOCKED"})


def there(url, token):
    """The ids of all users and groups on a server."""
    headers = {"authorization": f"Bearer {token}"}
    pages = [
        httpx.get(f"{url}/{kind}?count=1000", headers=headers, timeout=30, follow_redirects=True).json()
        for kind in ("Users", "Groups")
    ]
    return [row["id"] for page in pages for row in page.get("Resources", []) if isinstance(row, dict)]


def played(name, folder):
    """What a run makes of a server, and the ids that were there before and are there after it."""
    server, _ = SERVERS[name]
    reports = folder / "reports"
    with server(folder) as url:
        before = there(url, TOKEN)
        run = [sys.executable, "-m", "conformance", "run", "--url", url, "--profile", "all", "--reports", str(reports)]
        # One journey at a time, as a server is compared with itself here; `make torture` has the other ways.
        run += ["--concurrency", "1"]
        subprocess.run(run, env=ENVIRONMENT, check=False, capture_output=True)
        after = there(url, TOKEN)
    return json.loads((reports / "results.json").read_text())["checks"], before, after


def snapshot_of(rows):
    """What is compared: the verdicts, why what does not apply does not, and how much of the rest was judged."""
    verdicts = [row["verdict"] for row in rows]
    asked = len(verdicts) - verdicts.count("N/A")
    judged = asked - verdicts.count("BLOCKED") - verdicts.count("ERROR")
    return {
        "judged": f"{100 * judged // asked} %",
        "findings": {row["id"]: row["verdict"] for row in rows if row["verdict"] in BAD},
        "does not apply": {row["id"]: first_line(row["got"]) for row in rows if row["verdict"] == "N/A"},
    }


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.torture] if name in HEAVY else []) for name in SERVERS]
)
def test_verdicts_on_a_real_server_are_the_approved_ones(name, tmp_path):
    """Nothing is left, and what is approved is what comes; APPROVE=1 takes new ones over."""
    rows, before, after = played(name, tmp_path)
    made, snapshot = snapshot_of(rows), SNAPSHOTS / f"{name}.json"
    if os.environ.get("APPROVE"):
        snapshot.write_text(json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    assert (after == before) is (name not in KEEPS)
    assert made == json.loads(snapshot.read_text())


@pytest.mark.parametrize("name", SERVERS)
def test_each_finding_on_a_real_server_is_judged(name):
    """In docs/servers.md, with the section that says so; nearly all that applies came to a verdict."""
    approved = json.loads((SNAPSHOTS / f"{name}.json").read_text())

    assert sorted({identifier.partition("[")[0] for identifier in approved["findings"]}) == documented(SERVERS[name][1])
    assert int(approved["judged"].removesuffix(" %")) >= LESS.get(name, ENOUGH)


ENOUGH = 95
"""Percent of what applies that comes to a verdict."""

LESS = {"django-scim2": 94}
"""PATCH of anything but active, names and members is a 501 there, on which 16 checks build."""


def documented(heading):
    """The check ids in a section of docs/servers.md."""
    page = (ROOT / "docs" / "servers.md").read_text()
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = (line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
    return sorted(name for row in rows for name in row.split("`")[1::2])
