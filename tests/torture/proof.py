"""What holds after every run, whatever the server did."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from conformance.recording import load_recording
from conformance.reporting.results_file import read_results
from tests.torture.measured import Measured
from tests.torture.tricks import MARK

MEMORY = 300
"""MB that a run may take at most."""


class Page(HTMLParser):
    """Finds markup that is not the report's own."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[str] = []
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at its attributes."""
        self._tag = tag
        for name, value in attrs:
            if (name.startswith("on") and MARK in str(value)) or (name in {"href", "src"} and MARK in str(value)):
                self.alive.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        """Look at scripts."""
        if self._tag == "script" and MARK in data:
            self.alive.append(f"script: {data[:80]}")

    def handle_endtag(self, _tag: str) -> None:
        """Forget the element."""
        self._tag = ""


def complaints(done: Measured, reports: Path) -> list[str]:
    """What is wrong with how a run ended and with what it left; empty where all is well."""
    said = done.out + done.err
    wrong = [f"exit code {done.code}: {done.err[-1500:]}"] if done.code not in {0, 1, 2} else []
    wrong += [f"a traceback: {said[-1500:]}"] if "Traceback" in said else []
    odd = sorted({hex(ord(c)) for c in said if not c.isprintable() and c not in "\n\t"})
    wrong += [f"control characters on the terminal: {odd}"] if odd else []
    wrong += [f"{done.megabytes:.0f} MB"] if done.megabytes > MEMORY else []
    if not (reports / "results.json").is_file():
        return [*wrong, f"no results: {said[-1500:]}"]
    text = (reports / "results.json").read_text(encoding="utf-8")
    results = json.loads(text, parse_constant=_no_json)
    read_results(reports / "results.json")
    wrong += [f"the suite's fault: {fault[-800:]}" for fault in results["faults"]]
    wrong += [f"the suite's fault: {r['id']}: {r['got'][-800:]}" for r in results["checks"] if r["suite_fault"]][:3]
    ET.parse(reports / "junit.xml")
    page = Page()
    page.feed((reports / "report.html").read_text(encoding="utf-8"))
    load_recording(reports / "recording.jsonl")
    return wrong + page.alive


def verdicts(reports: Path) -> dict[str, str]:
    """Verdicts by check id."""
    rows = json.loads((reports / "results.json").read_text(encoding="utf-8"))["checks"]
    return {row["id"]: row["verdict"] for row in rows}


def _no_json(name: str) -> Any:
    raise ValueError(f"{name} in results.json")
