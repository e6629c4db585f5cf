"""The ``demo`` verb: a run against the embedded server, or just the server."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from conformance.commands.run import run_live
from conformance.config.settings import UserError
from conformance.scim.secret import Secret


def demo(given: Mapping[str, Any]) -> int:
    """Serve the embedded server and judge it with every profile, or leave it running with ``serve``.

    Raises:
        UserError: the extra is not installed, or the port is taken.
    """
    try:
        from conformance.demo.server import build_app, serve
    except ModuleNotFoundError as missing:
        raise UserError(f"The embedded server needs {missing.name!r}: pip install 'scim-conformance[demo]'.") from None
    token = secrets.token_urlsafe(24)
    with ExitStack() as stack:
        try:
            url = stack.enter_context(serve(build_app(token), given["port"]))
        except OSError as problem:
            raise UserError(f"Port {given['port']} cannot be used: {problem.strerror}; leave --port out.") from None
        if given["serve"]:
            return _stay(url, token)
        given = {**given, "profile": given["profile"] or "all", "cycle": True}
        return run_live(given, url=url, token=Secret(token))


def _stay(url: str, token: str) -> int:
    print(f"SCIM_URL={url}\nSCIM_TOKEN={token}\nServing until Ctrl-C.", flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0
