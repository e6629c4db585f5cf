"""Test Connection: what the service asks for before each cycle (entra.md 1.1)."""

from __future__ import annotations

from conformance.provisioning.service.codes import Trouble, trouble_of_probe
from conformance.provisioning.service.links import KINDS
from conformance.provisioning.service.tools import Tools


def test_connection(tools: Tools) -> Trouble | None:
    """Look up somebody who cannot exist, by the attribute with matching precedence.

    A look-up of a group that is answered 404 only switches groups off: whether Entra minds is not documented.

    Returns:
        what is wrong with the connection, or None.
    """
    nobody = tools.job.guid(f"nobody/{tools.exporter.cycle}")
    for kind in KINDS:
        mapping = tools.job.mapping(kind)
        if mapping is None or not mapping.matching:
            continue
        exchange, _ = tools.exporter.match(kind, mapping.matching[0].target, nobody)
        if kind == "Group" and exchange.status in {404, 501}:
            tools.state.remember("no_groups", True)
            continue
        trouble = trouble_of_probe(exchange)
        if trouble is not None:
            return trouble
    return None
