"""What goes in and out of the zoo's server, before and after HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(frozen=True)
class Request:
    """A request as the server reads it.

    Attributes:
        method: in capitals.
        parts: decoded segments of the path below the tenant URL.
        query: parameters, names in lower case.
        headers: names in lower case.
        body: parsed JSON; None where there is none.
        broken: the body is no JSON.
        size: bytes of the body.
        number: of the request, from 1.
    """

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    broken: bool = False
    size: int = 0
    number: int = 0


@dataclass(frozen=True)
class Answer:
    """What is sent back.

    Attributes:
        status: HTTP status.
        body: JSON; None for none.
        headers: beside those that every answer has.
        wait: seconds before it is sent.
        drop: the connection is closed in place of an answer.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drop: bool = False


class Refused(Exception):
    """A request that is answered with an error.

    Attributes:
        status: HTTP status.
        kind: scimType, or empty.
    """

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.kind = status, kind

    @property
    def answer(self) -> Answer:
        """The error as it is sent."""
        body: dict[str, Any] = {"schemas": [ERROR], "status": str(self.status), "detail": str(self)}
        why = ', error="invalid_token"' if "invalid_token" in str(self) else ""
        headers = {"WWW-Authenticate": f'Bearer realm="zoo"{why}'} if self.status == 401 else {}
        return Answer(self.status, body | ({"scimType": self.kind} if self.kind else {}), headers)


def listed(rows: list[dict[str, Any]], total: int, start: int = 1) -> dict[str, Any]:
    """A ListResponse."""
    found = {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(rows)}
    return found | ({"Resources": rows} if rows else {})
