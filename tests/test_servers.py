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
    node = shutil.which("node")
    if node is None or not (INSTALLED / "scimmy" / ".installed").exists():
        pytest.skip("scimmy is not installed: it takes node and npm, and `make check` installs it")
    return started([node, str(SNAPSHOTS / "scimmy" / "server.mjs")], INSTALLED / "scimmy")


def interpreter(name):
    """The Python of a virtual environment that `make check` makes, with a server of PyPI's in it."""
    if not (INSTALLED / name / ".installed").exists():
        pytest.skip(f"{name} is not installed: it takes pip and PyPI, and `make check` installs it")
    return str(INSTALLED / name / "bin" / "python")


SERVERS = {
    "scim2-server-strict": (strict, "scim2-server, strict"),
    "scim2-server-entra": (entra, "scim2-server, Entra policy"),
    "scim2-server-0.1.5": (old, "scim2-server 0.1.5"),
    "django-scim2": (django, "django-scim2"),
    "scimmy": (scimmy, "scimmy"),
}


def there(url, token):
    """The ids of all users and groups on a server."""
    headers = {"authorization": f"Bearer {token}"}
    pages = [
        httpx.get(f"{url}/{kind}?count=1000", headers=headers, timeout=30, follow_redirects=True).json()
        for kind in ("Users", "Groups")
    ]
    return [row["id"] for page in pages for row in page.get("Resources", [])]


@pytest.mark.parametrize("name", SERVERS)
def test_verdicts_on_a_real_server_are_the_approved_ones(name, tmp_path):
    """Every FAIL and WARN is one that docs/servers.md judges, and nothing is left; APPROVE=1 takes new ones over."""
    server, heading = SERVERS[name]
    reports = tmp_path / "reports"
    with server(tmp_path) as url:
        before = there(url, TOKEN)
        run = [sys.executable, "-m", "conformance", "run", "--url", url, "--profile", "all", "--reports", str(reports)]
        # One journey at a time, as a server is compared with itself here; `make torture` has the other ways.
        run += ["--concurrency", "1"]
        subprocess.run(run, env=ENVIRONMENT, check=False, capture_output=True)
        after = there(url, TOKEN)
    rows = json.loads((reports / "results.json").read_text())["checks"]
    bad = {row["id"]: row["verdict"] for row in rows if row["verdict"] in {"FAIL", "WARN", "ERROR", "BLOCKED"}}
    snapshot = SNAPSHOTS / f"{name}.json"
    if os.environ.get("APPROVE"):
        snapshot.write_text(json.dumps(bad, indent=1, sort_keys=True) + "\n")

    assert after == before
    assert bad == json.loads(snapshot.read_text())
    assert sorted({identifier.partition("[")[0] for identifier in bad}) == documented(heading)


def documented(heading):
    """The check ids in a section of docs/servers.md."""
    page = (ROOT / "docs" / "servers.md").read_text()
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = (line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
    return sorted(name for row in rows for name in row.split("`")[1::2])
