"""One combination of quirk, verb and seed, from an empty server to the verdict on the command."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.zoo.oracle import Witness
from tests.zoo.quirks import QUIRKS
from tests.zoo.town import MANY, settle_in
from tests.zoo.verbs import Scene, play
from tests.zoo.wire import open_house


@dataclass(frozen=True)
class Outcome:
    """What came of a combination.

    Attributes:
        title: quirk, verb, signal and seed.
        requests: that the server had.
        seconds: from start to end.
        foreign: what was done to what is foreign, beyond the quirk's own doing.
        left: what was left and what was told of it, by command.
        wrong: what was told and is not so.
    """

    title: str
    requests: int
    seconds: float
    foreign: list[str]
    left: list[str]
    wrong: list[str]

    @property
    def summary(self) -> str:
        """The first of what is not as it should be."""
        found = [*self.foreign[:2], *self.wrong[:2]]
        return (
            f"{self.title}: {len(self.foreign)} foreign, {len(self.wrong)} wrong: {'; '.join(r[:200] for r in found)}"
        )

    @property
    def good(self) -> bool:
        """Whether nothing foreign was touched and all that was told is true."""
        return not self.foreign and not self.wrong


def play_one(
    quirk: str, verb: str, seed: int, *, killed: str = "", people: int = MANY, folder: Path | None = None
) -> Outcome:
    """Play a verb against a quirk.

    Args:
        quirk: its name.
        verb: its name.
        seed: of everything random.
        killed: the signal that is sent at a random point, or empty.
        people: how many foreign ones there are.
        folder: for the report files; a temporary one if None.
    """
    begin = time.monotonic()
    with _folder(folder) as reports, open_house(QUIRKS[quirk]) as zoo:
        zoo.seed(seed)
        settle_in(zoo, people, seed)
        witness = Witness(zoo, reports)
        dice = random.Random(f"{quirk} {verb} {killed} {seed}")  # noqa: S311 - points, not secrets
        play(Scene(zoo, reports, dice, told=witness.hear), verb, killed)
        wrong = witness.wrong + [f"a fault of the zoo's: {crash}" for crash in zoo.crashes]
        title = " ".join(word for word in (quirk, verb, killed, f"seed {seed}") if word)
        return Outcome(title, zoo.count, time.monotonic() - begin, witness.foreign, witness.left, wrong)


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="zoo-") as made:
        yield Path(made)
