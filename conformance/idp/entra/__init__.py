"""What Entra sends: request bodies from its default attribute mapping, and people to fill them."""

from conformance.scim.messages import ERROR, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST

__all__ = [
    "CORE_GROUP", "CORE_USER", "ENTERPRISE_USER", "ERROR", "LIST_RESPONSE", "PATCH_OP", "SEARCH_REQUEST",
]  # fmt: skip

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
