"""Entra's traffic for plain Locust: ``locust -f .../locustfile.py --host TENANT_URL --users 100 --run-time 60s``.

Locust's users are the requests that can be under way at once; the rate is ``--scim-rate``. The token is in
``SCIM_TOKEN``, or in the file that ``SCIM_TOKEN_FILE`` names. Statistics and plots are on Locust's own page; what was
created is looked at and deleted when a test stops. For verdicts use ``scim-conformance load``.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from conformance.config.credentials import sign_in
from conformance.config.options import UserError
from conformance.config.settings import build, collect, read_token
from conformance.idp.dialects import DIALECTS
from conformance.load.lanes import WORKERS, Lane, teller
from conformance.load.plan import CAP, GALLERY_RATE, MIXES, BadPlan, Plan, Stage, check_rate, check_target
from conformance.load.worker import Worker

__all__ = ["Lane"]

FOREVER = 10.0**7
"""Seconds of the only stage: Locust says when a test is over."""

CONNECTIONS = 1000
"""Connections at most; how many are used is up to Locust's users, whose number can be changed on its page."""

PATIENCE = 10.0
"""Seconds that what is under way has to be answered when a test stops, unless ``--stop-timeout`` says otherwise."""

PARTS: dict[int, int] = {}
"""How many workers share the rate, as a worker's environment was last told."""

log = logging.getLogger("scim-conformance")


def add_options(parser: LocustArgumentParser) -> None:
    """Add what Locust does not know: rate, mix, dialect, people, and the user's word for another machine."""
    parser.add_argument("--scim-rate", type=float, default=GALLERY_RATE, help="requests a second; 0: flat out")
    parser.add_argument("--scim-mix", choices=MIXES, default="initial", help="the cycle that is played")
    parser.add_argument("--scim-dialect", choices=(*DIALECTS, "both"), default="both", help="of PATCH bodies")
    parser.add_argument("--scim-people", type=int, default=0, help="people in the directory; 0: as many as come")
    parser.add_argument("--scim-reports", default="reports", help="folder for the journals", include_in_web_ui=False)
    parser.add_argument("--yes-load", default="", help="this URL, which is not loopback, may be loaded")
    parser.add_argument("--scim-max-rate", type=float, default=CAP, help="cap of the rate", include_in_web_ui=False)


def share_out(environment: Environment, **_more: Any) -> None:
    """Let a master tell its workers how many share the rate, whenever that changes."""
    environment.stop_timeout = environment.stop_timeout or PATIENCE
    if isinstance(environment.runner, MasterRunner):
        gevent.spawn(_tell_parts, environment.runner)
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("scim-share", _take_part)


def _tell_parts(runner: MasterRunner) -> None:
    while True:
        gevent.sleep(0.5)
        if runner.worker_count:
            runner.send_message("scim-share", {"parts": runner.worker_count})


def _take_part(environment: Environment, msg: Any) -> None:
    PARTS[id(environment)] = msg.data["parts"]
    worker = WORKERS.get(id(environment))
    if worker is not None:
        worker.share(msg.data["parts"])


def begin(environment: Environment, **_more: Any) -> None:
    """Make a worker of this process, unless it only leads others."""
    if isinstance(environment.runner, MasterRunner) or environment.runner is None:
        return
    try:
        worker = _worker(environment)
    except (UserError, BadPlan) as problem:
        log.error("%s", problem)  # noqa: TRY400 - one sentence for the user, and no traceback
        environment.process_exit_code = 2
        # Locust is about to start its users: they find no worker, and it stops as soon as it can.
        gevent.spawn_later(0.5, environment.runner.quit)
        return
    worker.share(PARTS.get(id(environment), 1))
    gevent.spawn(_prepare, environment, worker)


def _prepare(environment: Environment, worker: Worker) -> None:
    if worker.prepare():
        WORKERS[id(environment)] = worker
        worker.begin()
        return
    log.error("The people that changes are about could not be created; the requests that failed are in the journal.")
    worker.finish(verify=False)


def leave_off(environment: Environment, **_more: Any) -> None:
    """Send nothing more; what is under way is answered, so that it is known what came of each create."""
    worker = WORKERS.get(id(environment))
    if worker is not None:
        worker.over = True


def end(environment: Environment, **_more: Any) -> None:
    """Look at the data and clean up; Locust's statistics stay as they are."""
    worker = WORKERS.pop(id(environment), None)
    if worker is None:
        return
    worker.halted = True
    result = worker.finish(verify=True)
    found = result["found"]
    log.info("%s of %s members lost, %s too many, %s twice", *(found[k] for k in ("lost", "members", "extra", "twice")))
    wrong = found["lost"] + found["extra"] + found["twice"] + len(found["absent"]) + len(found["doubled"])
    if wrong or found["stale"]:
        environment.process_exit_code = 1
        for line in (*found["differences"], *found["absent"], *found["doubled"], *found["stale"]):
            log.warning("%s", line)
    if result["left_behind"]:
        log.warning("%s resources could not be deleted; run `scim-conformance clean`", len(result["left_behind"]))
    if result["unconfirmed"]:
        log.warning("%s resources may be there, nobody knows; run `scim-conformance clean`", len(result["unconfirmed"]))


def _worker(environment: Environment) -> Worker:
    """A worker for the options that Locust was given.

    Raises:
        UserError: an option cannot be used.
        BadPlan: the target may not be loaded, or not so fast.
    """
    options = environment.parsed_options
    assert options is not None
    values = collect({"url": environment.host, "dialect": options.scim_dialect, "reports": options.scim_reports})
    settings = build(values, read_token(os.environ.get("SCIM_TOKEN_FILE"), prompt=False))
    target = settings.target
    check_target(target.shown_url, loopback=target.is_loopback, agreed=options.yes_load or None)
    stages = (Stage(options.scim_rate or None, FOREVER),)
    check_rate(stages, options.scim_max_rate)
    sign_in(target)
    plan = Plan(
        url=target.shown_url,
        mix=options.scim_mix,
        stages=stages,
        dialects=settings.dialects,
        users=options.scim_people or (100 if options.scim_mix == "incremental" else None),
        connections=CONNECTIONS,
        seed=settings.seed,
        top_rate=None if target.is_loopback else options.scim_rate or options.scim_max_rate,
    )
    return Worker(plan, target, Path(settings.reports), teller(environment))


for hook, listener in (
    (events.init_command_line_parser, add_options),
    (events.init, share_out),
    (events.test_start, begin),
    (events.test_stopping, leave_off),
    (events.test_stop, end),
):
    hook.add_listener(listener)  # type: ignore[no-untyped-call]
