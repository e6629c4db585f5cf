"""What Entra sends: request bodies in its two dialects, from its default attribute mapping."""

from enum import StrEnum

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Dialect(StrEnum):
    """The form of Entra's PATCH requests.

    Source: Microsoft Learn, "Known issues and resolutions with SCIM 2.0 protocol compliance".
    """

    LEGACY = "legacy"
    """Entra's default: capitalised ``op``, booleans as strings, members removed by a value array."""

    COMPLIANT = "compliant"
    """With ``aadOptscim062020`` in the tenant URL."""


BOTH = (Dialect.LEGACY, Dialect.COMPLIANT)
