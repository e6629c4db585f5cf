"""What Entra sends: request bodies in its two dialects, from its default attribute mapping."""

from enum import StrEnum

from conformance.scim.messages import ERROR, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST

__all__ = [
    "BOTH", "CORE_GROUP", "CORE_USER", "ENTERPRISE_USER", "ERROR", "LIST_RESPONSE", "PATCH_OP", "SEARCH_REQUEST",
    "Dialect",
]  # fmt: skip

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Dialect(StrEnum):
    """The form of Entra's PATCH requests.

    Source: Microsoft Learn, "Known issues and resolutions with SCIM 2.0 protocol compliance".
    """

    LEGACY = "legacy"
    """Entra's default: capitalised ``op``, booleans as strings, members removed by a value array."""

    COMPLIANT = "compliant"
    """With ``aadOptscim062020`` in the tenant URL."""


BOTH = (Dialect.LEGACY, Dialect.COMPLIANT)
