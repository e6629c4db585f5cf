"""What the endpoint says of itself; the other journeys build on it, and it is played once."""

from __future__ import annotations

from conformance.journeys import journey
from conformance.journeys.actor import Entra


@journey(writes=False)
def discovery(entra: Entra) -> None:
    """Read the service provider's configuration, its resource types and its schemas."""
    entra.get("/ServiceProviderConfig", step="service-provider-config")
    entra.get("/ResourceTypes", step="resource-types")
    entra.get("/Schemas", step="schemas")
