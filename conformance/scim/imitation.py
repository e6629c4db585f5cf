"""An imitation of a good endpoint behind an httpx transport, for dry runs: it answers from memory alone."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from conformance.scim.claim import UNIQUE
from conformance.scim.messages import BULK_RESPONSE, ERROR, LIST_RESPONSE
from conformance.scim.patched import patched
from conformance.scim.paths import member, text_at

TOKEN = "dry-run"  # noqa: S105 - the only one that the imitation takes, and a secret to nobody
CLAUSE = re.compile(r'(\S+) (eq|sw|co|ew) "([^"]*)"')


@dataclass(frozen=True)
class Sent:
    """A request that would have been sent.

    Attributes:
        method: HTTP method.
        target: path and query below the tenant URL.
        text: the body, empty for none.
    """

    method: str
    target: str
    text: str

    @property
    def body(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Imitation(httpx.BaseTransport):
    """Stands in for an endpoint that does everything right, as far as a client's course depends on it.

    It creates, finds, lists, replaces, patches and deletes, and refuses what it does not understand.

    Args:
        base: the tenant URL.
        documents: answers to discovery by path, such as ``/Schemas``.
        tell: told each request in the order in which it would be sent.
    """

    def __init__(self, base: str, documents: Mapping[str, Any], tell: Callable[[Sent], None]) -> None:
        self._root = urlsplit(base).path
        self._documents = documents
        self._tell = tell
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._resources: dict[str, dict[str, Any]] = {}

    def keep(self, collection: str, identifier: str, resource: Mapping[str, Any]) -> None:
        """Hold a resource, as if it had been created before."""
        self._resources[f"{collection}/{identifier}"] = {
            **resource,
            "id": identifier,
            "meta": {"location": f"{self._root}{collection}/{identifier}", "version": 'W/"1"'},
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Take note of a request and answer it."""
        with self._lock:
            return self._handle(request)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii").removeprefix(self._root)
        sent = Sent(request.method, target, request.read().decode())
        self._tell(sent)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401)
        path = unquote(target.partition("?")[0])
        if path == "/Bulk":
            return self._bulk(sent.body)
        return self._single(request.method, path, sent.body, request.url.params, request.headers.get("if-match"))

    def _single(
        self, method: str, path: str, body: Any, query: Mapping[str, str], version: str | None = None
    ) -> httpx.Response:
        if method == "GET" and path in self._documents:
            return httpx.Response(200, json=self._documents[path])
        collection = path.removesuffix("/.search")
        if collection != path and isinstance(body, dict):
            return self._list(collection, {name: str(value) for name, value in body.items()})
        if path.count("/") == 1 and f"/ResourceTypes{path[:-1]}" in self._documents:
            return self._list(path, query) if method == "GET" else self._create(method, path, body)
        held = self._resources.get(path)
        if held is None:
            return _error(404)
        if version not in {None, "*", held["meta"]["version"]}:
            return _error(412)
        return self._change(method, path, body)

    def _create(self, method: str, collection: str, body: Any) -> httpx.Response:
        if method != "POST":
            return _error(405)
        name = member(body, UNIQUE[collection]) if isinstance(body, dict) else None
        if not isinstance(name, str) or not name:
            return _error(400)
        others = (member(row, UNIQUE[collection]) for row in self._rows(collection))
        if name.casefold() in {str(other).casefold() for other in others}:
            return _error(409)
        identifier = str(next(self._numbers))
        self.keep(collection, identifier, body)
        return self._shown(f"{collection}/{identifier}", 201)

    def _change(self, method: str, path: str, body: Any) -> httpx.Response:
        if method == "DELETE":
            del self._resources[path]
            return httpx.Response(204)
        if method == "POST" or (method != "GET" and not isinstance(body, dict)):
            return _error(405 if method == "POST" else 400)
        if method != "GET":
            collection, _, identifier = path.rpartition("/")
            self.keep(collection, identifier, body if method == "PUT" else patched(self._resources[path], body))
        return self._shown(path, 200)

    def _shown(self, path: str, status: int) -> httpx.Response:
        meta = self._resources[path]["meta"]
        headers = {"location": meta["location"], "etag": meta["version"]}
        return httpx.Response(status, json=self._resources[path], headers=headers)

    def _rows(self, collection: str) -> list[dict[str, Any]]:
        return [row for path, row in self._resources.items() if path.startswith(f"{collection}/")]

    def _list(self, collection: str, query: Mapping[str, str]) -> httpx.Response:
        rows = [row for row in self._rows(collection) if _fits(row, query.get("filter", ""))]
        start, count = (_number(query.get(name), default) for name, default in (("startIndex", 1), ("count", 100)))
        page = rows[max(start, 1) - 1 :][: max(count, 0)]
        body = {"schemas": [LIST_RESPONSE], "totalResults": len(rows), "itemsPerPage": len(page), "startIndex": start}
        return httpx.Response(200, json={**body, "Resources": page})

    def _bulk(self, job: Any) -> httpx.Response:
        operations = job.get("Operations") if isinstance(job, dict) else None
        if not isinstance(operations, list):
            return _error(400)
        if len(operations) > self._documents["/ServiceProviderConfig"]["bulk"]["maxOperations"]:
            return _error(413)
        return httpx.Response(
            200, json={"schemas": [BULK_RESPONSE], "Operations": [self._operate(row) for row in operations]}
        )

    def _operate(self, row: Any) -> dict[str, Any]:
        method, path = str(row.get("method")), unquote(str(row.get("path")))
        if method == "POST" and "bulkId" not in row:
            return {"method": method, "status": "400"}
        answer = self._single(method, path, row.get("data"), {}, row.get("version"))
        result = {key: row[key] for key in ("method", "bulkId") if key in row} | {"status": str(answer.status_code)}
        location = answer.headers.get("location")
        return result | ({"location": location} if location else {}) | ({"response": answer.json()} if location else {})


def _fits(row: dict[str, Any], text: str) -> bool:
    """Whether a resource fits the clauses of a filter that are understood; one without any fits nobody."""
    clauses = CLAUSE.findall(text)
    return not text or (bool(clauses) and all(_holds(row, *clause) for clause in clauses))


def _holds(row: dict[str, Any], path: str, operator: str, wanted: str) -> bool:
    value, wanted = text_at(row, path).casefold(), wanted.casefold()
    return {
        "eq": value == wanted,
        "sw": value.startswith(wanted),
        "co": wanted in value,
        "ew": value.endswith(wanted),
    }[operator]


def _number(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default


def _error(status: int) -> httpx.Response:
    return httpx.Response(status, json={"schemas": [ERROR], "status": str(status), "detail": "dry run"})
