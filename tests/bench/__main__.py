"""Measures a run against a replay of its requests: python -m tests.bench [SECONDS_OF_LATENCY:CONCURRENCY …]."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
CASES = ("0:4", "0.05:8", "0.1:8")
TARGETS = {"0:4": 3.0, "0.05:8": 0.25, "0.1:8": 0.2}
"""Highest ratio of a run's seconds to the replay's, by case."""

PER_CHECK = 1.5
"""Highest number of requests for each judged check."""

RUNS = 3


@contextmanager
def server(arguments: str, environment: dict[str, str]) -> Iterator[str]:
    """The embedded server as a process of its own."""
    command = [sys.executable, "-m", "tests.bench.server", *arguments.split()]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Seconds of a whole process."""
    begin = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begin
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds


def measure(case: str, folder: Path) -> bool:
    """Measure one case, print a row, and say whether it keeps its target."""
    latency, concurrency = case.split(":")
    environment = os.environ | {"SCIM_TOKEN": secrets.token_urlsafe(16)}
    recording = folder / "recording.jsonl"
    ours, theirs = [], []
    with server(latency, environment) as url:
        run = [sys.executable, "-m", "conformance", "run", "--url", url, "--profile", "all", "--seed", "1"]
        run += ["--concurrency", concurrency, "--reports", str(folder)]
        for _ in range(RUNS):
            ours.append(timed(run, environment))
            theirs.append(timed([sys.executable, "tests/bench/replay.py", str(recording), url], environment))
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    requests, checks = results["run"]["requests"], sum(row["verdict"] != "N/A" for row in results["checks"])
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    print(
        f"{float(latency) * 1000:5.0f} ms  concurrency {concurrency}  run {median(ours):6.2f} s  "
        f"replay {median(theirs):6.2f} s  ratio {ratio:.2f} (at most {TARGETS.get(case, '-')})  "
        f"{requests} requests, {checks} checks judged, {requests / checks:.2f} each (at most {PER_CHECK})",
        flush=True,
    )
    return ratio <= TARGETS.get(case, float("inf")) and requests / checks <= PER_CHECK


def main() -> int:
    """Measure all cases.

    Returns:
        0 where every target is kept, else 1.
    """
    with tempfile.TemporaryDirectory() as folder:
        kept = [measure(case, Path(folder)) for case in sys.argv[1:] or CASES]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
