"""Error codes of the provisioning log, and what the admin is told to do (entra.md 9)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.scim.exchange import Exchange
from conformance.scim.paths import find, text_at

INCOMPATIBLE = "SystemForCrossDomainIdentityManagementServiceIncompatible"
FILTERING = "SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering"
REFUSED = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
UNAVAILABLE = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"

BY_STATUS = {
    400: "SystemForCrossDomainIdentityManagementBadRequest",
    401: "Unauthorized",
    403: "InsufficientRights",
    404: INCOMPATIBLE,
    405: "MethodNotAllowed",
    409: "Conflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
}

REMEDIES = {
    "Conflict": "Give one of the two objects another value, or match on the attribute that conflicts.",
    "DuplicateTargetEntries": "Leave one resource with this value in the target.",
    "DuplicateSourceEntries": "Give one of the two source objects another value of the matching attribute.",
    "InvalidAnchor": "Restore the resource in the target, or restart the job.",
    "ImportSkipped": "Give the object a value of a matching attribute.",
    "TooManyRequests": "Bear at least 25 requests a second a tenant; the object is tried again.",
    "InternalServerError": "Look into the endpoint's log; the object is tried again in the next cycle.",
    "Timeout": "Answer faster; the object is tried again in the next cycle.",
    "WebExceptionProtocolError": "Look for what ends the connection; the object is tried again in the next cycle.",
    "InsufficientRights": "Give the token the right to do this.",
    "Unauthorized": "Give the job a new token, test the connection, restart.",
    "MethodNotAllowed": "Implement the method.",
    "NotImplemented": "Implement the request.",
    "FailedExpression": "Change the expression of this attribute, or the value it reads.",
    INCOMPATIBLE: "Answer with SCIM JSON as RFC 7644 has it.",
    FILTERING: "Support the filter, and answer 200 with an empty ListResponse where nothing fits.",
    REFUSED: "Give the job a new token, test the connection, restart.",
    UNAVAILABLE: "Make the endpoint reachable, with a certificate that is trusted.",
}


@dataclass(frozen=True)
class Trouble:
    """Why an object could not be provisioned.

    Attributes:
        code: of the provisioning log.
        reason: one sentence, with the endpoint's own detail where it gave one.
        transient: whether it may go away by itself.
    """

    code: str
    reason: str
    transient: bool = False

    @property
    def remedy(self) -> str:
        """What the admin is told to do."""
        return REMEDIES.get(self.code, "Look at the endpoint's answer.")


def trouble_of(exchange: Exchange, label: str) -> Trouble:
    """What an answer that is no success means.

    Args:
        exchange: with another status than asked for, or without any.
        label: of the request, for the reason.
    """
    if exchange.status is None:
        code = {"timeout": "Timeout", "rate-limited": "TooManyRequests"}.get(
            exchange.error or "", "WebExceptionProtocolError"
        )
        return Trouble(code, f"{label}: {exchange.error_detail}", transient=True)
    if exchange.error == "rate-limited":
        return Trouble("TooManyRequests", f"{label}: {exchange.error_detail}", transient=True)
    said = text_at(exchange.resource, "detail") or "no detail"
    reason = f"{label}: StatusCode: {exchange.status} Message: {said}"
    if exchange.status >= 500 and exchange.status not in BY_STATUS:  # noqa: PLR2004
        return Trouble("InternalServerError", reason, transient=True)
    return Trouble(BY_STATUS.get(exchange.status, INCOMPATIBLE), reason, transient=exchange.status == 429)  # noqa: PLR2004


def trouble_of_probe(exchange: Exchange) -> Trouble | None:
    """What a look-up for nobody says of the connection, or None where it is well (entra.md 1.2)."""
    label = "Test Connection"
    if exchange.status in {401, 403}:
        return Trouble(REFUSED, f"{label}: StatusCode: {exchange.status}")
    if exchange.status is None or exchange.status >= 500:  # noqa: PLR2004
        return Trouble(
            UNAVAILABLE, f"{label}: {exchange.error_detail or f'StatusCode: {exchange.status}'}", transient=True
        )
    if exchange.status == 429:  # noqa: PLR2004
        return Trouble("TooManyRequests", f"{label}: StatusCode: 429", transient=True)
    if exchange.status == 400:  # noqa: PLR2004
        return Trouble(FILTERING, f"{label}: StatusCode: 400")
    if exchange.status != 200 or not isinstance(find(exchange.resource, "totalResults"), int):  # noqa: PLR2004
        return Trouble(INCOMPATIBLE, f"{label}: StatusCode: {exchange.status}, and no ListResponse")
    return None
