"""The verbs of the connection doctor, and the look that a run begins with."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from conformance.catalogue.defects import defects
from conformance.config.credentials import wants_token
from conformance.config.settings import Settings, UserError, build, collect, raw_token
from conformance.doctor import examination as doctor
from conformance.doctor import explain as codes
from conformance.doctor import token
from conformance.doctor.case import Case, Patience
from conformance.doctor.finding import Diagnosis, Found
from conformance.doctor.report import as_json, as_text
from conformance.doctor.writing import try_to_write
from conformance.idp.entra.people import marks_of, run_prefix
from conformance.judge.check import Check, load
from conformance.reporting.results import Exit
from conformance.reporting.terminal import say
from conformance.scim.client import Client
from conformance.scim.journal import Journal
from conformance.scim.secret import Secret


def diagnose(given: Mapping[str, Any]) -> int:
    """Examine the way to an endpoint and print the diagnosis.

    Returns:
        the exit code: 0 where the connection is good, else 1.

    Raises:
        UserError: an option cannot be used.
    """
    values = collect(given, given["config"])
    if values["url"] is None:
        raise UserError('No tenant URL: give --url, set SCIM_URL, or write url = "…" into scim.toml.')
    done = _examine(values, raw_token(values["token_file"], prompt=wants_token(values)), given)
    say(sys.stdout, as_json(done) if given["json"] else as_text(done))
    return Exit.CONFORMANT if done.ok else Exit.ENDPOINT_FAILS


def explain(text: str) -> int:
    """Print what the error codes in a text mean, and what the checks in it look for.

    Raises:
        UserError: it names none that is known.
    """
    found = codes.find(text)
    told = [*map(codes.as_text, found), *map(_as_text, _named(text))]
    if not told:
        near = codes.near(text)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Known are " + ", ".join(c.code for c in codes.codes())
        raise UserError(f"No error code of Entra's provisioning is in this text. {hint}")
    say(sys.stdout, "\n\n".join(told))
    return Exit.CONFORMANT


def _named(text: str) -> list[Check]:
    """The checks whose ids, with or without a dialect, are words of a text."""
    known = load()
    return [known[word] for word in dict.fromkeys(re.findall(r"[a-z0-9-]+", text)) if word in known]


def _as_text(check: Check) -> str:
    """What a check looks for, why, and what to change; of which usual defect it may tell."""
    first = check.requirements[0]
    rows = [("Source", f"{first.spec} ({check.level}): {first.statement}"), ("Why", check.why), ("Fix", check.fix)]
    isolated = [one for one in defects() if check.id in {name.partition("[")[0] for name in one.fails}]
    rows += [("May mean", f"{one.title} {one.fix}") for one in isolated]
    lines = [f"{name + ':':9} {value}" for name, value in rows if value]
    return "\n".join([f"{check.id} (profile {check.profile}): {check.title}", *lines])


def begin(settings: Settings) -> Diagnosis:
    """The look that a run begins with: a few requests, until one is answered as a SCIM endpoint answers."""
    target = settings.target
    return doctor.examine(
        target, match=target.assumptions.matching[0], patience=Patience(target.timeout, target.timeout), brief=True
    )


def _examine(values: Mapping[str, Any], secret: str | None, given: Mapping[str, Any]) -> Diagnosis:
    text = values["url"]
    first = doctor.judge_input(text, secret, insecure=values["insecure"])
    if not first.ok:
        return first
    settings = build(values, Secret(token.judge(secret)) if secret is not None else None)
    # A run's patience is too long for somebody who waits for a diagnosis.
    timeout = values["timeout"] if given["timeout"] else min(values["timeout"], Patience.answer)
    return doctor.examine(
        settings.target,
        match=given["match"] or settings.target.assumptions.matching[0],
        patience=Patience(min(timeout, Patience.connect), timeout),
        before=first.steps,
        slash=urlsplit(text).path.endswith("/"),
        write=partial(_write, settings) if given["write_probe"] else None,
    )


def _write(settings: Settings, case: Case) -> None:
    """Create one user and delete it again, under the same guard and journal as a run's."""
    if settings.read_only:
        raise UserError("--write-probe and --read-only exclude each other.")
    prefix = run_prefix()
    journal = Journal(settings.reports / f"journal-{prefix}.jsonl", settings.target.shown_url, marks_of(prefix))
    client = Client(settings.target, journal)
    name = f"{prefix}-probe@{settings.target.assumptions.user_domain}"
    try:
        try_to_write(case, client, name)
    finally:
        account = client.sweep()
        client.close()
    if any(entry.name == name for entry in [*account.left, *account.unconfirmed]):
        raise Found("delete-refused", status="no id that leads to it", name=name)
