"""What is costly is made once a session, by whichever worker of pytest-xdist asks for it first."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest


class Once:
    """A folder that all workers of a session share.

    Args:
        tmp_path_factory: pytest's; each worker has a folder in the session's.
        worker_id: pytest-xdist's; ``master`` without it.
    """

    def __init__(self, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
        base = tmp_path_factory.getbasetemp()
        self._folder = (base if worker_id == "master" else base.parent) / "once"
        self._folder.mkdir(exist_ok=True)

    def made(self, name: str, make: Callable[[Path], object]) -> Path:
        """A folder with what is made of it; where another worker is about to make it, it is waited for.

        Args:
            name: of the folder; the same for all who share it.
            make: given the empty folder.
        """
        folder = self._folder / name
        with (self._folder / f"{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = folder / ".done"
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder
