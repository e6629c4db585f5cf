"""The fault layer: a function around the embedded server that changes a request, an answer, or both."""

from __future__ import annotations

import importlib
import io
import json
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode
from wsgiref.util import setup_testing_defaults

ROOT = "/v2"
Serve = Callable[["Call"], "Answer"]
Behaviour = Callable[["Call", Serve], "Answer"]


@dataclass
class Call:
    """A request on its way to the server.

    Attributes:
        method: HTTP method.
        path: below the tenant URL, decoded, such as ``/Users/2819c223``.
        query: parameters, each with its first value.
        headers: lower-case names.
        body: parsed JSON, or None.
        raw: the body's bytes; used only where ``body`` is None.
        memory: kept between calls of one server.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes = b""
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The operations of a PATCH."""
        found = self.body.get("Operations") if isinstance(self.body, dict) else None
        return found if isinstance(found, list) else []

    def to(self, method: str, path: str, body: Any = None) -> Call:
        """Another call by the same caller, for faults that look up or change something on the side."""
        headers = {k: v for k, v in self.headers.items() if k in {"authorization", "accept"}}
        if body is not None:
            headers["content-type"] = "application/scim+json"
        return Call(method, path, {}, headers, body, b"", self.memory)


@dataclass
class Answer:
    """An answer on its way back: ``body`` is JSON (None for no body) unless ``raw`` is set."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources in the answer: those of a list, or the one it is."""
        if not isinstance(self.body, dict):
            return []
        rows = self.body.get("Resources")
        return rows if isinstance(rows, list) else [self.body] if "id" in self.body else []


@dataclass(frozen=True)
class Fault:
    """A defect and the checks that must catch it.

    Attributes:
        name: kebab-case.
        catches: ids of checks; each must come to FAIL or WARN in at least one dialect. For a benign variation, the
            checks of Microsoft's gallery gate that demand what the RFCs leave open.
        behaviour: stands between client and server.
        given: what the run is given beside; see ``lab.judge_with``.
        verb: the verb of the command that finds it; a run does not play what others need.
    """

    name: str
    catches: tuple[str, ...]
    behaviour: Behaviour
    given: Mapping[str, Any] = field(default_factory=dict)
    verb: str = "run"

    @property
    def story(self) -> str:
        """What is wrong with the server, in one sentence."""
        return (self.behaviour.__doc__ or "").strip()


FAULTS: dict[str, Fault] = {}
BENIGN: dict[str, Fault] = {}


def fault(
    name: str, *, catches: Iterable[str], given: Mapping[str, Any] | None = None, verb: str = "run"
) -> Callable[[Behaviour], Behaviour]:
    """Register a defect."""

    def register(behaviour: Behaviour) -> Behaviour:
        assert name not in FAULTS, f"two faults are called {name}"
        FAULTS[name] = Fault(name, tuple(catches), behaviour, given or {}, verb)
        return behaviour

    return register


def benign(name: str, *, demanded: Iterable[str] = ()) -> Callable[[Behaviour], Behaviour]:
    """Register a legal variation, which no check may turn to FAIL or WARN, but for those of the gallery's gate."""

    def register(behaviour: Behaviour) -> Behaviour:
        assert name not in BENIGN, f"two benign variations are called {name}"
        BENIGN[name] = Fault(name, tuple(demanded), behaviour)
        return behaviour

    return register


def load() -> dict[str, Fault]:
    """Import every module of this package, so that all faults are registered."""
    package = importlib.import_module("tests.faults")
    for module in pkgutil.iter_modules(package.__path__, "tests.faults."):
        importlib.import_module(module.name)
    return FAULTS


def wrap(app: Callable[..., Any], behaviour: Behaviour) -> Callable[..., Any]:
    """Put a behaviour in front of a WSGI application."""
    memory: dict[str, Any] = {}

    def serve(call: Call) -> Answer:
        return _inner(app, call)

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        answer = behaviour(_call(environ, memory), serve)
        raw = answer.raw
        if raw is None:
            raw = b"" if answer.body is None else json.dumps(answer.body).encode()
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-length"}
        start_response(f"{answer.status} X", [*headers.items(), ("Content-Length", str(len(raw)))])
        return [raw]

    return wrapped


def _call(environ: dict[str, Any], memory: dict[str, Any]) -> Call:
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True).items()}
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace").removeprefix(ROOT)
    return Call(environ["REQUEST_METHOD"], path, query, headers, body, raw, memory)


def _inner(app: Callable[..., Any], call: Call) -> Answer:
    raw = call.raw if call.body is None else json.dumps(call.body).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "PATH_INFO": (ROOT + call.path).encode().decode("latin-1"),
        "QUERY_STRING": urlencode(call.query),
        "wsgi.input": io.BytesIO(raw),
        "CONTENT_LENGTH": str(len(raw)) if raw else "",
        "CONTENT_TYPE": call.headers.get("content-type", ""),
        **{f"HTTP_{k.upper().replace('-', '_')}": v for k, v in call.headers.items() if k != "content-type"},
    }
    setup_testing_defaults(environ)
    seen: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _info: object = None) -> None:
        seen.update(status=int(status.split(maxsplit=1)[0]), headers=dict(headers))

    out = b"".join(app(environ, start_response))
    try:
        body = json.loads(out) if out else None
    except ValueError:
        return Answer(seen["status"], seen["headers"], None, out)
    return Answer(seen["status"], seen["headers"], body)
