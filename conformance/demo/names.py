"""Where scim2-server is more patient than RFC 7643 section 4.1.1 allows: a user name has to be non-empty."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

WsgiApp = Callable[..., Any]
EMPTY = (b'"userName": ""', b'"userName":""')


def refuse_empty_names(app: WsgiApp) -> WsgiApp:
    """Wrap an application so that an empty user name counts as a missing one, which it refuses."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] in {"POST", "PUT"}:
            raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if any(spelling in raw for spelling in EMPTY):
                raw = _without_empty_name(raw)
            environ |= {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}
        return app(environ, start_response)

    return wrapped


def _without_empty_name(raw: bytes) -> bytes:
    try:
        body = json.loads(raw)
    except ValueError:
        return raw
    if isinstance(body, dict) and body.get("userName") == "":
        del body["userName"]
    return json.dumps(body).encode()
