"""Interrupted at twenty random points: nobody else is touched, and nothing is left that `clean` does not remove."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.torture.tenant import command, interrupted, leave, tenant

POINTS = 20
PATIENCE = 30
"""Seconds for those that outlive a killed command to end."""

COMMANDS = {
    "run": ("run", "--profile", "all"),
    "cycle": ("cycle", "--dialect", "legacy"),
    "load": ("load", "--rate", "25", "--duration", "6", "--processes", "2"),
    "clean": ("clean", "--search"),
}
TIDY = {"run", "load"}
"""These remove what they made when they are told to stop; a cycle keeps it, to go on from there."""


def cleaned_up(made, folder):
    """Call `clean` until it says that nothing is left: the workers of a load that was killed end by themselves."""
    end = time.monotonic() + PATIENCE
    while (done := command(("clean",), made, folder)).code == 1 and time.monotonic() < end:
        time.sleep(0.5)
    return done


def wrong(name, number, made, folder, at):
    """What is wrong after an interruption, and after the clean-up."""
    before = made.dump()
    if name == "clean":
        leave(made, folder)
    code, said = interrupted(COMMANDS[name], made, folder, at, number)
    after = made.dump()
    told = []
    if {path: after.get(path) for path in before} != before:
        told.append("somebody else was touched")
    if number != signal.SIGKILL and "Traceback" in said:
        told.append(f"said: {said[-800:]}")
    if code not in ({0, 1, -number} if number == signal.SIGKILL else {0, 1, 130}):
        told.append(f"exit code {code}: {said[-800:]}")
    if number != signal.SIGKILL and name in TIDY and after != before:
        told.append(f"left: {sorted(set(after) - set(before))}")
    cleaned = cleaned_up(made, folder)
    left = sorted(set(made.dump()) - set(before))
    if cleaned.code != 0 or left or list(folder.glob("journal-*")):
        told.append(f"clean: {cleaned.code}, left {left}: {cleaned.out[-800:]}{cleaned.err[-800:]}")
    for path in left:
        made.call("DELETE", path)
    return told


@pytest.mark.torture
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("name", COMMANDS)
def test_twenty_random_points(name, number, tmp_path, figures):
    """Told to stop, a command ends in its own way (130); killed, `clean` ends it."""
    dice = random.Random(f"{name} {number}")  # noqa: S311 - points, not secrets
    begin = time.monotonic()
    with tenant(12, 3) as made:
        if name == "clean":
            leave(made, tmp_path)
        made.requests.clear()
        command(COMMANDS[name], made, tmp_path)
        requests = len(made.requests)
        found = []
        for point in range(POINTS):
            at = dice.randrange(1, requests)
            folder = tmp_path / f"point-{point}"
            folder.mkdir()
            found.append((at, wrong(name, number, made, folder, at)))
    survived = sum(not told for _, told in found)
    seconds = time.monotonic() - begin
    what = f"{signal.Signals(number).name} at random points of {name}"
    figures(what, tried=len(found), survived=survived, seconds=seconds)

    assert [(at, told) for at, told in found if told] == []
