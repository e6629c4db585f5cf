"""The PATCH request around its operations, which are the dialect's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.idp.entra import PATCH_OP


def envelope(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Wrap operations into a PatchOp message (RFC 7644 section 3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": [dict(operation) for operation in operations]}
