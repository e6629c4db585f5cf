"""Exported schemas for tests: one in a real tenant's format, and small ones made of a few rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from conformance.idp.entra import CORE_GROUP, ENTERPRISE_USER
from conformance.provisioning.expressions import Context

CONTEXT = Context(
    now=datetime(2026, 11, 25, tzinfo=UTC),
    guid=lambda: "0a21f0f2-0000-4000-8000-000000000001",
    random=random.Random(6),  # noqa: S311 - a test's
    default_domain="contoso.com",
)

OWN = "urn:ietf:params:scim:schemas:extension:signpath:2.0"


def attribute(name):
    """A direct source."""
    return {"expression": f"[{name}]", "name": name, "type": "Attribute", "parameters": []}


def constant(value):
    """A constant source."""
    return {"expression": f'"{value}"', "name": value, "type": "Constant", "parameters": []}


def function(text, **parameters):
    """An expression as source."""
    name = text.partition("(")[0]
    rows = [{"key": key, "value": value} for key, value in parameters.items()]
    return {"expression": text, "name": name, "type": "Function", "parameters": rows}


def row(target, source, **fields):
    """An attribute mapping with all members that Graph exports."""
    return {
        "defaultValue": "",
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": "Always",
        "matchingPriority": 0,
        "targetAttributeName": target,
        "source": attribute(source) if isinstance(source, str) else source,
        **fields,
    }


def object_mapping(source, rows, **fields):
    """An object mapping with all members that Graph exports."""
    return {
        "enabled": True,
        "flowTypes": "Add,Update,Delete",
        "name": f"Provision Azure Active Directory {source}s",
        "scope": None,
        "sourceObjectName": source,
        "targetObjectName": ENTERPRISE_USER if source == "User" else CORE_GROUP,
        "attributeMappings": rows,
        "metadata": [
            {"key": "IsCustomerDefined", "value": "false"},
            {"key": "Disposition", "value": '"Normal"'},
            {"key": "OriginalJoiningProperty", "value": "userName" if source == "User" else "displayName"},
        ],
        **fields,
    }


def definition(name, kind="String", **fields):
    """An attribute of a directory's object."""
    return {
        "anchor": name == "id",
        "caseExact": False,
        "defaultValue": None,
        "flowNullValues": False,
        "multivalued": False,
        "mutability": "ReadWrite",
        "name": name,
        "required": False,
        "type": kind,
        "apiExpressions": [],
        "metadata": [],
        "referencedObjects": [],
        **fields,
    }


def target_object(name, attributes):
    """An object of a directory."""
    metadata = [{"key": "IsSoftDeletionSupported", "value": "false"}]
    return {"name": name, "supportedApis": [name], "attributes": attributes, "metadata": metadata}


def export(*mappings, target=(), source=(), **rule_fields) -> dict[str, Any]:
    """A synchronizationSchema of one rule.

    Args:
        mappings: object mappings.
        target: objects of the target directory.
        source: objects of the source directory.
        rule_fields: what differs in the rule.
    """
    rule = {
        "containerFilter": None,
        "editable": True,
        "groupFilter": None,
        "id": "03f7d90d-0000-4000-8000-aaf0ddbee5d8",
        "name": "USERGROUP_OUTBOUND_USERGROUP",
        "priority": 1,
        "sourceDirectoryName": "Microsoft Entra ID",
        "targetDirectoryName": "customappsso",
        "metadata": [{"key": "supportsProvisionOnDemand", "value": "true"}],
        "objectMappings": list(mappings),
        **rule_fields,
    }
    common = {"discoveryDateTime": None, "version": "Date:2024-06-19T14:53:12.7416198Z, ActivityId:d0147501"}
    return {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata#servicePrincipals('x')/synchronization/jobs('y')/schema",
        "id": "scim.4e3cbf0ec6524caebd1fca7a38924e91.62a7b0b0-0000-4000-8000-2a9db95822aa",
        "version": "Date:2024-06-19T14:53:12.7416198Z, ActivityId:d0147501-0000-4000-8000-8139fda68d3e",
        "synchronizationRules": [rule],
        "directories@odata.context": "https://graph.microsoft.com/beta/$metadata#servicePrincipals('x')/directories",
        "directories": [
            {
                **common,
                "discoverabilities": "AttributeNames,AttributeDataTypes",
                "name": rule["sourceDirectoryName"],
                "readOnly": True,
                "objects": list(source),
            },
            {
                **common,
                "discoverabilities": "None",
                "name": rule["targetDirectoryName"],
                "readOnly": False,
                "objects": list(target),
            },
        ],
    }


def users(*rows, target=(), **fields):
    """A schema that provisions users only, by userName and some more rows."""
    first = row("userName", "userPrincipalName", matchingPriority=1)
    objects = [target_object(ENTERPRISE_USER, list(target))] if target else []
    return export(object_mapping("User", [first, *rows], **fields), target=objects)


def real_tenant() -> dict[str, Any]:
    """Both object mappings in the format of a real tenant's export (entra.md 6.2), with its edits."""
    switch = function(
        'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
        source=attribute("IsSoftDeleted"),
        switchValue=constant("False"),
    )
    group_rows = [
        row("displayName", "displayName", matchingPriority=1, defaultValue=None),
        row("members", "members", defaultValue=None),
        row("description", "description"),
        row(f"{OWN}:Group:isDirectorySynchronized", constant("true")),
    ]
    user_rows = [
        row("active", switch),
        row('emails[type eq "work"].value', "mail"),
        row("userName", "displayName", matchingPriority=2, defaultValue=None),
        row("externalId", "objectId", matchingPriority=1),
        row(
            "roles", function("AppRoleAssignmentsComplex([appRoleAssignments])", source=attribute("appRoleAssignments"))
        ),
        row(f"{OWN}:User:isDirectorySynchronized", constant("true")),
    ]
    refers = [{"referencedObjectName": name, "referencedProperty": None} for name in (ENTERPRISE_USER, CORE_GROUP)]
    group_target = [
        definition("id"),
        definition("displayName", required=True),
        definition("members", "Reference", multivalued=True, referencedObjects=refers),
        definition("description"),
        definition(f"{OWN}:Group:isDirectorySynchronized", "Boolean"),
    ]
    user_target = [
        definition("id"),
        definition("active", "Boolean"),
        definition('emails[type eq "work"].value'),
        definition("userName", required=True),
        definition("externalId"),
        definition("roles", multivalued=True),
        definition(f"{OWN}:User:isDirectorySynchronized", "Boolean"),
    ]
    source = [
        definition("objectId"),
        definition("IsSoftDeleted", "Boolean"),
        definition("otherMails", multivalued=True),
    ]
    return export(
        object_mapping("Group", group_rows),
        object_mapping("User", user_rows),
        target=[target_object(CORE_GROUP, group_target), target_object(ENTERPRISE_USER, user_target)],
        source=[target_object("User", source)],
    )
