"""The schema URIs of SCIM's messages (RFC 7644 section 8.2)."""

_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"

PATCH_OP = f"{_MESSAGES}:PatchOp"
SEARCH_REQUEST = f"{_MESSAGES}:SearchRequest"
LIST_RESPONSE = f"{_MESSAGES}:ListResponse"
BULK_REQUEST = f"{_MESSAGES}:BulkRequest"
BULK_RESPONSE = f"{_MESSAGES}:BulkResponse"
ERROR = f"{_MESSAGES}:Error"
