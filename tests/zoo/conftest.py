"""What the zoo's tests share with the torture tests: their figures."""

from __future__ import annotations

from tests.torture.conftest import figures

__all__ = ["figures"]
