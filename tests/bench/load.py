"""Measures load workers against a trivial stub: python -m tests.bench.load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.load.figures import Figures

ROOT = Path(__file__).parents[2]
LANES = 16
SECONDS = 4.0
ROUNDS = 5
LATENCY = "0.02"
"""Seconds that the stub waits with its answer where two workers are compared with one: each worker's lanes then limit
it, and neither this machine's two processors nor the stub."""

OF_BARE = 0.8
"""Least throughput of a worker, as a share of a bare FastHttpUser's that sends the same bodies."""

OF_ONE = 1.5
"""Least throughput of two workers, as a multiple of one's."""

ENVIRONMENT = os.environ | {"SCIM_TOKEN": "bench-0123456789"}


@contextmanager
def stub(latency: str) -> Iterator[str]:
    """The stub as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stub", latency],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


def bare(url: str) -> float:
    """Requests a second of the bare FastHttpUser."""
    command = [sys.executable, "-m", "tests.bench.bare_locust", url, str(LANES), str(SECONDS)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def workers(url: str, processes: int) -> float:
    """Requests a second of so many load workers, as fast as they go, journals and all."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        plan = {
            "url": url, "mix": "initial", "stages": [{"rate": None, "seconds": SECONDS}], "users": None, "seed": 1,
            "dialects": ["legacy", "compliant"], "connections": LANES * processes, "top_rate": None,
        }  # fmt: skip
        job = {
            "role": "alone" if processes == 1 else "master", "given": {"url": url}, "plan": plan, "reports": folder,
            "result": str(result), "bind": ["127.0.0.1", 0], "processes": processes, "expect": 0, "cap": 1000.0,
        }  # fmt: skip
        command = [sys.executable, "-m", "conformance.load"]
        subprocess.run(
            command, cwd=ROOT, env=ENVIRONMENT, input=json.dumps(job), text=True, check=True, stdout=subprocess.DEVNULL
        )
        figures = Figures.from_json(json.loads(result.read_text(encoding="utf-8"))["figures"])
    return figures.total.requests / SECONDS


def memory() -> str:
    """What a worker keeps, as a sentence."""
    command = [sys.executable, "-m", "tests.bench.load_memory"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    kept, journal = map(float, done.stdout.split())
    return f"a worker keeps {kept / 1000:.1f} kB of memory and {journal / 1000:.2f} kB of journal for each user"


def main() -> int:
    """Measure, print a row for each comparison.

    Each figure is the best of its rounds: whatever else runs on the machine can only make one slower.

    Returns:
        0 where both targets are kept, else 1.
    """
    with stub("0") as url:
        floor, one, two = best([(bare(url), workers(url, 1), workers(url, 2)) for _ in range(ROUNDS)])
    with stub(LATENCY) as url:
        slow_one, slow_two = best([(workers(url, 1), workers(url, 2)) for _ in range(ROUNDS)])
    of_bare, of_one, wait = one / floor, slow_two / slow_one, f"{float(LATENCY) * 1000:.0f} ms"
    measured = [
        ("bare FastHttpUser", floor, ""),
        ("one worker", one, f"{of_bare:.2f} of bare (at least {OF_BARE})"),
        ("two workers", two, f"{two / one:.2f} of one, with the stub on the same processors"),
        (f"one worker, {wait}", slow_one, ""),
        (f"two workers, {wait}", slow_two, f"{of_one:.2f} of one (at least {OF_ONE})"),
    ]
    for name, rate, told in measured:
        print(f"{name:20} {rate:6.0f} requests a second   {told}")
    print(memory())
    return 0 if of_bare >= OF_BARE and of_one >= OF_ONE else 1


def best(rows: list[tuple[float, ...]]) -> list[float]:
    """The highest figure of each column."""
    return [max(column) for column in zip(*rows, strict=True)]


if __name__ == "__main__":
    raise SystemExit(main())
