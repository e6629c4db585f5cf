"""Runs the load verb against a server process, as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from tests.interruptible import PYTHON

ROOT = Path(__file__).parents[2]
TOKEN = "load-token-0123456789"


@contextmanager
def serving(*arguments, module="tests.load.server"):
    """A server as a process of its own, which ends with the block; yields its tenant URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"SCIM_TOKEN": TOKEN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.communicate()


def command(url, reports, *arguments):
    """The verb as a process."""
    line = [*PYTHON, "-m", "conformance", "load", "--url", url, "--reports", str(reports), "--seed", "1"]
    return subprocess.Popen(
        [*line, *arguments],
        cwd=ROOT,
        env=os.environ | {"SCIM_TOKEN": TOKEN},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def load(url, reports, *arguments):
    """Run the verb to its end; returns exit code, output and results."""
    process = command(url, reports, *arguments)
    output, _ = process.communicate(timeout=240)
    results = reports / "results.json"
    return process.returncode, output, json.loads(results.read_text()) if results.exists() else None


def verdicts(results):
    """Each check's verdict."""
    return {row["check"]: row["verdict"] for row in results["checks"]}


def ours_on(url):
    """Names of what is on the endpoint."""
    names = []
    for collection, attribute in (("Users", "userName"), ("Groups", "displayName")):
        request = Request(f"{url}/{collection}?count=1000", headers={"Authorization": f"Bearer {TOKEN}"})
        with urlopen(request) as answer:
            names += [row[attribute] for row in json.load(answer)["Resources"]]
    return names
