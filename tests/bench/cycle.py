"""Measures a cycle against the same requests by bare httpx, and its memory: python -m tests.bench.cycle."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.__main__ import ROOT, server

CONCURRENCY = 4
RUNS = 3
LEAST = 0.7
"""Lowest ratio of a cycle's requests per second to those of bare httpx."""

SIZES = ((1_000, 50), (10_000, 500))
"""Users and groups whose memory is measured."""

MEASURED = """
import re, sys
from pathlib import Path
from conformance.commands.main import main
code = main(sys.argv[1:])
print("peak", re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""


def run(command: list[str], environment: dict[str, str]) -> str:
    """What a process wrote to standard error, or to standard output where it wrote nothing there."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stderr or done.stdout


def cycle(url: str, size: tuple[int, int], folder: Path) -> list[str]:
    """The command for the initial cycle of a company of a size, and the reading after it."""
    users, groups = map(str, size)
    return [
        *(sys.executable, "-c", MEASURED, "cycle", "--url", url, "--users", users, "--groups", groups),
        *("--initial-only", "--keep", "--dialect", "legacy", "--seed", "1"),
        *("--concurrency", str(CONCURRENCY), "--reports", str(folder)),
    ]


def rate(folder: Path) -> float:
    """Requests a second of a cycle, from its first request to its last."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return float(results["run"]["requests"] / results["cycle"]["dialects"][0]["throughput"]["seconds"])


def throughput(folder: Path) -> bool:
    """Measure requests per second against bare httpx, print a row, and say whether the ratio keeps its target."""
    environment = os.environ | {"SCIM_TOKEN": secrets.token_urlsafe(16)}
    requests = folder / "requests.jsonl"
    with server(f"0 {requests}", environment) as url:
        run(cycle(url, SIZES[0], folder / "noted"), environment)
    ours, theirs = [], []
    for number in range(RUNS):
        # A server of its own for each: what is left in it would make the next one's look-ups slower.
        with server("0", environment) as url:
            run(cycle(url, SIZES[0], folder / str(number)), environment)
            ours.append(rate(folder / str(number)))
        with server("0", environment) as url:
            bare = [sys.executable, "tests/bench/bare.py", str(requests), url, str(CONCURRENCY)]
            theirs.append(float(run(bare, environment)))
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    print(
        f"{SIZES[0][0]} users, {SIZES[0][1]} groups, concurrency {CONCURRENCY}: cycle {median(ours):.0f} requests/s, "
        f"bare httpx {median(theirs):.0f}/s, ratio {ratio:.2f} (at least {LEAST})",
        flush=True,
    )
    return ratio >= LEAST


def memory(size: tuple[int, int], folder: Path) -> None:
    """Measure the peak of memory of a cycle, and print a row."""
    environment = os.environ | {"SCIM_TOKEN": secrets.token_urlsafe(16)}
    begin = time.monotonic()
    with server("0", environment) as url:
        told = run(cycle(url, size, folder), environment)
    found = re.search(r"peak (\d+)", told)
    assert found is not None
    state = sum(path.stat().st_size for path in folder.glob("*.sqlite"))
    print(
        f"{size[0]} users, {size[1]} groups: {int(found[1]) / 1024:.0f} MB at most, state of {state / 1e6:.1f} MB, "
        f"{time.monotonic() - begin:.0f} s",
        flush=True,
    )


def main() -> int:
    """Measure throughput, then memory.

    Returns:
        0 where the target is kept, else 1.
    """
    with tempfile.TemporaryDirectory() as folder:
        kept = throughput(Path(folder))
        for size in SIZES:
            memory(size, Path(folder) / f"{size[0]}")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
