"""Real servers that nobody here wrote: their verdicts are approved snapshots, so that a change shows."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parent / "servers"
TOKEN = "real-server-token-1"


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def strict():
    """scim2-server with its own command and its strict reading of the RFCs."""
    port = free_port()
    start = [str(Path(sys.executable).parent / "scim2-server"), "--port", str(port), "--bearer-token", TOKEN]
    process = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/v2"
    process.terminate()
    process.wait(timeout=10)


def test_verdicts_on_the_strict_server_are_the_approved_ones(strict, tmp_path):
    """Every FAIL and WARN is one that docs/servers.md judges; set APPROVE=1 to take new ones over."""
    run = [sys.executable, "-m", "conformance", "run", "--url", strict, "--profile", "all", "--reports", str(tmp_path)]
    subprocess.run(run, env=os.environ | {"SCIM_TOKEN": TOKEN}, check=False, capture_output=True)
    rows = json.loads((tmp_path / "results.json").read_text())["checks"]
    bad = {row["id"]: row["verdict"] for row in rows if row["verdict"] in {"FAIL", "WARN", "ERROR", "BLOCKED"}}
    snapshot = SNAPSHOTS / "scim2-server-strict.json"
    if os.environ.get("APPROVE"):
        snapshot.write_text(json.dumps(bad, indent=1, sort_keys=True) + "\n")

    assert bad == json.loads(snapshot.read_text())
    assert sorted({identifier.partition("[")[0] for identifier in bad}) == documented("scim2-server, strict")


def documented(heading):
    """The check ids in a section of docs/servers.md."""
    page = (Path(__file__).parents[1] / "docs" / "servers.md").read_text()
    section = page.partition(f"## {heading}")[2].partition("\n## ")[0]
    return sorted(line.split("`")[1] for line in section.splitlines() if line.startswith("| `"))
