"""The embedded server with a token that is good for so many requests, or that goes away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

CHALLENGE = 'Bearer error="invalid_token", error_description="token expired"'


class Expiring:
    """An application that takes so many requests with one token, and answers 401 to it from then on.

    Args:
        app: answers.
        token: the token.
        lasts: requests that it is good for.

    Attributes:
        seen: methods and paths that came with the token after its end.
    """

    def __init__(self, app: Callable[..., Any], token: str, lasts: int) -> None:
        self.app = app
        self.header = f"Bearer {token}"
        self.lasts = lasts
        self.seen: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request."""
        ours = environ.get("HTTP_AUTHORIZATION") == self.header
        with self._lock:
            over = ours and self.lasts <= 0
            self.lasts -= ours
            if over:
                self.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if not over:
            return self.app(environ, start_response)  # type: ignore[no-any-return]
        start_response("401 Unauthorized", [("WWW-Authenticate", CHALLENGE), ("Content-Length", "0")])
        return [b""]
