"""Lanes: Locust's users here, each of which sends what is due next; as many as requests may be under way at once."""

from __future__ import annotations

import argparse
from typing import Any

import gevent
from locust import User, constant, task
from locust.env import Environment

from conformance.load.answer import Answer
from conformance.load.operations import Operation
from conformance.load.worker import Worker

WORKERS: dict[int, Worker] = {}
"""The worker that lanes of an environment belong to, by the environment's id."""


IDLE = 0.1
"""Seconds that a lane waits where there is no worker yet, or none any more."""


TURN = 20
"""Requests of a lane before it goes through Locust's own loop again, which takes as long as half a request."""


class NotAnswered(Exception):
    """A request that was not answered by 2xx, as Locust's statistics name it."""


class Lane(User):
    """Sends one request after the other; which, and when, is its worker's affair."""

    wait_time = constant(0)

    @task
    def play(self) -> None:
        """Send what is due next."""
        worker = WORKERS.get(id(self.environment))
        if worker is None:
            gevent.sleep(IDLE)
            return
        for _ in range(TURN):
            worker.play()


def environment_of(connections: int, host: str) -> Environment:
    """Locust's environment for lanes.

    Args:
        connections: lanes of all workers together.
        host: tenant URL, for Locust's own pages.
    """
    options = argparse.Namespace(enable_rebalancing=True, web_base_path="", headless=True, num_users=connections)
    return Environment(user_classes=[Lane], host=host, parsed_options=options)


def teller(environment: Environment) -> Any:
    """A function that tells Locust's statistics of each request; response times count from when a request was due."""

    def tell(operation: Operation, answer: Answer, latency: float) -> None:
        environment.events.request.fire(  # type: ignore[no-untyped-call]
            request_type=operation.request.method,
            name=operation.name,
            response_time=latency * 1000,
            response_length=len(answer.body),
            exception=None if answer.ok else NotAnswered(answer.told),
            context={},
        )

    return tell
