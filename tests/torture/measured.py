"""A command as a process of its own: what it said, how long it took, and how much memory it held at most."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
LOOK = 0.02
"""Seconds between two looks at the process's memory."""


@dataclass(frozen=True)
class Measured:
    """How a process ended.

    Attributes:
        code: exit code, negative for a signal.
        out: standard output.
        err: standard error.
        seconds: from start to end.
        megabytes: highest resident memory.
    """

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


def conformance(
    *arguments: str, environment: Mapping[str, str] | None = None, timeout: float = 120, cwd: Path | None = None
) -> Measured:
    """Run ``scim-conformance`` with these arguments to its end, with a umask that protects nothing.

    Args:
        arguments: verb and options.
        environment: added to ours, such as ``SCIM_TOKEN``.
        timeout: seconds after which it is killed.
        cwd: the folder it runs in; ours by default.

    Raises:
        TimeoutError: it did not end in time.
    """
    command = [sys.executable, "-m", "conformance", *arguments]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            command, cwd=cwd, env=settings, stdin=subprocess.DEVNULL, stdout=out, stderr=err, umask=0
        )
        peak = Peak(process.pid)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise TimeoutError(
                f"{' '.join(arguments)} did not end within {timeout} s:\n{_text(out)}{_text(err)}"
            ) from None
        finally:
            megabytes = peak.stop()
        return Measured(code, _text(out), _text(err), time.monotonic() - begin, megabytes)


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


class Peak:
    """Watches the highest resident memory of a process that is being run.

    The kernel keeps it (``VmHWM``) as long as the process lives, so a look now and then is enough; what it tells after
    the end (``ru_maxrss``) counts the memory of whoever started the process too.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._megabytes = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End the watch.

        Returns:
            the peak, in MB.
        """
        self._over.set()
        self._thread.join()
        return self._megabytes

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text(encoding="ascii"))
            except OSError:
                return
            if found:
                self._megabytes = int(found[1]) / 1024
