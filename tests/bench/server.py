"""The embedded server as a process of its own, with latency added to each answer.

Usage: python -m tests.bench.server SECONDS  (prints the tenant URL; the token is in SCIM_TOKEN)
"""

from __future__ import annotations

import os
import sys
import time

from conformance.demo.server import build_app, serve


def main() -> None:
    """Serve until standard input ends."""
    latency = float(sys.argv[1])
    app = build_app(os.environ["SCIM_TOKEN"])

    def slow(environ, start_response):
        time.sleep(latency)
        return app(environ, start_response)

    with serve(slow if latency else app, threads=32) as url:
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
