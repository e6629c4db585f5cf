"""What comes of one request of a load worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.parsing import NotJson, parse


@dataclass
class Answer:
    """What came of one request.

    Attributes:
        status: HTTP status, or None where no answer came.
        headers: of the answer, names in lower case where they are looked up.
        body: its bytes.
        error: one of ``ERROR_KINDS``, or None.
        detail: one sentence on the error.
        seconds: from sending to the last byte.
        adopted: the id under which a create gave us something.
        foreign: a create was answered by 2xx with somebody else's resource, or with none.
    """

    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    error: str | None = None
    detail: str = ""
    seconds: float = 0.0
    adopted: str | None = None
    foreign: bool = False
    _resource: Mapping[str, Any] | None = field(default=None, init=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def told(self) -> str:
        """The status, or the kind of error."""
        return str(self.status) if self.status is not None else self.error or "none"

    @property
    def retry_after(self) -> str | None:
        """The header of that name."""
        return self._header("retry-after")

    @property
    def place(self) -> dict[str, str]:
        """The header Location, as a mapping of its name to its value."""
        return {"location": self._header("location") or ""}

    @property
    def date(self) -> dict[str, str]:
        """The header Date, as a mapping of its name to its value."""
        return {"date": self._header("date") or ""}

    @property
    def resource(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is none."""
        if self._resource is None:
            try:
                found = parse(self.body.decode("utf-8", "replace"))
            except NotJson:
                found = None
            self._resource = found if isinstance(found, dict) else {}
        return self._resource

    @property
    def reason(self) -> str:
        """What it gives as its reason: the ``detail`` of a SCIM error, or its body."""
        return str(self.resource.get("detail") or self.body.decode("utf-8", "replace"))

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The resources of a ListResponse."""
        rows = self.resource.get("Resources")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _header(self, name: str) -> str | None:
        return self.headers.get(name) if self.headers is not None else None
