"""Writes docs/diagnose.md from the lab: python -m tests.diagnose docs/diagnose.md."""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.doctor.finding import LAYERS
from tests.diagnose import on_http, on_input, on_network, on_scim, on_tls  # noqa: F401 - they fill the lab
from tests.diagnose.conftest import Doctor
from tests.diagnose.situations import SITUATIONS, Situation

EXAMPLES = ("tls-missing-intermediate", "token-no-rights", "waf-user-agent")
HEAD = """# The connection doctor

`scim-conformance diagnose --url URL` answers support's question: Test Connection fails, why, and who must do what?
It looks at one layer after another (URL and token, name, TCP, TLS, HTTP, credentials, SCIM) and stops where nothing
further can be learned. It only reads, unless `--write-probe` lets it create one user and delete it again.
`--match ATTR` names the matching attribute (default `userName`); `--json` prints the diagnosis for machines; the token
comes from `SCIM_TOKEN`, `--token-file` or a prompt, and all other settings are those of `run`.

Exit codes: 0 the connection is good, 1 it is not, 2 a mistake in the command. An unusable URL or token is a diagnosis.
`run` begins with the same look (one request where all is well, at most six) and ends there, exit code 1, where the
connection is bad; 2 where the endpoint was never reached (name, TCP). `scim-conformance explain CODE` explains an error
code of Entra's provisioning, or a pasted log message, and names the checks that look for its cause.

`portal` is the code that Entra's portal shows; a dash where Microsoft documents none. `…` stands for
`SystemForCrossDomainIdentityManagement`.

This page is made from the lab's real endpoints by `python -m tests.diagnose docs/diagnose.md`.
"""


def told(situation: Situation, *options: str) -> str:
    """What the doctor prints in a situation, without what changes from run to run."""
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder, redirect_stdout(output):
        patch.chdir(folder)  # a journal of what cannot be deleted is not the project's
        captured = SimpleNamespace(readouterr=lambda: SimpleNamespace(out=output.getvalue(), err=""))
        Doctor(patch, captured, Path(folder)).text(situation, *options)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}", "5d1a1f0e-0d5c-4b0e-9d0e-3f3d2f0c7a11", output.getvalue())
    text = re.sub(r"(:|port )\d{5}\b", r"\g<1>8443", text)
    text = text.replace(folder, "lab")
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-24 12:00 UTC", text)


def row(situation: Situation) -> str:
    """A situation as a row of the table."""
    found = json.loads(told(situation, "--json"))
    code = (found["portal_code"] or "-").replace("SystemForCrossDomainIdentityManagement", "…")
    sentence = found["sentence"].replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
    return f"| {situation.name} | {sentence} | `{found['cause']}` | {code} | {found['who']} |"


def main() -> None:
    """Write the page."""
    parts = [HEAD]
    shown = [told(SITUATIONS[name]).rstrip() for name in EXAMPLES]
    parts += [f"```\n$ scim-conformance diagnose --url …\n{text}\n```\n" for text in shown]
    for layer in LAYERS:
        rows = [row(situation) for situation in SITUATIONS.values() if situation.layer == layer]
        title = "Good connections, and what could still fail" if layer == "none" else f"Layer: {layer}"
        parts.append(f"## {title}\n\n| situation | the doctor says | cause | portal | who |\n|---|---|---|---|---|")
        parts.append("\n".join(rows) + "\n")
    Path(sys.argv[1]).write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
