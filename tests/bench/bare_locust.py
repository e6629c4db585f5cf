"""A bare Locust FastHttpUser that sends the bodies a load worker sends: the floor to compare with.

Usage: python -m tests.bench.bare_locust URL USERS SECONDS  (prints the requests a second)
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from types import SimpleNamespace

import gevent
from locust import FastHttpUser, constant, task
from locust.env import Environment

from conformance.idp.dialects import COMPLIANT, LEGACY
from conformance.idp.entra.people import People, run_prefix
from conformance.load.mixes import InitialCycle
from conformance.load.operations import Operations
from conformance.load.population import Directory
from conformance.scim.assumptions import Assumptions
from conformance.scim.client import BODY_TYPE, SCIM_JSON

PREPARED = 3000


def prepared() -> list[tuple[str, str, str, bytes | None]]:
    """Method, path, name and body of the requests that an initial cycle begins with."""
    cycle = InitialCycle(Operations(Directory(), People(1, run_prefix()), (LEGACY, COMPLIANT), Assumptions()), None)
    rows = []
    while len(rows) < PREPARED:
        for operation in cycle.volley():
            request = operation.request
            body = None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode()
            path = f"{request.path}?{request.query}" if request.query else request.path
            rows.append((request.method, path, operation.name, body))
            operation.settle(SimpleNamespace(ok=True, resource={}, adopted=operation.creates and f"id-{len(rows)}"))
    return rows


def main() -> None:
    """Send them again and again."""
    url, users, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    rows = itertools.cycle(prepared())
    headers = {"Accept": SCIM_JSON, "Content-Type": BODY_TYPE, "Authorization": "Bearer bench"}

    class Bare(FastHttpUser):
        host = url
        wait_time = constant(0)

        @task
        def send(self) -> None:
            """Send the next one."""
            method, path, name, body = next(rows)
            self.client.request(method, path, name=name, data=body, headers=headers)

    environment = Environment(user_classes=[Bare], host=url)
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=users)
    begin = time.monotonic()
    gevent.sleep(seconds)
    print(environment.stats.total.num_requests / (time.monotonic() - begin))
    runner.quit()


if __name__ == "__main__":
    main()
