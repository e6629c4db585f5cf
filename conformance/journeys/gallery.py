"""What Microsoft's gallery gate sends directly to an endpoint (Logic App validation template, entra.md 8.2)."""

from __future__ import annotations

from conformance.idp.entra import mapping
from conformance.journeys import journey
from conformance.journeys.actor import NO_TEXT, Entra, NotOffered

WANTED = {"title": "Guide", "nickName": "Babs", "displayName": "Barbara"}


@journey()
def null_update(entra: Entra) -> None:
    """Attributes emptied by an empty string, by null, and by a path-less operation."""
    names = dict.fromkeys(entra.text(name, removable=True) for name in WANTED)
    values = {name: WANTED.get(name, "Guide") for name in names if name is not None}
    if not values:
        raise NotOffered(NO_TEXT)
    user = entra.create_user(step="create", body=mapping.minimal_user(entra.person()) | values)
    for form, value in (("empty", ""), ("null", None)):
        operations = [{"op": "replace", "path": path, "value": value} for path in values]
        entra.operate(user, operations, step=f"clear-{form}", cleared=list(values))
        entra.read(user, step=f"read-{form}")
    entra.operate(user, [{"op": "replace", "value": values}], step="fill-again")
    entra.operate(
        user, [{"op": "replace", "value": dict.fromkeys(values, "")}], step="clear-pathless", cleared=list(values)
    )
    entra.read(user, step="read-pathless")
