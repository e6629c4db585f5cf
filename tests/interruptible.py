"""The interpreter for processes that a test interrupts: SIGINT does to them what it does in a terminal.

A shell starts what it puts into the background with SIGINT ignored, and children inherit that, pytest's too.
"""

from __future__ import annotations

import sys

_BEGIN = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
PYTHON = [sys.executable, "-c", _BEGIN]
"""Put the interpreter's own arguments, such as ``-m conformance``, behind it."""
