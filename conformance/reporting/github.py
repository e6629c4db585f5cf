"""GitHub Actions: the first screen as a job's summary in Markdown, and one annotation for each profile."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from conformance.reporting import cycle, load, rail
from conformance.reporting.causes import Cause, causes
from conformance.reporting.model import Results
from conformance.reporting.results import disconnected, shortfalls, told_one_by_one
from conformance.reporting.words import GLYPHS, HARM, HEADLINE_GLYPHS, cut_short, short, taken, told, visible

FIRST = 10
"""Causes in the summary."""

LIMIT = 64 * 1024
"""Bytes; GitHub refuses a whole step's summary over 1 MiB."""

KINDS = {"conformant": "notice", "partial": "warning", "not conformant": "error"}


def announce(results: Results, environment: Mapping[str, str] | None = None) -> list[str]:
    """Add the summary where GitHub asks for one, and give the lines that annotate the job.

    Args:
        results: of the run.
        environment: the process's own, unless given.
    """
    environment = os.environ if environment is None else environment
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(summary(results))
        except OSError as problem:
            return [f"::warning title=SCIM conformance::the job summary cannot be written: {problem.strerror}"]
    return annotated(results) if environment.get("GITHUB_ACTIONS") == "true" else []


def summary(results: Results) -> str:
    """The first screen in Markdown."""
    lines = [f"## SCIM conformance of {_code(results.target.url)}", ""]
    if cut := cut_short(results):
        lines += [f"⚠ {_plain(cut)}", ""]
    if ended := results.run.ended:
        lines += [f"⚠ {_plain(ended)}.", ""]
    lines += [line for sentence in taken(results) for line in (f"! {_plain(sentence)}", "")]
    lines += ["| profile | result | " + " | ".join(f"{g} {v}" for v, g in GLYPHS.items()) + " |"]
    lines += ["|---" * (len(GLYPHS) + 2) + "|"]
    for name, profile in results.profiles.items():
        counts = " | ".join(str(profile.counts[verdict]) for verdict in GLYPHS)
        lines.append(f"| {name} | {HEADLINE_GLYPHS[profile.headline]} **{profile.headline}** | {counts} |")
    if diagnosis := disconnected(results):
        lines += ["", f"✗ The connection: {_plain(diagnosis['sentence'])}"]
    lines += ["", *(f"⚠ {name}: {why}." for name, why in short_of.items())] if (short_of := shortfalls(results)) else []
    if stages := rail.stages(results):
        told_stages = " → ".join(f"{stage.glyph} {stage.name}{_said(stage)}" for stage in stages)
        lines += ["", f"How far Entra gets: {told_stages}"]
    lines += _played(results)
    faults = len(results.faults) + sum(row.suite_fault for row in results.checks)
    if faults:
        lines += ["", f"⚠ {faults} could not be judged: this suite is at fault, not the endpoint."]
    found = causes(told_one_by_one(results))
    if found:
        lines += ["", "### Fix these first", "", *(_line(n, cause) for n, cause in enumerate(found[:FIRST], 1))]
        if len(found) > FIRST:
            lines.append(f"\nand {len(found) - FIRST} more in report.html")
    text = "\n".join(lines) + "\n"
    return text.encode("utf-8", "backslashreplace")[:LIMIT].decode("utf-8", "ignore")


def _played(results: Results) -> list[str]:
    """Cycles and load, where they were played: what the target holds wrongly, and in one line what was carried."""
    wrong = cycle.sentences(results)
    lines = [f"- {GLYPHS['FAIL']} {_code(one)}" for one in wrong[:FIRST]]
    lines += [f"- and {len(wrong) - FIRST} more in report.html"] if len(wrong) > FIRST else []
    lines += [f"- cycles, {_plain(one)}" for one in cycle.summaries(results)]
    lines += [f"- load: {_plain(load.sentence(results.load))}"] if results.load is not None else []
    return ["", *lines] if lines else []


def _said(stage: rail.Stage) -> str:
    return "" if stage.state == "works" else f" ({stage.state})"


def _line(number: int, cause: Cause) -> str:
    row = cause.lead
    more = f"; {cause.checks} checks" if cause.checks > 1 else ""
    return (
        f"{number}. {GLYPHS[cause.verdict]} **{_plain(cause.title)}** ({HARM[cause.consequence]}{more})<br>"
        f"{_code(told(row, 220))} · {_code(row.id)}, {row.level}, {_plain(row.spec)}<br>Fix: {_plain(cause.fix)}"
    )


def _code(text: str) -> str:
    """Text of any origin, which Markdown takes as it stands."""
    line = " ".join(visible(text).split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(visible(text).split()))


def annotated(results: Results) -> list[str]:
    """One workflow command for each profile; GitHub shows ten of a kind in a step, and drops the rest."""
    rows = {row.id: row for row in results.checks}
    lines = []
    for name, profile in results.profiles.items():
        decided = profile.decided_by
        text = f"{profile.headline}: {profile.counts['FAIL']} FAIL, {profile.counts['WARN']} WARN"
        if decided and decided[0] in rows:
            text += f"; first {decided[0]}: {short(told(rows[decided[0]]), 300)}"
        elif diagnosis := disconnected(results):
            text += f"; the connection: {short(diagnosis['sentence'], 300)}"
        elif why := shortfalls(results).get(name):
            text += f"; {why}"
        lines.append(f"::{KINDS[profile.headline]} title=SCIM conformance, profile {name}::{_escaped(text)}")
    return lines


def _escaped(text: str) -> str:
    """The data of a workflow command: a line break would begin another command."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
