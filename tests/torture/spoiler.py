"""A pytest plugin that plays a fault of the suite's own: after a while, whatever is sent breaks, and tells its headers.

Usage: ``pytest -p tests.torture.spoiler``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import httpx
import pytest

SPARED = 40
"""Requests that are sent as they should be."""


def pytest_configure(config: pytest.Config) -> None:
    """Break ``httpx.Client.stream``, by which every request goes out."""
    sent, send = count(), httpx.Client.stream

    def stream(client: httpx.Client, method: str, url: str, *, headers: Mapping[str, str], **more: Any) -> Any:
        if next(sent) < SPARED:
            return send(client, method, url, headers=headers, **more)
        told = dict(headers)
        raise RuntimeError(f"spoilt: {told}")

    patch = pytest.MonkeyPatch()
    patch.setattr(httpx.Client, "stream", stream)
    config.add_cleanup(patch.undo)
