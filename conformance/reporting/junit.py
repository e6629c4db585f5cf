"""JUnit XML for CI systems: names from check ids, one failure each, the message in one line."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from conformance.reporting.causes import Cause, causes
from conformance.reporting.model import Results, Row
from conformance.reporting.results import shortfalls, unseen

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Results) -> str:
    """The results as a JUnit document."""
    rows = results.checks
    suite = ET.Element("testsuite", name="scim-conformance", time=str(results.run.seconds or 0))
    unplayed = results.not_played
    suite.set("tests", str(len(rows) + len(unplayed)))
    suite.set("failures", str(sum(row.verdict == "FAIL" for row in rows)))
    suite.set("errors", str(sum(row.verdict == "ERROR" for row in rows)))
    suite.set("skipped", str(sum(row.verdict in {"N/A", "BLOCKED"} for row in rows) + len(unplayed)))
    suite.set("timestamp", results.run.started or "")
    found = causes(rows)
    places = {cause.lead.id: place for place, cause in enumerate(found)}
    of = {row.id: cause for cause in found for row in (*cause.rows, *cause.blocked)}
    # A CI system shows the first failures: what is to be fixed first, each cause once, before all that follows from it.
    for row in sorted(rows, key=lambda row: places.get(row.id, len(places))):
        suite.append(_case(row, of.get(row.id)))
    for one in unplayed:
        case = ET.SubElement(suite, "testcase", classname=f"scim.{one.profile}", name=one.id, time="0.000")
        ET.SubElement(case, "skipped", message=_clean(f"not played: {results.cut or 'the run was interrupted'}"))
    diagnosis = results.diagnosis
    if diagnosis and not diagnosis["ok"] and not rows:
        _connection(suite, diagnosis, tests=1)
    empty = shortfalls(results) if rows else {}
    if empty:
        suite.set("tests", str(len(rows) + len(empty)))
        suite.set("errors", str(int(suite.get("errors", "0")) + len(empty)))
        for name, why in empty.items():
            case = ET.SubElement(suite, "testcase", classname=f"scim.{name}", name="not-judged")
            ET.SubElement(case, "error", message=f"{name}: {why}")
    if rows and (unheard := unseen(results)):
        _connection(suite, unheard, tests=len(rows) + len(empty) + 1)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _connection(suite: ET.Element, diagnosis: dict[str, Any], *, tests: int) -> None:
    """A failure for a bad connection, which no check tells."""
    suite.set("tests", str(tests))
    suite.set("failures", "1")
    case = ET.SubElement(suite, "testcase", classname="scim.connection", name=diagnosis["cause"])
    ET.SubElement(case, "failure", message=_clean(diagnosis["sentence"])).text = _clean(diagnosis["fix"])


def _case(row: Row, cause: Cause | None) -> ET.Element:
    seconds = sum(exchange.elapsed for exchange in row.exchanges)
    case = ET.Element("testcase", classname=f"scim.{row.profile}", name=row.id, time=f"{seconds:.3f}")
    properties = ET.SubElement(case, "properties")
    for name in ("verdict", "level", "spec"):
        ET.SubElement(properties, "property", name=name, value=getattr(row, name))
    tag = {"FAIL": "failure", "ERROR": "error", "N/A": "skipped", "BLOCKED": "skipped"}.get(row.verdict)
    if tag is not None:
        ET.SubElement(case, tag, message=_clean(_message(row, cause))).text = _clean(_details(row))
    elif row.got:
        ET.SubElement(case, "system-out").text = _clean(f"{row.verdict}: {one_line(row)}")
    return case


def _message(row: Row, cause: Cause | None) -> str:
    """A check's outcome, and the cause that it is of."""
    if cause is None or row.verdict == "ERROR":
        return one_line(row)
    if row.id == cause.lead.id:
        return f"{cause.told} Fix: {cause.fix} Expected {row.expected}, got {row.got}."
    return f"{one_line(row)} Cause: {cause.title} (see {cause.lead.id})"


def one_line(row: Row) -> str:
    """A check's outcome in one line: expected and got, or the reason."""
    if row.expected:
        return f"{row.title} Expected {row.expected}, got {row.got}."
    blocked = f" (blocked by {row.blocked_by})" if row.blocked_by else ""
    return f"{row.got.splitlines()[-1] if row.got else row.title}{blocked}"


def _details(row: Row) -> str:
    lines = [f"Requirement: {row.statement} ({row.level}, {row.spec})"]
    lines += [f"Expected: {row.expected}", f"Got: {row.got}", f"Why: {row.why}", f"Fix: {row.fix}"]
    lines += [f"{e.method} {e.url} -> {e.status or e.error}" for e in row.exchanges]
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
