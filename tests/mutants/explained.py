"""Mutations that no test notices, and why no promise becomes false by them."""

from __future__ import annotations

EXPLAINED: dict[str, dict[str, str]] = {}
"""By module: each mutation by function and change, and the reason."""
