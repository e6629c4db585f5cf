"""The embedded server as a process of its own, with a fault: python -m tests.load.server [FAULT]."""

from __future__ import annotations

import os
import sys

from conformance.demo.server import build_app, serve
from tests.faults import load as faults
from tests.faults.layer import FAULTS, wrap


def main() -> None:
    """Serve until standard input ends; the first word printed is the tenant URL, the token is in SCIM_TOKEN."""
    app = build_app(os.environ["SCIM_TOKEN"])
    if sys.argv[1:]:
        app = wrap(app, FAULTS[sys.argv[1]].behaviour)
    with serve(app, threads=32) as url:
        print(url, faults.__name__, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
