"""The embedded server as a process of its own, with latency added to each answer.

Usage: python -m tests.bench.server SECONDS [REQUESTS]  (prints the tenant URL; the token is in SCIM_TOKEN).
Into the file REQUESTS, where it is named, goes a line for each request, with the id that a creation got.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from pathlib import Path

from conformance.demo.server import WsgiApp, build_app, serve


def noting(app: WsgiApp, path: Path) -> WsgiApp:
    """The application, with each request to it noted in a file."""
    file, lock = path.open("w", encoding="utf-8", buffering=1), threading.Lock()

    def answer(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        answered = b"".join(app(environ, start_response))
        made = json.loads(answered).get("id") if environ["REQUEST_METHOD"] == "POST" else None
        url = environ["SCRIPT_NAME"] + environ["PATH_INFO"] + "?" + environ["QUERY_STRING"]
        with lock:
            file.write(json.dumps([environ["REQUEST_METHOD"], url, body.decode(), made]) + "\n")
        return [answered]

    return answer


def main() -> None:
    """Serve until standard input ends."""
    latency = float(sys.argv[1])
    app = build_app(os.environ["SCIM_TOKEN"])
    served = noting(app, Path(sys.argv[2])) if sys.argv[2:] else app

    def slow(environ, start_response):
        time.sleep(latency)
        return served(environ, start_response)

    with serve(slow if latency else served, threads=32) as url:
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
