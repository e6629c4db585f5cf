"""A tenant with people in it: the embedded server over a real socket, filled, watched and dumped."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.demo.server import ROOT, WsgiApp, build_app, serve
from conformance.idp.entra.people import marks_of, run_prefix
from conformance.scim.claim import Claim
from conformance.scim.journal import Journal
from tests.hurried import called
from tests.interruptible import PYTHON
from tests.torture.canary import CANARY, ENVIRONMENT, leaks
from tests.torture.measured import ROOT as PROJECT
from tests.torture.measured import Measured, conformance

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ALIKE = (
    "scimconf@example.com", "scimconf-@example.com", "scimconf-admin@example.com", "scimconf-summer-intern@example.com",
    "scimconf-abcdef-boss@example.com", "SCIMCONF-ABCDEF-Chief@example.com", "xscimconf-abcdef-1@example.com",
    "scimconf-abc234-match-1@example.com",
)  # fmt: skip
"""People whose names look like ours, and were not made by any run."""


@dataclass
class Tenant:
    """The server, and what came over the wire.

    Attributes:
        app: as the demo serves it.
        url: the tenant URL.
        requests: method and path of each request, in the order they came.
        queries: the query of each of them, as it came.
        bodies: the body of each of them.
        fault: answers a request in the server's place, or None.
    """

    app: WsgiApp
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    fault: Any = None

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests that could change something."""
        return [(m, p) for m, p in self.requests if m not in {"GET", "HEAD"} and not p.endswith("/.search")]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Note a request and serve it."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(ROOT)))
        self.queries.append(environ["QUERY_STRING"])
        self.bodies.append(body)
        spoilt = self.fault(environ) if self.fault else None
        if spoilt is not None:
            start_response(*spoilt)
            return [b""]
        return self.app(environ, start_response)

    def call(self, method: str, path: str, body: Any = None, query: str = "") -> Any:
        """Talk to the server past the socket and the log."""
        raw = b"" if body is None else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": f"{ROOT}{path}", "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
            "wsgi.input": io.BytesIO(raw), "wsgi.errors": io.StringIO(), "CONTENT_LENGTH": str(len(raw)),
            "CONTENT_TYPE": "application/scim+json", "HTTP_AUTHORIZATION": f"Bearer {CANARY}",
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        text = b"".join(self.app(environ, lambda *_: None))
        return json.loads(text) if text else None

    def fill(self, users: int, groups: int) -> None:
        """Create people, among them those whose names look like ours, and groups with members."""
        names = [*ALIKE, *(f"person-{number}@example.com" for number in range(users - len(ALIKE)))]
        ids = []
        for number, name in enumerate(names):
            person = {"schemas": [f"{CORE}:User"], "userName": name, "displayName": f"Person {number}", "active": True}
            ids.append(self.call("POST", "/Users", person)["id"])
        for number in range(groups):
            name = "scimconf-abcdef-group" if number == 0 else f"Group {number}"
            members = [{"value": ids[(number * 7 + k) % len(ids)]} for k in range(3)]
            self.call("POST", "/Groups", {"schemas": [f"{CORE}:Group"], "displayName": name, "members": members})

    def dump(self) -> dict[str, str]:
        """Every resource by its path, whole, as text: ``meta`` included, byte for byte comparable."""
        found: dict[str, str] = {}
        for collection in ("/Users", "/Groups"):
            start = 1
            while rows := self.call("GET", collection, query=f"startIndex={start}&count=500").get("Resources"):
                found |= {f"{collection}/{row['id']}": json.dumps(row, sort_keys=True) for row in rows}
                start += len(rows)
        return found


@contextmanager
def tenant(users: int = 0, groups: int = 0) -> Iterator[Tenant]:
    """Serve a tenant with so many people and groups on a port of its own."""
    made = Tenant(build_app(CANARY))
    made.fill(users, groups) if users else None
    with serve(made, threads=16) as url:
        made.url = url
        yield made


def command(arguments: Sequence[str], made: Tenant, folder: Path, *more: str) -> Measured:
    """Run a verb against a tenant to its end, its files in a folder; the token is in none of them, nor was it said."""
    done = conformance(*arguments, "--url", made.url, "--reports", str(folder), *more, environment=ENVIRONMENT)
    assert leaks(folder, (done.out, done.err)) == []
    return done


def hurried(arguments: Sequence[str], made: Tenant, folder: Path, *more: str) -> Measured:
    """As ``command``, in this process, where a client waits for nothing."""
    done = called(*arguments, "--url", made.url, "--reports", str(folder), *more, environment=ENVIRONMENT)
    assert leaks(folder, (done.out, done.err)) == []
    return done


def interrupted(arguments: Sequence[str], made: Tenant, folder: Path, at: int, number: int) -> tuple[int, str]:
    """Send a verb a signal once the server has had so many requests, or let it end if it sends fewer.

    The token is in no file that it left, nor was it said.

    Returns:
        exit code, and all that was said.
    """
    line = [*PYTHON, "-m", "conformance", *arguments, "--url", made.url, "--reports", str(folder)]
    made.requests.clear()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            line,
            cwd=PROJECT,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            umask=0,
        )
        while len(made.requests) < at and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(number)
        process.wait(timeout=60)
        said.seek(0)
        output = said.read()
    assert leaks(folder, [output]) == []
    return process.returncode, output


def leave(made: Tenant, folder: Path) -> list[str]:
    """What a killed run leaves behind: two users and a group, and the journal that names them, one without its id.

    Returns:
        the ids of the three.
    """
    prefix = run_prefix()
    names = [f"{prefix}-match-1@example.com", f"{prefix}-match-2@example.com"]
    ids = [made.call("POST", "/Users", {"schemas": [f"{CORE}:User"], "userName": name})["id"] for name in names]
    group = {"schemas": [f"{CORE}:Group"], "displayName": f"{prefix}-group-life-l-group1-renamed"}
    ids.append(made.call("POST", "/Groups", group)["id"])
    journal = Journal(folder / f"journal-{prefix}.jsonl", made.url, marks_of(prefix))
    first, team, second = (
        Claim(place, name, asked=time.time())
        for place, name in (("/Users", names[0]), ("/Groups", f"{prefix}-group-life-l-group1"), ("/Users", names[1]))
    )
    journal.intend(first)
    journal.created(first, ids[0])
    journal.intend(team)
    journal.created(team, ids[2])
    journal.intend(second)
    journal.close(empty=False)
    return ids
