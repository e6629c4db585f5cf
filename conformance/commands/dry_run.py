"""The dry run: an imitation in place of the endpoint, and every request printed that would have been sent to it.

Any verb that sends through ``scim.client.Client`` can be played dry: give it ``rehearsal``'s target and transport.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.config.credentials import KEYS
from conformance.config.settings import build, collect
from conformance.idp.entra.people import People, marks_of, run_prefix
from conformance.pytest_plugin.selection import chosen
from conformance.recording import Recording
from conformance.reporting.terminal import say
from conformance.run.player import DISCOVERY, Player, in_order
from conformance.run.session import plays_of
from conformance.schemas.reference import definition
from conformance.scim import bulk, guard
from conformance.scim.client import Client
from conformance.scim.imitation import TOKEN, Imitation, Sent
from conformance.scim.journal import Journal
from conformance.scim.messages import LIST_RESPONSE
from conformance.scim.secret import Secret
from conformance.scim.target import Target

MOST_OPERATIONS = 5
TYPES = {"User": "/Users", "Group": "/Groups"}


class Script:
    """Prints requests one after the other, and counts them.

    Args:
        target: whose secrets are kept out.
    """

    def __init__(self, target: Target) -> None:
        self._scrub = target.scrubber()
        self.requests = 0
        self.writes = 0

    def __call__(self, sent: Sent) -> None:
        """Print a request: method, path and query, and the body in the lines below."""
        self.requests += 1
        self.writes += sent.method not in guard.SAFE_METHODS and not sent.target.partition("?")[0].endswith("/.search")
        say(sys.stdout, self._scrub(f"  {sent.method} {sent.target}"))
        if sent.text:
            body = sent.body
            text = json.dumps(bulk.abridged(body), ensure_ascii=False) if isinstance(body, dict) else sent.text
            say(sys.stdout, self._scrub(f"    {text}"))

    def end(self) -> None:
        """Print how many there were."""
        say(sys.stdout, f"{self.requests} requests, of which {self.writes} can write. Nothing was sent.")


def rehearse(given: Mapping[str, Any]) -> int:
    """Print what ``run`` would send, journey by journey; no credentials are read.

    Returns:
        0.

    Raises:
        UserError: an option cannot be used, or no check fits.
    """
    settings = build(without_credentials(collect(given, given.get("config"))), None)
    script = Script(settings.target)
    target, imitation = rehearsal(settings.target, script)
    plays = plays_of(chosen(settings, given.get("k")))
    prefix = run_prefix()
    journal = Journal(None, target.shown_url, marks_of(prefix))
    client = Client(target, journal, read_only=settings.read_only, transport=imitation)
    people = People(settings.seed, prefix, target.assumptions.user_domain)
    player = Player(client, people, Recording(), concurrency=1)
    say(sys.stdout, preface(settings.target))
    for name, dialect in [(DISCOVERY, ""), *in_order(plays)]:
        say(sys.stdout, f"{name} ({dialect})" if dialect else name)
        player.wait(name, dialect)
    client.sweep()
    client.close()
    script.end()
    return 0


def rehearsal(target: Target, tell: Callable[[Sent], None]) -> tuple[Target, Imitation]:
    """A target and a transport with which any verb can be played without a network and without credentials.

    Args:
        target: of the settings; its credentials are neither read nor fetched.
        tell: told each request.
    """
    dry = replace(
        target, token=Secret(TOKEN), basic=None, oauth=None, api_key_header=None, client_cert=None, client_key=None
    )
    return dry, Imitation(target.base, documents(), tell)


def preface(target: Target) -> str:
    """What a dry run is, for its first lines."""
    return (
        f"What would be sent to {target.shown_url}, if the endpoint does everything right; ids and the names'\n"
        "random part will be others. Before that, the connection is looked at by GET."
    )


def documents() -> dict[str, Any]:
    """What the imitation says of itself: RFC 7643's schemas, and every feature."""
    answers: dict[str, Any] = {"/ServiceProviderConfig": _config()}
    for name, endpoint in TYPES.items():
        answers[f"/ResourceTypes/{name}"] = _type(name, endpoint)
        # By its endpoint too, which is how the imitation knows a collection.
        answers.setdefault(f"/ResourceTypes{endpoint[:-1]}", answers[f"/ResourceTypes/{name}"])
    for name in ("User", "Group", "EnterpriseUser"):
        answers[f"/Schemas/{definition(name)['id']}"] = definition(name)
    for path in ("/ResourceTypes", "/Schemas"):
        rows = [answer for key, answer in answers.items() if key.startswith(f"{path}/")]
        answers[path] = {"schemas": [LIST_RESPONSE], "totalResults": len(rows), "Resources": rows}
    return answers


def _config() -> dict[str, Any]:
    limits = {"bulk": {"maxOperations": MOST_OPERATIONS, "maxPayloadSize": 1024}, "filter": {"maxResults": 200}}
    names = ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    features: dict[str, Any] = {name: {"supported": True, **limits.get(name, {})} for name in names}
    return features | {"pagination": {"cursor": True, "index": True}, "authenticationSchemes": []}


def _type(name: str, endpoint: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": name, "name": name, "endpoint": endpoint, "schema": definition(name)["id"]}
    if name == "User":
        found["schemaExtensions"] = [{"schema": definition("EnterpriseUser")["id"], "required": False}]
    return found


def without_credentials(values: Mapping[str, Any]) -> dict[str, Any]:
    """The merged values without what proves who we are: a dry run has no use for it, and reads none of its files."""
    return {**values, **dict.fromkeys((*KEYS, "token_file"))}
