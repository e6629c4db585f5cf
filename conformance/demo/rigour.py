"""Where scim2-server is more patient than the RFC: empty user names, values given twice, PATCHes that do not say so."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

WsgiApp = Callable[..., Any]


def enforce(app: WsgiApp) -> WsgiApp:
    """Wrap an application so that creates and replacements reach it as RFC 7643 wants them judged.

    An empty user name counts as a missing one, which is refused (section 4.1.1); a value of the same type that is
    there already is dropped (section 2.4). A PATCH without the PatchOp schema is refused (RFC 7644 section 3.5.2).
    """

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] in {"POST", "PUT", "PATCH"}:
            raw = _corrected(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            environ |= {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}
        return app(environ, start_response)

    return wrapped


def _corrected(raw: bytes) -> bytes:
    try:
        body = json.loads(raw)
    except ValueError:
        return raw
    if not isinstance(body, dict):
        return raw
    if "Operations" in body:
        # What is left is no PatchOp, and refused as such.
        return raw if body.get("schemas") else b"{}"
    if body.get("userName") == "":
        del body["userName"]
    return json.dumps({name: _once(value) for name, value in body.items()}).encode()


def _once(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(row, dict) and "value" in row for row in value):
        return value
    kept = {(str(row.get("type")).lower(), str(row["value"]).lower()): row for row in reversed(value)}
    return list(reversed(kept.values()))
