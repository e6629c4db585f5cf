"""The write probe: one user, created and deleted again; only where it was asked for."""

from __future__ import annotations

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.http import excerpt
from conformance.idp.entra import CORE_USER
from conformance.scim.client import Client
from conformance.scim.exchange import Exchange

REFUSED = frozenset({401, 403})


def try_to_write(case: Case, client: Client, name: str) -> None:
    """Create a user and delete it.

    Raises:
        Found: one of both is refused.
    """
    body = {"schemas": [CORE_USER], "userName": name, "displayName": name, "active": True}
    with case.step("scim", f"POST /Users ({name})") as step:
        made = client.create("/Users", body, name)
        if made.status in REFUSED:
            raise Found("token-cannot-write", status=made.status, said=_said(case, made))
        if not made.ok:
            raise Found("create-refused", status=made.status or made.error, said=_said(case, made))
        step.saw = f"HTTP {made.status}"
    identifier = made.resource_id or ""
    if not client.owns("/Users", identifier):
        return
    with case.step("scim", f"DELETE /Users/{identifier}") as step:
        gone = client.delete("/Users", identifier)
        if not gone.ok:
            raise Found("delete-refused", status=gone.status or gone.error, name=name)
        step.saw = f"HTTP {gone.status}"


def _said(case: Case, exchange: Exchange) -> str:
    detail = exchange.resource.get("detail")
    return f'"{excerpt(case, detail if isinstance(detail, str) else exchange.body or exchange.error_detail or "")}"'
