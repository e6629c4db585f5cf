"""Measures a cycle against the same requests by bare httpx, and its memory: python -m tests.bench.cycle."""

from __future__ import annotations

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
from conformance.cli import main
code = main(sys.argv[1:])
print("peak", re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Seconds of a whole process, and what it wrote to standard error."""
    begin = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return time.monotonic() - begin, done.stderr


def cycle(url: str, size: tuple[int, int], folder: Path) -> list[str]:
    """The command for the initial cycle of a company of a size."""
    users, groups = map(str, size)
    return [
        *(
            sys.executable,
            "-c",
            MEASURED,
            "cycle",
            "--url",
            url,
            "--users",
            users,
            "--groups",
            groups,
            "--initial-only",
        ),
        *("--dialect", "legacy", "--seed", "1", "--concurrency", str(CONCURRENCY), "--reports", str(folder)),
    ]


def throughput(folder: Path) -> bool:
    """Measure seconds against bare httpx, print a row, and say whether the ratio keeps its target."""
    environment = os.environ | {"SCIM_TOKEN": secrets.token_urlsafe(16)}
    size, requests = (1_000, 50), folder / "requests.jsonl"
    ours, theirs = [], []
    with server(f"0 {requests}", environment) as url:
        timed(cycle(url, size, folder / "noted"), environment)
    count = sum(1 for _ in requests.open(encoding="utf-8"))
    for run in range(RUNS):
        # A server of its own for each: what is left in it would make the next one's look-ups slower.
        with server("0", environment) as url:
            ours.append(timed(cycle(url, size, folder / str(run)), environment)[0])
        with server("0", environment) as url:
            bare = [sys.executable, "tests/bench/bare.py", str(requests), url, str(CONCURRENCY)]
            theirs.append(timed(bare, environment)[0])
    ratio = median(b / a for a, b in zip(ours, theirs, strict=True))
    print(
        f"{size[0]} users, {size[1]} groups, concurrency {CONCURRENCY}: {count} requests, "
        f"cycle {count / median(ours):.0f}/s, bare httpx {count / median(theirs):.0f}/s, "
        f"ratio {ratio:.2f} (at least {LEAST})",
        flush=True,
    )
    return ratio >= LEAST


def memory(size: tuple[int, int], folder: Path) -> None:
    """Measure the peak of memory of a cycle, and print a row."""
    environment = os.environ | {"SCIM_TOKEN": secrets.token_urlsafe(16)}
    with server("0", environment) as url:
        seconds, told = timed(cycle(url, size, folder / f"{size[0]}"), environment)
    found = re.search(r"peak (\d+)", told)
    assert found is not None
    state = sum(path.stat().st_size for path in (folder / f"{size[0]}").iterdir())
    print(
        f"{size[0]} users, {size[1]} groups: {int(found[1]) / 1024:.0f} MB at most, {seconds:.0f} s, "
        f"report files {state / 1e6:.1f} MB",
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
            memory(size, Path(folder))
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
