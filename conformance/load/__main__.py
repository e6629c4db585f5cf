"""A load process: ``python -m conformance.load`` with a job on standard input; secrets come by the environment."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
from locust.env import Environment

from conformance.config.credentials import sign_in
from conformance.config.options import UserError
from conformance.config.settings import Settings, build, collect, read_token
from conformance.load.crew import Hand, Master, Member, NoCrew, Outcome, start_child
from conformance.load.lanes import WORKERS, environment_of, teller
from conformance.load.plan import BadPlan, Plan, check_rate
from conformance.load.worker import Worker
from conformance.piping import bear_closed_pipes

USER_ERROR = 2


def main() -> int:
    """Play a job.

    Returns:
        0, or 2 where it could not be played; then standard error says why.
    """
    bear_closed_pipes()
    job = json.load(sys.stdin)
    # Who is lost is told by us, and how fast lanes start is our affair.
    logging.getLogger("locust.runners").setLevel(logging.ERROR)
    try:
        values = collect(job["given"], job["given"].get("config"))
        settings = build(values, read_token(None, prompt=False))
        sign_in(settings.target)
        return {"alone": _alone, "master": _master, "worker": _worker}[job["role"]](job, settings)
    except (UserError, BadPlan, NoCrew) as problem:
        print(f"scim-conformance: {problem}", file=sys.stderr, flush=True)
        return USER_ERROR


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _on_signal(action: Callable[[], None]) -> None:
    """Cut the run short on SIGTERM, which is what the command sends, or where it was killed; clean-up follows."""
    gevent.signal_handler(signal.SIGTERM, action)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gevent.spawn(_outlive, os.getppid(), action)


def _outlive(parent: int, action: Callable[[], None]) -> None:
    """Wait for the end of the process that started this one."""
    while os.getppid() == parent:
        gevent.sleep(0.5)
    action()


def _alone(job: dict[str, Any], settings: Settings) -> int:
    plan = Plan.from_json(job["plan"])
    environment = environment_of(plan.connections, settings.target.shown_url)
    worker = Worker(plan, settings.target, _reports(job), teller(environment))
    WORKERS[id(environment)] = worker
    _on_signal(lambda: setattr(worker, "halted", True))
    hand = Hand("worker-1", worker.prefix, str(worker.journal) if worker.journal is not None else None)
    outcome = Outcome(hands=[hand], prepared=worker.prepare(), seconds=plan.seconds)
    runner = environment.create_local_runner()
    if outcome.prepared and not worker.halted:
        runner.start(plan.connections, spawn_rate=plan.connections)
        worker.begin()
        worker.wait()
        runner.stop()
    outcome.interrupted = worker.halted
    hand.result = worker.finish(verify=outcome.prepared and not worker.halted)
    hand.requests = worker.figures.total.requests
    outcome.figures, outcome.evidence = worker.figures, worker.evidence
    _write(job, outcome)
    return 0


def _master(job: dict[str, Any], settings: Settings) -> int:
    plan = Plan.from_json(job["plan"])
    environment = environment_of(plan.connections, settings.target.shown_url)
    host, port = job["bind"]
    runner = environment.create_master_runner(host, port)
    children = {}
    for number in range(1, job["processes"] + 1):
        name = f"worker-{number}"
        theirs = {**job, "role": "worker", "name": name, "master": ["127.0.0.1", runner.server.port]}
        children[name] = start_child(json.dumps(theirs))
        _say(f"{name} is process {children[name].pid}.")
    if job["expect"]:
        _say(f"Waiting for {job['expect']} workers at {host}:{runner.server.port}.")
    master = Master(environment, plan, children, _say)
    _on_signal(lambda: setattr(master, "halted", True))
    try:
        _write(job, master.run(job["processes"] + job["expect"]))
    finally:
        with suppress(Exception):
            runner.quit()
        _end(children)
    return 0


def _end(children: dict[str, Any]) -> None:
    for child in children.values():
        with suppress(Exception):
            child.wait(timeout=10)
        if child.poll() is None:
            child.kill()


def _worker(job: dict[str, Any], settings: Settings) -> int:
    host, port = job["master"]
    environment: Environment = environment_of(1, settings.target.shown_url)

    def make(plan: Plan) -> Worker:
        if plan.url != settings.target.shown_url:
            raise BadPlan(f"The master loads {plan.url!r} and this worker was given {settings.target.shown_url!r}.")
        check_rate(plan.stages, job["cap"])
        worker = Worker(plan, settings.target, _reports(job), teller(environment))
        WORKERS[id(environment)] = worker
        return worker

    try:
        runner = environment.create_worker_runner(host, port)
    except ConnectionError:
        raise NoCrew(f"No master answers at {host}:{port}.") from None
    member = Member(environment, job["name"], make)
    _on_signal(member.halt)
    while not member.done and not member.refused and len(runner.greenlet):
        gevent.sleep(0.1)
    if member.refused:
        raise BadPlan(member.refused)
    if not member.done and member.worker is not None:
        _say("The master is gone: what this worker created is deleted.")
        member.worker.finish(verify=False)
    runner.greenlet.join(timeout=10)
    return 0


def _reports(job: dict[str, Any]) -> Path | None:
    return Path(job["reports"]) if job["reports"] else None


def _write(job: dict[str, Any], outcome: Outcome) -> None:
    path = Path(job["result"])
    path.touch(mode=0o600)
    path.write_text(json.dumps(outcome.to_json()), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
