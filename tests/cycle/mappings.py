"""Attribute mappings for tests: the default one, with some expressions of our own."""

from __future__ import annotations

import copy

from conformance.provisioning.mappings.synchronization import default_schema, parse_schema


def exported_with(expressions, *, flow_types=None, left_out=()):
    """The default export with other expressions for some target attributes of users; new ones are appended.

    Args:
        expressions: by target attribute.
        flow_types: Graph's flowType by target attribute.
        left_out: target attributes that are not mapped.
    """
    data = copy.deepcopy(default_schema().raw)
    for mapping in data["synchronizationRules"][0]["objectMappings"]:
        if mapping["sourceObjectName"] == "User":
            kept = {row["targetAttributeName"]: row for row in mapping["attributeMappings"]}
            for target, expression in expressions.items():
                row = kept.setdefault(target, {"targetAttributeName": target, "flowType": "Always"})
                row["source"] = {"type": "Function", "name": "Custom", "expression": expression, "parameters": []}
            for target, flow_type in (flow_types or {}).items():
                kept[target]["flowType"] = flow_type
            mapping["attributeMappings"] = [row for target, row in kept.items() if target not in left_out]
    return data


def schema_with(expressions, **given):
    """The same, read."""
    return parse_schema(exported_with(expressions, **given))
