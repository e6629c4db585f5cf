"""How a verb is played against the zoo: as a process, to its end or to a random point, and cleaned up after."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.interruptible import PYTHON
from tests.zoo import source
from tests.zoo.server import Zoo
from tests.zoo.store import SUITE

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
BUSY = "go on"
"""What `clean` says of runs that have not ended."""

SMALL = ("--users", "20", "--groups", "5", "--dialect", "legacy")
LINES = {
    "run": ("run", "--dialect", "legacy"),
    "run-all": ("run", "--profile", "all"),
    "cycle": ("cycle", *SMALL),
    "cycle-as-is": ("cycle", "--as-is", "--sync", "all", "--dialect", "legacy"),
    "load": ("load", "--duration", "2"),
}
ABOUT = {"run": 350, "run-all": 900, "cycle": 500, "cycle-as-is": 300, "load": 90}
"""Requests that a verb sends on a good server, for the point at which it is killed."""

FEW = ("run", "--dialect", "legacy", "-k", "unknown or deprovision or delete or group")
CLEANERS = ("clean", "clean-search", "clean-beside")
VERBS = (*LINES, *CLEANERS)
SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}


@dataclass(frozen=True)
class Done:
    """A process that ended.

    Attributes:
        code: exit code, negative for a signal.
        said: on both outputs.
        stolen: what it took from a run that goes on.
    """

    code: int
    said: str
    stolen: tuple[str, ...] = ()


@dataclass
class Scene:
    """Where a verb is played.

    Attributes:
        zoo: the server.
        folder: of the report files.
        dice: everything random.
        more: options for every command.
        told: called after each command that says what it left: with its name and what it came to.
    """

    zoo: Zoo
    folder: Path
    dice: random.Random
    more: tuple[str, ...] = ()
    told: Callable[[str, Done], None] = field(default=lambda _name, _done: None)

    def command(self, *line: str, until: Callable[[], bool] | None = None, number: int = signal.SIGKILL) -> Done:
        """A command to its end, or until it is sent a signal."""
        with self.begun(*line) as (process, said):
            end = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < end and not (until and until()):
                time.sleep(0.005)
            if process.poll() is None:
                process.send_signal(number if time.monotonic() < end else signal.SIGKILL)
            process.wait(timeout=120)
            return Done(process.returncode, text_of(said))

    @contextmanager
    def begun(self, *line: str) -> Any:
        """A command that goes on; it is killed with the block."""
        environment = {**os.environ, "SCIM_TOKEN": self.zoo.token}
        options = ["--url", self.zoo.url, "--reports", str(self.folder), *self.more, *self.zoo.options]
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(
                [*PYTHON, "-m", "conformance", *line, *options],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process, said
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def line(self, verb: str) -> tuple[str, ...]:
        """The arguments of a verb."""
        seed = ("--seed", str(self.dice.randrange(1_000_000)))
        if verb != "cycle-as-is":
            return (*LINES[verb], *seed)
        directory, mapping = source.write(self.folder)
        return (*LINES[verb], *seed, "--directory", str(directory), "--mapping", str(mapping))

    def after(self, requests: int) -> Callable[[], bool]:
        """Whether so many requests have come from now on."""
        begin = self.zoo.count
        return lambda: self.zoo.count - begin >= requests


def text_of(said: IO[str]) -> str:
    """All of a file."""
    said.seek(0)
    return said.read()


def play(scene: Scene, verb: str, killed: str) -> None:
    """Play a verb; ``killed`` is a signal's name, or empty."""
    if verb in CLEANERS:
        _clean_up(scene, verb)
    elif killed:
        interrupt(scene, verb, SIGNALS[killed])
        clean(scene)
        if scene.zoo.recover():
            clean(scene)
    else:
        scene.told(verb, scene.command(*scene.line(verb)))


def interrupt(scene: Scene, verb: str, number: int) -> None:
    """Send a verb a signal at a random point; told to stop, it says itself what is left, unless it means to go on."""
    point = scene.dice.randrange(1, ABOUT[verb])
    done = scene.command(*scene.line(verb), until=scene.after(point), number=number)
    scene.zoo.meanwhile()
    if number != signal.SIGKILL and not verb.startswith("cycle"):
        scene.told(verb, done)


def clean(scene: Scene, *more: str) -> Done:
    """Call `clean` until no run goes on: the workers of a load that was killed end by themselves."""
    end = time.monotonic() + 30
    while True:
        done = scene.command("clean", *more)
        if BUSY not in done.said or time.monotonic() > end:
            scene.told("clean", done)
            return done
        time.sleep(0.5)


def _clean_up(scene: Scene, verb: str) -> None:
    scene.command(*FEW, until=scene.after(scene.dice.randrange(5, 120)))
    scene.zoo.meanwhile()
    if verb == "clean-beside":
        _beside(scene)
    search = ["--search"] if verb == "clean-search" else []
    clean(scene, *search)
    if scene.zoo.recover():
        clean(scene, *search)


def _beside(scene: Scene) -> None:
    """`clean --search` while another run goes on, and is held for the moment: nothing of that one is deleted."""
    killed = {record for record in scene.zoo.store if record.origin == SUITE}
    with scene.begun(*scene.line("cycle")) as (process, said):
        begun = scene.after(scene.dice.randrange(60, 200))
        while process.poll() is None and not begun():
            time.sleep(0.005)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        running = {path: one for path, one in scene.zoo.books.ours().items() if one not in killed}
        done = scene.command("clean", "--search")
        stolen = [f"{path} {one.name}" for path, one in running.items() if path not in scene.zoo.books.ours()]
        scene.told("clean beside a run", Done(done.code, done.said, tuple(stolen)))
        process.send_signal(signal.SIGCONT)
        process.wait(timeout=PATIENCE)
        scene.told("cycle", Done(process.returncode, text_of(said)))
