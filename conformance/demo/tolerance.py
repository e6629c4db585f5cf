"""What Entra needs and scim2-server does not know: a manager sent as a bare id (entra.md 2.3, "Manager set")."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from conformance.idp.entra import ENTERPRISE_USER

WsgiApp = Callable[..., Any]
MANAGER = f"{ENTERPRISE_USER}:manager".lower()


def accept_bare_managers(app: WsgiApp) -> WsgiApp:
    """Wrap an application so that ``"manager": "<id>"`` means ``{"value": "<id>"}``, and an empty one none."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] in {"POST", "PUT", "PATCH"}:
            raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            raw = _translated(raw)
            environ |= {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}
        return app(environ, start_response)

    return wrapped


def _translated(raw: bytes) -> bytes:
    if b"manager" not in raw:
        return raw
    try:
        body = json.loads(raw)
    except ValueError:
        return raw
    if not isinstance(body, dict):
        return raw
    _in_resource(body)
    for operation in body.get("Operations", []):
        if isinstance(operation, dict):
            _in_operation(operation)
    return json.dumps(body).encode()


def _in_resource(resource: dict[str, Any]) -> None:
    extension = resource.get(ENTERPRISE_USER)
    if isinstance(extension, dict) and isinstance(extension.get("manager"), str):
        extension["manager"] = {"value": extension["manager"]}


def _in_operation(operation: dict[str, Any]) -> None:
    value = operation.get("value")
    if str(operation.get("path", "")).lower() == MANAGER:
        identifier = value.get("value") if isinstance(value, dict) else value
        if str(operation.get("op")).lower() != "remove" and identifier in ("", None):
            operation.pop("value", None)
            operation["op"] = "remove"
        elif isinstance(value, str):
            operation["value"] = {"value": value}
    elif isinstance(value, dict):
        _in_resource(value)
        for key in [k for k in value if k.lower() == MANAGER and isinstance(value[k], str)]:
            value[key] = {"value": value[key]}
