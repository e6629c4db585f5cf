"""Bulk jobs (RFC 7644 section 3.7), with references by bulkId in any order and in circles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.zoo.discovery import MOST_BYTES, MOST_OPERATIONS
from tests.zoo.message import Answer, Refused, Request

if TYPE_CHECKING:
    from tests.zoo.server import Zoo

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
REFERENCE = re.compile(r'"bulkId:([^"]+)"')
PATH_REFERENCE = re.compile(r"bulkId:([^/]+)")


class Job:
    """A job under way."""

    def __init__(self, zoo: Zoo, request: Request) -> None:
        self.zoo, self.request = zoo, request
        self.rows = self._operations()
        self.results: dict[int, dict[str, Any]] = {}
        self.ids: dict[str, str] = {}
        self.circles: list[tuple[dict[str, Any], str]] = []
        self.errors = 0
        self.limit = request.body.get("failOnErrors")

    def _operations(self) -> list[dict[str, Any]]:
        body = self.request.body
        if self.request.size > MOST_BYTES:
            raise Refused(413, f"more than {MOST_BYTES} bytes (maxPayloadSize)")
        if not isinstance(body, dict) or REQUEST not in (body.get("schemas") or []):
            raise Refused(400, "not a BulkRequest", "invalidSyntax")
        rows = body.get("Operations")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Refused(400, "no Operations", "invalidSyntax")
        if len(rows) > MOST_OPERATIONS:
            raise Refused(413, f"more than {MOST_OPERATIONS} operations (maxOperations)", "tooMany")
        return rows

    def done(self) -> Answer:
        """Do all of it, and say what came of each."""
        waiting = list(range(len(self.rows)))
        while waiting and not self._stopped():
            ready = [number for number in waiting if not self._missing(number, waiting)]
            number = ready[0] if ready else waiting[0]
            waiting.remove(number)
            self._do(number, circular=not ready)
        self._close_circles()
        rows = [self.results[number] for number in sorted(self.results)]
        return Answer(200, {"schemas": [RESPONSE], "Operations": rows})

    def _stopped(self) -> bool:
        return isinstance(self.limit, int) and self.errors >= self.limit

    def _missing(self, number: int, waiting: list[int]) -> set[str]:
        """References to what is still to be created by another operation of the job."""
        to_come = {self.rows[n].get("bulkId") for n in waiting if n != number and self._method(n) == "POST"}
        return (self._references(number) - self.ids.keys()) & {str(one) for one in to_come}

    def _references(self, number: int) -> set[str]:
        row = self.rows[number]
        found = set(REFERENCE.findall(json.dumps(row.get("data"))))
        return found | set(PATH_REFERENCE.findall(str(row.get("path"))))

    def _method(self, number: int) -> str:
        return str(self.rows[number].get("method")).upper()

    def _do(self, number: int, *, circular: bool) -> None:
        row = self.rows[number]
        try:
            data = self._resolved(row.get("data"), leave_out=circular)
            answer = self._ask(row, data)
        except Refused as refused:
            answer = refused.answer
        self.results[number] = self._result(row, answer)
        if answer.status >= 400:
            self.errors += 1
        elif circular:
            self.circles.append((row, str(answer.body["id"])))

    def _resolved(self, data: Any, *, leave_out: bool) -> Any:
        """Data with ids in place of references; what is not there yet is left out where it goes round in a circle."""
        if isinstance(data, dict):
            made = {key: self._resolved(value, leave_out=leave_out) for key, value in data.items()}
            return {key: value for key, value in made.items() if value is not None}
        if isinstance(data, list):
            return [row for row in (self._resolved(item, leave_out=leave_out) for item in data) if row]
        if isinstance(data, str) and data.startswith("bulkId:"):
            name = data.removeprefix("bulkId:")
            if name in self.ids:
                return self.ids[name]
            if leave_out:
                return None
            raise Refused(409, f"no operation has the bulkId {name}", "invalidValue")
        return data

    def _ask(self, row: dict[str, Any], data: Any) -> Answer:
        method, path = str(row.get("method") or "").upper(), str(row.get("path") or "")
        if method not in {"POST", "PUT", "PATCH", "DELETE"} or not path.startswith("/"):
            raise Refused(400, "an operation has a method and a path", "invalidSyntax")
        if method != "DELETE" and "data" not in row:
            raise Refused(400, "data is missing", "invalidSyntax")
        if method == "POST" and not row.get("bulkId"):
            raise Refused(400, "a POST has a bulkId", "invalidSyntax")
        parts = tuple(self._part(part) for part in path.strip("/").split("/"))
        headers = {"if-match": str(row["version"])} if "version" in row else {}
        request = Request(method, parts, headers=headers, body=data, number=self.request.number)
        answer = self.zoo.route(request)
        if method == "POST" and answer.status < 300 and isinstance(answer.body, dict):
            self.ids[str(row["bulkId"])] = str(answer.body["id"])
        return answer

    def _part(self, part: str) -> str:
        if not part.startswith("bulkId:"):
            return part
        name = part.removeprefix("bulkId:")
        if name not in self.ids:
            raise Refused(409, f"no operation has the bulkId {name}", "invalidValue")
        return self.ids[name]

    def _result(self, row: dict[str, Any], answer: Answer) -> dict[str, Any]:
        made = {"method": row.get("method"), "status": str(answer.status)}
        made |= {"bulkId": row["bulkId"]} if "bulkId" in row else {}
        body = answer.body if isinstance(answer.body, dict) else {}
        if answer.status >= 400:
            return made | {"response": body} | self._location(row)
        meta = body.get("meta", {})
        made |= {"location": meta["location"]} if "location" in meta else self._location(row)
        return made | ({"version": meta["version"]} if "version" in meta else {})

    def _location(self, row: dict[str, Any]) -> dict[str, str]:
        path = str(row.get("path") or "")
        try:
            parts = [self._part(part) for part in path.strip("/").split("/")]
        except Refused:
            return {}
        return {"location": f"{self.zoo.url}/{'/'.join(parts)}"} if len(parts) > 1 else {}

    def _close_circles(self) -> None:
        """Now that all are there, those of a circle get what was left out."""
        for row, identifier in self.circles:
            parts = (row["path"].strip("/"), identifier)
            data = self._resolved(row["data"], leave_out=True)
            self.zoo.route(Request("PUT", parts, body=data, number=self.request.number))
