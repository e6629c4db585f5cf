"""The command in this process, where nobody waits for an endpoint that needs no time."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from unittest import mock

from conformance.commands.main import main
from conformance.scim.client import Client
from tests.torture.measured import Measured

HASTE = 100.0
"""How many times shorter a client waits."""


class Hurried(threading.Event):
    """What a client waits with, if nothing is to be waited for."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait a part of the time."""
        return super().wait(None if timeout is None else timeout / HASTE)


@contextlib.contextmanager
def hurry() -> Iterator[None]:
    """Let every client that is made in the meantime hurry."""
    made = Client.__init__

    def hurried(client: Client, *arguments: object, **more: object) -> None:
        made(client, *arguments, **more | {"halt": more.get("halt") or Hurried()})  # type: ignore[arg-type]

    with mock.patch.object(Client, "__init__", hurried):
        yield


def called(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    pace: Callable[[], contextlib.AbstractContextManager[None]] = hurry,
) -> Measured:
    """Call ``scim-conformance`` with these arguments in this process, with a umask that protects nothing.

    Args:
        arguments: verb and options.
        environment: added to ours, such as ``SCIM_TOKEN``.
        pace: ``contextlib.nullcontext`` for clients that wait as ever.
    """
    out, err = io.StringIO(), io.StringIO()
    begin, mask, ended = time.monotonic(), os.umask(0), signal.getsignal(signal.SIGTERM)
    try:
        with (
            pace(),
            mock.patch.dict(os.environ, environment or {}),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                code = main(arguments)
            except SystemExit as end:  # argparse's own way out
                code = int(end.code or 0)
    finally:
        os.umask(mask)
        signal.signal(signal.SIGTERM, ended)
    return Measured(code, out.getvalue(), err.getvalue(), time.monotonic() - begin, 0.0)
