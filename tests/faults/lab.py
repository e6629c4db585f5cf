"""Runs checks against the embedded server in this process, with or without a fault."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from functools import cache
from typing import Any

import httpx

from conformance.config.settings import Settings, collect
from conformance.demo.server import build_app
from conformance.idp.entra.people import faker
from conformance.journeys import JOURNEYS
from conformance.judge.check import CHECKS, load
from conformance.provisioning.source.organisation.countries import COUNTRIES
from conformance.run.live import LiveRun
from conformance.run.session import find_blockers, plays_of
from conformance.scim.assumptions import Assumptions
from conformance.scim.auth_oauth import OAuth
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.faults.layer import Behaviour, wrap
from tests.hurried import Hurried

TOKEN = "lab-token-0123456789"
URL = "http://127.0.0.1/v2"
CLIENT = "lab-client"
CLIENT_SECRET = "lab-client-secret-0123456789"


def judge_with(
    behaviour: Behaviour | None = None,
    checks: Iterable[str] | None = None,
    *,
    concurrency: int = 1,
    app: Callable[..., Any] | None = None,
    oauth: bool = False,
    burst: bool = False,
    seed: int = 1,
    assumptions: Assumptions | None = None,
    dialects: Container[str] | None = None,
    without: Container[str] = (),
    hurried: bool = True,
    **given: Any,
) -> dict[str, dict[str, Any]]:
    """Play what the checks need against the (faulted) embedded server and judge them.

    Args:
        behaviour: the fault, or None.
        checks: ids; all that a run judges by default.
        concurrency: how many journeys run at once.
        app: another WSGI application in place of the embedded server.
        oauth: the token comes from a token endpoint beside the server.
        burst: many requests may be sent at once.
        seed: of the people.
        assumptions: what the user states of the endpoint.
        dialects: names; all that a check has by default. A check without any is judged always.
        without: variant ids that are left out.
        hurried: nothing is waited for; False where the fault needs its time.
        given: settings by option key.

    Returns:
        the rows by variant id.
    """
    load()
    app = app or build_app(TOKEN)
    if oauth:
        app = beside_tokens(app)
    if behaviour is not None:
        app = wrap(app, behaviour)
    values = collect({}) | {"reports": None, "concurrency": concurrency} | given
    target = Target(
        URL,
        token=None if oauth else Secret(TOKEN),
        timeout=5.0,
        oauth=OAuth(f"{URL}/token", CLIENT, secret=Secret(CLIENT_SECRET)) if oauth else None,
        burst=burst,
        assumptions=assumptions or Assumptions(),
    )
    settings = Settings(target, seed, values)
    chosen: dict[str, set[str]] = defaultdict(set)
    every = [identifier for identifier, item in CHECKS.items() if item.verb == "run"]
    for identifier in checks if checks is not None else every:
        every_dialect = {dialect for variant, dialect in CHECKS[identifier].variants() if variant not in without}
        chosen[identifier] = {name for name in every_dialect if not name or dialects is None or name in dialects}
    if any("cycle" in CHECKS[identifier].journeys for identifier in chosen):
        import_locales()
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    session = LiveRun(settings, transport=transport, halt=Hurried() if hurried else None)
    session.start(plays_of(chosen))
    rows = {}
    for identifier, names in chosen.items():
        item = CHECKS[identifier]
        for dialect in sorted(names):
            for name in item.journeys:
                session.played(name, dialect if JOURNEYS[name].dialects else "")
            row = session.result(item, dialect)
            rows[row["id"]] = row
    session.close(keep=True)  # the server ends here: what is left on it needs neither a look nor the waits between two
    find_blockers(rows, session.recording)
    return rows


@cache
def import_locales() -> None:
    """Import what makes people before the threads of journeys and of the server begin to.

    pytest parses the modules of a plugin's package in Python, which CPython 3.11 cannot do in two threads at once.
    """
    for country in COUNTRIES:
        faker(country.locale)


def beside_tokens(app: Callable[..., Any]) -> Callable[..., Any]:
    """The application with a token endpoint beside it, which gives the application's own token for an hour."""
    right = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/v2/token":
            return app(environ, start_response)
        ours = environ.get("HTTP_AUTHORIZATION") == f"Basic {right}"
        body = (
            {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600} if ours else {"error": "invalid_client"}
        )
        start_response("200 OK" if ours else "401 Unauthorized", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    return served
