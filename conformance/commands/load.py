"""The ``load`` verb: checks what may be loaded, lets load processes play, judges what they noted."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.commands.clean import remove
from conformance.commands.prepare import connected, end_at_connection, settings_of
from conformance.commands.run import INTERRUPTED, execute, tell_what_is_left
from conformance.config.credentials import sign_in
from conformance.config.settings import BY_KEY, Settings, UserError
from conformance.load.outcome import ended, played, shortfall, summary
from conformance.load.plan import CAP, GALLERY_RATE, BadPlan, Plan, Stage, check_rate, check_target
from conformance.pytest_plugin.handed import Run
from conformance.recording import Recording
from conformance.reporting.results import Exit
from conformance.reporting.run_header import RunHeader
from conformance.run.earlier import remove_of
from conformance.run.gate import baseline_of
from conformance.run.header import begun, gathered, to_be_judged
from conformance.run.session import expected_ids

PORT = 5557
"""Where Locust's workers look for their master."""

FLAT_OUT = 16
"""Requests under way at once where a run goes as fast as it can, for each process."""

INCREMENTAL_USERS = 100
"""People that an incremental cycle changes, where the user does not say how many."""


def load(given: Mapping[str, Any]) -> int:
    """Load an endpoint and judge it.

    Returns:
        the exit code, as of a run; 0 for a worker that has done its part.

    Raises:
        UserError: an option cannot be used, or the target may not be loaded.
    """
    if not given["worker"]:  # a worker writes no files, and may share the folder with its master
        remove_of(given)
    settings = settings_of(given)
    if settings.read_only:
        raise UserError("A load run creates users and groups; leave --read-only out.")
    try:
        plan = plan_of(settings, given)
    except BadPlan as problem:
        raise UserError(str(problem)) from None
    if importlib.util.find_spec("locust") is None:
        raise UserError("A load run needs Locust: pip install 'scim-conformance[load]'.")
    if given["worker"]:
        sign_in(settings.target)
        job = _job(given, settings, "worker") | {"name": f"{socket.gethostname()}-{os.getpid()}"}
        return _play(job | {"master": _address(given["worker"], "--worker")}, settings)
    run, diagnosis = connected(settings)
    if diagnosis.stops:
        return end_at_connection(run, diagnosis)
    print(_announcement(plan, settings), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        distributed = given["master"] or _processes(given) > 1
        job = _job(given, settings, "master" if distributed else "alone")
        try:
            code = _play(job | {"plan": plan.to_json(), "result": str(result)}, settings)
        except KeyboardInterrupt:
            if result.exists():
                tell_what_is_left(**_account(settings, _read(result)))
            raise
        if not result.exists():
            return code or Exit.SUITE_FAULT  # it ended well, and has nothing to tell
        outcome = _read(result)
    return _judge(settings, plan, outcome, diagnosis.to_json())


def _read(result: Path) -> dict[str, Any]:
    """What the load process has noted."""
    outcome: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return outcome


def plan_of(settings: Settings, given: Mapping[str, Any]) -> Plan:
    """The plan that the options ask for.

    Raises:
        BadPlan: the target may not be loaded, or not so fast.
        UserError: an option cannot be used.
    """
    target = settings.target
    check_target(target.shown_url, loopback=target.is_loopback, agreed=given["yes_load"])
    seconds = _number(given["duration"], "--duration", 0.5)
    cap = _cap(given)
    stages = tuple(Stage(rate, seconds) for rate in _rates(given))
    stages = tuple(replace(stage, seconds=seconds / len(stages)) for stage in stages)
    check_rate(stages, cap)
    rates = [stage.rate for stage in stages]
    flat = None in rates
    top = max((rate for rate in rates if rate is not None), default=GALLERY_RATE)
    # On this machine nothing is held back; elsewhere the cap, or the rate that was asked for, holds outside the
    # measured part too.
    held = None if target.is_loopback else cap if flat else max(top, GALLERY_RATE)
    mix = str(given["mix"])
    users = int(_number(given["users"], "--users", 1)) if given["users"] else None
    lanes = FLAT_OUT * _processes(given) if flat else min(max(20, math.ceil(4 * top)), 1000)
    return Plan(
        url=target.shown_url,
        mix=mix,
        stages=stages,
        dialects=settings.dialects,
        users=users or (INCREMENTAL_USERS if mix == "incremental" else None),
        connections=int(_number(given["connections"], "--connections", 1)) if given["connections"] else lanes,
        seed=settings.seed,
        top_rate=held,
    )


def _rates(given: Mapping[str, Any]) -> list[float | None]:
    if given["flat_out"]:
        if given["ramp"] or given["rate"]:
            raise UserError("--flat-out goes as fast as it can; leave --rate and --ramp out.")
        return [None]
    if given["ramp"]:
        if given["rate"]:
            raise UserError("Both --rate and --ramp are given; leave one of them out.")
        return [_number(part, "--ramp", 0.1) for part in given["ramp"].split(",")]
    rate = _number(given["rate"] or str(GALLERY_RATE), "--rate", 0.0)
    return [rate or None]


def _number(text: Any, name: str, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        raise UserError(f"{name} is {text!r}; it takes a number from {least:g}.")
    return value


def _cap(given: Mapping[str, Any]) -> float:
    return _number(given["max_rate"], "--max-rate", 0.1) if given["max_rate"] else CAP


def _processes(given: Mapping[str, Any]) -> int:
    return int(_number(given["processes"], "--processes", 1)) if given["processes"] else 1


def _address(text: str, name: str) -> list[Any]:
    host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", str(PORT))
    if not host or not port.isdigit():
        raise UserError(f"{name} is {text!r}; it takes HOST or HOST:PORT.")
    return [host, int(port)]


def _job(given: Mapping[str, Any], settings: Settings, role: str) -> dict[str, Any]:
    """What a load process is told by standard input; secrets go by the environment, where they were not in a file."""
    distributed = bool(given["master"])
    return {
        "role": role,
        "given": {key: given.get(key) for key in BY_KEY if key != "token_file"} | {"config": given["config"]},
        "reports": str(settings.reports.resolve()),
        "cap": _cap(given),
        "bind": _address(given["bind"] or "127.0.0.1", "--bind") if distributed else ["127.0.0.1", 0],
        "processes": 0 if distributed and not given["processes"] else _processes(given),
        "expect": int(_number(given["expect_workers"] or 1, "--expect-workers", 1)) if distributed else 0,
    }


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of a load process, with the secrets that it cannot find by itself."""
    target = settings.target
    secrets = {
        "SCIM_TOKEN": target.token,
        "SCIM_PASSWORD": target.basic and target.basic.password,
        "SCIM_CLIENT_SECRET": target.oauth and target.oauth.secret,
    }
    return {**os.environ, **{name: secret.reveal() for name, secret in secrets.items() if secret}}


def _play(job: Mapping[str, Any], settings: Settings) -> int:
    """Start the load process and wait for its end; Ctrl-C lets it clean up first.

    Raises:
        KeyboardInterrupt: the run was cut short, and has cleaned up.
    """
    command = [sys.executable, "-m", "conformance.load"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.PIPE, text=True, env=_environment(settings), start_new_session=True
    )
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(job))
        process.stdin.close()
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        print(
            "Interrupted: what was created is deleted; Ctrl-C again leaves it to `scim-conformance clean`.", flush=True
        )
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
        raise
    # An exit code of Python's own, or of a signal's, would blame the endpoint.
    return code if code in {Exit.CONFORMANT, Exit.USER_ERROR} else Exit.SUITE_FAULT


def _announcement(plan: Plan, settings: Settings) -> str:
    """What is about to happen, and where."""
    rates = ", ".join(
        "as fast as it goes" if stage.rate is None else f"{stage.rate:g} a second" for stage in plan.stages
    )
    return (
        f"Loads {settings.target.shown_url} with {'an initial' if plan.mix == 'initial' else 'an incremental'} cycle:"
        f" {rates}, {plan.seconds:g} s, seed {plan.seed}.\n"
        f"Creates users and groups named scimconf-… and deletes them again; nothing else is written to."
    )


def _judge(settings: Settings, plan: Plan, outcome: dict[str, Any], diagnosis: dict[str, Any]) -> int:
    account = _account(settings, outcome)
    hands = outcome["hands"]
    recording = Recording(begun(settings, hands[0]["prefix"]).to_json())
    recording.add(played(outcome, plan))
    why, short = ended(outcome), shortfall(outcome, plan)
    to_be_judged(
        recording,
        expected_ids(["gallery"], [], read_only=False, verb="load"),
        baseline_of(settings.baseline),
        **account,
        diagnosis=diagnosis,
        seconds=plan.seconds,
        requests=sum(hand["requests"] for hand in hands),
        load=summary(outcome, plan),
        partial={"gallery": short} if short else {},
        ended=why or None,
    )
    crashed = any(hand["result"] and hand["result"]["crash"] for hand in hands)
    if outcome["interrupted"] and not crashed and not why:
        tell_what_is_left(**account)
        return INTERRUPTED
    code = execute(Run(recording=recording, reports=settings.reports), None)
    recording.save(settings.reports / "recording.jsonl")
    return code


def _account(settings: Settings, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Delete what workers that were lost have left on this machine's journals.

    Returns:
        what is left, and what nobody knows of, as the results name it.
    """
    account = gathered([RunHeader.from_json(hand["result"]) for hand in outcome["hands"] if hand["result"]])
    for hand in outcome["hands"]:
        journal = Path(hand["journal"]) if hand["lost"] and hand["journal"] else None
        if journal is not None and journal.is_file():
            for name, entries in remove(settings, [journal]).to_json().items():
                account[name] += entries
            print(f"{hand['name']} was lost; what it had created is deleted.")
        elif hand["lost"]:
            print(f"{hand['name']} was lost; run `scim-conformance clean` where its journal is, or with --search here.")
    return {name: account[name] for name in ("left_behind", "unconfirmed")}
